"""What holds of any register and its readings, whatever the device does."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from agent.accounting.registers.intervals import interval_between
from agent.model import MeterId, Oddity, Reading, Register, Zeroed
from agent.units import Joules, Watts
from tests.accounting.registers import booked
from tests.accounting.test_energy import START

STEP = 3600
SPAN = 5_000_000 * STEP
LIMIT = 25_000.0
KNOWN = Register(step=Joules(STEP), span=Joules(SPAN), limit=Watts(LIMIT))

Events = st.lists(
    st.tuples(
        st.integers(500, 12_000),
        st.sampled_from(["", "", "", "", "", "lost", "low", "high", "bare", "reset", "restart"]),
    ),
    min_size=3,
    max_size=60,
)


@dataclass
class TrueMeter:
    """A meter that knows the truth, and shows what a register shows."""

    true: int = 0
    offset: int = 0
    uptime: float = 10**6

    def shown(self) -> int:
        return (self.true + self.offset) % SPAN // STEP * STEP

    def run(self, watts: int) -> None:
        self.true += watts * 60
        self.uptime += 60

    def zero(self) -> None:
        self.offset = -self.true


def walk(events: Sequence[tuple[int, str]], first: int) -> tuple[list[Reading], int]:
    """A meter's readings, and the energy that flowed between the first and the last."""
    meter = TrueMeter(offset=first)
    readings = [_said(meter, 0, meter.shown(), 1000)]
    odd = 0
    for number, (watts, event) in enumerate([*events, *[(6000, "")] * 8], 1):
        meter.run(watts)
        if event in ("reset", "restart"):
            meter.zero()
        if event == "restart":
            meter.uptime = 20.0
        # A glitch needs good counts around it, or nobody could tell it.
        if event in ("", "low", "high"):
            odd = odd + 1 if event else 0
        if event != "lost":
            readings.append(_said(meter, number, _shown(meter, event, odd), watts))
    return readings, meter.true


def _shown(meter: TrueMeter, event: str, odd: int) -> int | None:
    """What is read of the register, whatever it shows."""
    if event == "bare":
        return None
    # Next to its span a count of 0 is a plausible rollover.
    if event == "low" and odd == 1 and 10**8 < meter.shown() < SPAN - 10**8:
        return 0
    return meter.shown() + 10**12 if event == "high" and odd == 1 else meter.shown()


def _said(meter: TrueMeter, number: int, energy: int | None, watts: int) -> Reading:
    return Reading(
        meter=MeterId("m"),
        at=START + timedelta(minutes=number),
        register=KNOWN,
        energy=None if energy is None else Joules(energy),
        power=Watts(float(watts)),
        uptime=timedelta(seconds=meter.uptime),
    )


