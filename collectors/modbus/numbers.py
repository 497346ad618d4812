"""From registers to numbers: word order, byte order, signs, and what is not a reading."""

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from config.profiles.modbus.schema import FLOATS, TEXTS, Function, Number, Order, Spot, Traits

# No device counts this far; a float beyond it is a broken one.
LARGEST = 1e18
# SunSpec scale factors are from -10 to 10; 8000h says that there is none.
LARGEST_EXPONENT = 10
# IEEE 754.
SIGNIFICANT_BITS = {"float32": 24, "float64": 53}

Registers = Mapping[tuple[Function, int], int]
"""What was read, by function and address."""


@dataclass(frozen=True, slots=True)
class Place:
    """A spot on a certain device: all that is left out in the map filled in."""

    function: Function
    first: int
    length: int
    type: str
    word_order: Order
    byte_order: Order

    @property
    def after(self) -> int:
        """The register behind it."""
        return self.first + self.length


def place_of(spot: Spot, traits: Traits, offset: int = 0) -> Place:
    """Return where a spot of a map is, `offset` registers on."""
    return Place(
        function=spot.function or traits.function,
        first=spot.register_ + offset,
        length=spot.length,
        type=spot.type,
        # A text goes on from register to register, however numbers are ordered.
        word_order=spot.word_order or ("high-first" if spot.type in TEXTS else traits.word_order),
        byte_order=traits.byte_order,
    )


def raw_of(place: Place, registers: Registers) -> bytes | None:
    """Return the bytes of a place, the highest first; None if any register of it is missing."""
    words = [registers.get((place.function, one)) for one in range(place.first, place.after)]
    found = [word for word in words if word is not None]
    if len(found) < len(words):
        return None
    return ordered(found, place.word_order, place.byte_order)


def ordered(words: Sequence[int], word_order: Order, byte_order: Order) -> bytes:
    """Return the bytes of some registers, the highest first."""
    turned = words if word_order == "high-first" else tuple(reversed(words))
    if byte_order == "high-first":
        return b"".join(word.to_bytes(2, "big") for word in turned)
    return b"".join(word.to_bytes(2, "little") for word in turned)


def value_of(type_: str, raw: bytes) -> Fraction | int | None:
    """Return the number in some bytes; None for a float that is none."""
    if type_ not in FLOATS:
        return int.from_bytes(raw, "big", signed=type_.startswith("int"))
    (number,) = struct.unpack(">f" if type_ == "float32" else ">d", raw)
    return Fraction(number) if math.isfinite(number) and abs(number) < LARGEST else None


def spacing_of(type_: str, number: Fraction | int) -> Fraction:
    """Return how far a float of this size is from the next one: what it counts moves by no less."""
    _, exponent = math.frexp(number)
    return Fraction(2) ** (exponent - SIGNIFICANT_BITS[type_])


def text_of(place: Place, registers: Registers) -> str:
    """Return the text at a place, or its hexadecimal digits; empty where there is none."""
    raw = raw_of(place, registers)
    if raw is None:
        return ""
    if place.type == "string":
        return raw.partition(b"\0")[0].decode("utf-8", "replace").strip()
    if place.type == "hex":
        return raw.hex().upper() if any(raw) else ""
    return str(value_of(place.type, raw) or "")


def counts_of(quantity: Number, place: Place, registers: Registers) -> Fraction | int | None:
    """Return the counts of a quantity, None where what the device says is not a reading."""
    raw = raw_of(place, registers)
    number = None if raw is None else value_of(place.type, raw)
    if raw is None or number is None:
        return None
    if int.from_bytes(raw, "big") in quantity.not_available or number in quantity.not_available:
        return None
    if number < 0 and quantity.negative == "missing":
        return None
    return None if number == 0 and quantity.zero == "missing" else number


def power_of_ten(place: Place, registers: Registers) -> Fraction | None:
    """Return ten to the power that stands at a place; None if what stands there is no power."""
    raw = raw_of(place, registers)
    number = None if raw is None else value_of(place.type, raw)
    if number is None or not -LARGEST_EXPONENT <= number <= LARGEST_EXPONENT:
        return None
    return Fraction(10) ** int(number) if number.denominator == 1 else None


def factor_at(place: Place, registers: Registers) -> Fraction | None:
    """Return the factor that stands at a place; None if it is none."""
    raw = raw_of(place, registers)
    number = None if raw is None else value_of(place.type, raw)
    return Fraction(number) if number is not None and number > 0 else None
