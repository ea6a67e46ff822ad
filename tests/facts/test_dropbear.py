"""dropbear's options, as distributions write them down: who can log in, and where it listens."""

from __future__ import annotations

import pytest

from guestfix.facts.base import Unknown
from guestfix.facts.ssh import ssh
from guestfix.facts.ssh_model import Ssh
from guestfix.guest.memory import MemoryGuest

PASSWD = "root:x:0:0::/root:/bin/ash\nann:x:1000:1000::/home/ann:/bin/ash\n"
SHADOW = "root:$6$a$b:1::::::\nann:$6$a$b:1::::::\n"
KEY = {"/home/ann/.ssh/authorized_keys": "ssh-ed25519 AAAA ann\n"}


def server(said: str, path: str = "/etc/default/dropbear", **more: str) -> Ssh:
    files = {"/usr/sbin/dropbear": "", path: said, "/etc/passwd": PASSWD, "/etc/shadow": SHADOW}
    found = ssh(MemoryGuest(files | {"/home/ann/.profile": ""} | more), "sysvinit", Unknown(unknown="none"))
    assert found is not None
    return found


def who(found: Ssh) -> set[str]:
    return {account.name for account in found.accounts if account.ssh is True}


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("", {"root", "ann"}),
        ('DROPBEAR_EXTRA_ARGS="-w"\n', {"ann"}),
        ('DROPBEAR_EXTRA_ARGS="-g"\n', {"ann"}),
        ('DROPBEAR_EXTRA_ARGS="-gw"\n', {"ann"}),
        ('DROPBEAR_EXTRA_ARGS="-jks"\n', set()),
        ('DROPBEAR_EXTRA_ARGS="-b /etc/-s -K 30"\n', {"root", "ann"}),
        ('DROPBEAR_EXTRA_ARGS="-P/run/w"\n', {"root", "ann"}),
    ],
)
def test_who_can_log_in(said: str, names: set[str]) -> None:
    assert who(server(said)) == names


def test_a_key_lets_in_where_passwords_do_not() -> None:
    assert who(server("DROPBEAR_EXTRA_ARGS='-s'\n", **KEY)) == {"ann"}


def test_where_it_listens() -> None:
    assert server("DROPBEAR_PORT=2222\n").ports == (2222,)
    found = server('DROPBEAR_OPTS="-p 127.0.0.1:22 -p 2200"\n', "/etc/conf.d/dropbear")
    assert (found.ports, found.listens, found.source) == ((22, 2200), True, "/etc/conf.d/dropbear")
    assert server('OPTIONS="-p [::1]:22"\n', "/etc/sysconfig/dropbear").listens is False


def test_a_file_that_cannot_be_read_leaves_the_questions_open() -> None:
    assert isinstance(server("x" * (9 << 20)).listens, Unknown)
    assert server('DROPBEAR_EXTRA_ARGS="-p"\n').ports == (22,)
