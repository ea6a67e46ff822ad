"""The SSH server: is it there, is it started, where does it listen, and does it take anybody's password or key?"""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Final

from guestfix.errors import Refused
from guestfix.facts.accounts import Person, directory, key_count, people
from guestfix.facts.base import Flag, Text, Unknown
from guestfix.facts.model import Fstab
from guestfix.facts.reading import exists, first_file, names, parsed, status
from guestfix.facts.services import Services, services
from guestfix.facts.ssh_model import Account, Ssh
from guestfix.formats import sshd_config
from guestfix.formats.sshd_config import Entry, SshdConfig
from guestfix.guest.protocol import GuestReader
from guestfix.rules.paths import matching

_OPENSSH: Final = ("/usr/sbin/sshd", "/usr/bin/sshd", "/usr/local/sbin/sshd")
_DROPBEAR: Final = ("/usr/sbin/dropbear", "/usr/bin/dropbear")
_SERVICES: Final = ("ssh", "sshd", "dropbear")
_CONFIG: Final = ("/etc/ssh/sshd_config", "/usr/etc/ssh/sshd_config")
"""The second is openSUSE's since 2021, where the first does not exist."""
_MOST_FILES: Final = 64
_DEEPEST: Final = 4
_MOST_PORTS: Final = 8
_MOST_PATTERNS: Final = 200
_KEY_FILES: Final = (".ssh/authorized_keys", ".ssh/authorized_keys2")


@dataclass(slots=True)
class _Said:
    """What sshd_config(5) says outside of `Match`: the arguments of each keyword, in order; the first counts."""

    words: dict[str, list[tuple[str, ...]]] = field(default_factory=lambda: defaultdict(list))
    conditional: set[str] = field(default_factory=set)
    """Keywords that a `Match` block sets for some connections."""
    unreadable: Unknown | None = None
    files: int = 0

    def first(self, keyword: str) -> str | None:
        """Return the first argument that counts, in lower case."""
        found = self.words.get(keyword)
        return found[0][0].lower() if found and found[0] else None

    def every(self, keyword: str) -> tuple[str, ...]:
        """Return the arguments of all lines with this keyword."""
        return tuple(word for line in self.words.get(keyword, ()) for word in line)


def ssh(guest: GuestReader, init: Text, fstab: Fstab | Unknown) -> Ssh | None:
    """Return the facts on the SSH server; None if there is none."""
    program = "openssh" if exists(guest, *_OPENSSH) else "dropbear" if exists(guest, *_DROPBEAR) else None
    if program is None:
        return None
    enabled, why = _started(guest, init)
    if program == "dropbear":
        unknown = Unknown(unknown="the options of dropbear are not read")
        return Ssh(program=program, enabled=enabled, why=why, listens=unknown, passwords=unknown)
    source = first_file(guest, _CONFIG) or _CONFIG[0]
    said = _Said()
    _read(guest, source, said, in_match=False, depth=0)
    passwords = said.unreadable or _takes_passwords(said)
    return Ssh(
        program=program,
        enabled=enabled,
        why=why,
        source=source,
        ports=_ports(said),
        listens=said.unreadable or _listens(said),
        passwords=passwords,
        host_keys=sum(fnmatchcase(name, "ssh_host_*_key") for name in names(guest, "/etc/ssh")),
        accounts=tuple(_account(guest, person, said, passwords, fstab) for person in people(guest)),
        directory=directory(guest),
    )


def _started(guest: GuestReader, init: Text) -> tuple[Flag, str]:
    started: Services = services(guest, init, frozenset(_SERVICES))
    if (starter := started.starts(*_SERVICES)) is not None:
        return True, f"started by {starter}"
    sockets = [f"/etc/systemd/system/sockets.target.wants/{name}.socket" for name in _SERVICES]
    if init == "systemd" and (socket := next((path for path in sockets if exists(guest, path)), None)):
        return True, f"started by {socket}"
    if started.masked:
        return False, f"{sorted(started.masked)[0]} is masked"
    if init == "systemd" and _first_boot(guest):
        why = "presets decide at the next boot, for /etc/machine-id is empty"
        return Unknown(unknown=why), why
    return False, "installed, and nothing starts it"


def _first_boot(guest: GuestReader) -> bool:
    """Whether systemd takes the next boot for the first, and enables what its presets say (machine-id(5))."""
    found = status(guest, "/etc/machine-id")
    return found is None or found.size == 0


def _read(guest: GuestReader, path: str, said: _Said, *, in_match: bool, depth: int) -> None:
    said.files += 1
    document = parsed(guest, path, sshd_config.parse)
    if said.files > _MOST_FILES or depth > _DEEPEST:
        said.unreadable = Unknown(unknown=f"{path}: too many files are included")
    elif isinstance(document, Unknown):
        said.unreadable = document
    elif isinstance(document, SshdConfig):
        for entry in document.entries:
            _take(guest, entry, said, in_match=in_match or entry.in_match, depth=depth)


