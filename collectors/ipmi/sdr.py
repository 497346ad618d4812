"""Full sensor data records (IPMI 2.0 table 43-1): which of them are read, and what they say."""

from dataclasses import dataclass
from enum import IntEnum

from collectors.ipmi.conversion import CURVES, Factors, Form, value_of
from collectors.ipmi.failures import Malformed

FULL_RECORD = 0x01
HEADER = 5
UNITS_END = 23
"""Bytes of a record after which its units are known."""

POWER_SUPPLY = 10
AIR_INLET = frozenset({0x37, 0x40})
"""Of IPMI, and of DCMI."""

_BMC = 0x20
_NAME = 47
_SIX_BITS = 2


class Unit(IntEnum):
    """Base units that are read (IPMI 2.0 table 43-15)."""

    CELSIUS = 1
    WATT = 6


class Direction(IntEnum):
    """Whether a sensor stands at the input or the output of what it belongs to."""

    UNSAID = 0
    INPUT = 1
    OUTPUT = 2
    RESERVED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensor:
    """A sensor of the BMC itself, that reads plain watts or degrees."""

    name: str
    number: int
    lun: int
    entity: int
    instance: int
    """From 60h on it counts within the BMC, below within the machine: as `ipmitool` shows it."""

    unit: Unit
    direction: Direction
    form: Form
    curve: int
    factors: Factors

    def value(self, raw: int, factors: Factors | None = None) -> float | None:
        """Return what a reading means, None where its curve has no value.

        `factors` are those of this one reading, where each has its own.
        """
        return value_of(raw, self.form, factors or self.factors, self.curve)


def is_plain(record: bytes) -> bool:
    """Whether the first 23 bytes of a full record are those of watts, or of degrees of the inlet.

    The type of a sensor says nothing: power is listed under current, power supply and others. A
    reading in per cent, by time, or together with another unit is none, nor is another owner's:
    a command to the BMC does not reach it.
    """
    units, base, modifier = record[20:UNITS_END]
    if units & 0x3F or modifier or Form.of(units) is None or record[5] != _BMC:
        return False
    return base == Unit.WATT or (base == Unit.CELSIUS and record[8] in AIR_INLET)


def sensor_of(record: bytes) -> Sensor | None:
    """Return the sensor of a full record, None if it is none that is read.

    Raises Malformed if the record is cut short.
    """
    if len(record) < _NAME + 1:
        raise Malformed("a sensor record that is too short")
    form, curve = Form.of(record[20]), record[23] & 0x7F
    if form is None or not is_plain(record) or curve not in CURVES:
        return None
    return Sensor(
        name=_name(record[_NAME], record[_NAME + 1 :]),
        number=record[7],
        lun=record[6] & 0x03,
        entity=record[8],
        instance=record[9] & 0x7F,
        unit=Unit(record[21]),
        direction=Direction(record[28] & 0x03),
        form=form,
        curve=curve,
        factors=Factors.of(record[24:30]),
    )


def _name(kind: int, content: bytes) -> str:
    """Return an id string (IPMI 2.0 section 43.15): packed six-bit ASCII, else eight-bit text."""
    text = content[: kind & 0x1F]
    if kind >> 6 != _SIX_BITS:
        return text.decode("latin-1").strip("\x00 ")
    packed = int.from_bytes(text, "little")
    letters = (packed >> shift & 0x3F for shift in range(0, len(text) * 8 // 6 * 6, 6))
    return "".join(chr(letter + 0x20) for letter in letters).strip()
