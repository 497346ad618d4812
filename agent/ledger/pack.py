"""Many minutes in one blob: columns of numbers, compressed, with a check sum.

Each column is written as planes, the first bytes of all numbers, then the second ones and so on:
those that hardly differ lie together then and compress to nothing. Registers count in steps, so
their column is divided by what divides all of it.
"""

import math
import struct
import sys
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from agent.ledger.times import from_seconds, seconds_of
from agent.model import Basis, Meter, Minute
from agent.units import Joules, Watts

_HEAD = struct.Struct("<BI")
_STEP = struct.Struct("<Q")
_CHECK = struct.Struct("<I")
_FORM = 2
_PLAIN = 1
"""The form before it: without planes, and without times and registers."""

_BASES: Sequence[Basis | None] = (None, *Basis)
_NUMBERS = {basis: number for number, basis in enumerate(_BASES)}
_PLAIN_COLUMNS = "IIqfdB"
"""Meter's number, minute since 1970, energy (J), covered (s), power (W), basis."""

_COLUMNS = _PLAIN_COLUMNS + "Hq"
"""And the last reading's time in the minute (ms), and its register (steps)."""

PLANES = sum(array(code).itemsize for code in _PLAIN_COLUMNS)
"""Bytes of a minute in the columns that are told of very many."""

NO_ENERGY = -(2**63)
LOWER_BOUND = _NUMBERS[Basis.LOWER_BOUND]
_NO_POWER = float("nan")
_NO_TIME = 2**16 - 1
_NO_REGISTER = -1
_MILLISECOND = timedelta(milliseconds=1)

Row = tuple[int, int, int, float, float, int, int, int]


class Damaged(Exception):
    """A pack whose check sum is wrong, or of a form that is not known."""


class Columns(NamedTuple):
    """Minutes as columns of numbers, in the units of a pack, for those who add up many. No energy
    is NO_ENERGY, no power NaN, and a lower bound has the basis LOWER_BOUND.
    """

    number: "array[int]"
    minute: "array[int]"
    energy: "array[int]"
    covered: "array[float]"
    power: "array[float]"
    basis: "array[int]"