@given(events=Events, first=st.sampled_from([10**9, SPAN - 10**6, SPAN // 2]))
def test_whatever_a_register_does_no_interval_is_negative_and_none_overlaps(
    events: list[tuple[int, str]], first: int
) -> None:
    readings, _ = walk(events, first)
    found = booked(readings)
    assert all(one.energy >= 0 for one in found.intervals)
    edges = [edge for one in found.intervals for edge in (one.start, one.end)]
    assert edges == sorted(edges)


@given(
    events=st.lists(
        st.tuples(
            st.integers(500, 12_000), st.sampled_from(["", "", "", "lost", "low", "high", "bare"])
        ),
        min_size=3,
        max_size=60,
    ),
    first=st.sampled_from([10**9, SPAN - 10**6, SPAN // 2]),
)
def test_what_resets_nothing_costs_nothing(events: list[tuple[int, str]], first: int) -> None:
    """Law: rollovers, glitches, lost polls and lost counts leave the counter's sum, to a step."""
    readings, true = walk(events, first)
    found = booked(readings)
    ahead = found.mark.ahead(Joules(STEP))
    shown = (first + true) // STEP * STEP - first // STEP * STEP
    assert abs(found.energy - ahead - shown) <= STEP
    assert not set(found.oddities) - {Oddity.ROLLOVER, Oddity.GLITCH, Oddity.STUCK}


@given(watts=st.lists(st.integers(500, 12_000), min_size=20, max_size=40), data=st.data())
def test_what_a_reset_costs_is_within_the_powers_of_its_interval(
    watts: list[int], data: st.DataObject
) -> None:
    """Law: beside a step each, the error is that of the intervals that the findings mark."""
    places = data.draw(st.sets(st.integers(2, len(watts) - 8), max_size=3))
    kind = data.draw(st.sampled_from(["reset", "restart"]))
    spread = sorted(place for place in places if place - 1 not in places)
    events = [(one, kind if n in spread else "") for n, one in enumerate(watts)]
    readings, true = walk(events, 10**9)
    found = booked(readings)
    # What a power says of a minute in which it changed from one to another.
    marked = sum(abs(watts[n] - watts[n - 1]) * 60 for n in spread)
    # The register hides up to a step of the truth, and what is booked up to another.
    assert abs(found.energy - true) <= 2 * STEP * (1 + len(spread)) + marked
    assert set(found.oddities) <= {Oddity.RESET, Oddity.RESTART}


@given(events=Events)
def test_the_same_readings_again_change_nothing(events: list[tuple[int, str]]) -> None:
    readings, _ = walk(events, 10**9)
    found = booked(readings)
    for one in readings:
        assert interval_between(found.mark, one).mark is found.mark


@given(
    watts=st.integers(500, 12_000),
    length=st.integers(0, 150),
    wrong=st.floats(0.9, 1.1),
    rest=st.integers(20, 60),
)
def test_after_a_register_has_caught_up_its_sum_is_booked_however_long_it_stood(
    watts: int, length: int, wrong: float, rest: int
) -> None:
    """Law: also where the power says up to a tenth too much or too little."""
    said = round(watts * wrong)
    meter = TrueMeter(offset=10**9)
    readings = [_said(meter, 0, meter.shown(), said)]
    shown = meter.shown()
    for number in range(1, 5 + length + rest):
        meter.run(watts)
        if not 5 <= number < 5 + length:
            shown = meter.shown()
        readings.append(_said(meter, number, shown, said))
    found = booked(readings)
    assert abs(found.energy - (shown - 10**9 // STEP * STEP)) <= STEP
    assert min(one.energy for one in found.intervals) >= 0
    assert found.oddities == ([Oddity.STUCK] if length > 31 else found.oddities)


@given(
    watts=st.lists(st.integers(500, 12_000), min_size=10, max_size=60),
    swaps=st.sets(st.integers(1, 60)),
)
def test_what_an_exchange_of_meters_costs_is_the_interval_of_the_exchange(
    watts: list[int], swaps: set[int]
) -> None:
    """Law: every other interval is counted, and the exchange is missing and not guessed."""
    meter = TrueMeter(offset=10**9)
    readings = [replace(_said(meter, 0, meter.shown(), watts[0]), source="0")]
    missing, serial = 0, 0
    for number, power in enumerate(watts, 1):
        meter.run(power)
        if number in swaps:
            serial, missing = serial + 1, missing + power * 60
            meter.offset = 7**serial * STEP - meter.true
        readings.append(replace(_said(meter, number, meter.shown(), power), source=str(serial)))
    found = booked(readings)
    assert abs(found.energy + missing - meter.true) <= 2 * STEP * (1 + serial)
    assert found.oddities == [Oddity.REPLACED] * serial
    covered = sum((one.end - one.start).total_seconds() for one in found.intervals)
    assert covered == 60 * (len(watts) - serial)


@given(watts=st.integers(500, 12_000), start=st.integers(0, 86_399), lag=st.integers(0, 240))
def test_a_daily_register_loses_nothing_where_the_power_is_known(
    watts: int, start: int, lag: int
) -> None:
    """Law: over three of the site's days, also where the device's midnight is late."""
    zone = ZoneInfo("Asia/Kathmandu")
    register = replace(KNOWN, zeroed=Zeroed.DAILY)
    first = START + timedelta(seconds=start)
    readings = []
    for number in range(3 * 288):
        moment = first + number * timedelta(minutes=5)
        local = (moment - timedelta(seconds=lag)).astimezone(zone)
        seconds = local.hour * 3600 + local.minute * 60 + local.second
        readings.append(
            Reading(
                meter=MeterId("m"),
                at=moment,
                register=register,
                energy=Joules(watts * seconds // STEP * STEP),
                power=Watts(float(watts)),
            )
        )
    found = booked(readings, zone)
    true = watts * 300 * (len(readings) - 1)
    assert abs(found.energy - true) <= 2 * STEP * 4
    assert set(found.oddities) == {Oddity.DAY}
    assert len(found.findings) == 3
