"""`write_template` with mistakes: told when rules are loaded, or as a finding, and never as a crash."""

from __future__ import annotations

from pathlib import Path

import pytest

from guestfix.data import builtin_rules
from guestfix.examples import world
from guestfix.plan import plan
from guestfix.rules.catalogue import built_in
from guestfix.rules.errors import RulesInvalid
from guestfix.rules.fixtures import File
from guestfix.rules.ruleset import RuleSet, load
from guestfix.rules.targets import load_targets

RULE = """\
summary: Answers
why: A test
when: os.family == "linux"
do:
  - write_template:
      path: /answers.xml
      template: {0}
      values: {{architecture: {1}, languages: [en-US]}}
      because: a test wants it
examples:
  - name: none
    before: {{/a: "x"}}
    unchanged: it applies to others
"""


def rules(folder: Path, template: str, architecture: str) -> RuleSet:
    (folder / "site").mkdir()
    (folder / "site/answers.yaml").write_text(RULE.format(template, architecture))
    return load([folder], built_in())


def test_a_template_that_is_not_there_is_told_when_the_rule_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(RulesInvalid, match="there is no template nothing"):
        rules(tmp_path, "nothing.xml.j2", "x86_64")


def test_a_value_that_the_template_cannot_use_is_a_finding(tmp_path: Path) -> None:
    target = load_targets([builtin_rules()])["kvm"]
    lives = world([target])
    guest = lives.build({"/etc/os-release": File(b"ID=debian\n")})
    found = lives.inspect(guest)
    made = plan(found.facts, found.initramfs, guest, rules(tmp_path, "unattend.xml.j2", "s390x"), target)
    assert [finding.code for finding in made.findings] == ["GF-RULES-VALUE"]
    assert made.is_empty
