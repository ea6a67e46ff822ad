"""This host's own initramfs, against the tools of initramfs-tools and the kernel package beside it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from guestfix.initramfs import Generator, Initramfs, ModuleIndexes, describe, extend, read_indexes, verify
from guestfix.initramfs.tree import normal

Chunked = Callable[[Path], Iterator[bytes]]
WANTED = ("nvme", "virtio_blk", "ena", "xen_blkfront", "kvm_intel", "nosuch")


@pytest.fixture(scope="module")
def image(host_image: Path, chunked: Chunked) -> Initramfs:
    return describe(chunked(host_image))


@pytest.fixture(scope="module")
def indexes(host_modules: Path) -> ModuleIndexes:
    return read_indexes(
        {path.name: path.read_bytes() for path in host_modules.glob("modules.*") if path.suffix != ".bin"}
    )


def _listed(path: Path) -> set[str]:
    done = subprocess.run(["lsinitramfs", str(path)], capture_output=True, text=True, check=True)
    return {normal(line) for line in done.stdout.splitlines()} - {""}


def test_it_holds_what_lsinitramfs_lists(host_image: Path, image: Initramfs) -> None:
    assert image.entries.keys() == _listed(host_image)
    assert image.generator is Generator.INITRAMFS_TOOLS
    assert image.size == host_image.stat().st_size


def test_its_own_indexes_are_a_part_of_the_root_ones(
    image: Initramfs, indexes: ModuleIndexes, host_modules: Path
) -> None:
    version = host_modules.name
    assert image.kernel_versions == (version,)
    assert image.has_kmod_index(version)
    files = {name: data for name, data in image.index_files(version).items() if data is not None}
    own = read_indexes(files)
    assert set(own.dependencies) == set(image.modules(version))
    part = indexes.restricted(own.paths)
    assert part.aliases == own.aliases
    assert set(part.symbols) == set(own.symbols)


def test_drivers_go_in_and_lsinitramfs_sees_them(
    host_image: Path,
    image: Initramfs,
    indexes: ModuleIndexes,
    host_modules: Path,
    chunked: Chunked,
    tmp_path: Path,
) -> None:
    extension = extend(image, indexes, lambda path: (host_modules / path).read_bytes(), WANTED)
    assert extension is not None
    assert extension.missing == ("nosuch",)
    path = tmp_path / "initrd.img"
    path.write_bytes(host_image.read_bytes() + extension.tail)
    after = describe(chunked(path))
    verify(image, extension, after)
    assert extend(after, indexes, lambda path: b"", WANTED) is None
    for module in extension.modules:
        name = f"{image.modules_directories[host_modules.name]}/{module}"
        assert after.entries[name].size == (host_modules / module).stat().st_size
    assert _listed(path) == image.entries.keys()  # the guest's own tool still reads the main segment
    packed = tmp_path / "segment"
    packed.write_bytes(extension.tail.lstrip(b"\0"))
    assert _listed(packed) == {name for name, _ in extension.added}
    unpacked = tmp_path / "unpacked"
    # As in the kernel, the directories are there from the main segment.
    for name, entry in image.entries.items():
        if entry.is_directory:
            (unpacked / name).mkdir(parents=True, exist_ok=True)
    subprocess.run(["unmkinitramfs", str(packed), str(unpacked)], check=True)
    for name, size in extension.added:
        if (unpacked / name).is_file():
            assert (unpacked / name).stat().st_size == size
    for module in extension.modules:
        written = unpacked / image.modules_directories[host_modules.name] / module
        assert written.read_bytes() == (host_modules / module).read_bytes()


MEASURE = """
import re, sys
from pathlib import Path
from guestfix.initramfs import describe
with open(sys.argv[1], "rb") as file:
    image = describe(iter(lambda: file.read(4 << 20), b""))
print(len(image.entries), int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]))
"""


def test_reading_it_takes_little_memory(host_image: Path, image: Initramfs, project: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(host_image)],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(project / "src")},
    )
    count, kibibytes = map(int, done.stdout.split())
    assert count == len(image.entries)
    assert kibibytes < 80 << 10
