"""From what stands in a message to exact numbers."""

import math
import re
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from agent.units import JOULES_PER_KWH, JOULES_PER_WH, MILLILITRES_PER_LITRE
from collectors.mqtt.schema import EnergyMap, NumberMap, PowerMap

WATTS = {"W": 1, "kW": 1000}
# Of water, millilitres.
JOULES = {
    "J": 1,
    "Wh": JOULES_PER_WH,
    "kWh": JOULES_PER_KWH,
    "MWh": 1000 * JOULES_PER_KWH,
    "L": MILLILITRES_PER_LITRE,
    "m3": 1000 * MILLILITRES_PER_LITRE,
}
WATER = frozenset({"L", "m3"})

_TEXT = re.compile(r"[-+]?\d{1,40}(\.\d{1,40})?([eE][-+]?\d{1,2})?")
_NONE = frozenset({"", "nan", "null", "none"})
# No device counts this far, nor this finely; exact numbers beyond would fill the memory.
_GREATEST_EXPONENT = 40
_GREATEST = 10**_GREATEST_EXPONENT


class NoNumber(ValueError):
    """What stands there is no number, and does not say that there is none either."""


def worth_of(number: NumberMap) -> Fraction:
    """Return what one count is worth in watts, joules, or the unit of a condition."""
    unit = 1
    if isinstance(number, PowerMap):
        unit = WATTS[number.unit]
    elif isinstance(number, EnergyMap):
        unit = JOULES[number.unit]
    return number.scale * unit


def number_of(value: object, quantity: NumberMap) -> Fraction | None:
    """Return the number of a value in base units, None where the device says that it has none.

    Raises NoNumber.
    """
    if _is_absent(value, quantity):
        return None
    counts = exact(value)
    if counts is None or (counts < 0 and quantity.negative == "missing"):
        return None
    return counts * worth_of(quantity)


def sum_of(numbers: Sequence[Fraction | None]) -> Fraction | None:
    """Return the sum, None if there is none or any is missing: a part is not the whole."""
    known = [number for number in numbers if number is not None]
    return sum(known, Fraction(0)) if known and len(known) == len(numbers) else None


def _is_absent(value: object, quantity: NumberMap) -> bool:
    return any(value == absent or str(value) == str(absent) for absent in quantity.not_available)


def exact(value: object) -> Fraction | None:
    """Return the number as it was written; None where it says that there is none.

    Raises NoNumber.
    """
    if isinstance(value, bool):
        raise NoNumber
    if isinstance(value, str):
        value = _number_in(value)
    match value:
        case None:
            return None
        case float():
            return Fraction(value) if math.isfinite(value) else None
        case int() if abs(value) <= _GREATEST:
            return Fraction(value)
        case Decimal() if abs(value.adjusted()) <= _GREATEST_EXPONENT:
            return Fraction(value)
    raise NoNumber


def _number_in(text: str) -> Decimal | None:
    text = text.strip()
    if text.lower() in _NONE:
        return None
    if _TEXT.fullmatch(text) is None:
        raise NoNumber
    return Decimal(text)
