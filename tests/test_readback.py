"""Does reading back name everything that differs?"""

from __future__ import annotations

import pytest

from guestfix.readback import ReadBackFailed, verify

from .apply_cases import change, every_kind, linux, run


def test_verify_names_everything_that_differs() -> None:
    guest = linux()
    journal = run(guest, *every_kind(guest))
    verify(guest, journal)
    guest.add_file("/etc/fstab", "UUID=2 / ext4\n")
    guest.remove("/boot/.initrd.img-6.1.guestfix-orig~")
    guest.add_file("/etc/udev/rules.d/70-persistent-net.rules", "back")
    with pytest.raises(ReadBackFailed) as caught:
        verify(guest, journal)
    message = str(caught.value)
    assert "/etc/fstab: its content differs" in message
    assert ".initrd.img-6.1.guestfix-orig~: it is missing" in message
    assert "70-persistent-net.rules: it exists and should not" in message


def test_verify_sees_owner_mode_attributes_and_time() -> None:
    for spoil, words in (
        ("uid", "owner"),
        ("mode", "mode"),
        ("mtime_ns", "modification time"),
    ):
        guest = linux()
        journal = run(guest, change(guest, "/etc/hosts", b"h"))
        setattr(guest._own("/etc/hosts"), spoil, 1)
        with pytest.raises(ReadBackFailed, match=words):
            verify(guest, journal)
    guest = linux()
    journal = run(guest, change(guest, "/etc/hosts", b"h"))
    guest._own("/etc/hosts").xattrs["user.x"] = b""
    with pytest.raises(ReadBackFailed, match=r"user\.x"):
        verify(guest, journal)
