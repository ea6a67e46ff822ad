"""Does a second user of an image, ours or another, notice the first?"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from pathlib import Path

import pytest

from guestfix.disks import Overlays, examine, locked, qemu_img
from guestfix.disks.errors import ImageLocked, ImageNotFound, NoQemuImg, QemuImgFailed


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "disk"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", str(path), "1M"], check=True)
    return path


@pytest.fixture
def in_use(image: Path) -> Iterator[Path]:
    """The image while another program has it open for writing."""
    user = subprocess.Popen(
        ["qemu-io", "-f", "qcow2", str(image)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    )
    assert user.stdin is not None
    assert user.stdout is not None
    user.stdin.write(b"write 0 512\n")
    seen = b""
    while b"wrote" not in seen:
        seen += user.stdout.read(1)
    yield image
    with suppress(BrokenPipeError):
        user.stdin.write(b"quit\n")
    user.communicate()


def test_two_of_us(image: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from guestfix.disks import locked\n"
        "from guestfix.disks.errors import ImageLocked\n"
        "try:\n"
        "    with locked([Path(sys.argv[1])], exclusive=sys.argv[2] == 'x'): print('got')\n"
        "except ImageLocked: print('locked')\n"
    )

    def other(how: str) -> str:
        return subprocess.check_output([sys.executable, "-c", program, str(image), how], text=True).strip()

    with locked([image], exclusive=True):
        assert [other("x"), other("s")] == ["locked", "locked"]
    with locked([image], exclusive=False):
        assert [other("x"), other("s")] == ["locked", "got"]
    assert other("x") == "got"


def test_a_user_who_is_about_to_end_is_waited_for(in_use: Path) -> None:
    """A run that was killed leaves a QEMU behind for some seconds."""
    ending = threading.Timer(1.0, subprocess.run, [["pkill", "-KILL", "-f", f"qemu-io -f qcow2 {in_use}"]])
    ending.start()
    with locked([in_use], exclusive=True, wait_s=60):
        assert ending.finished.is_set()
    with locked([in_use], exclusive=True), pytest.raises(ImageLocked), locked([in_use], True, wait_s=0.5):
        pass


def test_one_image_under_two_names_is_locked_once(image: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(image)
    (tmp_path / "hard").hardlink_to(image)
    with (
        locked([image, tmp_path / "link", tmp_path / "hard"], exclusive=True),
        pytest.raises(ImageLocked),
        locked([tmp_path / "hard"], exclusive=False),
    ):
        pass
    with locked([image], exclusive=True):
        pass


def test_a_lock_creates_nothing_and_works_on_a_read_only_file(image: Path, tmp_path: Path) -> None:
    image.chmod(0o444)
    before = {path.name for path in tmp_path.iterdir()}
    with locked([image], exclusive=True):
        assert {path.name for path in tmp_path.iterdir()} == before
    with pytest.raises(ImageNotFound), locked([tmp_path / "none"], exclusive=True):
        pass


def test_a_lock_of_ours_does_not_keep_qemu_out(image: Path) -> None:
    with locked([image], exclusive=True):
        assert qemu_img.info(image, "qcow2").virtual_size == 1 << 20


def test_an_image_that_a_machine_writes_is_locked(in_use: Path) -> None:
    with pytest.raises(ImageLocked, match="another program"):
        qemu_img.info(in_use, "qcow2")
    with pytest.raises(ImageLocked):
        Overlays.create([examine(in_use)])
    assert [path.name for path in in_use.parent.iterdir()] == ["disk"]


@pytest.mark.parametrize("format", ["raw", "qcow2"])
def test_what_a_machine_has_open_is_in_use_whatever_its_format(format: str, tmp_path: Path) -> None:
    """`qemu-img info` does not notice a raw image that a running machine writes to.

    What only reads lets others read; with qcow2 it also insists that nobody writes.
    """
    image = tmp_path / "disk"
    subprocess.run(["qemu-img", "create", "-q", "-f", format, image, "1M"], check=True)
    cases = (("-m", False, True), ("-m", True, True), ("-r", False, False), ("-r", True, format == "qcow2"))
    for option, exclusive, in_use in cases:
        command: list[str | Path] = ["qemu-io", option, "-f", format, image]
        user = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        assert user.stdin is not None
        assert user.stdout is not None
        user.stdin.write(b"read 0 512\n")
        seen = b""
        while b"read 512" not in seen:
            seen += user.stdout.read(1)
        with pytest.raises(ImageLocked) if in_use else nullcontext(), locked([image], exclusive=exclusive):
            pass
        user.communicate(b"quit\n")
    with locked([image], exclusive=True):
        pass


def test_an_image_that_a_machine_starts_to_write_before_the_commit_stays_as_it_is(image: Path) -> None:
    overlays = Overlays.create([examine(image)])
    user = subprocess.Popen(
        ["qemu-io", "-f", "qcow2", str(image)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    time.sleep(0.5)
    with pytest.raises(ImageLocked):
        overlays.commit()
    user.communicate(b"quit\n")
    overlays.commit()
    assert [path.name for path in image.parent.iterdir()] == ["disk"]


def test_qemu_img_is_missing(image: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoQemuImg) as caught:
        qemu_img.create_overlay(tmp_path / "o", image, "qcow2")
    assert "qemu-utils" in caught.value.hint
    (tmp_path / "prlimit").symlink_to("/usr/bin/prlimit")
    with pytest.raises(NoQemuImg, match="qemu-img"):
        qemu_img.info(image, "qcow2")


def test_qemu_says_why(image: Path) -> None:
    with pytest.raises(QemuImgFailed, match=r"qemu-img info failed: .*Could not open"):
        qemu_img.info(image, "vhdx")
