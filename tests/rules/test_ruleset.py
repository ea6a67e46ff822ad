"""Folders of rules: which rules there are, in which order, and which run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from guestfix.rules import ruleset
from guestfix.rules.catalogue import Actions
from guestfix.rules.errors import RulesFolderMissing, RulesInvalid, RuleUnknown, SettingInvalid

RULE = """\
summary: {summary}
{more}
do: [{{silent: }}]
examples: [{{name: a, before: {{}}, unchanged: x}}]
"""


def put(folder: Path, rule_id: str, summary: str = "s", more: str = "") -> None:
    path = folder / f"{rule_id}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(RULE.format(summary=summary, more=more))


def ids(rules: ruleset.RuleSet) -> list[str]:
    return [rule.id for rule in rules.rules]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    built_in = tmp_path / "built-in"
    put(built_in, "linux/fstab", "built in")
    put(built_in, "linux/grub2", more="settings: {wait: {default: 5, type: integer, summary: s}}")
    put(built_in, "checks/boot", more="after: [linux/*]")
    (built_in / "targets").mkdir()
    (built_in / "targets" / "kvm.yaml").write_text("nonsense: here")
    (built_in / "notes.txt").write_text("no rule")
    (built_in / ".fstab.yaml.swp").write_text("no rule")
    (built_in / ".hidden.yaml").write_text("no rule")
    return built_in


def test_order_is_by_id_and_by_after(folder: Path, actions: Actions) -> None:
    assert ids(ruleset.load([folder], actions)) == ["linux/fstab", "linux/grub2", "checks/boot"]


def test_a_site_replaces_and_adds(folder: Path, actions: Actions, tmp_path: Path) -> None:
    site = tmp_path / "site"
    put(site, "linux/fstab", "of the site")
    put(site, "acme/motd")
    rules = ruleset.load([folder, site], actions)
    assert ids(rules) == ["acme/motd", "linux/fstab", "linux/grub2", "checks/boot"]
    assert rules.rule("linux/fstab").summary == "of the site"


def test_mistakes_of_all_files_are_said_at_once(folder: Path, actions: Actions, tmp_path: Path) -> None:
    put(folder, "linux/one", more="after: [linux/fstb]")
    put(folder, "linux/two", more="wen: true")
    put(folder, "Linux/Three")
    (folder / "four.yml").write_text("")
    (folder / "five.yaml").write_text("a: [")
    with pytest.raises(RulesInvalid) as caught:
        ruleset.load([folder], actions)
    said = [str(problem).removeprefix(str(folder) + "/") for problem in caught.value.problems]
    assert said == [
        "Linux/Three.yaml:1:1: the path of a rule is its id: a-z, 0-9, - and _ only",
        "five.yaml:1:5: not YAML: while parsing a flow node, expected the node content, but found '<stream end>'; "
        "inside {...} and [...], text that has brackets or commas stands in quotes",
        "four.yml:1:1: the name of a rule file ends in .yaml",
        "linux/one.yaml:2:9: no rule is called `linux/fstb` (did you mean linux/fstab?)",
        "linux/two.yaml:2:1: unknown key `wen` (did you mean when?)",
    ]


def test_rules_that_wait_for_each_other_are_refused(folder: Path, actions: Actions) -> None:
    put(folder, "a", more="after: [b]")
    put(folder, "b", more="after: [a]")
    with pytest.raises(RulesInvalid, match="these rules wait for each other: "):
        ruleset.load([folder], actions)


def test_a_pattern_of_after_does_not_mean_the_rule_itself(folder: Path, actions: Actions) -> None:
    put(folder, "linux/aaa", more="after: [linux/*]")
    assert ids(ruleset.load([folder], actions))[:3] == ["linux/fstab", "linux/grub2", "linux/aaa"]


def test_rules_are_switched_off_by_id_and_by_pattern(folder: Path, actions: Actions) -> None:
    rules = ruleset.load([folder], actions)
    assert rules.configured(skip=["linux/*"]).skipped == {
        "linux/fstab": "skipped by linux/*",
        "linux/grub2": "skipped by linux/*",
    }
    assert rules.configured(only=["linux/grub2"]).skipped.keys() == {"linux/fstab", "checks/boot"}
    assert rules.configured(only=["linux/*"], skip=["linux/fstab"]).skipped.keys() == {
        "linux/fstab",
        "checks/boot",
    }


@pytest.mark.parametrize("how", ["only", "skip"])
def test_an_unknown_id_is_no_silent_nothing(folder: Path, actions: Actions, how: str) -> None:
    rules = ruleset.load([folder], actions)
    arguments: dict[str, Any] = {how: ["linux/fstb"]}
    with pytest.raises(RuleUnknown, match=r"no rule is called linux/fstb \(did you mean linux/fstab\?\)"):
        rules.configured(**arguments)


def test_settings_reach_the_rules(folder: Path, actions: Actions) -> None:
    rules = ruleset.load([folder], actions)
    assert rules.configured(values={"wait": "7"}).configured(values={}).values == {"wait": 7}
    with pytest.raises(SettingInvalid):
        rules.configured(values={"weight": "7"})


def test_a_folder_that_is_none_is_said(actions: Actions, tmp_path: Path) -> None:
    with pytest.raises(RulesFolderMissing, match="nowhere is no folder of rules"):
        ruleset.load([tmp_path / "nowhere"], actions)
