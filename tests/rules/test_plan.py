"""Plans: what rules make of a guest together, with a reason for all that is not done."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guestfix.changes import Extended, Outcome, Whole
from guestfix.errors import InternalError
from guestfix.facts.model import Initramfs, Unknown
from guestfix.guest.memory import MemoryGuest
from guestfix.plan import Plan, plan
from guestfix.planning.errors import RulesConflict


def made(world: Any, rules: Any) -> Plan:
    return plan(world.facts, world.initramfs, world.guest, rules, world.target)


def edit(path: str, *steps: str, summary: str = "s", more: str = "") -> str:
    listed = "".join(f"      - {step}\n" for step in steps)
    return f"summary: {summary}\n{more}\ndo:\n  - edit: {path}\n    as: lines\n    steps:\n{listed}"


def verb(name: str, params: str, summary: str = "s") -> str:
    return f"summary: {summary}\ndo:\n  - {name}: {params}\n"


def whole(found: Plan, index: int = 0) -> bytes:
    after = found.changes[index].after
    assert isinstance(after, Whole)
    return after.data


def test_one_change_says_all_that_apply_has_to_know(world: Any, build: Any) -> None:
    world.guest = MemoryGuest({"/etc/real": "one\n"}, symlinks={"/etc/link": "real"})
    found = made(world, build(linux__a=edit("[/etc/link, /etc/real]", "append: {line: two}", summary="Add two")))
    [change] = found.changes
    assert change.path == "/etc/real"
    assert (change.rules, change.reason, change.notes[0].text) == (("linux/a",), "Add two", "adds two")
    assert change.before is not None
    assert (change.before.size, change.before.data) == (4, b"one\n")
    assert change.before.sha256 == hashlib.sha256(b"one\n").hexdigest()
    assert whole(found) == b"one\ntwo\n"
    assert [(o.rule, o.outcome, o.why) for o in found.rules] == [("linux/a", Outcome.CHANGES, "/etc/real")]


def test_rules_see_what_earlier_rules_staged_and_share_one_change(world: Any, build: Any) -> None:
    world.guest = MemoryGuest({"/a": "x\n"})
    rules = build(
        a=edit("/a", "append: {line: one}", summary="One"),
        b=edit("/a", "append: {line: one}", "append: {line: two}", summary="Two"),
    )
    [change] = made(world, rules).changes
    assert change.rules == ("a", "b")
    assert change.reason == "One; Two"
    assert [note.text for note in change.notes] == ["adds one", "adds two"]
    assert change.before is not None
    assert change.before.data == b"x\n"


def test_a_change_that_ends_as_it_began_is_none(world: Any, build: Any) -> None:
    world.guest = MemoryGuest({"/a": "x\n"})
    rules = build(a=edit("/a", "append: {line: y}"), b=edit("/a", "drop: {where: 'text == \"y\"'}"))
    assert made(world, rules).changes == ()
    within = build(a=edit("/a", "append: {line: y}", "drop: {where: 'text == \"y\"'}"))
    [outcome] = made(world, within).rules
    assert (outcome.outcome, outcome.why) == (Outcome.NOTHING, "/a: its steps take each other back")
    apart = build(
        a=verb("write", "{path: /new, content: x, because: b}"),
        b=verb("move_aside", "{paths: [/a], because: b}"),
        c=verb("write", '{path: /a, content: "x\\n", because: b}'),
    )
    assert [change.path for change in made(world, apart).changes] == ["/new"]


@pytest.mark.parametrize(
    ("rule", "outcome", "why"),
    [
        (edit("/none", "append: {line: x}"), Outcome.NOTHING, "/none: absent"),
        (edit('"/etc/*.none"', "append: {line: x}"), Outcome.NOTHING, "/etc/*.none: absent"),
        (edit("/dangling", "append: {line: x}"), Outcome.NOTHING, "/dangling: absent"),
        (edit("/a", "append: {line: one}"), Outcome.NOTHING, "has the line one already"),
        (edit("/a", "drop: {where: comment}"), Outcome.NOTHING, "no such line"),
        (edit("/a", "drop: {where: device == 'x'}"), Outcome.NOTHING, "no such line"),
        (
            edit("/a", "append: {line: '${os.init}'}"),
            Outcome.NOTHING,
            "lines.append: a value is unknown: no os-release",
        ),
        (edit("'${os.init}'", "append: {line: x}"), Outcome.NOTHING, "${os.init} is unknown: no os-release"),
        (edit("'${os.name}'", "append: {line: x}"), Outcome.NOTHING, "${os.name} names no path inside a guest"),
        (edit("'${boot.loader}/x'", "append: {line: x}"), Outcome.NOTHING, "names no path inside a guest"),
        (
            edit(
                "'${setting.none}'",
                "append: {line: x}",
                more="settings: {none: {type: list, default: [], summary: s}}",
            ),
            Outcome.NOTHING,
            "${setting.none} names no file",
        ),
        (
            edit("/a", "append: {line: x}", more='when: os.family == "windows"'),
            Outcome.NOT_APPLICABLE,
            "it applies to others: os.family is linux",
        ),
        (
            edit("/a", "append: {line: x}", more="when: any(kernels, modules_on_disk > 5)"),
            Outcome.NOT_APPLICABLE,
            "it applies to others: not so: any(kernels, modules_on_disk > 5)",
        ),
        (
            edit("/a", "append: {line: x}", more='when: os.init == "systemd"'),
            Outcome.NOT_APPLICABLE,
            "nobody can tell whether it applies: os.init is unknown (no os-release)",
        ),
        (
            "summary: s\ndo: [{write: {path: /a, content: b, because: c}, when: boot.timeout > 9}]\n",
            Outcome.NOTHING,
            "it applies to others: boot.timeout is 5",
        ),
        (verb("write", '{path: /a, content: "one\\n", because: b}'), Outcome.NOTHING, "/a says so already"),
        (verb("write", "{path: /a, content: b, because: b}"), Outcome.NOTHING, "is there with other content"),
        (
            verb("write", "{path: /x, content: '${os.init}', because: b}"),
            Outcome.NOTHING,
            "write: a value is unknown",
        ),
        (verb("move_aside", "{paths: [/x, '/etc/*.y'], because: b}"), Outcome.NOTHING, "/x, /etc/*.y: absent"),
        (verb("extend", "{path: /a, tail: ''}"), Outcome.NOTHING, "/a is so already"),
    ],
)
def test_whatever_is_not_done_has_its_reason(
    world: Any, build: Any, rule: str, outcome: Outcome, why: str
) -> None:
    world.guest = MemoryGuest({"/a": "one\n", "/etc/x.conf": ""}, symlinks={"/dangling": "/nowhere"})
    found = made(world, build(a=rule))
    assert found.changes == ()
    [said] = found.rules
    assert said.outcome is outcome
    assert why in said.why


@pytest.mark.parametrize("rule", [edit("/a", "silent:"), verb("silent", "{}")])
def test_an_action_that_does_nothing_in_silence_is_a_defect(world: Any, build: Any, rule: str) -> None:
    world.guest = MemoryGuest({"/a": "one\n"})
    with pytest.raises(
        InternalError, match=r"the (step lines\.silent|verb silent) did nothing and does not say why"
    ):
        made(world, build(a=rule))


@pytest.mark.parametrize(
    ("rule", "code", "path"),
    [
        (edit("/broken", "append: {line: x}"), "GF-TEST-BROKEN", "/broken"),
        (edit("/large", "append: {line: x}"), "GF-GUEST-FILE-TOO-LARGE", "/large"),
        (edit("/etc", "append: {line: x}"), "GF-GUEST-NOT-A-FILE", "/etc"),
        (edit("/fifo", "append: {line: x}"), "GF-GUEST-NOT-A-FILE", "/fifo"),
        (edit('"/many/*"', "append: {line: x}"), "GF-RULES-TOO-MANY-FILES", "/many/*"),
        (edit("/etc/a", "append: {line: '${os.name}'}"), "GF-RULES-VALUE", "/etc/a"),
        (verb("write", "{path: /dangling, content: x, because: b}"), "GF-PLAN-PATH", "/dangling"),
        (verb("write", "{path: /etc/a/below, content: x, because: b}"), "GF-PLAN-PATH", "/etc/a/below"),
        (verb("write", "{path: /etc/../new/../x, content: x, because: b}"), "GF-PLAN-PATH", "/etc/../new/../x"),
        (verb("write", "{path: /etc, content: x, because: b, replace: true}"), "GF-GUEST-NOT-A-FILE", "/etc"),
        (verb("move_aside", "{paths: [/fifo], because: b}"), "GF-GUEST-NOT-A-FILE", "/fifo"),
        (verb("extend", "{path: /none, tail: x}"), "GF-GUEST-FILE-MISSING", "/none"),
    ],
)
def test_what_cannot_be_worked_on_becomes_a_finding_and_is_left_alone(
    world: Any, build: Any, rule: str, code: str, path: str
) -> None:
    many = {f"/many/{number}": "" for number in range(1001)}
    world.guest = MemoryGuest(
        {"/broken": b"\0", "/large": b"x" * (4 << 20) + b"y", "/etc/a": "", **many},
        symlinks={"/dangling": "/no/where"},
    )
    world.guest.add_other("/fifo")
    world.facts = world.facts.model_copy(update={"os": world.facts.os.model_copy(update={"name": "a\nb"})})
    found = made(world, build(a=rule))
    assert found.changes == ()
    [finding] = found.findings
    assert (finding.code, finding.severity, finding.rule) == (code, "error", "a")
    assert [seen.path for seen in finding.evidence] == [path]
    assert finding.remedy
    assert found.rules[0].outcome is Outcome.FINDINGS


def test_patterns_pass_over_directories_hidden_names_and_kept_originals(world: Any, build: Any) -> None:
    names = ["b.conf", "a.conf", ".hidden.conf", ".a.conf.guestfix-orig~", "c.txt", "d.conf/x"]
    world.guest = MemoryGuest({f"/etc/{name}": "" for name in names}, symlinks={"/etc/z.conf": "/nowhere"})
    found = made(world, build(a=edit('"/etc/*.conf"', "append: {line: x}")))
    assert [change.path for change in found.changes] == ["/etc/a.conf", "/etc/b.conf"]
    assert found.findings == ()


def test_a_path_from_a_fact_is_a_name_and_no_pattern(world: Any, build: Any) -> None:
    world.guest = MemoryGuest({"/boot/a": "", "/boot/[a]*": ""})
    boot = world.facts.boot.model_copy(update={"files": ("/boot/[a]*",)})
    world.facts = world.facts.model_copy(update={"boot": boot})
    found = made(world, build(a=edit("'${boot.files}'", "append: {line: x}")))
    assert [change.path for change in found.changes] == ["/boot/[a]*"]


def test_findings_are_sorted_and_know_their_rule(world: Any, build: Any) -> None:
    tell = "{{code: {}, severity: {}, message: '${{os.name}}', why: w, remedy: r}}"
    world.guest = MemoryGuest({"/a": "\n"})
    rules = build(
        a=verb("finding", tell.format("GF-TEST-B", "info")),
        b=verb("finding", tell.format("GF-TEST-C", "error")),
        c=verb("finding", tell.format("GF-TEST-A", "error")),
        d=edit("/a", "append: {line: x, report: true}"),
    )
    found = made(world, rules)
    assert [(f.severity.value, f.code, f.rule) for f in found.findings] == [
        ("error", "GF-TEST-A", "c"),
        ("error", "GF-TEST-C", "b"),
        ("info", "GF-TEST-B", "a"),
        ("info", "GF-TEST-SEEN", "d"),
    ]
    assert found.findings[0].message == "Debian"


def test_lines_that_are_not_understood_are_kept_and_reported_once(world: Any, build: Any) -> None:
    world.guest = MemoryGuest({"/a": "one\n?what\n" + "?more\n" * 30})
    rules = build(a=edit("/a", "drop: {where: 'text == \"x\"'}"), b=edit("/a", "append: {line: two}"))
    found = made(world, rules)
    [finding] = found.findings
    assert (finding.code, finding.severity, finding.rule) == ("GF-FORMAT-NOT-UNDERSTOOD", "info", "a")
    assert len(finding.evidence) == 20
    assert (finding.evidence[0].line, finding.evidence[0].value) == (2, "?what: it begins with a question mark")
    assert b"?what" in whole(found)
    assert found.rules[0].why == "GF-FORMAT-NOT-UNDERSTOOD; no such line"


def test_a_file_that_several_rules_cannot_read_is_said_once(world: Any, build: Any) -> None:
    world.guest = MemoryGuest({"/a": b"x" * (5 << 20)})
    rules = build(
        a=edit("/a", "append: {line: one}", summary="first"), b=edit("/a", "append: {line: two}", summary="second")
    )
    found = made(world, rules)
    assert [(finding.code, finding.rule) for finding in found.findings] == [("GF-GUEST-FILE-TOO-LARGE", "a")]
    assert [outcome.outcome for outcome in found.rules] == [Outcome.FINDINGS, Outcome.FINDINGS]


def test_a_step_that_only_reports_needs_no_other_reason(world: Any, build: Any) -> None:
    world.guest = MemoryGuest({"/a": ""})
    [outcome] = made(world, build(a=edit("/a", "tell:"))).rules
    assert (outcome.outcome, outcome.why) == (Outcome.FINDINGS, "GF-TEST-TOLD")


def test_an_extension_knows_the_image_without_reading_it(world: Any, build: Any) -> None:
    world.guest = MemoryGuest({"/boot/initrd.img": b"image"})
    image = Initramfs(
        path="/boot/initrd.img", size=5, sha256="f" * 64, generator="dracut", segments=(), modules=()
    )
    kernel = world.facts.kernels[0].model_copy(update={"initramfs": image})
    world.facts = world.facts.model_copy(update={"kernels": (kernel,)})
    [change] = made(world, build(a=verb("extend", "{path: /boot/initrd.img, tail: more}"))).changes
    assert change.before is not None
    assert (change.before.sha256, change.before.data) == ("f" * 64, None)
    assert isinstance(change.after, Extended)


def test_a_large_old_file_is_not_carried_along(world: Any, build: Any) -> None:
    data = b"x" * (256 * 1024) + b"\n"
    world.guest = MemoryGuest({"/a": data})
    [change] = made(world, build(a=edit("/a", "append: {line: y}"))).changes
    assert change.before is not None
    assert (change.before.data, change.before.size) == (None, len(data))
    assert change.before.sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (verb("extend", "{path: /a, tail: x}"), edit("/a", "append: {line: y}")),
        (edit("/a", "append: {line: y}"), verb("extend", "{path: /a, tail: x}")),
        (verb("extend", "{path: /a, tail: x}"), verb("extend", "{path: /a, tail: y}")),
        (verb("extend", "{path: /a, tail: x}"), verb("move_aside", "{paths: [/a], because: b}")),
        (edit("/a", "append: {line: y}"), verb("move_aside", "{paths: ['/*'], because: b}")),
    ],
)
def test_wishes_that_exclude_each_other_name_both_rules(world: Any, build: Any, first: str, second: str) -> None:
    world.guest = MemoryGuest({"/a": "one\n"})
    with pytest.raises(RulesConflict, match="two and one want to change /a in ways that exclude each other"):
        made(world, build(one=first, two=f"after: [one]\n{second}"))


def test_a_file_moved_aside_can_be_written_anew(world: Any, build: Any) -> None:
    world.guest = MemoryGuest({"/a": "old\n"})
    rules = build(
        a=verb("move_aside", "{paths: [/a], because: old}"),
        b=verb("write", '{path: /a, content: "new\\n", because: new, mode: "0600"}'),
    )
    found = made(world, rules)
    assert whole(found) == b"new\n"
    assert found.changes[0].before is not None


def test_a_new_file_gets_its_mode_and_its_directories(world: Any, build: Any) -> None:
    world.guest = MemoryGuest({"/etc/x": ""})
    rules = build(
        a=verb("write", '{path: /etc/new/deep/file, content: "one\\n", because: b, mode: "0600"}'),
        b=edit('"/etc/new/*/f*"', "append: {line: two}", more='when: exists("/etc/new/deep")'),
    )
    [change] = made(world, rules).changes
    assert (change.path, change.mode, change.before, change.rules) == (
        "/etc/new/deep/file",
        0o600,
        None,
        ("a", "b"),
    )
    assert isinstance(change.after, Whole)
    assert change.after.data == b"one\ntwo\n"


def test_skipped_rules_are_said_to_be(world: Any, build: Any) -> None:
    rules = build(a=verb("silent", "{}")).configured(skip=["a"])
    [outcome] = made(world, rules).rules
    assert (outcome.outcome, outcome.why) == (Outcome.SKIPPED, "skipped by a")


def test_the_identity_is_of_what_is_done_and_nothing_else(world: Any, build: Any) -> None:
    world.guest = MemoryGuest({"/a": "one\n"})
    first = made(world, build(a=edit("/a", "append: {line: two}")))
    same = made(world, build(a=edit("/a", "append: {line: two}"), z=edit("/none", "append: {line: x}")))
    other = made(world, build(a=edit("/a", "append: {line: three}")))
    assert first.identity == same.identity != other.identity
    assert len(first.identity) == 64
    world.target = world.target.model_copy(update={"id": "other"})
    assert made(world, build(a=edit("/a", "append: {line: two}"))).identity != first.identity


def test_a_plan_survives_json(world: Any, build: Any) -> None:
    world.guest = MemoryGuest({"/a": b"\xff\n"})
    found = made(world, build(a=edit("/a", "append: {line: two}")))
    assert Plan.model_validate_json(found.model_dump_json()) == found


@given(data=st.binary(max_size=200), name=st.text(max_size=20))
def test_no_guest_crashes_a_plan(data: bytes, name: str, request: pytest.FixtureRequest) -> None:
    world, build = request.getfixturevalue("world"), request.getfixturevalue("build")
    world.guest = MemoryGuest({"/a": data})
    system = world.facts.os.model_copy(update={"name": name, "hostname": name, "init": Unknown(unknown=name)})
    world.facts = world.facts.model_copy(update={"os": system})
    rules = build(
        a=edit("[/a, '/${os.hostname}', '/*/${os.name}']", "append: {line: '${os.name}'}"),
        b=verb("write", "{path: '/x/${os.name}', content: '${os.name} ${os.init}', because: b}"),
        c=edit("/a", "append: {line: x}", more="when: matches(os.name, 'a') or exists(os.hostname)"),
    )
    assert len(made(world, rules).rules) == 3
