"""The runner itself: a rule that is wrong in any way must not pass its example."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from guestfix.apply import apply
from guestfix.facts.model import Facts
from guestfix.guest.memory import MemoryGuest
from guestfix.initramfs import Initramfs
from guestfix.initramfs.cpio import NewMember, write_archive
from guestfix.plan import Plan
from guestfix.revert import revert
from guestfix.rules.errors import RulesInvalid
from guestfix.rules.fixtures import File
from guestfix.rules.runner import World, run_examples


@dataclass
class Found:
    facts: Facts
    initramfs: Mapping[str, Initramfs] = field(default_factory=dict)


def build_guest(files: Mapping[str, File]) -> MemoryGuest:
    guest = MemoryGuest(symlinks={path: file.link for path, file in files.items() if file.link is not None})
    for path, file in files.items():
        if file.link is None:
            guest.add_file(path, file.data, mode=file.mode)
    return guest


def carry_out(guest: MemoryGuest, plan: Plan) -> object:
    return apply(guest, plan.changes, target=plan.target, plan=plan.identity)


@pytest.fixture
def whole_world(world: Any) -> World[MemoryGuest]:
    return World(build_guest, lambda guest: Found(world.facts), carry_out, revert)


@pytest.fixture
def trial(world: Any, build: Any, whole_world: World[MemoryGuest]) -> Any:
    """Run the examples of one rule; returns the failures of each by name."""

    def run(do: str, examples: str, using: World[MemoryGuest] = whole_world) -> dict[str, tuple[str, ...]]:
        unchanged = "  - {name: none, before: {}, unchanged: absent}\n"
        rules = build(a=f"summary: s\ndo:\n{do}examples:\n{examples}{unchanged}")
        results = run_examples(rules, {"kvm": world.target}, using)
        assert [result.line for result in results]
        return {result.example: result.failures for result in results}

    return run


APPEND = "  - {edit: /a, as: lines, steps: [{append: {line: x}}]}\n"


def test_what_is_so_passes(trial: Any) -> None:
    assert trial(
        APPEND,
        """\
  - {name: text, before: {/a: "1\\n", /b: b}, after: {/a: "1\\nx\\n"}}
  - {name: base64, before: {/a: {base64: /wo=}}, after: {/a: {base64: /3gK}}}
  - {name: link, before: {/a: {symlink: b}, /b: "1\\n"}, after: {/b: "1\\nx\\n"}}
  - {name: mode, before: {/a: {text: "1\\n", mode: "0600"}}, after: {/a: {text: "1\\nx\\n", mode: "0600"}}}
  - {name: already, before: {/a: "x\\n"}, unchanged: has the line x}
