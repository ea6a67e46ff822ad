"""The question: does every old card become the right new one, however little guest and caller say?"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from guestfix.actions._binding import Binding, bindings
from guestfix.facts.model import Interface
from guestfix.rules.action import Scope
from guestfix.rules.supplies import Supplies

A, B, C = "00:50:56:00:00:0a", "00:50:56:00:00:0b", "00:50:56:00:00:0c"
NEW_A, NEW_B = "02:00:00:00:00:0a", "02:00:00:00:00:0b"


def card(name: str, mac: str | None = None, **more: Any) -> Interface:
    return Interface(**{"name": name, "method": "static", "mac": mac, "source": "/x", "line": 1, **more})


def found(cards: list[Interface], pairs: list[tuple[str, str]]) -> dict[str, Binding]:
    facts = SimpleNamespace(network=SimpleNamespace(interfaces=tuple(cards)))
    return dict(bindings(cast("Scope", SimpleNamespace(facts=facts, supplies=Supplies(cards=tuple(pairs))))))


@pytest.mark.parametrize(
    ("cards", "pairs", "expected"),
    [
        ([card("ens192")], [], {"ens192": Binding("eth0", None, alone=True)}),
        # 35 comes before 192, as people count; the order of the files does not matter.
        (
            [card("ens192"), card("ens35")],
            [],
            {"ens35": Binding("eth0", None, alone=False), "ens192": Binding("eth1", None, alone=False)},
        ),
        # The MAC decides, in whatever case the guest wrote it, and against the order of the pairs.
        (
            [card("eth0", A.upper()), card("eth1", B)],
            [(B, NEW_B), (A, NEW_A)],
            {"eth0": Binding("lan0", NEW_A, alone=False), "eth1": Binding("lan1", NEW_B, alone=False)},
        ),
        # A pair whose old MAC nothing names goes to the card that names none.
        ([card("eth0")], [(A, NEW_A)], {"eth0": Binding("lan0", NEW_A, alone=True)}),
        # A card with a MAC of its own takes no other card's pair.
        ([card("eth0", C)], [(A, NEW_A)], {"eth0": Binding("eth0", None, alone=True)}),
        # Planned again afterwards, the new MAC is where it was.
        ([card("*", NEW_A)], [(A, NEW_A)], {NEW_A: Binding("lan0", NEW_A, alone=True)}),
        # An alias is its card; what is built of cards, or has no address, is no card.
        (
            [card("eth0"), card("eth0:1"), card("bond0", kind="bond"), card("eth7", method="manual")],
            [],
            {"eth0": Binding("eth0", None, alone=True)},
        ),
    ],
)
def test_every_card_has_its_place(
    cards: list[Interface], pairs: list[tuple[str, str]], expected: dict[str, Binding]
) -> None:
    assert found(cards, pairs) == expected
