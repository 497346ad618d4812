"""Hours and days as columns: what they say is what the ledger says of each hour."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.accounting.emissions.carbon import emission_of
from agent.accounting.periods.calendar import day_of
from agent.ledger.file import open_reader
from agent.ledger.hours.meter_hours import hour_rows
from agent.ledger.hours.totals import totals
from agent.ledger.readers import Budget
from agent.ledger.series.asked import Choice, Figure, Source, Span, Step, Unaskable
from agent.ledger.series.factors import factors_of
from agent.ledger.series.hours import meter_hours, site_hours
from agent.ledger.series.recent import Recent
from agent.ledger.series.series import GRACE
from agent.ledger.times import seconds_of
from agent.model import (
    HOUR,
    MINUTE,
    Coverage,
    HourEnergy,
    HourIntensity,
    Kind,
    MeterId,
    Pue,
    Role,
    Scope,
    SiteHour,
)
from agent.units import JOULES_PER_KWH, Grams, GramsPerKwh, Joules
from tests.accounting import places
from tests.ledger.repairing import a_clock, booked, repair
from tests.ledger.shelves import FRA, START, Shelf, chosen, coverage, shelf, values

KWH = JOULES_PER_KWH


def site_hour(
    hour: datetime,
    *,
    facility: int | None = 14 * KWH,
    it: int | None = 10 * KWH,
    grid: int | None = 14 * KWH,
    pue: float | None = 1.4,
    intensity: float | None = 300.0,
    estimated: bool = False,
    known: float = 1.0,
    version: int = 1,
) -> SiteHour:
    used = HourIntensity(
        kind=Kind.DIRECT,
        value=GramsPerKwh(intensity or 0.0),
        source="em",
        version=START,
        estimated=estimated,
        coverage=1.0,
        grid="de",
    )
    grams = None if intensity is None or grid is None else grid / KWH * intensity
    return SiteHour(
        site="fra",
        hour=hour,
        version=version,
        closed=version > 0,
        facility=None if facility is None else Joules(facility),
        it=None if it is None else Joules(it),
        grid=None if grid is None else Joules(grid),
        pue=None if pue is None else Pue(value=pue, measured=True, category=2, coverage=known),
        intensities={} if intensity is None else {Kind.DIRECT: used},
        emissions={} if grams is None else {Kind.DIRECT: Grams(grams)},
        coverage=Coverage(measured=known),
    )


def test_an_hour_without_a_row_is_missing_and_one_that_is_not_due_is_not_covered() -> None:
    with shelf() as one:
        one.hour("rack-1-a", START, 6 * KWH, 1_800.0)
        energy, power = (
            one.ask(figure, start=START - HOUR, hours=3, choice=chosen("rack-1-a"))
            for figure in (Figure.ENERGY, Figure.POWER)
        )
    assert values(energy) == [None, 6.0, None]
    assert values(power) == [None, 12_000.0, None]
    assert coverage(energy) == [0.0, 0.5, 0.0]
    assert energy.columns.due[0].tolist() == [0.0, 3600.0, 3600.0], "not yet in the settings"


def test_an_hour_that_runs_is_covered_by_the_time_there_was() -> None:
    with shelf() as one:
        one.hour("rack-1-a", START, 3 * KWH, 1_800.0)
        now = START + timedelta(minutes=40)
        found = one.ask(hours=3, choice=chosen("rack-1-a"), now=now)
    assert coverage(found) == [0.75, 0.0, 0.0]
    assert found.provisional is not None
    assert found.provisional.tolist() == [True, True, True]


def test_an_hour_that_is_long_over_is_not_provisional_and_one_that_is_not_closed_is() -> None:
    with shelf() as one:
        one.site_hour(site_hour(START + HOUR, version=0))
        found = one.ask(hours=3)
    assert found.provisional is not None
    assert found.provisional.tolist() == [False, True, False]


async def test_repairs_count_and_what_was_known_before_them_can_be_asked_for(
    tmp_path: Path,
) -> None:
    clock = a_clock()
    ledger = await booked(tmp_path, clock)
    clock.move(hours=1)
    before = clock.now()
    clock.move(hours=1)
    await ledger.repair(repair("rack-1-a", kwh=7))
    await ledger.repair(repair("rack-2-a", kwh=None))
    await ledger.tend()
    connection = open_reader(ledger.path)
    one = Shelf(connection, {}, {})
    racks = chosen("rack-1-a", "rack-2-a")
    now, then = (one.ask(choice=racks, known=known, now=clock.now()) for known in (None, before))
    assert [values(now, key) for key in now.keys] == [[7.0], [None]]
    assert [values(then, key) for key in then.keys] == [[6.0], [4.0]]
    assert [coverage(now, key) for key in now.keys] == [[1.0], [0.0]]
    site, was = (one.ask(Figure.PUE, known=known, now=clock.now()) for known in (None, before))
    assert (values(site), values(was)) == ([None], [pytest.approx(1.4)])
    connection.close()
    ledger.close()


async def test_hours_that_could_not_be_over_then_were_not_known(tmp_path: Path) -> None:
    ledger = await booked(tmp_path, a_clock())
    connection = open_reader(ledger.path)
    one, late = Shelf(connection, {}, {}), START + HOUR + GRACE
    for choice in (Choice(), chosen("grid")):
        early = one.ask(choice=choice, known=late - MINUTE)
        assert (values(early), coverage(early)) == ([None], [0.0])
        assert values(one.ask(choice=choice, known=late)) == [14.0]
    connection.close()
    ledger.close()


rows = st.dictionaries(
    st.tuples(st.sampled_from(["grid", "rack-1-a", "server-1"]), st.integers(0, 9)),
    st.tuples(st.integers(0, 2**60), st.sampled_from([0.0, 1.5, 3600.0]), st.just(0.0)),
)
repairs = st.lists(
    st.tuples(
        st.sampled_from(["grid", "rack-1-a", "server-1"]),
        st.integers(0, 9),
        st.none() | st.integers(-(2**50), 2**50),
    )
)


@settings(max_examples=50)
@given(had=rows, said=repairs)
def test_hours_of_meters_are_what_each_hour_says(
    had: Mapping[tuple[str, int], tuple[int, float, float]],
    said: list[tuple[str, int, int | None]],
) -> None:
    with shelf() as one:
        for (meter, n), row in had.items():
            one.hour(meter, START + n * HOUR, *row)
        for number, (meter, n, more) in enumerate(said, start=1):
            hour = seconds_of(START + n * HOUR)
            one.connection.execute(
                "INSERT INTO repair_hour VALUES (?, ?, ?, 5, ?)",
                (number, one.numbers[meter], hour, more),
            )
        numbers = [one.numbers[name] for name in ("server-1", "grid", "rack-1-a")]
        source = Source(one.connection, Budget(), Recent(), START)
        block = meter_hours(source, numbers, Span.between(START, START + 10 * HOUR))
        for n in range(10):
            each = hour_rows(one.connection, seconds_of(START + n * HOUR))
            by = {number: (energy, measured + rest) for number, energy, measured, rest in each}
            for at, number in enumerate(numbers):
                energy, seconds = by.get(number, (0, 0.0))
                assert (block.energy[at, n], block.covered[at, n]) == (energy, seconds)


@pytest.mark.parametrize(
    ("date", "hours"), [("2026-03-28", 24), ("2026-03-29", 23), ("2026-10-25", 25)]
)
@settings(max_examples=20)
@given(data=st.data())
def test_hours_of_a_local_day_add_up_to_the_day(date: str, hours: int, data: st.DataObject) -> None:
    noon = datetime.fromisoformat(f"{date}T12:00+00:00")
    day = day_of(noon, FRA.timezone)
    assert day.hours == hours
    known = data.draw(st.lists(st.none() | st.integers(1, 10**9), min_size=27, max_size=27))
    with shelf(since=day.start - 30 * HOUR) as one:
        for n, energy in enumerate(known):
            hour = day.start + (n - 1) * HOUR
            if energy is not None:
                one.hour("grid", hour, energy)
                one.site_hour(site_hour(hour, facility=energy, grid=energy))
        inside = [one for one in known[1 : hours + 1] if one is not None]
        whole = sum(inside) / KWH if inside else None
        for choice in (Choice(), chosen("grid")):
            found = one.ask(step=Step.DAY, start=noon, hours=1, choice=choice)
            assert (found.starts, found.end) == ([day.start], day.end)
            assert values(found) == [None if whole is None else pytest.approx(whole)]
            assert coverage(found) == [pytest.approx(len(inside) / hours)]
        grams = one.ask(Figure.EMISSIONS, Step.DAY, start=noon, hours=1)
        assert values(grams) == [None if whole is None else pytest.approx(whole * 0.3)]


@settings(max_examples=30)
@given(
    known=st.lists(
        st.none()
        | st.tuples(
            st.none() | st.integers(1, 10**9),
            st.none() | st.integers(1, 10**9),
            st.none() | st.just(1.4),
            st.floats(0.1, 1.0),
        ),
        min_size=1,
        max_size=30,
    ),
    least=st.sampled_from([0.0, 0.9]),
)
def test_days_of_a_site_are_its_totals(
    known: list[tuple[int | None, int | None, float | None, float] | None], least: float
) -> None:
    site = replace(FRA, least_coverage=least)
    start = day_of(START, site.timezone).start
    now = start + 30 * HOUR
    with shelf() as one:
        for n, row in enumerate(known):
            if row is not None:
                facility, it, pue, share = row
                hour = site_hour(
                    start + n * HOUR, facility=facility, it=it, grid=facility, pue=pue, known=share
                )
                one.site_hour(hour)
        asked = {"step": Step.DAY, "start": start, "hours": 30, "site": site, "now": now}
        energy = one.ask(Figure.ENERGY, **asked)  # type: ignore[arg-type] # of any type
        pue_said = one.ask(Figure.PUE, **asked)  # type: ignore[arg-type] # of any type
        for at, first in enumerate(energy.starts):
            whole = totals(one.connection, site, day_of(first, site.timezone), until=now)
            if least == 0.0:
                kwh = None if whole.energy is None else pytest.approx(whole.energy / KWH)
                assert values(energy)[at] == kwh
            ratio = None if whole.pue.value is None else pytest.approx(whole.pue.value)
            assert values(pue_said)[at] == ratio


def test_where_less_of_a_day_is_known_than_the_site_asks_for_there_is_no_total() -> None:
    day = day_of(START, FRA.timezone)
    with shelf() as one:
        for hour in list(day)[:20]:
            one.site_hour(site_hour(hour))
        for least, expected in ((0.8, 280.0), (0.9, None)):
            site = replace(FRA, least_coverage=least)
            found = one.ask(step=Step.DAY, start=day.start, hours=1, site=site)
            assert values(found) == [expected]


Numbers = st.none() | st.integers(0, 10**10)
factors = st.builds(
    site_hour,
    st.just(START),
    facility=Numbers,
    grid=Numbers,
    pue=st.none() | st.floats(1, 3),
    intensity=st.none() | st.floats(0, 2_000),
)


@settings(max_examples=200)
@given(role=st.sampled_from(Role), hour=factors, joules=st.integers(0, 10**10))
def test_a_factor_is_what_the_emission_of_one_meter_in_one_hour_says(
    role: Role, hour: SiteHour, joules: int
) -> None:
    meter = places.meter("one", role)
    energy = HourEnergy(
        meter=meter, hour=START, energy=Joules(joules), measured=3600.0, interpolated=0.0
    )
    with shelf() as one:
        one.site_hour(hour)
        source = Source(one.connection, Budget(), Recent(), START)
        columns = site_hours(source, "fra", Kind.DIRECT, Span.between(START, START + HOUR))
    grams = emission_of(energy, hour, Kind.DIRECT)
    ((factor,),) = factors_of([meter], columns)
    if grams is None:
        assert np.isnan(factor)
    else:
        assert joules * factor * 1000 == pytest.approx(grams, rel=1e-9, abs=1e-9)


TAGGED = [
    replace(one, tags={"rack": str(n % 2), "room": "north" if n % 3 else ""})
    for n, one in enumerate(places.TOTALS)
]


@pytest.mark.parametrize("figure", [Figure.POWER, Figure.ENERGY, Figure.EMISSIONS])
@settings(max_examples=20)
@given(data=st.data())
def test_groups_add_up_to_their_meters(figure: Figure, data: st.DataObject) -> None:
    racks = ["rack-1-a", "rack-2-a"]
    with shelf(TAGGED) as one:
        for n in range(6):
            one.site_hour(site_hour(START + n * HOUR))
            for rack in racks:
                joules = data.draw(st.none() | st.integers(1, 10**9))
                if joules is not None:
                    one.hour(rack, START + n * HOUR, joules, data.draw(st.floats(1, 3600)))
        each = one.ask(figure, hours=6, choice=chosen(*racks))
        role = one.ask(figure, hours=6, choice=Choice(roles=[Role.RACK]), by="role")
        tags = one.ask(figure, hours=6, by="tag:rack")
    sums = np.nansum(each.columns.values, axis=0)
    np.testing.assert_allclose(np.nansum(role.columns.values, axis=0), sums)
    np.testing.assert_allclose(np.nansum(tags.columns.values, axis=0), sums)
    missing = np.isnan(each.columns.values).all(axis=0)
    np.testing.assert_array_equal(np.isnan(role.columns.values[0]), missing)


def test_what_stands_behind_another_of_its_group_is_not_added_again() -> None:
    with shelf(TAGGED) as one:
        for meter, kwh in (("ups-a", 10), ("rack-1-a", 6), ("server-1", 2), ("chiller", 3)):
            one.hour(meter, START, kwh * KWH)
        behind = chosen("ups-a", "rack-1-a", "server-1", "chiller")
        assert values(one.ask(choice=behind, by="site")) == [13.0]
        roles = one.ask(by="role")
    assert dict(zip(roles.keys, (values(roles, key)[0] for key in roles.keys), strict=True)) == {
        "cooling": 3.0,
        "device": 2.0,
        "rack": 6.0,
        "ups-output": 10.0,
        "utility": None,
    }
    assert coverage(roles, "rack") == [0.5], "one of two racks"


def test_two_scopes_and_two_quantities_are_never_added_up() -> None:
    outlet = replace(
        places.meter("rack-1-a", Role.OUTLET, "rack-1-a"),
        id=MeterId("rack-1-a/outlet/1"),
        scope=Scope.OUTLET,
    )
    water = places.meter("basin", Role.WATER)
    with shelf([*places.TOTALS, outlet, water]) as one:
        with pytest.raises(Unaskable, match=r"views of one flow .* add scope="):
            one.ask(choice=Choice(scopes=[Scope.TOTAL, Scope.OUTLET]), by="role")
        with pytest.raises(Unaskable, match="electricity, heat and water"):
            one.ask(choice=Choice(roles=[Role.WATER, Role.RACK]))
        one.hour("basin", START, 5_000)
        litres = one.ask(choice=Choice(roles=[Role.WATER]))
        flow = one.ask(Figure.POWER, choice=Choice(roles=[Role.WATER]))
        assert "basin" not in one.ask(by="meter").keys
    assert (litres.unit, values(litres)) == ("l", [5.0])
    assert (flow.unit, values(flow)) == ("l/s", [pytest.approx(5 / 3600)])


def test_the_emission_of_a_meter_without_a_factor_is_missing() -> None:
    with shelf() as one:
        for n, hour in enumerate((site_hour(START), site_hour(START + HOUR, pue=None))):
            one.site_hour(hour)
            one.hour("rack-1-a", START + n * HOUR, 5 * KWH)
            one.hour("chiller", START + n * HOUR, 2 * KWH)
        found = one.ask(Figure.EMISSIONS, hours=3, choice=chosen("rack-1-a", "chiller"))
    assert values(found, "rack-1-a") == [pytest.approx(5 * 1.4 * 0.3), None, None]
    assert values(found, "chiller") == [pytest.approx(0.6), pytest.approx(0.6), None]
    assert coverage(found, "rack-1-a") == [1.0, 0.0, 0.0]


def test_a_step_says_whether_it_stands_on_an_estimate() -> None:
    with shelf() as one:
        one.site_hour(site_hour(START))
        one.site_hour(site_hour(START + HOUR, estimated=True))
        hours = one.ask(Figure.INTENSITY, hours=2)
        day = one.ask(Figure.EMISSIONS, Step.DAY, hours=2)
    assert hours.estimated is not None
    assert day.estimated is not None
    assert (hours.estimated.tolist(), day.estimated.tolist()) == ([False, True], [True])
    assert (hours.unit, values(hours)) == ("g/kWh", [300.0, 300.0])


def test_power_of_a_site_is_of_the_time_that_is_known_and_energy_may_be_it_times_pue() -> None:
    with shelf() as one:
        one.site_hour(site_hour(START, known=0.5, facility=7 * KWH))
        one.site_hour(site_hour(START + HOUR, facility=None, grid=None))
        power, energy = one.ask(Figure.POWER, hours=2), one.ask(hours=2)
    assert values(power) == [14_000.0, 14_000.0]
    assert values(energy) == [7.0, 14.0]
    assert coverage(power) == [0.5, 1.0]
