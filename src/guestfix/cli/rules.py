"""`guestfix rules`: what platform engineers write, look at, and test."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from guestfix.cli import options
from guestfix.cli.context import Terminal, knowledge_of
from guestfix.examples import world
from guestfix.report.rules_text import problems_page, results_page, rule_page, rules_page, settings_page
from guestfix.rules.catalogue import built_in
from guestfix.rules.lint import lint
from guestfix.rules.reference import reference
from guestfix.rules.runner import run_examples
from guestfix.rules.schema import schema

app = typer.Typer(
    help="List, show and test the rules: the built-in ones, and your own with --rules DIR.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Which = Annotated[
    list[str] | None, typer.Argument(metavar="[RULE...]", help="Ids or patterns such as 'linux/*'; all without.")
]


@app.command("list")
def listing(
    rules: options.RuleFolders = None,
    settings: Annotated[bool, typer.Option("--settings", help="List the settings instead.")] = False,
    as_json: options.Json = False,
) -> None:
    """List the rules in the order in which they run, or the settings that --set changes."""
    loaded = knowledge_of(rules).rules
    terminal = Terminal(json=as_json)
    if as_json and settings:
        terminal.data({name: setting.model_dump(mode="json") for name, setting in loaded.settings.items()})
    elif as_json:
        terminal.data([{"id": rule.id, "summary": rule.summary} for rule in loaded.rules])
    else:
        terminal.page(settings_page(loaded.settings) if settings else rules_page(loaded.rules))


@app.command("show")
def show(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="Its id.")], rules: options.RuleFolders = None
) -> None:
    """Show one rule: what it does, why, its settings, and its file as it is."""
    loaded = knowledge_of(rules).rules
    Terminal().page(rule_page(loaded.rule(rule)))


@app.command("test")
def run_tests(
    which: Which = None,
    rules: options.RuleFolders = None,
    verbose: options.Verbose = False,
) -> None:
    """Run the examples inside the rules: plan, apply, plan again, revert, each byte compared.

    Exit status 1 if one fails.
    """
    knowledge = knowledge_of(rules)
    chosen = knowledge.rules.configured(only=which or ())
    results = run_examples(chosen, knowledge.targets, world(tuple(knowledge.targets.values()), knowledge.families))
    Terminal().page(results_page(results, verbose=verbose))
    if any(result.failures for result in results):
        raise typer.Exit(1)


@app.command("lint")
def check(rules: options.RuleFolders = None) -> None:
    """Look for what is allowed in a rule and still wrong. Exit status 1 if something is."""
    problems = lint(knowledge_of(rules).rules)
    Terminal().page(problems_page(problems))
    if problems:
        raise typer.Exit(1)


@app.command("schema")
def print_schema() -> None:
    """Print the JSON Schema of a rule file, for editors (yaml-language-server and others)."""
    Terminal().data(schema(built_in()))


@app.command("reference")
def print_reference(
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it there.")] = None,
) -> None:
    """Print the reference of verbs, steps, parameters and names, as Markdown."""
    text = reference(built_in())
    if output is None:
        sys.stdout.write(text)
    else:
        output.write_text(text, encoding="utf-8")
