"""What matters of a Windows: which it is, in what state, what starts it, and how it stands on each target."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from guestfix.facts.model import Flag, Unknown
from guestfix.facts.windows_model import (
    BootConfiguration,
    BootDevice,
    BootIniEntry,
    Windows,
    WindowsAccount,
    WindowsReadiness,
)
from guestfix.report.page import Block, Column, Fields, Line, Section, Style, Table, Words, joined, say
from guestfix.report.wording import flag, known, neutral_flag

_DISKS = (
    "the default of the edition",
    "all disks come online",
    "shared disks stay offline",
    "all disks stay offline",
)
_STATES: dict[str, Style] = {"starts": "good", "missing": "bad", "no file": "bad"}


def windows(found: Windows | None) -> Iterator[Section]:
    """Yield the sections on a Windows; nothing for another system."""
    if found is None:
        return
    yield Section(say("Windows"), (Fields(tuple(_rows(found))), *_filters(found)))
    for boot in found.boot:
        yield _boot(boot)
    if found.boot_ini:
        yield _boot_ini(found.boot_ini)
    yield from _interfaces(found)
    for target, ready in found.targets.items():
        yield _target(target, ready)


def _rows(found: Windows) -> Iterator[tuple[str, Words]]:
    build = found.build if isinstance(found.build, Unknown) else str(found.build)
    parts = [known(found.edition), known(found.installation_type), known(found.role), say("build"), known(build)]
    yield "edition", joined(parts)
    yield "languages", say(", ".join(found.languages))
    sets = say(", ".join(found.control_sets)) + say(" in use: ", "dim") + known(found.current_control_set)
    yield "control sets", sets
    if found.unclean_hives:
        yield "not written out", say(", ".join(found.unclean_hives), "warn")
    yield "remote desktop", _remote_desktop(found)
    yield "clock", _clock(found.clock_is_utc)
    yield "new disks", _new_disks(found.san_policy)
    yield "page files", say(", ".join(found.page_files) or "none")
    yield "sleeps", _sleeps(found)
    yield "set up", known(found.image_state, "warn" if found.generalized is True else "")
    if found.generalized is True:
        yield (
            "answers",
            say(", ".join(found.answer_files) or "no answer file", "" if found.answer_files else "warn"),
        )
    if found.autologon is True:
        yield "logs on", say("by itself", "warn")
    if found.accounts:
        yield "accounts", joined(_account(account) for account in found.accounts if account.enabled)
    for name, values in (
        ("encrypted", found.bitlocker),
        ("dynamic disks", found.dynamic_disks),
        ("waits for", found.pending),
        ("policies", found.driver_policies),
    ):
        if values:
            yield name, say(", ".join(values), "warn")
    if found.domain_controller is True:
        yield "domain controller", say(found.ntds or "yes")
    if found.dot_net:
        yield ".NET Framework", say(", ".join(found.dot_net))


def _account(account: WindowsAccount) -> Words:
    return say(account.name) + (say(" (no password)", "bad") if account.password is False else ())


def _remote_desktop(found: Windows) -> Words:
    policy = {None: "", True: "; a policy switches it on", False: "; a policy switches it off"}
    return (
        neutral_flag(found.remote_desktop)
        + say("; the firewall lets it in: ")
        + neutral_flag(found.firewall_lets_remote_desktop_in)
        + say(policy[found.remote_desktop_policy], "warn")
    )


def _clock(utc: Flag) -> Words:
    return known(utc) if isinstance(utc, Unknown) else say("UTC" if utc else "local time")


def _new_disks(policy: int | Unknown | None) -> Words:
    if isinstance(policy, Unknown):
        return known(policy)
    number = policy or 0
    return say(_DISKS[number] if number < len(_DISKS) else f"SAN policy {number}")


def _sleeps(found: Windows) -> Words:
    words = say("hibernation ") + neutral_flag(found.hibernation) + say(", fast startup ")
    asleep = say("; it is asleep now", "bad") if found.hibernated is True else ()
    return words + neutral_flag(found.fast_startup) + asleep


def _filters(found: Windows) -> Iterator[Block]:
    bad = [each for each in found.filters if each.problem]
    if bad:
        columns = (Column("class"), Column("filter"), Column("control set"), Column("problem"))
        rows = tuple(
            (say(each.device_class), say(each.name), say(each.control_set), say(each.problem, "bad"))
            for each in bad
        )
        yield Line(say("Filters that cannot be loaded keep their devices from starting:"))
        yield Table(columns, rows)


def _boot(boot: BootConfiguration) -> Section:
    columns = (Column("starts"), Column("what"), Column("file"), Column("on"), Column("system on"))
    rows = tuple(
        (
            say("default" if each.id == boot.default else ""),
            say(each.description or each.kind),
            say(each.path),
            _device(each.device),
            _device(each.os_device),
        )
        for each in boot.objects
    )
    fields = (
        ("firmware", say(boot.firmware)),
        ("menu waits", say("30 seconds" if boot.timeout is None else f"{boot.timeout} seconds")),
        ("serial console", say("yes" if boot.ems else "no")),
        ("fits the disks", flag(boot.agrees)),
    )
    return Section(say(f"Boot configuration ({boot.path})"), (Fields(fields), Table(columns, rows)))


def _boot_ini(entries: tuple[BootIniEntry, ...]) -> Section:
    columns = (Column("starts"), Column("what"), Column("names"), Column("found"))
    rows = tuple(
        (
            say("default" if each.default else ""),
            say(each.title),
            say(each.starts),
            say("on none of these disks", "bad") if each.found is None else known(each.found),
        )
        for each in entries
    )
    return Section(say(f"Boot menu ({entries[0].source})"), (Table(columns, rows),))


def _device(device: BootDevice | None) -> Words:
    if device is None:
        return say("")
    if device.kind != "partition":
        return say(device.kind)
    named = say(f"{device.disk} {device.partition}", "dim")
    if isinstance(device.found, Unknown):
        return named
    return say(device.found, "good") if device.found else say("on no disk: ", "bad") + named


def _interfaces(found: Windows) -> Iterator[Section]:
    columns = tuple(Column(title) for title in ("interface", "method", "addresses", "gateway", "control set"))
    rows = tuple(
        (
            say(each.name or each.guid),
            say("dhcp", "good") if each.dhcp else say("static", "warn"),
            say(", ".join(each.addresses)),
            say(", ".join(each.gateways)),
            say(each.control_set),
        )
        for each in found.interfaces
    )
    if rows:
        yield Section(say("Network cards of Windows"), (Table(columns, rows),))


def _target(target: str, ready: WindowsReadiness) -> Section:
    title = say(f"On {target}: ") + say("boots ") + flag(ready.boots) + say("; answers ") + flag(ready.answers)
    rows = (*_drivers("storage", ready.storage), *_drivers("network", ready.network))
    return Section(title, (Table((Column("driver"), Column("for"), Column("state")), rows),))


def _drivers(purpose: str, states: Mapping[str, str]) -> tuple[tuple[Words, ...], ...]:
    return tuple(
        (say(name), say(purpose), say(state, _STATES.get(state, "warn"))) for name, state in states.items()
    )
