"""IP addresses as facts name them: with the length of the network's prefix where it is known."""

from __future__ import annotations

import ipaddress


def with_prefix(address: str, mask: str | None) -> str:
    """Return `192.0.2.10/24` for an address and a netmask or prefix length; what is no address stays as it is."""
    address = address.strip()
    if "/" in address or not mask:
        return address
    try:
        return ipaddress.ip_interface(f"{address}/{mask.strip()}").with_prefixlen
    except ValueError:
        return f"{address} {mask.strip()}"
