"""The SSH server: is it there, is it started, where does it listen, and does it take anybody's password or key?"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Final

from guestfix.facts.accounts import Person, directory, key_count, people
from guestfix.facts.base import Flag, Text, Unknown
from guestfix.facts.dropbear import dropbear_options
from guestfix.facts.model import Fstab
from guestfix.facts.reading import exists, names, status
from guestfix.facts.services import Services, services
from guestfix.facts.ssh_model import Account, Ssh
from guestfix.facts.sshd_settings import Said, sshd_settings
from guestfix.facts.tcp_wrappers import tcp_wrappers
from guestfix.guest.protocol import GuestReader

_OPENSSH: Final = ("/usr/sbin/sshd", "/usr/bin/sshd", "/usr/local/sbin/sshd")
_DROPBEAR: Final = ("/usr/sbin/dropbear", "/usr/bin/dropbear")
_SERVICES: Final = ("ssh", "sshd", "dropbear")
_MOST_PORTS: Final = 8
_MOST_PATTERNS: Final = 200
_KEY_FILES: Final = (".ssh/authorized_keys", ".ssh/authorized_keys2")


def ssh(guest: GuestReader, init: Text, fstab: Fstab | Unknown) -> Ssh | None:
    """Return the facts on the SSH server; None if there is none."""
    program = "openssh" if exists(guest, *_OPENSSH) else "dropbear" if exists(guest, *_DROPBEAR) else None
    if program is None:
        return None
    enabled, why = _started(guest, init)
    source, said = dropbear_options(guest) if program == "dropbear" else sshd_settings(guest)
    passwords = said.unreadable or _takes_passwords(said)
    return Ssh(
        program=program,
        enabled=enabled,
        why=why,
        source=source,
        files=tuple(dict.fromkeys(said.files)),
        ports=_ports(said),
        listens=said.unreadable or _listens(said),
        passwords=passwords,
        host_keys=sum(fnmatchcase(name, "ssh_host_*_key") for name in names(guest, "/etc/ssh")),
        accounts=tuple(_account(guest, person, said, passwords, fstab) for person in people(guest)),
        directory=directory(guest),
        wrappers=tcp_wrappers(guest) if program == "openssh" else None,
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


def _ports(said: Said) -> tuple[int, ...]:
    ports = [int(word) for word in said.every("port") if word.isascii() and word.isdecimal() and len(word) < 6]
    for word in said.every("listenaddress"):
        port = word.rpartition(":")[2]
        if (word.count(":") == 1 or "]:" in word) and port.isascii() and port.isdecimal() and len(port) < 6:
            ports.append(int(port))
    return tuple(dict.fromkeys(ports))[:_MOST_PORTS] or (22,)


def _listens(said: Said) -> bool:
    addresses = said.every("listenaddress")
    return not addresses or not all(map(_is_loopback, addresses))


def _is_loopback(word: str) -> bool:
    host = word[1:].partition("]")[0] if word.startswith("[") else word
    host = host.rpartition(":")[0] if host.count(":") == 1 else host
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _takes_passwords(said: Said) -> Flag:
    asked = {"passwordauthentication", "kbdinteractiveauthentication", "challengeresponseauthentication"}
    if asked & said.conditional or "authenticationmethods" in said.words:
        return Unknown(unknown="Match blocks or AuthenticationMethods say otherwise for some")
    if said.first("passwordauthentication") != "no":
        return True
    interactive = said.first("kbdinteractiveauthentication") or said.first("challengeresponseauthentication")
    return said.first("usepam") == "yes" and interactive != "no"


def _account(guest: GuestReader, person: Person, said: Said, passwords: Flag, fstab: Fstab | Unknown) -> Account:
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


def _logs_in(person: Person, said: Said, passwords: Flag, keys: int | Unknown) -> Flag:
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


def _barred(person: Person, said: Said) -> Flag:
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


def _doubtful(said: Said, keyword: str) -> Unknown | None:
    return Unknown(unknown=f"Match blocks set {keyword} for some") if keyword in said.conditional else None


def _both(one: Flag, other: Flag) -> Flag:
    if one is False or other is False:
        return False
    return next((flag for flag in (one, other) if isinstance(flag, Unknown)), True)


def _either(one: Flag, other: Flag) -> Flag:
    if one is True or other is True:
        return True
    return next((flag for flag in (one, other) if isinstance(flag, Unknown)), False)
