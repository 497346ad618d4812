"""Local days, months and years are sets of UTC hours: each hour belongs to exactly one."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.accounting.hours import hour_of
from agent.accounting.periods.calendar import (
    Period,
    day_of,
    hours_of,
    is_interim,
    period_of,
    rolling_year,
)
from agent.errors import ConfigError
from agent.model import HOUR

LAW = settings(max_examples=100)

ODD = (
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "America/St_Johns",
    "America/Havana",
    "Pacific/Apia",
    "Africa/Monrovia",
    "Europe/Berlin",
    "UTC",
)
"""Zones off by 30 and 45 minutes, clocks put by 30 minutes, at midnight, a minute after it, and by
a whole day; an offset of seconds.
"""

ZONES = st.sampled_from(ODD) | st.sampled_from(sorted(available_timezones() - {"localtime"}))
HOURS = st.datetimes(
    datetime(1970, 1, 3),  # noqa: DTZ001 hypothesis adds the zone
    datetime(2037, 12, 28),  # noqa: DTZ001 hypothesis adds the zone
    timezones=st.just(UTC),
).map(hour_of)


def days_of(period: Period) -> Iterator[Period]:
    hour = period.start
    while hour < period.end:
        day = day_of(hour, period.timezone)
        yield day
        hour = day.end


@LAW
@given(hour=HOURS, zone=ZONES)
def test_an_hour_belongs_to_the_local_day_in_which_it_starts_and_to_no_other(
    hour: datetime, zone: str
) -> None:
    day = day_of(hour, zone)
    assert hour in day
    assert day.name == hour.astimezone(ZoneInfo(zone)).date().isoformat()
    assert day == period_of(day.name, zone)
    date_ = date.fromisoformat(day.name)
    before, after = (period_of((date_ + timedelta(days=n)).isoformat(), zone) for n in (-1, 1))
    assert before.end == day.start
    assert after.start == day.end


@LAW
@given(hour=HOURS, zone=ZONES)
def test_every_hour_of_a_day_starts_on_that_day(hour: datetime, zone: str) -> None:
    day = day_of(hour, zone)
    starts = {one.astimezone(ZoneInfo(zone)).date().isoformat() for one in day}
    assert starts == {day.name}


@LAW
@given(year=st.integers(1970, 2040), zone=ZONES)
def test_months_add_up_to_the_year_without_a_gap(year: int, zone: str) -> None:
    whole = period_of(str(year), zone)
    months = [period_of(f"{year}-{month:02}", zone) for month in range(1, 13)]
    assert [one.end for one in months[:-1]] == [one.start for one in months[1:]]
    assert (months[0].start, months[-1].end) == (whole.start, whole.end)
    assert sum(one.hours for one in months) == whole.hours


@pytest.mark.parametrize("zone", ODD)
@pytest.mark.parametrize(
    "month", ["2024-02", "2026-03", "2026-04", "2026-10", "2011-12", "2006-10"]
)
def test_days_add_up_to_the_month(month: str, zone: str) -> None:
    whole = period_of(month, zone)
    days = list(days_of(whole))
    assert [hour for day in days for hour in day] == list(whole)


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        ("2026-03-29", "Europe/Berlin", 23),
        ("2026-10-25", "Europe/Berlin", 25),
        ("2026-03-10", "Europe/Berlin", 24),
        ("2026-11-22", "Asia/Kolkata", 24),
        ("2026-11-22", "Asia/Kathmandu", 24),
        # Half an hour less and half an hour more: which hour starts where decides.
        ("2026-10-04", "Australia/Lord_Howe", 23),
        ("2026-04-05", "Australia/Lord_Howe", 25),
        ("2011-12-30", "Pacific/Apia", 0),
    ],
)
def test_a_local_day_has_the_hours_that_its_clocks_make(day: str, zone: str, hours: int) -> None:
    assert period_of(day, zone).hours == hours


def test_a_day_of_a_zone_with_half_an_hour_begins_with_the_first_hour_that_starts_in_it() -> None:
    day = period_of("2026-11-22", "Asia/Kolkata")
    assert day.start == datetime(2026, 11, 21, 19, tzinfo=UTC), "00:30 in Kolkata"
    assert datetime(2026, 11, 21, 18, tzinfo=UTC) not in day, "23:30 of the day before"


def test_a_leap_day_and_the_end_of_a_year() -> None:
    assert period_of("2024-02-29", "UTC").hours == 24
    assert period_of("2024", "Europe/Berlin").hours == 8784
    assert period_of("2025", "Europe/Berlin").hours == 8760
    new_year = period_of("2025-12-31", "America/New_York")
    assert new_year.end == datetime(2026, 1, 1, 5, tzinfo=UTC)
    assert period_of("2025", "America/New_York").end == new_year.end


@pytest.mark.parametrize(
    ("now", "start", "days"),
    [
        (datetime(2026, 11, 22, 10, 40, tzinfo=UTC), datetime(2025, 11, 22, 10, tzinfo=UTC), 365),
        (datetime(2028, 2, 29, 10, tzinfo=UTC), datetime(2027, 3, 1, 10, tzinfo=UTC), 365),
        (datetime(2028, 3, 1, 10, tzinfo=UTC), datetime(2027, 3, 1, 10, tzinfo=UTC), 366),
    ],
)
def test_a_rolling_year_ends_with_the_last_full_hour(
    now: datetime, start: datetime, days: int
) -> None:
    year = rolling_year(now, "Europe/Berlin")
    assert (year.start, year.end) == (start, hour_of(now))
    assert year.hours == days * 24
    assert year.twelve_months
    assert year.name.startswith("year to 202")


def test_only_a_year_is_not_interim() -> None:
    assert period_of("2025", "Europe/Berlin").twelve_months
    assert not period_of("2025-10", "Europe/Berlin").twelve_months
    moved = period_of("2011", "Europe/Moscow")
    assert (moved.hours, moved.twelve_months) == (8759, True)
    assert is_interim(3)
    assert not is_interim(365)


def test_the_hours_that_are_over_are_counted() -> None:
    day = period_of("2026-03-10", "UTC")
    assert hours_of(day, day.start) == 0
    assert hours_of(day, day.start - timedelta(days=3)) == 0
    assert hours_of(day, day.start + timedelta(minutes=150)) == 2
    assert hours_of(day, day.end + HOUR) == 24


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("2026-13", "no such month"),
        ("2026-00", "no such month"),
        ("2026-02-29", "no such day"),
        ("0001", "years go from 1970"),
        ("9999-12", "years go from 1970"),
        ("october", "must be a day such as 2026-11-22"),
        ("2026-1", "must be a day"),
        ("2026-10-01T00", "must be a day"),
        ("٢٠٢٦", "must be a day"),
        ("2026\n", "must be a day"),
        ("", "must be a day"),
    ],
)
def test_what_is_no_period_is_refused_with_what_is_allowed(text: str, cause: str) -> None:
    with pytest.raises(ConfigError, match=cause):
        period_of(text, "UTC")
