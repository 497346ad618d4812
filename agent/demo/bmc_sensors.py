"""The sensors of a simulated BMC, and the records that describe them (IPMI 2.0 table 43-1)."""

import struct
from collections.abc import Callable
from dataclasses import dataclass

WATT, CELSIUS = 6, 1
SYSTEM_BOARD, POWER_SUPPLY, AIR_INLET = 7, 10, 0x37
_READABLE = 0xC0
_UNAVAILABLE = 0x20
_LARGEST_RAW = 255


@dataclass(slots=True, kw_only=True)
class Sensor:
    """A sensor whose value is (m x raw + b x 10^b_exponent) x 10^r_exponent, raw unsigned.

    A value of None is marked as unavailable; `code` is the completion code of its reading.
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
    owner: int = 0x20
    code: int = 0

    def reading(self) -> bytes:
        """Return the answer to Get Sensor Reading."""
        if self.code:
            return bytes((self.code,))
        value = self.value()
        if value is None:
            return bytes((0, 0, _READABLE | _UNAVAILABLE, 0))
        raw = (value / 10.0**self.r_exponent - self.b * 10.0**self.b_exponent) / self.m
        return bytes((0, max(0, min(round(raw), _LARGEST_RAW)), _READABLE, 0))

    def record(self, number: int) -> bytes:
        """Return the full record, as record of this number."""
        name = self.name.encode()
        body = bytes((self.owner, 0, self.number, *self.entity, 0x7F, 0x68, self.kind, 1))
        body += bytes(6) + bytes((self.units1, self.unit, self.modifier, self.linearization))
        body += bytes(
            (self.m & 0xFF, (self.m >> 8 & 3) << 6, self.b & 0xFF, (self.b >> 8 & 3) << 6)
        )
        body += bytes((0, (self.r_exponent & 15) << 4 | self.b_exponent & 15))
        body += bytes(4) + b"\xff" + bytes(12) + bytes((0xC0 | len(name),)) + name
        return struct.pack("<HBBB", number, 0x51, 1, len(body)) + body


def sensors_of(watts: Callable[[], float]) -> list[Sensor]:
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