def _take(guest: GuestReader, entry: Entry, said: _Said, *, in_match: bool, depth: int) -> None:
    if entry.keyword == "include":
        for path in _included(guest, entry.arguments):
            _read(guest, path, said, in_match=in_match, depth=depth + 1)
    elif in_match:
        said.conditional.add(entry.keyword)
    else:
        said.words[entry.keyword].append(entry.arguments)


def _included(guest: GuestReader, patterns: Sequence[str]) -> Iterator[str]:
    for pattern in patterns:
        try:
            yield from matching(guest, pattern if pattern.startswith("/") else f"/etc/ssh/{pattern}")
        except Refused:
            continue


def _ports(said: _Said) -> tuple[int, ...]:
    ports = [int(word) for word in said.every("port") if word.isascii() and word.isdecimal() and len(word) < 6]
    for word in said.every("listenaddress"):
        port = word.rpartition(":")[2]
        if (word.count(":") == 1 or "]:" in word) and port.isascii() and port.isdecimal() and len(port) < 6:
            ports.append(int(port))
    return tuple(dict.fromkeys(ports))[:_MOST_PORTS] or (22,)


def _listens(said: _Said) -> bool:
    addresses = said.every("listenaddress")
    return not addresses or not all(map(_is_loopback, addresses))


def _is_loopback(word: str) -> bool:
    host = word[1:].partition("]")[0] if word.startswith("[") else word
    host = host.rpartition(":")[0] if host.count(":") == 1 else host
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _takes_passwords(said: _Said) -> Flag:
    asked = {"passwordauthentication", "kbdinteractiveauthentication", "challengeresponseauthentication"}
    if asked & said.conditional or "authenticationmethods" in said.words:
        return Unknown(unknown="Match blocks or AuthenticationMethods say otherwise for some")
    if said.first("passwordauthentication") != "no":
        return True
    interactive = said.first("kbdinteractiveauthentication") or said.first("challengeresponseauthentication")
    return said.first("usepam") == "yes" and interactive != "no"


def _account(guest: GuestReader, person: Person, said: _Said, passwords: Flag, fstab: Fstab | Unknown) -> Account:
    keys: int | Unknown = 0
    if said.first("pubkeyauthentication") != "no":
        files = said.words.get("authorizedkeysfile", [_KEY_FILES])[0]
        keys = key_count(guest, person, files, fstab)
        if said.first("authorizedkeyscommand") not in (None, "none"):
            keys = Unknown(unknown="AuthorizedKeysCommand fetches keys from elsewhere")
    return Account(
        name=person.name,
        uid=person.uid,
        password=person.password,
        keys=keys,
        ssh=said.unreadable or _logs_in(person, said, passwords, keys),
    )


def _logs_in(person: Person, said: _Said, passwords: Flag, keys: int | Unknown) -> Flag:
    barred = _barred(person, said)
    if barred is True:
        return False
    by_password = _both(person.password, passwords)
    if person.uid == 0:
        root = said.first("permitrootlogin")
        if root in ("no", "forced-commands-only"):
            return _doubtful(said, "permitrootlogin") or False
        if root in ("prohibit-password", "without-password"):
            by_password = False
        elif root is None and by_password is True:
            by_password = Unknown(unknown="what PermitRootLogin is without a line depends on the version")
    by_key: Flag = keys if isinstance(keys, Unknown) else keys > 0
    either = _either(by_password, by_key)
    return barred if isinstance(barred, Unknown) and either is not False else either


def _barred(person: Person, said: _Said) -> Flag:
    """Whether AllowUsers and its like keep the account out; a pattern with a host cannot be decided."""
    lists: Mapping[str, tuple[tuple[str, ...], bool]] = {
        "denyusers": ((person.name,), False),
        "allowusers": ((person.name,), True),
        "denygroups": (person.groups, False),
        "allowgroups": (person.groups, True),
    }
    doubt: Flag = False
    for keyword, (mine, allows) in lists.items():
        patterns = said.every(keyword)
        if not patterns:
            continue
        if len(patterns) > _MOST_PATTERNS:
            return Unknown(unknown=f"{keyword} has more than {_MOST_PATTERNS} patterns")
        hit = any(fnmatchcase(name, pattern.partition("@")[0]) for name in mine for pattern in patterns)
        if hit is not allows:
            return _doubtful(said, keyword) or True
        if hit and any("@" in pattern for pattern in patterns):
            doubt = Unknown(unknown=f"{keyword} names hosts")
    return doubt


def _doubtful(said: _Said, keyword: str) -> Unknown | None:
    return Unknown(unknown=f"Match blocks set {keyword} for some") if keyword in said.conditional else None


def _both(one: Flag, other: Flag) -> Flag:
    if one is False or other is False:
        return False
    return next((flag for flag in (one, other) if isinstance(flag, Unknown)), True)


def _either(one: Flag, other: Flag) -> Flag:
    if one is True or other is True:
        return True
    return next((flag for flag in (one, other) if isinstance(flag, Unknown)), False)
