"""The sensors of a simulated BMC, and the records that describe them (IPMI 2.0 table 43-1)."""

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass

WATT, CELSIUS = 6, 1
SYSTEM_BOARD, POWER_SUPPLY, AIR_INLET = 7, 10, 0x37
INPUT, OUTPUT = 1, 2
BMC = 0x20
BY_READING = 0x70
"""Linearization of a sensor whose factors are asked for with each reading."""

_READABLE = 0xC0
_EVENTS_ONLY = 0x80
_UNAVAILABLE = 0x20
_LARGEST_RAW = 255

INVERSES: dict[int, Callable[[float], float]] = {
    1: math.exp,
    2: lambda y: 10**y,
    3: lambda y: 2**y,
    4: math.log,
    5: math.log10,
    6: math.log2,
    7: lambda y: 1 / y,
    8: math.sqrt,
    9: lambda y: y ** (1 / 3),
    10: lambda y: y * y,
    11: lambda y: y * y * y,
}
"""By linearization, what makes the linear value of one that is read."""


@dataclass(slots=True, kw_only=True)
class Sensor:
    """A sensor whose value is L((m x raw + b x 10^b_exponent) x 10^r_exponent).

    A value of None is marked as unavailable; `code` is the completion code of its reading. The
    first two bits of `units1` say how raw carries its sign; `direction` is 1 at an input, 2 at an
    output.
    """

    number: int
    name: str
    value: Callable[[], float | None]
    entity: tuple[int, int] = (SYSTEM_BOARD, 1)
    kind: int = 0x0B
    unit: int = WATT
    units1: int = 0
    modifier: int = 0
    linearization: int = 0
    m: int = 4
    b: int = 0
    b_exponent: int = 0
    r_exponent: int = 0
    tolerance: int = 0
    accuracy: int = 0
    direction: int = 0
    owner: int = BMC
    lun: int = 0
    scanned: bool = True
    code: int = 0

    def reading(self) -> bytes:
        """Return the answer to Get Sensor Reading."""
        if self.code:
            return bytes((self.code,))
        value = self.value()
        if value is None:
            return bytes((0, 0, _READABLE | _UNAVAILABLE, 0))
        linear = INVERSES.get(self.linearization, float)(value)
        number = (linear / 10.0**self.r_exponent - self.b * 10.0**self.b_exponent) / self.m
        return bytes((0, self._raw(round(number)), _READABLE if self.scanned else _EVENTS_ONLY, 0))

    def factors(self, raw: int) -> bytes:
        """Return the answer to Get Sensor Reading Factors."""
        return bytes((0, min(raw + 1, _LARGEST_RAW))) + self._factors()

    def record(self, number: int) -> bytes:
        """Return the full record, as record of this number."""
        body = bytes((self.owner, self.lun, self.number, *self.entity, 0x7F, 0x68, self.kind, 1))
        body += bytes(6) + bytes((self.units1, self.unit, self.modifier, self.linearization))
        body += self._factors() + bytes(4) + b"\xff" + bytes(12)
        return with_name(number, 1, body, self.name)

    def _raw(self, number: int) -> int:
        match self.units1 >> 6:
            case 1:
                clamped = max(-127, min(number, 127))
                return clamped if clamped >= 0 else clamped + _LARGEST_RAW
            case 2:
                return max(-128, min(number, 127)) & _LARGEST_RAW
        return max(0, min(number, _LARGEST_RAW))

    def _factors(self) -> bytes:
        return bytes(
            (
                self.m & 0xFF,
                (self.m >> 8 & 3) << 6 | self.tolerance,
                self.b & 0xFF,
                (self.b >> 8 & 3) << 6 | self.accuracy & 0x3F,
                (self.accuracy >> 6 & 15) << 4 | self.direction,
                (self.r_exponent & 15) << 4 | self.b_exponent & 15,
            )
        )


@dataclass(slots=True, kw_only=True)
class OtherRecord:
    """A record that is none of a sensor with a number to read, of the types that BMCs mix in."""

    name: str
    kind: int
    """Type of the record: 2 a compact one, 3 of events alone, 11h of a FRU, 12h of a controller."""

    number: int = 0xF0
    owner: int = BMC
    lun: int = 0

    def reading(self) -> bytes:
        """Return states, none of which is asserted."""
        return bytes((0, 0, _READABLE, 0, 0x80))

    def factors(self, _: int) -> bytes:
        """Return that it has none."""
        return b"\xcd"

    def record(self, number: int) -> bytes:
        """Return the record, as record of this number."""
        # A supply's states, in watts if they were a number: only the type says that they are not.
        sensor = bytes((self.owner, self.lun, self.number, POWER_SUPPLY, 1))
        states = bytes((0x63, 0x40, 0x08, 0x6F)) + bytes(6)
        body = {
            0x02: sensor + states + bytes((0, WATT, 0, 1)) + bytes(7),
            0x03: sensor + bytes((0x08, 0x6F, 1, 0, 0, 0)),
            0x11: bytes((0x20, 1, 0x80, 0, 0, 0x10, 0, POWER_SUPPLY, 1, 0)),
            0x12: bytes((0x20, 0, 0, 0xBF, 0, 0, 0, SYSTEM_BOARD, 1, 0)),
        }[self.kind]
        return with_name(number, self.kind, body, self.name)


Record = Sensor | OtherRecord


def with_name(number: int, kind: int, body: bytes, name: str) -> bytes:
    """Return a record: its header, its body, and its name in eight bits a letter."""
    body += bytes((0xC0 | len(name),)) + name.encode()
    return struct.pack("<HBBB", number, 0x51, kind, len(body)) + body


def sensors_of(watts: Callable[[], float]) -> list[Record]:
    """Return a usual set: the system's power, the inputs of two supplies, a temperature."""

    def half() -> float:
        return watts() / 2

    return [
        Sensor(
            number=3,
            name="Inlet Temp",
            value=lambda: 22.0,
            entity=(AIR_INLET, 1),
            kind=1,
            unit=CELSIUS,
            m=1,
        ),
        Sensor(number=1, name="Pwr Consumption", value=watts),
        Sensor(number=4, name="PSU1 PIN", value=half, entity=(POWER_SUPPLY, 1), kind=8),
        Sensor(number=5, name="PSU2 PIN", value=half, entity=(POWER_SUPPLY, 2), kind=8),
    ]
