"""Minutes in a blob come back as they went in, and a damaged blob is known for one."""

import zlib
from array import array
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.ledger.pack import NO_ENERGY, Damaged, columns, pack, unpack
from agent.model import MINUTE, Basis, Minute
from agent.units import Joules, Watts
from tests.accounting.places import HOUR_9, TOTALS

Bare = st.builds(
    Minute,
    meter=st.just(TOTALS[0]),
    start=st.integers(0, 10**6).map(lambda n: HOUR_9 + n * MINUTE),
    energy=st.none() | st.integers(0, 2**62).map(Joules),
    covered=st.integers(0, 60).map(float),
    power=st.none() | st.floats(-1e6, 1e6).map(Watts),
    basis=st.none() | st.sampled_from(Basis),
)
Registers = (
    st.none()
    | st.integers(0, 10**18).map(Joules)
    | st.integers(0, 10**9).map(lambda count: Joules(count * 360_000))
)
Minutes = st.builds(
    lambda minute, millis, register: replace(
        minute,
        at=None if millis is None else minute.start + timedelta(milliseconds=millis),
        register=register,
    ),
    Bare,
    st.none() | st.integers(0, 59_999),
    Registers,
)


@given(minutes=st.lists(Minutes, max_size=50))
def test_minutes_come_back_as_they_went_in(minutes: list[Minute]) -> None:
    body = pack([(7, minute) for minute in minutes])
    assert unpack(body, {7: TOTALS[0]}.__getitem__) == minutes


@given(minutes=st.lists(Minutes, max_size=50))
def test_columns_say_the_same(minutes: list[Minute]) -> None:
    found = columns(pack([(n, minute) for n, minute in enumerate(minutes)]))
    assert found.number.tolist() == list(range(len(minutes)))
    assert [datetime.fromtimestamp(n * 60, UTC) for n in found.minute] == [
        one.start for one in minutes
    ]
    energies = [NO_ENERGY if one.energy is None else one.energy for one in minutes]
    assert found.energy.tolist() == energies
    assert found.covered.tolist() == [one.covered for one in minutes]
    powers = [None if power != power else power for power in found.power]  # noqa: PLR0124 NaN
    assert powers == [one.power for one in minutes]


@given(minutes=st.lists(Minutes, min_size=1, max_size=5), at=st.integers(0, 10**6))
def test_a_changed_byte_is_noticed(minutes: list[Minute], at: int) -> None:
    body = bytearray(pack([(7, minute) for minute in minutes]))
    body[at % len(body)] ^= 0x40
    with pytest.raises(Damaged):
        unpack(bytes(body), {7: TOTALS[0]}.__getitem__)


def test_the_minutes_of_one_meter_can_be_had_alone() -> None:
    one = Minute(
        meter=TOTALS[0], start=HOUR_9, energy=None, covered=0.0, power=Watts(5.0), basis=None
    )
    body = pack([(7, one), (8, replace(one, power=Watts(6.0)))])
    assert [found.power for found in unpack(body, lambda _: TOTALS[0], only=8)] == [6.0]


def test_what_was_written_before_registers_were_kept_is_still_read() -> None:
    columns = (("I", 7), ("I", 29_500_000), ("q", 72_000), ("f", 60.0), ("d", 1200.0), ("B", 1))
    plain = b"".join(array(code, [value]).tobytes() for code, value in columns)
    body = b"\x01\x01\0\0\0" + zlib.compress(plain, 1)
    body += zlib.crc32(body).to_bytes(4, "little")
    (minute,) = unpack(body, {7: TOTALS[0]}.__getitem__)
    assert (minute.energy, minute.power, minute.basis) == (72_000, 1200.0, Basis.COUNTER)
    assert (minute.at, minute.register) == (None, None)


def test_an_unknown_form_is_said() -> None:
    body = b"\x09\0\0\0\0"
    with pytest.raises(Damaged, match="form 9 is not known"):
        unpack(body + zlib.crc32(body).to_bytes(4, "little"), lambda _: TOTALS[0])
