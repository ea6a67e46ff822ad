from __future__ import annotations

import pytest

from guestfix.facts.model import Unknown
from guestfix.report.page import text_of
from guestfix.report.wording import counted, flag, known, size


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1023, "1023 bytes"),
        (1024, "1 KiB"),
        (1536, "1.5 KiB"),
        (1024 * 1024 - 1, "1 MiB"),
        (20 << 30, "20 GiB"),
        (1022 << 20, "1022 MiB"),
        (1 << 63, "8 EiB"),
        (1 << 80, "1048576 EiB"),
    ],
)
def test_sizes_are_powers_of_1024(count: int, text: str) -> None:
    assert size(count) == text


def test_counts_agree_with_their_noun() -> None:
    assert [counted(number, "change") for number in range(3)] == ["0 changes", "1 change", "2 changes"]
    assert counted(2, "entry", "entries") == "2 entries"


def test_unknown_is_neither_yes_nor_no() -> None:
    unknown = Unknown(unknown="the file is unreadable")
    assert [text_of(flag(value)) for value in (True, False, unknown)] == ["yes", "no", "unknown"]
    assert text_of(known(unknown)) == "unknown"
    assert text_of(known(None)) == ""
