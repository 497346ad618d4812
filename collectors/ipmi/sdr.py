"""Full sensor data records: which sensors are power, and the arithmetic of their readings.

IPMI 2.0 table 43-1 (record), section 36.3 (reading conversion).
"""

from dataclasses import dataclass
from enum import IntEnum

from agent.units import Watts
from collectors.ipmi.failures import Malformed

FULL_RECORD = 0x01
HEADER = 5
UNITS_END = 23
"""Bytes of a record after which its units are known."""

POWER_SUPPLY = 10
SYSTEM = (7, 19, 21)
"""Entities that a power of the whole machine is found under: system board, power unit, power
board."""

_BMC = 0x20
_WATT = 6
_NAME = 47
_FORMS = 6
_SIX_BITS = 2


class Form(IntEnum):
    """How the byte of a reading carries its sign."""

    UNSIGNED = 0
    ONES_COMPLEMENT = 1
    TWOS_COMPLEMENT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensor:
    """A sensor that reads watts."""

    name: str
    number: int
    lun: int
    entity: int
    instance: int
    form: Form
    m: int
    b: int
    b_exponent: int
    r_exponent: int

    def watts(self, raw: int) -> Watts:
        """Return (M x raw + B x 10^Bexp) x 10^Rexp."""
        value = self.m * _signed(raw, self.form) + self.b * 10.0**self.b_exponent
        return Watts(value * 10.0**self.r_exponent)


def is_power(record: bytes) -> bool:
    """Whether the first 23 bytes of a full record are those of a linear reading in watts.

    The type of the sensor says nothing: power is listed under current, power supply and others.
    A reading in per cent, by time, or multiplied with another unit is none.
    """
    units, base, modifier = record[20:UNITS_END]
    plain = not units & 0x3F and modifier == 0
    return plain and units >> _FORMS in tuple(Form) and base == _WATT and record[5] == _BMC


def sensor_of(record: bytes) -> Sensor | None:
    """Return the power sensor of a full record, None if it is not a linear one.

    Raises Malformed if the record is cut short.
    """
    if len(record) < _NAME + 1:
        raise Malformed("a sensor record that is too short")
    if not is_power(record) or record[23] & 0x7F:
        return None
    return Sensor(
        name=_name(record[_NAME], record[_NAME + 1 :]),
        number=record[7],
        lun=record[6] & 0x03,
        entity=record[8],
        instance=record[9] & 0x7F,
        form=Form(record[20] >> _FORMS),
        m=_twos((record[25] >> 6) << 8 | record[24], 10),
        b=_twos((record[27] >> 6) << 8 | record[26], 10),
        b_exponent=_twos(record[29] & 0x0F, 4),
        r_exponent=_twos(record[29] >> 4, 4),
    )


def _signed(raw: int, form: Form) -> int:
    match form:
        case Form.UNSIGNED:
            return raw
        case Form.ONES_COMPLEMENT:
            return raw - 0xFF if raw & 0x80 else raw
        case Form.TWOS_COMPLEMENT:
            return _twos(raw, 8)


def _twos(value: int, bits: int) -> int:
    return value - (1 << bits) if value >> (bits - 1) & 1 else value


def _name(kind: int, content: bytes) -> str:
    """Return an id string (IPMI 2.0 section 43.15): packed six-bit ASCII, else eight-bit text."""
    text = content[: kind & 0x1F]
    if kind >> 6 != _SIX_BITS:
        return text.decode("latin-1").strip("\x00 ")
    packed = int.from_bytes(text, "little")
    letters = (packed >> shift & 0x3F for shift in range(0, len(text) * 8 // 6 * 6, 6))
    return "".join(chr(letter + 0x20) for letter in letters).strip()
