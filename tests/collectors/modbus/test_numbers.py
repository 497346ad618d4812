"""Every order of words and bytes, both ways, and what is not a reading."""

import math
import struct
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.modbus.numbers import (
    Place,
    counts_of,
    factor_at,
    place_of,
    power_of_ten,
    raw_of,
    spacing_of,
    text_of,
    value_of,
)
from config.profiles.modbus import Number, RegisterMap, Spot, Traits
from config.profiles.modbus.schema import Order
from tests.collectors.modbus.servers import encoded, put

RANGES = {
    f"{sign}int{bits}": (-(2 ** (bits - 1)) if not sign else 0, 2 ** (bits - (not sign)) - 1)
    for sign in ("", "u")
    for bits in (16, 32, 64)
}
ORDERS = st.sampled_from(["high-first", "low-first"])
INTEGERS = st.sampled_from(sorted(RANGES)).flatmap(
    lambda kind: st.tuples(st.just(kind), st.integers(*RANGES[kind]))
)
FLOATS = st.one_of(
    st.tuples(st.just("float32"), st.floats(-(2.0**56), 2.0**56, width=32)),
    st.tuples(st.just("float64"), st.floats(-1e17, 1e17)),
)


def traits(**changed: Any) -> Traits:  # noqa: ANN401 options of any shape
    return Traits.model_validate({"limit_watts": 1} | changed)


def number(type_: str, **changed: Any) -> Number:  # noqa: ANN401 options of any shape
    return Number.model_validate({"register": 10, "type": type_} | changed)


def read(spot: Number, words: list[int], map_: Traits) -> Fraction | int | None:
    registers = {("holding", 10 + at): word for at, word in enumerate(words)}
    return counts_of(spot, place_of(spot, map_), registers)  # type: ignore[arg-type]  # literal


@given(INTEGERS | FLOATS, ORDERS, ORDERS)
def test_a_number_is_read_as_it_was_written_in_every_order(
    case: tuple[str, float], word_order: Order, byte_order: Order
) -> None:
    type_, value = case
    words = encoded(type_, value, word_order, byte_order)
    map_ = traits(word_order=word_order, byte_order=byte_order)
    assert read(number(type_), words, map_) == Fraction(value)


@given(st.integers(0, 2**32 - 1))
def test_low_word_first_turns_the_registers_and_low_byte_first_the_bytes(value: int) -> None:
    a, b, c, d = value.to_bytes(4, "big")
    assert encoded("uint32", value, "high-first", "high-first") == [a << 8 | b, c << 8 | d]
    assert encoded("uint32", value, "low-first", "high-first") == [c << 8 | d, a << 8 | b]
    assert encoded("uint32", value, "high-first", "low-first") == [b << 8 | a, d << 8 | c]
    assert encoded("uint32", value, "low-first", "low-first") == [d << 8 | c, b << 8 | a]


@given(st.integers(0, 2**32 - 1), st.integers(-10, 10))
def test_a_power_of_ten_beside_a_number_is_exact(value: int, exponent: int) -> None:
    place = Place("holding", 5, 1, "int16", "high-first", "high-first")
    registers = {("holding", 5): exponent & 0xFFFF}
    ten = power_of_ten(place, registers)  # type: ignore[arg-type]  # literal
    assert ten is not None
    assert value * ten == Fraction(value) * Fraction(10) ** exponent


@pytest.mark.parametrize("word", [0x8000, 11, 0x7FFF, -11 & 0xFFFF])
def test_an_exponent_that_is_none_makes_no_number(word: int) -> None:
    place = Place("holding", 5, 1, "int16", "high-first", "high-first")
    assert power_of_ten(place, {("holding", 5): word}) is None
    assert power_of_ten(place, {}) is None


@pytest.mark.parametrize(("word", "factor"), [(40, 40), (1, 1), (0, None)])
def test_a_factor_is_above_zero(word: int, factor: int | None) -> None:
    place = Place("holding", 5, 1, "uint16", "high-first", "high-first")
    assert factor_at(place, {("holding", 5): word}) == factor


