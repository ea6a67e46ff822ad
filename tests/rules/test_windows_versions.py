"""Every version of Windows from XP to 2025, each rule, and two readers: the table of docs/windows.md."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path

import pytest

from guestfix.apply import apply
from guestfix.changes import Outcome
from guestfix.data import builtin_rules
from guestfix.examples import world
from guestfix.facts.collect import collect
from guestfix.facts.model import Facts
from guestfix.guest.memory import MemoryGuest
from guestfix.plan import Plan, plan
from guestfix.revert import revert
from guestfix.rules.catalogue import built_in
from guestfix.rules.ruleset import load
from guestfix.rules.snapshot import snapshot
from guestfix.rules.supplies import NOTHING, Supplies
from guestfix.rules.target import Target
from guestfix.rules.targets import load_targets
from guestfix.windows_after import windows_after

from ..regipy_reader import read_by_regipy
from ..virtio_win import listed, virtio_win
from ..windows_versions import VERSIONS, Version, disks_of, files_of

pytestmark = [pytest.mark.corpora, pytest.mark.exhaustive]

DRIVER = "/Windows/System32/drivers/viostor.sys"
HEADING = "| rule | edit | source | proved on |"


@cache
def targets() -> dict[str, Target]:
    return load_targets([builtin_rules()])


def planned(guest: MemoryGuest, version: Version, target: str, supplies: Supplies) -> tuple[Facts, Plan]:
    network = "keep" if supplies.cards else "dhcp"
    rules = load([builtin_rules()], built_in()).configured(
        only=["windows/*"], values={"network": network, "clock": "utc"}
    )
    found = collect(guest, disks_of(version), tuple(targets().values()))
    return found.facts, plan(found.facts, found.initramfs, guest, rules, targets()[target], supplies)


def proved(version: Version, target: str, supplies: Supplies, corpora: Path, scratch: Path) -> set[str]:
    """Plan, apply, plan again, revert; return the rules that had a part in it."""
    guest = world(tuple(targets().values())).build(files_of(version, corpora))
    before = snapshot(guest)
    facts, made = planned(guest, version, target, supplies)
    assert facts.windows is not None
    after = windows_after(facts.windows, made, targets()[target])
    assert (after.remote_desktop, after.firewall_lets_remote_desktop_in) == (True, True)
    # The plan takes the filter out whose file is missing: prl_strg.
    assert "GF-WINDOWS-FILTER-BROKEN" not in {finding.code for finding in made.findings}
    apply(guest, made.changes, target=made.target, plan=made.identity)
    assert read_by_regipy(guest, made, scratch) > 20
    if supplies.drivers and version.drivers:
        assert guest.read(DRIVER) == f"{version.drivers}/viostor.sys".encode()
    assert planned(guest, version, target, supplies)[1].changes == ()
    revert(guest)
    assert snapshot(guest) == before
    return {each.rule for each in made.rules if each.outcome is Outcome.CHANGES}


def spans(versions: Sequence[str]) -> str:
    """Name versions shortly: those that follow each other by the first and the last."""
    order = [version.name for version in VERSIONS]

    def runs() -> Iterator[str]:
        for _, run in groupby(enumerate(versions), lambda each: order.index(each[1]) - each[0]):
            names = [name for _, name in run]
            yield names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"

    return ", ".join(runs()) or "-"


def test_each_edit_on_each_version_is_as_the_table_says(project: Path, corpora: Path, tmp_path: Path) -> None:
    scripts = MemoryGuest()
    scripts.add_file("/10-join.cmd", b"rem\r\n")
    brought = Supplies(virtio_win(listed(corpora)), scripts, (("00:50:56:00:00:01", "02:00:00:00:00:01"),))
    rules: dict[str, list[str]] = {}
    for version in VERSIONS:
        in_box = "azure" if version.number >= (6, 0) else "ec2-xen"
        found = proved(version, "kvm", brought, corpora, tmp_path)
        found |= proved(version, in_box, NOTHING, corpora, tmp_path)
        for rule in found:
            rules.setdefault(rule, []).append(version.name)

    lines = (project / "docs/windows.md").read_text().splitlines()
    at = lines.index(HEADING) + 2
    table = [line for line in lines[at : lines.index("", at)] if line.startswith("|")]
    cells = [line.strip("| ").split(" | ") for line in table]
    assert sorted(f"windows/{path.stem}" for path in (builtin_rules() / "windows").iterdir()) == sorted(
        row[0].strip("`") for row in cells
    )
    ours = [f"| {' | '.join((*row[:3], spans(rules.get(row[0].strip('`'), []))))} |" for row in cells]
    assert table == ours, "\n".join(["the table is to say", *ours])
