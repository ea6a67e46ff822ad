"""Is every file either an image with a header or an error with a code, hostile headers included?"""

from __future__ import annotations

import bz2
import gzip
import json
import os
import random
import struct
import subprocess
import tarfile
from pathlib import Path

import pytest

from guestfix.disks import ImageHeader, Reference, examine
from guestfix.disks.errors import (
    FormatMismatch,
    ImageDamaged,
    ImageEmpty,
    ImageEncrypted,
    ImageNotFound,
    NotADisk,
    NotAnImage,
    UnknownFormat,
    UnsupportedImage,
)
from guestfix.errors import GuestfixError

KINDS = {
    "raw": ("raw", "", None),
    "qcow2": ("qcow2", "compat=1.1", "v3"),
    "qcow2v2": ("qcow2", "compat=0.10", "v2"),
    "extended": ("qcow2", "extended_l2=on", "v3"),
    "sparse": ("vmdk", "subformat=monolithicSparse", "monolithicSparse"),
    "flat": ("vmdk", "subformat=monolithicFlat", "monolithicFlat"),
    "split": ("vmdk", "subformat=twoGbMaxExtentSparse", "twoGbMaxExtentSparse"),
    "stream": ("vmdk", "subformat=streamOptimized", "streamOptimized"),
    "dynamic": ("vpc", "subformat=dynamic", "dynamic"),
    "fixed": ("vpc", "subformat=fixed", "fixed"),
    "vhdx": ("vhdx", "subformat=dynamic", "dynamic"),
    "vhdxfixed": ("vhdx", "subformat=fixed", "fixed"),
}


def make(path: Path, kind: str, options: str = "", size: str = "4M") -> Path:
    extra = ["-o", options] if options else []
    subprocess.run(["qemu-img", "create", "-q", "-f", kind, *extra, str(path), size], check=True)
    return path


def judged(path: Path, said: str | None = None) -> ImageHeader | GuestfixError:
    """The header or the coded error; anything else fails the test."""
    try:
        header = examine(path, said)
    except GuestfixError as problem:
        assert problem.code.startswith("GF-IMAGE-")
        assert problem.message
        assert problem.hint
        return problem
    assert 0 < header.virtual_size < 1 << 63
    return header


@pytest.mark.parametrize("name", KINDS)
def test_format_variant_and_size_are_what_qemu_says(tmp_path: Path, name: str) -> None:
    kind, options, variant = KINDS[name]
    path = make(tmp_path / "disk", kind, options)
    header = examine(path)
    told = json.loads(subprocess.check_output(["qemu-img", "info", "--output=json", "-f", kind, str(path)]))
    assert (header.format, header.variant, header.virtual_size) == (kind, variant, told["virtual-size"])
    assert header.file_size == path.stat().st_size
    assert examine(path, "vhd" if kind == "vpc" else kind) == header
    if kind != "raw":
        if (
            header.file_size >= 512
        ):  # less than a sector is no raw disk, and a descriptor of VMDK can be that short
            assert examine(path, "raw").format == "raw"
        with pytest.raises(FormatMismatch):
            examine(path, "vhdx" if kind != "vhdx" else "qcow2")


def test_references_are_found(tmp_path: Path) -> None:
    base = make(tmp_path / "base.raw", "raw")
    make(tmp_path / "parent.vmdk", "vmdk")
    for options in ("", ",compat=0.10"):
        top = make(tmp_path / "top.qcow2", "qcow2", f"backing_file={base},backing_fmt=raw{options}")
        assert examine(top).references == (Reference("backing", str(base), "raw"),)
    data = make(tmp_path / "outside.qcow2", "qcow2", f"data_file={tmp_path}/d.bin")
    assert examine(data).references == (Reference("data", f"{tmp_path}/d.bin", "raw"),)
    child = make(tmp_path / "child.vmdk", "vmdk", f"backing_file={tmp_path}/parent.vmdk,backing_fmt=vmdk")
    assert examine(child).references == (Reference("backing", f"{tmp_path}/parent.vmdk", "vmdk"),)
    flat = make(tmp_path / "flat.vmdk", "vmdk", "subformat=monolithicFlat")
    assert examine(flat).references == (Reference("extent", "flat-flat.vmdk", "raw"),)


