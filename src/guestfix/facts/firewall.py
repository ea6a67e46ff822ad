"""Which firewalls start with the guest, and whether they let somebody in to its SSH server."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from guestfix.errors import Refused
from guestfix.facts.base import Flag, Text, Unknown
from guestfix.facts.firewall_iptables import passes_iptables
from guestfix.facts.firewall_nft import passes_nft
from guestfix.facts.firewall_walk import ACCEPT, DROP
from guestfix.facts.reading import first_file, names, parsed, text
from guestfix.facts.services import services
from guestfix.facts.ssh_model import Firewall
from guestfix.formats import shell_variables
from guestfix.formats.shell_variables import ShellVariables
from guestfix.guest.protocol import GuestReader
from guestfix.rules.paths import matching

_NFT_INCLUDE: Final = re.compile(r'^[ \t]*include[ \t]+"([^"\n]{1,200})"[^\n]*$', re.MULTILINE)
_MOST_FILES: Final = 32
_LARGEST: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class _Found:
    """What one firewall says of a port."""

    passes: Flag
    why: str
    source: str


_Ask = Callable[[GuestReader, int], _Found | None]


def firewall(guest: GuestReader, init: Text, ports: tuple[int, ...]) -> Firewall | None:
    """Return what all firewalls that are started make of a new connection to any of `ports`; None for none."""
    asked = frozenset(service for _, units, _ in _SYSTEMS for service in units)
    started = services(guest, init, asked)
    found: dict[str, _Found] = {}
    for name, units, ask in _SYSTEMS:
        answers = [answer for port in ports if (answer := ask(guest, port))] if started.starts(*units) else []
        if answers:
            found[name] = next((each for each in answers if each.passes is not False), answers[0])
    if not found:
        return None
    worst = min(found.values(), key=lambda each: (each.passes is not False, each.passes is True))
    return Firewall(names=tuple(found), ssh=worst.passes, why=worst.why, source=worst.source)


def _ufw(guest: GuestReader, port: int) -> _Found | None:
    switch, defaults = _variables(guest, "/etc/ufw/ufw.conf"), _variables(guest, "/etc/default/ufw")
    if switch is None or (switch.get("ENABLED") or "").lower() != "yes":
        return None
    source = "/etc/ufw/user.rules"
    usual = (defaults.get("DEFAULT_INPUT_POLICY") if defaults else None) or "DROP"
    policy = ACCEPT if usual == "ACCEPT" else DROP
    said, why = passes_iptables(text(guest, source, _LARGEST) or "", port, chain="ufw-user-input", policy=policy)
    return _Found(said, why, source)


def _variables(guest: GuestReader, path: str) -> ShellVariables | None:
    found = parsed(guest, path, shell_variables.parse)
    return found if isinstance(found, ShellVariables) else None


def _iptables(guest: GuestReader, port: int) -> _Found | None:
    """Debian, Red Hat, Alpine and Arch keep what iptables-save wrote in files of these names."""
    places = ("/etc/iptables/rules.v4", "/etc/sysconfig/iptables", "/etc/iptables/rules-save")
    source = first_file(guest, (*places, "/etc/iptables/iptables.rules"))
    return _Found(*passes_iptables(text(guest, source, _LARGEST) or "", port), source) if source else None


def _nftables(guest: GuestReader, port: int) -> _Found | None:
    source = first_file(guest, ("/etc/sysconfig/nftables.conf", "/etc/nftables.conf", "/etc/nftables.nft"))
    if source is None:
        return None
    pieces = [text(guest, source, _LARGEST) or ""]
    pieces += [text(guest, path, _LARGEST) or "" for path in _nft_included(guest, pieces[0], source)]
    # Lines are counted in the main file only, which is read first.
    return _Found(*passes_nft("\n".join(pieces), port), source)


def _nft_included(guest: GuestReader, said: str, source: str) -> Iterator[str]:
    for found in list(_NFT_INCLUDE.finditer(said))[:_MOST_FILES]:
        path = found[1] if found[1].startswith("/") else f"{source.rpartition('/')[0]}/{found[1]}"
        try:
            yield from matching(guest, path)[:_MOST_FILES]
        except Refused:
            continue


def _firewalld(guest: GuestReader, port: int) -> _Found | None:
    settings = text(guest, "/etc/firewalld/firewalld.conf") or ""
    chosen = re.search(r"^DefaultZone=([A-Za-z0-9_-]{1,64})", settings, re.MULTILINE)
    zone = chosen[1] if chosen else "public"
    places = ("/etc/firewalld/zones", "/usr/lib/firewalld/zones")
    source = first_file(guest, (f"{place}/{zone}.xml" for place in places))
    if source is None:
        why = f"the zone {zone} has no file"
        return _Found(Unknown(unknown=why), why, "/etc/firewalld/firewalld.conf")
    if (other := _zone_of_a_card(guest, zone)) is not None:
        why = f"{other} puts a card into another zone than {zone}"
        return _Found(Unknown(unknown=why), why, other)
    return _Found(*_zone_passes(text(guest, source, _LARGEST) or "", port, zone), source)


def _zone_passes(said: str, port: int, zone: str) -> tuple[Flag, str]:
    """Elements are looked for by their text: an XML parser would do what the file's entities say."""
    said, _ = _parted(said, "<!--", "-->")
    plain, rich = _parted(said, "<rule", "</rule>")
    if re.search(r"<zone\b[^>]{0,200}\btarget=[\"']ACCEPT", plain) or _names_port(plain, port):
        return True, f"the zone {zone} lets it in"
    if any(_names_port(rule, port) and "<accept" in rule for rule in rich):
        return Unknown(unknown="a rich rule lets it in, perhaps from some addresses only"), f"the zone {zone}"
    return False, f"the default zone {zone} does not let it in; a card of a new name is in no other"


