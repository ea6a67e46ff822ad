"""Which lines a person is sent to when cards get other names: each that is meant, and no other."""

from __future__ import annotations

import pytest

from guestfix.facts.collect import collect
from guestfix.facts.firewall_cards import card_rules
from guestfix.facts.model import Unknown
from guestfix.guest.memory import MemoryGuest
from guestfix.operations import Knowledge
from guestfix.plan import plan

UDEV = {"/usr/lib/systemd/network/99-default.link": ""}
IPTABLES = {"/etc/rc3.d/S08iptables": ""}


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge.load()


def evidence(knowledge: Knowledge, files: dict[str, str], **settings: str) -> list[tuple[str, int | None, str]]:
    guest = MemoryGuest({"/etc/fstab": "", "/etc/os-release": "ID=debian\nVERSION_ID=12\n", **files})
    found = collect(guest, Unknown(unknown="no disks"), tuple(knowledge.targets.values()))
    rules = knowledge.rules.configured(only=["linux/firewall-cards", "linux/network-*"], values=settings)
    made = plan(found.facts, found.initramfs, guest, rules, knowledge.target("kvm"))
    return [
        (each.path, each.line, each.value)
        for finding in made.findings
        if finding.code == "GF-REACHABILITY-FIREWALL-CARD"
        for each in finding.evidence
    ]


def words(name: str, path: str, said: str, *cards: str) -> list[tuple[int, str]]:
    found = card_rules(MemoryGuest({path: said}), [name], cards)
    return [(rule.line, rule.card) for rule in found]


@pytest.mark.parametrize(
    ("rule", "card"),
    [
        ("-A INPUT -i ens192 -j ACCEPT", "ens192"),
        ("-A INPUT ! -i eth1 -j DROP", "eth1"),
        ("-A INPUT -i ! eth1 -j DROP", "eth1"),
        ("-A POSTROUTING --out-interface=enp3s0f1 -j MASQUERADE", "enp3s0f1"),
        ("-A FORWARD -m physdev --physdev-in p2p1 -j ACCEPT", "p2p1"),
        ("-A INPUT -i eth+ -j ACCEPT", "eth+"),
        ("-A INPUT -i ens192.100 -j ACCEPT", "ens192.100"),
        ("-A INPUT -i lan0 -j ACCEPT", "lan0"),
        ("-A INPUT -i enP2p1s0f0np0 -j ACCEPT", "enP2p1s0f0np0"),
        ("-A INPUT -i wg0 -j ACCEPT", None),
        ("-A INPUT -i enabled0 -j ACCEPT", None),
        ("-A INPUT -i + -j ACCEPT", None),
        ('-A INPUT -m comment --comment "no -ieth0" -j ACCEPT', None),
    ],
)
def test_a_rule_of_iptables_is_for_the_card_that_an_option_names(rule: str, card: str | None) -> None:
    found = words("iptables", "/etc/iptables/rules.v4", f"*filter\n{rule}\n", "lan0")
    assert found == ([(2, card)] if card else [])


def test_nft_names_cards_in_sets_flowtables_and_definitions() -> None:
    said = (
        "define wan = ens192\n"
        "table inet f { flowtable t { hook ingress priority 0; devices = { eth0, eth1 }; }\n"
        'chain c { iifname != "eno1" log prefix "from eno2 " drop comment "eth7" } # eth8\n'
        'oifname { "docker0", "enp*", "e*" } accept }\n'
    )
    named = [(1, "ens192"), (2, "eth0"), (2, "eth1"), (3, "eno1"), (4, "enp*")]
    assert words("nftables", "/etc/nftables.conf", said) == named


def test_what_nobody_loads_is_not_named() -> None:
    rules = "-A INPUT -i ens192 -j ACCEPT\n"
    guest = MemoryGuest({"/etc/iptables/rules.v4.bak": rules, "/etc/ufw/user.rules.20240101": rules})
    assert card_rules(guest, ["iptables", "ufw"], ()) == ()


def test_susefirewall_names_cards_in_its_variables() -> None:
    said = '# FW_DEV_EXT="eth9"\nFW_DEV_EXT="any eth0"\nFW_MASQ_DEV="zone:ext"\n'
    assert words("SuSEfirewall2", "/etc/sysconfig/SuSEfirewall2", said) == [(2, "eth0")]


def test_each_line_is_named_with_its_file(knowledge: Knowledge) -> None:
    rules = "*filter\n:INPUT DROP [0:0]\n-A INPUT -i ens192 -p tcp --dport 22 -j ACCEPT\nCOMMIT\n"
    places = {"/etc/sysconfig/iptables": rules, "/etc/sysconfig/ip6tables": rules, "/etc/iptables/rules.v4": rules}
    assert evidence(knowledge, {**UDEV, **IPTABLES, **places}) == [
        ("/etc/iptables/rules.v4", 3, "ens192"),
        ("/etc/sysconfig/iptables", 3, "ens192"),
        ("/etc/sysconfig/ip6tables", 3, "ens192"),
    ]


def test_eth0_stays_where_this_very_plan_has_udev_keep_the_kernels_names(knowledge: Knowledge) -> None:
    """RHEL 7 without NetworkManager: the policy is written by linux/network-scripts, eth1 is nobody's yet."""
    files = {
        "/etc/sysconfig/iptables": "-A INPUT -i eth0 -j ACCEPT\n-A INPUT -i eth1 -j ACCEPT\n",
        "/etc/rc3.d/S10network": "",
        "/etc/sysconfig/network-scripts/ifup-eth": "",
        "/etc/sysconfig/network-scripts/ifcfg-ens192": "DEVICE=ens192\nBOOTPROTO=dhcp\nONBOOT=yes\n",
    }
    assert evidence(knowledge, {**UDEV, **IPTABLES, **files}) == [("/etc/sysconfig/iptables", 2, "eth1")]


def test_a_kept_address_keeps_its_zone_and_its_name(knowledge: Knowledge) -> None:
    files = {
        **UDEV,
        "/etc/rc3.d/S01firewalld": "",
        "/usr/lib/firewalld/zones/public.xml": '<zone><service name="ssh"/></zone>',
        "/etc/firewalld/zones/work.xml": '<zone>\n<interface name="eth0"/>\n<interface name="ens192"/>\n</zone>',
        "/etc/rc3.d/S10network": "",
        "/etc/sysconfig/network-scripts/ifup-eth": "",
        "/etc/sysconfig/network-scripts/ifcfg-ens192": "DEVICE=ens192\nIPADDR=10.0.0.5\nPREFIX=8\nZONE=work\n",
    }
    named = [("/etc/firewalld/zones/work.xml", 3, "ens192")]
    profile = [("/etc/sysconfig/network-scripts/ifcfg-ens192", 4, "ens192")]
    assert evidence(knowledge, files, network="keep") == named
    assert evidence(knowledge, files) == named + profile
