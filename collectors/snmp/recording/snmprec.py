"""Objects as lines of snmprec, `OID|type|value`: the types are the tags of BER in decimal."""

import struct
from collections.abc import Iterable, Iterator

from collectors.snmp.recording.octets import IP_ADDRESS
from collectors.snmp.wire.ber import (
    GAUGE32,
    NUMBERS,
    OCTET_STRING,
    OID,
    OPAQUE,
    OPAQUE_DOUBLE,
    OPAQUE_FLOAT,
    UINTEGER32,
    Value,
    Varbind,
    text_of,
)
from collectors.snmp.wire.failure import Malformed


def lines_of(objects: Iterable[Varbind]) -> Iterator[str]:
    """Yield a line for each object that has a value a line can hold."""
    for name, tag, value in objects:
        said = _said(tag, value)
        if said is not None:
            yield f"{text_of(name)}|{said}"


def _said(tag: int, value: Value) -> str | None:
    if tag in NUMBERS:
        kind = GAUGE32 if tag == UINTEGER32 else tag
        return f"{kind}|{value}" if isinstance(value, int) else None
    if tag == OPAQUE and isinstance(value, float):
        return f"{OPAQUE}x|{_opaque(value).hex()}"
    if not isinstance(value, bytes):
        return None
    if tag == OID:
        return f"{OID}|{_object_id(value)}"
    if tag == OCTET_STRING and _is_plain(value):
        return f"{OCTET_STRING}|{value.decode('ascii')}"
    return f"{tag}x|{value.hex()}" if tag in (OCTET_STRING, OPAQUE, IP_ADDRESS) else None


def _opaque(value: float) -> bytes:
    """Return a float in the fewest octets that keep its value."""
    try:
        short = struct.pack(">f", value)
    except OverflowError:
        return OPAQUE_DOUBLE + struct.pack(">d", value)
    if struct.unpack(">f", short)[0] == value:
        return OPAQUE_FLOAT + short
    return OPAQUE_DOUBLE + struct.pack(">d", value)


def _object_id(value: bytes) -> str:
    """Return an OID as numbers; what a device sends in place of one stays as it is."""
    try:
        return text_of(value)
    except Malformed:
        return "".join(one if one.isprintable() else "?" for one in value.decode("latin-1"))


def _is_plain(value: bytes) -> bool:
    return all(0x20 <= octet < 0x7F for octet in value)  # noqa: PLR2004 printable ASCII
