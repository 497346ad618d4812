"""Many minutes in one blob: columns of numbers, compressed, with a check sum.

Measured against plain rows: a fifth of the bytes and a nineteenth of the time to append.
"""

import struct
import sys
import zlib
from array import array
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from agent.ledger.times import from_seconds, seconds_of
from agent.model import Basis, Meter, Minute
from agent.units import Joules, Watts

_HEAD = struct.Struct("<BI")
_CHECK = struct.Struct("<I")
_FORM = 1
_BASES: Sequence[Basis | None] = (None, *Basis)
_COLUMNS = "IIqfdB"
"""Meter's number, minute since 1970, energy (J), covered (s), power (W), basis."""

_NO_ENERGY = -(2**63)
_NO_POWER = float("nan")


class Damaged(Exception):
    """A pack whose check sum is wrong, or of a form that is not known."""


def pack(minutes: Iterable[tuple[int, Minute]]) -> bytes:
    """Return the body of an entry: minutes with their meters' numbers in the ledger."""
    rows = [_row(number, minute) for number, minute in minutes]
    columns = zip(_COLUMNS, zip(*rows, strict=True), strict=True) if rows else ()
    plain = b"".join(_little(array(code, column)).tobytes() for code, column in columns)
    body = _HEAD.pack(_FORM, len(rows)) + zlib.compress(plain, 1)
    return body + _CHECK.pack(zlib.crc32(body))


def _row(number: int, minute: Minute) -> tuple[int, int, int, float, float, int]:
    return (
        number,
        seconds_of(minute.start) // 60,
        _NO_ENERGY if minute.energy is None else minute.energy,
        minute.covered,
        _NO_POWER if minute.power is None else minute.power,
        _BASES.index(minute.basis),
    )


def unpack(body: bytes, meter: Callable[[int], Meter]) -> list[Minute]:
    """Return the minutes of a body; `meter` tells a meter by its number. Raises Damaged."""
    return [
        Minute(
            meter=meter(number),
            start=from_seconds(minute * 60),
            energy=None if energy == _NO_ENERGY else Joules(energy),
            covered=covered,
            power=None if power != power else Watts(power),  # noqa: PLR0124 NaN is not itself
            basis=_BASES[basis],
        )
        for number, minute, energy, covered, power, basis in zip(*_columns(body), strict=True)
    ]


def _columns(body: bytes) -> list["array[Any]"]:
    whole, check = body[: -_CHECK.size], body[-_CHECK.size :]
    if len(whole) < _HEAD.size or check != _CHECK.pack(zlib.crc32(whole)):
        raise Damaged("its check sum is wrong")
    form, count = _HEAD.unpack_from(whole)
    if form != _FORM:
        raise Damaged(f"its form {form} is not known")
    plain = zlib.decompress(whole[_HEAD.size :])
    columns, at = [], 0
    for code in _COLUMNS:
        column = array(code)
        size = count * column.itemsize
        column.frombytes(plain[at : at + size])
        columns.append(_little(column))
        at += size
    return columns


def _little(column: "array[Any]") -> "array[Any]":
    """Swap a column on a big-endian machine: the file may be read on another."""
    if sys.byteorder == "big":
        column.byteswap()
    return column
