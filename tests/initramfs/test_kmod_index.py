"""The indexes against the real depmod, on this host's own kernel package, and the odd lines of old ones."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guestfix.initramfs import ModuleIndexes, module_name, read_indexes
from guestfix.initramfs.errors import CorruptIndex, TooLarge
from guestfix.initramfs.kmod_index import INDEX_FILES, render_index
from guestfix.initramfs.kmod_trie import read_trie

SOURCES = ("modules.order", "modules.builtin", "modules.builtin.modinfo")
PARTIAL = (
    "nvme",
    "virtio_blk",
    "virtio_scsi",
    "virtio_net",
    "ext4",
    "xfs",
    "usb_storage",
    "fuse",
    "kvm_intel",
    "dm_crypt",
)


def _read(folder: Path) -> ModuleIndexes:
    return read_indexes(
        {path.name: path.read_bytes() for path in folder.glob("modules.*") if path.suffix != ".bin"}
    )


def _depmod(tree: Path, version: str) -> Path:
    subprocess.run(["/sbin/depmod", "-b", str(tree), version], check=True, capture_output=True)
    return tree / "lib/modules" / version


@pytest.fixture(scope="module")
def whole(host_modules: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole modules directory, indexed here and now by this host's depmod."""
    tree = tmp_path_factory.mktemp("whole")
    folder = tree / "lib/modules" / host_modules.name
    folder.mkdir(parents=True)
    for name in SOURCES:
        shutil.copy(host_modules / name, folder)
    shutil.copytree(host_modules / "kernel", folder / "kernel", copy_function=os.link)
    return _depmod(tree, host_modules.name)


