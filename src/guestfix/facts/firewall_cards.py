"""Which lines of the started firewalls are about a certain network card, by its name."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator
from itertools import islice
from typing import Final

from guestfix.errors import Refused
from guestfix.facts.firewall_files import LARGEST, nft_files
from guestfix.facts.firewall_firewalld import zones_of_cards, zones_of_profiles
from guestfix.facts.reading import plain, text
from guestfix.facts.ssh_model import CardRule
from guestfix.guest.protocol import GuestReader
from guestfix.rules.paths import matching

_HARDWARE: Final = re.compile(
    r"eth\d{1,3}|em\d{1,3}|p\d{1,3}p\d{1,3}(?:_\d{1,3})?"
    r"|en(?:P\d{1,5})?[opsva]\d[0-9A-Za-z]{0,13}|enx[0-9a-f]{12}|enc[0-9a-f]{3,8}"
)
"""What the kernel, udev (systemd.net-naming-scheme(7)) and biosdevname call wired cards."""
_FAMILY: Final = re.compile(r"(?:eth|en[opsvaxc]|em)[+*]")
"""All cards of one way of naming: `eth+` of iptables, `eth*` of nft."""
_NAME: Final = r"([A-Za-z0-9_.:+*-]{1,40})"
_OPTION: Final = re.compile(
    rf'(?:(?<=\s)|^)(?:-[io]|--(?:in|out)-interface|--physdev-(?:in|out))[ \t=]+(?:![ \t]*)?"?{_NAME}'
)
"""iptables(8); physdev of iptables-extensions(8) is for the ports of a bridge."""
_NFT_SAID: Final = re.compile(r'\b(?:comment|prefix)[ \t]+"[^"\n]{0,200}"|#.*')
_ELEMENT: Final = re.compile(rf"<interface\b[^>]{{0,200}}\bname=[\"']{_NAME}[\"']")
_MAC: Final = re.compile("[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}")
_MOST_FILES: Final = 32
_MOST_RULES: Final = 50

_Found = Iterator[tuple[str, int, str]]
"""File, line and the word that may be the name of a card."""


def card_rules(guest: GuestReader, firewalls: Iterable[str], cards: Container[str]) -> tuple[CardRule, ...]:
    """Return the lines of these firewalls that name one of `cards`, or what is called as wired cards are."""
    return tuple(islice(_rules(guest, firewalls, cards), _MOST_RULES))


def _rules(guest: GuestReader, firewalls: Iterable[str], cards: Container[str]) -> Iterator[CardRule]:
    for name in firewalls:
        for path, line, word in _READERS[name](guest):
            if _is_card(word, cards):
                yield CardRule(source=plain(path), line=line, card=plain(word))
        if name == "firewalld":
            for path, line, word in zones_of_profiles(guest):
                if _is_card(word, cards) or _MAC.fullmatch(word):
                    yield CardRule(source=plain(path), line=line, card=plain(word), profile=True)


def _is_card(word: str, cards: Container[str]) -> bool:
    """A VLAN and an alias are called after their card: `eth0.100`, `eth0:1`."""
    card = re.split("[.:]", word, maxsplit=1)[0]
    return bool(_HARDWARE.fullmatch(card) or _FAMILY.fullmatch(word)) or card in cards


def _numbered(guest: GuestReader, path: str) -> Iterator[tuple[int, str]]:
    return enumerate((text(guest, path, LARGEST) or "").split("\n"), 1)


def _options(*patterns: str) -> Callable[[GuestReader], _Found]:
    def read(guest: GuestReader) -> _Found:
        for path in _files(guest, patterns):
            for line, said in _numbered(guest, path):
                if not said.lstrip().startswith("#"):
                    yield from ((path, line, found[1]) for found in _OPTION.finditer(said))

    return read


def _files(guest: GuestReader, patterns: Iterable[str]) -> Iterator[str]:
    for pattern in patterns:
        try:
            yield from matching(guest, pattern)[:_MOST_FILES]
        except Refused:
            continue


def _nftables(guest: GuestReader) -> _Found:
    """A card may stand in a match, set, flowtable or definition: every word counts but what is for people."""
    for path in nft_files(guest):
        for line, said in _numbered(guest, path):
            yield from ((path, line, word) for word in re.findall(_NAME, _NFT_SAID.sub("", said)))


def _firewalld(guest: GuestReader) -> _Found:
    """firewalld.direct(5) has iptables' words."""
    for path in zones_of_cards(guest):
        for line, said in _numbered(guest, path):
            yield from ((path, line, found[1]) for found in _ELEMENT.finditer(said))
    yield from _options("/etc/firewalld/direct.xml")(guest)


def _suse(guest: GuestReader) -> _Found:
    path = "/etc/sysconfig/SuSEfirewall2"
    for line, said in _numbered(guest, path):
        name, _, value = said.partition("=")
        if name.startswith("FW_"):
            yield from ((path, line, word) for word in re.findall(_NAME, value))


_READERS: Final[dict[str, Callable[[GuestReader], _Found]]] = {
    "ufw": _options("/etc/ufw/*.rules"),
    "firewalld": _firewalld,
    "nftables": _nftables,
    "iptables": _options(
        "/etc/iptables/rules.v[46]",
        "/etc/iptables/rules*-save",
        "/etc/iptables/ip*tables.rules",
        "/etc/sysconfig/iptables",
        "/etc/sysconfig/ip6tables",
    ),
    "SuSEfirewall2": _suse,
}
"""By the names that facts have for firewalls."""
