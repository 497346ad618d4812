"""The decoder against anything that may come over the wire, and the arithmetic of sessions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.ipmi.crypto import SUITES, Account, Keys, Proof
from collectors.ipmi.failures import Malformed
from collectors.ipmi.rmcp import (
    HEADER,
    Window,
    checksum,
    following,
    packet_of,
    reply_of,
    request,
)
from collectors.ipmi.transport import Transport

SOURCE = ("192.0.2.1", 623, 0)
KEYS = [Keys(suite, b"session key") for suite in SUITES.values()]
IDS = [str(number) for number in SUITES]
DATAGRAMS = st.binary(max_size=200) | st.binary(max_size=200).map(
    lambda rest: HEADER + b"\6" + rest
)


@given(DATAGRAMS)
def test_any_datagram_is_a_packet_or_malformed(datagram: bytes) -> None:
    try:
        packet = packet_of(datagram)
    except Malformed:
        return
    assert len(packet.body) == packet.length


@given(DATAGRAMS)
def test_any_datagram_is_dropped_and_counted(datagram: bytes) -> None:
    transport = Transport()
    transport.arrived(datagram, SOURCE)
    assert transport.dropped.total() == 1


@pytest.mark.parametrize("keys", KEYS, ids=IDS)
@given(message=st.binary(min_size=8, max_size=120), sequence=st.integers(1, 2**32 - 1))
def test_what_is_sealed_can_be_opened(keys: Keys, message: bytes, sequence: int) -> None:
    packet = packet_of(keys.seal(b"\1\2\3\4", sequence, message))
    assert (packet.session, packet.sequence) == (0x04030201, sequence)
    assert keys.unseal(packet) == message


@pytest.mark.parametrize("keys", KEYS, ids=IDS)
@given(message=st.binary(min_size=8, max_size=60), data=st.data())
def test_one_changed_byte_is_noticed(keys: Keys, message: bytes, data: st.DataObject) -> None:
    datagram = bytearray(keys.seal(b"\1\2\3\4", 1, message))
    place = data.draw(st.integers(4, len(datagram) - 1))
    datagram[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Malformed):
        keys.unseal(packet_of(bytes(datagram)))


@pytest.mark.parametrize("keys", KEYS, ids=IDS)
@given(body=st.binary(max_size=80) | st.binary(min_size=64, max_size=64))
def test_an_authentic_packet_with_any_content_is_opened_or_malformed(
    keys: Keys, body: bytes
) -> None:
    packet = b"\6\xc0\1\2\3\4\1\0\0\0" + len(body).to_bytes(2, "little") + body + b"\0\7"
    datagram = HEADER + packet + keys._code(packet)
    try:
        opened = keys.unseal(packet_of(datagram))
        reply = reply_of(opened)
    except Malformed:
        return
    assert len(opened) < len(body), "less its padding"
    assert reply.content == opened[6:-1] != b""


@given(st.binary(max_size=40))
def test_any_message_is_a_reply_or_malformed(message: bytes) -> None:
    try:
        reply = reply_of(message)
    except Malformed:
        return
    assert reply.content


def test_a_request_has_the_bytes_of_the_standard() -> None:
    message = request(1, 0x2C, 0x02, b"\xdc\1\0\0")
    assert message == bytes.fromhex("20 b0 30 81 04 02 dc 01 00 00 9c")
    assert checksum(message[3:]) == b"\0"


@pytest.mark.parametrize("suite", [17, 3])
def test_codes_are_as_long_as_the_suite_says(suite: int) -> None:
    proof = Proof(
        suite=SUITES[suite],
        account=Account(user=b"admin", password=b"secret"),
        role=b"\x12\x05admin",
        own_id=b"\1\0\0\0",
        bmc_id=b"\2\0\0\0",
        own_random=bytes(16),
        bmc_random=bytes(16),
        guid=bytes(16),
    )
    assert len(proof.of_bmc()) == SUITES[suite].digest_size
    assert len(proof.of_session()) == SUITES[suite].code_size


def test_sequence_numbers_skip_zero() -> None:
    assert following(0) == 1
    assert following(0xFFFFFFFF) == 1


@given(st.permutations(range(1, 16)), st.integers(1, 2**32 - 1))
def test_packets_out_of_order_are_admitted_once(order: list[int], start: int) -> None:
    window = Window()
    assert window.admits(start)
    numbers = [number for n in order if (number := (start + n) & 0xFFFFFFFF)]
    assert all(window.admits(number) for number in numbers)
    assert not any(window.admits(number) for number in numbers)


def test_packets_far_ahead_or_behind_are_not_admitted() -> None:
    window = Window()
    assert window.admits(100)
    assert not window.admits(117)
    assert not window.admits(84)
    assert not window.admits(0)
    assert window.admits(116)
    assert not window.admits(100)
    assert window.admits(101)
