"""The questions: does an edit keep every other byte, and is it refused where more than that would go?"""

from __future__ import annotations

from pathlib import Path

import pytest

from guestfix.formats import netplan
from guestfix.formats.errors import CannotEdit

# As the installer of Ubuntu Server 20.04 writes it, with a VLAN and comments added.
FILE = b"""# This is the network config written by 'subiquity'
network:
  ethernets:
    ens160:   # the only card
      addresses:
      - 10.0.0.5/24

      gateway4: 10.0.0.1
    ens192: {dhcp4: true,
             optional: true}
  vlans:
    vlan5: {id: 5, link: ens192}
  version: 2
"""


def gone(data: bytes, *names: str) -> bytes:
    document = netplan.parse(data)
    return document.comment_out([each for each in document.definitions if each.id in names]).render()


def test_one_card_goes_and_every_other_line_stays() -> None:
    after = gone(FILE, "ens160").splitlines()
    assert after[3:8] == [
        b"#guestfix#     ens160:   # the only card",
        b"#guestfix#       addresses:",
        b"#guestfix#       - 10.0.0.5/24",
        b"",
        b"#guestfix#       gateway4: 10.0.0.1",
    ]
    assert after[:3] == FILE.splitlines()[:3]
    assert after[8:] == FILE.splitlines()[8:]


def test_a_group_without_a_card_goes_as_a_whole() -> None:
    after = netplan.parse(gone(FILE, "ens160", "ens192"))
    assert [each.id for each in after.definitions] == ["vlan5"]
    assert after.network
    assert list(after.network.items) == ["vlans", "version"]


def test_a_network_without_anything_goes_as_a_whole() -> None:
    only = b"network:\n  ethernets:\n    eth0: {}\n"
    assert gone(only, "eth0") == b"#guestfix# network:\n#guestfix#   ethernets:\n#guestfix#     eth0: {}\n"


@pytest.mark.parametrize(
    "data",
    [
        b"network: {renderer: NetworkManager, ethernets: {eth0: {dhcp4: true}}}\n",
        b"network:\n  ethernets: {eth0: {}, eth1: {}}\n",
    ],
)
def test_what_shares_a_line_is_not_cut(data: bytes) -> None:
    with pytest.raises(CannotEdit):
        gone(data, "eth0")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"network:\n  ethernets: &x\n    eth0: *x\n", "anchor"),
        (b"network: {}\n---\nnetwork: {}\n", "second"),
        (b"network:\n\tethernets:\n", "not YAML"),
        (b"a: " + b"[" * 5000, "nested"),
        (b"network:\n  version: 2\n  version: 2\n", "twice"),
        (b'a: "\\UFFFFFFFF"\n', "not YAML"),
        (b"\xff\xfe", "not YAML"),
        (b"a: 1\n" * 20000, "64 KiB"),
    ],
)
def test_what_is_not_read_says_why_and_stays(data: bytes, why: str) -> None:
    document = netplan.parse(data)
    assert why in document.not_understood[0].why
    assert document.render() == data
    assert document.definitions == ()


@pytest.mark.corpora
def test_every_device_that_others_wrote_can_go_alone_or_is_refused(corpora: Path) -> None:
    gone_alone = 0
    for path in sorted((corpora / "net" / "netplan").rglob("*")):
        if path.suffix not in (".netplan", ".yaml"):
            continue
        document = netplan.parse(path.read_bytes())
        for each in document.definitions:
            try:
                after = document.comment_out([each])
            except CannotEdit:
                continue
            gone_alone += 1
            assert [d.id for d in after.definitions] == [d.id for d in document.definitions if d != each], path
            assert after.render().replace(b"#guestfix# ", b"") == path.read_bytes()
    assert gone_alone > 400
