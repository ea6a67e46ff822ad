"""hosts.allow and hosts.deny: who gets in to an sshd that asks them, line by line of hosts_access(5)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guestfix.facts.base import Unknown
from guestfix.facts.tcp_wrappers import tcp_wrappers
from guestfix.guest.memory import MemoryGuest

ASKS = "\x7fELF...libwrap.so.0..."


def outcome(allow: str, deny: str, program: str = ASKS) -> object:
    files = {"/usr/sbin/sshd": program, "/etc/hosts.allow": allow, "/etc/hosts.deny": deny}
    found = tcp_wrappers(MemoryGuest(files))
    return None if found is None else "perhaps" if isinstance(found.lets_in, Unknown) else found.lets_in


@pytest.mark.parametrize(
    ("allow", "deny", "expected"),
    [
        ("", "ALL: ALL", False),
        ("", "sshd : ALL", False),
        ("", "sshd@10.0.0.1: ALL", False),
        ("", "in.telnetd, sshd: ALL", False),
        ("sshd: ALL", "ALL: ALL", True),
        ("ALL: 10.0.0.0/255.0.0.0", "ALL: ALL", "perhaps"),
        ("sshd: 10. EXCEPT 10.1.", "ALL: ALL", "perhaps"),
        ("sshd: [2001:db8::]/32", "ALL: ALL", "perhaps"),
        ("ALL: 127.0.0.1 [::1] LOCAL", "ALL: ALL", False),
        ("sshd: ALL: deny", "", False),
        ("sshd: 10. : allow\nsshd: ALL : DENY", "", "perhaps"),
        ("", "ALL: ALL: allow", True),
        ("", "ALL EXCEPT sshd: ALL", None),
        ("", "ALL EXCEPT in.ftpd: ALL", False),
        ("", "ALL: ALL EXCEPT 10.", "perhaps"),
        ("", "ALL: ALL EXCEPT localhost", False),
        ("", "ALL: PARANOID", True),
        ("", "in.telnetd: ALL", None),
        ("", "# ALL: ALL", None),
        ("", "ALL:\\\n ALL", False),
        ("", "no colon", None),
    ],
)
def test_who_gets_in(allow: str, deny: str, expected: object) -> None:
    assert outcome(allow, deny) == expected


def test_the_line_that_keeps_people_out_is_named() -> None:
    files = {
        "/usr/sbin/sshd": ASKS,
        "/etc/hosts.allow": "vsftpd: ALL\nsshd: 10.\n",
        "/etc/hosts.deny": "\n# x\nALL: ALL\n",
    }
    found = tcp_wrappers(MemoryGuest(files))
    assert found is not None
    assert (found.source, found.line) == ("/etc/hosts.deny", 3)


def test_where_sshd_speaks_through_another_program_that_one_is_asked() -> None:
    files = {"/usr/lib/openssh/sshd-session": ASKS, "/usr/sbin/sshd": "", "/etc/hosts.deny": "ALL: ALL\n"}
    assert tcp_wrappers(MemoryGuest(files)) is not None
    assert outcome("", "ALL: ALL", program="\x7fELF libcrypto.so.3") is None


@given(st.text(alphabet="ALsshd:EXCPT[]\\ \n,.#1@", max_size=120))
def test_no_text_is_an_error(text: str) -> None:
    assert outcome(text, text) in (True, False, "perhaps", None)
