"""DHCP read from captures, whatever they hold."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from guestfix.boot.dhcp import DhcpMessage, dhcp_messages, leased_address

HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65536, 1)


def record(packet: bytes) -> bytes:
    return struct.pack("<IIII", 0, 0, len(packet), len(packet)) + packet


def dhcp(kind: int, address: bytes = bytes(4), *, options: bytes | None = None, ip_words: int = 5) -> bytes:
    message = b"\x02\x01\x06\x00" + bytes(12) + address + bytes(236 - 20) + b"\x63\x82\x53\x63"
    message += options if options is not None else bytes([53, 1, kind, 255])
    udp = struct.pack(">HHHH", 67, 68, 8 + len(message), 0) + message
    ip = bytes([0x40 | ip_words]) + bytes(8) + b"\x11" + bytes(ip_words * 4 - 10) + udp
    return bytes(12) + b"\x08\x00" + ip


LEASE = [dhcp(1), dhcp(2, b"\x0a\x00\x02\x0f"), dhcp(3), dhcp(5, b"\x0a\x00\x02\x0f")]


def test_a_lease_is_four_messages_and_an_address() -> None:
    messages = dhcp_messages(HEADER + b"".join(map(record, LEASE)))
    assert [message.kind for message in messages] == ["DISCOVER", "OFFER", "REQUEST", "ACK"]
    assert leased_address(messages) == "10.0.2.15"


def test_an_offer_is_no_lease() -> None:
    assert leased_address(dhcp_messages(HEADER + b"".join(map(record, LEASE[:3])))) is None


def test_an_acknowledged_inform_gives_no_address() -> None:
    assert leased_address((DhcpMessage("ACK", "0.0.0.0"),)) is None


def test_big_endian_captures_and_ip_options_are_read() -> None:
    packet = dhcp(5, b"\xc0\x00\x02\x01", ip_words=7)
    header = struct.pack(">IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65536, 1)
    capture = header + struct.pack(">IIII", 0, 0, len(packet), len(packet)) + packet
    assert dhcp_messages(capture) == (DhcpMessage("ACK", "192.0.2.1"),)


def test_the_type_is_found_behind_padding_and_other_options() -> None:
    options = bytes([0, 0, 12, 3]) + b"web" + bytes([53, 1, 4, 255])
    assert dhcp_messages(HEADER + record(dhcp(0, options=options)))[0].kind == "DECLINE"


def test_an_option_that_runs_out_of_the_packet_is_no_message() -> None:
    for options in (b"\x35", b"\x35\x01", b"\x35\x02\x01", b"\x0c\xff", b"", b"\x35\x01\x63\xff"):
        assert dhcp_messages(HEADER + record(dhcp(0, options=options))) == ()


def test_a_capture_cut_within_a_packet_keeps_what_was_whole() -> None:
    capture = HEADER + record(LEASE[0]) + record(LEASE[1])[:-3]
    assert [message.kind for message in dhcp_messages(capture)] == ["DISCOVER"]


def test_a_record_that_claims_gigabytes_ends_the_reading() -> None:
    assert dhcp_messages(HEADER + struct.pack("<IIII", 0, 0, 0xFFFFFFFF, 0xFFFFFFFF) + bytes(100)) == ()


@given(st.binary(max_size=700))
def test_any_packet_is_read_without_a_crash(packet: bytes) -> None:
    dhcp_messages(HEADER + record(packet))


@given(st.integers(0, len(LEASE[3]) - 1), st.integers(0, 255))
def test_one_wrong_byte_crashes_nothing(at: int, value: int) -> None:
    packet = bytearray(LEASE[3])
    packet[at] = value
    dhcp_messages(HEADER + record(bytes(packet)))


@given(st.binary(max_size=200))
def test_any_file_is_read_without_a_crash(content: bytes) -> None:
    assert dhcp_messages(content) == () or content[:4] == HEADER[:4]
