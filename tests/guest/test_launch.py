"""Does a failed launch explain itself, whatever was said?"""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import pytest

from guestfix.guest import launch
from guestfix.guest.errors import ApplianceFailed


@pytest.fixture
def boot(tmp_path: Path) -> Path:
    (tmp_path / "vmlinuz-6.1").write_text("")
    return tmp_path


@pytest.mark.parametrize(
    ("said", "cause", "hint"),
    [
        ("qemu-system-x86_64: cannot set up guest memory 'pc.ram': Cannot allocate memory", "memory", "512"),
        ("write: No space left on device", "temporary files is full", "LIBGUESTFS_CACHEDIR"),
        ('Failed to get "write" lock', "in use", "stop the virtual machine"),
        ("could not access KVM kernel module", "KVM", "emulation"),
        ("/dev/kvm: Permission denied", "cannot be read", "root"),
        ("supermin: error: mke2fs", "could not be built", "libguestfs-test-tool"),
        ("something nobody has ever seen", "something nobody", "libguestfs-test-tool"),
    ],
)
def test_causes_are_told_apart(boot: Path, said: str, cause: str, hint: str) -> None:
    for error in (launch.explained(said, (), boot), launch.explained("guestfs_launch failed.", (said,), boot)):
        if said.startswith("something") and "guestfs_launch" in str(error):
            continue
        assert cause in str(error)
        assert hint in error.hint
        assert error.exit_status == 3


def test_a_kernel_that_only_root_can_read_is_named(boot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)  # root can read everything
    error = launch.explained("supermin exited with error status 1", (), boot)
    assert "can be read" in str(error)
    assert "chmod 0644" in error.hint


def test_a_host_without_a_kernel_is_told_to_install_one(tmp_path: Path) -> None:
    error = launch.explained("supermin: failed to find a suitable kernel", (), tmp_path)
    assert "no kernel" in str(error)
    assert "linux-image" in error.hint


def test_the_telling_line_of_the_log_is_in_the_hint_escaped(boot: Path) -> None:
    log = ("starting", "error: \x1b[31mroot device not found", "powering down")
    assert r"error: \x1b[31mroot device not found" in launch.explained("failed", log, boot).hint


def test_the_log_is_bounded_whatever_comes() -> None:
    heard: list[str] = []
    log = launch.Log(heard.append)
    for number in range(1000):
        log.hear(f"line {number}\r")
        log.hear("\n")
    log.hear("x" * 1_000_000)
    log.hear("\x1b]0;title\n")
    assert len(log.lines) == launch.LOG_LINES
    assert max(map(len, log.lines)) <= launch.LOG_LINE
    assert heard[0] == "line 0"
    assert "\x1b" not in heard[-1]


def test_a_host_without_libguestfs_is_told_which_package(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name == "guestfs":
            raise ImportError("No module named 'guestfs'")
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ApplianceFailed) as caught:
        launch.launch([], accelerator="tcg")
    for package in ("python3-guestfs", "python3-libguestfs", "--system-site-packages"):
        assert package in caught.value.hint
