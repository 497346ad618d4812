"""The octets of an SNMPv3 message (RFC 3412 section 6, RFC 3414 section 2.4), not yet believed."""

from dataclasses import dataclass

from collectors.snmp.wire.ber import (
    OCTET_STRING,
    SEQUENCE,
    header,
    integer,
    integer_at,
    octets_at,
    tlv,
)
from collectors.snmp.wire.failure import Malformed
from collectors.snmp.wire.message import NAMES, V3, Request, opened

AUTH, PRIV, REPORTABLE = 1, 2, 4
USM = 3
# RFC 3412 section 6.2: the largest message we can take; a UDP datagram.
LARGEST = integer(65507)
LAST_BOOTS = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The parts of a message, before anything in it is believed."""

    id: int
    flags: int
    engine: bytes
    boots: int
    time: int
    user: bytes
    mac: bytes
    mac_at: int
    salt: bytes
    data_at: int
    end: int


def envelope_of(data: bytes) -> Envelope:
    """Return the parts of a v3 message. Raises Malformed."""
    version, at, end = opened(data)
    if version != V3:
        raise Malformed(f"is in SNMP {NAMES.get(version, version)}, not v3")
    at, after = header(data, at, SEQUENCE)
    number, at = integer_at(data, at)
    _, at = integer_at(data, at)
    flags, at = octets_at(data, at)
    model, _ = integer_at(data, at)
    if model != USM or len(flags) != 1:
        raise Malformed("is not of the user-based security model")
    at, data_at = header(data, after, OCTET_STRING)
    at, _ = header(data, at, SEQUENCE)
    engine, at = octets_at(data, at)
    boots, at = integer_at(data, at)
    seconds, at = integer_at(data, at)
    user, at = octets_at(data, at)
    mac, at = octets_at(data, at)
    mac_at = at - len(mac)
    salt, _ = octets_at(data, at)
    if not (0 <= boots <= LAST_BOOTS and 0 <= seconds <= LAST_BOOTS):
        raise Malformed("has an impossible engine clock")
    return Envelope(
        id=number,
        flags=flags[0],
        engine=engine,
        boots=boots,
        time=seconds,
        user=user,
        mac=mac,
        mac_at=mac_at,
        salt=salt,
        data_at=data_at,
        end=end,
    )


def scoped_pdu(engine: bytes, context: bytes, pdu: Request, number: int) -> bytes:
    """Return a PDU with the engine and the context that it is for."""
    scope = tlv(OCTET_STRING, engine) + tlv(OCTET_STRING, context)
    return tlv(SEQUENCE, scope + pdu.with_id(number))


def message_of(
    number: int,
    flags: int,
    who: tuple[bytes, int, int, bytes],
    proof: tuple[bytes, bytes],
    data: bytes,
) -> bytes:
    """Return a message of engine, boots, time and user, of MAC and salt, and of its data."""
    engine, boots, seconds, name = who
    mac, salt = proof
    head = tlv(
        SEQUENCE,
        integer(number) + LARGEST + tlv(OCTET_STRING, bytes((flags,))) + integer(USM),
    )
    security = tlv(
        SEQUENCE,
        tlv(OCTET_STRING, engine)
        + integer(boots)
        + integer(seconds)
        + tlv(OCTET_STRING, name)
        + tlv(OCTET_STRING, mac)
        + tlv(OCTET_STRING, salt),
    )
    return tlv(SEQUENCE, integer(V3) + head + tlv(OCTET_STRING, security) + data)
