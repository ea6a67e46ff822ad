"""The library as a pipeline uses it: values, progress, cancelling, errors as types; on a root and on a handle."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import guestfix
from guestfix.accel import usable_accelerator
from guestfix.guest import launch

FSTAB = "/dev/sda1 / ext4 defaults 0 1\n.host:/ /mnt/hgfs vmhgfs defaults 0 0\n"


@pytest.fixture
def root(tmp_path: Path) -> guestfix.RootDirectory:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/os-release").write_text("ID=debian\nVERSION_ID=12\n")
    (tmp_path / "etc/fstab").write_text(FSTAB)
    return guestfix.RootDirectory(tmp_path)


def test_everything_is_told_in_stages(root: guestfix.RootDirectory) -> None:
    told: list[guestfix.Stage] = []
    done = guestfix.apply(root, "kvm", progress=told.append)
    names = [stage.name for stage in told]
    assert names[0] == "inspect"
    assert names[-1] == "done"
    assert {"plan", "write", "put in place", "read back"} <= set(names)
    assert [stage.seconds for stage in told] == sorted(stage.seconds for stage in told)
    assert done.journal is not None


def test_a_cancel_leaves_the_guest_as_it_was(root: guestfix.RootDirectory) -> None:
    """Asked for at each stage in turn."""
    before = {path: path.read_bytes() for path in root.path.rglob("*") if path.is_file()}
    for stop_at in ("inspect", "plan", "write", "put in place"):
        token = guestfix.Cancel()

        def listen(stage: guestfix.Stage, stop_at: str = stop_at, token: guestfix.Cancel = token) -> None:
            if stage.name == stop_at:
                token.cancel()

        try:
            guestfix.apply(root, "kvm", progress=listen, cancel=token)
        except guestfix.Cancelled:
            after = {path: path.read_bytes() for path in root.path.rglob("*") if path.is_file()}
            assert after == before, stop_at
        else:
            assert stop_at == "put in place", f"asked to stop at {stop_at}, and it went on"


def test_errors_are_types_with_a_code_and_a_next_step(root: guestfix.RootDirectory, tmp_path: Path) -> None:
    with pytest.raises(guestfix.UsageError) as unknown:
        guestfix.plan(root, "kwm")
    assert (unknown.value.code, "did you mean kvm" in unknown.value.message) == ("GF-TARGET-UNKNOWN", True)
    with pytest.raises(guestfix.GuestfixError) as missing:
        guestfix.inspect(guestfix.images([tmp_path / "none.img"]))
    assert missing.value.code == "GF-IMAGE-NOT-FOUND"
    with pytest.raises(guestfix.Refused) as other:
        guestfix.apply(root, "kvm", approve="0" * 12)
    assert other.value.code == "GF-APPLY-NOT-APPROVED"


def test_values_survive_json(root: guestfix.RootDirectory) -> None:
    facts = guestfix.inspect(root)
    assert guestfix.Facts.model_validate_json(facts.model_dump_json()) == facts
    plan = guestfix.plan(root, "kvm")
    assert guestfix.Plan.model_validate_json(plan.model_dump_json()) == plan


@pytest.fixture
def handle(tmp_path: Path) -> Iterator[Any]:
    """A handle as a caller would bring it: launched, root mounted, ours to use and not to close."""
    image = tmp_path / "disk.img"
    with image.open("wb") as file:
        file.truncate(64 << 20)
    drives = [launch.Drive(image, "raw", read_only=False, throwaway=True)]
    opened = launch.launch(drives, accelerator=usable_accelerator().name, memory_mib=512)
    opened.mkfs("ext4", "/dev/sda")
    opened.mount("/dev/sda", "/")
    opened.mkdir("/etc")
    opened.write("/etc/os-release", "ID=debian\nVERSION_ID=12\n")
    opened.write("/etc/fstab", FSTAB)
    yield opened
    launch.close(opened)


@pytest.mark.appliance
def test_on_a_handle_that_the_caller_launched(handle: Any) -> None:
    source = guestfix.LaunchedHandle(handle)
    assert guestfix.inspect(source).os.distribution == "debian"
    guestfix.apply(source, "kvm")
    assert "#guestfix# .host:/" in handle.cat("/etc/fstab")
    guestfix.revert(source)
    assert handle.cat("/etc/fstab") == FSTAB
    assert handle.find("/") == ["etc", "etc/fstab", "etc/os-release", "lost+found"]
