"""cpio members, against GNU cpio in both directions."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guestfix.initramfs.cpio import Member, NewMember, read_archive, read_body, write_archive
from guestfix.initramfs.errors import CorruptImage, TooLarge
from guestfix.initramfs.source import Source


def _read(data: bytes, *, longest_name: int = 4096) -> list[tuple[Member, bytes]]:
    source = Source([data], limit=len(data))
    found: list[tuple[Member, bytes]] = []

    def member(header: Member) -> None:
        found.append((header, read_body(source, header, keep=True)))

    read_archive(source, longest_name=longest_name, member=member)
    source.skip_zeros()
    assert source.at_end()
    return found


def test_one_file_to_the_byte() -> None:
    assert write_archive([NewMember("a/b", stat.S_IFREG | 0o600, b"hello")], mtime=1) == (
        b"070701" b"00000001" b"00008180" b"00000000" b"00000000" b"00000001" b"00000001" b"00000005"
        b"00000000" b"00000000" b"00000000" b"00000000" b"00000004" b"00000000" b"a/b\0\0\0" b"hello\0\0\0"
        b"070701" b"00000000" b"00000000" b"00000000" b"00000000" b"00000001" b"00000000" b"00000000"
        b"00000000" b"00000000" b"00000000" b"00000000" b"0000000B" b"00000000" b"TRAILER!!!\0\0\0\0"
    )  # fmt: skip


def test_gnu_cpio_reads_ours(tmp_path: Path) -> None:
    data = write_archive(
        [
            NewMember("d", stat.S_IFDIR | 0o755),
            NewMember("d/file", stat.S_IFREG | 0o640, b"12345"),
            NewMember("d/link", stat.S_IFLNK | 0o777, b"file"),
            NewMember("d/empty", stat.S_IFREG | 0o644),
        ]
    )
    done = subprocess.run(["cpio", "-i", "--quiet"], input=data, cwd=tmp_path, capture_output=True, check=True)
    assert done.stderr == b""
    assert (tmp_path / "d/file").read_bytes() == b"12345"
    assert stat.S_IMODE((tmp_path / "d/file").stat().st_mode) == 0o640
    assert (tmp_path / "d/link").readlink() == Path("file")
    assert (tmp_path / "d/empty").stat().st_nlink == 1


@pytest.mark.parametrize("form", ["newc", "crc"])
def test_we_read_gnu_cpio(form: str, tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"body of b")
    (tmp_path / "c").hardlink_to(tmp_path / "b")
    (tmp_path / "s").symlink_to("b")
    packed = subprocess.run(
        ["cpio", "-o", "-H", form, "--quiet"], input=b"b\nc\ns\n", cwd=tmp_path, capture_output=True, check=True
    ).stdout
    members = _read(packed)
    assert sorted(header.name for header, _ in members) == ["b", "c", "s"]
    links = [(header, body) for header, body in members if header.name in "bc"]
    assert links[0][0].inode == links[1][0].inode
    assert sorted(body for _, body in links) == [b"", b"body of b"]
    assert {header.name: body for header, body in members}["s"] == b"b"


def test_a_wrong_checksum_is_seen(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"body of f")
    packed = subprocess.run(
        ["cpio", "-o", "-H", "crc", "--quiet"], input=b"f\n", cwd=tmp_path, capture_output=True, check=True
    ).stdout
    broken = packed.replace(b"body of f", b"body of g")
    with pytest.raises(CorruptImage, match="checksum is wrong: f"):
        _read(broken)
    source = Source([broken], limit=len(broken))

    def passed_over(header: Member) -> None:
        read_body(source, header, keep=False)

    with pytest.raises(CorruptImage, match="checksum is wrong: f"):
        read_archive(source, longest_name=9, member=passed_over)


def test_other_archives_of_the_corpora(corpora: Path) -> None:
    folder = corpora / "initramfs" / "dfvfs"
    assert [header.name for header, _ in _read((folder / "syslog.newc.cpio").read_bytes())] == ["syslog"]
    with pytest.raises(CorruptImage, match="070707 where a cpio header"):
        _read((folder / "syslog.odc.cpio").read_bytes())


@pytest.mark.parametrize(
    ("position", "content", "what"),
    [
        (0, b"070707", "cpio header"),
        (6, b"0000000x", "not hexadecimal"),
        (6, b"+0000001", "not hexadecimal"),
        (6, b" 0000001", "not hexadecimal"),
        (6, b"0000_001", "not hexadecimal"),
        (94, b"00000000", "without an end"),
        (94, b"00000003", "without an end"),
        (54, b"FFFFFFFF", "too early"),
    ],
)
def test_bad_headers(position: int, content: bytes, what: str) -> None:
    data = bytearray(write_archive([NewMember("abcd", stat.S_IFREG, b"x")]))
    data[position : position + len(content)] = content
    with pytest.raises(CorruptImage, match=what):
        _read(bytes(data))


def test_no_trailer_means_truncated() -> None:
    whole = write_archive([NewMember("abcd", stat.S_IFREG, b"x")])
    with pytest.raises(CorruptImage, match="too early"):
        _read(whole[:-124])


def test_a_long_name() -> None:
    with pytest.raises(TooLarge, match="file name of 5 bytes"):
        _read(write_archive([NewMember("abcd", stat.S_IFREG)]), longest_name=4)


def test_a_long_link_target() -> None:
    with pytest.raises(CorruptImage, match="link that is too long"):
        _read(write_archive([NewMember("l", stat.S_IFLNK, b"x" * 4097)]))


@given(
    st.lists(
        st.tuples(
            st.text(
                st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), min_size=1, max_size=12
            ),
            st.sampled_from([stat.S_IFREG | 0o644, stat.S_IFREG | 0o755, stat.S_IFLNK | 0o777]),
            st.binary(max_size=12),
        ),
        max_size=5,
    )
)
def test_written_is_read(members: list[tuple[str, int, bytes]]) -> None:
    read = _read(write_archive(NewMember(*member) for member in members))
    assert [(header.name, header.mode, body) for header, body in read] == members
    assert len({header.inode for header, _ in read}) == len(members)
    assert {header.links for header, _ in read} <= {1}
