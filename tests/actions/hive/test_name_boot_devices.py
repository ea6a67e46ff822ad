"""The store of a real machine and one for a BIOS, held against disks that have other identifiers."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from guestfix.actions.hive.name_boot_devices import ACTION
from guestfix.facts.disks import DiskFacts
from guestfix.facts.model import Image, Mount, Partition
from guestfix.registry import Hive, bcd
from guestfix.registry.document import HiveDocument
from guestfix.registry.editor import edited
from guestfix.registry.reg_text import parse
from guestfix.registry.writer import write
from guestfix.rules.action import Edited

from ...facts.test_windows import inspected

regipy: Any = importlib.import_module("regipy.registry")

FINDING = {"code": "GF-X", "severity": "error", "message": "m", "why": "w", "remedy": "r"}
STORE = "/Windows/Media/EFI/Microsoft/Boot/BCD"
ESP, ROOT = "0d7ab7e3-6cd2-4cb5-b4d6-e5f5ea5f04ba", "0b2394a9-095e-487d-8d48-719ecd4d78ca"


def image(identifier: str, table: Any = "gpt", uuids: tuple[str, str] = (ESP, ROOT)) -> Image:
    parts = tuple(
        Partition(number=number, device=f"/dev/sda{number}", start=number << 20, size=1 << 20, type="",
                  type_name="", uuid=uuid)
        for number, uuid in enumerate(uuids, 1)
    )  # fmt: skip
    return Image(path="d", device="/dev/sda", format="raw", virtual_size=1 << 30, file_size=1 << 30,
                 table=table, identifier=identifier, boot_code="empty", partitions=parts)  # fmt: skip


def run(data: bytes, disk: Image) -> Edited[HiveDocument]:
    mounts = (Mount(device="/dev/sda2", path="/", type="ntfs", options=""),
              Mount(device="/dev/sda1", path="/Windows/Media", type="vfat", options=""))  # fmt: skip
    facts = inspected({"/Windows/System32/x": b"", STORE: data}, DiskFacts((disk,), (), mounts))

    system = facts.os.model_copy(update={"root": "/dev/sda2"})
    scope: Any = SimpleNamespace(facts=facts.model_copy(update={"os": system}))
    params = ACTION.params.model_validate({"because": "why", "unknown": FINDING})
    return ACTION.run(HiveDocument(Hive.of(data)), params, scope, STORE)


def named(data: bytes) -> dict[str, bcd.Device | None]:
    found = {each.id: each for each in bcd.objects(Hive.of(data))}
    manager = found[bcd.BOOT_MANAGER]
    loader = found[manager.text(bcd.DEFAULT_OBJECT)]
    return {
        "manager": manager.device(bcd.DEVICE),
        "loader": loader.device(bcd.DEVICE),
        "system": loader.device(bcd.OS_DEVICE),
    }


@pytest.mark.corpora
@pytest.mark.parametrize(
    "uuids", [("real", "real"), ("11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222")]
)
def test_a_gpt_disk_with_new_guids(uuids: tuple[str, str], corpora: Path, tmp_path: Path) -> None:
    data = (corpora / "registry/regipy/BCD").read_bytes()
    before = named(data)
    if uuids[0] == "real":
        manager, system = before["manager"], before["system"]
        assert manager is not None
        assert system is not None
        uuids = (str(manager.partition), str(system.partition))
    disk = image("99999999-9999-9999-9999-999999999999", uuids=uuids)
    done = run(data, disk)
    after = edited(data, done.document.operations)
    assert named(after) == {
        "manager": bcd.Device("partition", "gpt", disk.identifier, uuids[0]),
        "loader": bcd.Device("partition", "gpt", disk.identifier, uuids[1]),
        "system": bcd.Device("partition", "gpt", disk.identifier, uuids[1]),
    }
    (tmp_path / "BCD").write_bytes(after)
    theirs = regipy.RegistryHive(str(tmp_path / "BCD"))
    element = theirs.get_key(rf"\Objects\{bcd.BOOT_MANAGER}\Elements\11000001").get_value("Element")
    assert bcd.device(element if isinstance(element, bytes) else bytes.fromhex(element)).partition == uuids[0]
    assert run(after, disk).document.operations == ()


@pytest.mark.corpora
def test_a_disk_that_kept_its_guids_is_left_alone(corpora: Path) -> None:
    data = (corpora / "registry/regipy/BCD").read_bytes()
    before = named(data)
    assert before["manager"] is not None
    assert before["system"] is not None
    uuids = (str(before["manager"].partition), str(before["system"].partition))
    done = run(data, image(str(before["manager"].disk), uuids=uuids))
    assert done.document.operations == ()
    assert done.findings == ()


def test_what_nobody_can_tell_is_a_finding_and_stays() -> None:
    device = bcd.partition_device(bcd.Device("partition", "mbr", "11111111", "3145728"))
    element = ",".join(f"{byte:02x}" for byte in device)
    data = write(
        parse(
            '[Objects\\{1}\\Description]\n"Type"=dword:10200003\n'
            f'[Objects\\{{1}}\\Elements\\11000001]\n"Element"=hex:{element}\n'
            '[Objects\\{2}\\Description]\n"Type"=dword:10200005\n'
            f'[Objects\\{{2}}\\Elements\\11000001]\n"Element"=hex:{element}\n'
        )
    )
    done = run(data, image("", table="mbr"))
    assert done.document.operations == ()
    (finding,) = done.findings
    assert [each.value for each in finding.evidence] == ["{1} (windows loader): disk 11111111, partition 3145728"]
