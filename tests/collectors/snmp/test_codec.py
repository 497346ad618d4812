"""The codec against pysnmp's in both directions, against laws, and against garbage."""

import struct
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyasn1.codec.ber import decoder, encoder
from pysnmp.proto import rfc1902, rfc1905
from pysnmp.proto.api import PROTOCOL_MODULES

from collectors.snmp.wire import ber, envelope, message, secure
from collectors.snmp.wire.failure import Malformed
from tests.collectors.snmp import wire

API: Any = PROTOCOL_MODULES[1]
NAME = "1.3.6.1.4.1.318.1.1.26.4.3.1.5.1"
GOOD = wire.answer(0x40000001, [(NAME, 2, b"\x75")])

# A busy machine is no failure.
patient = settings(suppress_health_check=[HealthCheck.too_slow])
arcs = st.lists(st.integers(0, 2**32 - 1), max_size=20).map(lambda more: (1, 3, *more))


def opened(data: bytes) -> message.Answer:
    return message.Community(message.V2C, b"public").open(data)


def value_of(tag: int, body: bytes) -> ber.Value:
    (varbind,) = opened(wire.answer(0x40000001, [(NAME, tag, body)])).varbinds
    assert varbind[1] == tag
    return varbind[2]


@patient
@given(arcs)
def test_an_object_identifier_comes_back_as_it_went(one: tuple[int, ...]) -> None:
    encoded = ber.oid_of(one)
    assert ber.arcs_of(encoded) == one
    assert ber.tlv(ber.OID, encoded) == encoder.encode(rfc1902.ObjectIdentifier(one))


@patient
@given(st.integers(-(2**63), 2**63 - 1))
def test_an_integer_is_encoded_as_pysnmp_does_and_comes_back(value: int) -> None:
    encoded = ber.integer(value)
    assert encoded == encoder.encode(rfc1905.univ.Integer(value))
    assert ber.integer_at(encoded, 0) == (value, len(encoded))


@patient
@given(st.lists(arcs, min_size=1, max_size=60), st.integers(message.FIRST_ID, message.LAST_ID))
def test_a_request_means_to_pysnmp_what_was_asked(
    names: list[tuple[int, ...]], number: int
) -> None:
    pdu = message.request(message.GET, [ber.oid_of(name) for name in names])
    data = message.Community(message.V2C, b"secret").seal(pdu).with_id(number)
    read, rest = decoder.decode(data, asn1Spec=API.Message())
    assert not rest
    assert bytes(API.apiMessage.get_community(read)) == b"secret"
    asked = API.apiMessage.get_pdu(read)
    assert API.apiPDU.get_request_id(asked) == number
    assert [tuple(name) for name, _ in API.apiPDU.get_varbinds(asked)] == names
    assert message.id_of(data) == number


def test_a_bulk_request_means_to_pysnmp_what_was_asked() -> None:
    pdu = message.request(message.GETBULK, [ber.oid(NAME)], 0, 300)
    asked = wire.Asked(message.Community(message.V2C, b"public").seal(pdu).with_id(0x7FFF0000))
    assert (asked.kind, asked.id, asked.repetitions) == ("GetBulkRequestPDU", 0x7FFF0000, 300)


typed = st.one_of(
    st.integers(-(2**31), 2**31 - 1).map(rfc1902.Integer32),
    st.integers(0, 2**32 - 1).map(rfc1902.Gauge32),
    st.integers(0, 2**32 - 1).map(rfc1902.Counter32),
    st.integers(0, 2**32 - 1).map(rfc1902.TimeTicks),
    st.integers(0, 2**64 - 1).map(rfc1902.Counter64),
    st.binary(max_size=300).map(rfc1902.OctetString),
    st.just(rfc1905.noSuchInstance),
    st.just(rfc1905.noSuchObject),
    st.just(rfc1905.endOfMibView),
)


@patient
@given(st.lists(st.tuples(arcs, typed), max_size=40), st.integers(0, 18), st.integers(0, 40))
def test_an_answer_encoded_by_pysnmp_is_read_whole(
    binds: list[tuple[tuple[int, ...], Any]], status: int, index: int
) -> None:
    pdu = API.ResponsePDU()
    API.apiPDU.set_defaults(pdu)
    API.apiPDU.set_request_id(pdu, 0x40000007)
    API.apiPDU.set_error_status(pdu, status)
    API.apiPDU.set_error_index(pdu, index)
    API.apiPDU.set_varbinds(pdu, binds)
    whole = API.Message()
    API.apiMessage.set_defaults(whole)
    API.apiMessage.set_pdu(whole, pdu)
    answer = opened(encoder.encode(whole))
    assert (answer.id, answer.status, answer.index) == (0x40000007, status, index)
    assert [ber.arcs_of(name) for name, _, _ in answer.varbinds] == [name for name, _ in binds]
    for (_, tag, value), (_, sent) in zip(answer.varbinds, binds, strict=True):
        assert (tag == 2) == isinstance(sent, rfc1902.Integer32)
        if tag in ber.EXCEPTIONS:
            assert value is None
        else:
            assert value == (bytes(sent) if isinstance(value, bytes) else int(sent))


