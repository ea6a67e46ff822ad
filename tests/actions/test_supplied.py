"""Drivers from the folder that `--drivers` names, taken from this host's own kernel package."""

from __future__ import annotations

from pathlib import Path

import pytest

from guestfix.actions._supplied import supplied
from guestfix.guest.directory_reader import DirectoryReader
from guestfix.guest.memory import MemoryGuest
from guestfix.initramfs import ModuleIndexes, module_name


@pytest.fixture(scope="module")
def host_modules() -> Path:
    found = sorted(Path("/lib/modules").glob("*/modules.dep"))
    assert found, "no kernel modules on this host: install linux-image-amd64"
    return found[-1].parent


def _module(host_modules: Path, name: str) -> bytes:
    return next(path for path in host_modules.rglob("*.ko") if module_name(str(path)) == name).read_bytes()


@pytest.mark.parametrize("place", ["/{}/", "/lib/modules/{}/kernel/drivers/", "/usr/lib/modules/{}/extra/"])
def test_modules_are_found_by_version_and_known_by_what_they_say(host_modules: Path, place: str) -> None:
    version = host_modules.name
    folder = MemoryGuest()
    for name in ("nvme", "nvme_core"):
        folder.add_file(f"{place.format(version)}{name}.ko", _module(host_modules, name))
    found = supplied(folder, version)
    assert found.names == {"nvme", "nvme_core"}
    own = ModuleIndexes({"kernel/block/t10-pi.ko": ()})
    joined = found.over(own)
    closure = joined.closure(["nvme"])
    assert closure.modules[-2:] == ("updates/guestfix/nvme_core.ko", "updates/guestfix/nvme.ko")
    assert any(module == "nvme" for _, module in joined.aliases)
    read = found.reader(folder, lambda path: b"own")
    assert read("updates/guestfix/nvme.ko") == _module(host_modules, "nvme")
    assert read("kernel/block/t10-pi.ko") == b"own"


def test_a_module_for_another_kernel_is_refused(host_modules: Path) -> None:
    folder = MemoryGuest()
    folder.add_file("/5.10.0/nvme.ko", _module(host_modules, "nvme"))
    folder.add_file("/5.10.0/broken.ko", b"\x7fELF")
    found = supplied(folder, "5.10.0")
    assert not found.files
    assert sorted(found.refused) == [
        "/5.10.0/broken.ko is no kernel module: its ELF sections cannot be read.",
        f"/5.10.0/nvme.ko was built for {host_modules.name}, not for 5.10.0",
    ]
    assert supplied(None, "5.10.0").files == {}
    assert supplied(folder, "../../etc").files == {}


def test_no_link_leads_out_of_the_folder(host_modules: Path, tmp_path: Path) -> None:
    (tmp_path / host_modules.name).symlink_to(host_modules)
    with DirectoryReader(tmp_path) as folder:
        assert supplied(folder, host_modules.name).files == {}
