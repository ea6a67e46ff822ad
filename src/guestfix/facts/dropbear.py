"""The options that dropbear is started with, in the words of sshd_config(5); by dropbear(8) and `dropbear -h`.

Debian's script and unit read /etc/default/dropbear, Alpine's and Arch's /etc/conf.d/dropbear, Fedora's
/etc/sysconfig/dropbear.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import Final

from guestfix.facts.base import Unknown
from guestfix.facts.reading import first_file, parsed
from guestfix.facts.sshd_settings import Said
from guestfix.formats import shell_variables
from guestfix.formats.shell_variables import ShellVariables
from guestfix.guest.protocol import GuestReader

_FILES: Final = ("/etc/default/dropbear", "/etc/conf.d/dropbear", "/etc/sysconfig/dropbear")
_OPTIONS: Final = ("DROPBEAR_EXTRA_ARGS", "DROPBEAR_ARGS", "DROPBEAR_OPTS", "OPTIONS")
_WITH_VALUE: Final = "bcdDGIKprPTW"
_LONGEST: Final = 4096


def dropbear_options(guest: GuestReader) -> tuple[str, Said]:
    """Return the file with its options, and what sshd would be told to do the same."""
    source = first_file(guest, _FILES) or _FILES[0]
    said = Said()
    found = parsed(guest, source, shell_variables.parse)
    if isinstance(found, Unknown):
        said.unreadable = found
    variables = found if isinstance(found, ShellVariables) else shell_variables.parse(b"")
    if port := variables.get("DROPBEAR_PORT"):
        _listen(port, said)
    letters = [each for name in _OPTIONS for each in _letters(_words(variables.get(name) or ""))]
    for letter, value in letters:
        _take(letter, value, said)
    given = {letter for letter, _ in letters}
    root = "no" if "w" in given else "prohibit-password" if "g" in given else "yes"
    said.words["permitrootlogin"].append((root,))
    return source, said


def _words(options: str) -> list[str]:
    try:
        return shlex.split(options[:_LONGEST])
    except ValueError:
        return options[:_LONGEST].split()


def _letters(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each option with its value, which stands behind it or in the next word; `-sg` is two options."""
    rest = iter(words)
    for word in rest:
        letters = word[1:] if word.startswith("-") else ""
        while letters:
            letter, letters = letters[0], letters[1:]
            if letter in _WITH_VALUE:
                yield letter, letters or next(rest, "")
                break
            yield letter, ""


def _take(letter: str, value: str, said: Said) -> None:
    if letter == "s":
        said.words["passwordauthentication"].append(("no",))
    elif letter == "G":
        said.words["allowgroups"].append((value,))
    elif letter == "t":
        said.words["authenticationmethods"].append(("publickey,password",))
    elif letter == "p":
        _listen(value, said)


def _listen(place: str, said: Said) -> None:
    said.words["listenaddress"].append((place if ":" in place else f"0.0.0.0:{place}",))
