from __future__ import annotations

from pathlib import Path

import pytest

from guestfix.formats.errors import CannotEdit, NoSuchLine, ValueNotWritable
from guestfix.formats.interfaces import parse
from guestfix.formats.interfaces_edit import (
    append,
    commands_of,
    comment_out,
    comment_out_stanzas,
    drop_names,
    rename,
    use_dhcp,
)

STATIC = b"""\
# The primary network interface
allow-hotplug ens33
iface ens33 inet static
\taddress 192.168.1.10/24
\t# the office
\tgateway 192.168.1.1
\tmtu 1400
\tdns-nameservers 192.168.1.1 \\
\t  192.168.1.2
\tup ip route add 10.0.0.0/8 via 192.168.1.254

iface ens33 inet6 static
    address fd00::10
    accept_ra 0
iface ens33 inet static
    address 192.168.1.11/24
"""


def test_a_static_card_gets_dhcp_and_keeps_what_is_no_address() -> None:
    after = use_dhcp(use_dhcp(parse(STATIC), "ens33"), "ens33", "inet6")
    assert after.render() == (
        b"# The primary network interface\nallow-hotplug ens33\niface ens33 inet dhcp\n"
        b"\t# the office\n\tmtu 1400\n\tup ip route add 10.0.0.0/8 via 192.168.1.254\n\niface ens33 inet6 auto\n"
        b"#guestfix# iface ens33 inet static\n#guestfix#     address 192.168.1.11/24\n"
    )
    assert commands_of(after, "ens33") == ("up ip route add 10.0.0.0/8 via 192.168.1.254",)
    assert use_dhcp(after, "ens33") == after
    assert use_dhcp(after, "ens33", "inet6") == after
    assert parse(after.render()).not_understood == ()


@pytest.mark.parametrize("text", [b"iface lo inet loopback\n", b"iface eth1 inet static\n address 1.2.3.4\n", b""])
def test_loopback_and_other_cards_are_left_alone(text: bytes) -> None:
    document = parse(text)
    assert use_dhcp(document, "lo") is document
    assert use_dhcp(document, "eth0") is document


@pytest.mark.parametrize(
    ("text", "name", "family", "method", "inherits"),
    [
        ("iface eth0 inet dhcp", "eth0", "inet", "dhcp", None),
        ("   \tiface  \t lo    inet\tloopback  ", "lo", "inet", "loopback", None),
        ("iface eth0 inet dhcp inherits base", "eth0", "inet", "dhcp", "base"),
        ("iface eth0 inet inherits base", "eth0", "inet", "", "base"),
        ("iface eth0 inherits base", "eth0", "", "", "base"),
        ("iface \\\neth0 inet \\\ndhcp", "eth0", "inet", "dhcp", None),
    ],
)
def test_iface_lines(text: str, name: str, family: str, method: str, inherits: str | None) -> None:
    (iface,) = parse(text.encode()).ifaces
    assert (iface.name, iface.family, iface.method, iface.inherits) == (name, family, method, inherits)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("address 1.2.3.4\n", 1),
        ("auto lo\n\naddress 1.2.3.4\n", 3),
        ("iface eth0\n", 1),
        ("iface eth0 inet\n", 1),
        ("iface eth0 inet inherits\n", 1),
        ("iface eth0 inet dhcp\n up\n", 2),
        ("mapping eth0\n script x\n address y\n", 3),
        ("iface eth0 inet \\\n static\n#c\nsource x\n gateway y\n", 5),
    ],
)
def test_what_makes_ifup_refuse_the_file_is_reported(text: str, number: int) -> None:
    assert [each.number for each in parse(text.encode()).not_understood] == [number]


def test_comments_are_not_continued_and_a_hash_inside_is_no_comment() -> None:
    document = parse(b"# a \\\nauto eth0\niface eth0 inet manual\n up echo \\\n # x\n  #y\n down true # z\n")
    assert document.auto == ("eth0",)
    assert [option.value for option in document.ifaces[0].options] == ["echo  # x", "true # z"]


def test_with_dos_line_endings_a_backslash_joins_nothing() -> None:
    document = parse(b"auto eth0 \\\r\niface eth0 inet dhcp\r\n")
    assert document.ifaces[0].method == "dhcp"


def test_lists_and_inclusions() -> None:
    document = parse(
        b"auto lo eth0\nallow-auto eth1\nallow-hotplug /en*=x eth2\nno-auto-down eth0\nno-scripts eth1\n"
        b"source interfaces.d/*.cfg\nsource-directory interfaces.d\nrename a=b\n"
        b"mapping eth* e\n script /x\n map y\n"
    )
    assert document.auto == ("lo", "eth0", "eth1")
    assert document.names("allow-hotplug") == ("/en*=x", "eth2")
    assert document.names("no-auto-down") == ("eth0",)
    assert document.sources == (("source", "interfaces.d/*.cfg"), ("source-directory", "interfaces.d"))
    assert document.mappings[0].patterns == ("eth*", "e")
    assert [option.value for option in document.mappings[0].options] == ["/x", "y"]
    assert document.not_understood == ()


