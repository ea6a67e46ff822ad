from __future__ import annotations

from itertools import pairwise

import pytest

from guestfix.formats.grub_order import compare_ids, compare_versions, newest_first

OLDEST_FIRST = ["1.0~rc1", "1.0", "1.0a", "1.0.1", "1.0.1a", "1.1", "1.10", "2"]
"""rpm's own tests/rpmvercmp.at says the same of these."""


@pytest.mark.parametrize(("older", "newer"), list(pairwise(OLDEST_FIRST)))
def test_versions_compare_as_in_rpm(older: str, newer: str) -> None:
    assert compare_versions(newer, older) == 1
    assert compare_versions(older, newer) == -1


@pytest.mark.parametrize(
    ("one", "two"), [("1.0", "1.0"), ("1.0", "1_0"), ("1.05", "1.5"), ("1.0", "1-0."), ("", "")]
)
def test_separators_and_leading_zeros_do_not_count(one: str, two: str) -> None:
    assert compare_versions(one, two) == 0


def test_the_rescue_entry_of_rhel_is_the_last() -> None:
    machine = "9af7b02ac08149d985841c07c8ff366e"
    ids = [f"{machine}-{version}" for version in ("0-rescue", "4.18.0-80.el8", "5.18.0", "4.18.0-513.5.1.el8_9")]
    assert newest_first(ids) == [
        f"{machine}-5.18.0",
        f"{machine}-4.18.0-513.5.1.el8_9",
        f"{machine}-4.18.0-80.el8",
        f"{machine}-0-rescue",
    ]


def test_names_without_a_dash_are_compared_whole() -> None:
    assert compare_ids("b", "a") == 1
    assert compare_ids("a-1", "a") == 1
    assert compare_ids("a", "a") == 0
