"""A machine with nothing to boot: started, looked at, and surely ended."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from guestfix.accel import Accelerator
from guestfix.boot import BootDisk, Hardware, Stage, prove
from guestfix.boot.console import KEPT, SerialLog
from guestfix.boot.errors import ImageInUse, NothingToBoot, NoUefiFirmware, QemuFailed
from guestfix.boot.firmware import uefi_firmware
from guestfix.boot.machine import bytes_read, starved_seconds
from guestfix.boot.qmp import Monitor
from guestfix.boot.ssh import ssh_banner

EMULATED = Accelerator("tcg", "for this test")
MACHINE = Hardware("virtio-blk", "virtio-net", memory_mib=64, cpus=1, not_emulated=("ENA",))


def machines() -> set[int]:
    """The QEMU processes that this one started, whatever for."""
    told = subprocess.run(
        ["ps", "-o", "pid=,comm=", "--ppid", str(os.getpid())], capture_output=True, text=True, check=False
    )
    lines = (line.split() for line in told.stdout.splitlines())
    return {int(pid) for pid, name, *_ in lines if name.startswith("qemu-system")}


@pytest.fixture
def no_machine_left() -> Iterator[None]:
    """What a test started has ended; an appliance that other tests of this process share may go on."""
    before = machines()
    yield
    assert machines() - before == set()


@pytest.fixture
def empty(tmp_path: Path) -> BootDisk:
    image = tmp_path / "empty.img"
    image.write_bytes(bytes(1 << 20))
    return BootDisk(image, "raw")


def test_a_process_that_is_kept_waiting_is_seen_to_be() -> None:
    """Two that count on the processor of one: each waits about half of the time."""
    one = min(os.sched_getaffinity(0))
    command = [sys.executable, "-c", f"import os; os.sched_setaffinity(0, [{one}])\nwhile True: pass"]
    both = [subprocess.Popen(command) for _ in range(2)]
    try:
        for _ in range(600):
            if all(starved_seconds(process.pid) > 0.2 for process in both):
                break
            time.sleep(0.1)
        assert all(starved_seconds(process.pid) > 0.2 for process in both)
    finally:
        for process in both:
            process.kill()
            process.wait()
    assert starved_seconds(both[0].pid) == 0.0


@pytest.mark.boot
@pytest.mark.usefixtures("no_machine_left")
def test_an_empty_disk_stops_at_the_firmware(empty: BootDisk, tmp_path: Path) -> None:
    told: list[str] = []
    verdict = prove([empty], MACHINE, keep=tmp_path / "kept", progress=told.append, accelerator=EMULATED)
    assert not verdict.answered
    assert verdict.stage is Stage.FIRMWARE
    assert verdict.reason == "the firmware found no boot code on the disk"
    assert "not emulated: ENA" in verdict.evidence
    assert told[0] == "power on: virtio-blk disk, virtio-net network, bios (tcg)"
    assert verdict.screenshot is not None
    assert verdict.screenshot.read_bytes()[:4] == b"\x89PNG"
    assert verdict.serial_log == tmp_path / "kept" / "serial.log"
    assert empty.path.read_bytes() == bytes(1 << 20)


@pytest.mark.boot
@pytest.mark.usefixtures("no_machine_left")
def test_an_image_that_a_machine_writes_is_refused(empty: BootDisk) -> None:
    with subprocess.Popen(["qemu-io", "-f", "raw", empty.path], stdin=subprocess.PIPE) as writer:
        time.sleep(0.5)
        with pytest.raises(ImageInUse, match="open for writing") as refused:
            prove([empty], MACHINE, accelerator=EMULATED)
        writer.communicate(b"quit\n")
    assert str(empty.path) in refused.value.message


@pytest.mark.boot
@pytest.mark.usefixtures("no_machine_left")
def test_an_interruption_ends_the_machine_and_cleans_up(
    empty: BootDisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def interrupt(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prove([empty], MACHINE, progress=interrupt, accelerator=EMULATED)
    assert list(tmp_path.glob("guestfix-boot-*")) == []


@pytest.mark.boot
def test_a_killed_proof_takes_its_machine_with_it(empty: BootDisk, tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path\n"
        "from guestfix.boot import *; from guestfix.accel import Accelerator\n"
        "def stay(_): print('up', flush=True); time.sleep(60)\n"
        "prove([BootDisk(Path(sys.argv[1]), 'raw')], Hardware('ahci', 'e1000'), progress=stay,"
        " accelerator=Accelerator('tcg', ''))"
    )
    command = [sys.executable, "-c", program, str(empty.path)]
    environment = os.environ | {"TMPDIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as proof:
        assert proof.stdout is not None
        assert proof.stdout.readline() == b"up\n"
        children = subprocess.run(
            ["pgrep", "-P", str(proof.pid)], capture_output=True, text=True, check=True
        ).stdout
        proof.kill()
    deadline = time.monotonic() + 5
    while Path(f"/proc/{children.strip()}").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not Path(f"/proc/{children.strip()}").exists()


def test_no_image_is_a_usage_error() -> None:
    with pytest.raises(NothingToBoot) as refused:
        prove([], MACHINE)
    assert refused.value.hint


def test_missing_uefi_firmware_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(NoUefiFirmware) as missing:
        uefi_firmware([(str(tmp_path / "code"), str(tmp_path / "variables"))])
    assert "ovmf" in missing.value.hint


def test_firmware_code_without_its_variables_is_passed_over(tmp_path: Path) -> None:
    for name in ("code1", "code2", "variables2"):
        (tmp_path / name).touch()
    places = [(str(tmp_path / f"code{n}"), str(tmp_path / f"variables{n}")) for n in (1, 2)]
    assert uefi_firmware(places).code == tmp_path / "code2"


def test_only_the_end_of_a_long_serial_log_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "serial.log"
    log = SerialLog(file)
    assert log.text() == ""
    file.write_bytes(b"x" * 3 * KEPT + b"\nend")
    assert log.text().endswith("\nend")
    assert len(log.text()) == KEPT
    assert log.size == 3 * KEPT + 4
    log.forget()
    assert log.text() == ""


@pytest.mark.parametrize(
    "answer", [None, 3, {"return": 1}, [{}], [{"stats": {"rd_bytes": "many"}}], [{"stats": 1}]]
)
def test_unknown_block_statistics_are_a_failure_of_qemu(answer: object) -> None:
    with pytest.raises(QemuFailed):
        bytes_read(answer)


@contextmanager
def spoken(*lines: bytes) -> Iterator[Monitor]:
    """A monitor whose QEMU has said `lines` and then closed its side."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"".join(line + b"\r\n" for line in lines))
        theirs.shutdown(socket.SHUT_WR)
        yield Monitor(ours, patience_s=0.5)


def test_events_between_answers_are_collected() -> None:
    said = (b'{"event": "RESET"}', b'{"return": [1]}', b'{"event": "SHUTDOWN"}', b'{"return": {}}')
    with spoken(*said) as monitor:
        assert monitor.command("query-blockstats") == [1]
        assert monitor.command("cont") == {}
        assert monitor.events == ["RESET", "SHUTDOWN"]


@pytest.mark.parametrize("line", [b"", b"nonsense", b"[]", b'{"error": {"desc": "no"}}'])
def test_a_monitor_that_fails_says_so(line: bytes) -> None:
    with spoken(line) as monitor, pytest.raises(QemuFailed):
        monitor.command("cont")


@pytest.mark.parametrize(
    ("said", "banner"),
    [
        (b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\nrest", "SSH-2.0-OpenSSH_9.2p1 Debian-2"),
        (b"SSH-" + b"x" * 1000, "SSH-" + "x" * 251),
        (b"HTTP/1.1 400 Bad Request\r\n", None),
        (b"", None),
    ],
)
def test_only_an_ssh_server_counts_as_an_answer(said: bytes, banner: str | None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(said)

        threading.Thread(target=answer).start()
        assert ssh_banner(server.getsockname()[1], 1.0) == banner
