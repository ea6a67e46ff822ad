"""What an import pipeline calls: inspect, plan, apply, revert, each on one guest, each in one go.

Progress is a listener that is told each stage; `cancel` is a token that another thread may set. Whatever is raised
on purpose derives from `guestfix.errors.GuestfixError` and has a code, a sentence and a next step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pydantic import JsonValue

from guestfix import apply as applying
from guestfix import recovery
from guestfix import revert as reverting
from guestfix.assessment import Preflight, assess
from guestfix.data import builtin_data
from guestfix.errors import Refused, UsageError
from guestfix.facts.collect import Inspection, collect
from guestfix.facts.model import Facts
from guestfix.journal import Journal
from guestfix.opening import OpenGuest, open_guest
from guestfix.plan import Plan
from guestfix.plan import plan as make_plan
from guestfix.policy import Policy
from guestfix.progress import Cancel, Listener, Progress
from guestfix.readback import verify
from guestfix.rules.catalogue import built_in
from guestfix.rules.data_files import load_data
from guestfix.rules.errors import did_you_mean
from guestfix.rules.family import Family
from guestfix.rules.ruleset import RuleSet
from guestfix.rules.ruleset import load as load_rules
from guestfix.rules.supplies import NOTHING, Supplies
from guestfix.rules.target import Target
from guestfix.rules.targets import load_targets
from guestfix.sources import Access, Commit, Destination, InPlace, LaunchedHandle, RootDirectory, Source
from guestfix.untrusted import shown

PlanListener = Callable[[Plan], None]


class TargetUnknown(UsageError):
    """No target has this id."""

    code = "GF-TARGET-UNKNOWN"


class PlanNotApproved(Refused):
    """The plan is not the one that was approved."""

    code = "GF-APPLY-NOT-APPROVED"


class FindingsRefuse(Refused):
    """A finding of severity error says that the guest would not boot or answer."""

    code = "GF-APPLY-FINDINGS"


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The rules and targets of a run: the built-in ones, a site's own over them, its policy and its supplies."""

    rules: RuleSet
    targets: Mapping[str, Target]
    policy: Policy = field(default_factory=Policy)
    supplies: Supplies = NOTHING
    families: tuple[Family, ...] | None = None
    """None: those that guestfix knows."""

    @classmethod
    def load(
        cls,
        folders: Sequence[Path] = (),
        *,
        only: Sequence[str] = (),
        skip: Sequence[str] = (),
        settings: Mapping[str, object] | None = None,
    ) -> Knowledge:
        """Read the built-in rules, then those of `folders`; then apply a site's choices.

        Raises RulesInvalid with everything that is wrong, RulesFolderMissing, RuleUnknown, SettingInvalid.
        """
        everywhere = (builtin_data() / "rules", *folders)
        rules = load_rules(everywhere, built_in()).configured(only=only, skip=skip, values=settings)
        return cls(rules, load_targets(everywhere), families=load_data(everywhere, "families", Family, "family"))

    def target(self, name: str) -> Target:
        """Return the target with this id. Raises TargetUnknown."""
        if name not in self.targets:
            raise TargetUnknown(
                f"there is no target {shown(name)}{did_you_mean(name, list(self.targets))}",
                hint=f"known targets: {', '.join(self.targets)}; --rules DIR adds those of DIR/targets/",
            )
        return self.targets[name]

    def chosen_targets(self, names: Sequence[str]) -> tuple[Target, ...]:
        """Return these targets, or all of them for none or `all`."""
        if not names or "all" in names:
            return tuple(self.targets.values())
        return tuple(self.target(name) for name in names)


@dataclass(frozen=True, slots=True)
class Applied:
    """What `apply` did. `journal` None: the plan was empty and nothing was written."""

    plan: Plan
    journal: Journal | None
    written: tuple[Path, ...]
    """The images that hold the result."""


def inspect(
    source: Source,
    targets: Sequence[str] = (),
    *,
    knowledge: Knowledge | None = None,
    progress: Listener | None = None,
    cancel: Cancel | None = None,
) -> Facts:
    """Return what is known about a guest, and how its kernels stand on `targets` (none given: on all)."""
    knowledge = knowledge or Knowledge.load()
    chosen = knowledge.chosen_targets(targets)
    told = Progress(progress)
    with open_guest(source, Access.READ, progress=told, cancel=cancel) as guest:
        facts = _inspected(guest, chosen, knowledge, told).facts
    told.done()
    return facts


def preflight(
    source: Source,
    targets: Sequence[str],
    *,
    knowledge: Knowledge | None = None,
    progress: Listener | None = None,
    cancel: Cancel | None = None,
) -> Preflight:
    """Return what to expect of a guest on each of `targets` (`all`: every one), in one session."""
    knowledge = knowledge or Knowledge.load()
    chosen = knowledge.chosen_targets(targets)
    told = Progress(progress)
    with open_guest(source, Access.READ, progress=told, cancel=cancel) as guest:
        inspection = _inspected(guest, chosen, knowledge, told)
        assessments = []
        for target in chosen:
            told.stage("plan", target.id)
            assessments.append(assess(inspection.facts, _made(guest, inspection, target, knowledge), target))
    told.done()
    return Preflight(assessments=tuple(assessments), facts=inspection.facts)