def _parted(said: str, opens: str, closes: str) -> tuple[str, list[str]]:
    """Return the text outside of all that stands between two marks, and what stands there; in one pass."""
    outside: list[str] = []
    inside: list[str] = []
    at = 0
    while (begin := said.find(opens, at)) >= 0 and (end := said.find(closes, begin)) >= 0:
        outside.append(said[at:begin])
        inside.append(said[begin:end])
        at = end + len(closes)
    return "".join((*outside, said[at:])), inside


def _names_port(said: str, port: int) -> bool:
    if port == 22 and re.search(r"<service\b[^>]{0,200}\bname=[\"']ssh[\"']", said):
        return True
    for element in re.findall(r"<port\b[^>]{0,200}>", said):
        found = re.search(r"\bport=[\"'](\d{1,5})(?:-(\d{1,5}))?[\"']", element)
        if found and "tcp" in element and int(found[1]) <= port <= int(found[2] or found[1]):
            return True
    return False


def _zone_of_a_card(guest: GuestReader, zone: str) -> str | None:
    """Return the connection profile that names another zone than the default one; it stays in force."""
    for folder, key in (
        ("/etc/NetworkManager/system-connections", "zone"),
        ("/etc/sysconfig/network-scripts", "ZONE"),
    ):
        for name in names(guest, folder)[:_MOST_FILES]:
            found = re.search(
                rf"^{key}=[\"']?([A-Za-z0-9_-]+)", text(guest, f"{folder}/{name}") or "", re.MULTILINE
            )
            if found and found[1] != zone:
                return f"{folder}/{name}"
    return None


def _suse(guest: GuestReader, port: int) -> _Found | None:
    """SuSEfirewall2: every card that is in no other zone is external."""
    source = "/etc/sysconfig/SuSEfirewall2"
    variables = _variables(guest, source)
    if variables is None:
        return None
    services_let_in = (variables.get("FW_CONFIGURATIONS_EXT") or "").split()
    let_in = (variables.get("FW_SERVICES_EXT_TCP") or "").replace(":", "-").split()
    opens = (port == 22 and bool({"sshd", "ssh"} & {*services_let_in, *let_in})) or str(port) in let_in
    if variables.get("FW_SERVICES_ACCEPT_EXT"):
        return _Found(Unknown(unknown="FW_SERVICES_ACCEPT_EXT may let it in"), "FW_SERVICES_ACCEPT_EXT", source)
    return _Found(opens, "FW_CONFIGURATIONS_EXT and FW_SERVICES_EXT_TCP say so", source)


_SYSTEMS: Final[tuple[tuple[str, tuple[str, ...], _Ask], ...]] = (
    ("ufw", ("ufw",), _ufw),
    ("firewalld", ("firewalld",), _firewalld),
    ("nftables", ("nftables",), _nftables),
    ("iptables", ("iptables", "netfilter-persistent", "iptables-persistent"), _iptables),
    ("SuSEfirewall2", ("SuSEfirewall2", "SuSEfirewall2_setup"), _suse),
)
