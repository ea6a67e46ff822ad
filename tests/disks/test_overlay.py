"""Is an image ever half changed? Real images, real qemu-img, and a kill at every step."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from guestfix.disks import Overlays, examine, needs_output, recover
from guestfix.disks.errors import (
    ImageLocked,
    NeedsOutput,
    OutputExists,
    OutputUnsuitable,
    OverlayInTheWay,
    RedoIncomplete,
    RedoLogDamaged,
    ReferenceRefused,
)
from guestfix.disks.redo import decide, manifest_of, overlay_of

MIB = 1 << 20


class Killed(BaseException):
    """Stands for the end of the process between two steps."""


def make(path: Path, kind: str = "raw", options: str = "") -> Path:
    source = path.with_name(path.name + ".source")
    source.write_bytes(b"A" * MIB + bytes(7 * MIB))
    extra = ["-o", options] if options else []
    subprocess.run(["qemu-img", "convert", "-f", "raw", "-O", kind, *extra, str(source), str(path)], check=True)
    source.unlink()
    return path


def change(overlay: Path, mark: int = 0xAB) -> None:
    commands = ["-c", f"write -q -P {mark} 0 64k", "-c", f"write -q -P {mark} 4M 64k"]
    subprocess.run(["qemu-io", "-f", "qcow2", *commands, str(overlay)], check=True)


def content(path: Path, kind: str, scratch: Path) -> bytes:
    out = scratch / "content.bin"
    subprocess.run(["qemu-img", "convert", "-f", kind, "-O", "raw", str(path), str(out)], check=True)
    data = out.read_bytes()
    out.unlink()
    return data[: 8 * MIB]


OLD = b"A" * MIB + bytes(7 * MIB)


def changed(mark: int = 0xAB) -> bytes:
    data = bytearray(OLD)
    data[: 64 << 10] = bytes([mark]) * (64 << 10)
    data[4 * MIB : 4 * MIB + (64 << 10)] = bytes([mark]) * (64 << 10)
    return bytes(data)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


WRITABLE = [
    ("raw", ""),
    ("qcow2", ""),
    ("qcow2", "compat=0.10"),
    ("vmdk", "subformat=monolithicSparse"),
    ("vmdk", "subformat=monolithicFlat"),
    ("vmdk", "subformat=twoGbMaxExtentSparse"),
    ("vmdk", "subformat=twoGbMaxExtentFlat"),
    ("vpc", "subformat=dynamic,force_size=on"),
    ("vpc", "subformat=fixed,force_size=on"),
]
READ_ONLY = [
    ("vmdk", "subformat=streamOptimized"),
    ("vhdx", "subformat=dynamic"),
    ("vhdx", "subformat=fixed"),
]


@pytest.mark.parametrize(("kind", "options"), WRITABLE)
def test_what_the_table_calls_writable_takes_a_commit(tmp_path: Path, kind: str, options: str) -> None:
    folder = tmp_path / "a:b, c"  # a colon is a protocol and a comma an option to a careless caller of QEMU
    folder.mkdir()
    image = make(folder / "d:isk", kind, options)
    before = names(folder)
    header = examine(image)
    assert header.writable_in_place
    overlays = Overlays.create([header])
    change(overlays.paths[0])
    assert content(image, kind, tmp_path) == OLD
    overlays.commit()
    assert content(image, kind, tmp_path) == changed()
    assert names(folder) == before


@pytest.mark.parametrize(("kind", "options"), READ_ONLY)
def test_what_cannot_be_committed_is_refused_before_anything_is_written(
    tmp_path: Path, kind: str, options: str
) -> None:
    image = make(tmp_path / "disk", kind, options)
    header = examine(image)
    assert not header.writable_in_place
    with pytest.raises(NeedsOutput):
        needs_output(header)
    before = image.read_bytes()
    overlays = Overlays.create([header])
    change(overlays.paths[0])
    with pytest.raises(NeedsOutput):
        overlays.commit()
    overlays.write_output([tmp_path / "new.qcow2"])
    overlays.discard()
    assert content(tmp_path / "new.qcow2", "qcow2", tmp_path) == changed()
    assert image.read_bytes() == before
    assert names(tmp_path) == {"disk", "new.qcow2"}


def test_the_reason_of_the_table_is_true_of_this_qemu(tmp_path: Path) -> None:
    image = make(tmp_path / "s.vmdk", "vmdk", "subformat=streamOptimized")
    overlays = Overlays.create([examine(image)])
    change(overlays.paths[0])
    done = subprocess.run(
        ["qemu-img", "commit", "-f", "qcow2", str(overlays.paths[0])], capture_output=True, check=False
    )
    assert done.returncode != 0
    assert b"streamOptimized" in done.stderr


def two(tmp_path: Path) -> list[Path]:
    (tmp_path / "other").mkdir()
    return [make(tmp_path / "a.qcow2", "qcow2"), make(tmp_path / "other" / "b.raw")]


def steps_of_a_commit(tmp_path: Path) -> list[str]:
    folder = tmp_path / "count"
    folder.mkdir()
    overlays = Overlays.create([examine(path) for path in two(folder)])
    heard: list[str] = []
    overlays.commit(heard.append)
    return heard


def killer(at: int) -> Callable[[str], None]:
    count = iter(range(1000))

    def step(_: str) -> None:
        if next(count) == at:
            raise Killed

    return step


@pytest.mark.exhaustive
def test_killed_before_any_step_all_images_are_old_or_all_become_new(tmp_path: Path) -> None:
    heard = steps_of_a_commit(tmp_path)
    decision = heard.index("deciding to commit")
    assert len(heard) > decision + 3
    for at in range(len(heard)):
        folder = tmp_path / str(at)
        folder.mkdir()
        images = two(folder)
        overlays = Overlays.create([examine(path) for path in images])
        for overlay in overlays.paths:
            change(overlay)
        with pytest.raises(Killed):
            overlays.commit(killer(at))
        sentence = recover(images)
        expected = OLD if at <= decision else changed()
        assert [content(images[0], "qcow2", folder), content(images[1], "raw", folder)] == [expected, expected], (
            heard[at]
        )
        assert names(folder) == {"a.qcow2", "other"}
        assert names(folder / "other") == {"b.raw"}
        if at <= decision:
            assert sentence is not None
            assert "had not been changed" in sentence
        assert recover(images) is None


def test_killed_between_the_writes_of_the_manifests(tmp_path: Path) -> None:
    images = two(tmp_path)
    overlays = Overlays.create([examine(path) for path in images])
    change(overlays.paths[0])
    decide(overlays.headers)
    manifest_of(images[0]).unlink()
    assert "had not been changed" in (recover(images) or "")
    assert content(images[0], "qcow2", tmp_path) == OLD
    assert names(tmp_path / "other") == {"b.raw"}


def test_one_image_of_two_does_not_decide_alone(tmp_path: Path) -> None:
    images = two(tmp_path)
    overlays = Overlays.create([examine(path) for path in images])
    for overlay in overlays.paths:
        change(overlay)
    decide(overlays.headers)
    for image in images:
        with pytest.raises(RedoIncomplete):
            recover([image])
    assert all(overlay.exists() for overlay in overlays.paths)
    assert "finished" in (recover(images[::-1]) or "")
    assert content(images[1], "raw", tmp_path) == changed()


def recovered(image: Path) -> str | None:
    """Recover once the killed qemu-img is gone: it is no child of ours to wait for."""
    until = time.monotonic() + 30
    while True:
        try:
            return recover([image])
        except ImageLocked:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


@pytest.mark.exhaustive
@pytest.mark.parametrize("kind", ["raw", "qcow2", "vmdk"])
def test_a_real_kill_during_a_commit_is_made_good(tmp_path: Path, kind: str) -> None:
    image = tmp_path / "disk"
    subprocess.run(["qemu-img", "create", "-q", "-f", kind, str(image), "1G"], check=True)
    overlays = Overlays.create([examine(image)])
    writes = [part for at in range(0, 192, 8) for part in ("-c", f"write -q -P {at + 1} {at}M 8M")]
    subprocess.run(["qemu-io", "-f", "qcow2", *writes, str(overlays.paths[0])], check=True)
    program = (
        "import sys; from pathlib import Path; from guestfix.disks import Overlays, examine\n"
        "Overlays((examine(Path(sys.argv[1])),)).commit()\n"
    )
    child = subprocess.Popen([sys.executable, "-c", program, str(image)], start_new_session=True)
    until = time.monotonic() + 60
    while not manifest_of(image).exists() and child.poll() is None and time.monotonic() < until:
        time.sleep(0.001)
    time.sleep(0.05)  # qemu-img is at work now
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    assert "finished" in (recovered(image) or ""), "the kill came too late to prove anything"
    for at in range(0, 192, 8):
        read = ["qemu-io", "-r", "-f", kind, "-c", f"read -P {at + 1} {at}M 8M", str(image)]
        assert b"verification failed" not in subprocess.run(read, capture_output=True, check=True).stdout
    assert names(tmp_path) == {"disk"}


def test_the_manifest_of_a_stranger_writes_to_no_file_but_the_image(tmp_path: Path) -> None:
    image, victim = make(tmp_path / "a.raw"), make(tmp_path / "victim")
    overlays = Overlays.create([examine(image)])
    decide(overlays.headers)
    overlays.paths[0].unlink()
    create = ["qemu-img", "create", "-q", "-f", "qcow2", "-b", str(victim), "-F", "raw", str(overlays.paths[0])]
    subprocess.run(create, check=True)
    change(overlays.paths[0])
    with pytest.raises(RedoLogDamaged):
        recover([image])
    assert victim.read_bytes() == OLD
    overlays.paths[0].unlink()
    overlays.paths[0].symlink_to(victim)
    with pytest.raises(RedoLogDamaged):
        recover([image])


def test_a_decided_commit_opens_no_backing_file_that_is_not_allowed(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    base, image = make(tmp_path / "base" / "base.raw"), tmp_path / "a.qcow2"
    create = ["qemu-img", "create", "-q", "-f", "qcow2", "-b", str(base), "-F", "raw", str(image)]
    subprocess.run(create, check=True)
    overlays = Overlays.create([examine(image)])
    change(overlays.paths[0])
    decide(overlays.headers)
    with pytest.raises(ReferenceRefused):
        recover([image])
    assert recover([image], [base.parent]) is not None
    assert content(image, "qcow2", tmp_path) == changed()
    assert base.read_bytes() == OLD


@pytest.mark.parametrize("junk", [b"", b"{", b"[]", b'{"version": 2}', b'{"first": "x"}' * 9, b"\xff\xfe"])
def test_a_manifest_that_is_junk_is_refused_and_nothing_is_removed(tmp_path: Path, junk: bytes) -> None:
    image = make(tmp_path / "a.raw")
    overlays = Overlays.create([examine(image)])
    manifest_of(image).write_bytes(junk)
    with pytest.raises(RedoLogDamaged):
        recover([image])
    assert overlays.paths[0].exists()


def test_an_overlay_is_not_made_over_another_and_not_left_after_a_failure(tmp_path: Path) -> None:
    images = two(tmp_path)
    headers = [examine(path) for path in images]
    overlay_of(images[1]).write_bytes(b"mine")
    with pytest.raises(OverlayInTheWay):
        Overlays.create(headers)
    assert not overlay_of(images[0]).exists()
    assert overlay_of(images[1]).read_bytes() == b"mine"
    with pytest.raises(OutputUnsuitable):
        Overlays.create([headers[0], headers[0]])


def test_an_overlay_is_as_private_as_its_image(tmp_path: Path) -> None:
    image = make(tmp_path / "a.raw")
    image.chmod(0o600)
    overlays = Overlays.create([examine(image)])
    overlays.write_output([tmp_path / "b.img"])
    assert overlays.paths[0].stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "b.img").stat().st_mode & 0o777 == 0o600


def test_outputs_are_whole_or_absent(tmp_path: Path) -> None:
    images = two(tmp_path)
    overlays = Overlays.create([examine(path) for path in images])
    for overlay in overlays.paths:
        change(overlay)
    new = [tmp_path / "new.qcow2", tmp_path / "new.img"]
    new[1].write_bytes(b"precious")
    with pytest.raises(OutputExists):
        overlays.write_output(new)
    assert not new[0].exists()
    assert new[1].read_bytes() == b"precious"
    overlays.write_output(new, overwrite=True)
    assert content(new[0], "qcow2", tmp_path) == changed()
    assert new[1].read_bytes() == changed()
    assert [path.name for path in tmp_path.iterdir() if "part" in path.name] == []
    assert content(images[0], "qcow2", tmp_path) == OLD


@pytest.mark.parametrize(
    "name", ["a.raw", "a.raw.guestfix-overlay.qcow2", "x.vmdk", "x", "no/folder.raw", "link.raw"]
)
def test_outputs_that_make_no_sense(tmp_path: Path, name: str) -> None:
    image = make(tmp_path / "a.raw")
    (tmp_path / "link.raw").symlink_to(image)
    overlays = Overlays.create([examine(image)])
    with pytest.raises(OutputUnsuitable):
        overlays.write_output([tmp_path / name], overwrite=True)
    with pytest.raises(OutputUnsuitable):
        overlays.write_output([])
    assert image.read_bytes() == OLD


def test_a_failed_conversion_leaves_nothing(tmp_path: Path) -> None:
    image = make(tmp_path / "a.raw")
    overlays = Overlays.create([examine(image)])
    image.rename(tmp_path / "gone")
    image.mkdir()
    before = names(tmp_path)
    with pytest.raises(Exception, match="qemu-img"):
        overlays.write_output([tmp_path / "new.raw"])
    assert names(tmp_path) == before
