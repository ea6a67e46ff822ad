r"""What a Windows will be once a plan is applied: its facts, with the plan's edits of the registry read into them.

The edits themselves are read, not the names of rules: a rule that is skipped, or one of a site's own, counts for
what it does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from guestfix.changes import HiveEdited, Whole
from guestfix.facts.model import Flag, Image, Unknown
from guestfix.facts.windows_boot_ini import entries
from guestfix.facts.windows_model import BootIniEntry, Windows, WindowsReadiness, WindowsService
from guestfix.facts.windows_network import (
    FIREWALL,
    OPEN_PORTS,
    REMOTE_DESKTOP_PORT,
    is_open,
    opens_remote_desktop,
)
from guestfix.facts.windows_readiness import STARTS, readiness
from guestfix.facts.windows_services import file_state
from guestfix.formats import boot_ini
from guestfix.plan import Plan
from guestfix.registry.names import folded, joined
from guestfix.registry.operations import DeleteKey, DeleteValue, SetValue
from guestfix.registry.values import Value
from guestfix.rules.target import Target, WindowsNeed


@dataclass(frozen=True, slots=True)
class WindowsAfter:
    """What matters to a start and to whoever wants to log in."""

    boots: Flag
    """Every storage driver is there and starts with the system."""

    answers: Flag
    """Every network driver is there, or waits where Windows looks for it when it finds the card."""

    remote_desktop: Flag
    firewall_lets_remote_desktop_in: Flag


def windows_after(windows: Windows, plan: Plan, target: Target) -> WindowsAfter:
    """Return how `windows` stands on `target` after `plan`."""
    ready = windows.targets.get(target.id)
    nothing = Unknown(unknown="the target is not known to run any Windows")
    now = WindowsAfter(
        boots=ready.boots if ready is not None else nothing,
        answers=ready.answers if ready is not None else nothing,
        remote_desktop=windows.remote_desktop,
        firewall_lets_remote_desktop_in=windows.firewall_lets_remote_desktop_in,
    )
    current = windows.current_control_set
    if isinstance(current, Unknown):
        return now
    edits = _Edits.of(plan, f"{windows.system_root}/System32/config/SYSTEM")
    after = readiness(target, tuple(_services(windows, plan, edits, current)), None)
    return WindowsAfter(
        boots=after.boots if after is not None else nothing,
        answers=_answers(after, windows, plan, target) if after is not None else nothing,
        remote_desktop=_remote_desktop(edits, current, now.remote_desktop),
        firewall_lets_remote_desktop_in=_firewall(edits, current, now.firewall_lets_remote_desktop_in),
    )


def boot_ini_after(
    windows: Windows, images: Sequence[Image], plan: Plan
) -> tuple[tuple[BootIniEntry, BootIniEntry], ...]:
    """Return the entries of boot.ini as they are, each with what it is after `plan`."""
    now = windows.boot_ini
    for change in plan.changes:
        if now and change.path == now[0].source and isinstance(change.after, Whole):
            later = entries(boot_ini.parse(change.after.data), change.path, images)
            if len(later) == len(now):
                return tuple(zip(now, later, strict=True))
    return tuple((entry, entry) for entry in now)


@dataclass(frozen=True, slots=True)
class _Edits:
    """What is done to one hive; keys are in upper case, as they are compared."""

    values: Mapping[tuple[str, str], Value | None]
    """By key and name; None: it goes."""

    gone: tuple[str, ...]
    """Keys that go."""

    @classmethod
    def of(cls, plan: Plan, path: str) -> _Edits:
        values: dict[tuple[str, str], Value | None] = {}
        gone: list[str] = []
        for change in plan.changes:
            if folded(change.path) != folded(path) or not isinstance(change.after, HiveEdited):
                continue
            for edit in change.after.operations:
                if isinstance(edit, SetValue):
                    values[folded(edit.key), folded(edit.name)] = Value(edit.name, edit.type, edit.data)
                elif isinstance(edit, DeleteValue):
                    values[folded(edit.key), folded(edit.name)] = None
                elif isinstance(edit, DeleteKey):
                    gone.append(folded(edit.key))
        return cls(values, tuple(gone))

    def below(self, key: str) -> Iterator[tuple[str, Value]]:
        """Yield the values that are set anywhere below a key, with the rest of their key's path."""
        start = folded(key) + "\\"
        for (path, _), value in self.values.items():
            if value is not None and f"{path}\\".startswith(start):
                yield f"{path}\\"[len(start) :].rstrip("\\"), value

    def number(self, key: str, name: str, otherwise: int | None) -> int | None:
        """Return the number of a value after the edits; `otherwise`, if they leave it alone."""
        if (folded(key), folded(name)) not in self.values:
            return otherwise
        value = self.values[folded(key), folded(name)]
        return value.number if value is not None else None


