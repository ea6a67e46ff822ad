"""The rules for Windows on hives of real machines: whole lives, read by two readers."""

from __future__ import annotations

import struct
from functools import cache
from pathlib import Path

import pytest

from guestfix.data import builtin_rules
from guestfix.examples import world
from guestfix.facts.model import Facts
from guestfix.facts.windows_model import Windows
from guestfix.guest.memory import MemoryGuest
from guestfix.plan import Plan, plan
from guestfix.registry import Hive, ValueType
from guestfix.registry.document import HiveDocument
from guestfix.registry.editor import edited
from guestfix.registry.reg_text import parse
from guestfix.registry.values import sz
from guestfix.registry.writer import write
from guestfix.rules.catalogue import built_in
from guestfix.rules.fixtures import File
from guestfix.rules.ruleset import RuleSet, load
from guestfix.rules.supplies import Supplies
from guestfix.rules.target import Target
from guestfix.rules.targets import load_targets

from ..regipy_reader import read_by_regipy
from ..virtio_win import listed, virtio_win

CONFIG = "/Windows/System32/config"
DRIVERS = ("stornvme", "storahci", "vmbus", "storvsc", "intelide", "atapi", "vioscsi", "viostor")
GUESTS = {"XP SP3": "ec2-xen", "8.1": "azure"}
"""Which Windows goes where."""

DRIVEN = {
    "XP SP3": ("viostor/xp/x86", None),
    "8.1": ("drivers/amd64/Win8.1", "drivers/amd64/Win8.1"),
}
"""Which Windows takes its disk driver and its network driver from which folder of a virtio-win."""

SAID = {
    "XP SP3": ("5.1", "2600", "Client", "x86"),
    "8.1": ("6.3", "9600", "Client", "AMD64"),
}
"""What the hives at hand leave out: version, build and type in SOFTWARE, and the processor in SYSTEM."""


def written_out(hive: bytes) -> bytes:
    """Return a hive as a clean shutdown leaves it: both sequence numbers alike, and the checksum right."""
    head = bytearray(hive[:512])
    head[8:12] = head[4:8]
    checksum = 0
    for (word,) in struct.iter_unpack("<I", bytes(head[:508])):
        checksum ^= word
    head[508:512] = struct.pack("<I", checksum)
    return bytes(head) + hive[512:]


def hives(name: str, corpora: Path) -> dict[str, bytes]:
    """Return SYSTEM and SOFTWARE of one guest, as far as they can be had."""
    if name == "XP SP3":
        return {"SYSTEM": (corpora / "registry/dfwinreg-git/SYSTEM_history_e18f3d4").read_bytes()}
    return {"SYSTEM": written_out((corpora / "registry/regipy/SYSTEM_2").read_bytes())}


def guest_of(name: str, corpora: Path) -> dict[str, File]:
    files = {f"{CONFIG}/{hive}": File(data) for hive, data in hives(name, corpora).items()}
    files |= {f"/Windows/System32/drivers/{driver}.sys": File(b"MZ") for driver in DRIVERS}
    if name != "XP SP3":
        files["/Boot/BCD"] = File((corpora / "registry/regipy/BCD").read_bytes())
    return files


def planned(guest: MemoryGuest, target: str, drivers: MemoryGuest | None = None) -> tuple[Facts, Plan]:
    inspected = world(tuple(known_targets().values())).inspect(guest)
    supplies = Supplies(drivers=drivers)
    made = plan(inspected.facts, inspected.initramfs, guest, rules(), known_targets()[target], supplies)
    return inspected.facts, made


@cache
def rules() -> RuleSet:
    return load([builtin_rules()], built_in()).configured(only=["windows/*"])


@cache
def known_targets() -> dict[str, Target]:
    return load_targets([builtin_rules()])


@pytest.mark.corpora
@pytest.mark.parametrize(("name", "target"), GUESTS.items())
def test_a_whole_life_read_by_two_readers(name: str, target: str, corpora: Path, tmp_path: Path) -> None:
    files = guest_of(name, corpora)
    lives = world(tuple(known_targets().values()))
    guest = lives.build(files)
    facts, made = planned(guest, target)
    assert facts.os.family == "windows"
    lives.apply(guest, made)
    assert read_by_regipy(guest, made, tmp_path) >= 3
    assert planned(guest, target)[1].changes == ()
    lives.revert(guest)
    assert contents(guest, files) == {path: file.data for path, file in files.items()}


