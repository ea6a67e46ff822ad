"""Which systems a list names, and that a list is data with line-accurate mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from guestfix.data import builtin_rules
from guestfix.facts.model import OperatingSystem, Unknown
from guestfix.rules.data_files import load_data
from guestfix.rules.errors import RulesInvalid
from guestfix.rules.support import Found, Standing, SupportList, standing
from guestfix.rules.targets import load_targets

UNSAID = Unknown(unknown="not said")


def system(name: str, version: str, architecture: str = "x86_64", title: str = "") -> OperatingSystem:
    return OperatingSystem(
        family="windows" if name == "windows" else "linux",
        distribution=name,
        version=version,
        name=title,
        architecture=architecture,
        init=UNSAID,
        package_manager=UNSAID,
        hostname=UNSAID,
        root="/dev/sda1",
    )


@pytest.mark.parametrize(
    ("name", "version", "architecture", "title", "expected"),
    [
        ("ubuntu", "14.04", "x86_64", "", Standing.LISTED),
        ("ubuntu", "14.04.6", "x86_64", "", Standing.LISTED),
        ("ubuntu", "10.04", "x86_64", "", Standing.OTHER_VERSION),
        ("ubuntu", "14.04", "i386", "", Standing.OTHER_ARCHITECTURE),
        ("ubuntu", "22.04", "aarch64", "", Standing.REFUSED),
        ("rhel", "6.0", "x86_64", "", Standing.OTHER_VERSION),
        ("rhel", "6.9", "x86_64", "", Standing.LISTED),
        ("rhel", "6.10", "x86_64", "", Standing.OTHER_VERSION),
        ("rhel", "9.4", "x86_64", "", Standing.LISTED),
        ("centos", "7", "x86_64", "", Standing.LISTED),
        ("centos", "7.8", "x86_64", "", Standing.OTHER_VERSION),
        ("ol", "6.10", "x86_64", "", Standing.LISTED),
        ("debian", "7.11", "x86_64", "", Standing.OTHER_VERSION),
        ("debian", "12", "x86_64", "", Standing.LISTED),
        ("sles", "12.3", "x86_64", "", Standing.LISTED),
        ("amzn", "2023", "x86_64", "", Standing.LISTED),
        ("amzn", "2018.03", "x86_64", "", Standing.OTHER_VERSION),
        ("arch", "", "x86_64", "", Standing.NOT_LISTED),
        ("windows", "6.1", "x86_64", "Windows Server 2008 R2 Standard", Standing.LISTED),
        ("windows", "6.1", "i386", "Windows 7 Professional", Standing.LISTED),
        ("windows", "10.0", "x86_64", "Windows Server 2019 Datacenter", Standing.LISTED),
        ("windows", "5.1", "i386", "Microsoft Windows XP", Standing.OTHER_VERSION),
    ],
)
def test_what_vm_import_lists(name: str, version: str, architecture: str, title: str, expected: Standing) -> None:
    lists = load_targets([builtin_rules()])["ec2-xen"].support
    found = standing(lists, system(name, version, architecture, title))
    assert isinstance(found, Found)
    assert found.standing is expected


@pytest.mark.parametrize(
    ("target", "name", "version", "title", "expected"),
    [
        ("azure", "rhel", "9.1", "", Standing.LISTED),
        ("azure", "rhel", "9.4", "", Standing.OTHER_VERSION),
        ("azure", "debian", "9.13", "", Standing.LISTED),
        ("azure", "debian", "12", "", Standing.LISTED),
        ("azure", "sles", "15.5", "", Standing.LISTED),
        ("azure", "sles", "15.6", "", Standing.OTHER_VERSION),
        ("azure", "fedora", "40", "", Standing.NOT_LISTED),
        ("azure", "windows", "10.0", "Windows Server 2022 Datacenter", Standing.LISTED),
        ("gce", "rocky", "8.9", "", Standing.LISTED),
        ("gce", "rocky", "9.1", "", Standing.OTHER_VERSION),
        ("gce", "ubuntu", "20.04", "", Standing.LISTED),
        ("gce", "windows", "6.3", "Windows Server 2012 R2 Standard", Standing.LISTED),
        ("vmware", "debian", "12", "", Standing.NO_LIST),
    ],
)
def test_what_the_other_platforms_list(
    target: str, name: str, version: str, title: str, expected: Standing
) -> None:
    lists = load_targets([builtin_rules()])[target].support
    found = standing(lists, system(name, version, title=title))
    assert isinstance(found, Found)
    assert found.standing is expected


def test_what_is_not_known_of_a_system_is_not_made_up() -> None:
    lists = load_targets([builtin_rules()])["ec2-xen"].support
    nameless = system("debian", "12").model_copy(update={"version": UNSAID})
    assert standing(lists, nameless) == UNSAID
    assert standing((), nameless) == Found(Standing.NO_LIST)


def test_each_list_says_where_it_is_from_and_speaks_of_a_target() -> None:
    targets = load_targets([builtin_rules()])
    for each in load_data([builtin_rules()], "support", SupportList, "support list"):
        assert each.source
        assert any(each in target.support for target in targets.values())


def test_mistakes_have_their_place(tmp_path: Path) -> None:
    (tmp_path / "support").mkdir()
    path = tmp_path / "support" / "own.yaml"
    path.write_text(
        "title: t\nsummary: s\ntargets: [kvm]\nsource: [us]\n"
        "systems:\n  - {system: x, versions: [1 to two]}\n  - {}\n"
    )
    with pytest.raises(RulesInvalid) as caught:
        load_data([tmp_path], "support", SupportList, "support list")
    said = [str(problem).rpartition("own.yaml")[2] for problem in caught.value.problems]
    assert said[0].startswith(":6:")
    assert "1 to two is neither a version nor a range" in said[0]
    assert said[1] == ":7:5: `system` is missing"


def test_a_list_cannot_call_itself_otherwise_than_its_file(tmp_path: Path) -> None:
    (tmp_path / "support").mkdir()
    (tmp_path / "support" / "own.yaml").write_text("id: ec2\ntitle: t\n")
    with pytest.raises(RulesInvalid, match=r"own\.yaml:1:1: the id of a support list is its file's name"):
        load_data([tmp_path], "support", SupportList, "support list")
