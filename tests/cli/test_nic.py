"""The question: is a slip in `--nic` said before anything is opened?"""

from __future__ import annotations

import pytest

from guestfix.cli.context import cards_of
from guestfix.errors import UsageError


def test_case_and_dashes_are_as_people_copy_them() -> None:
    assert cards_of("00-50-56-AA-BB-CC=02:11:22:33:44:55") == ("00:50:56:aa:bb:cc", "02:11:22:33:44:55")


@pytest.mark.parametrize("text", ["", "00:50:56:aa:bb:cc", "eth0=eth1", "00:50:56:aa:bb:cc=02:11:22:33:44:55=x"])
def test_what_is_no_pair_of_macs_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        cards_of(text)
    assert "--nic takes OLDMAC=NEWMAC" in caught.value.message
    assert caught.value.hint