def contents(guest: MemoryGuest, files: dict[str, File]) -> dict[str, bytes]:
    return {path: guest.read(path, 64 << 20) for path in files}


def without_drivers(name: str, corpora: Path) -> dict[str, File]:
    """Return a guest that has never seen a virtio disk, and that says which Windows it is."""
    made = hives(name, corpora)
    version, build, kind, processor = SAID[name]
    system = HiveDocument(Hive.of(made["SYSTEM"]))
    for control_set in system.control_sets:
        system = system.delete_key(f"{control_set}\\Services\\viostor")
        environment = f"{control_set}\\Control\\Session Manager\\Environment"
        system = system.set_value(environment, "PROCESSOR_ARCHITECTURE", ValueType.SZ, sz(processor))
    made["SYSTEM"] = edited(made["SYSTEM"], system.operations)
    lines = f'"CurrentVersion"="{version}"\n"CurrentBuildNumber"="{build}"\n"InstallationType"="{kind}"\n'
    made["SOFTWARE"] = write(parse(f"[Microsoft\\Windows NT\\CurrentVersion]\n{lines}"))
    return {f"{CONFIG}/{hive}": File(data) for hive, data in made.items()} | {
        "/Windows/System32/drivers/disk.sys": File(b"MZ")
    }


@pytest.mark.corpora
@pytest.mark.parametrize("name", GUESTS)
def test_drivers_from_a_folder_like_virtio_win(name: str, corpora: Path, tmp_path: Path) -> None:
    files = without_drivers(name, corpora)
    lives = world(tuple(known_targets().values()))
    guest, folder = lives.build(files), virtio_win(listed(corpora))
    facts, made = planned(guest, "kvm", folder)
    lives.apply(guest, made)
    disk, card = DRIVEN[name]
    driver = f"{disk}/viostor.sys"
    assert guest.read("/Windows/System32/drivers/viostor.sys") == driver.encode()
    assert guest.read("/Windows/Drivers/guestfix/viostor/viostor.sys") == driver.encode()
    inf = folder.read(f"/{disk}/viostor.inf")
    assert guest.read("/Windows/Drivers/guestfix/viostor/viostor.inf") == inf
    assert facts.windows is not None
    assert facts.windows.driver_database is (name != "XP SP3")
    codes = {finding.code for finding in made.findings}
    assert "GF-WINDOWS-DRIVER-MISSING" not in codes
    assert ("GF-WINDOWS-NETWORK-DRIVER-MISSING" in codes) == (card is None)
    if card is not None:
        assert guest.read("/Windows/Drivers/guestfix/netkvm/netkvm.sys") == f"{card}/netkvm.sys".encode()

    assert read_by_regipy(guest, made, tmp_path) > 20
    assert_known_for_its_device(guest, "viostor", "VEN_1AF4&DEV_1001", facts.windows)
    after, again = planned(guest, "kvm", folder)
    assert again.changes == ()
    assert after.windows is not None
    assert after.windows.targets["kvm"].boots is True
    lives.revert(guest)
    assert contents(guest, files) == {path: file.data for path, file in files.items()}
    assert guest.resolve("/Windows/Drivers") is None


def assert_known_for_its_device(guest: MemoryGuest, service: str, device: str, windows: Windows | None) -> None:
    """Hold the entries against what virt-v2v documents, by presence of DriverDatabase (inject_virtio_win.ml)."""
    hive = Hive.of(guest.read(f"{CONFIG}/SYSTEM", 64 << 20))
    assert windows is not None
    for control_set in windows.control_sets:
        key = hive.key(f"{control_set}\\Services\\{service}")
        assert key is not None
        values = {value.name: value.meaning for value in key.values()}
        assert (values["Type"], values["Start"], values["ErrorControl"]) == (1, 0, 1)
        assert values["ImagePath"] == f"system32\\drivers\\{service}.sys"
        critical = hive.key(f"{control_set}\\Control\\CriticalDeviceDatabase\\PCI#{device}")
        assert (critical is None) == (windows.driver_database is True)
        if critical is not None:
            assert critical.text("Service") == service
    if windows.driver_database is True:
        entry = hive.key(f"DriverDatabase\\DeviceIds\\PCI\\{device}")
        assert entry is not None
        assert [value.data for value in entry.values() if value.name == f"guestfix-{service}.inf"] == [
            b"\x01\xff\0\0"
        ]