def test_an_option_of_several_lines_is_joined_as_ifup_does() -> None:
    (iface,) = parse(b"iface a inet static\n address 1\n address 2\n").ifaces
    assert iface.get("address") == "1\n2"
    assert iface.get("gateway") is None


def test_every_line_of_a_continued_option_becomes_a_comment() -> None:
    document = parse(b"iface a inet dhcp\n  up x \\\n    y\n  down z\n")
    option = document.ifaces[0].options[0]
    after = comment_out(document, [option.index])
    assert after.render() == b"iface a inet dhcp\n#guestfix#   up x \\\n#guestfix#     y\n  down z\n"
    assert [each.name for each in parse(after.render()).ifaces[0].options] == ["down"]


def test_a_stanza_goes_with_its_options() -> None:
    document = parse(b"iface a inet dhcp\n up x\n# c\niface b inet dhcp\n")
    after = comment_out_stanzas(document, document.ifaces[:1])
    assert after.render() == b"#guestfix# iface a inet dhcp\n#guestfix#  up x\n# c\niface b inet dhcp\n"


@pytest.mark.parametrize("index", [-1, 1, 2])
def test_a_comment_or_a_line_beyond_the_end_cannot_be_commented_out(index: int) -> None:
    with pytest.raises(NoSuchLine):
        comment_out(parse(b"auto lo\n# c\n"), [index])


def test_names_are_dropped_from_lists() -> None:
    document = parse(b"auto lo eth0 eth00\n  auto eth0\nallow-hotplug eth0\n")
    assert drop_names(document, "auto", ["eth0"]).render() == (
        b"auto lo eth00\n#guestfix#   auto eth0\nallow-hotplug eth0\n"
    )
    assert drop_names(document, "auto", ["eth9"]) == document


def test_renaming_reaches_aliases_vlans_and_members_but_no_commands() -> None:
    document = parse(
        b"auto  eth0 eth0:1 eth0.5 eth01 eth0=work\niface eth0 inet dhcp inherits eth0\n up x eth0\n"
        b"iface br0 inet dhcp\n  bridge_ports eth0 eth1\nmapping eth0\n script eth0\niface eth0.5 inet dhcp\n"
    )
    assert rename(document, "eth0", "ens5").render() == (
        b"auto  ens5 ens5:1 ens5.5 eth01 ens5=work\niface ens5 inet dhcp inherits ens5\n up x eth0\n"
        b"iface br0 inet dhcp\n  bridge_ports ens5 eth1\nmapping ens5\n script eth0\niface ens5.5 inet dhcp\n"
    )


def test_stanzas_are_added_behind_a_blank_line() -> None:
    added = ["auto /en*=guestfix", "iface guestfix inet dhcp"]
    assert (
        append(parse(b"auto lo"), added).render() == b"auto lo\n\nauto /en*=guestfix\niface guestfix inet dhcp\n"
    )
    assert append(parse(b""), added[:1]).render() == b"auto /en*=guestfix\n"
    assert append(parse(b"auto lo\r\n\r\n"), ["a"]).render() == b"auto lo\r\n\r\na\r\n"
    assert append(parse(b"# c \\"), ["a"]).render() == b"# c \\\n\na\n"


def test_nothing_is_added_to_an_unfinished_line() -> None:
    with pytest.raises(CannotEdit):
        append(parse(b"auto lo \\"), ["a"])
    with pytest.raises(ValueNotWritable):
        append(parse(b"auto lo\n"), ["a\nb"])


@pytest.mark.corpora
@pytest.mark.parametrize(
    ("number", "options_of"),
    [(1, {"eth0": 5, "eth1": 4, "eth2": 5}), (8, {"eth1:1": 4, "eth2.2": 1, "eth2.2:3": 1}), (19, {"tunnel5": 5})],
)
def test_ifupdowns_own_test_cases(corpora: Path, number: int, options_of: dict[str, int]) -> None:
    document = parse((corpora / f"net/interfaces/ifupdown/tests/linux/testcase.{number}").read_bytes())
    found = {iface.name: len(iface.options) for iface in document.ifaces}
    assert options_of.items() <= found.items()
    assert document.not_understood == ()


@pytest.mark.corpora
def test_networkmanagers_odd_files(corpora: Path) -> None:
    folder = corpora / "net/interfaces/networkmanager"
    assert [each.number for each in parse((folder / "test1").read_bytes()).not_understood] == [2]
    wrapped = parse((folder / "test11").read_bytes()).ifaces[0]
    assert wrapped.get("pre-up") == "/sbin/ifconfig eth0 up"
