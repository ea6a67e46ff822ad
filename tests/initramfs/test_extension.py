"""Putting drivers behind an image: what goes in, what stays out, and how it is packed."""

from __future__ import annotations

import lzma
import stat
from collections.abc import Callable

import pytest
import zstandard

from guestfix.initramfs import (
    Compression,
    Extension,
    ExtraFile,
    Initramfs,
    ModuleIndexes,
    describe,
    extend,
    extended,
    image_indexes,
    read_indexes,
    verify,
)
from guestfix.initramfs.compression import pack
from guestfix.initramfs.errors import (
    HiddenTail,
    NoModulesDirectory,
    PathTaken,
    TooLarge,
    UnsupportedGenerator,
)
from guestfix.initramfs.image import is_module_index
from guestfix.initramfs.kmod_index import render_index
from guestfix.initramfs.kmod_trie import read_trie

Archive = Callable[..., bytes]
Tree = dict[str, bytes | str | None]
VERSION = "6.1.0-test"
PREFIX = f"usr/lib/modules/{VERSION}"
PACKED = [c for c in Compression if c is not Compression.LZO]
NVME = (
    "kernel/crypto/crct10dif-pclmul.ko",
    "kernel/crypto/crct10dif_generic.ko",
    "kernel/block/t10-pi.ko",
    "kernel/drivers/nvme/host/nvme-core.ko",
    "kernel/drivers/nvme/host/nvme.ko",
)


def _module(path: str) -> bytes:
    return b"\x7fELF " + path.encode()


def _keep(path: str) -> bool:
    return is_module_index(path) or path == "conf/modules"


@pytest.fixture
def data(archive: Archive, small_tree: Tree) -> bytes:
    return pack(archive({**small_tree, **_tries()}), Compression.ZSTD)


@pytest.fixture
def image(data: bytes) -> Initramfs:
    return describe([data], keep=_keep)


def _tries() -> Tree:
    """The tries of the small image, which knows one module."""
    indexes = read_indexes({"modules.dep": b"kernel/fs/ext4.ko:\n", "modules.alias": b"alias fs-ext4 ext4\n"})
    return {f"{PREFIX}/{name}": render_index(indexes, name) for name in ("modules.dep.bin", "modules.alias.bin")}


def _applied(data: bytes, image: Initramfs, extension: Extension | None) -> Initramfs:
    """The image as written, read back whole and proved."""
    assert extension is not None
    after = describe([data, extension.tail], keep=_keep)
    verify(image, extension, after)
    # What the plan shows without reading the image again is what is there.
    assert describe([extension.tail], keep=_keep, after=image) == after
    assert extended(image, extension).entries == after.entries
    return after


def test_the_closure_goes_in_with_an_index_over_all(
    data: bytes, image: Initramfs, guest_indexes: ModuleIndexes
) -> None:
    extension = extend(image, guest_indexes, _module, ["nvme", "virtio_pci", "ena", "ext4"])
    after = _applied(data, image, extension)
    assert extension is not None
    assert extension.modules == NVME
    assert extension.missing == ("ena",)
    assert extension.compression is Compression.ZSTD
    assert [path.removeprefix(PREFIX + "/") for path, _ in extension.added] == [
        "kernel/block",
        "kernel/block/t10-pi.ko",
        "kernel/crypto",
        "kernel/crypto/crct10dif-pclmul.ko",
        "kernel/crypto/crct10dif_generic.ko",
        "kernel/drivers",
        "kernel/drivers/nvme",
        "kernel/drivers/nvme/host",
        "kernel/drivers/nvme/host/nvme-core.ko",
        "kernel/drivers/nvme/host/nvme.ko",
        "modules.alias",
        "modules.alias.bin",
        "modules.dep",
        "modules.dep.bin",
        "modules.softdep",
    ]
    assert after.modules(VERSION) == tuple(sorted(("kernel/fs/ext4.ko", *NVME)))
    assert after.kept[f"{PREFIX}/modules.dep"] == (
        b"kernel/fs/ext4.ko:\n"
        b"kernel/drivers/nvme/host/nvme-core.ko: kernel/block/t10-pi.ko\n"
        b"kernel/drivers/nvme/host/nvme.ko: kernel/drivers/nvme/host/nvme-core.ko kernel/block/t10-pi.ko\n"
        b"kernel/block/t10-pi.ko:\n"
        b"kernel/crypto/crct10dif-pclmul.ko:\n"
        b"kernel/crypto/crct10dif_generic.ko:\n"
    )
    assert read_trie(after.kept[f"{PREFIX}/modules.alias.bin"]) == {
        "crct10dif": ((4, "crct10dif_pclmul"), (5, "crct10dif_generic")),
        "fs_ext4": ((0, "ext4"),),
        "pci:v*d*sv*sd*bc01sc08i02*": ((2, "nvme"),),
    }
    assert after.kept[f"{PREFIX}/modules.softdep"].endswith(b"\nsoftdep t10_pi pre: crct10dif\n")