def plan(
    source: Source,
    target: str,
    *,
    knowledge: Knowledge | None = None,
    progress: Listener | None = None,
    cancel: Cancel | None = None,
) -> Plan:
    """Return what would be done to a guest for `target`. Nothing is written."""
    knowledge = knowledge or Knowledge.load()
    chosen = knowledge.target(target)
    told = Progress(progress)
    with open_guest(source, Access.READ, progress=told, cancel=cancel) as guest:
        made = _planned(guest, chosen, knowledge, told)
    told.done()
    return made


def apply(
    source: Source,
    target: str,
    destination: Destination | None = None,
    *,
    knowledge: Knowledge | None = None,
    approve: str | None = None,
    force: bool = False,
    on_plan: PlanListener | None = None,
    progress: Listener | None = None,
    cancel: Cancel | None = None,
) -> Applied:
    """Plan and carry out the plan; return it with the journal.

    `destination`: commit an overlay into the images (default), write new images, or work in place. `approve` is
    the identity of a plan that was read, or its first 8 characters or more: any other plan is refused. `on_plan`
    is called with the plan before anything is written, and may raise. A plan with a finding of severity error is
    refused unless `force`. Either everything was done, read back and committed, or the images are as they were.
    """
    knowledge = knowledge or Knowledge.load()
    chosen = knowledge.target(target)
    where = destination if destination is not None else _default(source)
    told, token = Progress(progress), cancel or Cancel()
    with open_guest(source, _access(source, where), destination=where, progress=told, cancel=token) as guest:
        _recover(guest, told)
        made = _planned(guest, chosen, knowledge, told)
        if on_plan is not None:
            on_plan(made)
        _check(made, approve, force=force)
        if made.is_empty:
            written = guest.keep(where) if not isinstance(where, Commit | InPlace) else ()
            told.done()
            return Applied(made, None, written)
        details: JsonValue = [finding.model_dump(mode="json") for finding in made.findings]
        journal = applying.apply(
            guest.writer(change.path for change in made.changes),
            made.changes,
            target=chosen.id,
            plan=made.identity,
            details={"findings": details},
            progress=told,
            cancel=token,
        )
        if journal is not None:
            told.stage("read back")
            verify(guest.reread(), journal)
        written = guest.keep(where)
    told.done()
    return Applied(made, journal, written)


def revert(
    source: Source,
    destination: Destination | None = None,
    *,
    force: bool = False,
    progress: Listener | None = None,
    cancel: Cancel | None = None,
) -> reverting.Reverted:
    """Take back everything that guestfix ever did to a guest; afterwards no trace of it is left there."""
    where = destination if destination is not None else _default(source)
    told = Progress(progress)
    with open_guest(source, _access(source, where), destination=where, progress=told, cancel=cancel) as guest:
        _recover(guest, told, force=force)
        told.stage("revert")
        done = reverting.revert(guest.writer(), force=force)
        guest.keep(where)
    told.done()
    return done


def _inspected(guest: OpenGuest, targets: Sequence[Target], knowledge: Knowledge, told: Progress) -> Inspection:
    told.stage("inspect")
    return collect(guest.reader, guest.disks, targets, knowledge.families)


def _planned(guest: OpenGuest, target: Target, knowledge: Knowledge, told: Progress) -> Plan:
    inspection = _inspected(guest, [target], knowledge, told)
    told.stage("plan")
    return _made(guest, inspection, target, knowledge)


def _made(guest: OpenGuest, inspection: Inspection, target: Target, knowledge: Knowledge) -> Plan:
    made = make_plan(
        inspection.facts, inspection.initramfs, guest.reader, knowledge.rules, target, knowledge.supplies
    )
    today = datetime.now(UTC).date()
    return made.model_copy(update={"findings": knowledge.policy.applied(made.findings, target.id, today)})


def _recover(guest: OpenGuest, told: Progress, *, force: bool = False) -> None:
    if guest.has_unfinished_run():
        told.stage("deal with a run that was killed")
        recovery.recover(guest.writer(), force=force)


def _check(made: Plan, approve: str | None, *, force: bool) -> None:
    if approve is not None and (len(approve) < 8 or not made.identity.startswith(approve)):
        raise PlanNotApproved(
            f"this plan is {made.identity[:12]}, not {shown(approve)}",
            hint="the guest, the rules or the settings changed since: read the new plan and approve that",
        )
    errors = sorted({finding.code for finding in made.findings if finding.stands_in_the_way})
    if errors and not force:
        raise FindingsRefuse(
            f"the guest would not boot or answer on {made.target}: {', '.join(errors)}",
            hint="do what the findings say, waive them in a --policy, or apply the rest with --force",
        )


def _default(source: Source) -> Destination:
    return InPlace() if isinstance(source, RootDirectory | LaunchedHandle) else Commit()


def _access(source: Source, where: Destination) -> Access:
    if isinstance(source, RootDirectory | LaunchedHandle):
        if not isinstance(where, InPlace):
            raise UsageError(
                "a mounted guest can only be worked on in place",
                hint="leave --output away, or give the images instead of --root",
            )
        return Access.IN_PLACE
    return Access.IN_PLACE if isinstance(where, InPlace) else Access.OVERLAY
