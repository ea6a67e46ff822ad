"""`guestfix targets`: where guests can go."""

from __future__ import annotations

from typing import Annotated

import typer

from guestfix.cli import options
from guestfix.cli.context import Terminal, knowledge_of
from guestfix.report.targets_text import target_page, targets_page

app = typer.Typer(help="List the platforms that guests can move to, and what each needs.", rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def everything(context: typer.Context) -> None:
    """List the platforms that guests can move to, and what each needs."""
    if context.invoked_subcommand is None:
        listing()


@app.command("list")
def listing(rules: options.RuleFolders = None, as_json: options.Json = False) -> None:
    """List the platforms, a line each."""
    targets = knowledge_of(rules).targets
    terminal = Terminal()
    if as_json:
        terminal.data([target.model_dump(mode="json") for target in targets.values()])
    else:
        terminal.page(targets_page(tuple(targets.values())))


@app.command("show")
def show(
    target: Annotated[str, typer.Argument(metavar="TARGET", help="Its id.")],
    rules: options.RuleFolders = None,
    as_json: options.Json = False,
) -> None:
    """Show what one platform needs, and where that is written down."""
    chosen = knowledge_of(rules).target(target)
    terminal = Terminal()
    if as_json:
        terminal.data(chosen.model_dump(mode="json"))
    else:
        terminal.page(target_page(chosen))
