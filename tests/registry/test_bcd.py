"""Boot configuration data, decoded from the stores of real machines."""

from __future__ import annotations

from pathlib import Path

import pytest

from guestfix.registry import Hive, bcd

MBR = bcd.Device("partition", "mbr", "90909090", "1048576")


def store(path: Path) -> dict[str, bcd.Object]:
    return {each.id: each for each in bcd.objects(Hive.of(path.read_bytes()))}


@pytest.mark.corpora
def test_a_real_machine_starts_windows_10_from_gpt(corpora: Path) -> None:
    found = store(corpora / "registry/regipy/BCD")
    manager = found[bcd.BOOT_MANAGER]
    assert manager.kind == "boot manager"
    assert manager.integer(bcd.TIMEOUT) == 30
    loader = found[manager.text(bcd.DEFAULT_OBJECT)]
    assert manager.objects(bcd.DISPLAY_ORDER) == (loader.id,)
    assert (loader.kind, loader.text(bcd.DESCRIPTION)) == ("windows loader", "Windows 10")
    assert loader.text(bcd.PATH) == r"\Windows\system32\winload.efi"
    assert loader.boolean(bcd.RECOVERY_ENABLED) is True
    assert loader.integer(bcd.BOOT_STATUS_POLICY) is None
    assert loader.device(bcd.DEVICE) == bcd.Device(
        "partition", "gpt", "0b2394a9-095e-487d-8d48-719ecd4d78ca", "8e0f2c38-e4ea-47ba-b7fc-9d8c74dccf0b"
    )
    assert found[bcd.EMS_SETTINGS].boolean(bcd.BOOT_EMS) is False


@pytest.mark.corpora
def test_setup_media_name_the_boot_device(corpora: Path) -> None:
    found = store(corpora / "registry/EZ-Registry/BCD")
    memory_test = next(each for each in found.values() if each.kind == "memory test")
    assert memory_test.device(bcd.DEVICE) == bcd.Device("boot")
    setup = next(each for each in found.values() if each.kind == "windows loader")
    assert setup.device(bcd.DEVICE) == bcd.Device("other")  # a RAM disk of a .wim file


@pytest.mark.corpora
def test_a_device_of_a_real_store_is_written_as_windows_wrote_it(corpora: Path) -> None:
    hive = Hive.of((corpora / "registry/regipy/BCD").read_bytes())
    seen = 0
    for key in hive.root.walk():
        value = key.value("Element")
        if value is not None and key.name.lower() in ("11000001", "21000001"):
            device = bcd.device(value.data)
            if device.kind == "partition":
                assert bcd.partition_device(device, value.data) == value.data
                seen += 1
    assert seen >= 5


def test_a_device_of_an_mbr_disk_goes_there_and_back() -> None:
    data = bcd.partition_device(MBR)
    assert len(data) == 0x58
    assert bcd.device(data) == MBR
    # NTloader, bcd.h: the offset at 0x20, the kind of table at 0x34, the signature at 0x38.
    assert data[0x20:0x28] == (1048576).to_bytes(8, "little")
    assert (data[0x34:0x38], data[0x38:0x3C]) == (b"\1\0\0\0", b"\x90\x90\x90\x90")


@pytest.mark.parametrize("data", [b"", b"\0" * 16, b"\xff" * 0x58, bytes(0x10) + b"\6" + bytes(0x10)])
def test_what_is_no_device_is_other(data: bytes) -> None:
    assert bcd.device(data) == bcd.Device("other")


def test_only_a_partition_can_be_written() -> None:
    with pytest.raises(ValueError, match="only a partition"):
        bcd.partition_device(bcd.Device("boot"))
