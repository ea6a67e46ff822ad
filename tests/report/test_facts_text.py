from __future__ import annotations

import unicodedata
from collections.abc import Callable

from guestfix.facts.model import Facts, Unknown
from guestfix.report.facts_text import facts_page, unknowns
from guestfix.report.plain import plain


def test_an_ordinary_guest(debian: Facts, golden: Callable[[str, str], None]) -> None:
    golden("facts-debian.txt", plain(facts_page(debian)))


def test_a_hostile_guest_is_text_and_nothing_else(hostile: Facts, golden: Callable[[str, str], None]) -> None:
    text = plain(facts_page(hostile))
    golden("facts-hostile.txt", text)
    assert {unicodedata.category(char) for char in text} & {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"} == {"Cc"}
    assert {char for char in text if unicodedata.category(char) == "Cc"} == {"\n"}


def test_a_guest_of_which_nothing_is_known(debian: Facts, golden: Callable[[str, str], None]) -> None:
    nothing = Unknown(unknown="the file system is damaged")
    facts = debian.model_copy(
        update={
            "volumes": nothing,
            "mounts": (),
            "firmware": debian.firmware.model_copy(update={"bios": nothing, "uefi": nothing}),
            "os": debian.os.model_copy(
                update=dict.fromkeys(("name", "architecture", "init", "package_manager", "hostname"), nothing)
            ),
            "boot": debian.boot.model_copy(
                update={
                    "loader": nothing,
                    "default": nothing,
                    "timeout": nothing,
                    "entries": (),
                    "installed_on": None,
                }
            ),
            "kernels": (),
            "fstab": nothing,
            "network": debian.network.model_copy(
                update={"in_charge": nothing, "dhcp_client": nothing, "systems": (), "interfaces": ()}
            ),
        }
    )
    golden("facts-unknown.txt", plain(facts_page(facts)))


def test_unknowns_are_named_by_their_path(debian: Facts) -> None:
    assert [path for path, _ in unknowns(debian)] == [
        "kernels[1].targets[ec2-nitro].answers",
        "fstab.entries[1].device",
    ]


def test_a_default_entry_that_is_not_in_the_menu_is_still_named(debian: Facts) -> None:
    facts = debian.model_copy(update={"boot": debian.boot.model_copy(update={"default": "saved-but-gone"})})
    text = plain(facts_page(facts))
    assert "starts       saved-but-gone\n" in text
    assert "*" not in text


def test_a_menu_that_waits_for_ever(debian: Facts) -> None:
    facts = debian.model_copy(update={"boot": debian.boot.model_copy(update={"timeout": -1})})
    assert "the menu waits for ever" in plain(facts_page(facts))


def test_many_targets_are_one_table(debian: Facts) -> None:
    """Of the kernel that starts: what keeps it from booting, in a line each."""
    first, second = debian.kernels
    first = first.model_copy(update={"targets": {**first.targets, "more": first.targets["kvm"]}})
    text = plain(facts_page(debian.model_copy(update={"kernels": (first, second)})))
    table = text[text.index("As it is now") :].split("\n\n")[0].splitlines()
    assert [line.split()[0] for line in table[2:5]] == ["ec2-nitro", "kvm", "more"]
    assert "nvme only on disk" in table[2]
    assert "On kvm" not in text
