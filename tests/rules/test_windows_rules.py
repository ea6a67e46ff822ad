"""The rules for Windows on hives of real machines and of libguestfs' phony ones: whole lives, read by two readers.

regipy is written by others. What our editor wrote has to be there for it too, value by value.
"""

from __future__ import annotations

import importlib
import struct
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from guestfix.changes import HiveEdited
from guestfix.data import builtin_rules
from guestfix.examples import world
from guestfix.facts.model import Facts
from guestfix.guest.memory import MemoryGuest
from guestfix.plan import Plan, plan
from guestfix.registry import Value
from guestfix.registry.operations import DeleteKey, DeleteValue, SetValue
from guestfix.registry.reg_text import parse
from guestfix.registry.writer import write
from guestfix.rules.catalogue import built_in
from guestfix.rules.fixtures import File
from guestfix.rules.ruleset import RuleSet, load
from guestfix.rules.target import Target
from guestfix.rules.targets import load_targets

regipy: Any = importlib.import_module("regipy.registry")  # it has no types
missing_key: Any = importlib.import_module("regipy.exceptions").RegistryKeyNotFoundException

CONFIG = "/Windows/System32/config"
DRIVERS = ("stornvme", "storahci", "vmbus", "storvsc", "intelide", "atapi", "vioscsi", "viostor")
GUESTS = {"XP SP3": "ec2-xen", "7": "kvm", "8.1": "azure", "11 23H2": "ec2-nitro", "Server 2025": "gce"}
"""Which Windows goes where."""

ADDED = r"""
[ControlSet001\Services\stornvme]
"Type"=dword:1
"Start"=dword:3
[ControlSet001\Services\stornvme\StartOverride]
"0"=dword:3
[ControlSet001\Services\VMTools]
"Type"=dword:10
"Start"=dword:2
[ControlSet001\Control\Terminal Server]
"fDenyTSConnections"=dword:1
[ControlSet001\Control\CrashControl]
"AutoReboot"=dword:1
[ControlSet001\Services\Tcpip\Parameters\Interfaces\{11111111-2222-3333-4444-555555555555}]
"EnableDHCP"=dword:0
"IPAddress"=str(7):"192.0.2.10"
"""
"""Keys that libguestfs' phony SYSTEM lacks, as Windows has them."""


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
    phony = corpora / "phony-guests/virt-v2v"
    if name == "XP SP3":
        return {"SYSTEM": (corpora / "registry/dfwinreg-git/SYSTEM_history_e18f3d4").read_bytes()}
    if name == "8.1":
        return {"SYSTEM": written_out((corpora / "registry/regipy/SYSTEM_2").read_bytes())}
    software = {"7": "win7-32", "11 23H2": "win11", "Server 2025": "win2k25"}[name]
    system = (phony / "windows-system.reg").read_text() + ADDED
    return {
        "SYSTEM": write(parse(system)),
        "SOFTWARE": write(parse((phony / f"{software}-software.reg").read_text())),
    }


def guest_of(name: str, corpora: Path) -> dict[str, File]:
    files = {f"{CONFIG}/{hive}": File(data) for hive, data in hives(name, corpora).items()}
    files |= {f"/Windows/System32/drivers/{driver}.sys": File(b"MZ") for driver in DRIVERS}
    if name != "XP SP3":
        files["/Boot/BCD"] = File((corpora / "registry/regipy/BCD").read_bytes())
    return files


def planned(guest: MemoryGuest, target: str) -> tuple[Facts, Plan]:
    inspected = world(tuple(known_targets().values())).inspect(guest)
    return inspected.facts, plan(inspected.facts, inspected.initramfs, guest, rules(), known_targets()[target])


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
    seen = 0
    for change in made.changes:
        if isinstance(change.after, HiveEdited):
            copy = tmp_path / "hive"
            copy.write_bytes(guest.read(change.path, 64 << 20))
            theirs = regipy.RegistryHive(str(copy))
            for operation in change.after.operations:
                seen += assert_is_there(theirs, operation)
    assert seen >= 3
    assert planned(guest, target)[1].changes == ()
    lives.revert(guest)
    assert {path: guest.read(path, 64 << 20) for path in files} == {
        path: file.data for path, file in files.items()
    }


def assert_is_there(theirs: Any, operation: object) -> int:
    """Hold one operation against what regipy reads."""
    if isinstance(operation, DeleteKey):
        with pytest.raises(missing_key):
            theirs.get_key("\\" + operation.key)
        return 1
    if not isinstance(operation, SetValue | DeleteValue):
        return 0
    key = theirs.get_key("\\" + operation.key)
    values = {value.name: value.value for value in key.iter_values(as_json=False)}
    if isinstance(operation, DeleteValue):
        assert operation.name not in values
        return 1
    ours = Value(operation.name, operation.type, operation.data).meaning
    found = values[operation.name]
    said = bytes.fromhex(found) if isinstance(ours, bytes) and isinstance(found, str) else found
    assert (tuple(said) if isinstance(ours, tuple) else said) == ours
    return 1
