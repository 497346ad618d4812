"""A register that counts a day, read by a daemon whose clock is not the device's."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.accounting.registers.days import LAG
from agent.model import Basis, Interval, MeterId, Oddity, Reading, Register, Zeroed
from agent.units import JOULES_PER_WH, Joules, Watts
from tests.accounting.registers import Booked, booked

BERLIN = ZoneInfo("Europe/Berlin")
WH = Register(step=Joules(JOULES_PER_WH), limit=Watts(25_000), zeroed=Zeroed.DAILY)
UNLIMITED = replace(WH, limit=None)


def said(text: str, count: int | None, register: Register = WH) -> Reading:
    """A reading of so many Wh, `16 23:59:30` being a time of March 2026 in Berlin."""
    day, _, clock = text.partition(" ")
    local = datetime.combine(date(2026, 3, int(day)), time.fromisoformat(clock), BERLIN)
    energy = None if count is None else Joules(count * JOULES_PER_WH)
    return Reading(meter=MeterId("m"), at=local.astimezone(UTC), register=register, energy=energy)


def read(*readings: tuple[str, int | None], register: Register = WH) -> Booked:
    return booked([said(*one, register) for one in readings], BERLIN)


def watt_hours(found: Booked) -> list[float]:
    return [one.energy / JOULES_PER_WH for one in found.intervals]


@pytest.mark.parametrize("register", [WH, UNLIMITED])
def test_an_idle_device_whose_midnight_is_late_is_counted_once(register: Register) -> None:
    readings = [("16 23:59:30", 100), ("17 00:00:30", 100), ("17 00:01:30", 0), ("17 00:02:30", 0)]
    found = read(*readings, register=register)
    assert watt_hours(found) == [0, 0, 0]
    assert [one.basis for one in found.intervals] == [
        Basis.COUNTER,
        Basis.LOWER_BOUND,
        Basis.COUNTER,
    ]
    assert found.oddities == [Oddity.DAY]


def test_a_day_before_that_goes_on_after_midnight_is_counted_on() -> None:
    found = read(("16 23:59", 100), ("17 00:01", 103), ("17 00:05", 109), ("17 00:07", 4))
    assert watt_hours(found) == [3, 6, 4]
    assert found.oddities == [Oddity.DAY]


def test_a_device_whose_midnight_is_early_has_had_its_day_at_ours() -> None:
    found = read(
        ("16 23:44", 100), ("16 23:49", 2), ("16 23:59", 8), ("17 00:01", 9), ("17 20:00", 160)
    )
    assert watt_hours(found) == [2, 6, 1, 151]
    assert found.oddities == [Oddity.DAY]
    assert [one.basis for one in found.intervals] == [
        Basis.LOWER_BOUND,
        Basis.INTERPOLATED,
        Basis.COUNTER,
        Basis.INTERPOLATED,
    ]


def test_a_gap_over_a_whole_night_holds_a_new_day_however_high_its_count() -> None:
    for count in (40, 100, 160):
        found = read(("16 23:40", 100), ("17 00:15", count))
        assert (watt_hours(found), found.oddities) == ([count], [Oddity.DAY])
        assert found.intervals[0].basis is Basis.LOWER_BOUND


def test_a_gap_that_began_in_the_night_holds_a_new_day_if_the_register_was_read_before_it() -> None:
    found = read(("16 23:43", 90), ("16 23:47", 96), ("16 23:50", 100), ("17 20:00", 160))
    assert watt_hours(found) == [6, 4, 150], "90 Wh have flowed before, and 160 after its zero"
    assert found.oddities == [Oddity.DAY]
    unread = read(("16 23:50", 100), ("17 20:00", 160))
    assert (watt_hours(unread), unread.oddities) == ([60], []), "the new day may be of 23:46"
    assert unread.intervals[0].basis is Basis.LOWER_BOUND


def test_a_gap_over_several_nights_holds_at_least_the_last_day() -> None:
    found = read(("14 12:00", 500), ("17 11:00", 700), ("17 12:00", 750))
    assert watt_hours(found) == [700, 50]
    assert found.oddities == [Oddity.DAY]


def test_a_gap_that_ends_in_the_night_is_held_until_a_fall_says_that_the_day_went_on() -> None:
    readings = [("16 23:20", 100), ("17 00:02", 110), ("17 00:03", 111)]
    held = read(*readings)
    assert watt_hours(held) == [10, 1]
    assert (held.intervals[0].basis, held.findings) == (Basis.LOWER_BOUND, [])
    found = read(*readings, ("17 00:04", 0), ("17 00:20", 3))
    assert watt_hours(found) == [10, 1, 0, 3]
    assert found.oddities == [Oddity.DAY]
    gap = [(one.start, one.end, one.energy, one.basis) for one in found.known]
    start, end = (said(text, 0).at for text, _ in readings[:2])
    assert gap == [(start, end, 0, Basis.INTERPOLATED)]


def test_a_gap_that_ends_in_the_night_is_held_until_the_night_says_that_the_day_is_new() -> None:
    readings = [("16 23:20", 100), ("17 00:02", 110), ("17 00:07", 111), ("17 00:11", 112)]
    found = read(*readings, ("17 00:15", 113), ("17 00:19", 114))
    assert (sum(watt_hours(found)), found.known) == (114, [])
    late = found.intervals[3]
    assert (late.energy, late.basis) == (100 * JOULES_PER_WH, Basis.LOWER_BOUND)
    assert (late.start, late.end) == (said("16 23:20", 0).at, said("17 00:02", 0).at)
    assert [(one.oddity, one.energy) for one in found.findings] == [(Oddity.DAY, late.energy)]


def test_a_fall_two_nights_after_a_gap_tells_nothing_of_the_first() -> None:
    found = read(("16 23:20", 100), ("17 00:02", 110), ("18 00:01", 4), ("18 00:05", 5))
    assert watt_hours(found) == [10, 4, 1]
    assert (found.oddities, found.known) == ([Oddity.DAY], [])
    assert found.intervals[0].basis is Basis.LOWER_BOUND


def test_a_register_zeroed_on_the_very_edge_of_the_night_is_zeroed_in_it() -> None:
    for fall in ("16 23:45", "17 00:15"):
        found = read(("16 23:30", 100), (fall, 1), ("17 00:16", 4))
        assert (watt_hours(found), found.oddities) == ([1, 3], [Oddity.DAY])


def test_what_the_device_cannot_have_drawn_since_its_zero_is_the_day_before() -> None:
    found = read(("16 23:20", 90_000), ("17 00:02", 93_000), ("17 00:03", 93_070))
    assert watt_hours(found) == [3_000, 70]
    assert found.intervals[0].basis is Basis.INTERPOLATED
    assert found.mark.day is not None
    assert found.mark.day.gaps == ()


def test_a_device_that_is_idle_all_day_has_no_energy_and_nothing_missing() -> None:
    found = read(
        *((f"16 23:{n}", 0) for n in range(30, 60)), *((f"17 00:{n}", 0) for n in range(10, 40))
    )
    assert set(watt_hours(found)) == {0}
    assert (found.oddities, found.known) == ([], [])
    gap = found.intervals[29]
    assert (gap.end - gap.start, gap.basis) == (timedelta(minutes=11), Basis.LOWER_BOUND)


def test_a_fall_at_another_time_was_a_reset_or_a_glitch() -> None:
    glitch = read(("16 12:00", 90_000), ("16 12:01", 0), ("16 12:02", 90_030))
    assert (watt_hours(glitch), glitch.oddities) == ([30], [Oddity.GLITCH])
    reset = read(("16 01:00", 100), ("16 01:01", 3), ("16 01:02", 4))
    assert (watt_hours(reset), reset.oddities) == ([3, 1], [Oddity.RESET])


@pytest.mark.parametrize("hours", [-1, 1, 5])
def test_a_device_in_another_time_zone_is_counted_once_all_the_same(hours: int) -> None:
    """A device that knows no summer time, and one whose zone was never set."""
    start = datetime(2026, 3, 16, 12, tzinfo=UTC)
    readings = []
    for minute in range(3 * 1440):
        moment = start + timedelta(minutes=minute)
        local = moment.astimezone(BERLIN) - timedelta(hours=hours)
        count = (local.hour * 60 + local.minute) * 10 * JOULES_PER_WH
        readings.append(Reading(meter=MeterId("m"), at=moment, register=WH, energy=Joules(count)))
    found = booked(readings, BERLIN)
    assert sum(watt_hours(found)) == (3 * 1440 - 1 - 3) * 10
    assert found.oddities == [Oddity.RESET] * 3


def test_readings_without_a_count_leave_the_night_to_the_next_one() -> None:
    bare = [replace(said(f"17 00:{n:02}", None), power=Watts(60.0)) for n in range(60)]
    found = booked(
        [said("16 23:59", 100), *bare, said("17 01:00", 60), said("17 01:01", 61)], BERLIN
    )
    assert found.oddities == [Oddity.DAY]
    assert sum(watt_hours(found)) == pytest.approx(61, abs=2)


DAYS = 3
HOURS = 24 * DAYS + 2
Waits = st.one_of(
    st.integers(60, 300),
    st.integers(60, 300),
    st.integers(60, 300),
    st.integers(301, 4_000),
    st.integers(4_000, 200_000),
)


@dataclass
class TrueDays:
    """A meter that knows the truth, in seconds from noon; its clock is wrong each night anew."""

    noon: datetime
    zone: ZoneInfo
    watts: Sequence[int]
    """In each hour."""

    lags: Sequence[int]

    def __post_init__(self) -> None:
        self.full = list(accumulate((one * 3600 for one in self.watts), initial=0))
        first = self.noon.astimezone(self.zone).date()
        self.midnights = [
            datetime.combine(first + timedelta(days=n), time(0), self.zone).astimezone(UTC)
            for n in range(DAYS + 2)
        ]
        lags = (timedelta(seconds=one) for one in self.lags)
        self.zeros = [at + lag for at, lag in zip(self.midnights, lags, strict=False)]

    def energy(self, at: datetime) -> int:
        """What has flowed since the midnight before the first noon, at the first hour's power."""
        seconds = int((at - self.noon).total_seconds())
        if seconds < 0:
            return seconds * self.watts[0]
        hour, rest = divmod(seconds, 3600)
        return self.full[hour] + (self.watts[hour] * rest if rest else 0)

    def shown(self, at: datetime, step: int) -> int:
        zero = max(one for one in self.zeros if one <= at)
        return (self.energy(at) - self.energy(zero)) // step * step

    def at(self, seconds: int, register: Register) -> Reading:
        moment = self.noon + timedelta(seconds=seconds)
        shown = Joules(self.shown(moment, register.step))
        return Reading(meter=MeterId("m"), at=moment, register=register, energy=shown)


