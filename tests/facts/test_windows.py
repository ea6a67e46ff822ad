"""Facts about Windows, from hives of real machines: 8.1 x64 that ran in VirtualBox, and XP SP3 x86."""

from __future__ import annotations

from pathlib import Path

import pytest

from guestfix.data import builtin_rules
from guestfix.facts.collect import collect
from guestfix.facts.disks import DiskFacts
from guestfix.facts.model import Facts, Image, Partition, Unknown
from guestfix.facts.windows_model import Windows
from guestfix.guest.memory import MemoryGuest
from guestfix.report.facts_text import facts_page
from guestfix.report.plain import plain
from guestfix.rules.targets import load_targets

DISK = "0b2394a9-095e-487d-8d48-719ecd4d78ca"


def disks() -> DiskFacts:
    """The disk that the BCD of regipy names, with its two partitions."""
    partitions = tuple(
        Partition(number=number, device=f"/dev/sda{number}", start=number << 20, size=1 << 20, type=kind,
                  type_name="", uuid=uuid)
        for number, kind, uuid in (
            (1, "c12a7328-f81f-11d2-ba4b-00a0c93ec93b", "36be3955-63bf-4068-a6ab-00195cca3a22"),
            (2, "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7", "8e0f2c38-e4ea-47ba-b7fc-9d8c74dccf0b"),
        )
    )  # fmt: skip
    image = Image(
        path="disk.img", device="/dev/sda", format="raw", virtual_size=4 << 20, file_size=4 << 20, table="gpt",
        identifier=DISK, boot_code="empty", partitions=partitions,
    )  # fmt: skip
    return DiskFacts((image,), (), ())


DRIVERS = ("stornvme.sys", "STORAHCI.SYS", "disk.sys", "partmgr.sys", "EhStorClass.sys", "fvevol.sys")


def inspected(files: dict[str, bytes], known: DiskFacts | Unknown) -> Facts:
    return collect(MemoryGuest(dict(files)), known, tuple(load_targets([builtin_rules()]).values())).facts


@pytest.fixture(scope="module")
def windows_8(corpora: Path) -> Facts:
    files = {f"/Windows/System32/drivers/{name}": b"MZ" for name in DRIVERS}
    files["/Windows/System32/config/SYSTEM"] = (corpora / "registry/regipy/SYSTEM_2").read_bytes()
    files["/EFI/Microsoft/Boot/BCD"] = (corpora / "registry/regipy/BCD").read_bytes()
    return inspected(files, disks())


@pytest.fixture(scope="module")
def windows_xp(corpora: Path) -> Facts:
    hive = (corpora / "registry/dfwinreg-git/SYSTEM_history_e18f3d4").read_bytes()
    return inspected({"/WINDOWS/system32/config/system": hive}, Unknown(unknown="only a folder was given"))


def told(facts: Facts) -> Windows:
    assert facts.windows is not None
    return facts.windows


@pytest.mark.corpora
def test_windows_8_says_what_it_is(windows_8: Facts) -> None:
    found = told(windows_8)
    assert (windows_8.os.family, windows_8.os.architecture, windows_8.os.hostname) == (
        "windows",
        "x86_64",
        "SENSEI",
    )
    assert (found.role, found.licence, found.languages) == ("client", "client", ("en-US",))
    assert (found.control_sets, found.current_control_set) == (("ControlSet001",), "ControlSet001")
    assert found.driver_database is True
    assert found.page_files == (r"?:\pagefile.sys",)
    assert (found.hibernation, found.fast_startup, found.hibernated) == (True, True, False)
    assert (found.clock_is_utc, found.san_policy) == (False, 1)
    assert found.unclean_hives == ("/Windows/System32/config/SYSTEM",)


@pytest.mark.corpora
def test_what_only_software_knows_is_unknown_without_it(windows_8: Facts) -> None:
    found = told(windows_8)
    for fact in (found.product, found.version, found.build, found.edition, found.autologon):
        assert isinstance(fact, Unknown)
        assert "config/SOFTWARE" in fact.unknown


