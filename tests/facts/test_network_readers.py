"""The questions: are the same settings the same facts in every system, and does no file end inspection?"""

from __future__ import annotations

from pathlib import Path

import pytest

from guestfix.facts.model import Interface
from guestfix.facts.network_ifcfg import ifcfg_interfaces
from guestfix.facts.network_keyfile import keyfile_interfaces
from guestfix.facts.network_netplan import netplan_interfaces, netplan_order
from guestfix.facts.network_networkd import networkd_interfaces
from guestfix.guest.memory import MemoryGuest

MAC = "00:50:56:00:00:01"

NETPLAN = f"""
network:
  version: 2
  ethernets:
    lan:
      match: {{macaddress: "{MAC}"}}
      set-name: ens192
      addresses: [192.0.2.5/24, "2001:db8::5/64"]
      gateway6: 2001:db8::1
      routes: [{{to: default, via: 192.0.2.1}}]
      nameservers: {{search: [example.org], addresses: [192.0.2.53]}}
"""
KEYFILE = f"""
[connection]
type=ethernet
interface-name=ens192
[ethernet]
mac-address={MAC}
[ipv4]
method=manual
address1=192.0.2.5/24,192.0.2.1
dns=192.0.2.53;
dns-search=example.org;
[ipv6]
method=manual
addresses1=2001:db8::5/64,2001:db8::1
"""
NETWORKD = f"""
[Match]
Name=ens192
MACAddress={MAC}
[Network]
Address=192.0.2.5/24
Address=2001:db8::5/64
Gateway=192.0.2.1
DNS=192.0.2.53
Domains=example.org
[Route]
Gateway=2001:db8::1
"""
IFCFG = f"""
DEVICE=ens192
HWADDR={MAC}
BOOTPROTO=none
IPADDR=192.0.2.5
PREFIX=24
GATEWAY=192.0.2.1
DNS1=192.0.2.53
DOMAIN=example.org
IPV6ADDR=2001:db8::5/64
IPV6_DEFAULTGW=2001:db8::1
"""


def said(interface: Interface) -> dict[str, object]:
    return interface.model_dump(exclude={"source", "line"})


def test_the_same_settings_are_the_same_facts_in_every_system() -> None:
    files = {
        "/etc/netplan/a.yaml": NETPLAN,
        "/etc/NetworkManager/system-connections/a": KEYFILE,
        "/etc/systemd/network/a.network": NETWORKD,
        "/etc/sysconfig/network-scripts/ifcfg-lan": IFCFG,
    }
    guest = MemoryGuest(files)
    paths = list(files)
    found = [
        *netplan_interfaces(guest, paths[:1]),
        *keyfile_interfaces(guest, paths),
        *networkd_interfaces(guest, paths[2:3]),
        *ifcfg_interfaces(guest, paths),
    ]
    assert len(found) == 4
    assert found[0].addresses == ("192.0.2.5/24", "2001:db8::5/64")
    assert (found[0].gateway, found[0].gateway6) == ("192.0.2.1", "2001:db8::1")
    assert all(said(each) == said(found[0]) for each in found)


def test_netplan_merges_by_name_and_etc_hides_the_rest() -> None:
    files = {
        "/usr/lib/netplan/50.yaml": "network: {ethernets: {eth0: {dhcp4: true}}}",
        "/etc/netplan/50.yaml": "network: {ethernets: {eth0: {dhcp4: false, addresses: [192.0.2.5/24]}}}",
        "/etc/netplan/60.yaml": "network: {ethernets: {eth0: {addresses: [192.0.2.6/24], gateway4: 192.0.2.1}}}",
    }
    assert netplan_order(list(files)) == ("/etc/netplan/50.yaml", "/etc/netplan/60.yaml")
    [card] = netplan_interfaces(MemoryGuest(files), list(files))
    assert card.addresses == ("192.0.2.5/24", "192.0.2.6/24")
    assert card.gateway == "192.0.2.1"


def test_a_drop_in_amends_its_file_and_an_empty_value_takes_back() -> None:
    files = {
        "/etc/systemd/network/a.network": "[Match]\nName=e*\n[Network]\nAddress=192.0.2.5/24\n",
        "/etc/systemd/network/a.network.d/x.conf": "[Network]\nAddress=\nDHCP=yes\n",
        "/etc/systemd/network/b.netdev": "[NetDev]\nName=bond0\nKind=bond\n",
    }
    card, bond = networkd_interfaces(MemoryGuest(files), [each for each in files if not each.endswith(".conf")])
    assert (card.name, card.method, card.addresses) == ("e*", "dhcp", ())
    assert (bond.name, bond.kind) == ("bond0", "bond")


@pytest.mark.corpora
def test_no_file_that_others_wrote_ends_inspection(corpora: Path) -> None:
    files: dict[str, bytes] = {}
    for number, path in enumerate(sorted((corpora / "net").rglob("*"))):
        if path.is_file():
            files[f"/etc/NetworkManager/system-connections/{number}"] = path.read_bytes()
            files[f"/etc/systemd/network/{number}{'.netdev' if number % 3 == 0 else '.network'}"] = (
                path.read_bytes()
            )
            files[f"/etc/netplan/{number}.yaml"] = path.read_bytes()
    guest = MemoryGuest(files)
    seen = 0
    for name in files:
        seen += len(netplan_interfaces(guest, [name])) if name.endswith(".yaml") else 0
        seen += len(networkd_interfaces(guest, [name]))
        seen += len(keyfile_interfaces(guest, [name]))
    assert seen > 500
