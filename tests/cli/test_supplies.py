"""`--drivers DIR` and `--first-boot DIR`: a folder that may only be read, and that nothing leads out of."""

from __future__ import annotations

from pathlib import Path

import pytest

from guestfix.cli.context import knowledge_of
from guestfix.errors import UsageError


def test_the_folder_is_read_as_a_root_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "6.1.0").mkdir()
    (tmp_path / "6.1.0" / "ena.ko").write_bytes(b"module")
    (tmp_path / "out").symlink_to("/etc")
    drivers = knowledge_of(drivers=tmp_path).supplies.drivers
    assert drivers is not None
    assert drivers.read("/6.1.0/ena.ko") == b"module"
    assert drivers.names("/out") == ()
    assert not hasattr(drivers, "write")
    assert knowledge_of().supplies.drivers is None


def test_what_is_no_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--drivers names .*no folder that can be read") as caught:
        knowledge_of(drivers=tmp_path / "nothing")
    assert "VERSION/*.ko" in caught.value.hint


def test_scripts_are_read_the_same_way(tmp_path: Path) -> None:
    (tmp_path / "10-join.cmd").write_bytes(b"rem join")
    scripts = knowledge_of(first_boot=tmp_path).supplies.scripts
    assert scripts is not None
    assert scripts.read("/10-join.cmd") == b"rem join"
    with pytest.raises(UsageError, match=r"--first-boot names .*no folder that can be read") as caught:
        knowledge_of(first_boot=tmp_path / "nothing")
    assert ".ps1" in caught.value.hint