def test_a_sparse_header_that_hides_a_descriptor_of_other_files(tmp_path: Path) -> None:
    """QEMU follows the embedded descriptor where the capacity is zero."""
    text = b'version=1\ncreateType="monolithicFlat"\nRW 8 FLAT "/etc/shadow" 0\n'
    header = struct.pack("<4sIIQQQQIQQQB4sH", b"KDMV", 1, 3, 0, 128, 1, 20, 512, 0, 0, 0, 0, b"\n \r\n", 0)
    path = tmp_path / "x.vmdk"
    path.write_bytes(header.ljust(512, b"\0") + text.ljust(20 * 512, b"\0"))
    assert examine(path).references == (Reference("extent", "/etc/shadow", "raw"),)


@pytest.mark.parametrize(
    "line",
    [
        b'RW\n8 FLAT "/etc/shadow" 0',
        b'RW 8 FLAT "/etc/shadow" 0\n# parentFileNameHint=x"/etc/passwd"',
        b'parentFileNameHint="a"\nparentFileNameHint="b"\nRW 8 ZERO',
        b'RW 99999999999999999999 FLAT "a" 0',
        b'RW 8 FLAT "\xff" 0',
        b'createType="vmfs"\nRW 8 ZERO',
        b"",
    ],
)
def test_odd_descriptors_are_damaged(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "x.vmdk"
    path.write_bytes(b'# Disk DescriptorFile\nversion=1\ncreateType="monolithicFlat"\n' + line + b"\n")
    with pytest.raises(ImageDamaged):
        examine(path)


def test_no_such_file_empty_folder_pipe_and_text(tmp_path: Path) -> None:
    with pytest.raises(ImageNotFound):
        examine(tmp_path / "none")
    with pytest.raises(ImageNotFound):
        examine(Path("zero\0byte"))
    with pytest.raises(NotAnImage, match="a folder"):
        examine(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(NotAnImage, match="pipe"):
        examine(tmp_path / "pipe")
    with pytest.raises(NotAnImage):
        examine(Path("/dev/null"))
    (tmp_path / "empty").touch()
    with pytest.raises(ImageEmpty):
        examine(tmp_path / "empty")
    (tmp_path / "text").write_text("hello\n")
    with pytest.raises(NotADisk):
        examine(tmp_path / "text")
    with pytest.raises(UnknownFormat):
        examine(tmp_path / "text", "vdi")


def test_a_name_that_would_write_to_the_terminal_is_escaped(tmp_path: Path) -> None:
    with pytest.raises(ImageNotFound) as caught:
        examine(tmp_path / "\x1b[31mred\nline")
    assert "\x1b" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", [name for name in KINDS if name != "raw"])
def test_cut_anywhere_it_is_an_image_or_damaged(tmp_path: Path, name: str) -> None:
    kind, options, _ = KINDS[name]
    whole = make(tmp_path / "disk", kind, options).read_bytes()
    cut = tmp_path / "cut"
    for length in (1, 4, 8, 71, 72, 103, 511, 512, 1000, 65536, 65537, 131072, 200000, len(whole) - 1):
        cut.write_bytes(whole[: min(length, len(whole) - 1)])
        judged(cut)


def test_a_truncated_qcow2_is_damaged(tmp_path: Path) -> None:
    path = make(tmp_path / "disk", "qcow2")
    for length in (20, 72, 104, 65536, 131072):
        os.truncate(path, length)
        os.truncate(path, length)
        with pytest.raises(ImageDamaged):
            examine(path)
        path = make(tmp_path / "disk", "qcow2")


def test_encrypted(tmp_path: Path) -> None:
    path = make(tmp_path / "disk", "qcow2")
    for method in (1, 2):
        with path.open("r+b") as file:
            file.seek(32)
            file.write(struct.pack(">I", method))
        with pytest.raises(ImageEncrypted):
            examine(path)


def test_what_has_to_be_unpacked_or_converted_first(tmp_path: Path) -> None:
    disk = make(tmp_path / "disk", "raw")
    with tarfile.open(tmp_path / "guest.ova", "w") as tar:
        tar.add(disk)
    (tmp_path / "disk.gz").write_bytes(gzip.compress(os.urandom(1000)))
    make(tmp_path / "disk.vdi", "vdi")
    (tmp_path / "se.vmdk").write_bytes(struct.pack("<Q", 0xCAFEBABE).ljust(4096, b"\0"))
    iso = bytearray(40000)
    iso[0x8001:0x8006] = b"CD001"
    (tmp_path / "x.iso").write_bytes(iso)
    (tmp_path / "old.qcow").write_bytes(struct.pack(">4sI", b"QFI\xfb", 1).ljust(512, b"\0"))
    for name in ("guest.ova", "disk.gz", "disk.vdi", "se.vmdk", "x.iso", "old.qcow"):
        with pytest.raises(UnsupportedImage) as caught:
            examine(tmp_path / name)
        assert caught.value.hint
    refusal = judged(tmp_path / "guest.ova")
    assert isinstance(refusal, GuestfixError)
    assert "unpack it first" in refusal.hint


@pytest.mark.parametrize(
    ("kind", "extent"),
    [
        ("vmfsRawDeviceMap", 'RW 2097152 VMFSRDM "web1-rdm.vmdk"'),
        ("vmfsPassthroughRawDeviceMap", 'RW 2097152 VMFSRDM "web1-rdmp.vmdk"'),
        ("fullDevice", 'RW 2097152 FLAT "/dev/sda" 0'),
        ("partitionedDevice", 'RW 63 FLAT "web1-pt.vmdk" 0\nRW 1 ZERO'),
    ],
)
def test_a_mapping_of_a_device_is_refused_by_a_code_of_its_own(tmp_path: Path, kind: str, extent: str) -> None:
    path = tmp_path / "web1.vmdk"
    path.write_text(f'# Disk DescriptorFile\nversion=1\ncreateType="{kind}"\n{extent}\n')
    with pytest.raises(UnsupportedImage, match="raw device of the old host") as caught:
        examine(path)
    assert caught.value.code == "GF-IMAGE-RDM"
    assert "vmkfstools" in caught.value.hint


def test_a_differencing_vhd_is_not_read_without_its_parent(tmp_path: Path) -> None:
    data = bytearray(make(tmp_path / "disk", "vpc").read_bytes())
    for start in (0, len(data) - 512):
        data[start + 60 : start + 64] = struct.pack(">I", 4)
        data[start + 64 : start + 68] = bytes(4)
        data[start + 64 : start + 68] = struct.pack(">I", ~sum(data[start : start + 512]) & 0xFFFFFFFF)
    (tmp_path / "disk").write_bytes(data)
    with pytest.raises(UnsupportedImage, match="differencing"):
        examine(tmp_path / "disk")


@pytest.mark.exhaustive
def test_a_thousand_mutated_headers_give_a_header_or_a_code(tmp_path: Path) -> None:
    chance = random.Random(20240607)
    heads = [(make(tmp_path / f"{name}.img", *KINDS[name][:2]).read_bytes()) for name in KINDS]
    path = tmp_path / "mutant"
    for _ in range(1000):
        data = bytearray(chance.choice(heads)[: 512 << 10])
        # Headers, descriptors and the places where VHDX and VHD keep theirs.
        places = [0, 0, 0, 512, 64 << 10, 128 << 10, 192 << 10, 2 << 20, len(data) - 512]
        for _ in range(chance.randint(1, 6)):
            at = (chance.choice(places) + chance.randint(0, 160)) % max(1, len(data) - 8)
            value = chance.choice([0, 1, 0x7F, 0xFF, chance.randint(0, 255)])
            width = chance.choice([1, 2, 4, 8])
            data[at : at + width] = bytes([value]) * width
        if chance.random() < 0.2:
            del data[chance.randint(1, len(data)) :]
        path.write_bytes(data)
        judged(path)
        judged(path, chance.choice(["raw", "qcow2", "vmdk", "vpc", "vhdx"]))


@pytest.mark.exhaustive
def test_every_outside_image_gives_a_header_or_a_code(corpora: Path, tmp_path: Path) -> None:
    count = 0
    for source in sorted((corpora / "disks").rglob("*")):
        if not source.is_file():
            continue
        path = tmp_path / "image"
        with path.open("wb") as out:
            if source.suffix == ".gz":
                with gzip.open(source) as file:
                    out.write(file.read(64 << 20))
            elif source.suffix == ".bz2":
                with bz2.open(source) as packed:
                    out.write(packed.read(64 << 20))
            else:
                out.write(source.read_bytes())
        judged(path)
        count += 1
    assert count > 20