def _services(windows: Windows, plan: Plan, edits: _Edits, current: str) -> Iterator[WindowsService]:
    files = frozenset(folded(name) for name in _written(plan, f"{windows.system_root}/System32/drivers"))
    services = f"{current}\\Services"
    known = {folded(service.name): service for service in windows.services}
    made = {below for below, _ in edits.below(services) if below and "\\" not in below} - known.keys()
    for name in (*known, *sorted(made)):
        before = known.get(name)
        key = joined(services, name)
        if before is None and edits.number(key, "Type", None) is None:
            continue
        image = edits.values.get((folded(key), "IMAGEPATH"))
        path = (image.text or "") if image is not None else before.image if before is not None else ""
        kind = edits.number(key, "Type", before.type if before is not None else None)
        file = file_state(name, kind, path, files)
        overridden = before is not None and before.start_override
        yield WindowsService(
            name=before.name if before is not None else name,
            type=kind,
            start=edits.number(key, "Start", before.start if before is not None else None),
            image=path,
            file=before.file if before is not None and file == "missing" else file,
            start_override=overridden
            and not any(each.endswith(f"\\SERVICES\\{name}\\STARTOVERRIDE") for each in edits.gone),
        )


def _written(plan: Plan, folder: str) -> Iterator[str]:
    """Yield the paths below a folder of the files that the plan writes there."""
    start = folded(folder) + "/"
    for change in plan.changes:
        if change.after is not None and folded(change.path).startswith(start):
            yield change.path[len(start) :]


def _answers(after: WindowsReadiness, windows: Windows, plan: Plan, target: Target) -> Flag:
    """A card's driver is not registered: it lies with its INF in a folder on DevicePath, called as its service."""
    if after.answers is not False or target.windows is None:
        return after.answers
    laid_out = {folder for folder in _device_path(plan, windows) if _has_inf(plan, windows, folder)}
    names = {folder.rpartition("/")[2] for folder in laid_out}

    def ready(name: str) -> bool:
        return after.network[name] == STARTS or folded(name) in names

    def there(need: WindowsNeed) -> bool:
        return all(map(ready, need.services)) or any(map(ready, need.instead))

    return all(need.optional or there(need) for need in target.windows.network)


def _device_path(plan: Plan, windows: Windows) -> Iterator[str]:
    """Yield the folders that DevicePath will name, as paths below that of Windows, in upper case."""
    edits = _Edits.of(plan, f"{windows.system_root}/System32/config/SOFTWARE")
    value = edits.values.get((folded(r"Microsoft\Windows\CurrentVersion"), "DEVICEPATH"))
    for folder in (value.text or "").split(";") if value is not None else ():
        start, below = "%SYSTEMROOT%\\", folded(folder.strip())
        if below.startswith(start):
            yield below.removeprefix(start).replace("\\", "/")


def _has_inf(plan: Plan, windows: Windows, folder: str) -> bool:
    written = _written(plan, f"{windows.system_root}/{folder}")
    return any(folded(name).endswith(".INF") for name in written)


def _remote_desktop(edits: _Edits, current: str, now: Flag) -> Flag:
    key = (folded(f"{current}\\Control\\Terminal Server"), "FDENYTSCONNECTIONS")
    if key not in edits.values:
        return now
    value = edits.values[key]
    return value is not None and value.number == 0


def _firewall(edits: _Edits, current: str, now: Flag) -> Flag:
    if now is True:
        return now
    policy = f"{current}\\{FIREWALL}"
    ports = edits.values.get((folded(f"{policy}\\{OPEN_PORTS}"), folded(REMOTE_DESKTOP_PORT)))
    opened = any(opens_remote_desktop(value) for _, value in edits.below(f"{policy}\\FirewallRules"))
    return True if opened or (ports is not None and is_open(ports.text or "")) else now
