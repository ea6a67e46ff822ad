"""What to expect of a Windows: hives and a boot store of real machines in a directory, and hives of text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import guestfix
from guestfix import Knowledge
from guestfix.areas import Area
from guestfix.assessment import Preflight, Verdict
from guestfix.boot_verdict import boot_entries
from guestfix.facts.model import Image, Partition, Unknown
from guestfix.facts.windows_boot_ini import boot_ini_entries
from guestfix.guest.directory_reader import DirectoryReader
from guestfix.plan import plan
from guestfix.registry.reg_text import parse
from guestfix.registry.writer import write

from .virtio_win import listed, virtio_win

SYSTEM = r"""
[Select]
"Current"=dword:1
[ControlSet001\Control\ProductOptions]
"ProductType"="ServerNT"
[ControlSet001\Control\Session Manager\Environment]
"PROCESSOR_ARCHITECTURE"="AMD64"
[ControlSet001\Control\Terminal Server]
"fDenyTSConnections"=dword:1
[ControlSet001\Services\stornvme]
"Type"=dword:1
"Start"=dword:3
"ImagePath"="System32\drivers\stornvme.sys"
[ControlSet001\Services\stornvme\StartOverride]
"0"=dword:3
"""
SOFTWARE = r"""
[Microsoft\Windows NT\CurrentVersion]
"ProductName"="Windows Server 2019 Datacenter"
"CurrentMajorVersionNumber"=dword:a
"CurrentMinorVersionNumber"=dword:0
"CurrentBuildNumber"="17763"
"""
DISK = Image(
    path="disk.img",
    device="/dev/sda",
    format="raw",
    virtual_size=1 << 30,
    file_size=1 << 30,
    table="mbr",
    boot_code="windows",
    partitions=(
        Partition(number=1, device="/dev/sda1", start=1 << 20, size=1 << 29, type="0x07", type_name="NTFS"),
    ),
)


@pytest.fixture
def server(tmp_path: Path, corpora: Path) -> Callable[..., Preflight]:
    def ask(*targets: str, system: bytes | None = None, knowledge: Knowledge | None = None) -> Preflight:
        sam = corpora / "registry/EZ-Registry/SAMBadHBinHeader"
        files = {
            "Windows/System32/config/SYSTEM": system or write(parse(SYSTEM)),
            "Windows/System32/config/SOFTWARE": write(parse(SOFTWARE)),
            "Windows/System32/config/SAM": sam.read_bytes(),
            "Windows/System32/drivers/stornvme.sys": b"MZ",
            "Boot/BCD": (corpora / "registry/regipy/BCD").read_bytes(),
        }
        for name, data in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(data)
        return guestfix.preflight(guestfix.RootDirectory(tmp_path), list(targets), knowledge=knowledge)

    return ask


def areas(found: Preflight) -> dict[str, Area]:
    return {area.name: area for area in found.assessments[0].areas}


@pytest.mark.corpora
def test_the_entry_that_starts_is_named_and_has_its_driver_after_apply(server: Callable[..., Preflight]) -> None:
    found = server("ec2-nitro").assessments[0]
    [default] = [entry for entry in found.entries if entry.starts_by_default]
    assert (default.title, default.source, default.kernel) == ("Windows 10", "/Boot/BCD", "17763")
    assert (default.drivers, default.drivers_after) == (False, True)
    assert isinstance(default.root, Unknown), "no disks were given, so nobody knows"
    assert "Windows Recovery Environment" in {entry.title for entry in found.entries}


@pytest.mark.corpora
def test_remote_desktop_is_on_after_apply_and_administrator_has_a_password(
    server: Callable[..., Preflight],
) -> None:
    found = areas(server("ec2-nitro"))
    assert found["login"].why == "remote desktop is off, on after apply; Administrator can log in"
    assert found["login"].expected is True
    assert found["network"].expected is not True, "ENA's driver is not in-box"


@pytest.mark.corpora
def test_a_hive_that_cannot_be_edited_promises_nothing(server: Callable[..., Preflight], corpora: Path) -> None:
    found = server("ec2-nitro", system=(corpora / "registry/regipy/SYSTEM_2").read_bytes())
    assert found.assessments[0].verdict is Verdict.REFUSED
    assert "GF-HIVE-UNCLEAN" in areas(found)["state"].findings
    assert areas(found)["login"].expected is False
    [default] = [entry for entry in found.assessments[0].entries if entry.starts_by_default]
    assert default.drivers_after is False


@pytest.mark.corpora
def test_a_rule_that_is_skipped_promises_nothing(server: Callable[..., Preflight]) -> None:
    found = server("ec2-nitro", knowledge=Knowledge.load(skip=("windows/boot-drivers", "windows/remote-desktop")))
    [default] = [entry for entry in found.assessments[0].entries if entry.starts_by_default]
    assert found.assessments[0].changes, "other rules edit the same hive"
    assert (default.drivers_after, default.boots) == (False, False)
    assert areas(found)["login"].expected is False
    assert areas(found)["login"].why.startswith("remote desktop is off; ")


@pytest.mark.corpora
def test_drivers_that_are_given_count(server: Callable[..., Preflight], corpora: Path) -> None:
    without = server("kvm").assessments[0]
    loaded = Knowledge.load()
    folder = virtio_win(listed(corpora))
    given = replace(loaded, supplies=replace(loaded.supplies, drivers=folder))
    found = server("kvm", knowledge=given)
    [before] = [entry for entry in without.entries if entry.starts_by_default]
    [default] = [entry for entry in found.assessments[0].entries if entry.starts_by_default]
    assert (before.drivers_after, before.answers) == (False, False)
    assert (default.drivers, default.drivers_after, default.answers) == (False, True, True)
    assert areas(found)["network"].why == "apply lays out the driver for the card"
    assert found.assessments[0].verdict is not Verdict.REFUSED


@pytest.mark.corpora
def test_all_targets_are_asked_about_at_once(server: Callable[..., Preflight]) -> None:
    found = {each.target: each.verdict for each in server("all").assessments}
    assert {"ec2-nitro", "ec2-xen", "azure", "gce", "kvm", "openstack", "proxmox", "vmware"} <= found.keys()
    assert found["kvm"] is Verdict.REFUSED, "it has no virtio drivers, and no folder of drivers was given"


@pytest.mark.corpora
def test_a_boot_ini_that_counts_wrongly_is_judged_as_apply_leaves_it(
    server: Callable[..., Preflight], tmp_path: Path
) -> None:
    second = "multi(0)disk(0)rdisk(0)partition(2)\\WINDOWS"
    menu = f'[boot loader]\ndefault={second}\n[operating systems]\n{second}="Windows Server 2003" /fastdetect\n'
    (tmp_path / "boot.ini").write_text(menu)
    found = server("ec2-xen")
    facts = found.facts.model_copy(
        update={"images": (DISK,), "os": found.facts.os.model_copy(update={"root": "/dev/sda1"})}
    )
    assert facts.windows is not None
    guest = DirectoryReader(tmp_path)
    windows = facts.windows.model_copy(update={"boot_ini": boot_ini_entries(guest, facts.images)})
    facts = facts.model_copy(update={"windows": windows})
    knowledge = Knowledge.load()
    target = knowledge.target("ec2-xen")
    made = plan(facts, {}, guest, knowledge.rules, target)
    [entry] = [each for each in boot_entries(facts, made, target) if each.source == "/boot.ini"]
    assert (entry.title, entry.line, entry.starts_by_default) == ("Windows Server 2003", 4, True)
    assert entry.root is False, "there is no second partition"
    assert entry.boots is entry.drivers_after, "apply names the first, so only drivers matter"
