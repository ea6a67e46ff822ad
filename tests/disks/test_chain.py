"""Can an image make us open a file that its owner did not name?"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from guestfix.disks import ChainLink, examine, resolve
from guestfix.disks.errors import ChainLoop, ChainTooDeep, FormatMismatch, ImageNotFound, ReferenceRefused


def over(path: Path, backing: str, kind: str = "qcow2", *, checked: bool = True) -> Path:
    extra = [] if checked else ["-u"]
    create = ["qemu-img", "create", "-q", "-f", "qcow2", *extra, "-b", backing, "-F", kind, str(path)]
    subprocess.run(create if checked else [*create, "1M"], check=True)
    return path


def plain(path: Path, kind: str = "qcow2") -> Path:
    subprocess.run(["qemu-img", "create", "-q", "-f", kind, str(path), "1M"], check=True)
    return path


def test_an_image_alone(tmp_path: Path) -> None:
    image = plain(tmp_path / "a")
    assert resolve(examine(image)) == (ChainLink(image, "qcow2"),)


def test_a_backing_file_needs_permission_that_names_the_option(tmp_path: Path) -> None:
    base = plain(tmp_path / "base.raw", "raw")
    top = examine(over(tmp_path / "top", "base.raw", "raw"))
    with pytest.raises(ReferenceRefused) as caught:
        resolve(top)
    assert "base.raw" in caught.value.message
    assert f"--allow-backing {tmp_path}" in caught.value.hint
    assert resolve(top, [tmp_path]) == (ChainLink(top.path, "qcow2"), ChainLink(base, "raw"))


def test_a_symlink_does_not_lead_out_of_the_allowed_folder(tmp_path: Path) -> None:
    (tmp_path / "allowed").mkdir()
    plain(tmp_path / "secret", "raw")
    (tmp_path / "allowed" / "link").symlink_to(tmp_path / "secret")
    for name in ("allowed/link", "allowed/../secret"):
        top = examine(over(tmp_path / "top", name, "raw"))
        with pytest.raises(ReferenceRefused):
            resolve(top, [tmp_path / "allowed"])
    (tmp_path / "allowed-too").mkdir()
    plain(tmp_path / "allowed-too" / "x", "raw")
    with pytest.raises(ReferenceRefused):
        resolve(examine(over(tmp_path / "top", "allowed-too/x", "raw")), [tmp_path / "allowed"])


@pytest.mark.parametrize(
    "name", ['json:{"driver":"file","filename":"/etc/shadow"}', "nbd://h/x", "file:/etc/shadow", "a:b"]
)
def test_no_protocol_is_ever_opened(tmp_path: Path, name: str) -> None:
    top = over(tmp_path / "top", "./placeholder-of-enough-length-for-any-of-the-names", "raw", checked=False)
    data = top.read_bytes()
    old = b"./placeholder-of-enough-length-for-any-of-the-names"
    at = data.index(old)
    new = name.encode()
    fields = bytearray(data[: at + len(old)].replace(old, new.ljust(len(old), b"/")) + data[at + len(old) :])
    fields[16:20] = len(new).to_bytes(4, "big")
    top.write_bytes(fields)
    with pytest.raises(ReferenceRefused):
        resolve(examine(top), [Path("/")])


def test_a_backing_file_without_a_format_is_refused_with_the_cure(tmp_path: Path) -> None:
    plain(tmp_path / "base")
    top = over(tmp_path / "top", "base")
    data = bytearray(top.read_bytes())
    at = data.index(b"\xe2\x79\x2a\xca")
    data[at : at + 4] = b"\0\0\0\1"  # an extension that nobody knows
    top.write_bytes(data)
    with pytest.raises(ReferenceRefused) as caught:
        resolve(examine(top), [tmp_path])
    assert "qemu-img rebase -u -b" in caught.value.hint


def test_a_recorded_format_that_is_wrong(tmp_path: Path) -> None:
    plain(tmp_path / "base", "raw")
    with pytest.raises(FormatMismatch):
        resolve(examine(over(tmp_path / "top", "base", "qcow2", checked=False)), [tmp_path])


def test_a_missing_backing_file(tmp_path: Path) -> None:
    with pytest.raises(ImageNotFound):
        resolve(examine(over(tmp_path / "top", "none", "raw", checked=False)), [tmp_path])


def test_a_raw_backing_file_refers_to_nothing_whatever_its_bytes_say(tmp_path: Path) -> None:
    over(tmp_path / "evil", "/etc/shadow", "raw", checked=False)
    top = examine(over(tmp_path / "top", "evil", "raw"))
    assert [link.format for link in resolve(top, [tmp_path])] == ["qcow2", "raw"]


def test_loops_of_one_and_of_two(tmp_path: Path) -> None:
    one = over(tmp_path / "one", "one", checked=False)
    two, three = over(tmp_path / "two", "three", checked=False), over(tmp_path / "three", "two", checked=False)
    for image in (one, two, three):
        with pytest.raises(ChainLoop):
            resolve(examine(image), [tmp_path])


def test_a_chain_may_have_sixteen_images(tmp_path: Path) -> None:
    plain(tmp_path / "0")
    for index in range(1, 17):
        over(tmp_path / str(index), str(index - 1), checked=False)
    assert len(resolve(examine(tmp_path / "15"), [tmp_path])) == 16
    with pytest.raises(ChainTooDeep):
        resolve(examine(tmp_path / "16"), [tmp_path])
