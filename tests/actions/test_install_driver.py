"""Which package of a folder is for this Windows, and what is said of those that are not."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import pytest

from guestfix.actions._driver_folder import inf_files
from guestfix.changes import Finding, HiveEdited, Whole
from guestfix.data import builtin_rules
from guestfix.examples import world
from guestfix.guest.memory import MemoryGuest
from guestfix.plan import Plan, plan
from guestfix.registry.reg_text import diff_lines, parse
from guestfix.registry.writer import write
from guestfix.rules.catalogue import built_in
from guestfix.rules.fixtures import File
from guestfix.rules.ruleset import RuleSet, load
from guestfix.rules.supplies import Supplies
from guestfix.rules.targets import load_targets

from ..virtio_win import inf_of, virtio_win

TARGETS = load_targets([builtin_rules()])

SYSTEM = r"""
[Select]
"Current"=dword:1
[ControlSet001\Control\Session Manager\Environment]
"PROCESSOR_ARCHITECTURE"="AMD64"
[DriverDatabase]
"""

SOFTWARE = r"""
[Microsoft\Windows NT\CurrentVersion]
"CurrentMajorVersionNumber"=dword:a
"CurrentMinorVersionNumber"=dword:0
"CurrentBuildNumber"="BUILD"
"InstallationType"="KIND"
"""


def planned(folder: MemoryGuest | None, target: str = "kvm", build: str = "20348", kind: str = "Server") -> Plan:
    software = SOFTWARE.replace("BUILD", build).replace("KIND", kind)
    config = "/Windows/System32/config"
    lives = world(tuple(TARGETS.values()))
    guest = lives.build(
        {
            f"{config}/SYSTEM": File(write(parse(SYSTEM))),
            f"{config}/SOFTWARE": File(write(parse(software))),
            "/Windows/System32/drivers/disk.sys": File(b"MZ"),
        }
    )
    inspected = lives.inspect(guest)
    supplies = Supplies(drivers=folder)
    return plan(inspected.facts, inspected.initramfs, guest, rules(), TARGETS[target], supplies)


@cache
def rules() -> RuleSet:
    return load([builtin_rules()], built_in()).configured(only=["windows/drivers", "windows/boot-drivers"])


def finding(made: Plan, code: str) -> Finding:
    (found,) = (each for each in made.findings if each.code == code)
    return found


def new_files(made: Plan) -> Mapping[str, bytes]:
    return {each.path: each.after.data for each in made.changes if isinstance(each.after, Whole)}


def package(folder: str, name: str = "viostor") -> list[str]:
    return [f"{folder}/{name}.{kind}" for kind in ("inf", "sys", "cat")]


@pytest.mark.parametrize(
    ("build", "kind", "folders", "taken"),
    [
        ("20348", "Server", ["2k19/amd64", "2k22/amd64", "2k25/amd64", "w10/amd64"], "2k22/amd64"),
        ("25398", "Server", ["2k19/amd64", "2k22/amd64", "2k25/amd64"], "2k22/amd64"),
        ("22631", "Client", ["w10/amd64", "w11/amd64", "2k22/amd64"], "w11/amd64"),
        ("19045", "Client", ["w10/x86", "w10/amd64", "w11/amd64"], "w10/amd64"),
        ("20348", "Server", ["2k12R2/amd64", "w10/amd64"], "w10/amd64"),
    ],
)
def test_the_folder_for_this_windows_is_taken(build: str, kind: str, folders: list[str], taken: str) -> None:
    files = [path for folder in folders for path in package(folder)]
    made = planned(virtio_win(files), build=build, kind=kind)
    assert new_files(made)["/Windows/System32/drivers/viostor.sys"] == f"{taken}/viostor.sys".encode()


def test_a_folder_without_a_name_is_judged_by_its_inf() -> None:
    folder = virtio_win(package("2k12R2/amd64"))
    folder.add_file("/mine/viostor.inf", inf_of("viostor", "amd64").encode("utf-16"))
    folder.add_file("/mine/VIOSTOR.SYS", b"the driver")
    folder.add_file("/mine/viostor.cat", b"the catalog")
    assert new_files(planned(folder))["/Windows/System32/drivers/viostor.sys"] == b"the driver"


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        (package("2k22/x86"), "its folder is for another Windows"),
        (package("2k25/amd64"), "its folder is for another Windows"),
        (package("mine"), "it names the device, and is for another Windows or architecture"),
        (["2k22/amd64/viostor.inf"], "viostor.cat is not beside it"),
        (["2k22/amd64/viostor.inf", "2k22/amd64/viostor.cat"], "viostor.sys is not beside it"),
    ],
)
def test_a_driver_that_cannot_be_used_is_told_with_the_reason(files: list[str], reason: str) -> None:
    made = planned(virtio_win(files))
    assert made.changes == ()
    (evidence,) = finding(made, "GF-WINDOWS-DRIVER-UNUSABLE").evidence
    assert (evidence.path, evidence.value) == (f"/{files[0]}", reason)
    assert finding(made, "GF-WINDOWS-DRIVER-MISSING").severity == "error"


@pytest.mark.parametrize(
    ("said", "instead", "reason"),
    [
        (
            "AddService=viostor,2",
            "AddService=evil,2",
            "its driver is evil; what is known to work is vioscsi, viostor",
        ),
        (r"%12%\viostor.sys", r"%12%\a:b.sys", "the file of its service is called a:b.sys"),
        ("ClassGuid=", "Nothing=", "it names no setup class"),
        ("CatalogFile=viostor.cat", 'CatalogFile="a*b.cat"', "one of its files is called a*b.cat"),
    ],
)
def test_names_that_could_do_harm_are_refused(said: str, instead: str, reason: str) -> None:
    folder = virtio_win(package("2k22/amd64"))
    folder.add_file("/other/viostor.inf", inf_of("viostor", "amd64").replace(said, instead).encode())
    only = MemoryGuest()
    only.add_file("/other/viostor.inf", folder.read("/other/viostor.inf"))
    (evidence,) = finding(planned(only), "GF-WINDOWS-DRIVER-UNUSABLE").evidence
    assert evidence.value == reason
    assert new_files(planned(folder))["/Windows/System32/drivers/viostor.sys"] == b"2k22/amd64/viostor.sys"


def test_two_boot_drivers_do_not_clash() -> None:
    made = planned(virtio_win(package("2k22/amd64") + package("2k22/amd64", "vioscsi")))
    (system,) = (each.after for each in made.changes if isinstance(each.after, HiveEdited)
                 and each.path.endswith("SYSTEM"))  # fmt: skip
    lines = [line for _, line in diff_lines(system.operations)]
    for name, device, bus in (("viostor", "1001", "00000001"), ("vioscsi", "1004", "0000000a")):
        label = rf"DriverDatabase\DriverPackages\guestfix-{name}.inf_amd64_0000000000000000"
        version = lines[lines.index(f"[{label}]") + 1].partition("=hex:")[2].split(",")
        # After a head the setup class, as a GUID in bytes (virt-v2v inject_virtio_win.ml).
        assert "".join(version[8:24]) == "7be9364d25e3ce11bfc108002be10318"
        assert len(version) == 48
        assert rf"[{label}\Descriptors\PCI\VEN_1AF4&DEV_{device}]" in lines
        parameters = lines.index(rf"[ControlSet001\Services\{name}\Parameters]")
        assert lines[parameters + 1] == f'"BusType"=dword:{bus}'


def xen(*services: str) -> MemoryGuest:
    """Return a folder with these drivers of Xen; what binds to xenbus has ids that no list of ours knows."""
    folder = MemoryGuest()
    for name in services:
        device = "PCI\\VEN_5853&DEV_0001" if name == "xenbus" else f"XENBUS\\VEN_VENDOR&DEV_{name.upper()}"
        text = inf_of("viostor", "amd64").replace("viostor", name).replace("PCI\\VEN_1AF4&DEV_1001", device)
        for kind, data in (("inf", text.encode()), ("sys", name.encode()), ("cat", b"")):
            folder.add_file(f"/{name}/{name}.{kind}", data)
    return folder


def test_drivers_one_behind_the_other_are_laid_out_together_for_windows_to_install() -> None:
    made = planned(xen("xenbus", "xenvbd", "xenvif", "xennet"), "ec2-xen")
    for name in ("xenbus", "xenvbd", "xenvif", "xennet"):
        assert new_files(made)[f"/Windows/Drivers/guestfix/{name}/{name}.sys"] == name.encode()
    edited = [each for each in made.changes if isinstance(each.after, HiveEdited)]
    assert [each.path.rpartition("/")[2] for each in edited] == ["SOFTWARE"], (
        "none of them starts at boot by itself"
    )
    assert not any(path.startswith("/Windows/System32/drivers/") for path in new_files(made))
    assert not any("DRIVER-UNUSABLE" in each.code for each in made.findings)


def test_of_a_chain_that_is_not_whole_nothing_is_taken() -> None:
    made = planned(xen("xenvbd"), "ec2-xen")
    assert new_files(made) == {}
    (evidence,) = finding(made, "GF-WINDOWS-DRIVER-UNUSABLE").evidence
    assert evidence.value == "it needs xenbus too, of which the folder has none that can be used"


def test_a_broken_inf_and_deep_folders_harm_nothing() -> None:
    folder = MemoryGuest()
    folder.add_file("/a.inf", b"[Manufacturer\nven_1af4&dev_1001\n")
    folder.add_file("/" + "/".join("d" * 1 for _ in range(40)) + "/viostor.inf", b"ven_1af4&dev_1001")
    found = list(inf_files(folder))
    assert [path for path, _ in found] == ["/a.inf"]
    assert finding(planned(folder), "GF-WINDOWS-DRIVER-UNUSABLE").evidence[0].path == "/a.inf"
