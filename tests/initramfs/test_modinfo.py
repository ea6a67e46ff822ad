"""What modules say of themselves, against modinfo and depmod of this host."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from guestfix.initramfs import module_name, read_indexes
from guestfix.initramfs.errors import CorruptModule
from guestfix.initramfs.modinfo import built_for, indexes_of, needed_by, read_modinfo


@pytest.mark.parametrize("name", ["nvme", "virtio_net", "hv_storvsc", "ena", "crc32c_generic"])
def test_it_says_what_modinfo_says(host_modules: Path, name: str) -> None:
    path = next(path for path in host_modules.rglob("*.ko") if module_name(str(path)) == name)
    records = read_modinfo(path.read_bytes(), str(path))
    done = subprocess.run(["modinfo", "-0", "-F", "alias", str(path)], capture_output=True, text=True, check=True)
    said = [alias for alias in done.stdout.split("\0") if alias]
    assert sorted(value for key, value in records if key == "alias") == sorted(said)
    assert built_for(records) == host_modules.name


def test_its_indexes_are_those_of_depmod(host_modules: Path) -> None:
    files = {
        str(path.relative_to(host_modules)): path for path in (host_modules / "kernel/drivers/nvme").rglob("*.ko")
    }
    mine = indexes_of({name: read_modinfo(path.read_bytes(), name) for name, path in files.items()})
    theirs = read_indexes({name: (host_modules / name).read_bytes() for name in ("modules.dep", "modules.alias")})
    part = theirs.restricted({module_name(name): name for name in files})
    assert sorted(mine.aliases) == sorted(part.aliases)
    for path, needed in mine.dependencies.items():
        assert set(needed) <= set(part.dependencies[path])


def test_needs_have_one_spelling() -> None:
    assert needed_by([("depends", "nvme-core,t10_pi"), ("alias", "x")]) == ("nvme_core", "t10_pi")
    assert needed_by([("depends", "")]) == ()
    assert built_for([]) == ""


@pytest.mark.parametrize(
    "data", [b"", b"\x7fELF", b"\x7fELF\x02\x01" + bytes(58), b"\x7fELF\x02\x01" + b"\xff" * 200, b"no module"]
)
def test_what_is_no_module(data: bytes) -> None:
    with pytest.raises(CorruptModule, match="no kernel module"):
        read_modinfo(data, "x.ko")
