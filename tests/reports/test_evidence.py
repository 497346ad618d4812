"""What stands behind a figure where not all is well: gaps, clocks, silent meters, stand-ins."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.accounting.metering.tree import Tree
from agent.accounting.periods.calendar import period_of
from agent.accounting.site import Annual, Forecast, LastYear, OtherSource, StandIn
from agent.ledger import Ledger, open_reader, site_named
from agent.ledger.evidence.evidence import evidence_of
from agent.model import HOUR, MINUTE, Intensity, Role
from agent.reports import Term, as_lines, explain_meter, explain_period, explain_site_hour
from agent.units import GramsPerKwh
from tests.accounting.places import meter
from tests.clocks import HandClock
from tests.ledger.books import START, day, intensity, open_ledger, reading
from tests.ledger.test_closed_periods import AFTER, CLOSURE, february
from tests.reports.test_explain import END, METERS, SITE, booked, every, found, repaired


def meter_hour(ledger: Ledger, name: str, hour: int = 0) -> Term:
    with closing(open_reader(ledger.path)) as connection:
        return explain_meter(connection, name, START + hour * HOUR)


def site_hour(ledger: Ledger) -> Term:
    with closing(open_reader(ledger.path)) as connection:
        return explain_site_hour(connection, SITE, START)


def period(ledger: Ledger, clock: HandClock, name: str) -> Term:
    with closing(open_reader(ledger.path)) as connection:
        site = site_named(connection, "fra")
        return explain_period(connection, site, period_of(name, site.timezone), now=clock.now())


def number(term: Term) -> float:
    assert isinstance(term.value, int | float)
    return term.value


async def test_a_pue_follows_from_the_two_energies_below_it(tmp_path: Path) -> None:
    clock = HandClock(END + timedelta(minutes=3))
    ledger = open_ledger(tmp_path, clock, tree=Tree.of([SITE], METERS))
    for device, minutes, watts in (
        ("grid", 62, 14_000),
        ("rack-1-a", 56, 6_000),
        ("rack-2-a", 62, 4_000),
    ):
        await ledger.book(day(device, START - MINUTE, minutes, watts))
    await ledger.tend()
    for term in (site_hour(ledger), period(ledger, clock, "2026-03-10")):
        pue = next(one for one in every(term) if one.key == "pue" and one.terms)
        facility, it = pue.terms
        assert facility.name == "facility, in the time in which IT is known too"
        assert number(facility) / number(it) == pytest.approx(number(pue), rel=1e-6)
    ledger.close()


async def test_minutes_that_a_clock_put_back_went_through_twice_are_all_there(
    tmp_path: Path,
) -> None:
    clock = HandClock(START)
    ledger = open_ledger(tmp_path, clock, tree=Tree.of([SITE], METERS))
    for step in (*range(41), *range(20, 70)):
        clock.at = START + step * MINUTE
        kwh = 100 + step / 10
        await ledger.book([reading("grid", clock.at, kwh=kwh, watts=6_000)])
    term = meter_hour(ledger, "grid")
    minutes = found(term, "minutes")
    assert "of them twice, as the clock was put back" in minutes.how
    rows = [row["energy_j"] for row in minutes.rows]
    total = sum(one for one in rows if isinstance(one, int))
    assert total == pytest.approx(number(found(term, "energy")) * 3.6e6)
    ledger.close()


async def test_a_meter_of_which_nothing_is_known_is_named_with_the_reason(tmp_path: Path) -> None:
    clock = HandClock(START)
    ledger = open_ledger(tmp_path, clock, tree=Tree.of([SITE], METERS))
    clock.at = END + 3 * MINUTE
    for device in ("rack-1-a", "rack-2-a"):
        await ledger.book(day(device, START - MINUTE, 62, 6_000))
    await ledger.repair(repaired(kwh=None))
    await ledger.tend()
    lines = [line.lstrip("│├└─ ") for line in as_lines(site_hour(ledger))]
    assert "facility: – kWh  (sum of its meters, 1 of 1 missing)" in lines
    assert "grid: – kWh  (utility: missing)" in lines
    said = "unknown since repair 1 by facility-team: read from its display"
    assert f"rack-1-a: – kWh  (rack: {said})" in lines
    whole = "measured 100.0 %, interpolated 0.0 %, missing 0.0 % of the hour"
    assert f"rack-2-a: 6.000 kWh  (rack: {whole})" in lines
    assert "of the facility's energy: measured 0.0 %" in lines[0]
    ledger.close()


async def test_a_silent_rack_is_told_beside_it_of_the_hour_and_of_the_day(tmp_path: Path) -> None:
    ledger, clock = await booked(tmp_path)
    await ledger.repair(repaired(kwh=None))
    await ledger.tend()
    of_hour = found(site_hour(ledger), "IT")
    assert of_hour.how == (
        "sum of its meters, 1 of 2 missing: measured 50.0 %, interpolated 0.0 %, missing 50.0 %"
    )
    assert of_hour.facts["coverage"] == {"measured": 0.5, "interpolated": 0.0, "missing": 0.5}
    assert found(site_hour(ledger), "facility").how == "sum of its meters"
    with closing(open_reader(ledger.path)) as connection:
        day = period_of("2026-03-10", SITE.timezone)
        lenient = explain_period(connection, SITE, day, now=clock.now())
        strict = replace(SITE, least_coverage=0.1)
        refused = explain_period(connection, strict, day, now=clock.now())
    of_day = found(lenient, "IT")
    assert of_day.value == pytest.approx(4 + 10 * 2 / 60)
    assert "known in 3 of 12 hours: measured 4.8 %, " in of_day.how
    assert found(lenient, "2026-03-10 09:00").how.endswith("50.0 % of IT energy, version 2")
    (row,) = [one for one in found(lenient, "hours").rows if one["hour"] == "2026-03-10T09:00Z"]
    assert (row["known_share"], row["it_known_share"]) == (1.0, 0.5)
    assert found(refused, "IT").value is None
    assert found(refused, "IT").how.startswith("refused: IT energy of 2026-03-10: ")
    ledger.close()


async def test_what_else_a_site_has_meters_for_is_told_with_its_meters(tmp_path: Path) -> None:
    clock = HandClock(END + 3 * MINUTE)
    meters = [*METERS, meter("roof", Role.ONSITE), meter("district", Role.HEAT_REUSE)]
    ledger = open_ledger(tmp_path, clock, tree=Tree.of([SITE], meters))
    for device in ("grid", "roof", "district", "cooling-water"):
        await ledger.book(day(device, START - MINUTE, 62, 6_000))
    await ledger.tend()
    term = site_hour(ledger)
    assert [(one.key, one.value, one.unit) for one in term.terms[:6]] == [
        ("facility", 12, "kWh"),
        ("from_the_grid", 6, "kWh"),
        ("on_site", 6, "kWh"),
        ("it", None, "kWh"),
        ("reused", 6, "kWh"),
        ("water", 21_600, "L"),
    ]
    assert found(term, "cooling-water").unit == "L"
    ledger.close()


async def test_of_points_for_a_part_of_an_hour_the_rest_is_told(tmp_path: Path) -> None:
    ledger, clock = await booked(tmp_path)
    fine = replace(intensity(300, START + HOUR, updated=clock.now()), period=HOUR / 2)
    for device in ("grid", "rack-1-a", "rack-2-a"):
        await ledger.book(day(device, END, 62, 6_000)[2:])
    await ledger.book([fine])
    clock.move(hours=1)
    await ledger.tend()
    with closing(open_reader(ledger.path)) as connection:
        term = explain_site_hour(connection, SITE, END)
    assert found(term, "intensity").how.endswith(
        "of 50.0 % of the hour: for the rest, which counts as estimated, their mean stands"
    )
    ledger.close()


async def test_a_repaired_meter_is_marked_in_its_sum(tmp_path: Path) -> None:
    ledger, _ = await booked(tmp_path)
    await ledger.repair(repaired(kwh=10))
    await ledger.tend()
    assert found(site_hour(ledger), "rack-1-a").how.endswith("UTC, interpolated")
    ledger.close()


async def with_gap(folder: Path, *, after: float = 106.1) -> Ledger:
    """A meter that was read up to 5 minutes before the hour, and again on its sixth hour."""
    clock = HandClock(START + 6 * HOUR + 5 * MINUTE)
    ledger = open_ledger(folder, clock, tree=Tree.of([SITE], METERS))
    last, back = START - 5 * MINUTE, START + 5 * HOUR + 5 * MINUTE
    await ledger.book([reading("grid", last - MINUTE, kwh=99.9), reading("grid", last, kwh=100)])
    await ledger.book(
        [reading("grid", back + n * MINUTE, kwh=after + n / 10, watts=6_000) for n in range(20)]
    )
    await ledger.tend()
    return ledger


async def test_an_hour_in_a_gap_has_the_readings_around_it_and_its_share(tmp_path: Path) -> None:
    ledger = await with_gap(tmp_path)
    register = found(meter_hour(ledger, "grid", 2), "register")
    assert register.how == (
        "around a gap: 100.000 kWh at 08:55:00, 106.100 kWh at 14:05:00; of it 1 h of 5 h 10 min"
    )
    assert number(found(meter_hour(ledger, "grid", 2), "energy")) == pytest.approx(
        number(register) * 60 / 310, rel=1e-6
    )
    ledger.close()


async def test_what_of_a_difference_was_before_the_hour_is_said(tmp_path: Path) -> None:
    ledger = await with_gap(tmp_path)
    term = meter_hour(ledger, "grid", 5)
    assert found(term, "register").how.endswith(
        "; 1.998 kWh of it in this hour, 6.002 kWh before it"
    )
    assert number(found(term, "energy")) == pytest.approx(1.998, abs=0.001)
    ledger.close()


async def test_a_reading_is_looked_for_in_a_hundred_days_and_no_longer(tmp_path: Path) -> None:
    ledger = await with_gap(tmp_path)
    hours = {name: 24 * days + 6 for name, days in (("near", 99), ("far", 101))}
    near, far = (meter_hour(ledger, "grid", after) for after in hours.values())
    with closing(open_reader(ledger.path)) as connection:
        evidence = [
            evidence_of(connection, "grid", START + after * HOUR) for after in hours.values()
        ]
    assert [one.showings.opening is None for one in evidence] == [False, True]
    assert "register" not in {one.key for term in (near, far) for one in every(term)}
    ledger.close()


async def test_the_coverage_is_of_it_where_nothing_measures_the_boundary(tmp_path: Path) -> None:
    clock = HandClock(END + 3 * MINUTE)
    ledger = open_ledger(tmp_path, clock, tree=Tree.of([SITE], [meter("rack-1-a", Role.RACK)]))
    await ledger.book(day("rack-1-a", START - MINUTE, 62, 6_000))
    await ledger.tend()
    term = site_hour(ledger)
    assert "; of IT energy: measured 100.0 %" in term.how
    assert found(term, "facility").how == "no meter has a role that says it"
    assert "; of IT energy: measured" in period(ledger, clock, "2026-03-10").how
    ledger.close()


async def test_there_is_no_difference_across_a_finding(tmp_path: Path) -> None:
    ledger = await with_gap(tmp_path, after=3)
    register = found(meter_hour(ledger, "grid", 5), "register")
    assert register.value is None
    assert "a finding lies between" in register.how
    ledger.close()


async def test_a_closed_month_says_so_and_what_was_reported(tmp_path: Path) -> None:
    clock = HandClock(AFTER)
    ledger = await february(tmp_path, clock)
    before = clock.now() - MINUTE
    await ledger.close_period(CLOSURE)
    (closed,) = [one for one in every(period(ledger, clock, "2026-02")) if one.key == "closed"]
    assert closed.name == "closed 2026-03-01 00:20 UTC by board-office: reported"
    assert closed.how == "as reported 9,408.000 kWh, 2,822.400 kg location-based"
    with closing(open_reader(ledger.path)) as connection:
        site = site_named(connection, "fra")
        asked = period_of("2026-02", site.timezone)
        open_then = explain_period(connection, site, asked, now=clock.now(), known=before)
    assert "closed" not in {one.key for one in every(open_then)}
    ledger.close()


async def test_restatements_are_counted_with_their_hours(tmp_path: Path) -> None:
    ledger, clock = await booked(tmp_path)
    for value in (250, 260):
        clock.move(days=1)
        await ledger.book([intensity(value, START, updated=clock.now())])
        await ledger.tend()
    restated = found(period(ledger, clock, "2026-03-10"), "restatements")
    assert restated.value == 2
    assert restated.how.startswith("of 1 hour;")
    ledger.close()


async def test_a_month_to_come_has_not_begun(tmp_path: Path) -> None:
    ledger, clock = await booked(tmp_path)
    term = period(ledger, clock, "2027-05")
    assert (term.how, term.terms) == ("2027-05 has not begun", ())
    ledger.close()


async def test_an_annual_value_is_said_to_be_one_and_has_no_version(tmp_path: Path) -> None:
    annual = Annual(value=GramsPerKwh(344.0), year=2025, source="the provider's table")
    clock = HandClock(END + timedelta(minutes=3))
    site = replace(SITE, fallback=(annual,))
    ledger = open_ledger(tmp_path, clock, tree=Tree.of([site], METERS))
    await ledger.book(day("grid", START - MINUTE, 62, 14_000))
    await ledger.tend()
    used = found(site_hour(ledger), "intensity")
    assert used.how == ("the annual value of 2025 from the provider's table, as `fallback` allows")
    assert (used.facts["version"], used.facts["basis"]) == (None, "annual")
    ledger.close()


@pytest.mark.parametrize(
    ("stand_in", "booked_as", "says"),
    [
        (
            LastYear(),
            intensity(310, START.replace(year=2025), updated=END.replace(year=2025)),
            "the same hour of the year before, de from em, version 2025-03-10 10:00:00 UTC",
        ),
        (
            Forecast(),
            replace(intensity(310, START, updated=START - HOUR), forecast=True),
            "forecast for de by em on 2026-03-10 08:00:00 UTC",
        ),
        (
            OtherSource(grid="de2"),
            intensity(310, START, updated=END, grid="de2"),
            "of the other grid de2 from em, final, version 2026-03-10 10:00:00 UTC",
        ),
    ],
)
async def test_what_stood_in_is_told_in_words_with_its_versions(
    tmp_path: Path, stand_in: StandIn, booked_as: Intensity, says: str
) -> None:
    clock = HandClock(END + 3 * MINUTE)
    site = replace(SITE, fallback=(stand_in,))
    ledger = open_ledger(tmp_path, clock, tree=Tree.of([site], METERS))
    await ledger.book([booked_as])
    await ledger.book(day("grid", START - MINUTE, 62, 14_000))
    await ledger.tend()
    used = found(site_hour(ledger), "intensity")
    assert used.how == f"{says}, as `fallback` allows"
    assert [one.value for one in used.terms] == [310]
    ledger.close()


async def test_kinds_of_intensity_that_a_site_does_not_read_are_left_out(tmp_path: Path) -> None:
    ledger, clock = await booked(tmp_path)
    kinds = [
        one.facts["kind"]
        for one in every(period(ledger, clock, "2026-03-10"))
        if one.key == "emission"
    ]
    assert kinds == ["direct"]
    ledger.close()


def loss_of(term: Term) -> Term:
    return next(one for one in every(term) if one.key == "loss")


@pytest.mark.parametrize(
    ("racks", "says"),
    [
        (9_000, "the meters before it less those behind it, 1 node compared, ± 0.380 kWh"),
        (10_100, ": below zero within the meters' errors"),
        (12_000, ": below zero by more than the meters' errors"),
    ],
)
async def test_a_loss_tells_what_it_was_compared_with(
    tmp_path: Path, racks: float, says: str
) -> None:
    clock = HandClock(END + timedelta(minutes=3))
    meters = [
        meter("grid", Role.UTILITY),
        meter("ups", Role.UPS_OUTPUT, "grid"),
        meter("rack-1-a", Role.RACK, "ups"),
    ]
    ledger = open_ledger(tmp_path, clock, tree=Tree.of([SITE], meters))
    for device, watts in (("grid", 12_000), ("ups", 10_000), ("rack-1-a", racks)):
        await ledger.book(day(device, START - MINUTE, 62, watts))
    await ledger.tend()
    assert loss_of(site_hour(ledger)).how.endswith(says)
    ledger.close()


async def test_every_key_of_a_term_is_documented(tmp_path: Path) -> None:
    ledger, clock = await booked(tmp_path)
    names: Sequence[Term] = (
        meter_hour(ledger, "rack-1-a"),
        site_hour(ledger),
        period(ledger, clock, "2026-03-10"),
        period(ledger, clock, "2026-03"),
    )
    keys = {one.key for term in names for one in every(term)}
    assert {
        "energy",
        "register",
        "minutes",
        "pue",
        "facility",
        "it",
        "intensity",
        "emission",
    } <= keys
    assert all(f"`{key}`" in (Term.__doc__ or "") for key in keys)
    energy = found(names[0], "energy")
    assert energy.facts["coverage"] == {"measured": 1.0, "interpolated": 0.0, "missing": 0.0}
    ledger.close()
