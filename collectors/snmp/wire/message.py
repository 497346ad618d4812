"""SNMP messages: PDUs (RFC 3416), and the messages of v1 and v2c around them (RFC 1157, RFC 1901).

A request is encoded once with a hole where its id goes, because between two polls of a device
nothing else changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from collectors.snmp.wire.ber import (
    NULL,
    OCTET_STRING,
    OID,
    SEQUENCE,
    Varbind,
    header,
    integer,
    integer_at,
    octets_at,
    tlv,
    varbinds,
)
from collectors.snmp.wire.failure import Malformed

GET = 0xA0
GETNEXT = 0xA1
RESPONSE = 0xA2
GETBULK = 0xA5
REPORT = 0xA8

V1, V2C, V3 = 0, 1, 3
NAMES = {V1: "v1", V2C: "v2c", 2: "v2u", V3: "v3"}

NO_ERROR, TOO_BIG, NO_SUCH_NAME, GEN_ERR = 0, 1, 2, 5
ERRORS = (
    "noError",
    "tooBig",
    "noSuchName",
    "badValue",
    "readOnly",
    "genErr",
    "noAccess",
    "wrongType",
    "wrongLength",
    "wrongEncoding",
    "wrongValue",
    "noCreation",
    "inconsistentValue",
    "resourceUnavailable",
    "commitFailed",
    "undoFailed",
    "authorizationError",
    "notWritable",
    "inconsistentName",
)

# Every id from here on takes four octets, so that a hole of four octets fits all of them.
FIRST_ID = 0x4000_0000
LAST_ID = 0x7FFF_FFFF
HOLE = bytes(4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request PDU but for its id: `head`, four octets of id, `tail`."""

    head: bytes
    tail: bytes
    oids: tuple[bytes, ...]
    tag: int = GET

    def with_id(self, number: int) -> bytes:
        return self.head + number.to_bytes(4, "big") + self.tail


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A PDU as it came: a response, or a report of SNMPv3."""

    tag: int
    id: int
    status: int
    index: int
    varbinds: list[Varbind]


class Sealed(Protocol):
    """A request in the form in which one security model sends it."""

    def with_id(self, number: int) -> bytes:
        """Return the message to send."""


def request(tag: int, oids: Sequence[bytes], first: int = 0, second: int = 0) -> Request:
    """Return a GET, GETNEXT or GETBULK; the numbers are non-repeaters and max-repetitions."""
    names = b"".join(tlv(SEQUENCE, tlv(OID, name) + bytes((NULL, 0))) for name in oids)
    tail = integer(first) + integer(second) + tlv(SEQUENCE, names)
    pdu = tlv(tag, b"\x02\x04" + HOLE + tail)
    hole = len(pdu) - len(tail)
    return Request(head=pdu[: hole - 4], tail=tail, oids=tuple(oids), tag=tag)


def answer_at(data: bytes, at: int) -> Answer:
    """Return the response or report PDU at `at`. Raises Malformed."""
    tag = data[at] if at < len(data) else 0
    if tag not in (RESPONSE, REPORT):
        raise Malformed(f"is no answer but a PDU with tag 0x{tag:02x}")
    start, end = header(data, at, tag)
    number, start = integer_at(data, start)
    status, start = integer_at(data, start)
    index, start = integer_at(data, start)
    start, stop = header(data, start, SEQUENCE)
    if stop > end:
        raise Malformed("has varbinds beyond its own end")
    return Answer(
        tag=tag, id=number, status=status, index=index, varbinds=varbinds(data, start, stop)
    )


def opened(data: bytes) -> tuple[int, int, int]:
    """Return the version of a message, and where what follows it starts and ends.

    Raises Malformed where the message is shorter than it says, or longer; zeros after it are the
    padding of careless network stacks.
    """
    start, end = header(data, 0, SEQUENCE)
    if end < len(data) and data[end:].strip(b"\x00"):
        raise Malformed(f"is oversized: {len(data) - end} octets after its end")
    version, start = integer_at(data, start)
    return version, start, end


def id_of(data: bytes) -> int:
    """Return the id that an answer is matched by: msgID in v3, else request-id. Raises Malformed.

    Reads no further than it must: what does not belong to a request is not worth decoding.
    """
    version, at, _ = opened(data)
    if version == V3:
        at, _ = header(data, at, SEQUENCE)
    else:
        _, at = header(data, at, OCTET_STRING)
        at, _ = header(data, at, data[at] if at < len(data) else RESPONSE)
    return integer_at(data, at)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedByCommunity:
    """A v1 or v2c message but for the id of its PDU."""

    head: bytes
    tail: bytes

    def with_id(self, number: int) -> bytes:
        return self.head + number.to_bytes(4, "big") + self.tail


class Community:
    """The security of v1 and v2c, which is none: a word that everybody on the way can read."""

    def __init__(self, version: int, community: bytes) -> None:
        self.version = version
        self._prefix = integer(version) + tlv(OCTET_STRING, community)

    def seal(self, pdu: Request) -> SealedByCommunity:
        """Return the message to send; encoded once, sent many times."""
        message = tlv(SEQUENCE, self._prefix + pdu.head + HOLE + pdu.tail)
        tail = len(message) - len(pdu.tail)
        return SealedByCommunity(head=message[: tail - 4], tail=pdu.tail)

    def open(self, data: bytes) -> Answer:
        """Return what a message holds. Raises Malformed.

        The community of an answer is not compared: it proves nothing, and some agents change it.
        """
        version, at, _ = opened(data)
        if version != self.version:
            raise Malformed(f"is in SNMP {NAMES.get(version, version)}, not {NAMES[self.version]}")
        _, at = octets_at(data, at)
        answer = answer_at(data, at)
        if answer.tag != RESPONSE:
            raise Malformed("is a report of SNMPv3 in a message of another version")
        return answer