@pytest.mark.parametrize("compression", PACKED)
@pytest.mark.parametrize("odd", [0, 1])
def test_twice_is_once_in_every_compression(
    compression: Compression, odd: int, archive: Archive, small_tree: Tree, guest_indexes: ModuleIndexes
) -> None:
    data = pack(archive({**small_tree, **_tries(), "pad": b"x" * odd}), compression)
    image = describe([data], keep=_keep)
    extension = extend(image, guest_indexes, _module, ["nvme"])
    after = _applied(data, image, extension)
    assert extension is not None
    assert extension.compression is compression
    assert extension == extend(image, guest_indexes, _module, ["nvme"])
    assert after.segments[-1].offset == len(data) + (-len(data) % 4 if compression is Compression.NONE else 0)
    assert extend(after, guest_indexes, _module, ["nvme"]) is None
    more = extend(after, guest_indexes, _module, ["other"])
    assert more is not None
    assert more.modules == ("kernel/net/other.ko",)
    _applied(data + extension.tail, after, more)


def test_nothing_to_do(image: Initramfs, guest_indexes: ModuleIndexes) -> None:
    assert extend(image, guest_indexes, _module, ["ext4", "virtio-pci"]) is None
    assert extend(image, guest_indexes, _module, ["ena"]) is None
    assert extend(image, guest_indexes, _module, []) is None


def test_a_module_that_the_images_index_does_not_know_needs_a_new_index(
    archive: Archive, small_tree: Tree, guest_indexes: ModuleIndexes
) -> None:
    data = archive({**small_tree, **_tries(), **{f"{PREFIX}/{path}": b"" for path in NVME}})
    image = describe([data], keep=_keep)
    extension = extend(image, guest_indexes, _module, ["nvme"])
    after = _applied(data, image, extension)
    assert extension is not None
    assert extension.modules == ()
    assert extend(after, guest_indexes, _module, ["nvme"]) is None


@pytest.mark.parametrize("trie", [b"", b"\xb0\x07\xf4\x57\0\2\0\1\0\0\0\x0c"])
def test_a_trie_that_is_damaged_or_behind_its_text_is_written_anew(
    trie: bytes, archive: Archive, small_tree: Tree, guest_indexes: ModuleIndexes
) -> None:
    data = archive({**small_tree, **_tries(), f"{PREFIX}/modules.dep.bin": trie})
    image = describe([data], keep=_keep)
    extension = extend(image, guest_indexes, _module, ["ext4"])
    assert extension is not None
    assert extension.modules == ()
    after = _applied(data, image, extension)
    assert after.kept[f"{PREFIX}/modules.dep.bin"] == _tries()[f"{PREFIX}/modules.dep.bin"]
    assert extend(after, guest_indexes, _module, ["ext4"]) is None


def test_extras_are_put_in_once(data: bytes, image: Initramfs, guest_indexes: ModuleIndexes) -> None:
    extras = [ExtraFile("/conf/modules", 0o644, b"ext4\nnvme\n"), ExtraFile("lib/new/file", 0o755, b"1")]
    extension = extend(image, guest_indexes, _module, [], extras=extras)
    after = _applied(data, image, extension)
    assert extension is not None
    assert [path for path, _ in extension.added] == ["conf/modules", "usr/lib/new", "usr/lib/new/file"]
    assert after.kept["conf/modules"] == b"ext4\nnvme\n"
    assert after.entries["usr/lib/new/file"].mode == stat.S_IFREG | 0o755
    assert after.entries["lib"].target == "usr/lib"
    assert extend(after, guest_indexes, _module, [], extras=extras[:1]) is None
    assert extend(after, guest_indexes, _module, [], extras=[ExtraFile("conf/modules", 0o600, b"ext4\nnvme\n")])