@pytest.mark.corpora
def test_a_driver_that_windows_switched_off_is_seen(windows_8: Facts) -> None:
    found = told(windows_8)
    services = {service.name: service for service in found.services}
    assert (services["stornvme"].start, services["stornvme"].start_override) == (0, True)
    assert (services["storahci"].start_override, services["storahci"].file) == (False, "present")
    assert (services["Dhcp"].file, services["Dhcp"].start) == ("elsewhere", 2)
    nitro = found.targets["ec2-nitro"]
    assert nitro.storage == {"stornvme": "StartOverride", "awsnvme": "missing"}
    assert (nitro.boots, nitro.answers) == (False, False)
    assert found.targets["azure"].storage["vmbus"] == "no file"


@pytest.mark.corpora
def test_a_filter_without_its_file_is_told(windows_8: Facts) -> None:
    problems = {each.name: each.problem for each in told(windows_8).filters}
    assert problems == {"PartMgr": "", "EhStorClass": "", "fvevol": "", "rdyboost": "its file is missing"}


@pytest.mark.corpora
def test_the_boot_configuration_is_held_against_the_disks(windows_8: Facts, corpora: Path) -> None:
    (boot,) = told(windows_8).boot
    assert (boot.firmware, boot.timeout, boot.ems, boot.agrees) == ("uefi", 30, False, True)
    default = next(each for each in boot.objects if each.id == boot.default)
    assert default.os_device is not None
    assert default.os_device.found == "/dev/sda2"
    image = disks().images[0].model_copy(update={"identifier": "11111111-095e-487d-8d48-719ecd4d78ca"})
    files = {"/Windows/System32/x": b"", "/EFI/Microsoft/Boot/BCD": (corpora / "registry/regipy/BCD").read_bytes()}
    (other,) = told(inspected(files, DiskFacts((image,), (), ()))).boot
    assert other.agrees is False


@pytest.mark.corpora
def test_interfaces_and_remote_desktop(windows_8: Facts) -> None:
    found = told(windows_8)
    assert [(each.name, each.dhcp) for each in found.interfaces] == [
        ("Local Area Connection* 1", True),
        ("Ethernet", True),
    ]
    assert (found.remote_desktop, found.firewall_lets_remote_desktop_in) == (False, False)


@pytest.mark.corpora
def test_windows_xp_has_two_control_sets_and_no_driver_database(windows_xp: Facts) -> None:
    found = told(windows_xp)
    assert found.system_root == "/WINDOWS"
    assert found.control_sets == ("ControlSet001", "ControlSet003")
    assert (found.driver_database, found.role, windows_xp.os.architecture) == (False, "client", "i386")
    assert found.boot == ()
    assert {each.control_set for each in found.interfaces} == {"ControlSet001", "ControlSet003"}


@pytest.mark.corpora
def test_a_person_reads_what_matters(windows_8: Facts) -> None:
    text = plain(facts_page(windows_8))
    for line in ("in use: ControlSet001", "fits the disks  yes", "stornvme  storage  StartOverride", "rdyboost"):
        assert line in text


def test_hives_that_are_none_leave_everything_unknown_and_nothing_raised() -> None:
    files = {f"/Windows/System32/config/{name}": b"regf" + bytes(100) for name in ("SYSTEM", "SOFTWARE")}
    facts = inspected({**files, "/Boot/BCD": b"junk", "/hiberfil.sys": b"HIBR"}, disks())
    found = told(facts)
    assert isinstance(found.current_control_set, Unknown)
    assert isinstance(found.targets["kvm"].boots, Unknown)
    assert (found.services, found.boot, found.hibernated) == ((), (), True)
    assert "asleep" in plain(facts_page(facts))


@pytest.mark.exhaustive
@pytest.mark.corpora
def test_every_broken_hive_of_others_gives_facts(corpora: Path) -> None:
    for path in sorted((corpora / "registry/yarp").rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            files = {f"/Windows/System32/config/{name}": data for name in ("SYSTEM", "SOFTWARE")}
            assert told(inspected({**files, "/Boot/BCD": data}, disks())).system_root == "/Windows"
