"""From records and raw bytes to watts: the arithmetic of IPMI 2.0 section 36.3."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.demo.bmc_sensors import AIR_INLET, CELSIUS, Sensor
from collectors.ipmi.conversion import BY_READING, CURVES, Factors, Form, number_of, value_of
from collectors.ipmi.failures import Malformed
from collectors.ipmi.sdr import Direction, Unit, sensor_of

TEN_BITS, FOUR_BITS, BYTES = st.integers(-512, 511), st.integers(-8, 7), st.integers(0, 255)


def sensor(**options: object) -> Sensor:
    given = {"number": 1, "name": "Power", "value": lambda: 0.0}
    return Sensor(**given | options)  # type: ignore[arg-type]  # any of its fields


@given(
    m=TEN_BITS.filter(bool),
    b=TEN_BITS,
    b_exponent=FOUR_BITS,
    r_exponent=FOUR_BITS,
    tolerance=st.integers(0, 63),
    accuracy=st.integers(0, 1023),
    direction=st.integers(0, 3),
)
def test_a_record_gives_back_its_factors_whatever_stands_between_them(
    *,
    m: int,
    b: int,
    b_exponent: int,
    r_exponent: int,
    tolerance: int,
    accuracy: int,
    direction: int,
) -> None:
    exponents = {"b_exponent": b_exponent, "r_exponent": r_exponent}
    between = {"tolerance": tolerance, "accuracy": accuracy, "direction": direction}
    found = sensor_of(sensor(m=m, b=b, **exponents, **between).record(1))
    assert found is not None
    assert found.factors == Factors(m=m, b=b, b_exponent=b_exponent, r_exponent=r_exponent)
    assert found.direction is Direction(direction)


@given(m=TEN_BITS, b=TEN_BITS, b_exponent=FOUR_BITS, r_exponent=FOUR_BITS, raw=BYTES)
def test_a_value_is_m_times_raw_plus_b(
    m: int, b: int, b_exponent: int, r_exponent: int, raw: int
) -> None:
    factors = Factors(m=m, b=b, b_exponent=b_exponent, r_exponent=r_exponent)
    value = (m * raw + b * 10.0**b_exponent) * 10.0**r_exponent
    assert value_of(raw, Form.UNSIGNED, factors, 0) == pytest.approx(value)


@pytest.mark.parametrize(
    ("form", "raw", "number"),
    [
        (Form.UNSIGNED, 0xFE, 254),
        (Form.ONES_COMPLEMENT, 0xFE, -1),
        (Form.ONES_COMPLEMENT, 0x7F, 127),
        (Form.ONES_COMPLEMENT, 0x80, -127),
        (Form.ONES_COMPLEMENT, 0xFF, 0),
        (Form.TWOS_COMPLEMENT, 0xFE, -2),
        (Form.TWOS_COMPLEMENT, 0x80, -128),
        (Form.TWOS_COMPLEMENT, 0x7F, 127),
    ],
)
def test_a_raw_reading_may_carry_a_sign(form: Form, raw: int, number: int) -> None:
    assert number_of(raw, form) == number
    found = sensor_of(sensor(m=1, units1=form << 6).record(1))
    assert found is not None
    assert found.value(raw) == number


@pytest.mark.parametrize(
    ("curve", "value"),
    [
        (0, 8), (1, math.log(8)), (2, math.log10(8)), (3, 3), (4, math.exp(8)), (5, 1e8),
        (6, 256), (7, 0.125), (8, 64), (9, 512), (10, math.sqrt(8)), (11, 2), (BY_READING, 8),
    ],
)  # fmt: skip
def test_a_reading_may_lie_on_a_curve(curve: int, value: float) -> None:
    found = sensor_of(sensor(m=1, linearization=curve).record(1))
    assert found is not None
    assert found.value(8) == pytest.approx(value)


@pytest.mark.parametrize(("curve", "raw"), [(1, 0), (7, 0), (4, 255), (10, 0xFF)])
def test_where_a_curve_has_no_value_there_is_no_reading(curve: int, raw: int) -> None:
    factors = Factors(m=100, b=0, b_exponent=0, r_exponent=0)
    assert value_of(
        raw, Form.TWOS_COMPLEMENT if curve == 10 else Form.UNSIGNED, factors, curve
    ) is (None)


@given(curve=st.sampled_from(list(CURVES)), content=st.binary(min_size=6, max_size=6), raw=BYTES)
def test_a_value_is_a_finite_number_or_none(curve: int, content: bytes, raw: int) -> None:
    value = value_of(raw, Form.TWOS_COMPLEMENT, Factors.of(content), curve)
    assert value is None or math.isfinite(value)


@pytest.mark.parametrize(
    "options",
    [
        {"unit": 5},
        {"unit": 9},
        {"unit": CELSIUS},
        {"units1": 0x01},
        {"units1": 0x02},
        {"units1": 0x04},
        {"units1": 0x08},
        {"units1": 0xC0},
        {"modifier": 5},
        {"linearization": 12},
        {"linearization": 0x71},
        {"owner": 0x2C},
        {"owner": 0x41},
    ],
    ids=[
        "amperes", "volt-amperes", "celsius of the board", "per cent", "divided by a modifier",
        "times a modifier", "by time", "not analog", "with a modifier unit", "reserved curve",
        "the maker's own curve", "another controller's", "software's",
    ],
)  # fmt: skip
def test_what_is_no_plain_reading_in_watts_is_left_out(options: dict[str, int]) -> None:
    assert sensor_of(sensor(**options).record(1)) is None


@pytest.mark.parametrize("kind", [0x01, 0x03, 0x08, 0x09, 0x0B])
def test_the_type_of_a_sensor_says_nothing(kind: int) -> None:
    assert sensor_of(sensor(name="Pwr Consumption", kind=kind).record(1)) is not None


@pytest.mark.parametrize("entity", [AIR_INLET, 0x40])
def test_degrees_of_the_air_inlet_are_read(entity: int) -> None:
    found = sensor_of(sensor(name="Inlet Temp", unit=CELSIUS, entity=(entity, 1)).record(1))
    assert found is not None
    assert found.unit is Unit.CELSIUS


def test_an_entity_may_be_counted_within_the_bmc() -> None:
    found = sensor_of(sensor(entity=(10, 0xE1), lun=3).record(1))
    assert found is not None
    assert (found.entity, found.instance, found.lun) == (10, 0x61, 3)


def test_a_name_in_six_bits_is_read() -> None:
    record = sensor(name="").record(1)
    found = sensor_of(record[:47] + bytes([0x83]) + bytes.fromhex("29 dc a6"))
    assert found is not None
    assert found.name == "IPMI"


@given(st.binary(max_size=80))
def test_any_bytes_are_a_sensor_or_none_or_malformed(record: bytes) -> None:
    try:
        found = sensor_of(record)
    except Malformed:
        return
    if found is not None:
        value = found.value(0xFF)
        assert found.number == record[7]
        assert value is None or math.isfinite(value)