@pytest.mark.parametrize("path", ["conf", "conf/modules/below"])
def test_extras_where_something_else_is(path: str, image: Initramfs, guest_indexes: ModuleIndexes) -> None:
    with pytest.raises(PathTaken, match="conf"):
        extend(image, guest_indexes, _module, [], extras=[ExtraFile(path, 0o644, b"")])


@pytest.mark.parametrize(
    ("suffix", "packed"),
    [
        (".ko.xz", lzma.compress(b"module", check=lzma.CHECK_CRC32)),
        (".ko.zst", zstandard.compress(b"module")),
        (".ko.gz", pack(b"module", Compression.GZIP)),
    ],
)
@pytest.mark.parametrize("in_image", [".ko", ".ko.xz", ".ko.zst", ".ko.gz"])
def test_compressed_modules_go_in_as_the_image_holds_them(
    suffix: str, packed: bytes, in_image: str, archive: Archive, small_tree: Tree
) -> None:
    tree = {path: content for path, content in small_tree.items() if not path.endswith("ext4.ko")}
    data = archive({**tree, f"{PREFIX}/kernel/fs/ext4{in_image}": b""})
    image = describe([data], keep=lambda path: path.endswith(("modules.dep", "modules.alias")))
    indexes = read_indexes(
        {"modules.dep": f"kernel/fs/ext4{suffix}:\nkernel/nvme{suffix}: kernel/fs/ext4{suffix}\n".encode()}
    )
    extension = extend(image, indexes, lambda path: packed, ["nvme"])
    assert extension is not None
    after = describe([data, extension.tail], keep=lambda path: True)
    name = f"kernel/nvme{in_image if in_image == suffix else '.ko'}"
    assert after.kept[f"{PREFIX}/{name}"] == (packed if in_image == suffix else b"module")
    own = image_indexes(after, VERSION)
    assert own is not None
    assert dict(own.dependencies) == {f"kernel/fs/ext4{in_image}": (), name: (f"kernel/fs/ext4{in_image}",)}


def test_a_module_that_is_a_bomb(image: Initramfs) -> None:
    indexes = read_indexes({"modules.dep": b"a.ko.zst:\n"})
    bomb = zstandard.compress(bytes(65 << 20))
    with pytest.raises(TooLarge, match=r"a\.ko\.zst"):
        extend(image, indexes, lambda path: bomb, ["a"])


def test_a_module_that_cannot_be_read_is_the_readers_error(image: Initramfs, guest_indexes: ModuleIndexes) -> None:
    def gone(path: str) -> bytes:
        raise FileNotFoundError(path)

    with pytest.raises(FileNotFoundError, match="crct10dif"):
        extend(image, guest_indexes, gone, ["nvme"])


def test_modules_that_the_guest_has_no_more_stay_in_the_index(
    archive: Archive, small_tree: Tree, guest_indexes: ModuleIndexes
) -> None:
    own = {
        f"{PREFIX}/updates/dkms/old.ko": b"",
        f"{PREFIX}/modules.dep": b"updates/dkms/old.ko: kernel/fs/ext4.ko\nkernel/fs/ext4.ko:\n",
        f"{PREFIX}/modules.alias": b"alias pci:old old\n",
    }
    data = archive({**small_tree, **_tries(), **own})
    image = describe([data], keep=_keep)
    after = _applied(data, image, extend(image, guest_indexes, _module, ["nvme"]))
    assert b"updates/dkms/old.ko:" in after.kept[f"{PREFIX}/modules.dep"]
    assert read_trie(after.kept[f"{PREFIX}/modules.alias.bin"])["pci:old"] == ((6, "old"),)


def test_an_image_with_tries_only_gets_tries_only(
    archive: Archive, small_tree: Tree, guest_indexes: ModuleIndexes
) -> None:
    # mkinitcpio removes the text.
    tree = {path: content for path, content in small_tree.items() if "/modules." not in path}
    data = archive({**tree, **_tries()})
    image = describe([data], keep=_keep)
    extension = extend(image, guest_indexes, _module, ["nvme"])
    _applied(data, image, extension)
    assert extension is not None
    assert [path for path, _ in extension.added if "/modules." in path] == list(_tries())[::-1]