@pytest.fixture(scope="module")
def partial(host_modules: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some modules with all they need, as an initramfs holds them."""
    tree = tmp_path_factory.mktemp("partial")
    folder = tree / "lib/modules" / host_modules.name
    for path in _read(host_modules).closure(PARTIAL).modules:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(host_modules / path, folder / path)
    for name in SOURCES:
        shutil.copy(host_modules / name, folder)
    return _depmod(tree, host_modules.name)


@pytest.mark.parametrize("name", INDEX_FILES)
def test_whole_tree_is_byte_for_byte_what_depmod_writes(name: str, whole: Path) -> None:
    assert render_index(_read(whole), name) == (whole / name).read_bytes()


@pytest.mark.parametrize("name", sorted(set(INDEX_FILES) - {"modules.dep", "modules.dep.bin", "modules.symbols"}))
def test_partial_tree_is_byte_for_byte_what_depmod_writes_there(
    name: str, host_modules: Path, partial: Path
) -> None:
    present = {module_name(path): path for path in _read(partial).dependencies}
    assert render_index(_read(host_modules).restricted(present), name) == (partial / name).read_bytes()


def test_partial_tree_has_the_same_dependencies_in_an_order_that_loads(host_modules: Path, partial: Path) -> None:
    # The order among dependencies that do not need each other follows from depmod's walk over the whole tree:
    # it is free. So is that of modules.symbols, which is a hash table's.
    there = _read(partial)
    present = {module_name(path): path for path in there.dependencies}
    ours = _read(host_modules).restricted(present)
    assert list(ours.dependencies) == list(there.dependencies)
    assert set(ours.symbols) == set(there.symbols)
    for path, needed in ours.dependencies.items():
        assert set(needed) == set(there.dependencies[path])
        for place, module in enumerate(needed):
            assert set(ours.dependencies[module]) <= set(needed[place + 1 :])


def test_the_real_modprobe_loads_by_what_we_write(host_modules: Path, partial: Path, tmp_path: Path) -> None:
    version = host_modules.name
    present = {module_name(path): path for path in _read(partial).dependencies}
    indexes = _read(host_modules).restricted(present)
    folder = tmp_path / "lib/modules" / version
    folder.mkdir(parents=True)
    (folder / "kernel").symlink_to(partial / "kernel")
    for name in INDEX_FILES:
        if name.endswith(".bin") or name == "modules.softdep":
            (folder / name).write_bytes(render_index(indexes, name))
    (folder / "modules.builtin.modinfo").write_bytes((host_modules / "modules.builtin.modinfo").read_bytes())

    def asked(*names: str) -> list[str]:
        call = ["/sbin/modprobe", "-d", str(tmp_path), "-C", str(tmp_path), "-S", version, "-D", *names]
        lines = subprocess.run(call, check=True, capture_output=True, text=True).stdout.splitlines()
        return [module_name(line.split()[1]) for line in lines if line.startswith("insmod ")]

    # An NVMe controller, by what udev would see; then the name.
    assert asked("pci:v0000144Dd0000A808sv0000144Dsd0000A801bc01sc08i02")[-1] == "nvme"
    loaded = list(dict.fromkeys(asked("nvme")))
    assert loaded == [module_name(path) for path in indexes.closure(["nvme"]).modules]
    assert asked("virtio:d00000002v00001AF4")[-1] == "virtio_blk"


def test_tries_read_back_to_the_same_indexes(host_modules: Path) -> None:
    tries = {path.name: path.read_bytes() for path in host_modules.glob("modules.*.bin")}
    text, binary = _read(host_modules), read_indexes(tries)
    assert binary.dependencies == text.dependencies
    assert list(binary.dependencies) == list(text.dependencies)
    assert set(binary.symbols) == set(text.symbols)
    assert render_index(binary, "modules.alias.bin") == tries["modules.alias.bin"]


def test_module_names() -> None:
    assert module_name("kernel/drivers/net/xen-netfront.ko.xz") == "xen_netfront"
    assert module_name("a.b/c-d.ko") == "c_d"


def test_old_modules_dep_with_whole_paths_and_continued_lines() -> None:
    # RHEL 5, module-init-tools 3.3
    root = b"/lib/modules/2.6.18/"
    data = root + b"kernel/a.ko: \\\n\t" + root + b"kernel/b.ko\n\n" + root + b"kernel/b.ko:\n"
    assert read_indexes({"modules.dep": data}).dependencies == {"kernel/a.ko": ("kernel/b.ko",), "kernel/b.ko": ()}


@pytest.mark.parametrize(
    "line", [b"no colon", b": kernel/a.ko", b"/etc/passwd:", b"../../etc/x.ko:", b"a.ko: ../b.ko", b"\xff\x1b"]
)
def test_bad_modules_dep(line: bytes) -> None:
    with pytest.raises(CorruptIndex, match=r"modules\.dep") as caught:
        read_indexes({"modules.dep": line + b"\n"})
    assert "\x1b" not in str(caught.value)


def test_nothing_to_go_by() -> None:
    with pytest.raises(CorruptIndex, match=r"has no modules\.dep"):
        read_indexes({"modules.alias": b""})


def test_too_large() -> None:
    with pytest.raises(TooLarge, match=r"modules\.dep"):
        read_indexes({"modules.dep": bytes((32 << 20) + 1)})


def test_patterns_keep_what_stands_in_brackets_and_lose_unmatched_ones() -> None:
    indexes = read_indexes(
        {"modules.dep": b"a-b.ko:\n", "modules.alias": b"alias x-[0-9]-y a_b\nalias bad] a_b\nalias bad[0-9 a_b\n"}
    )
    assert read_trie(render_index(indexes, "modules.alias.bin")) == {"x_[0-9]_y": ((0, "a_b"),)}


def test_an_alias_that_is_not_plain_text_has_a_code() -> None:
    indexes = read_indexes({"modules.dep": b"a.ko:\n", "modules.alias": b"alias \xff\x1b a\n"})
    with pytest.raises(CorruptIndex) as caught:
        render_index(indexes, "modules.alias.bin")
    assert "\x1b" not in str(caught.value)


def test_restricted_names_files_as_they_are_there(guest_indexes: ModuleIndexes) -> None:
    part = guest_indexes.restricted({"nvme": "kernel/nvme.ko.zst", "nvme_core": "x/nvme-core.ko"})
    assert part.dependencies == {"x/nvme-core.ko": (), "kernel/nvme.ko.zst": ("x/nvme-core.ko",)}
    assert part.aliases == (("pci:v*d*sv*sd*bc01sc08i02*", "nvme"),)
    assert part.symbols == (("symbol:nvme_init_ctrl", "nvme_core"),)
    assert part.softdeps == ()
    assert part.devnames == ()
    assert part.builtin == guest_indexes.builtin


def test_of_two_files_for_one_module_the_first_counts() -> None:
    assert read_indexes({"modules.dep": b"updates/a.ko:\nkernel/a.ko:\n"}).paths == {"a": "updates/a.ko"}


@given(st.dictionaries(st.sampled_from([*INDEX_FILES, *SOURCES]), st.binary(max_size=80)), st.binary(max_size=80))
def test_any_bytes(files: dict[str, bytes], dep: bytes) -> None:
    with suppress(CorruptIndex):
        indexes = read_indexes({"modules.dep": b"a.ko:\n" + dep, **files})
        for name in INDEX_FILES:
            render_index(indexes, name)
