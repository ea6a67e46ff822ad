"""`--key`: what is taken, and that no error tells the secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from guestfix.disk_keys import DiskKey, KeyOption, parse_key


def test_a_key_is_a_device_and_the_first_line_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key:1"
    file.write_bytes(b"correct: horse\r\nsecond\n")
    assert parse_key(f"/dev/sda2:file:{file}") == DiskKey("/dev/sda2", "correct: horse")
    assert parse_key("all:key:a:b") == DiskKey("all", "a:b")
    assert "horse" not in repr(parse_key(f"all:file:{file}"))


@pytest.mark.parametrize(
    "text", ["", "/dev/sda2", "/dev/sda2:hunter2", "x:clevis:hunter2", ":key:hunter2", "x:key:"]
)
def test_what_is_no_key_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(KeyOption) as refused:
        parse_key(text)
    assert "hunter2" not in refused.value.message + refused.value.hint


@pytest.mark.parametrize("content", [b"", b"\nlater", b"a\0b\n", b"\xff\xfe\n"])
def test_a_file_without_a_passphrase_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(KeyOption, match="first line"):
        parse_key(f"all:file:{tmp_path}/key")
    with pytest.raises(KeyOption, match="cannot be read"):
        parse_key(f"all:file:{tmp_path}/absent")
