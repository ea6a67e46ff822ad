"""Edits of /etc/network/interfaces: DHCP in place of fixed addresses, names, whole stanzas.

Each takes a document and returns a new one. A line that is switched off becomes a comment that begins with
`DISABLED`, so that it can be told from the guest's own comments; so does every line of a continued one, for
ifup does not continue comments.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence

from guestfix.formats import lines as text_lines
from guestfix.formats.errors import CannotEdit
from guestfix.formats.interfaces import Iface, Interfaces, Statement
from guestfix.formats.lines import Line

DISABLED = "#guestfix# "

ADDRESS_OPTIONS = re.compile(
    "address|netmask|broadcast|network|gateway|metric|pointopoint|hwaddress|scope|dns-[a-z]+"
    "|accept_ra|autoconf|privext|preferred-lifetime|dad-attempts|dad-interval"
)
"""Names of options that state an address, a route or a name server: with DHCP they mean nothing, or harm."""

_NAME_OPTIONS = re.compile("bridge[_-](?:ports|hw)|slaves|bond[_-](?:slaves|master|primary)|vlan[_-]raw[_-]device")
"""Options of bridge-utils, ifenslave and vlan whose values are interface names."""

_WORD = re.compile(r"[^ \t\n\v\f\r]+")


def use_dhcp(document: Interfaces, name: str, family: str = "inet") -> Interfaces:
    """Return the file with the iface stanza of `name` and `family` finding its address by itself.

    The method is `dhcp` for inet and `auto` for inet6 (a DHCPv6 client without an answer would fail the whole
    interface). Address options go; commands, `mtu` and all else stay (see `commands_of`). Further stanzas of the
    same name and family, which only add addresses, are commented out: a second DHCP client would fight the first.
    A file without such a stanza, or with the loopback's, is returned as it is.
    """
    stanzas = [each for each in document.ifaces if (each.name, each.family) == (name, family)]
    if not stanzas or any(each.method == "loopback" for each in stanzas):
        return document
    first, *others = stanzas
    method = "auto" if family == "inet6" else "dhcp"
    doomed = {option.index for option in first.options if ADDRESS_OPTIONS.fullmatch(option.name)}
    disabled = {index for each in others for index in _indexes(each)}
    statements: list[Statement] = []
    for index, statement in enumerate(document.statements):
        if index == first.index and first.method != method:
            statements.append(_with_method(statement, first, method))
        elif index in disabled:
            statements.extend(_commented(statement))
        elif index not in doomed:
            statements.append(statement)
    return Interfaces(tuple(statements))


def commands_of(document: Interfaces, name: str) -> tuple[str, ...]:
    """Return the commands (up, post-up, ...) of the stanzas of `name`; they may hold old addresses."""
    return tuple(
        f"{option.name} {option.value}"
        for iface in document.ifaces
        if iface.name == name
        for option in iface.options
        if option.is_command
    )


def comment_out(document: Interfaces, indexes: Collection[int]) -> Interfaces:
    """Return the file with these statements (an `Option.index`, an `Iface.index`) as comments.

    The options of a stanza whose first line goes must go with it; use `comment_out_stanzas`. Raises NoSuchLine.
    """
    wanted = frozenset(indexes)
    for index in wanted:
        if not (0 <= index < len(document.statements) and document.statements[index].text):
            raise text_lines.no_such_line(index + 1, "statement of interfaces")
    statements: list[Statement] = []
    for index, statement in enumerate(document.statements):
        statements.extend(_commented(statement) if index in wanted else (statement,))
    return Interfaces(tuple(statements))


def comment_out_stanzas(document: Interfaces, ifaces: Iterable[Iface]) -> Interfaces:
    """Return the file with these iface stanzas and all their options as comments."""
    return comment_out(document, [index for iface in ifaces for index in _indexes(iface)])


def drop_names(document: Interfaces, keyword: str, names: Collection[str]) -> Interfaces:
    """Return the file without `names` on the lines of `keyword`; a line that lists no other becomes a comment."""
    statements: list[Statement] = []
    for statement in document.statements:
        if statement.keyword != keyword or not set(statement.words[1:]) & set(names):
            statements.append(statement)
        elif set(statement.words[1:]) <= set(names):
            statements.extend(_commented(statement))
        else:
            kept = [word for word in statement.words if word not in names]
            statements.append(_rewritten(statement, " ".join(kept)))
    return Interfaces(tuple(statements))


def rename(document: Interfaces, old: str, new: str) -> Interfaces:
    """Return the file with interface `old` called `new`, with its aliases (`old:1`) and VLANs (`old.5`).

    Changed are stanza lines and the options whose values are interface names. Commands are not: see `commands_of`.
    """
    text_lines.one_line(new, "interfaces")

    def renamed(word: str) -> str:
        name, equals, logical = word.partition("=")
        return _renamed(name, old, new) + equals + (_renamed(logical, old, new) if equals else "")

    statements: list[Statement] = []
    for statement in document.statements:
        if statement.keyword == "iface":
            statements.append(_map_words(statement, renamed, _iface_name_places(statement.words)))
        elif statement.lists_names or statement.keyword == "mapping" or _NAME_OPTIONS.fullmatch(statement.keyword):
            statements.append(_map_words(statement, renamed, range(1, len(statement.words))))
        else:
            statements.append(statement)
    return Interfaces(tuple(statements))


def append(document: Interfaces, added: Sequence[str]) -> Interfaces:
    """Return the file with these lines at its end, after a blank line. Raises ValueNotWritable and CannotEdit."""
    ending = text_lines.ending_of([line for statement in document.statements[:1] for line in statement.lines])
    for text in added:
        text_lines.one_line(text, "interfaces")
    statements = document.statements
    if statements:
        last = statements[-1]
        if last.lines[-1].text.endswith("\\") and last.text:
            raise CannotEdit(
                "Nothing can be added to this interfaces file: its last line ends in a backslash.",
                hint="Complete or remove the last line in the guest.",
            )
        statements = (*statements[:-1], Statement((*text_lines.closed(last.lines),)))
        if last.lines[-1].text.strip():
            statements = (*statements, Statement((Line("", ending),)))
    return Interfaces((*statements, *(Statement((Line(text, ending),)) for text in added)))


def _indexes(iface: Iface) -> tuple[int, ...]:
    return (iface.index, *(option.index for option in iface.options))


def _commented(statement: Statement) -> tuple[Statement, ...]:
    return tuple(Statement((Line(DISABLED + line.text, line.ending),)) for line in statement.lines)


def _with_method(statement: Statement, iface: Iface, method: str) -> Statement:
    place = 3 if iface.method else None
    if place is None:  # "iface eth0 inet inherits template": the method comes from the template
        words = (*statement.words[:3], method, *statement.words[3:])
        return _rewritten(statement, " ".join(words))
    return _map_words(statement, lambda _: method, (place,))


def _map_words(statement: Statement, change: Callable[[str], str], places: Collection[int]) -> Statement:
    """Return the statement with the words at `places` changed; spacing stays unless the line was continued."""
    changed = tuple(change(word) if at in places else word for at, word in enumerate(statement.words))
    if changed == statement.words:
        return statement
    if len(statement.lines) > 1:
        return _rewritten(statement, " ".join(changed))
    replacements = iter(changed)
    line = statement.lines[0]
    return Statement((Line(_WORD.sub(lambda _: next(replacements), line.text), line.ending),))


def _rewritten(statement: Statement, text: str) -> Statement:
    first, last = statement.lines[0], statement.lines[-1]
    indent = first.text[: len(first.text) - len(first.text.lstrip(" \t"))]
    return Statement((Line(indent + text, last.ending),))


def _iface_name_places(words: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(at for at in range(1, len(words)) if at == 1 or words[at - 1] == "inherits")


def _renamed(name: str, old: str, new: str) -> str:
    if name == old:
        return new
    rest = name.removeprefix(old)
    return new + rest if rest != name and rest.startswith((":", ".")) else name
