"""`guestfix explain`: what a code means, why it matters, and what to do."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import typer

from guestfix.cli import options
from guestfix.cli.context import Terminal, knowledge_of
from guestfix.codes.model import catalogue, find
from guestfix.codes.of_rules import of_rules
from guestfix.codes.of_source import of_source
from guestfix.codes.page import page

Asked = Annotated[
    list[str],
    typer.Argument(metavar="CODE|TEXT", help="A code, the start of one, or what VM Import/Export said."),
]


def command(asked: Asked, rules: options.RuleFolders = None, as_json: options.Json = False) -> None:
    """Explain a code: what is the matter, why it matters, what to do, and what VM Import/Export calls it."""
    known = catalogue((*of_rules(knowledge_of(rules).rules), *of_source()))
    found = find(known, " ".join(asked))
    terminal = Terminal(json=as_json)
    if as_json:
        terminal.data([dataclasses.asdict(each) for each in found])
    else:
        terminal.page(tuple(block for each in found for block in page(each)))