def test_an_image_without_any_module_takes_the_named_kernel(
    archive: Archive, guest_indexes: ModuleIndexes
) -> None:
    for tree, directory in (
        ({"init": b"", "lib": "usr/lib", "usr": None, "usr/lib": None}, PREFIX),
        ({"init": b"", "lib": None}, f"lib/modules/{VERSION}"),
        ({"init": b""}, f"lib/modules/{VERSION}"),
    ):
        data = archive(tree)
        image = describe([data])
        extension = extend(image, guest_indexes, _module, ["nvme"], version=VERSION)
        after = _applied(data, image, extension)
        assert after.modules_directories == {VERSION: directory}
        assert f"{directory}/modules.builtin.bin" in after.entries
        assert f"{directory}/modules.builtin.alias.bin" in after.entries
        with pytest.raises(NoModulesDirectory, match="modules of no kernel"):
            extend(image, guest_indexes, _module, ["nvme"])


def test_of_two_kernels_one_must_be_named(archive: Archive, guest_indexes: ModuleIndexes) -> None:
    data = archive({"init": b"", "lib/modules/1/kernel/block/t10-pi.ko": b"", "lib/modules/2": None})
    image = describe([data])
    with pytest.raises(NoModulesDirectory, match="modules of 1, 2,") as caught:
        extend(image, guest_indexes, _module, ["nvme"])
    assert caught.value.code == "GF-INITRAMFS-MODULES-DIRECTORY"
    after = _applied(data, image, extend(image, guest_indexes, _module, ["nvme"], version="2"))
    assert after.modules("1") == ("kernel/block/t10-pi.ko",)
    assert len(after.modules("2")) == 5


def test_nash_loads_a_fixed_list(archive: Archive, guest_indexes: ModuleIndexes) -> None:
    image = describe([archive({"bin/nash": b"", "init": b"", "lib/ext3.ko": b""})])
    with pytest.raises(UnsupportedGenerator, match="RHEL 5"):
        extend(image, guest_indexes, _module, ["nvme"])


def test_microcode_in_front_stays_and_does_not_choose_the_compression(
    archive: Archive, data: bytes, guest_indexes: ModuleIndexes
) -> None:
    early = archive({"kernel/x86/microcode/GenuineIntel.bin": b"1"})
    image = describe([early, data], keep=_keep)
    extension = extend(image, guest_indexes, _module, ["nvme"])
    assert _applied(early + data, image, extension).segments[0] == image.segments[0]
    assert extension is not None
    assert extension.compression is Compression.ZSTD


def test_zeros_behind_lz4_hide_what_follows_from_older_kernels(
    archive: Archive, small_tree: Tree, guest_indexes: ModuleIndexes
) -> None:
    old = {path.replace(VERSION, "5.4.0"): content for path, content in {**small_tree, **_tries()}.items()}
    padded = pack(archive(old), Compression.LZ4) + bytes(8)
    with pytest.raises(HiddenTail, match=r"kernel 5\.4\.0 may not look") as caught:
        extend(describe([padded]), guest_indexes, _module, ["nvme"])
    assert caught.value.code == "GF-INITRAMFS-LZ4-PADDING"
    padded = pack(archive({**small_tree, **_tries()}), Compression.LZ4) + bytes(8)
    image = describe([padded], keep=_keep)
    _applied(padded, image, extend(image, guest_indexes, _module, ["nvme"]))


def test_behind_lz4_only_lz4_can_follow(archive: Archive, small_tree: Tree, guest_indexes: ModuleIndexes) -> None:
    data = pack(archive({**small_tree, **_tries()}), Compression.LZ4)
    image = describe([data], keep=_keep)
    extension = extend(image, guest_indexes, _module, ["nvme"], compression=Compression.GZIP)
    assert extension is not None
    assert extension.compression is Compression.LZ4
    _applied(data, image, extension)


def test_another_compression_and_a_time_on_request(
    data: bytes, image: Initramfs, guest_indexes: ModuleIndexes
) -> None:
    extension = extend(image, guest_indexes, _module, ["nvme"], compression=Compression.NONE, mtime=0x12345678)
    _applied(data, image, extension)
    assert extension is not None
    assert b"0712345678" not in extension.tail
    assert extension.tail.lstrip(b"\0").startswith(
        b"07070100000001000041ED0000000000000000000000021234567800000000"
    )
