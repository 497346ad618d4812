"""BER as SNMP uses it (RFC 3417 section 8): lengths, integers, object identifiers, values.

An object identifier travels through the collector as its encoded bytes and is taken apart only
where its arcs matter: comparing bytes is what makes a poll cheap.
"""

import struct
from collections.abc import Sequence

from collectors.snmp.wire.failure import Malformed

INTEGER = 0x02
OCTET_STRING = 0x04
NULL = 0x05
OID = 0x06
SEQUENCE = 0x30
COUNTER32 = 0x41
GAUGE32 = 0x42
TIMETICKS = 0x43
OPAQUE = 0x44
COUNTER64 = 0x46
UINTEGER32 = 0x47
NO_SUCH_OBJECT = 0x80
NO_SUCH_INSTANCE = 0x81
END_OF_MIB_VIEW = 0x82

EXCEPTIONS = frozenset({NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_MIB_VIEW})
ABSENT = EXCEPTIONS | {NULL}
# All but INTEGER are read as unsigned also without the pad octet, which many agents leave out.
NUMBERS = frozenset({INTEGER, COUNTER32, GAUGE32, TIMETICKS, COUNTER64, UINTEGER32})

# Opaque values that agents wrap a float or double in (net-snmp's ASN_OPAQUE_FLOAT and _DOUBLE).
OPAQUE_FLOAT = b"\x9f\x78\x04"
OPAQUE_DOUBLE = b"\x9f\x79\x08"
# From here on a length takes octets of its own, and an arc goes on in the next octet.
LONG = 0x80
# A Counter64 is at most nine octets, with the one that keeps it from looking negative.
LONGEST_INTEGER = 9


class ObjectId(bytes):
    """A value that is an object identifier, encoded."""

    __slots__ = ()


Value = int | float | bytes | None
Varbind = tuple[bytes, int, Value]
"""An encoded object identifier, the raw tag of its value, and the value."""


def tlv(tag: int, body: bytes) -> bytes:
    """Return `body` with its tag and length before it."""
    length = len(body)
    if length < LONG:
        return bytes((tag, length)) + body
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + body


def integer(value: int) -> bytes:
    """Return an INTEGER in its shortest form."""
    return tlv(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def oid(text: str) -> bytes:
    """Return the encoded form of `1.3.6.1…`, with or without a dot before it.

    Raises ValueError for anything that is not an object identifier.
    """
    return oid_of([int(arc) for arc in text.removeprefix(".").split(".")])


def oid_of(arcs: Sequence[int]) -> bytes:
    """Return the encoded form of arcs. Raises ValueError where they cannot be one."""
    if len(arcs) < 2 or arcs[0] > 2 or (arcs[0] < 2 and arcs[1] > 39) or min(arcs) < 0:  # noqa: PLR2004 X.690 8.19.4
        raise ValueError(f"{'.'.join(map(str, arcs))} is no object identifier")
    return b"".join(map(_base128, (arcs[0] * 40 + arcs[1], *arcs[2:])))


def _base128(arc: int) -> bytes:
    octets = [arc & 0x7F]
    while arc := arc >> 7:
        octets.append(0x80 | arc & 0x7F)
    return bytes(reversed(octets))


def arcs_of(encoded: bytes) -> tuple[int, ...]:
    """Return the arcs of an encoded object identifier. Raises Malformed for a broken one."""
    arcs: list[int] = []
    value = 0
    for octet in encoded:
        value = value << 7 | octet & 0x7F
        if octet < LONG:
            arcs.append(value)
            value = 0
    if not arcs or encoded[-1] & LONG:
        raise Malformed("has a broken object identifier")
    first = min(arcs[0] // 40, 2)
    return (first, arcs[0] - 40 * first, *arcs[1:])


def text_of(encoded: bytes) -> str:
    """Return `1.3.6.1…` of an encoded object identifier. Raises Malformed for a broken one."""
    return ".".join(map(str, arcs_of(encoded)))


def header(data: bytes, at: int, tag: int) -> tuple[int, int]:
    """Return where the body of the element at `at` starts and ends.

    Raises Malformed where it has another tag, or ends beyond the data.
    """
    try:
        found, length = data[at], data[at + 1]
        start = at + 2
        if length & LONG:
            start += length & 0x7F
            length = int.from_bytes(data[at + 2 : start], "big") if length & 0x7F else -1
    except IndexError:
        raise Malformed("is truncated") from None
    if found != tag:
        raise Malformed(f"has tag 0x{found:02x} where 0x{tag:02x} must be")
    if length < 0 or start + length > len(data):
        raise Malformed("is truncated")
    return start, start + length


def integer_at(data: bytes, at: int) -> tuple[int, int]:
    """Return the INTEGER at `at` and where it ends. Raises Malformed."""
    start, end = header(data, at, INTEGER)
    if not 0 < end - start <= LONGEST_INTEGER:
        raise Malformed("has an integer of an impossible length")
    return int.from_bytes(data[start:end], "big", signed=True), end


def octets_at(data: bytes, at: int) -> tuple[bytes, int]:
    """Return the OCTET STRING at `at` and where it ends. Raises Malformed."""
    start, end = header(data, at, OCTET_STRING)
    return data[start:end], end


def varbinds(data: bytes, at: int, end: int) -> list[Varbind]:
    """Return the varbinds between two positions of `data`.

    Raises Malformed. This is the loop that a poll's time goes into: it takes short lengths and
    small integers at once, and leaves the rest to `header` and `value_of`.
    """
    found: list[Varbind] = []
    number = int.from_bytes
    try:
        while at < end:
            at, stop = at + 2, at + 2 + data[at + 1]
            if data[at - 2] != SEQUENCE or stop - at >= LONG:
                at, stop = header(data, at - 2, SEQUENCE)
            value_at = at + 2 + data[at + 1]
            if stop > end or data[at] != OID or data[at + 1] >= LONG:
                raise Malformed("has a broken varbind")
            tag, start = data[value_at], value_at + 2
            value_end = start + data[value_at + 1]
            if value_end - start >= LONG:
                start, value_end = header(data, value_at, tag)
            if value_end != stop:
                raise Malformed("has a varbind whose lengths disagree")
            body = data[start:stop]
            if tag in NUMBERS and 0 < stop - start <= LONGEST_INTEGER:
                value: Value = number(body, "big", signed=tag == INTEGER)
            else:
                value = value_of(tag, body)
            found.append((data[at + 2 : value_at], tag, value))
            at = stop
    except IndexError:
        raise Malformed("is truncated") from None
    return found


def value_of(tag: int, body: bytes) -> Value:
    """Return a value that is no integer, None where there is none.

    An integer with no octets, or too many, is no number: it stays as it came.
    """
    if tag in ABSENT:
        return None
    if tag == OPAQUE:
        return _opaque(body)
    return ObjectId(body) if tag == OID else body


def _opaque(body: bytes) -> Value:
    if body[:3] == OPAQUE_FLOAT and len(body) == 3 + 4:
        return float(struct.unpack(">f", body[3:])[0])
    if body[:3] == OPAQUE_DOUBLE and len(body) == 3 + 8:
        return float(struct.unpack(">d", body[3:])[0])
    return body
