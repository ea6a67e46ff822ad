"""`use_dhcp`: have an ifcfg file ask for an address, on whatever card has its name."""

from __future__ import annotations

import re

from pydantic import Field

from guestfix.actions._network import gives_way
from guestfix.actions.ifcfg import is_built
from guestfix.changes import Note
from guestfix.formats.shell_variables import ShellVariables
from guestfix.rules.action import Edited, Params, Scope, Step
from guestfix.untrusted import shown

_STATIC = re.compile(
    "(?:IPADDR|NETMASK|PREFIX|PREFIXLEN|BROADCAST|NETWORK|REMOTE_IPADDR|LABEL|SCOPE)(?:_?[A-Za-z0-9]*)"
    "|GATEWAY[0-9]*|GATEWAYDEV|DNS[0-9]+|IPV6ADDR|IPV6ADDR_SECONDARIES|IPV6_DEFAULTGW"
    "|HWADDR|MACADDR|LLADDR"
    "|SLAVE|(?:MASTER|BRIDGE|TEAM_MASTER)(?:_UUID)?|TEAM_PORT_CONFIG"
)


class UseDhcp(Params):
    """What has the file started."""

    variable: str = Field(description="ONBOOT for Red Hat, STARTMODE for SUSE", pattern=r"^[A-Z]+$")
    value: str = Field(description="Its value for a card that is started at boot")
    device: str = Field(description="Name of the card")


def run(document: ShellVariables, params: UseDhcp, scope: Scope, path: str) -> Edited[ShellVariables]:
    """Return the file with BOOTPROTO=dhcp; what names the old card, its address and servers becomes comments."""
    if is_built(document, path) and not gives_way(scope):
        return Edited(document, why_not=f"{shown(path)} belongs to a bridge, bond, VLAN or team")
    doomed = [name for name in document.names if _STATIC.fullmatch(name)]
    edited = document.comment_out(doomed)
    wanted = {"BOOTPROTO": "dhcp", params.variable: params.value}
    if document.is_assigned("DEVICE"):
        wanted["DEVICE"] = params.device
    for name, value in wanted.items():
        edited = edited.with_value(name, value)
    if edited == document:
        return Edited(document, why_not=f"{shown(path)} asks for an address already")
    off = f"; switched off: {', '.join(doomed)}" if doomed else ""
    return Edited(edited, notes=(Note(text=f"{params.device} asks for an address by DHCP{off}"),))


ACTION = Step(summary="Ask for an address by DHCP on the card of this name", params=UseDhcp, run=run)
