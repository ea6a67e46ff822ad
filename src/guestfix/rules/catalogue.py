"""Which actions there are: found by walking a package, or given by hand (tests do)."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType
from typing import Any

from guestfix.errors import InternalError
from guestfix.rules.action import Format, HiveFormat, Step, Verb


@dataclass(frozen=True, slots=True)
class Editable:
    """A format with the steps that work on it."""

    format: Format[Any] | HiveFormat
    steps: Mapping[str, Step[Any, Any]]


@dataclass(frozen=True, slots=True)
class Actions:
    """Everything that rules can do."""

    formats: Mapping[str, Editable] = field(default_factory=dict)
    verbs: Mapping[str, Verb[Any]] = field(default_factory=dict)


@cache
def built_in() -> Actions:
    """Return the actions of the package `guestfix.actions`."""
    return discover(importlib.import_module("guestfix.actions"))


def discover(package: ModuleType) -> Actions:
    """Return the actions that the modules of `package` hold; a name with a leading underscore is a helper.

    Raises InternalError for a module without ACTION and a package without FORMAT.
    """
    verbs: dict[str, Verb[Any]] = {}
    formats: dict[str, Editable] = {}
    for name, module, is_package in _modules(package):
        if is_package:
            steps = {step: _constant(inner, "ACTION", Step) for step, inner, _ in _modules(module)}
            formats[name] = Editable(_constant(module, "FORMAT", Format, HiveFormat), steps)
        else:
            verbs[name] = _constant(module, "ACTION", Verb)
    return Actions(formats, verbs)


def _modules(package: ModuleType) -> list[tuple[str, ModuleType, bool]]:
    found = sorted(pkgutil.iter_modules(package.__path__), key=lambda info: info.name)
    return [
        (info.name, importlib.import_module(f"{package.__name__}.{info.name}"), info.ispkg)
        for info in found
        if not info.name.startswith("_")
    ]


def _constant(module: ModuleType, name: str, *kinds: type[Any]) -> Any:
    value = getattr(module, name, None)
    if not isinstance(value, kinds):
        raise InternalError(
            f"{module.__name__} has no {name} that is a {kinds[0].__name__}",
            hint="a helper module's name begins with an underscore",
        )
    return value
