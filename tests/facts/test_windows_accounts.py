"""Accounts of SAM hives of two real machines: a Windows 7 and another, in the corpora of EZ-Registry."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from guestfix.facts.base import Unknown
from guestfix.facts.windows_accounts import accounts
from guestfix.facts.windows_model import WindowsAccount
from guestfix.facts.windows_registry import registry
from guestfix.guest.memory import MemoryGuest

SYSTEM = "/Windows/System32/config/SYSTEM"
SAM = "/Windows/System32/config/SAM"


def told(data: bytes) -> dict[str, WindowsAccount]:
    found = registry(MemoryGuest({SYSTEM: b"regf", SAM: data}))
    assert found is not None
    return {account.name: account for account in accounts(found)}


@pytest.fixture(scope="module")
def windows_7(corpora: Path) -> bytes:
    return (corpora / "registry/EZ-Registry/SAM_RootValue").read_bytes()


@pytest.mark.corpora
def test_who_is_there_is_switched_on_and_has_a_password(windows_7: bytes) -> None:
    found = told(windows_7)
    assert set(found) == {"Administrator", "Guest", "Win7SP1"}
    assert (found["Administrator"].enabled, found["Administrator"].password) == (False, True)
    assert (found["Guest"].enabled, found["Guest"].password) == (False, False)
    assert found["Win7SP1"].enabled
    assert isinstance(found["Win7SP1"].password, Unknown)


@pytest.mark.corpora
def test_another_machine(corpora: Path) -> None:
    found = told((corpora / "registry/EZ-Registry/SAMBadHBinHeader").read_bytes())
    assert (found["Administrator"].enabled, found["Administrator"].password) == (True, True)
    assert found["Guest"].password is False


@pytest.mark.corpora
@pytest.mark.parametrize(
    ("revision", "length", "expected"), [(1, 4, False), (1, 20, True), (2, 24, False), (2, 56, True)]
)
def test_a_header_alone_is_no_password(windows_7: bytes, revision: int, length: int, expected: bool) -> None:
    """Newer ones keep longer headers; the real Administrator is given such a hash."""
    hive = bytearray(windows_7)
    fields = hive.index(struct.pack("<II", 360, 20)) - 0xA8
    struct.pack_into("<II", hive, fields + 0xA8, 220, length)
    struct.pack_into("<HH", hive, fields + 0xCC + 220, 2, revision)
    assert told(bytes(hive))["Administrator"].password is expected


@pytest.mark.corpora
def test_the_real_guest_account_switched_on_is_one_without_a_password(windows_7: bytes) -> None:
    hive = bytearray(windows_7)
    bits = hive.index(struct.pack("<II", 501, 513)) + 8
    assert hive[bits] == 0x15
    hive[bits] &= 0xFE
    found = told(bytes(hive))["Guest"]
    assert (found.enabled, found.password) == (True, False)


@pytest.mark.corpora
def test_a_hash_of_a_kind_that_nobody_knows(windows_7: bytes) -> None:
    hive = bytearray(windows_7)
    fields = hive.index(struct.pack("<II", 360, 20)) - 0xA8
    struct.pack_into("<HH", hive, fields + 0xCC + 360, 2, 7)
    assert isinstance(told(bytes(hive))["Administrator"].password, Unknown)


@pytest.mark.corpora
@pytest.mark.exhaustive
def test_no_broken_hive_is_an_error(windows_7: bytes) -> None:
    for at in range(4096, len(windows_7), 97):
        hive = bytearray(windows_7)
        hive[at] ^= 0xFF
        told(bytes(hive))


def test_without_the_hive_nobody_is_known() -> None:
    assert told(b"regf") == {}
