"""The ifcfg files of Red Hat and SUSE as rules see them, and which of them are plain wired cards."""

from __future__ import annotations

from guestfix.actions._binding import Binding
from guestfix.formats import shell_variables
from guestfix.formats.shell_variables import ShellVariables
from guestfix.rules.action import Format

FORMAT = Format(
    summary="/etc/sysconfig/network-scripts/ifcfg-*, /etc/sysconfig/network/ifcfg-*, ifcfg(5)",
    parse=shell_variables.parse,
    render=ShellVariables.render,
)

_PART_OF = ("MASTER", "MASTER_UUID", "BRIDGE", "BRIDGE_UUID", "TEAM_MASTER", "TEAM_MASTER_UUID", "OVS_BRIDGE")
_MADE_OF = (
    *("BONDING_OPTS", "BONDING_MASTER", "BONDING_SLAVE_0", "BONDING_SLAVE0", "TEAM_CONFIG", "TEAM_RUNNER"),
    *("BRIDGE_PORTS", "ETHERDEVICE", "VLAN_ID", "PHYSDEV"),
)
_BUILT_TYPES = ("bond", "bridge", "vlan", "team", "ovsbridge", "ovsport", "ovsbond", "teamport")


def card_name(document: ShellVariables, path: str) -> str:
    """Return the card that the file is for: DEVICE, or what the name of the file says."""
    return document.get("DEVICE") or path.rpartition("/ifcfg-")[2]


def is_built(document: ShellVariables, path: str) -> bool:
    """Whether the file makes a bridge, bond, VLAN or team, or its card belongs to one."""
    said = (document.get("TYPE") or document.get("DEVICETYPE") or "").lower()
    yes = ("SLAVE", "VLAN", "BRIDGE", "BONDING_MASTER")
    return (
        said in _BUILT_TYPES
        or any(document.get(name) for name in (*_PART_OF, *_MADE_OF))
        or any((document.get(name) or "").lower() in ("yes", "y", "true") for name in yes)
        or "." in card_name(document, path)
    )


def is_card(document: ShellVariables, path: str) -> bool:
    """Whether the file is for a plain wired card or an alias of one (eth0:1)."""
    said = (document.get("TYPE") or "ethernet").lower()
    return card_name(document, path).startswith("e") and said == "ethernet" and not is_built(document, path)


def rebound(document: ShellVariables, new: Binding, name: str | None) -> ShellVariables:
    """Return the file for the new card: its MAC if it is known, and DEVICE as `name`, or none at all."""
    gone = [each for each in ("HWADDR", "MACADDR", "LLADDR") if each in document.names]
    edited = document
    if new.mac and (document.get("HWADDR") or "").lower() != new.mac:
        edited = edited.comment_out(gone).with_value("HWADDR", new.mac)
    elif not new.mac:
        edited = edited.comment_out(gone)
    if name is None:
        return edited.comment_out(["DEVICE"])
    return edited.with_value("DEVICE", name)
