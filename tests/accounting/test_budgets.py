"""Carbon budgets: what is used, how fast it burns, and how the period will end."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.accounting.periods.budgets import PACE, WINDOWS, budget_now, burn, projected
from agent.accounting.periods.calendar import Period, day_of, month_of
from agent.accounting.periods.drift import pue_now
from agent.accounting.periods.late import Late, LateHour
from agent.model import HOUR, BudgetNow, BudgetPeriod, Coverage, Metered, SiteHour
from agent.units import Grams
from tests.accounting.booked import DECLARED, MEASURED, SITE, applied, hour

ZONE = "Europe/Berlin"
NOON = datetime(2026, 3, 10, 11, tzinfo=UTC)
RATE = 14 * 300.0
"""Grams per hour of an hour at 14 kW and 300 g/kWh."""

SPRING, AUTUMN = datetime(2026, 3, 29, 11, tzinfo=UTC), datetime(2026, 10, 25, 11, tzinfo=UTC)
minutes = st.integers(0, 12 * 24 * 60).map(lambda one: timedelta(minutes=one))
gaps = st.sets(st.integers(0, 10 * 24))
QUICK = settings(max_examples=50)


def steady(end: datetime, hours: int = 10 * 24, *, without: Sequence[int] = ()) -> Late:
    """Hours at one rate up to a time; that one runs, if it is no full hour. Some may be missing."""
    start = end.replace(minute=0, second=0, microsecond=0)
    found = [running(start, end)] if end > start else []
    found += [hour(start - n * HOUR, intensity=applied()) for n in range(1, hours + 1)]
    kept = [one for number, one in enumerate(found) if number not in without]
    return Late.of(LateHour.of(one) for one in kept)


def running(start: datetime, until: datetime) -> SiteHour:
    part = (until - start) / HOUR
    return replace(
        hour(start, facility=14 * part, it=10 * part, intensity=applied(), version=0), until=until
    )


def of(late: Late, now: datetime, kind: BudgetPeriod, *, budget: float) -> BudgetNow:
    period = (day_of if kind is BudgetPeriod.DAY else month_of)(now, ZONE)
    return budget_now(late, Grams(budget), kind, period, now=now, refused=False)


@pytest.mark.parametrize(
    ("now", "hours"), [(NOON, 24), (SPRING, 23), (AUTUMN, 25)], ids=["plain", "spring", "autumn"]
)
def test_a_site_at_the_rate_of_its_budget_burns_at_one_and_ends_on_it(
    now: datetime, hours: int
) -> None:
    found = of(steady(now), now, BudgetPeriod.DAY, budget=RATE * hours)
    assert found.burns == pytest.approx({"1h": 1.0, "6h": 1.0})
    assert found.projected == pytest.approx(RATE * hours)
    # These days begin in one time and are half over in the other.
    assert found.used == pytest.approx(RATE * {24: 12, 23: 12, 25: 13}[hours])


def test_a_month_has_its_own_hours_too() -> None:
    march = 31 * 24 - 1
    found = of(steady(NOON), NOON, BudgetPeriod.MONTH, budget=RATE * march)
    assert found.burns == pytest.approx({"1d": 1.0, "3d": 1.0})
    assert found.projected == pytest.approx(RATE * march)
    assert found.used == pytest.approx(RATE * (9 * 24 + 12))


def test_a_window_begins_within_an_hour_and_ends_with_the_running_one() -> None:
    now = NOON + timedelta(minutes=20)
    dear = hour(NOON - HOUR, facility=28, intensity=applied())
    late = Late.of(map(LateHour.of, (dear, running(NOON, now))))
    # 40 minutes at twice the rate, 20 minutes at it.
    found = late.emitted(now - HOUR, now)
    assert found.grams == pytest.approx(RATE * (2 * 40 + 20) / 60)
    assert found.seconds == pytest.approx(3600)


def test_a_window_goes_back_into_the_day_before() -> None:
    early = datetime(2026, 3, 9, 23, tzinfo=UTC) + 2 * HOUR
    found = of(steady(early), early, BudgetPeriod.DAY, budget=RATE * 24)
    assert found.burns["6h"] == pytest.approx(1.0)
    assert found.used == pytest.approx(2 * RATE)


def test_a_window_of_which_less_than_half_is_known_says_nothing() -> None:
    late = steady(NOON, 3)
    assert of(late, NOON, BudgetPeriod.DAY, budget=RATE).burns.keys() == {"1h", "6h"}
    late = steady(NOON, 2)
    assert of(late, NOON, BudgetPeriod.DAY, budget=RATE).burns.keys() == {"1h"}
    assert of(Late(()), NOON, BudgetPeriod.MONTH, budget=1.0).burns == {}


def test_of_an_hour_that_is_known_in_part_the_rate_is_that_of_the_part() -> None:
    half = Coverage(measured=0.5)
    part = hour(
        NOON - HOUR, facility=7, intensity=applied(), coverage=half, coverages={Metered.GRID: half}
    )
    late = Late.of([LateHour.of(part)])
    assert late.emitted(NOON - HOUR, NOON).rate * 3600 == pytest.approx(RATE)
    day = day_of(NOON, ZONE)
    assert burn(late, Grams(RATE * 24), day, HOUR, now=NOON) == pytest.approx(1.0)


def test_before_an_hour_is_known_nothing_is_projected() -> None:
    now = NOON + timedelta(minutes=50)
    late = Late.of([LateHour.of(running(NOON, now))])
    assert projected(late, day_of(NOON, ZONE), timedelta(days=1), now=now) is None
    assert of(late, now, BudgetPeriod.DAY, budget=1.0).used is not None


def test_what_is_refused_is_neither_used_nor_projected() -> None:
    period = day_of(NOON, ZONE)
    late, budget = steady(NOON), Grams(RATE * 24)
    found = budget_now(late, budget, BudgetPeriod.DAY, period, now=NOON, refused=True)
    assert (found.used, found.projected) == (None, None)
    assert found.burns


def test_what_is_spent_stays_spent_however_little_is_known_of_the_rest() -> None:
    period = day_of(NOON, ZONE)
    late, budget = steady(NOON), Grams(RATE)
    found = budget_now(late, budget, BudgetPeriod.DAY, period, now=NOON, refused=True)
    assert found.used is not None
    assert found.used > budget
    assert found.projected is None


def test_an_hour_without_an_intensity_is_missing_and_not_without_emissions() -> None:
    bare = [hour(NOON - n * HOUR) for n in range(1, 4)]
    late = Late.of([*steady(NOON - 3 * HOUR).hours, *map(LateHour.of, bare)])
    found = of(late, NOON, BudgetPeriod.DAY, budget=RATE * 24)
    assert found.burns == pytest.approx({"6h": 1.0})
    assert found.projected == pytest.approx(RATE * 24)


@QUICK
@given(end=minutes, missing=gaps, kind=st.sampled_from(list(BudgetPeriod)))
def test_at_one_rate_the_projection_does_not_depend_on_what_is_missing(
    end: timedelta, missing: set[int], kind: BudgetPeriod
) -> None:
    now = NOON + end
    late = steady(now, without=sorted(missing))
    period: Period = (day_of if kind is BudgetPeriod.DAY else month_of)(now, ZONE)
    found = projected(late, period, PACE[kind], now=now)
    if late.emitted(now - PACE[kind], now).seconds >= 3600:
        assert found == pytest.approx(RATE * period.hours)
    for window in WINDOWS[kind].values():
        ratio = burn(late, Grams(RATE * period.hours), period, window, now=now)
        assert ratio is None or ratio == pytest.approx(1.0)


@QUICK
@given(cuts=st.lists(minutes, min_size=2, max_size=5), missing=gaps)
def test_the_parts_of_a_time_add_up_to_it(cuts: list[timedelta], missing: set[int]) -> None:
    start, *between = sorted(NOON + one for one in cuts)
    late = steady(NOON + timedelta(days=12), without=sorted(missing))
    whole = late.emitted(start, between[-1])
    parts = [late.emitted(*pair) for pair in zip([start, *between], between, strict=False)]
    assert sum(one.grams for one in parts) == pytest.approx(whole.grams)
    assert sum(one.seconds for one in parts) == pytest.approx(whole.seconds)


def pues(*days: tuple[int, float], now: datetime = NOON) -> Late:
    """Hours of days, the last first, each with a PUE."""
    found, at = [], now
    for hours, value in days:
        for _ in range(hours):
            at -= HOUR
            pue = replace(MEASURED, value=value)
            found.append(hour(at, facility=10 * value, it=10, pue=pue))
    return Late.of(map(LateHour.of, found))


def test_a_day_is_compared_with_the_28_days_before_it() -> None:
    late = pues((24, 1.5), (28 * 24, 1.2), (24, 9.0))
    found = pue_now(SITE, late, now=NOON + timedelta(minutes=30))
    assert (found.day, found.past) == (pytest.approx(1.5), pytest.approx(1.2))
    assert found.drift == pytest.approx(0.25)


def test_without_seven_days_there_is_no_past_and_with_half_a_day_no_comparison() -> None:
    young = pue_now(SITE, pues((24, 1.5), (7 * 24 - 1, 1.2)), now=NOON)
    assert (young.day, young.past, young.drift) == (pytest.approx(1.5), None, None)
    late = pues((24, 1.5), (7 * 24, 1.2))
    holes = Late(late.hours[:-13])
    found = pue_now(SITE, holes, now=NOON)
    assert (found.past, found.drift) == (pytest.approx(1.2), None)


def test_a_declared_pue_is_no_measured_one_and_categories_are_not_compared() -> None:
    declared = [LateHour.of(hour(NOON - n * HOUR, pue=DECLARED)) for n in range(1, 200)]
    assert pue_now(SITE, Late.of(declared), now=NOON).day is None
    late = pues((24, 1.5), (8 * 24, 1.2))
    outlets = [
        replace(one, hour=replace(one.hour, pue=replace(MEASURED, category=3)))
        for one in late.hours[-24:]
    ]
    found = pue_now(SITE, Late((*late.hours[:-24], *outlets)), now=NOON)
    assert (found.day, found.past, found.drift) == (pytest.approx(1.4), pytest.approx(1.2), None)
