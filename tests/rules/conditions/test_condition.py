"""Conditions over facts: names, types, unknown, and what a person is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ValidationError

from guestfix.facts.model import Facts, Unknown, Volume
from guestfix.guest.memory import MemoryGuest
from guestfix.rules.conditions.condition import ALWAYS, Compiler, Condition, ConditionInvalid, Over
from guestfix.rules.conditions.types import BOOLEAN, INTEGER, TEXT, Kind, Type, fields_of, list_of

SETTINGS = {"network": Type(Kind.TEXT, words=("dhcp", "keep")), "timeout": INTEGER, "drivers": list_of(TEXT)}

LOOKED_UP = "is looked up with [...], and this is"


def holds(text: str, world: Any, item: object = None, over: type[Any] | None = None) -> bool | Unknown:
    return Compiler(SETTINGS).condition(text, over).holds(world, item)


def mistakes(text: str, over: type[Any] | None = None) -> list[tuple[int, str]]:
    with pytest.raises(ConditionInvalid) as caught:
        Compiler(SETTINGS).condition(text, over)
    return [(mistake.at, mistake.message) for mistake in caught.value.mistakes]


@pytest.mark.parametrize(
    "text",
    [
        'os.family == "linux"',
        'os.family != "windows" and boot.timeout == 5',
        "boot.timeout >= 5 and boot.timeout <= 5 and not boot.timeout < 5 and not boot.timeout > 5",
        'os.distribution in ["debian", "ubuntu"]',
        '"ubuntu" in os.like',
        'os.distribution not in ["rhel"]',
        "firmware.bios",
        "firmware.bios == true",
        'any(volumes, device == "/dev/sda1" and uuid != null)',
        "all(kernels, initramfs == null)",
        'count(volumes, it.kind == "partition") == 2',
        "count(kernels, true) == 1",
        'any(os.like, it == "ubuntu")',
        "not any(images, true)",
        "all(images, false)",
        'setting.network == "dhcp" and setting.timeout < 4 and "a" in setting.drivers',
        'target.id == "kvm" and "bios" in target.firmware',
        'any(target.drivers.storage, "virtio_blk" in modules)',
        'any(kernels, any(volumes, uuid == "1111-aaaa") and kind == "normal")',
        "boot.installed_on == null",
        "not (boot.installed_on == 'x')",
        "1 in [1, 2] and [] != null",
        'any(target.drivers.storage, all(modules, startswith(it, "virtio")))',
    ],
)
def test_what_is_true_of_this_guest(text: str, world: Any) -> None:
    assert holds(text, world) is True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('os.init == "systemd"', "no os-release"),
        ('not os.init == "systemd"', "no os-release"),
        ('os.init == "systemd" and os.family == "linux"', "no os-release"),
        ('os.init == "systemd" and os.family == "windows"', False),
        ('os.init == "systemd" or os.family == "linux"', True),
        ('os.init == "systemd" or os.family == "windows"', "no os-release"),
        ('os.init in ["systemd"]', "no os-release"),
        ('"x" in [os.init, "x"]', True),
        ('"y" in [os.init, "x"]', "no os-release"),
        ("known(os.init)", False),
        ("known(os.family)", True),
        ("firmware.uefi", "no ESP was read"),
        ('any(volumes, type == "ext4")', True),
        ('any(volumes, type == "xfs")', "unreadable"),
        ('all(volumes, type == "ext4")', "unreadable"),
        ('all(volumes, type == "xfs")', False),
        ('count(volumes, type == "ext4") == 1', "unreadable"),
        ("count(volumes, known(type)) == 1", True),
        ('startswith(os.init, "s")', "no os-release"),
        ('any(kernels, targets["kvm"].boots)', "targets says nothing of kvm"),
    ],
)
def test_unknown_is_a_third_truth_value(text: str, expected: bool | str, world: Any) -> None:
    found = holds(text, world)
    if isinstance(expected, str):
        assert isinstance(found, Unknown)
        assert found.unknown == expected
    else:
        assert found is expected


def test_an_unknown_list_is_unknown_as_a_whole(world: Any) -> None:
    world.facts = world.facts.model_copy(update={"volumes": Unknown(unknown="no disk was opened")})
    for text in ("any(volumes, true)", "all(volumes, true)", "count(volumes, true) == 0", "volumes == null"):
        found = holds(text, world)
        assert isinstance(found, Unknown), text
        assert found.unknown == "no disk was opened"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('os.famly == "linux"', [(3, "`os` has no `famly` (did you mean family?)")]),
        ("oss.family == 1", [(0, "nothing is called `oss` (did you mean os?)")]),
        ("os.family == 5", [(13, "`os.family` is text, and this is an integer")]),
        ('boot.timeout < "5"', [(15, "`boot.timeout` is an integer, and this is text")]),
        (
            'os.version >= "12"',
            [
                (3, "`>=` compares numbers: for versions use version_at_least(...)"),
                (14, "`>=` compares numbers: for versions use version_at_least(...)"),
            ],
        ),
        ("os.family", [(3, "a condition takes true or false, and this is text")]),
        ("not os.family", [(7, "`not` takes true or false, and this is text")]),
        ("firmware.bios and boot.timeout", [(23, "`and` takes true or false, and this is an integer")]),
        ('"quiet" in os.name', [(14, "`in` looks in a list: for a part of a text use matches(...)")]),
        ("os.family in [1, 2]", [(13, "`os.family` is text, and this is a list of integer")]),
        ('os.family in ["a", 2]', [(19, "this list is of text, and this is an integer")]),
        ("any(os.family, true)", [(7, "`any` goes over a list, and this is text")]),
        ("any(volumes)", [(0, "`any` takes (list, condition), and 1 are given")]),
        ("exits('/x')", [(0, "there is no function `exits` (did you mean exists?)")]),
        ("exists == true", [(0, "`exists` is a function: write `exists(...)`")]),
        ("exists('x')", [(7, "a path inside a guest begins with `/`")]),
        ("exists(5)", [(7, "`exists` takes text, and this is an integer")]),
        ("startswith('a')", [(0, "`startswith` takes (text, start), and 1 are given")]),
        ("known()", [(0, "`known` takes (value), and 0 are given")]),
        ('matches(os.name, "(")', None),
        ("matches(os.name, os.name)", [(20, "`regex` of `matches` is literal text, in quotes")]),
        ('version_at_least(os.version, "new")', [(29, "a version begins with a number")]),
        ('any(volumes, kind == "patition")', [(21, "it is never `patition` (did you mean partition?)")]),
        ('any(kernels, kind in ["normal", "rescu"])', [(32, "it is never `rescu` (did you mean rescue?)")]),
        ('setting.network == "static"', [(19, "it is never `static`: it is one of dhcp, keep")]),
        ('setting.netwrk == "dhcp"', [(8, "`setting` has no `netwrk` (did you mean network?)")]),
        ("os.family.name == 1", [(10, "text has no parts, so `.name` means nothing")]),
        ("volumes == kernels", None),
        ('os["family"] == "linux"', [(2, f"only a mapping {LOOKED_UP} an OperatingSystem")]),
        ("it == 1", [(0, "nothing is called `it`")]),
    ],
)
def test_every_mistake_is_found_before_anything_runs(text: str, expected: list[tuple[int, str]] | None) -> None:
    found = mistakes(text)
    assert found
    if expected is not None:
        assert found == expected


def test_all_mistakes_of_a_condition_are_said_at_once() -> None:
    assert [at for at, _ in mistakes('os.famly == "x" and nothing or any(volumes, sise > 5)')] == [3, 20, 44]


@dataclass(frozen=True)
class Line:
    type: str
    options: tuple[str, ...]
    device: str | Unknown | None
    blob: bytes = b""

    @property
    def resolved(self) -> bool:
        return isinstance(self.device, str)


def test_the_fields_of_an_item_are_names_and_hide_facts(world: Any) -> None:
    line = Line("cifs", ("noauto",), None)
    assert holds('type in ["cifs"] and "noauto" in options and not resolved', world, line, Line) is True
    assert holds("device == null and known(device)", world, line, Line) is True
    assert holds('it.type == "cifs" and os.family == "linux"', world, line, Line) is True
    assert mistakes("blob == 1", Line) == [(0, "nothing is called `blob`")]


def test_pydantic_models_are_items_too(world: Any) -> None:
    volume = world.facts.volumes[0]
    assert holds('uuid == "1111-aaaa" and size > 5', world, volume, Volume) is True


def test_properties_of_items_have_types() -> None:
    assert fields_of(Line) == {
        "type": TEXT,
        "options": list_of(TEXT),
        "device": TEXT,
        "resolved": BOOLEAN,
    }
    assert "model_fields_set" not in fields_of(Volume)


def test_exists_sees_the_guest_and_stops_at_what_decides(world: Any) -> None:
    world.guest = MemoryGuest({"/etc/fstab": b""}, symlinks={"/etc/link": "/nowhere"})
    assert holds('exists("/etc/fstab") and exists("/etc")', world) is True
    assert holds('exists("/etc/link")', world) is False
    del world.guest
    assert holds('os.family == "windows" and exists("/etc/fstab")', world) is False


def test_a_person_is_told_what_the_names_stand_for(world: Any) -> None:
    compiler = Compiler(SETTINGS)
    said = compiler.condition('os.family == "windows" and boot.timeout > 1 or any(volumes, size > 99)').explain(
        world
    )
    assert said == "os.family is linux, boot.timeout is 5"
    doubt = compiler.condition('os.init == "systemd" and os.family == "linux"').doubt(world)
    assert doubt == "os.init is unknown (no os-release)"


class Params(BaseModel):
    where: Annotated[Condition, Over(Line)] = ALWAYS
    when: Condition = ALWAYS


def test_a_condition_in_a_model_knows_what_it_is_over(world: Any) -> None:
    params = Params.model_validate_json('{"where": "resolved", "when": "firmware.bios"}')
    assert params.where.holds(world, Line("ext4", (), "/dev/sda1")) is True
    assert params.when.holds(world) is True
    assert Params().where.holds(world, Line("x", (), None)) is True
    assert params.model_dump_json() == '{"where":"resolved","when":"firmware.bios"}'
    with pytest.raises(ValidationError, match="nothing is called `resolvd`"):
        Params.model_validate_json('{"where": "resolvd"}')


def test_only_what_speaks_of_nothing_is_constant() -> None:
    compiler = Compiler(SETTINGS)
    assert compiler.condition("1 == 2 or not true").constant
    assert not compiler.condition('os.family == "linux"').constant


def test_every_name_of_the_facts_has_a_type() -> None:
    assert set(fields_of(Facts)) == set(Facts.model_fields)
