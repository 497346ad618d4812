"""Laws across the modules: whatever the calendar does, energy and emissions are conserved."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent.accounting.emissions.carbon import emissions_of, hour_intensity
from agent.accounting.hours import hour_of, parts
from agent.accounting.periods.calendar import Period, day_of, period_of
from agent.accounting.periods.emissions import Emitted, emission_total, standing_of
from agent.model import HOUR, HourIntensity, Intensity, Kind
from agent.units import GramsPerKwh, Joules, grams_of

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/St_Johns",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Eucla",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Apia",
)
"""Whole hours, half hours, 45 minutes, and clocks that are put by half an hour."""

Zones = st.sampled_from(ZONES)
Days = st.dates(date(2019, 1, 1), date(2032, 12, 31))
Energies = st.integers(0, 10**13)
Moments = st.datetimes(datetime(2019, 1, 1), datetime(2032, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 hypothesis adds the zone
Lengths = st.timedeltas(timedelta(seconds=1), timedelta(days=3))
LONG_AFTER = datetime(2100, 1, 1, tzinfo=UTC)


def day(when: date, zone: str) -> Period:
    return period_of(when.isoformat(), zone)


def one_each(start: datetime, end: datetime, energy: int) -> dict[datetime, int]:
    return {part.start: part.energy for part in parts(start, end, Joules(energy), HOUR)}


def row(start: datetime, value: float, period: timedelta = HOUR) -> Intensity:
    return Intensity(
        grid="g",
        kind=Kind.DIRECT,
        source="s",
        zone="z",
        start=start,
        period=period,
        value=GramsPerKwh(value),
        fetched_at=start + period,
    )


def emitted(energy: int, intensity: HourIntensity | None) -> Emitted:
    used = {Kind.DIRECT: intensity} if intensity else {}
    grams = emissions_of(Joules(energy), None, None, used).get(Kind.DIRECT)
    return Emitted(
        energy=energy,
        grams=grams,
        standing=standing_of(intensity),
        points=intensity.coverage if intensity else 1.0,
    )


@given(start=Moments, length=Lengths, energy=Energies, zone=Zones)
@example(datetime(2024, 2, 28, 12, tzinfo=UTC), timedelta(days=2), 10**9 + 7, "Asia/Kathmandu")
@example(datetime(2026, 12, 31, 12, tzinfo=UTC), timedelta(days=1), 10**9 + 7, "Pacific/Apia")
@example(datetime(2026, 3, 28, 12, tzinfo=UTC), timedelta(days=1), 10**9 + 7, "Europe/Berlin")
def test_the_local_days_of_an_interval_add_up_to_it_in_every_zone(
    start: datetime, length: timedelta, energy: int, zone: str
) -> None:
    """Law: each UTC hour belongs to one local day, so the days of an interval add up to it."""
    by_hour = one_each(start, start + length, energy)
    days = {day_of(hour, zone).name: day_of(hour, zone) for hour in by_hour}
    for hour in by_hour:
        assert sum(hour in one for one in days.values()) == 1
    total = sum(sum(used for at, used in by_hour.items() if at in one) for one in days.values())
    assert total == energy


@given(when=Days, zone=Zones)
def test_local_days_follow_each_other_without_a_gap_or_an_overlap(when: date, zone: str) -> None:
    """Law: a day ends where the next begins; it has 23, 24 or 25 hours."""
    today, tomorrow = day(when, zone), day(when + timedelta(days=1), zone)
    assert today.end == tomorrow.start
    assert today.hours in {23, 24, 25}
    assert all(hour.astimezone(ZoneInfo(zone)).date() == when for hour in today)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("year", [2023, 2024, 2027])
def test_the_days_of_a_year_and_its_months_are_its_hours(zone: str, year: int) -> None:
    """Law: a year is its months and its days, with the leap day and both changes of clocks."""
    whole = period_of(str(year), zone)
    months = [period_of(f"{year}-{month:02}", zone) for month in range(1, 13)]
    first = date(year, 1, 1)
    days = [
        day(first + timedelta(days=n), zone) for n in range((date(year + 1, 1, 1) - first).days)
    ]
    assert sum(one.hours for one in months) == sum(one.hours for one in days) == whole.hours
    assert (months[0].start, months[-1].end) == (whole.start, whole.end)
    assert whole.hours == 8760 + 24 * (year == 2024)


@given(start=Moments, length=Lengths, energy=Energies, cuts=st.lists(st.floats(0, 1), max_size=5))
def test_an_interval_that_is_read_more_often_books_the_same_hours(
    start: datetime, length: timedelta, energy: int, cuts: list[float]
) -> None:
    """Law: at constant power it does not matter where an interval is cut, to a joule a cut."""
    end = start + length
    times = sorted({start, end, *(start + length * cut for cut in cuts)})
    whole, cut_up = one_each(start, end, energy), dict[datetime, int]()
    booked = 0
    for before, after in pairwise(times):
        upto = energy * ((after - start) // timedelta(microseconds=1))
        upto //= length // timedelta(microseconds=1)
        for hour, used in one_each(before, after, upto - booked).items():
            cut_up[hour] = cut_up.get(hour, 0) + used
        booked = upto
    assert sum(cut_up.values()) == energy
    assert cut_up.keys() == whole.keys()
    assert all(abs(cut_up[hour] - whole[hour]) <= 2 * len(times) for hour in whole)


@given(
    start=Moments,
    length=Lengths,
    energy=Energies,
    values=st.lists(st.none() | st.floats(0, 1500), min_size=1, max_size=100),
)
def test_what_is_covered_and_what_is_not_add_up_to_the_energy(
    start: datetime, length: timedelta, energy: int, values: list[float | None]
) -> None:
    """Law: emissions of the parts add up; energy without an intensity is neither lost nor zero."""
    by_hour = one_each(start, start + length, energy)
    rows = [
        row(hour_of(start) + n * HOUR, value) for n, value in enumerate(values) if value is not None
    ]
    used = {hour: hour_intensity(rows, hour, until=LONG_AFTER) for hour in by_hour}
    total = emission_total(emitted(by_hour[hour], used[hour]) for hour in by_hour)
    assert total.covered + total.uncovered_energy == energy
    alone = sum(
        grams_of(Joules(by_hour[hour]), one.value) for hour, one in used.items() if one is not None
    )
    assert (total.grams or 0.0) == pytest.approx(alone, rel=1e-9, abs=1e-9)
    if total.uncovered:
        assert total.strict is None


@given(
    energies=st.lists(Energies, min_size=1, max_size=6),
    points=st.lists(st.none() | st.floats(0, 1500), min_size=72, max_size=72),
)
def test_what_stands_on_points_and_on_their_mean_adds_up_to_what_is_covered(
    energies: list[int], points: list[float | None]
) -> None:
    """Law: no hour is more final than it has final points, and no grams are lost over it."""
    start = datetime(2026, 3, 10, 9, tzinfo=UTC)
    step = timedelta(minutes=5)
    rows = [row(start + n * step, one, step) for n, one in enumerate(points) if one is not None]
    used = [hour_intensity(rows, start + n * HOUR, until=LONG_AFTER) for n in range(len(energies))]
    parts = [emitted(energy, one) for energy, one in zip(energies, used, strict=True)]
    total = emission_total(parts)
    assert total.covered + total.uncovered_energy == sum(energies)
    assert (total.grams or 0.0) == pytest.approx(sum(one.grams or 0.0 for one in parts))
    assert sum(total.shares.values()) == pytest.approx(1)
    if sum(energies):
        final = sum(e * one.coverage for e, one in zip(energies, used, strict=True) if one)
        assert total.final == pytest.approx(final / sum(energies))


@given(
    minutes=st.sampled_from([0, 15, 30, 45]),
    before=st.floats(0, 1500),
    after=st.floats(0, 1500),
)
def test_local_hours_of_any_zone_share_a_utc_hour_by_time(
    minutes: int, before: float, after: float
) -> None:
    """Law: an hour's intensity is the mean of the local hours it lies in, by their shares of it."""
    hour = datetime(2026, 3, 10, 9, tzinfo=UTC)
    later = hour + timedelta(minutes=minutes)
    found = hour_intensity([row(later - HOUR, before), row(later, after)], hour, until=LONG_AFTER)
    assert found is not None
    share = minutes / 60
    assert found.value == pytest.approx(before * share + after * (1 - share))
    assert found.coverage == pytest.approx(1)
