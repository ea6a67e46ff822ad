"""What facts alone say of each area: will it work, and one line of why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from guestfix.boot_verdict import EntryVerdict
from guestfix.facts.model import Facts, Flag, Ssh, Text, Unknown
from guestfix.facts.windows_model import Windows
from guestfix.plan import Plan
from guestfix.rules.support import standing
from guestfix.rules.target import Target
from guestfix.windows_after import windows_after

_MOST_NAMES = 5


@dataclass(frozen=True, slots=True)
class Told:
    """An outlook, and the facts that it rests on."""

    expected: Flag
    why: str


def system(facts: Facts, target: Target) -> Told:
    """Return which system it is, and how it stands on the target's lists."""
    found = standing(target.support, facts.os)
    said = found.unknown if isinstance(found, Unknown) else found.standing.value
    name = f"{_text(facts.os.name, 'unknown system')}, {_text(facts.os.architecture, 'unknown architecture')}"
    return Told(True, f"{name}; on the target's lists: {said}")


def boot(facts: Facts, default: EntryVerdict | None) -> Told:
    """Return what starts if nobody touches a key, and whether it finds its root file system."""
    if default is None:
        said = facts.boot.default
        why = said.unknown if isinstance(said, Unknown) else "no entry of a boot menu was found"
        return Told(Unknown(unknown=why), f"which entry starts is unknown: {why}")
    place = f"{default.source}:{default.line}" if default.line else default.source
    kernel = f", kernel {default.kernel}" if default.kernel and facts.windows is None else ""
    now = _by(default.drivers, "without any change", "only with the drivers that apply adds", "as it is unknown")
    now = "it has no driver of the root disk" if default.drivers_after is False else now
    return Told(default.boots, f"{default.title} [{place}]{kernel}; {now}")


def network(facts: Facts, plan: Plan, default: EntryVerdict | None, target: Target) -> Told:
    """Return whether there is a driver for the card, and what asks for an address."""
    kernel = next((kernel.targets[target.id] for kernel in facts.kernels if target.id in kernel.targets), None)
    newest: Flag = kernel.answers if kernel is not None else Unknown(unknown="which kernel starts is unknown")
    answers = default.answers if default else newest
    if facts.windows is not None:
        answers = windows_after(facts.windows, plan, target).answers
    driver = _by(answers, "a driver for the card is there", "no driver for the card", "its driver is unknown")
    if facts.windows is not None:
        ready = facts.windows.targets.get(target.id)
        brought = answers is True and ready is not None and ready.answers is False
        return Told(answers, "apply lays out the driver for the card" if brought else driver)
    manager, client = facts.network.in_charge, facts.network.dhcp_client
    lease = f"{_text(client, 'an unknown client')} asks for a lease"
    return Told(answers, f"{driver}; {_text(manager, 'nobody knows what')} configures it, {lease}")


def login(facts: Facts, plan: Plan, target: Target) -> Told:
    """Return whether somebody can log in over the network."""
    if facts.windows is not None:
        return _remote_desktop(facts.windows, plan, target)
    if facts.os.family != "linux":
        return Told(Unknown(unknown="the system is unknown"), "nothing is known of a way in")
    server = facts.ssh
    if server is None:
        return Told(False, "no SSH server is installed")
    ports = ", ".join(str(port) for port in server.ports)
    starts = _by(server.enabled, "starts", "does not start", "may start")
    wrapped = server.wrappers.lets_in if server.wrappers is not None else True
    who = [account.name for account in server.accounts if account.ssh is True]
    named = ", ".join(who[:_MOST_NAMES]) + (" and others" if len(who) > _MOST_NAMES else "")
    people = f"{named} can log in" if who else "nobody is known to be able to log in"
    why = f"{_text(server.program, 'an SSH server')} on port {ports} {starts}; {people}"
    return Told(_all_of((server.enabled, server.listens, wrapped, _anybody(server))), why)


def _anybody(server: Ssh) -> Flag:
    flags = [account.ssh for account in server.accounts]
    if True in flags:
        return True
    doubt = next((flag for flag in flags if isinstance(flag, Unknown)), None)
    if server.directory is not None:
        doubt = doubt or Unknown(unknown=f"accounts come from {server.directory}")
    return doubt or False


def _remote_desktop(windows: Windows, plan: Plan, target: Target) -> Told:
    barred = windows.remote_desktop_policy is False
    on: Flag = False if barred else windows_after(windows, plan, target).remote_desktop
    who = [account.name for account in windows.accounts if account.enabled and account.password is not False]
    named = ", ".join(who[:_MOST_NAMES]) or "no local account"
    people: Flag = True if who else False if windows.accounts else Unknown(unknown="SAM was not read")
    if windows.domain_controller is True:
        named, people = "accounts of the domain", True
    now = _by(windows.remote_desktop, "on", "off", "unknown")
    after = "" if on is windows.remote_desktop else _by(on, ", on after apply", ", stays off", "")
    return Told(_all_of((on, people)), f"remote desktop is {now}{after}; {named} can log in")


def firewall(facts: Facts, plan: Plan, target: Target) -> Told:
    """Return whether the guest's own firewall lets the way in through."""
    if facts.windows is not None:
        open_now = facts.windows.firewall_lets_remote_desktop_in
        expected = windows_after(facts.windows, plan, target).firewall_lets_remote_desktop_in
        shut = "keeps remote desktop out" + (" until apply" if expected is True else "")
        said = _by(open_now, "lets remote desktop in", shut, "is unknown")
        return Told(expected, f"the firewall of Windows {said}")
    if facts.firewall is None:
        return Told(True, "none is started")
    said = _by(facts.firewall.ssh, "lets SSH in", "keeps SSH out", "lets SSH in from some addresses or cards")
    return Told(facts.firewall.ssh, f"{', '.join(facts.firewall.names)} {said}")


def room(facts: Facts) -> Told:
    """Return what is free, file system by file system."""
    if not facts.room:
        return Told(Unknown(unknown="no file system told its size"), "unknown")
    mib = [f"{each.path} {each.usable >> 20} of {each.size >> 20} MiB" for each in facts.room[:_MOST_NAMES]]
    return Told(True, "free: " + ", ".join(mib))


def state(facts: Facts) -> Told:
    """Return how the guest was left."""
    if facts.windows is not None:
        asleep = _by(facts.windows.hibernated, "asleep", "shut down", "in an unknown state")
        return Told(True, "; ".join((asleep, *facts.windows.pending)))
    if isinstance(facts.volumes, Unknown):
        return Told(facts.volumes, f"whether it was shut down is unknown: {facts.volumes.unknown}")
    dirty = [volume.device for volume in facts.volumes if any("needs recovery" in note for note in volume.notes)]
    return Told(True, f"not unmounted: {', '.join(dirty)}" if dirty else "shut down, every file system is clean")


def _text(value: Text, absent: str) -> str:
    return absent if isinstance(value, Unknown) else value


def _by(flag: Flag, yes: str, no: str, unknown: str) -> str:
    return unknown if isinstance(flag, Unknown) else yes if flag else no


def _all_of(flags: Iterable[Flag]) -> Flag:
    found = list(flags)
    if False in found:
        return False
    return next((flag for flag in found if isinstance(flag, Unknown)), True)
