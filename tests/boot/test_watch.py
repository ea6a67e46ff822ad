"""Judging a boot from what is seen of it, without one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from guestfix.boot.dhcp import DhcpMessage
from guestfix.boot.processor import Processors
from guestfix.boot.stages import Stage
from guestfix.boot.watch import Conclusion, Observation, Patience, Watch

EMULATED = Patience.for_accelerator("tcg")
KERNEL = Processors(in_kernel=True)
PROGRAM = Processors(in_kernel=True, in_program=True)
ACK = (DhcpMessage("DISCOVER", "0.0.0.0"), DhcpMessage("ACK", "10.0.2.15"))
GAVE_UP = "Gave up waiting for root file system device.  Common problems:"
MIB = 1 << 20


def judged(*seen: Observation) -> tuple[Watch, Conclusion | None]:
    watch = Watch(EMULATED)
    conclusion = None
    for one in seen:
        assert conclusion is None, "the watch went on after its conclusion"
        conclusion = watch.take(one)
    return watch, conclusion


LOADED = Observation(10, bytes_read=17 * MIB)
STARTED = replace(LOADED, seconds=14, processors=KERNEL)
ROOTED = Observation(25, bytes_read=60 * MIB, processors=PROGRAM)


def test_an_address_and_a_banner_are_an_answer() -> None:
    watch, end = judged(
        LOADED, STARTED, ROOTED, replace(ROOTED, seconds=30, dhcp=ACK, banner="SSH-2.0-OpenSSH_9.2")
    )
    assert end is not None
    assert end.answered
    assert watch.seconds[Stage.KERNEL] == 14
    assert watch.stage is Stage.ANSWER


def test_a_banner_without_a_lease_is_no_answer() -> None:
    _, end = judged(LOADED, STARTED, replace(ROOTED, banner="SSH-2.0-OpenSSH_9.2"))
    assert end is None


def test_a_kernel_that_read_nothing_lacks_the_driver() -> None:
    watch, end = judged(LOADED, STARTED, replace(STARTED, seconds=45, console=GAVE_UP))
    assert end == Conclusion(
        False,
        "the root device did not appear: the kernel never read the disk, so its driver is not in the initramfs",
        "add the disk's driver to the initramfs (guestfix apply)",
    )
    assert watch.read_by_kernel == 0


def test_a_kernel_that_read_the_disk_knows_it_by_another_name() -> None:
    _, end = judged(LOADED, STARTED, replace(STARTED, seconds=45, bytes_read=17 * MIB + 200_000, console=GAVE_UP))
    assert end is not None
    assert "another name" in end.reason
    assert "UUID" in end.advice


def test_a_silent_kernel_without_a_disk_is_given_up_before_its_own_timeout() -> None:
    watch, end = judged(LOADED, STARTED, replace(STARTED, seconds=14 + EMULATED.unread))
    assert end is not None
    assert "never read the disk" in end.reason
    assert watch.stage is Stage.KERNEL


def test_a_silent_guest_that_reads_much_has_found_its_root() -> None:
    watch, _ = judged(LOADED, STARTED, ROOTED)
    assert watch.stage is Stage.ROOT_FOUND


@pytest.mark.parametrize(
    ("packets", "dhcp", "word"),
    [
        (False, (), "sent nothing on its network card"),
        (True, (), "never asked for an address"),
        (True, ACK[:1], "took none"),
    ],
)
def test_a_login_without_an_address_says_what_the_card_did(
    packets: bool, dhcp: tuple[DhcpMessage, ...], word: str
) -> None:
    login = replace(ROOTED, console="web01 login: ", packets_seen=packets, dhcp=dhcp)
    _, end = judged(STARTED, login, replace(login, seconds=25 + EMULATED.lease))
    assert end is not None
    assert word in end.reason


def test_an_address_without_ssh_waits_for_the_login_first() -> None:
    early = replace(STARTED, seconds=16, dhcp=ACK, bytes_read=18 * MIB)
    login = replace(early, seconds=70, console="web01 login: ", bytes_read=60 * MIB)
    watch, end = judged(STARTED, early, login, replace(login, seconds=110))
    assert end is None
    end = watch.take(replace(login, seconds=70 + EMULATED.answer))
    assert end is not None
    assert "port 22" in end.reason


def test_nothing_happening_ends_with_what_it_last_said() -> None:
    waiting = replace(ROOTED, console="A start job is running for /dev/sdb1 (33s / no limit)")
    _, end = judged(STARTED, waiting, replace(waiting, seconds=25 + EMULATED.quiet))
    assert end is not None
    assert end.reason == "nothing happened for 150 s: the guest waits for something that does not come"


def test_a_guest_that_does_something_gets_all_its_time() -> None:
    seen = [replace(ROOTED, seconds=25 + 20 * n, bytes_read=(60 + n) * MIB) for n in range(11)]
    watch, end = judged(STARTED, *seen[:10])
    assert end is None
    end = watch.take(replace(seen[10], seconds=240))
    assert end is not None
    assert end.reason == "time ran out after 240 s at this stage: root file system found"


def test_what_a_busy_host_takes_is_not_the_guests_time() -> None:
    waiting = replace(ROOTED, seconds=25 + EMULATED.quiet, starved=30)
    watch, end = judged(STARTED, ROOTED, waiting)
    assert end is None
    assert watch.last.own_seconds == EMULATED.quiet - 5
    end = watch.take(replace(waiting, seconds=waiting.seconds + 30))
    assert end is not None
    assert "nothing happened for 150 s" in end.reason


def test_a_limit_counts_every_second() -> None:
    watch = Watch(Patience.for_accelerator("tcg", 60))
    assert watch.take(replace(ROOTED, seconds=59, starved=30)) is None
    end = watch.take(replace(ROOTED, seconds=60, starved=31))
    assert end is not None
    assert end.reason.startswith("time ran out after 60 s")


def test_a_restart_counts_the_kernel_anew_and_the_third_ends_it() -> None:
    watch, end = judged(STARTED, ROOTED, Observation(40, bytes_read=60 * MIB, restarts=1))
    assert end is None
    assert Stage.KERNEL not in watch.seconds
    watch.take(Observation(50, bytes_read=77 * MIB, processors=KERNEL, restarts=1))
    assert watch.read_by_kernel == 0
    end = watch.take(Observation(80, bytes_read=99 * MIB, restarts=3))
    assert end is not None
    assert end.reason == "the guest restarted 3 times"


def test_a_guest_that_ends_is_no_answer() -> None:
    _, end = judged(LOADED, replace(LOADED, seconds=12, ended="the guest switched itself off"))
    assert end == Conclusion(False, "the guest switched itself off")