@pytest.mark.parametrize(
    ("type_", "options", "words"),
    [
        ("int16", {"not_available": [0x8000]}, [0x8000]),
        ("int16", {"not_available": [-32768]}, [0x8000]),
        ("uint16", {"not_available": ["0xFFFF"]}, [0xFFFF]),
        ("uint32", {"not_available": [0xFFFFFFFF]}, [0xFFFF, 0xFFFF]),
        ("int32", {"not_available": [0x80000000]}, [0x8000, 0]),
        ("int64", {"not_available": [0x8000000000000000]}, [0x8000, 0, 0, 0]),
        ("float32", {}, [0x7FC0, 0]),
        ("float32", {}, [0xFFC0, 0]),
        ("float32", {}, [0x7F80, 0]),
        ("float32", {"not_available": [-9999]}, [0xC61C, 0x3C00]),
        ("float64", {}, [0x7FF8, 0, 0, 0]),
        ("float64", {}, list(struct.unpack(">4H", struct.pack(">d", 1e300)))),
        ("uint32", {"zero": "missing"}, [0, 0]),
        ("int16", {"negative": "missing"}, [0xFFFF]),
        ("uint32", {}, [1]),
    ],
)
def test_what_is_not_available_is_missing_and_never_zero(
    type_: str, options: dict[str, Any], words: list[int]
) -> None:
    assert read(number(type_, **options), words, traits()) is None


def test_what_is_near_it_is_a_reading() -> None:
    assert read(number("int16", not_available=[0x8000]), [0x8001], traits()) == -32767
    assert read(number("uint16", not_available=[0xFFFF]), [0xFFFE], traits()) == 65534
    assert read(number("uint32"), [0, 0], traits()) == 0


def test_a_float_is_taken_bit_by_bit() -> None:
    assert value_of("float32", struct.pack(">f", 0.1)) == Fraction(13421773, 2**27)
    assert value_of("float32", struct.pack(">f", math.inf)) is None


@pytest.mark.parametrize(
    ("type_", "number"), [("float32", 2**30), ("float32", 1_000), ("float32", 0.75), ("float64", 7)]
)
def test_the_next_float_is_one_spacing_away(type_: str, number: float) -> None:
    form = ">f" if type_ == "float32" else ">d"
    raw = int.from_bytes(struct.pack(form, number), "big") + 1
    behind = value_of(type_, raw.to_bytes(4 if type_ == "float32" else 8, "big"))
    assert behind is not None
    assert behind - Fraction(number) == spacing_of(type_, Fraction(number))


def test_texts_end_where_they_end() -> None:
    spot = Spot.model_validate({"register": 3, "type": "string", "words": 4})
    place = place_of(spot, traits())
    registers = {("holding", at): word for at, word in put(traits(), spot, "AB 12").items()}
    assert text_of(place, registers) == "AB 12"  # type: ignore[arg-type]  # literal
    assert text_of(place, {}) == ""
    hexed = Place("holding", 3, 2, "hex", "high-first", "high-first")
    assert text_of(hexed, {("holding", 3): 0x1A, ("holding", 4): 0xFF00}) == "001AFF00"
    assert text_of(hexed, {("holding", 3): 0, ("holding", 4): 0}) == ""


def test_half_a_number_is_none() -> None:
    place = Place("holding", 3, 2, "uint32", "high-first", "high-first")
    assert raw_of(place, {("holding", 3): 1}) is None


def test_a_map_is_checked_whole() -> None:
    with pytest.raises(ValueError, match="a floating-point counter needs a step"):
        RegisterMap.model_validate(
            {
                "limit_watts": 1,
                "meters": [
                    {"scope": "total", "energy": {"register": 1, "type": "float32", "unit": "Wh"}}
                ],
            }
        )