def pack(minutes: Iterable[tuple[int, Minute]]) -> bytes:
    """Return the body of an entry: minutes with their meters' numbers in the ledger."""
    rows = [_row(number, minute) for number, minute in minutes]
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True)) if rows else [()] * len(_COLUMNS)
    *others, registers = columns
    step = math.gcd(*(one for one in registers if one != _NO_REGISTER)) or 1
    counts = [one // step if one != _NO_REGISTER else one for one in registers]
    planes = b"".join(
        _planes(array(code, column))
        for code, column in zip(_COLUMNS, [*others, counts], strict=True)
    )
    body = _HEAD.pack(_FORM, len(rows)) + _STEP.pack(step) + zlib.compress(planes, 1)
    return body + _CHECK.pack(zlib.crc32(body))


def _row(number: int, minute: Minute) -> Row:
    at, register = minute.at, minute.register
    return (
        number,
        seconds_of(minute.start) // 60,
        NO_ENERGY if minute.energy is None else minute.energy,
        minute.covered,
        _NO_POWER if minute.power is None else minute.power,
        _NUMBERS[minute.basis],
        _NO_TIME if at is None else (at - minute.start) // _MILLISECOND,
        _NO_REGISTER if register is None else register,
    )


def _planes(column: "array[Any]") -> bytes:
    plain, size = _little(column).tobytes(), column.itemsize
    return plain if size == 1 else b"".join(plain[place::size] for place in range(size))


def unpack(body: bytes, meter: Callable[[int], Meter], *, only: int | None = None) -> list[Minute]:
    """Return the minutes of a body, those of one meter with `only`; `meter` tells a meter by its
    number. Raises Damaged.
    """
    opened = _opened(body)
    if only is not None and not _may_have(opened, only):
        return []
    return [_minute(meter(row[0]), row) for row in _rows(opened) if only is None or row[0] == only]


def _minute(meter: Meter, row: Row) -> Minute:
    _, minute, energy, covered, power, basis, at, register = row
    start = from_seconds(minute * 60)
    return Minute(
        meter=meter,
        start=start,
        energy=None if energy == NO_ENERGY else Joules(energy),
        covered=covered,
        power=None if power != power else Watts(power),  # noqa: PLR0124 NaN is not itself
        basis=_BASES[basis],
        at=None if at == _NO_TIME else start + at * _MILLISECOND,
        register=None if register == _NO_REGISTER else Joules(register),
    )


def columns(body: bytes) -> Columns:
    """Return what is told of the minutes of a body, but for times and registers. Raises Damaged."""
    return Columns(*_unpacked(_opened(body), _PLAIN_COLUMNS))


def planes(body: bytes) -> bytes | None:
    """Return the same for those who unpack very many: PLANES planes one after the other, of a byte
    for each minute; None for a body of the older form. Raises Damaged.
    """
    opened = _opened(body)
    return opened.plain[: PLANES * opened.rows] if opened.form == _FORM else None


class _Opened(NamedTuple):
    """A body whose check sum is right."""

    form: int
    rows: int
    step: int
    """Joules of one step of the registers."""

    plain: bytes


def _opened(body: bytes) -> _Opened:
    if len(body) < _HEAD.size + _CHECK.size or body[-_CHECK.size :] != _CHECK.pack(
        zlib.crc32(memoryview(body)[: -_CHECK.size])
    ):
        raise Damaged("its check sum is wrong")
    form, count = _HEAD.unpack_from(body)
    packed = memoryview(body)[_HEAD.size : -_CHECK.size]
    if form == _PLAIN:
        return _Opened(form, count, 1, zlib.decompress(packed))
    if form != _FORM:
        raise Damaged(f"its form {form} is not known")
    (step,) = _STEP.unpack_from(packed)
    return _Opened(form, count, step, zlib.decompress(packed[_STEP.size :]))


def _may_have(opened: _Opened, number: int) -> bool:
    """Return whether a meter's number can be among those of a body; most have no such byte."""
    return opened.form != _FORM or (number & 0xFF) in opened.plain[: opened.rows]


def _rows(opened: _Opened) -> Iterator[Row]:
    found = _unpacked(opened, _COLUMNS)
    if len(found) == len(_PLAIN_COLUMNS):
        none = [_NO_TIME] * opened.rows, [_NO_REGISTER] * opened.rows
        return zip(*found, *none, strict=True)
    *others, counts = found
    registers = [one * opened.step if one != _NO_REGISTER else one for one in counts]
    return zip(*others, registers, strict=True)


def _unpacked(opened: _Opened, codes: str) -> list["array[Any]"]:
    """Return a body's first columns."""
    if opened.form == _PLAIN:
        return _columns(opened.plain, opened.rows, _PLAIN_COLUMNS, planes=False)
    return _columns(opened.plain, opened.rows, codes, planes=True)


def _columns(plain: bytes, count: int, codes: str, *, planes: bool) -> list["array[Any]"]:
    columns, at = [], 0
    for code in codes:
        column = array(code)
        size = count * column.itemsize
        part = plain[at : at + size]
        column.frombytes(_joined(part, column.itemsize) if planes else part)
        columns.append(_little(column))
        at += size
    return columns


def _joined(planes: bytes, size: int) -> bytes:
    """Return numbers of which the planes are given."""
    count = len(planes) // size
    plain = bytearray(len(planes))
    for place in range(size):
        plain[place::size] = planes[place * count : (place + 1) * count]
    return bytes(plain)


def _little(column: "array[Any]") -> "array[Any]":
    """Swap a column on a big-endian machine: the file may be read on another."""
    if sys.byteorder == "big":
        column.byteswap()
    return column
