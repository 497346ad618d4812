"""What a register did between readings, from what is known of it beforehand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.accounting.registers.counters import (
    UPTIME_WRAP,
    Counted,
    counted,
    has_restarted,
    rollover_hypothesis,
)
from agent.accounting.registers.intervals import interval_between
from agent.accounting.registers.marks import Mark, mark_of
from agent.accounting.registers.suspects import PATIENCE
from agent.model import (
    Basis,
    Finding,
    Interval,
    MeterId,
    Oddity,
    Reading,
    Register,
    Zeroed,
)
from agent.units import JOULES_PER_KWH, Joules, Watts
from tests.accounting.test_energy import START, TENTH_KWH, counts, reading

KW = 1000
BERLIN = ZoneInfo("Europe/Berlin")


@dataclass
class Booked:
    """What came of a row of readings."""

    intervals: list[Interval]
    findings: list[Finding]
    mark: Mark

    @property
    def energy(self) -> int:
        return sum(one.energy for one in self.intervals)

    @property
    def oddities(self) -> list[Oddity]:
        return [one.oddity for one in self.findings]


def booked(readings: Sequence[Reading], zone: ZoneInfo | None = None) -> Booked:
    found = Booked([], [], mark_of(readings[0]))
    for one in readings[1:]:
        outcome = interval_between(found.mark, one, zone or UTC)
        late = [outcome.late] if outcome.late else []
        found.intervals += [*late, *outcome.intervals]
        found.findings += outcome.findings
        found.mark = outcome.mark
    return found


def minutes(
    shown: Iterable[int | None], watts: float | None = 6000, **options: object
) -> list[Reading]:
    """Readings a minute apart, in counts of 0.1 kWh; 6 kW is one count a minute."""
    return [
        replace(reading(60 * n, None if one is None else counts(one), watts), **options)  # type: ignore[arg-type] # options
        for n, one in enumerate(shown)
    ]


def test_a_lower_count_that_is_plausible_is_a_rollover() -> None:
    found = counted(Joules(counts(4294967290)), Joules(counts(14)), TENTH_KWH, 60)
    assert found == Counted(
        oddity=Oddity.ROLLOVER, energy=Joules(2 * JOULES_PER_KWH), basis=Basis.COUNTER
    )


def test_a_lower_count_that_is_not_plausible_is_a_reset_and_a_lower_bound() -> None:
    before, now = Joules(counts(1234567)), Joules(counts(35))
    assert counted(before, now, TENTH_KWH, 60) == Counted(
        oddity=Oddity.RESET, energy=Joules(counts(35)), basis=Basis.LOWER_BOUND
    )
    wrapped = rollover_hypothesis(before, now, TENTH_KWH)
    assert wrapped == round(429373276.4 * JOULES_PER_KWH)


def test_without_a_known_span_nothing_is_guessed_and_a_lower_count_is_a_reset() -> None:
    register = Register(step=Joules(counts(1)))
    found = counted(Joules(counts(4294967290)), Joules(counts(14)), register, 60)
    assert found is not None
    assert (found.oddity, found.energy) == (Oddity.RESET, counts(14))
    assert rollover_hypothesis(Joules(2), Joules(1), register) is None


def test_a_step_that_the_device_cannot_draw_is_nothing_that_a_register_does() -> None:
    assert counted(Joules(0), Joules(counts(1000)), TENTH_KWH, 60) is None
    assert counted(Joules(counts(2000)), Joules(counts(1000)), TENTH_KWH, 60) is None


def test_a_device_that_has_restarted_has_no_rollover_however_plausible() -> None:
    before, now = Joules(counts(4294967290)), Joules(counts(14))
    found = counted(before, now, TENTH_KWH, 60, restarted=True)
    assert found is not None
    assert (found.oddity, found.energy) == (Oddity.RESTART, counts(14))


def test_a_register_that_is_lost_in_a_restart_counts_from_zero_even_where_it_is_higher() -> None:
    register = replace(TENTH_KWH, zeroed=Zeroed.RESTART)
    found = counted(Joules(counts(3)), Joules(counts(5)), register, 3600, restarted=True)
    assert found is not None
    assert (found.oddity, found.energy) == (Oddity.RESTART, counts(5))


def test_an_uptime_that_wraps_after_497_days_is_no_restart() -> None:
    minute = timedelta(minutes=1)
    before = UPTIME_WRAP - timedelta(seconds=20)
    assert has_restarted(before, timedelta(seconds=40), minute) is False
    assert has_restarted(timedelta(days=3), timedelta(seconds=40), minute) is True
    assert has_restarted(timedelta(days=3), timedelta(days=3, minutes=1), minute) is False
    assert has_restarted(None, timedelta(seconds=40), minute) is True
    assert has_restarted(timedelta(days=3), None, minute) is None


def test_one_absurd_value_is_left_out_and_no_energy_is_lost() -> None:
    for odd in (0, 3, 2**31, 999_999_999):
        found = booked(minutes([1000, 1001, odd, 1003, 1004]))
        assert found.energy == counts(4)
        assert found.oddities == [Oddity.GLITCH]
        assert found.findings[0].at == START + timedelta(minutes=2)
        assert found.findings[0].energy is None


def test_two_absurd_values_in_a_row_are_left_out_too() -> None:
    for odd in ((0, 2**31), (0, 0), (2**31, 5), (7, 7)):
        found = booked(minutes([1000, 1001, *odd, 1004, 1005]))
        assert found.energy == counts(5), odd
        assert set(found.oddities) == {Oddity.GLITCH}


def test_a_reset_is_booked_once_the_register_goes_on_from_it() -> None:
    readings = minutes([1000, 1001, 1, 2, 3], watts=None)
    held = booked(readings[:3])
    assert (held.energy, held.findings) == (counts(1), [])
    found = booked(readings)
    assert found.energy == counts(1 + 1 + 2)
    assert found.oddities == [Oddity.RESET]
    assert [one.basis for one in found.intervals][1] is Basis.LOWER_BOUND


def test_what_flowed_across_a_reset_is_about_the_power_and_at_least_the_count() -> None:
    found = booked(minutes([1000, 1001, 0, 1, 2]))
    assert found.energy == counts(4)
    assert found.intervals[1].basis is Basis.INTEGRATED
    idle = booked(minutes([1000, 1001, 3, 4], watts=0))
    assert idle.intervals[1].energy == counts(3)
    assert idle.intervals[1].basis is Basis.LOWER_BOUND


def test_a_reset_register_that_stands_still_is_believed_after_a_while() -> None:
    found = booked(minutes([1000, *[0] * (PATIENCE + 1)], watts=0))
    assert found.oddities == [Oddity.RESET]
    assert found.mark.pending is None


def test_a_leap_that_goes_on_is_another_register_and_only_the_power_is_booked() -> None:
    found = booked(minutes([1000, 1001, 900_000, 900_001, 900_002]))
    assert found.oddities == [Oddity.REPLACED]
    assert found.energy == counts(4)
    dark = booked(minutes([1000, 1001, 900_000, 900_001, 900_002], watts=None))
    assert dark.energy == counts(1 + 2)


def test_a_limit_that_is_set_too_low_holds_nothing_back_for_ever() -> None:
    low = replace(TENTH_KWH, limit=Watts(100))
    found = booked(minutes(range(0, 60 * 100, 100), register=low))
    assert set(found.oddities) == {Oddity.REPLACED}
    assert found.energy == pytest.approx(counts(59), rel=0.1)


def test_a_restart_that_is_known_is_booked_at_once() -> None:
    readings = [
        replace(one, uptime=timedelta(days=5, minutes=n) if n < 2 else timedelta(seconds=30))
        for n, one in enumerate(minutes([1000, 1001, 0]))
    ]
    found = booked(readings)
    assert found.oddities == [Oddity.RESTART]
    assert (found.energy, found.mark.pending) == (counts(2), None)


def test_a_step_back_of_a_device_that_has_not_restarted_was_a_reset_by_somebody() -> None:
    readings = [
        replace(one, uptime=timedelta(days=5, minutes=n))
        for n, one in enumerate(minutes([1000, 1001, 0, 1]))
    ]
    assert booked(readings).oddities == [Oddity.RESET]


DAILY = replace(TENTH_KWH, zeroed=Zeroed.DAILY)


def at(text: str, count: int, watts: float | None = None) -> Reading:
    moment = datetime.fromisoformat(text).astimezone(UTC)
    found = reading(0, counts(count), watts, DAILY)
    return replace(found, at=moment)


def test_a_daily_register_begins_again_with_the_day_and_never_rolls_over() -> None:
    found = booked([at("2026-03-10T23:59+01:00", 4294967290), at("2026-03-11T00:01+01:00", 14)])
    assert found.oddities == [Oddity.DAY]
    assert found.energy == counts(14)


def test_a_gap_over_a_local_midnight_counts_from_zero_even_where_the_count_is_higher() -> None:
    one, other = at("2026-03-10T23:00+01:00", 100), at("2026-03-11T12:00+01:00", 160)
    local = booked([one, other], BERLIN)
    assert (local.energy, local.oddities) == (counts(160), [Oddity.DAY])
    assert local.intervals[0].basis is Basis.LOWER_BOUND
    same_day = booked([at("2026-03-10T23:10+00:00", 5), at("2026-03-11T12:00+00:00", 160)], BERLIN)
    assert (same_day.energy, same_day.oddities) == (counts(155), [])


def test_a_device_whose_midnight_is_late_still_counts_its_day_before() -> None:
    found = booked([at("2026-03-10T23:59+01:00", 5000), at("2026-03-11T00:00:30+01:00", 5001)])
    assert found.energy == counts(1)


def test_a_stuck_register_is_integrated_with_what_was_withheld() -> None:
    found = booked(minutes([1000, *[1001] * 120]))
    assert found.oddities == [Oddity.STUCK]
    assert found.energy == pytest.approx(counts(120), abs=counts(1))
    assert found.intervals[-1].basis is Basis.INTEGRATED


def test_when_a_stuck_register_catches_up_the_sum_is_its_own_again() -> None:
    # The power says 10 % too much; the register knows better.
    found = booked(minutes([1000, *[1001] * 120, *range(1122, 1160)], watts=6600))
    assert found.energy == pytest.approx(counts(159), abs=counts(1))
    assert min(one.energy for one in found.intervals) >= 0


def test_when_a_stuck_register_goes_on_from_where_it_stood_what_was_integrated_stays() -> None:
    found = booked(minutes([1000, *[1001] * 120, *range(1002, 1040)]))
    assert found.energy == pytest.approx(counts(120 + 38), abs=counts(2))


def test_a_slow_register_and_one_that_is_refreshed_seldom_are_not_stuck() -> None:
    slow = minutes([1000 + n // 120 for n in range(1000)], watts=50)
    assert booked(slow).oddities == []
    step = Register(step=Joules(3600), span=Joules(2**32 * 3600), limit=Watts(25_000))
    for refresh in (5, 15):
        seldom = [
            reading(60 * n, 10**9 + 6000 * 60 * (n // refresh * refresh), 6000, step)
            for n in range(240)
        ]
        found = booked(seldom)
        assert found.oddities == []
        shown = (seldom[-1].energy or 0) - (seldom[0].energy or 0)
        assert abs(found.energy - shown) <= 3600


def test_a_load_that_is_switched_off_makes_no_register_stuck() -> None:
    readings = minutes([1000, 1001, *[1001] * 200], watts=0)
    readings[:2] = minutes([1000, 1001], watts=20_000)
    assert booked(readings).oddities == []


def test_a_power_without_a_count_is_integrated_and_the_next_count_puts_it_right() -> None:
    found = booked(minutes([1000, 1001, None, None, 1004, 1005], watts=7000))
    assert abs(found.energy - counts(5)) <= counts(1)
    dark = minutes([1000, 1001, None, 1003])
    dark[2] = replace(dark[2], at=dark[1].at + timedelta(minutes=20), power=Watts(1.0))
    dark[3] = replace(dark[3], at=dark[1].at + timedelta(minutes=40))
    assert booked(dark).energy == counts(3)


# --- laws -----------------------------------------------------------------------------------

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


@settings(deadline=None)
@given(events=Events, first=st.sampled_from([10**9, SPAN - 10**6, SPAN // 2]))
def test_whatever_a_register_does_no_interval_is_negative_and_none_overlaps(
    events: list[tuple[int, str]], first: int
) -> None:
    readings, _ = walk(events, first)
    found = booked(readings)
    assert all(one.energy >= 0 for one in found.intervals)
    edges = [edge for one in found.intervals for edge in (one.start, one.end)]
    assert edges == sorted(edges)


@settings(deadline=None)
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


@settings(deadline=None)
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


@settings(deadline=None)
@given(events=Events)
def test_the_same_readings_again_change_nothing(events: list[tuple[int, str]]) -> None:
    readings, _ = walk(events, 10**9)
    found = booked(readings)
    for one in readings:
        assert interval_between(found.mark, one).mark is found.mark


@settings(deadline=None)
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


@settings(deadline=None)
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


@settings(deadline=None)
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