def polled(meter: TrueDays, begin: int, waits: Sequence[int], register: Register) -> list[Reading]:
    """Readings over the whole time: `waits` again and again, short ones most of the time."""
    moments, number = [begin], 0
    while True:
        moments.append(moments[-1] + waits[number % len(waits)])
        if moments[-1] > 24 * DAYS * 3600:
            return [meter.at(one, register) for one in moments[:-1]]
        number += 1


def missing(found: Booked) -> list[Interval]:
    known = {(one.start, one.end) for one in found.known}
    return [
        one
        for one in found.intervals
        if one.basis is Basis.LOWER_BOUND and (one.start, one.end) not in known
    ]


ZONES = ("UTC", "Europe/Berlin", "Asia/Kathmandu", "America/Havana", "Pacific/Chatham")
NOONS = tuple(
    datetime(2026, month, day, 12, tzinfo=UTC) for month, day in ((3, 7), (3, 28), (4, 4), (10, 24))
)
"""Before clocks are changed somewhere."""


def meters(watts: st.SearchStrategy[int]) -> st.SearchStrategy[TrueDays]:
    return st.builds(
        TrueDays,
        st.sampled_from(NOONS),
        st.sampled_from(ZONES).map(ZoneInfo),
        st.lists(watts, min_size=HOURS, max_size=HOURS),
        st.lists(st.integers(-900, 900), min_size=DAYS + 2, max_size=DAYS + 2),
    )


