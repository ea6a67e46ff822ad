"""What a guest said and was told by DHCP, read from a packet capture (pcap, Ethernet).

Formats: pcap-savefile(5); RFC 2131 for the message, RFC 2132 section 9.6 for the type. The packets are the
guest's, so every length is checked; what is no DHCP over IPv4 is passed over.
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterator
from dataclasses import dataclass

PACKET_LIMIT = 65_535
_GLOBAL_HEADER = 24
_RECORD_HEADER = 16
_ETHERNET = 14
_IPV4 = 0x0800
_UDP = 17
_PORTS = {67, 68}
_BOOTP = 236
_COOKIE = b"\x63\x82\x53\x63"
_TYPES = {
    1: "DISCOVER", 2: "OFFER", 3: "REQUEST", 4: "DECLINE", 5: "ACK", 6: "NAK", 7: "RELEASE", 8: "INFORM",
}  # fmt: skip


@dataclass(frozen=True)
class DhcpMessage:
    """One message; `address` is what the server gives (yiaddr), 0.0.0.0 in what the guest says."""

    kind: str
    address: str


def dhcp_messages(capture: bytes) -> tuple[DhcpMessage, ...]:
    """The DHCP messages of a capture in order. A capture that ends within a packet is read up to there."""
    return tuple(message for packet in _packets(capture) if (message := _message(packet)) is not None)


def leased_address(messages: tuple[DhcpMessage, ...]) -> str | None:
    """The address of the last acknowledgement, or None."""
    given = [message.address for message in messages if message.kind == "ACK"]
    # An acknowledgement of INFORM gives no address.
    leased = [address for address in given if not ipaddress.IPv4Address(address).is_unspecified]
    return leased[-1] if leased else None


def _packets(capture: bytes) -> Iterator[bytes]:
    if capture[:4] == b"\xd4\xc3\xb2\xa1":
        order = "<"
    elif capture[:4] == b"\xa1\xb2\xc3\xd4":
        order = ">"
    else:
        return
    at = _GLOBAL_HEADER
    while at + _RECORD_HEADER <= len(capture):
        (length,) = struct.unpack_from(f"{order}I", capture, at + 8)
        at += _RECORD_HEADER
        if length > PACKET_LIMIT or at + length > len(capture):
            return
        yield capture[at : at + length]
        at += length


def _message(packet: bytes) -> DhcpMessage | None:
    if len(packet) < _ETHERNET + 20 or int.from_bytes(packet[12:14], "big") != _IPV4:
        return None
    internet = packet[_ETHERNET:]
    header = (internet[0] & 0x0F) * 4
    if internet[0] >> 4 != 4 or internet[9] != _UDP or header < 20 or len(internet) < header + 8:
        return None
    ports = struct.unpack_from(">HH", internet, header)
    message = internet[header + 8 :]
    if not _PORTS.issuperset(ports) or message[_BOOTP : _BOOTP + 4] != _COOKIE:
        return None
    kind = _option(message[_BOOTP + 4 :], 53)
    if kind is None or len(kind) != 1 or kind[0] not in _TYPES:
        return None
    return DhcpMessage(_TYPES[kind[0]], str(ipaddress.IPv4Address(message[16:20])))


def _option(options: bytes, wanted: int) -> bytes | None:
    at = 0
    while at < len(options) and options[at] != 255:
        if options[at] == 0:
            at += 1
            continue
        if at + 2 > len(options):
            return None
        length = options[at + 1]
        if at + 2 + length > len(options):
            return None
        if options[at] == wanted:
            return options[at + 2 : at + 2 + length]
        at += 2 + length
    return None
