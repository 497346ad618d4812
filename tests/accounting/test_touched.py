"""Which hours a row of intensities touches: only these are computed again because of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from agent.accounting.emissions.vintages import applied, touched
from agent.accounting.hours import hour_of
from agent.accounting.site import Forecast, LastYear, OtherSource, Site
from agent.model import HOUR, Intensity, Kind, Mix
from tests.accounting.grids import known_of, row
from tests.accounting.places import HOUR_9
from tests.accounting.test_vintages import ALL, DAY, MINUTES

DAYS = [datetime(2027, 2, 28, tzinfo=UTC), datetime(2028, 2, 28, 22, tzinfo=UTC)]
SITES = st.builds(
    Site,
    name=st.just("fra"),
    grid=st.sampled_from(["de", "other", None]),
    marginal_grid=st.sampled_from(["other", None]),
    fallback=st.permutations([*ALL[:2], Forecast(oldest=timedelta(hours=2)), ALL[3]]).map(
        lambda order: tuple(order[:3])
    ),
)
ROWS = st.builds(
    row,
    st.integers(1, 5).map(float),
    st.builds(
        lambda day, minutes: day + minutes * MINUTES,
        st.sampled_from([*DAYS, DAYS[1].replace(day=29), DAYS[0].replace(year=2028)]),
        st.sampled_from([0, 15, 30, 60, 90]),
    ),
    st.sampled_from([15, 60, 24 * 60]),
    st.integers(-200, 200).map(lambda minutes: DAYS[1] + minutes * MINUTES),
    grid=st.sampled_from(["de", "other", "unused"]),
    kind=st.sampled_from([Kind.DIRECT, Kind.MARGINAL]),
    mix=st.sampled_from(Mix),
    estimated=st.booleans(),
    forecast=st.booleans(),
)


@given(site=SITES, before=st.lists(ROWS, max_size=4), new=ROWS)
def test_only_the_hours_that_a_row_touches_may_change_because_of_it(
    site: Site, before: list[Intensity], new: Intensity
) -> None:
    hours = {
        hour_of(day) + n * HOUR
        for day in (*DAYS, DAYS[0].replace(year=2028), DAYS[0].replace(year=2029))
        for n in range(-2, 30)
    }
    old, known = known_of(before), known_of([*before, new])
    until = DAYS[1] + 1000 * DAY
    changed = {
        hour
        for hour in hours
        if applied(site, new.kind, hour, old, until=until, slots=None)
        != applied(site, new.kind, hour, known, until=until, slots=None)
    }
    assert changed <= set(touched(site, new))


def test_a_row_touches_the_hours_it_lies_in_and_of_a_site_without_its_grid_none() -> None:
    site = Site(name="fra", grid="de", marginal_grid="wt", fallback=(OtherSource(grid="fr"),))
    at = HOUR_9 + 45 * MINUTES
    two = [HOUR_9, HOUR_9 + HOUR]
    assert list(touched(site, row(1, at))) == two
    assert list(touched(site, row(1, at, grid="fr"))) == two
    assert list(touched(site, row(1, at, grid="wt", kind=Kind.MARGINAL))) == two
    assert list(touched(site, row(1, at, grid="wt"))) == []
    assert list(touched(site, row(1, at, kind=Kind.MARGINAL))) == []
    assert list(touched(site, row(1, at, forecast=True))) == []
    assert len(list(touched(site, row(1, HOUR_9.replace(hour=0), 24 * 60)))) == 24


def test_a_row_touches_the_year_after_only_where_last_year_may_stand_in() -> None:
    site = Site(name="fra", grid="de", fallback=(LastYear(),))
    assert list(touched(site, row(1))) == [HOUR_9, HOUR_9.replace(year=2027)]
    leap = datetime(2027, 2, 28, 5, tzinfo=UTC)
    assert list(touched(site, row(1, leap))) == [
        leap,
        leap.replace(year=2028),
        leap.replace(year=2028, day=29),
    ]
    the_29th = leap.replace(year=2028, day=29)
    assert list(touched(site, row(1, the_29th))) == [the_29th]
    assert list(touched(site, row(1, grid="other"))) == []


def test_a_forecast_touches_the_hours_for_which_it_was_said_in_time() -> None:
    site = Site(name="fra", grid="de", fallback=(Forecast(oldest=2 * HOUR),))
    for before, hours in ((3, []), (2, [HOUR_9]), (1, [HOUR_9]), (0, [])):
        said = row(1, forecast=True, updated=HOUR_9 - before * HOUR)
        assert list(touched(site, said)) == hours
    long = row(1, HOUR_9, 240, HOUR_9 - HOUR, forecast=True)
    assert list(touched(site, long)) == [HOUR_9, HOUR_9 + HOUR]
    assert list(touched(replace(site, grid="fr", fallback=ALL), long)) == []