IDLING = st.sampled_from([0, 0, 5, 100, 3_000, 20_000])
Registers = st.sampled_from([WH, UNLIMITED, replace(UNLIMITED, step=Joules(100 * JOULES_PER_WH))])
Begins = st.one_of(st.integers(0, 86_400), st.integers(11 * 3600 - 1200, 11 * 3600 + 1200))


@settings(max_examples=60)
@given(
    meter=meters(IDLING),
    waits=st.lists(Waits, min_size=1, max_size=12),
    begin=Begins,
    register=Registers,
)
def test_no_more_is_booked_than_has_flowed_however_wrong_the_clock_of_the_device_is(
    meter: TrueDays,
    waits: list[int],
    begin: int,
    register: Register,
) -> None:
    """Law: to within a step, also of a device that idles and is read with gaps."""
    readings = polled(meter, begin, waits, register)
    found = booked(readings, meter.zone)
    true = meter.energy(readings[-1].at) - meter.energy(readings[0].at)
    assert found.energy <= true + register.step
    assert min((one.energy for one in found.intervals), default=0) >= 0


@settings(max_examples=60)
@given(
    meter=meters(st.integers(500, 12_000)),
    waits=st.lists(Waits, min_size=1, max_size=12),
    begin=Begins,
    register=Registers,
)
def test_all_that_has_flowed_is_booked_but_for_the_step_of_each_night_that_is_missing(
    meter: TrueDays,
    waits: list[int],
    begin: int,
    register: Register,
) -> None:
    """Law: where the counts decide, the sum is the truth to within a step a day; where they do not,
    the time is missing, and it is a time in which the register may have gone to zero.
    """
    readings = polled(meter, begin, waits, register)
    found = booked(readings, meter.zone)
    true = meter.energy(readings[-1].at) - meter.energy(readings[0].at)
    gaps = missing(found)
    unknown = sum(meter.energy(one.end) - meter.energy(one.start) for one in gaps)
    inside = sum(one.energy for one in gaps)
    steps = register.step * (DAYS + 2)
    assert true - unknown - steps <= found.energy - inside <= true - unknown + steps
    for one in gaps:
        assert any(
            one.start < midnight + LAG and one.end >= midnight - LAG for midnight in meter.midnights
        )
    assert set(found.oddities) <= {Oddity.DAY}