@pytest.mark.parametrize(
    ("tag", "body", "value"),
    [
        (0x42, b"\xff" * 4, 2**32 - 1),
        (0x46, b"\xff" * 8, 2**64 - 1),
        (0x46, b"\x00" + b"\xff" * 8, 2**64 - 1),
        (0x02, b"\xff" * 8, -1),
        (0x44, b"\x9f\x78\x04" + struct.pack(">f", 12.5), 12.5),
        (0x44, b"\x9f\x79\x08" + struct.pack(">d", -0.1), -0.1),
        (0x44, b"\x9f\x78\x04\x00", b"\x9f\x78\x04\x00"),
        (0x43, b"", b""),
        (0x02, b"\x01" * 10, b"\x01" * 10),
        (0x40, b"\x0a\x00\x00\x01", b"\x0a\x00\x00\x01"),
        (0x48, b"\x01", b"\x01"),
        (0x05, b"", None),
    ],
)
def test_odd_values_of_agents_are_read(tag: int, body: bytes, value: ber.Value) -> None:
    assert value_of(tag, body) == value


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "truncated"),
        (b"\x30", "truncated"),
        (b"\x30\x84", "truncated"),
        (b"\x30\x80\x00\x00", "truncated"),
        (GOOD[:-1], "truncated"),
        (GOOD + b"more", "oversized: 4 octets"),
        (wire.answer(0x40000001, [], tag=0xA8), "report"),
        (wire.answer(0x40000001, [], tag=0xA0), "no answer but a PDU with tag 0xa0"),
        (wire.answer(0x40000001, [], version=0), "in SNMP v1, not v2c"),
        (b"\x16\x03\x01\x00\x10", "tag 0x16"),
    ],
)
def test_a_bad_datagram_says_what_is_wrong_with_it(data: bytes, why: str) -> None:
    with pytest.raises(Malformed, match=why):
        opened(data)


def test_an_empty_varbind_and_a_value_beyond_the_datagram_are_malformed() -> None:
    body = wire.tlv(2, b"\x40\x00\x00\x01") + b"\x02\x01\x00\x02\x01\x00"
    for binds in (b"\x30\x00", wire.tlv(0x30, wire.tlv(6, wire.oid(NAME)) + b"\x02\x7f\x01")):
        pdu = wire.tlv(0xA2, body + wire.tlv(0x30, binds))
        with pytest.raises(Malformed):
            opened(wire.tlv(0x30, b"\x02\x01\x01" + wire.tlv(4, b"public") + pdu))


def test_padding_of_a_careless_network_stack_is_no_reason_to_drop() -> None:
    assert opened(GOOD + bytes(6)) == opened(GOOD)


def readers() -> list[Any]:
    user = secure.User(name="carbon")
    return [opened, message.id_of, envelope.envelope_of, secure.UserSecurity(user).open]


def raised_by(data: bytes) -> set[type[Exception]]:
    """What any of the readers raises of a datagram."""
    raised: set[type[Exception]] = set()
    for read in readers():
        try:
            read(data)
        except Exception as error:
            raised.add(type(error))
    return raised


def only_malformed(data: bytes) -> bool:
    return all(issubclass(one, Malformed) for one in raised_by(data))


@patient
@given(st.binary(max_size=200))
def test_garbage_raises_nothing_but_malformed(data: bytes) -> None:
    assert only_malformed(data)
    assert only_malformed(b"\x30" + bytes([len(data) % 256]) + data)


@patient
@given(st.data())
def test_a_damaged_answer_raises_nothing_but_malformed(data: st.DataObject) -> None:
    good = wire.answer(0x40000001, [(NAME, 2, b"\x75"), (NAME, 4, b"x" * 200)])
    usm = secure.UserSecurity(secure.User(name="carbon"))
    sent = usm.message(message.request(message.GET, [ber.oid(NAME)]), 0x40000001)
    damaged = bytearray(data.draw(st.sampled_from([good, sent])))
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    assert only_malformed(bytes(damaged[: data.draw(st.integers(0, len(damaged)))]))
    assert only_malformed(bytes(damaged))


def test_text_that_is_no_object_identifier_is_refused() -> None:
    for text in ("", "1", "3.1", "1.40", "1.3.-6", "a.b"):
        with pytest.raises(ValueError):
            ber.oid(text)
    with pytest.raises(Malformed):
        ber.arcs_of(b"\x2b\x86")
