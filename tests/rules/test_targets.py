"""Targets are data, checked like rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from guestfix.data import builtin_rules
from guestfix.examples import world
from guestfix.operations import Knowledge
from guestfix.rules.errors import RulesInvalid
from guestfix.rules.reference import target_fields
from guestfix.rules.runner import run_examples
from guestfix.rules.target import Target
from guestfix.rules.targets import load_targets


def test_the_built_in_targets_are_read() -> None:
    targets = load_targets([builtin_rules()])
    known = {"azure", "ec2-nitro", "ec2-xen", "gce", "kvm", "openstack", "proxmox", "vmware"}
    assert known <= targets.keys()
    assert list(targets) == sorted(targets)
    assert targets["kvm"].drivers.storage[0].modules == ("virtio_pci",)


def test_a_site_adds_a_target_and_mistakes_have_their_place(tmp_path: Path) -> None:
    (tmp_path / "targets").mkdir()
    path = tmp_path / "targets" / "proxmox.yaml"
    path.write_text((builtin_rules() / "targets" / "kvm.yaml").read_text())
    assert load_targets([builtin_rules(), tmp_path])["proxmox"].id == "proxmox"
    path.write_text("id: other\n")
    with pytest.raises(RulesInvalid, match=r"proxmox\.yaml:1:1: the id of a target is its file's name"):
        load_targets([tmp_path])
    path.write_text("summary: s\nsource: [a]\nfirmware: [bois]\ndrivers: {storage: [], netwrk: []}\nproof: []\n")
    with pytest.raises(RulesInvalid) as caught:
        load_targets([tmp_path])
    said = [str(problem).rpartition("proxmox.yaml")[2] for problem in caught.value.problems]
    assert said == [
        ":3:12: `firmware` should be 'bios' or 'uefi' (did you mean bios?)",
        ":4:10: `network` is missing",
        ":4:24: unknown key `netwrk` (did you mean network?)",
        ":5:8: `proof`: Tuple should have at least 1 item after validation, not 0",
    ]


def test_the_page_on_targets_shows_the_fields_as_they_are(project: Path) -> None:
    page = (project / "docs" / "targets.md").read_text()
    assert target_fields().replace("## ", "### ").strip() in page, "docs/targets.md: put in target_fields() again"


def test_a_target_of_a_site_touches_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "targets").mkdir()
    own = (builtin_rules() / "targets" / "openstack.yaml").read_text().replace("console=tty0", "hvc0")
    (tmp_path / "targets" / "our-cloud.yaml").write_text(own)
    without, with_it = Knowledge.load(), Knowledge.load([tmp_path])
    assert {**without.targets, "our-cloud": with_it.targets["our-cloud"]} == dict(with_it.targets)
    assert [rule.id for rule in with_it.rules.rules] == [rule.id for rule in without.rules.rules]
    assert with_it.rules.values == without.rules.values
    results = run_examples(with_it.rules, with_it.targets, world(tuple(with_it.targets.values())))
    assert results
    assert not [result for result in results if result.failures]


@pytest.mark.parametrize("name", sorted(load_targets([builtin_rules()])))
def test_every_built_in_target_says_what_its_proof_cannot_show(name: str) -> None:
    target = load_targets([builtin_rules()])[name]
    assert len(target.source) >= 2
    assert target.consoles
    assert all(not need.optional for need in target.drivers.storage[:1])
    paravirtual = ("xen", "hv_", "gve", "ena")
    hidden = [
        need
        for need in (*target.drivers.storage, *target.drivers.network)
        if not need.optional and any(module.startswith(paravirtual) for module in need.modules)
    ]
    assert bool(target.not_emulated) or not hidden


@pytest.mark.parametrize(
    ("version", "word"),
    [
        ("6.1.0-9-amd64", "nvme_core.io_timeout=4294967295"),
        ("4.15.0-20-generic", "nvme_core.io_timeout=4294967295"),
        ("4.14.336-257.562.amzn2.x86_64", "nvme_core.io_timeout=255"),
        ("3.10.0-1160.el7.x86_64", "nvme_core.io_timeout=255"),
        ("custom", "nvme_core.io_timeout=4294967295"),
    ],
)
def test_a_kernel_gets_the_word_that_it_takes(version: str, word: str) -> None:
    nitro = load_targets([builtin_rules()])["ec2-nitro"]
    assert nitro.parameter_for("nvme_core.io_timeout=4294967295", version) == word
    assert nitro.parameter_for("quiet", version) == "quiet"


def test_a_word_for_older_kernels_needs_its_usual_one() -> None:
    nitro = load_targets([builtin_rules()])["ec2-nitro"].model_dump()
    nitro["kernel_parameters"] = ()
    with pytest.raises(ValueError, match="is none of `kernel_parameters`"):
        Target.model_validate(nitro)
