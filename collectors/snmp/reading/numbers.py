"""Numbers out of what agents send: integers, floats, and texts with or without a unit."""

import re
from collections.abc import Mapping
from fractions import Fraction

from collectors.snmp.wire.ber import Value

# A number that an agent sends as text, perhaps with its unit: "1721.000", "0.061kW".
NUMBER = re.compile(r"([-+]?\d{1,20}(?:\.\d{1,20})?)\s*([A-Za-z%°]*)")
# No device counts this far; a float beyond it is a broken one.
LARGEST = 1e18
# All bits of a number of 31, 32, 63 or 64 are set, or only the sign: no agent counts up to it.
NONE = frozenset({2**31 - 1, 2**32 - 1, 2**63 - 1, 2**64 - 1, -(2**31), -(2**63)})


def number_of(value: Value) -> Fraction | int | None:
    """Return the number that a value is, or holds as text; None for anything else."""
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return Fraction(value) if abs(value) < LARGEST else None
    if value is None:
        return None
    match = NUMBER.fullmatch(value.decode("ascii", "replace").strip())
    return Fraction(match[1]) if match else None


def last_digit(value: Value) -> tuple[Fraction, str]:
    """Return what the last digit of a number counts, and the unit behind it; 1 of no text."""
    if not isinstance(value, bytes):
        return Fraction(1), ""
    match = NUMBER.fullmatch(value.decode("utf-8", "replace").strip())
    if match is None:
        return Fraction(1), ""
    return Fraction(1, 10 ** len(match[1].partition(".")[2])), match[2]


def in_unit(value: Value, known: Mapping[str, Fraction]) -> Fraction | None:
    """Return the number of a text in its own unit, None without a unit that is known."""
    if not isinstance(value, bytes):
        return None
    match = NUMBER.fullmatch(value.decode("utf-8", "replace").strip())
    unit = known.get(match[2]) if match else None
    return Fraction(match[1]) * unit if match and unit is not None else None
