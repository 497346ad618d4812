"""From the byte of a reading to its value (IPMI 2.0 section 36.3)."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum

_FORMS = 6


class Form(IntEnum):
    """How the byte of a reading carries its sign. The fourth form carries no number."""

    UNSIGNED = 0
    ONES_COMPLEMENT = 1
    TWOS_COMPLEMENT = 2

    @classmethod
    def of(cls, units: int) -> "Form | None":
        """Return the form in the first byte of a sensor's units, None for no number."""
        form = units >> _FORMS
        return cls(form) if form in tuple(cls) else None


LINEAR = 0
BY_READING = 0x70
"""Each reading has factors of its own, which the BMC is asked for."""

# IPMI 2.0 table 43-1, byte 24.
CURVES: Mapping[int, Callable[[float], float]] = {
    LINEAR: lambda x: x,
    1: math.log,
    2: math.log10,
    3: math.log2,
    4: math.exp,
    5: lambda x: math.pow(10, x),
    6: lambda x: math.pow(2, x),
    7: lambda x: 1 / x,
    8: lambda x: x * x,
    9: lambda x: x * x * x,
    10: math.sqrt,
    11: math.cbrt,
    BY_READING: lambda x: x,
}
"""Those past 70h are known to their makers alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Factors:
    """M, B and their exponents. Tolerance and accuracy stand between them and are not taken."""

    m: int
    b: int
    b_exponent: int
    r_exponent: int

    @classmethod
    def of(cls, content: bytes) -> "Factors":
        """Return the factors in the six bytes that a record and a BMC give them in."""
        m, m_high, b, b_high, _, exponents = content[:6]
        return cls(
            m=twos_complement(m_high >> 6 << 8 | m, 10),
            b=twos_complement(b_high >> 6 << 8 | b, 10),
            b_exponent=twos_complement(exponents & 0x0F, 4),
            r_exponent=twos_complement(exponents >> 4, 4),
        )

    def value(self, number: int) -> float:
        """Return (M x number + B x 10^Bexp) x 10^Rexp."""
        return (self.m * number + self.b * 10.0**self.b_exponent) * 10.0**self.r_exponent


def number_of(raw: int, form: Form) -> int:
    """Return the number that the byte of a reading stands for."""
    match form:
        case Form.UNSIGNED:
            return raw
        case Form.ONES_COMPLEMENT:
            return raw - 0xFF if raw & 0x80 else raw
        case Form.TWOS_COMPLEMENT:
            return twos_complement(raw, 8)


def value_of(raw: int, form: Form, factors: Factors, curve: int) -> float | None:
    """Return the value of a reading, None where its curve has none there."""
    try:
        value = CURVES[curve](factors.value(number_of(raw, form)))
    except (ValueError, ZeroDivisionError, OverflowError):
        return None
    return value if math.isfinite(value) else None


def twos_complement(value: int, bits: int) -> int:
    """Return the signed number in the lowest bits of a value."""
    return value - (1 << bits) if value >> (bits - 1) & 1 else value
