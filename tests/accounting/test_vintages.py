"""Which intensity applies to an hour: the final one, else what the site allows, in its order."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agent.accounting.emissions.vintages import applied, touched
from agent.accounting.hours import hour_of
from agent.accounting.site import (
    Annual,
    Estimate,
    Forecast,
    LastYear,
    OtherSource,
    Site,
    StandIn,
)
from agent.model import HOUR, Fallback, HourIntensity, Intensity, Kind, Mix
from agent.units import GramsPerKwh, Joules
from tests.accounting.grids import known_of, row
from tests.accounting.places import HOUR_9

MINUTES = timedelta(minutes=1)
DAY = timedelta(days=1)
ANNUAL = Annual(value=GramsPerKwh(350), year=2024, source="regions of 2024")

LAST_YEAR = HOUR_9.replace(year=2025)
AVAILABLE: dict[type[StandIn], Sequence[Intensity]] = {
    Estimate: [row(100, estimated=True)],
    OtherSource: [row(200, grid="other")],
    Forecast: [row(300, forecast=True)],
    LastYear: [row(400, LAST_YEAR)],
    Annual: [],
}
ALL: tuple[StandIn, ...] = (Estimate(), OtherSource(grid="other"), Forecast(), LastYear(), ANNUAL)
EXPECTED: dict[type[StandIn], tuple[float, Fallback | None]] = {
    Estimate: (100, None),
    OtherSource: (200, Fallback.OTHER_SOURCE),
    Forecast: (300, Fallback.FORECAST),
    LastYear: (400, Fallback.LAST_YEAR),
    Annual: (350, Fallback.ANNUAL),
}


def found(
    rows: Sequence[Intensity],
    *fallback: StandIn,
    hour: datetime = HOUR_9,
    kind: Kind = Kind.DIRECT,
    slots: Sequence[Joules] | None = None,
    site: Site | None = None,
) -> HourIntensity | None:
    """What applies to an hour that is long over."""
    asked = replace(site or Site(name="fra", grid="de"), fallback=fallback)
    return applied(asked, kind, hour, known_of(rows), until=hour + 400 * DAY, slots=slots)


def value(*rows: Intensity, allowed: Sequence[StandIn] = ALL) -> tuple[float, Fallback | None]:
    one = found(rows, *allowed)
    assert one is not None
    return one.value, one.fallback


EVERYTHING = [one for rows in AVAILABLE.values() for one in rows]


def test_the_final_value_of_the_grid_comes_before_all_that_may_stand_in() -> None:
    newer = row(111, updated=HOUR_9 + 2 * DAY)
    for order in permutations(ALL):
        one = found([*EVERYTHING, newer], *order)
        assert one is not None
        assert (one.value, one.fallback, one.estimated, one.grid) == (111, None, False, "de")


@pytest.mark.parametrize("allowed", ALL, ids=lambda one: type(one).__name__)
def test_a_stand_in_alone_is_taken_and_marked(allowed: StandIn) -> None:
    one = found(EVERYTHING, allowed)
    assert one is not None
    assert (one.value, one.fallback) == EXPECTED[type(allowed)]
    assert one.estimated == isinstance(allowed, Estimate)
    assert one.coverage == 1.0


def test_what_is_not_allowed_never_stands_in() -> None:
    assert found(EVERYTHING) is None
    for missing in ALL:
        others = [one for one in ALL if one is not missing and type(one) is not Annual]
        here = AVAILABLE[type(missing)]
        assert found(here, *others) is None


@given(
    order=st.permutations(ALL),
    absent=st.sets(st.sampled_from([Estimate, OtherSource, Forecast, LastYear])),
    allowed=st.integers(0, 5),
)
def test_stand_ins_are_taken_in_the_order_of_the_settings(
    order: list[StandIn], absent: set[type[StandIn]], allowed: int
) -> None:
    fallback = order[:allowed]
    rows = [one for kind, some in AVAILABLE.items() if kind not in absent for one in some]
    one = found(rows, *fallback)
    first = next((one for one in fallback if type(one) not in absent), None)
    assert (one and (one.value, one.fallback)) == (first and EXPECTED[type(first)])


def test_points_of_the_grid_itself_complete_each_other_where_estimates_are_allowed() -> None:
    final = [row(100, HOUR_9 + 5 * n * MINUTES, 5) for n in range(10)]
    rest = [row(400, HOUR_9 + 5 * n * MINUTES, 5, estimated=True) for n in (10, 11)]
    alone = found([*final, *rest])
    assert alone is not None
    assert (alone.value, alone.estimated, alone.coverage) == (100, False, pytest.approx(10 / 12))
    both = found([*final, *rest], OtherSource(grid="other"), Estimate())
    assert both is not None
    assert (both.value, both.estimated, both.coverage) == (pytest.approx(150), True, 1.0)
    assert both.fallback is None


def test_too_few_final_points_are_none_and_the_first_stand_in_is_taken() -> None:
    final = [row(100, HOUR_9 + 5 * n * MINUTES, 5) for n in range(5)]
    rest = [row(400, HOUR_9 + 5 * n * MINUTES, 5, estimated=True) for n in range(5, 12)]
    assert found([*final, *rest]) is None
    other = row(200, grid="other")
    assert value(*final, *rest, other, allowed=[Estimate(), OtherSource(grid="other")]) == (
        pytest.approx((5 * 100 + 7 * 400) / 12),
        None,
    )
    assert value(*final, *rest, other, allowed=[OtherSource(grid="other"), Estimate()]) == (
        200,
        Fallback.OTHER_SOURCE,
    )


def test_a_final_value_comes_before_a_finer_one_that_is_estimated_in_part() -> None:
    fine = [row(100, HOUR_9 + 5 * n * MINUTES, 5, estimated=n > 9) for n in range(12)]
    assert value(row(300), *fine, allowed=[Estimate()]) == (300, None)


def test_another_grid_gives_its_estimate_only_where_estimates_are_allowed() -> None:
    rows = [row(200, grid="other", estimated=True)]
    other = OtherSource(grid="other")
    assert found(rows, other) is None
    assert value(*rows, allowed=[other, Estimate()]) == (200, Fallback.OTHER_SOURCE)
    both = [OtherSource(grid="none"), other]
    assert value(row(200, grid="other"), allowed=both) == (200, Fallback.OTHER_SOURCE)


def test_a_kind_never_stands_for_another_one() -> None:
    for kind in (Kind.LIFECYCLE, Kind.MARGINAL):
        assert found([*EVERYTHING, row(1)], *ALL, kind=kind) is None


def test_the_marginal_intensity_is_of_the_marginal_grid_and_else_of_the_only_one() -> None:
    rows = [row(700, grid="wt", kind=Kind.MARGINAL), row(900, kind=Kind.MARGINAL)]
    site = Site(name="fra", grid="de", marginal_grid="wt")
    for one, expected in ((site, 700), (replace(site, marginal_grid=None), 900)):
        got = found(rows, kind=Kind.MARGINAL, site=one)
        assert got is not None
        assert got.value == expected
    assert found(rows, *ALL, kind=Kind.MARGINAL, site=Site(name="fra")) is None


def test_a_site_without_a_grid_takes_what_stands_in() -> None:
    one = found([], *ALL, site=Site(name="fra"))
    assert one is not None
    assert (one.value, one.fallback, one.source, one.grid) == (
        350,
        Fallback.ANNUAL,
        "regions of 2024",
        "",
    )


def test_what_is_produced_is_not_taken_while_anything_is_said_of_what_is_used() -> None:
    produced = row(50, mix=Mix.PRODUCTION)
    assert found([produced, row(100, estimated=True)]) is None
    one = found([produced])
    assert one is not None
    assert (one.value, one.source) == (50, "em, production")
    last_year = [replace(one, start=LAST_YEAR) for one in (produced, row(100, estimated=True))]
    assert found(last_year, LastYear()) is None


@pytest.mark.parametrize(
    ("before", "taken"),
    [
        (timedelta(0), False),
        (timedelta(seconds=1), True),
        (timedelta(hours=6), True),
        (timedelta(hours=6, seconds=1), False),
        (timedelta(minutes=-10), False),
    ],
)
def test_a_forecast_is_said_before_the_hour_and_not_too_long_before(
    *, before: timedelta, taken: bool
) -> None:
    rows = [row(300, forecast=True, updated=HOUR_9 - before)]
    assert (found(rows, Forecast(oldest=timedelta(hours=6))) is not None) == taken


def test_the_newest_forecast_from_before_the_hour_is_taken_and_none_is_ever_an_actual_value() -> (
    None
):
    said = [row(100 * n, forecast=True, updated=HOUR_9 - n * HOUR) for n in (3, 2, 1)]
    late = row(900, forecast=True, updated=HOUR_9 + 10 * MINUTES)
    assert value(*said, late, allowed=[Forecast()]) == (100, Fallback.FORECAST)
    assert found([*said, late], Estimate()) is None
    assert found([*said, late], OtherSource(grid="de"), LastYear()) is None


@pytest.mark.parametrize(
    ("year", "taken"), [(2023, False), (2024, True), (2026, True), (2027, False)]
)
def test_an_annual_value_is_for_its_year_and_so_many_after_it(*, year: int, taken: bool) -> None:
    for month, day, hour in ((1, 1, 0), (2, 28, 12), (12, 31, 23)):
        at = datetime(year, month, day, hour, tzinfo=UTC)
        assert (found([], ANNUAL, hour=at) is not None) == taken


def test_of_several_annual_values_the_first_that_is_not_too_old_is_taken() -> None:
    older = Annual(value=GramsPerKwh(500), year=2020, source="2020")
    one = found([], older, ANNUAL)
    assert one is not None
    assert (one.value, one.version, one.period) == (
        350,
        datetime(2024, 1, 1, tzinfo=UTC),
        366 * DAY,
    )


@pytest.mark.parametrize(
    ("hour", "before"),
    [
        ("2028-02-29T07", "2027-02-28T07"),
        ("2029-02-28T07", "2028-02-28T07"),
        ("2029-03-01T07", "2028-03-01T07"),
        ("2026-01-01T00", "2025-01-01T00"),
        ("2025-12-31T23", "2024-12-31T23"),
    ],
)
def test_last_year_is_the_same_month_day_and_hour(hour: str, before: str) -> None:
    at, then = (datetime.fromisoformat(one + ":00+00:00") for one in (hour, before))
    rows = [
        row(value, then + n * HOUR) for n, value in ((-24, 1), (-1, 2), (0, 3), (1, 4), (24, 5))
    ]
    one = found(rows, LastYear(), hour=at)
    assert one is not None
    assert (one.value, one.fallback) == (3, Fallback.LAST_YEAR)
    assert at in touched(Site(name="fra", grid="de", fallback=(LastYear(),)), rows[2])


def test_of_last_year_only_final_values_stand_in_and_no_other_year_does() -> None:
    assert found([row(400, LAST_YEAR, estimated=True)], LastYear(), Estimate()) is None
    assert found([row(400, HOUR_9.replace(year=2024))], LastYear()) is None
    half = [row(400, LAST_YEAR + 5 * n * MINUTES, 5) for n in range(5)]
    assert found(half, LastYear()) is None, "fewer points than a mean needs"


@pytest.mark.parametrize("first", ["2026-03-29", "2026-10-25"])
def test_each_of_the_23_or_25_hours_of_a_day_has_its_own_value(first: str) -> None:
    start = datetime.fromisoformat(first).replace(tzinfo=ZoneInfo("Europe/Berlin"))
    end = (start + DAY).astimezone(UTC)
    hours = [start.astimezone(UTC)]
    while hours[-1] + HOUR < end:
        hours.append(hours[-1] + HOUR)
    assert len(hours) in (23, 25)
    rows = [row(n, hour) for n, hour in enumerate(hours)]
    for n, hour in enumerate(hours):
        one = found(rows, hour=hour)
        assert one is not None
        assert one.value == n


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Asia/Kathmandu"])
def test_hours_of_a_zone_with_a_part_hour_offset_are_weighed_where_they_lie(zone: str) -> None:
    """Local hours that begin at 30 or 15 past: the energy before and after is told apart."""
    local = datetime(2026, 3, 10, 14, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    hour = hour_of(local)
    rows = [row(100, local - HOUR), row(500, local)]
    cut = (local - hour) // (5 * MINUTES)
    assert cut in (3, 6)
    slots = [Joules(1000)] * cut + [Joules(3000)] * (12 - cut)
    one = found(rows, hour=hour, slots=slots)
    assert one is not None
    grams = 100 * 1000 * cut + 500 * 3000 * (12 - cut)
    assert one.value == pytest.approx(grams / sum(slots))
    assert one.coverage == 1.0


SLOTS = st.lists(st.integers(0, 10**9).map(Joules), min_size=12, max_size=12)


@given(minutes=st.sampled_from([5, 15, 30, 60]), slots=SLOTS, data=st.data())
def test_the_grams_of_an_hour_are_those_of_its_slots(
    minutes: int, slots: list[Joules], data: st.DataObject
) -> None:
    assume(sum(slots))
    values = [data.draw(st.floats(0, 1000)) for _ in range(60 // minutes)]
    rows = [row(one, HOUR_9 + n * minutes * MINUTES, minutes) for n, one in enumerate(values)]
    one = found(data.draw(st.permutations(rows)), slots=slots)
    assert one is not None
    grams = sum(energy * values[n * 5 // minutes] for n, energy in enumerate(slots))
    assert one.value * sum(slots) == pytest.approx(grams)
    assert one.period == timedelta(minutes=minutes)
    assert min(values) <= one.value <= max(values) * (1 + 1e-12)


def test_while_an_hour_runs_the_points_there_are_stand_for_it() -> None:
    rows = known_of([row(100, HOUR_9, 5), row(200, HOUR_9 + 5 * MINUTES, 5, estimated=True)])
    site = Site(name="fra", grid="de", fallback=())
    until = HOUR_9 + 12 * MINUTES
    one = applied(site, Kind.DIRECT, HOUR_9, rows, until=until, slots=None)
    assert one is not None
    assert (one.value, one.coverage) == (100, pytest.approx(1 / 12))
    assert applied(site, Kind.DIRECT, HOUR_9, rows, until=HOUR_9 + HOUR, slots=None) is None
