"""`write`: put a file there whose whole content the rule knows."""

from __future__ import annotations

from pydantic import Field

from guestfix.actions._whole_file import WholeFileParams, whole_file
from guestfix.rules.action import Outcome, Scope, Verb


class WriteParams(WholeFileParams):
    """A file and its content."""

    content: str = Field(description="The whole file, as UTF-8")


def _run(params: WriteParams, scope: Scope) -> Outcome:
    return whole_file(params, params.content, scope)


ACTION = Verb("Write a whole file", WriteParams, _run)
