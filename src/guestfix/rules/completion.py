"""Facts of an example: what the collectors found, with what the example says laid over it."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from guestfix.facts.model import Unknown

UNSAID: Final = "the example does not say"


def merged(base: Any, over: Any) -> Any:
    """Return `base` with `over` laid over it: mappings key by key, anything else replaced.

    `{unknown: reason}` replaces and is replaced as a whole.
    """
    if not isinstance(base, Mapping) or not isinstance(over, Mapping) or {"unknown"} in (set(base), set(over)):
        return over
    return {**base, **{key: merged(base.get(key), value) for key, value in over.items()}}


def completed(annotation: object, value: Any) -> Any:
    """Return `value` with the fields that a model requires and an example left out.

    So that an example names only what it is about: text and flags are unknown where they may be, else empty, 0 and
    false; a word of a closed list is the first of the list.
    """
    if isinstance(value, Mapping):
        model = _model(annotation, value)
        if model is not None:
            return _complete(model, value)
        arguments = get_args(annotation)
        if get_origin(annotation) is dict:
            return {key: completed(arguments[1], entry) for key, entry in value.items()}
        return value
    if isinstance(value, list):
        inner = next((part for part in _parts(annotation) if get_origin(part) is tuple), None)
        return [completed(get_args(inner)[0], entry) for entry in value] if inner else value
    return value


def _complete(model: type[BaseModel], value: Mapping[str, Any]) -> dict[str, Any]:
    done = {
        key: completed(model.model_fields[key].annotation, entry) if key in model.model_fields else entry
        for key, entry in value.items()
    }
    for name, field in model.model_fields.items():
        if name not in done and field.is_required():
            done[name] = _neutral(field.annotation)
    return done


def _parts(annotation: object) -> tuple[object, ...]:
    if get_origin(annotation) in (Union, types.UnionType):
        return get_args(annotation)
    return (annotation,)


def _model(annotation: object, value: Mapping[str, Any]) -> type[BaseModel] | None:
    models = [part for part in _parts(annotation) if isinstance(part, type) and issubclass(part, BaseModel)]
    if "unknown" in value:
        return None
    return next((model for model in models if model is not Unknown), None)


def _neutral(annotation: object) -> Any:
    parts = _parts(annotation)
    if type(None) in parts:
        return None
    if Unknown in parts:
        return {"unknown": UNSAID}
    if get_origin(annotation) is Literal:
        return get_args(annotation)[0]
    if get_origin(annotation) is dict:
        return {}
    if isinstance(annotation, type):
        if issubclass(annotation, BaseModel):
            return _complete(annotation, {})
        return {str: "", int: 0, bool: False}.get(annotation, "")
    return []