""".replace("/wo=", "MQo=").replace("/3gK", "MQp4Cg=="),
    ) == dict.fromkeys(("text", "base64", "link", "mode", "already", "none"), ())


@pytest.mark.parametrize(
    ("do", "example", "said"),
    [
        (
            APPEND,
            '{name: e, before: {/a: "1\\n"}, after: {/a: "1\\ny\\n"}}',
            "/a becomes something else:\n--- expected\n+++ found\n@@ -1,2 +1,2 @@\n 1\n-y\n+x",
        ),
        (
            "  - {edit: '/*', as: lines, steps: [{append: {line: x}}]}\n",
            '{name: e, before: {/a: "1\\n", /b: "\\n"}, after: {/a: "1\\nx\\n"}}',
            "/b changes too:\n--- before\n+++ found",
        ),
        (APPEND, '{name: e, before: {/b: ""}, after: {/b: x}}', "/b does not change: /a: absent"),
        (APPEND, '{name: e, before: {/a: "1\\n"}, after: {/a: null}}', "/a is not moved aside"),
        (APPEND, '{name: e, before: {/a: "1\\n"}, unchanged: x}', "/a changes too"),
        (APPEND, '{name: e, before: {/a: "x\\n"}, unchanged: because}', "the reason is 'has the line x already'"),
        (APPEND, '{name: e, before: {/a: "x\\n"}, findings: [GF-X]}', "findings are [], and should be ['GF-X']"),
        (
            APPEND,
            "{name: e, before: {/a: {base64: AAA=}}, unchanged: NUL}",
            "findings are ['GF-TEST-BROKEN'], and should be []\n  GF-TEST-BROKEN: a NUL",
        ),
        (
            APPEND,
            '{name: e, before: {/a: "1\\n"}, after: {/a: {text: "1\\nx\\n", mode: "0600"}}}',
            "/a has mode 0644, and should have 0600",
        ),
        (
            "  - {edit: /a, as: lines, steps: [{append: {line: x, times: 2}}, {drop: {where: number == 1}}]}\n",
            '{name: e, before: {/a: "1\\n"}, after: {/a: "x\\nx\\n"}}',
            "a second plan changes /a again: it is not wanted",
        ),
        (
            "  - {edit: /a, as: lines, steps: [{silent: }]}\n",
            '{name: e, before: {/a: ""}, unchanged: x}',
            "GF-INTERNAL: the step lines.silent did nothing",
        ),
        (APPEND, '{name: e, target: xen, before: {/a: ""}, unchanged: x}', "there is no target xen: kvm"),
        (
            APPEND,
            '{name: e, set: {a: 1}, before: {/a: ""}, unchanged: x}',
            "GF-RULES-SETTING: no rule has a setting a",
        ),
        (
            APPEND,
            '{name: e, facts: {os: {famly: x}}, before: {/a: ""}, unchanged: x}',
            "facts: a.yaml:5:28: unknown key `famly` (did you mean family?)",
        ),
        (
            APPEND,
            '{name: e, facts: {boot: {timeout: soon}}, before: {/a: ""}, unchanged: x}',
            "facts: a.yaml:5:39: `timeout` should be a valid integer",
        ),
    ],
)
def test_what_is_not_so_fails_and_says_how(trial: Any, do: str, example: str, said: str) -> None:
    failures = trial(do, f"  - {example}\n")["e"]
    assert any(said in failure for failure in failures), failures


def test_an_apply_or_revert_that_leaves_a_trace_fails(trial: Any, whole_world: World[MemoryGuest]) -> None:
    def untidy(guest: MemoryGuest) -> None:
        revert(guest)
        guest.add_file("/trace", "")
        guest.add_file("/b", "b", mode=0o600)

    using = replace(whole_world, revert=untidy)
    example = '  - {name: e, before: {/a: "1\\n", /b: b}, after: {/a: "1\\nx\\n"}}\n'
    said = "revert does not give everything back: "
    failures = trial(APPEND, example, using)["e"]
    assert f"{said}/trace is new" in failures
    assert any(failure.startswith(f"{said}/b has other attributes") for failure in failures)


def test_facts_of_an_example_lie_over_what_is_collected(trial: Any) -> None:
    do = "  - {edit: '/${os.hostname}', as: lines, steps: [{append: {line: '${volumes_said}'}}]}\n".replace(
        "${volumes_said}", "${count(volumes, known(type))} ${os.family} ${target.id}"
    )
    example = """\
  - name: e
    facts:
      os: {hostname: a}
      volumes: [{device: /dev/sda1, uuid: u}, {device: /dev/sda2, type: ext4}]
    before: {/a: "", /h: ""}
    after: {/a: "1 linux kvm\\n"}
  - {name: none of h, facts: {os: {hostname: {unknown: why}}}, before: {/h: ""}, unchanged: "is unknown: why"}
"""
    assert set(trial(do, example).values()) == {
        (),
    }


def test_settings_and_what_is_given_reach_the_example(
    world: Any, build: Any, whole_world: World[MemoryGuest]
) -> None:
    rules = build(
        a="""\
summary: s
settings: {line: {default: x, summary: s}}
do: [{edit: /a, as: lines, steps: [{append: {line: "${setting.line} ${os.hostname}"}}]}]
given: {set: {line: g}, facts: {os: {hostname: given}}}
examples:
  - {name: given, before: {/a: ""}, after: {/a: "g given\\n"}}
  - {name: own, set: {line: o}, facts: {os: {hostname: own}}, before: {/a: ""}, after: {/a: "o own\\n"}}
  - {name: none, before: {}, unchanged: absent}
"""
    )
    assert [result.failures for result in run_examples(rules, {"kvm": world.target}, whole_world)] == [(), (), ()]


def test_an_initramfs_is_compared_by_what_it_gains(trial: Any) -> None:
    packed = "{initramfs: {compression: xz, files: {init: x, etc/a: a}, early: {kernel/x86/microcode: m}}}"
    tail = json.dumps(write_archive([NewMember("etc/b", 0o100644, b"new")]).decode())
    do = f'  - extend: {{path: /boot/i, tail: {tail}}}\n    when: exists("/boot/i")\n'
    examples = "".join(
        f"  - {{name: {name}, before: {{/boot/i: {packed}}}, after: {{/boot/i: {{adds: {adds}}}}}}}\n"
        for name, adds in (("right", "[etc/b]"), ("pattern", "[etc/*]"), ("wrong", "[etc/c]"))
    )
    found = trial(do, examples + "  - {name: no image, before: {}, unchanged: it applies to others}\n")
    # This step does not look at the image, so its second plan is not empty: that is said as well.
    again = "a second plan changes /boot/i again: "
    assert (found["right"], found["pattern"]) == ((again,), (again,))
    assert found["wrong"] == ("/boot/i gets etc/b too", "/boot/i does not get etc/c")


def test_mistakes_in_examples_stop_the_run(trial: Any) -> None:
    with pytest.raises(RulesInvalid, match="unknown key `bfore`"):
        trial(APPEND, "  - {name: e, bfore: {}, unchanged: x}\n")
