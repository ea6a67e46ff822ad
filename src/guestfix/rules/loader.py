"""From one rule file to one rule."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from guestfix.facts.model import Model
from guestfix.rules import parameters
from guestfix.rules.action import Params
from guestfix.rules.catalogue import Actions, Editable
from guestfix.rules.conditions.condition import ALWAYS, Compiler, Condition
from guestfix.rules.conditions.types import TEXT, list_of
from guestfix.rules.errors import Problem, did_you_mean
from guestfix.rules.interpolation import Template
from guestfix.rules.rule import Edit, EditItem, Rule, RuleFile, StepUse, Use
from guestfix.rules.settings import NAME, Setting
from guestfix.rules.source import Node
from guestfix.rules.validation import validated
from guestfix.untrusted import shown


class _Declarations(Model):
    """The part of a rule file that other files may depend on."""

    settings: dict[str, Setting] = Field(default={})


class _When(Model):
    """The part of a verb's item that is not the verb's."""

    when: Condition = Field(default=ALWAYS)


def declared_settings(node: Node) -> tuple[dict[str, Setting], list[Problem]]:
    """Return the settings that a rule file declares, and what is wrong with them."""
    place = node.find(["settings"])
    if place is node:
        return {}, []
    part = Node(node.source, node.line, node.column, {"settings": place}, node.keys)
    declarations, problems = validated(_Declarations, part)
    if declarations is None:
        return {}, problems
    for name, setting in declarations.settings.items():
        if not NAME.fullmatch(name):
            problems.append(
                place.keys[name].problem(f"`{shown(name)}` is no name: a-z, 0-9 and _, a letter first")
            )
        if mistake := setting.definition_mistake():
            problems.append(place.find([name]).problem(f"`{shown(name)}`: {mistake}"))
    return declarations.settings, problems


def load(rule_id: str, node: Node, actions: Actions, compiler: Compiler) -> tuple[Rule | None, list[Problem]]:
    """Return the rule that `node` says, or None and everything that is wrong with it.

    Examples are only looked at for being there; `guestfix.rules.example` reads them.
    """
    shape, problems = validated(RuleFile, node, compiler)
    reader = _DoReader(actions, compiler)
    done = node.find(["do"])
    items = [reader.item(item) for item in done.value] if isinstance(done.value, list) and done is not node else []
    problems += reader.problems
    problems += _missing_examples(node)
    if shape is None or problems:
        return None, problems
    do = tuple(item for item in items if item is not None)
    return Rule(rule_id, shape.summary, shape.why, shape.when, shape.after, shape.settings, do, node), []


def _missing_examples(node: Node) -> list[Problem]:
    examples = node.find(["examples"])
    if examples is node or not isinstance(examples.value, list) or not examples.value:
        return []
    for example in examples.value:
        keys = {key for key, _ in example.items()}
        if "unchanged" in keys and not keys & {"after", "findings"}:
            return []
    return [examples.problem("no example in which the rule does nothing, with `unchanged: REASON`")]


class _DoReader:
    """Reads the items of `do`; `problems` fills on the way."""

    def __init__(self, actions: Actions, compiler: Compiler) -> None:
        self.actions = actions
        self.compiler = compiler
        self.problems: list[Problem] = []

    def item(self, node: Node) -> Edit | Use | None:
        """Return one item of `do`; None if something is wrong with it."""
        if not isinstance(node.value, dict):
            return None
        if "edit" in node.value:
            return self._edit(node, node.value)
        names = [key for key in node.value if key != "when"]
        verbs = [name for name in names if name in self.actions.verbs]
        known = ["edit", *self.actions.verbs]
        if len(names) != 1:
            one = f"one of {', '.join(known)}"
            surplus = node.keys[next(name for name in names if name not in verbs[:1])] if names else node
            self.problems.append(surplus.problem(f"an item of `do` is {one}, with an optional `when`"))
            return None
        name = names[0]
        if name not in self.actions.verbs:
            self.problems.append(node.keys[name].problem(f"unknown verb `{shown(name)}`{_near(name, known)}"))
            return None
        verb = self.actions.verbs[name]
        ready = self._parameters(verb.params, node.value[name])
        rest = {key: value for key, value in node.value.items() if key == "when"}
        shape, problems = validated(
            _When, Node(node.source, node.line, node.column, rest, node.keys), self.compiler
        )
        self.problems += problems
        return Use(name, verb, ready, shape.when) if ready and shape else None

    def _edit(self, node: Node, entries: Mapping[str, Node]) -> Edit | None:
        shape, problems = validated(EditItem, node, self.compiler)
        self.problems += problems
        paths = self._paths(entries["edit"])
        wanted = entries.get("as")
        name = wanted.value if wanted is not None else None
        editable = self.actions.formats.get(name) if isinstance(name, str) else None
        if editable is None:
            if wanted is not None and isinstance(name, str):
                near = _near(name, list(self.actions.formats))
                self.problems.append(wanted.problem(f"unknown format `{shown(name)}`{near}"))
            return None
        steps_node = entries.get("steps")
        written = steps_node.value if steps_node is not None and isinstance(steps_node.value, list) else []
        steps = [self._step(step, str(name), editable) for step in written]
        if shape is None:
            return None
        return Edit(paths, editable.format, tuple(step for step in steps if step is not None), shape.when)

    def _step(self, node: Node, format_name: str, editable: Editable) -> StepUse | None:
        if not isinstance(node.value, dict):
            return None
        if len(node.value) != 1:
            self.problems.append(node.problem("a step is one name with its parameters, `name: {...}`"))
            return None
        [(name, value)] = node.value.items()
        if name not in editable.steps:
            near = _near(name, list(editable.steps))
            self.problems.append(node.keys[name].problem(f"`{format_name}` has no step `{shown(name)}`{near}"))
            return None
        step = editable.steps[name]
        ready = self._parameters(step.params, value)
        return StepUse(f"{format_name}.{name}", step, ready) if ready else None

    def _parameters(self, model: type[Params], node: Node) -> parameters.Parameters | None:
        ready, problems = parameters.load(model, node, self.compiler)
        self.problems += problems
        return ready

    def _paths(self, node: Node) -> tuple[Template | str, ...]:
        paths: list[Template | str] = []
        for place in node.value if isinstance(node.value, list) else [node]:
            if not isinstance(place.value, str):
                continue
            path, problems = parameters.template_of(place, self.compiler)
            self.problems += problems
            if isinstance(path, str):
                if not path.startswith("/") and not problems:
                    self.problems.append(place.problem("a path inside a guest begins with `/`"))
            elif not (path.type.fits(TEXT) or path.type.fits(list_of(TEXT))):
                self.problems.append(place.problem(f"a path is text, and this is {path.type}"))
            paths.append(path)
        return tuple(paths)


def _near(name: str, known: list[str]) -> str:
    return did_you_mean(name, known) or f": there is {', '.join(known) or 'none'}"
