"""The reference of what a rule may say, as Markdown; made from the declarations that the loader checks with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from guestfix.facts.model import Facts
from guestfix.rules.catalogue import Actions
from guestfix.rules.conditions.condition import Condition, Over
from guestfix.rules.conditions.functions import FUNCTIONS, KNOWN_SUMMARY, QUANTIFIERS
from guestfix.rules.conditions.types import Kind, Type, fields_of, type_of
from guestfix.rules.example import Example
from guestfix.rules.rule import EditItem, RuleFile
from guestfix.rules.settings import Setting
from guestfix.rules.target import (
    Drivers,
    Hardware,
    Limits,
    Need,
    OlderKernels,
    Target,
    WindowsDrivers,
    WindowsNeed,
)

_OPERATORS: Final = """\
Values are text in single or double quotes (no escapes), whole numbers, `true`, `false`, `null`, lists `[a, b]` and
names. Operators, loosest first: `or`, `and`, `not`, then one of `== != < <= > >= in not in` between two values.
A part of a record is `record.part`, an entry of a mapping `mapping[key]`. `target.` speaks of the target,
`setting.` of the settings; inside `where`, `any`, `all` and `count` the parts of the item are names too, and `it`
is the item. A comparison with something unknown is unknown; a rule whose `when` is unknown does not apply, and
says which fact is missing. Text in parameters may hold `${expression}`; a plain `${` is written `$${`.
"""


def reference(actions: Actions) -> str:
    """Return the reference, with these actions."""
    return "\n".join(_lines(actions)) + "\n"


def target_fields() -> str:
    """Return the tables of what a file in `targets/` may say."""
    lines = [*_table("A target", Target), *_table("`drivers`", Drivers), *_table("A device in them", Need)]
    lines += [*_table("`windows`", WindowsDrivers), *_table("A device in it", WindowsNeed)]
    lines += [*_table("Hardware in `proof`", Hardware), *_table("A word in `older_kernels`", OlderKernels)]
    lines += [*_table("`limits`", Limits)]
    return "\n".join(line for line in lines if not line.startswith("| `id` |"))


def _lines(actions: Actions) -> Iterator[str]:
    yield "# What a rule may say"
    yield ""
    yield from _table("A rule file", RuleFile)
    yield from _table("A setting", Setting)
    yield from _table("An example", Example)
    yield "## `edit`"
    yield ""
    yield from _rows(EditItem)
    for name, editable in actions.formats.items():
        yield f"### as `{name}`"
        yield ""
        yield editable.format.summary
        yield ""
        for step_name, step in editable.steps.items():
            yield from _action(f"#### `{step_name}`", step.summary, step.params)
    yield "## Verbs"
    yield ""
    for name, verb in actions.verbs.items():
        yield from _action(f"### `{name}`", verb.summary, verb.params)
    yield "## Conditions"
    yield ""
    yield _OPERATORS
    yield from _functions()
    yield from _names()


def _table(title: str, model: type[BaseModel]) -> Iterator[str]:
    yield f"## {title}"
    yield ""
    yield from _rows(model)


def _action(title: str, summary: str, params: type[BaseModel]) -> Iterator[str]:
    yield title
    yield ""
    yield summary
    yield ""
    yield from _rows(params)


def _rows(model: type[BaseModel]) -> Iterator[str]:
    if not model.model_fields:
        return
    yield "| name | takes | default | |"
    yield "|---|---|---|---|"
    for name, field in model.model_fields.items():
        about = _cell(field.description or "")
        yield f"| `{field.alias or name}` | {_takes(field)} | {_default(field)} | {about} |"
    yield ""


def _takes(field: FieldInfo) -> str:
    if field.annotation is Condition:
        over = next((entry.item for entry in field.metadata if isinstance(entry, Over)), None)
        fields = ", ".join(f"`{name}`" for name in fields_of(over)) if over else ""
        return f"a condition over {fields}" if fields else "a condition"
    kind = type_of(field.annotation)
    if kind is None:
        return "see the schema"
    return " or ".join(f"`{word}`" for word in kind.words) or _cell(str(kind))


def _default(field: FieldInfo) -> str:
    if field.is_required() or field.default is PydanticUndefined:
        return "required"
    value: Any = field.default.text if isinstance(field.default, Condition) else field.default
    if value is None or value in ("", (), {}):
        return ""
    return f"`{_cell(str(value).lower() if isinstance(value, bool) else str(value))}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _functions() -> Iterator[str]:
    yield "| function | gives | |"
    yield "|---|---|---|"
    for name, function in FUNCTIONS.items():
        takes = ", ".join(argument for argument, _ in function.takes)
        yield f"| `{name}({takes})` | {function.gives} | {function.summary} |"
    yield f"| `known(value)` | {Kind.BOOLEAN.value} | {KNOWN_SUMMARY} |"
    for name, summary in QUANTIFIERS.items():
        gives = Kind.INTEGER if name == "count" else Kind.BOOLEAN
        yield f"| `{name}(list, condition)` | {gives.value} | {summary} |"
    yield ""


def _names() -> Iterator[str]:
    yield "## Names of facts"
    yield ""
    records: dict[type[Any], None] = {}
    yield from _names_of("", fields_of(Facts), records)
    yield "### `target`"
    yield ""
    yield from _names_of("target.", fields_of(Target), records)
    done: set[type[Any]] = set()
    while waiting := [model for model in records if model not in done]:
        for model in waiting:
            done.add(model)
            yield f"### {model.__name__}"
            yield ""
            yield from _names_of("", fields_of(model), records, model)


def _names_of(
    prefix: str, fields: Mapping[str, Type], records: dict[type[Any], None], model: type[Any] | None = None
) -> Iterator[str]:
    yield "| name | is | |"
    yield "|---|---|---|"
    for name, kind in fields.items():
        inner: Type | None = kind
        while inner is not None and inner.kind in {Kind.LIST, Kind.MAP}:
            inner = inner.item
        if inner is not None and inner.model is not None:
            records.setdefault(inner.model)
        said = " or ".join(f"`{word}`" for word in kind.words) or str(kind)
        about = model.model_fields[name].description if model is not None and name in model.model_fields else ""
        yield f"| `{prefix}{name}` | {_cell(said)} | {_cell(about or '')} |"
    yield ""
