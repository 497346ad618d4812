"""Sparkplug B payloads written by hand, byte by byte (protobuf's encoding, no runtime of it)."""

import struct
from collections.abc import Iterable


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def whole(field: int, number: int) -> bytes:
    return varint(field << 3) + varint(number)


def text(field: int, content: bytes | str) -> bytes:
    raw = content.encode() if isinstance(content, str) else content
    return varint(field << 3 | 2) + varint(len(raw)) + raw


def double(field: int, number: float) -> bytes:
    return varint(field << 3 | 1) + struct.pack("<d", number)


def single(field: int, number: float) -> bytes:
    return varint(field << 3 | 5) + struct.pack("<f", number)


def metric(
    name: str | None,
    *parts: bytes,
    alias: int | None = None,
    at: int | None = None,
    datatype: int | None = None,
) -> bytes:
    """A metric: name 1, alias 2, timestamp 3, datatype 4; the parts are the rest."""
    out = b"" if name is None else text(1, name)
    for field, number in ((2, alias), (3, at), (4, datatype)):
        out += b"" if number is None else whole(field, number)
    return out + b"".join(parts)


def payload(
    metrics: Iterable[bytes] = (), *, at: int | None = None, seq: int | None = None
) -> bytes:
    """A payload: timestamp 1, metrics 2, seq 3."""
    out = b"" if at is None else whole(1, at)
    out += b"".join(text(2, one) for one in metrics)
    return out + (b"" if seq is None else whole(3, seq))


INT8, INT16, INT32, INT64, UINT32, UINT64, FLOAT, DOUBLE, BOOLEAN, STRING = (
    1, 2, 3, 4, 7, 8, 9, 10, 11, 12
)  # fmt: skip
