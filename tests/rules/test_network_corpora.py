"""Files that others wrote, each in its place in a guest, through all network rules: what is left after `apply`?

What a file says may be odd or broken; that may cost a change (a finding with a code says so), never the plan.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from guestfix.apply import apply
from guestfix.facts.collect import collect
from guestfix.facts.model import Unknown
from guestfix.guest.memory import MemoryGuest
from guestfix.operations import Knowledge
from guestfix.plan import Plan, plan
from guestfix.revert import revert
from guestfix.rules.snapshot import differences, snapshot

WANTS = "/etc/systemd/system/multi-user.target.wants"
STARTED: dict[str, tuple[str, ...]] = {
    "netplan": ("/usr/sbin/netplan", "/usr/lib/systemd/system-generators/netplan"),
    "NetworkManager": ("/usr/sbin/NetworkManager", f"{WANTS}/NetworkManager.service"),
    "systemd-networkd": ("/usr/lib/systemd/systemd-networkd", f"{WANTS}/systemd-networkd.service"),
    "ifupdown": ("/sbin/dhclient", f"{WANTS}/networking.service"),
    "network-scripts": ("/sbin/dhclient", "/etc/rc3.d/S10network", "/etc/sysconfig/network-scripts/ifup-eth"),
    "wicked": ("/usr/sbin/wicked", f"{WANTS}/wicked.service"),
}
PLACES = (
    ("/netplan/|netplan-", "netplan", "/etc/netplan/50.yaml"),
    ("nmconnection|nm-keyfile|system-connections", "NetworkManager", "/etc/NetworkManager/system-connections/lan"),
    (r"netdev(/|$)", "systemd-networkd", "/etc/systemd/network/50.netdev"),
    ("/network/|networkd/|systemd/network", "systemd-networkd", "/etc/systemd/network/50.network"),
    ("interfaces", "ifupdown", "/etc/network/interfaces"),
    ("ifcfg-suse", "wicked", "/etc/sysconfig/network/ifcfg-eth1"),
    ("ifcfg", "NetworkManager", "/etc/sysconfig/network-scripts/ifcfg-eth1"),
    ("ifcfg", "network-scripts", "/etc/sysconfig/network-scripts/ifcfg-eth1"),
)
"""What the path of a file in the corpora has in it, and where it lies in a guest with which system."""
SETTINGS = ({"network": "dhcp"}, {"network": "dhcp", "bonds": "dhcp"}, {"network": "keep"})

pytestmark = [pytest.mark.corpora, pytest.mark.exhaustive]


@cache
def knowledge(number: int) -> Knowledge:
    only = ("linux/net*", "linux/ifupdown", "linux/dhcp*", "linux/resolv*", "linux/cloud*", "linux/firewall*")
    return Knowledge.load((), only=(*only, "linux/fstab"), settings=SETTINGS[number])


def cases(corpora: Path) -> Iterator[tuple[str, str, str, bytes]]:
    for path in sorted((corpora / "net").rglob("*")):
        name = f"/{path.relative_to(corpora / 'net')}"
        if path.is_file() and (places := [each for each in PLACES if re.search(each[0], name)]):
            # ifcfg files of Red Hat are for two systems; any other file is for the first.
            for _, system, place in places if places[0][2].endswith("network-scripts/ifcfg-eth1") else places[:1]:
                yield name, system, place, path.read_bytes()
    for path in sorted((corpora / "fstab").rglob("*")):
        if path.is_file():
            yield path.name, "ifupdown", "/etc/fstab", path.read_bytes()


def planned(guest: MemoryGuest, number: int) -> Plan:
    facts = collect(guest, Unknown(unknown="no disks")).facts
    return plan(facts, {}, guest, knowledge(number).rules, knowledge(number).target("kvm"))


@pytest.mark.parametrize("number", range(len(SETTINGS)), ids=["dhcp", "bonds", "keep"])
def test_every_file_that_others_wrote_is_adapted_once_and_comes_back(corpora: Path, number: int) -> None:
    wrong: list[str] = []
    changed = seen = 0
    for name, system, place, data in cases(corpora):
        base = dict.fromkeys(STARTED[system], "")
        guest = MemoryGuest({"/etc/os-release": 'ID=debian\nVERSION_ID="12"\n', **base, place: data})
        before = snapshot(guest)
        first = planned(guest, number)
        seen += 1
        if not first.changes:
            continue
        changed += 1
        apply(guest, first.changes, target="kvm", plan=first.identity)
        wrong += [f"{name} ({system}): {each.path} is changed again" for each in planned(guest, number).changes]
        revert(guest)
        if differences(before, snapshot(guest)):
            wrong.append(f"{name} ({system}): not all is as it was")
    assert wrong == []
    assert seen > 1300
    assert changed > 300
