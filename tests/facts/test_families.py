"""Every generation of every family that the rules know, by the release files that it ships: `families.yaml`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from guestfix.facts.collect import collect
from guestfix.facts.model import Unknown
from guestfix.guest.memory import MemoryGuest
from guestfix.operations import Knowledge
from guestfix.plan import Plan, plan
from guestfix.rules.errors import RulesInvalid

FAMILIES: dict[str, dict[str, Any]] = YAML(typ="safe").load((Path(__file__).parent / "families.yaml").read_text())

INIT = {
    "systemd": {"/usr/lib/systemd/systemd": ""},
    "upstart": {"/sbin/init": "ELF", "/sbin/initctl": "ELF", "/etc/init/rc.conf": ""},
    "sysvinit": {"/sbin/init": "ELF", "/etc/inittab": "id:3:initdefault:\n"},
}
GENERATORS = {
    "dracut": {"/etc/dracut.conf": "# see /etc/dracut.conf.d\n"},
    "initramfs-tools": {"/etc/initramfs-tools/modules": "# one a line\n"},
    "suse-mkinitrd": {"/etc/sysconfig/kernel": 'INITRD_MODULES="ata_piix"\n', "/lib/mkinitrd/bin/linuxrc": ""},
    "mkinitrd": {"/sbin/mkinitrd": "#!/bin/bash\n"},
}
RULES = tuple(f"linux/{name}" for name in GENERATORS if name != "mkinitrd")


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge.load()


def planned(knowledge: Knowledge, family: dict[str, Any]) -> Plan:
    init = family["is"]["init"]
    links = {"/sbin/init": "/usr/lib/systemd/systemd"} if init == "systemd" else {}
    files = {**family["release"], **INIT[init], **GENERATORS[family["initramfs"]], "/etc/fstab": ""}
    guest = MemoryGuest(files, symlinks=links)
    found = collect(guest, Unknown(unknown="no disks"), tuple(knowledge.targets.values()))
    system = found.facts.os
    said = {"distribution": system.distribution, "version": system.version, "like": list(system.like)}
    assert {**said, "init": system.init} == family["is"]
    rules = knowledge.rules.configured(only=["checks/family", *RULES])
    return plan(found.facts, found.initramfs, guest, rules, knowledge.target("kvm"))


@pytest.mark.parametrize("name", FAMILIES)
def test_it_is_recognised_and_its_own_initramfs_rule_applies(knowledge: Knowledge, name: str) -> None:
    family = FAMILIES[name]
    made = planned(knowledge, family)
    assert not [finding for finding in made.findings if finding.code.startswith("GF-OS-")]
    applying = {outcome.rule for outcome in made.rules if outcome.outcome not in ("does not apply", "skipped")}
    own = f"linux/{family['initramfs']}"
    assert applying == {"checks/family", own} & {"checks/family", *RULES}


def test_a_distribution_is_added_by_data_alone(tmp_path: Path) -> None:
    own = tmp_path / "families" / "own.yaml"
    own.parent.mkdir()
    own.write_text(
        "summary: Ours\nsource: [its package ours-release]\n"
        "release_files: [{path: /etc/ours-release, holds: name and version}]\n"
        "distributions: [{begins: our linux, id: ours, like: [rhel, fedora]}]\n"
    )
    guest = MemoryGuest({"/etc/ours-release": "Our Linux release 3.2\n", "/etc/fstab": ""})
    families = Knowledge.load([tmp_path]).families
    system = collect(guest, Unknown(unknown="no disks"), families=families).facts.os
    assert (system.distribution, system.version, system.like) == ("ours", "3.2", ("rhel", "fedora"))
    own.write_text("summary: Ours\nsource: [x]\nrelease_files: [{path: /etc/ours, holds: version}]\n")
    with pytest.raises(RulesInvalid, match=r"own\.yaml:3:.* needs `id` and `name`"):
        Knowledge.load([tmp_path])


def test_every_family_of_the_rules_is_here() -> None:
    shipped = {family["is"]["distribution"] for family in FAMILIES.values()}
    assert {"rhel", "centos", "almalinux", "rocky", "ol", "fedora", "amzn", "sles", "debian", "ubuntu"} <= shipped
