"""The questions: do all network rules together leave nothing to a second plan, and gets every guest an address?"""

from __future__ import annotations

from functools import cache

import pytest

from guestfix.apply import apply
from guestfix.facts.collect import collect
from guestfix.facts.model import Facts, Unknown
from guestfix.guest.memory import MemoryGuest
from guestfix.operations import Knowledge
from guestfix.plan import Plan, plan
from guestfix.rules.supplies import Supplies

OLD, NEW = "00:50:56:00:00:01", "02:00:00:00:00:01"
WANTS = "/etc/systemd/system/multi-user.target.wants"
PIN = {
    "/etc/udev/rules.d/70-persistent-net.rules": f'SUBSYSTEM=="net", ATTR{{address}}=="{OLD}", NAME="eth0"\n',
    "/etc/ssh/sshd_config": "ListenAddress 10.0.0.5\n",
    "/etc/os-release": 'ID=debian\nVERSION_ID="12"\n',
}
# The signs by which each system is seen to be started, from facts/network_systems.py, and one static card.
GUESTS: dict[str, dict[str, str]] = {
    "netplan": {
        "/usr/sbin/netplan": "",
        "/usr/lib/systemd/system-generators/netplan": "",
        "/etc/netplan/50.yaml": "network:\n  ethernets:\n    ens192:\n      addresses: [10.0.0.5/24]\n",
    },
    "NetworkManager": {
        "/usr/sbin/NetworkManager": "",
        f"{WANTS}/NetworkManager.service": "",
        "/etc/NetworkManager/system-connections/lan": "[connection]\ntype=ethernet\ninterface-name=ens192\n"
        "[ipv4]\nmethod=manual\naddress1=10.0.0.5/24\n",
    },
    "systemd-networkd": {
        "/usr/lib/systemd/systemd-networkd": "",
        f"{WANTS}/systemd-networkd.service": "",
        "/etc/systemd/network/10.network": "[Match]\nName=ens192\n[Network]\nAddress=10.0.0.5/24\n",
    },
    "ifupdown": {
        f"{WANTS}/networking.service": "",
        "/sbin/dhclient": "",
        "/etc/network/interfaces": "auto ens192\niface ens192 inet static\n  address 10.0.0.5/24\n",
    },
    "network-scripts": {
        "/etc/rc3.d/S10network": "",
        "/sbin/dhclient": "",
        "/etc/sysconfig/network-scripts/ifup-eth": "",
        "/etc/sysconfig/network-scripts/ifcfg-ens192": f"HWADDR={OLD}\nIPADDR=10.0.0.5\nPREFIX=24\nONBOOT=yes\n",
    },
    "wicked": {
        "/usr/sbin/wicked": "",
        f"{WANTS}/wicked.service": "",
        "/etc/sysconfig/network/ifcfg-ens192": "BOOTPROTO='static'\nIPADDR='10.0.0.5/24'\nSTARTMODE='auto'\n",
    },
}


def facts_of(guest: MemoryGuest) -> Facts:
    return collect(guest, Unknown(unknown="no disks")).facts


@cache
def knowledge(network: str) -> Knowledge:
    only = ("linux/net*", "linux/ifupdown", "linux/dhcp*", "linux/resolv*", "linux/sshd*", "linux/cloud*")
    return Knowledge.load((), only=only, settings={"network": network})


def planned(guest: MemoryGuest, network: str, cards: tuple[tuple[str, str], ...]) -> Plan:
    facts = facts_of(guest)
    known = knowledge(network)
    return plan(facts, {}, guest, known.rules, known.targets["kvm"], Supplies(cards=cards))


@pytest.mark.parametrize("pairs", [(), ((OLD, NEW),)], ids=["no pairs", "a pair"])
@pytest.mark.parametrize("network", ["dhcp", "keep"])
@pytest.mark.parametrize("system", GUESTS)
def test_a_second_plan_is_empty_and_the_facts_say_what_was_asked_for(
    system: str, network: str, pairs: tuple[tuple[str, str], ...]
) -> None:
    guest = MemoryGuest({**PIN, **GUESTS[system]})
    before = facts_of(guest).network
    assert before.in_charge == system
    [card] = before.interfaces
    assert (card.method, card.addresses) == ("static", ("10.0.0.5/24",))

    first = planned(guest, network, pairs)
    assert not first.findings
    apply(guest, first.changes, target=first.target, plan=first.identity)
    assert planned(guest, network, pairs).changes == ()

    after = facts_of(guest).network
    assert after.in_charge == system
    cards = [each for each in after.interfaces if each.kind == "ethernet"]
    if network == "dhcp":
        assert "dhcp" in {each.method for each in cards}
    else:
        [kept] = cards
        assert kept.addresses == ("10.0.0.5/24",)
        assert kept.name != "ens192" or kept.mac
        bound = kept.mac == NEW or any(NEW in guest.read(p).decode() for p in rules_of(guest))
        assert bound == bool(pairs)


def rules_of(guest: MemoryGuest) -> list[str]:
    return [f"/etc/udev/rules.d/{name}" for name in guest.names("/etc/udev/rules.d") if name.endswith(".rules")]
