"""The systems that configure network cards, in the order in which they override each other, and their signs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Folder:
    """A directory of configuration files, and how the names of those that are read begin and end."""

    path: str
    prefixes: tuple[str, ...] = ("",)
    suffixes: tuple[str, ...] = ("",)

    def takes(self, name: str) -> bool:
        """Say whether a file of this name is configuration."""
        return not name.startswith(".") and name.startswith(self.prefixes) and name.endswith(self.suffixes)


@dataclass(frozen=True, slots=True)
class Signs:
    """How to see that a system is there, that it is started, and where its files are."""

    name: str
    installed: tuple[str, ...]
    services: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()
    """Files whose being there has it started: systemd's generators."""
    folders: tuple[Folder, ...] = ()


_RED_HAT: Final = Folder("/etc/sysconfig/network-scripts", ("ifcfg-", "route-", "route6-", "rule-"))
_SUSE: Final = Folder("/etc/sysconfig/network", ("ifcfg-", "ifroute-", "routes"))

SYSTEMS: Final = (
    Signs(
        "cloud-init",
        ("/usr/bin/cloud-init",),
        ("cloud-init", "cloud-init-local", "cloud-init-network"),
        folders=(Folder("/etc/cloud/cloud.cfg.d", suffixes=(".cfg",)),),
    ),
    Signs(
        "netplan",
        ("/usr/sbin/netplan", "/usr/libexec/netplan/generate", "/lib/netplan/generate"),
        hooks=("/usr/lib/systemd/system-generators/netplan", "/lib/systemd/system-generators/netplan"),
        folders=(Folder("/etc/netplan", suffixes=(".yaml",)), Folder("/usr/lib/netplan", suffixes=(".yaml",))),
    ),
    Signs(
        "NetworkManager",
        ("/usr/sbin/NetworkManager", "/usr/bin/NetworkManager"),
        ("NetworkManager", "network-manager"),
        folders=(Folder("/etc/NetworkManager/system-connections"), _RED_HAT),
    ),
    Signs("wicked", ("/usr/sbin/wicked",), ("wicked",), folders=(_SUSE,)),
    Signs(
        "systemd-networkd",
        ("/usr/lib/systemd/systemd-networkd", "/lib/systemd/systemd-networkd"),
        ("systemd-networkd",),
        folders=(Folder("/etc/systemd/network", suffixes=(".network", ".netdev", ".link")),),
    ),
    Signs("ifupdown", ("/etc/network/interfaces",), ("networking",)),
    Signs(
        "network-scripts",
        ("/etc/sysconfig/network-scripts/ifup-eth", "/etc/sysconfig/network/scripts/ifup"),
        ("network",),
        folders=(_RED_HAT, _SUSE),
    ),
    Signs("dhcpcd", ("/sbin/dhcpcd", "/usr/sbin/dhcpcd", "/usr/bin/dhcpcd"), ("dhcpcd",)),
)
"""Sources: the units and init scripts of Debian, Ubuntu, Red Hat, SUSE, Alpine and Arch packages."""
