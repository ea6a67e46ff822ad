"""Every generation of every family: how it says what it is, and that all of its parts are found and adapted.

`families.yaml` has the release files and names the parts, `parts.yaml` has the parts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from guestfix.apply import apply
from guestfix.facts.collect import Inspection, collect
from guestfix.facts.model import Initramfs, Unknown
from guestfix.guest.memory import MemoryGuest
from guestfix.initramfs import Compression
from guestfix.operations import Knowledge
from guestfix.plan import Plan, plan
from guestfix.revert import revert
from guestfix.rules.errors import RulesInvalid
from guestfix.rules.fixtures import Packed
from guestfix.rules.snapshot import differences, snapshot

HERE = Path(__file__).parent
FAMILIES: dict[str, dict[str, Any]] = YAML(typ="safe").load((HERE / "families.yaml").read_text())
PARTS: dict[str, dict[str, dict[str, Any]]] = YAML(typ="safe").load((HERE / "parts.yaml").read_text())
ADAPTED = [name for name, family in FAMILIES.items() if "is" in family]
REPORTED = [name for name, family in FAMILIES.items() if "said" in family]

INIT = {
    "systemd": {"/usr/lib/systemd/systemd": ""},
    "upstart": {"/sbin/init": "ELF", "/sbin/initctl": "ELF", "/etc/init/rc.conf": ""},
    "sysvinit": {"/sbin/init": "ELF", "/etc/inittab": "id:3:initdefault:\n"},
}
DEPENDENCIES = """\
kernel/drivers/virtio/virtio_pci.ko:
kernel/drivers/block/virtio_blk.ko:
kernel/drivers/scsi/virtio_scsi.ko:
kernel/drivers/scsi/sd_mod.ko:
kernel/drivers/net/virtio_net.ko:
"""


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge.load()


def guest_of(family: dict[str, Any]) -> MemoryGuest:
    """A guest of this family with all its parts, whose initramfs lacks every driver of the target."""
    parts, init = family["parts"], family["is"]["init"]
    kernel = parts["kernel"]
    network, loader, generator = (PARTS[each][parts[each]] for each in ("network", "loader", "initramfs"))
    inside = {**generator["inside"]}
    if parts["initramfs"] != "rhel5-mkinitrd":
        inside |= {f"lib/modules/{kernel}/modules.dep": "", f"lib/modules/{kernel}/kernel/x.ko": ""}
    files = {
        **family["release"],
        **INIT[init],
        "/etc/fstab": "UUID=1111-aaaa / ext4 defaults 0 1\n",
        **network["files"],
        **loader["files"],
        **generator["files"],
        "/boot/vmlinuz-{kernel}": "kernel",
        "/lib/modules/{kernel}/modules.dep": DEPENDENCIES,
        **{f"/lib/modules/{{kernel}}/{line.rstrip(':')}": "module" for line in DEPENDENCIES.split()},
    }
    named = {path.replace("{kernel}", kernel): said.replace("{kernel}", kernel) for path, said in files.items()}
    for path, said in named.items():
        if path.endswith("/grubenv"):
            named[path] = said.ljust(1024, "#")
    guest = MemoryGuest(named, symlinks={"/sbin/init": "/usr/lib/systemd/systemd"} if init == "systemd" else {})
    image = Packed(compression=Compression.GZIP, files=inside).data()
    guest.add_file(generator["image"].replace("{kernel}", kernel), image)
    return guest


def inspected(knowledge: Knowledge, guest: MemoryGuest) -> Inspection:
    return collect(guest, Unknown(unknown="no disks"), tuple(knowledge.targets.values()), knowledge.families)


def planned(knowledge: Knowledge, guest: MemoryGuest) -> Plan:
    found = inspected(knowledge, guest)
    return plan(found.facts, found.initramfs, guest, knowledge.rules, knowledge.target("kvm"))


@pytest.mark.parametrize("name", ADAPTED)
def test_it_is_recognised_with_all_its_parts(knowledge: Knowledge, name: str) -> None:
    family = FAMILIES[name]
    parts = family["parts"]
    facts = inspected(knowledge, guest_of(family)).facts
    system = facts.os
    said = {"distribution": system.distribution, "version": system.version, "like": list(system.like)}
    assert {**said, "init": system.init} == family["is"]
    assert facts.network.in_charge == PARTS["network"][parts["network"]]["in_charge"]
    assert facts.boot.loader == PARTS["loader"][parts["loader"]]["is"]
    assert [entry.kernel for entry in facts.boot.entries] == [f"/vmlinuz-{parts['kernel']}"]
    (kernel,) = facts.kernels
    assert (kernel.version, kernel.kind) == (parts["kernel"], "normal")
    assert isinstance(kernel.initramfs, Initramfs)
    assert kernel.initramfs.generator == parts["initramfs"]
    assert kernel.targets["kvm"].boots is False


@pytest.mark.parametrize("name", ADAPTED)
def test_every_part_is_adapted_once_and_taken_back(knowledge: Knowledge, name: str) -> None:
    family = FAMILIES[name]
    parts = family["parts"]
    network, loader, generator = (PARTS[each][parts[each]] for each in ("network", "loader", "initramfs"))
    guest = guest_of(family)
    before = snapshot(guest)
    made = planned(knowledge, guest)
    assert not [finding for finding in made.findings if finding.severity == "error"]
    wanted = [*network["changes"], *loader["changes"], generator["image"], generator["keeps"]]
    changed = {change.path for change in made.changes}
    assert {path.replace("{kernel}", parts["kernel"]) for path in wanted} - changed == set()
    apply(guest, made.changes, target="kvm", plan=made.identity)
    again = inspected(knowledge, guest)
    assert again.facts.kernels[0].targets["kvm"].boots is True
    assert b"virtio_blk" in guest.read(generator["keeps"])
    assert planned(knowledge, guest).changes == ()
    revert(guest)
    assert differences(before, snapshot(guest)) == []


@pytest.mark.parametrize("name", REPORTED)
def test_what_is_reported_only_is_called_by_its_name(knowledge: Knowledge, name: str) -> None:
    family = FAMILIES[name]
    guest = MemoryGuest({"/etc/fstab": "", **family["release"]})
    found = inspected(knowledge, guest)
    rules = knowledge.rules.configured(only=["checks/family"])
    made = plan(found.facts, found.initramfs, guest, rules, knowledge.target("kvm"))
    assert [(finding.code, finding.severity) for finding in made.findings] == [(family["said"], "error")]


def test_a_distribution_is_added_by_data_alone(tmp_path: Path) -> None:
    own = tmp_path / "families" / "own.yaml"
    own.parent.mkdir()
    own.write_text(
        "summary: Ours\nsource: [its package ours-release]\n"
        "release_files: [{path: /etc/ours-release, holds: name and version}]\n"
        "distributions: [{begins: our linux, id: ours, like: [rhel, fedora]}]\n"
    )
    guest = MemoryGuest({"/etc/ours-release": "Our Linux release 3.2\n", "/etc/fstab": ""})
    system = inspected(Knowledge.load([tmp_path]), guest).facts.os
    assert (system.distribution, system.version, system.like) == ("ours", "3.2", ("rhel", "fedora"))
    own.write_text("summary: Ours\nsource: [x]\nrelease_files: [{path: /etc/ours, holds: version}]\n")
    with pytest.raises(RulesInvalid, match=r"own\.yaml:3:.* needs `id` and `name`"):
        Knowledge.load([tmp_path])


def test_every_family_says_where_its_text_is_from() -> None:
    assert [name for name, family in FAMILIES.items() if not family["source"]] == []
