"""Which firewalls start with the guest, and whether they let somebody in to its SSH server."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Final

from guestfix.facts.base import Text, Unknown
from guestfix.facts.firewall_cards import card_rules
from guestfix.facts.firewall_files import LARGEST, nft_files
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

_Ask = Callable[[GuestReader, int], Found | None]


def firewall(
    guest: GuestReader, init: Text, ports: tuple[int, ...], cards: Container[str] = ()
) -> Firewall | None:
    """Return what all firewalls that are started make of a new connection to any of `ports`; None for none.

    `cards` are the names of configured wired cards.
    """
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
    bound = card_rules(guest, found, cards)
    return Firewall(names=tuple(found), ssh=worst.passes, why=worst.why, source=worst.source, cards=bound)


def _ufw(guest: GuestReader, port: int) -> Found | None:
    switch, defaults = _variables(guest, "/etc/ufw/ufw.conf"), _variables(guest, "/etc/default/ufw")
    if switch is None or (switch.get("ENABLED") or "").lower() != "yes":
        return None
    source = "/etc/ufw/user.rules"
    usual = (defaults.get("DEFAULT_INPUT_POLICY") if defaults else None) or "DROP"
    policy = ACCEPT if usual == "ACCEPT" else DROP
    said, why = passes_iptables(text(guest, source, LARGEST) or "", port, chain="ufw-user-input", policy=policy)
    return Found(said, why, source)


def _variables(guest: GuestReader, path: str) -> ShellVariables | None:
    found = parsed(guest, path, shell_variables.parse)
    return found if isinstance(found, ShellVariables) else None


def _iptables(guest: GuestReader, port: int) -> Found | None:
    """Debian, Red Hat, Alpine and Arch keep what iptables-save wrote in files of these names."""
    places = ("/etc/iptables/rules.v4", "/etc/sysconfig/iptables", "/etc/iptables/rules-save")
    source = first_file(guest, (*places, "/etc/iptables/iptables.rules"))
    return Found(*passes_iptables(text(guest, source, LARGEST) or "", port), source) if source else None


def _nftables(guest: GuestReader, port: int) -> Found | None:
    paths = list(nft_files(guest))
    if not paths:
        return None
    # Lines are counted in the main file only, which is read first.
    said = "\n".join(text(guest, path, LARGEST) or "" for path in paths)
    return Found(*passes_nft(said, port), paths[0])


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
