"""Which firewalls start with the guest, and whether they let somebody in to its SSH server."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from guestfix.errors import Refused
from guestfix.facts.base import Text, Unknown
from guestfix.facts.firewall_firewalld import firewalld
from guestfix.facts.firewall_iptables import passes_iptables
from guestfix.facts.firewall_nft import passes_nft
from guestfix.facts.firewall_walk import ACCEPT, DROP, Found
from guestfix.facts.reading import first_file, parsed, text
from guestfix.facts.services import services
from guestfix.facts.ssh_model import Firewall
from guestfix.formats import shell_variables
from guestfix.formats.shell_variables import ShellVariables
from guestfix.guest.protocol import GuestReader
from guestfix.rules.paths import matching

_NFT_INCLUDE: Final = re.compile(r'^[ \t]*include[ \t]+"([^"\n]{1,200})"[^\n]*$', re.MULTILINE)
_MOST_FILES: Final = 32
_LARGEST: Final = 1 << 20


_Ask = Callable[[GuestReader, int], Found | None]


def firewall(guest: GuestReader, init: Text, ports: tuple[int, ...]) -> Firewall | None:
    """Return what all firewalls that are started make of a new connection to any of `ports`; None for none."""
    asked = frozenset(service for _, units, _ in _SYSTEMS for service in units)
    started = services(guest, init, asked)
    found: dict[str, Found] = {}
    for name, units, ask in _SYSTEMS:
        answers = [answer for port in ports if (answer := ask(guest, port))] if started.starts(*units) else []
        if answers:
            found[name] = next((each for each in answers if each.passes is not False), answers[0])
    if not found:
        return None
    worst = min(found.values(), key=lambda each: (each.passes is not False, each.passes is True))
    return Firewall(names=tuple(found), ssh=worst.passes, why=worst.why, source=worst.source)


def _ufw(guest: GuestReader, port: int) -> Found | None:
    switch, defaults = _variables(guest, "/etc/ufw/ufw.conf"), _variables(guest, "/etc/default/ufw")
    if switch is None or (switch.get("ENABLED") or "").lower() != "yes":
        return None
    source = "/etc/ufw/user.rules"
    usual = (defaults.get("DEFAULT_INPUT_POLICY") if defaults else None) or "DROP"
    policy = ACCEPT if usual == "ACCEPT" else DROP
    said, why = passes_iptables(text(guest, source, _LARGEST) or "", port, chain="ufw-user-input", policy=policy)
    return Found(said, why, source)


def _variables(guest: GuestReader, path: str) -> ShellVariables | None:
    found = parsed(guest, path, shell_variables.parse)
    return found if isinstance(found, ShellVariables) else None


def _iptables(guest: GuestReader, port: int) -> Found | None:
    """Debian, Red Hat, Alpine and Arch keep what iptables-save wrote in files of these names."""
    places = ("/etc/iptables/rules.v4", "/etc/sysconfig/iptables", "/etc/iptables/rules-save")
    source = first_file(guest, (*places, "/etc/iptables/iptables.rules"))
    return Found(*passes_iptables(text(guest, source, _LARGEST) or "", port), source) if source else None


def _nftables(guest: GuestReader, port: int) -> Found | None:
    source = first_file(guest, ("/etc/sysconfig/nftables.conf", "/etc/nftables.conf", "/etc/nftables.nft"))
    if source is None:
        return None
    pieces = [text(guest, source, _LARGEST) or ""]
    pieces += [text(guest, path, _LARGEST) or "" for path in _nft_included(guest, pieces[0], source)]
    # Lines are counted in the main file only, which is read first.
    return Found(*passes_nft("\n".join(pieces), port), source)


def _nft_included(guest: GuestReader, said: str, source: str) -> Iterator[str]:
    for found in list(_NFT_INCLUDE.finditer(said))[:_MOST_FILES]:
        path = found[1] if found[1].startswith("/") else f"{source.rpartition('/')[0]}/{found[1]}"
        try:
            yield from matching(guest, path)[:_MOST_FILES]
        except Refused:
            continue


def _suse(guest: GuestReader, port: int) -> Found | None:
    """SuSEfirewall2: every card that is in no other zone is external."""
    source = "/etc/sysconfig/SuSEfirewall2"
    variables = _variables(guest, source)
    if variables is None:
        return None
    services_let_in = (variables.get("FW_CONFIGURATIONS_EXT") or "").split()
    let_in = (variables.get("FW_SERVICES_EXT_TCP") or "").replace(":", "-").split()
    opens = (port == 22 and bool({"sshd", "ssh"} & {*services_let_in, *let_in})) or str(port) in let_in
    if variables.get("FW_SERVICES_ACCEPT_EXT"):
        return Found(Unknown(unknown="FW_SERVICES_ACCEPT_EXT may let it in"), "FW_SERVICES_ACCEPT_EXT", source)
    return Found(opens, "FW_CONFIGURATIONS_EXT and FW_SERVICES_EXT_TCP say so", source)


_SYSTEMS: Final[tuple[tuple[str, tuple[str, ...], _Ask], ...]] = (
    ("ufw", ("ufw",), _ufw),
    ("firewalld", ("firewalld",), firewalld),
    ("nftables", ("nftables",), _nftables),
    ("iptables", ("iptables", "netfilter-persistent", "iptables-persistent"), _iptables),
    ("SuSEfirewall2", ("SuSEfirewall2", "SuSEfirewall2_setup"), _suse),
)
