"""`carbond explain`: every figure, down to the readings it came from."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.accounting.metering.tree import Tree
from agent.accounting.periods.calendar import period_of
from agent.accounting.site import Site
from agent.cli import main
from agent.errors import ConfigError
from agent.ledger import Ledger, Repair, open_reader, site_named
from agent.model import HOUR, MeterId, Role
from agent.reports import Term, as_data, as_lines, explain_meter, explain_period, explain_site_hour
from agent.reports.terms import value_text
from agent.units import JOULES_PER_KWH, Joules
from tests.accounting.places import TOTALS, meter
from tests.clocks import HandClock
from tests.ledger.books import START, day, intensity, open_ledger, reading

END = START + HOUR
SITE = Site(name="fra", grid="de", timezone="Europe/Berlin")
METERS = [
    *(one for one in TOTALS if one.device in {"grid", "rack-1-a", "rack-2-a"}),
    meter("cooling-water", Role.WATER),
]


async def booked(folder: Path) -> tuple[Ledger, HandClock]:
    """Return a ledger with a closed hour: 14 kWh from the grid, 10 of them IT, at 300 g/kWh."""
    clock = HandClock(END + timedelta(minutes=3))
    ledger = open_ledger(folder, clock, tree=Tree.of([SITE], METERS))
    for device, watts in (("grid", 14_000), ("rack-1-a", 6_000), ("rack-2-a", 4_000)):
        await ledger.book(day(device, START - timedelta(minutes=1), 62, watts))
    await ledger.book([intensity(300, START, updated=END)])
    await ledger.tend()
    return ledger, clock


def found(term: Term, name: str) -> Term:
    """Return the first term of a tree whose name begins so."""
    (one, *_) = [one for one in every(term) if one.name.startswith(name)]
    return one


def every(term: Term) -> Iterator[Term]:
    yield term
    for one in term.terms:
        yield from every(one)


async def test_a_meters_grams_are_the_product_of_what_stands_below_them(tmp_path: Path) -> None:
    ledger, _ = await booked(tmp_path)
    with closing(open_reader(ledger.path)) as connection:
        term = explain_meter(connection, "rack-1-a", START)
    energy, pue, used = (found(term, name).value for name in ("energy", "PUE", "intensity"))
    grams = found(term, "emission").value
    assert isinstance(energy, float)
    assert isinstance(pue, float)
    assert isinstance(used, float)
    assert grams == pytest.approx(energy * pue * used)
    assert grams == pytest.approx(6 * 1.4 * 300)
    ledger.close()


async def test_readings_and_the_register_at_both_ends_of_the_hour_are_told(tmp_path: Path) -> None:
    ledger, _ = await booked(tmp_path)
    with closing(open_reader(ledger.path)) as connection:
        term = explain_meter(connection, "rack-1-a", START)
    readings = found(term, "minutes")
    assert (readings.value, readings.facts["read"]) == (60, 60)
    assert len(readings.rows) == 60
    assert readings.rows[0]["read_at"] == START.isoformat()
    energies = [row["energy_j"] for row in readings.rows]
    energy = found(term, "energy").value
    assert isinstance(energy, float)
    assert sum(one for one in energies if isinstance(one, int)) == pytest.approx(energy * 3.6e6)
    register = found(term, "register")
    opening, end = (one.value for one in register.terms)
    assert isinstance(opening, float)
    assert isinstance(end, float)
    assert register.value == pytest.approx(end - opening)
    ledger.close()


async def test_every_version_of_the_intensity_stands_below_the_one_that_was_applied(
    tmp_path: Path,
) -> None:
    ledger, clock = await booked(tmp_path)
    then = clock.now()
    clock.move(days=1)
    await ledger.book([intensity(250, START, updated=END + 20 * HOUR)])
    await ledger.tend()
    with closing(open_reader(ledger.path)) as connection:
        now = found(explain_meter(connection, "rack-1-a", START), "intensity")
        before = found(explain_meter(connection, "rack-1-a", START, known=then), "intensity")
        site = explain_site_hour(connection, SITE, START)
    assert (now.value, [one.value for one in now.terms]) == (250, [300, 250])
    assert (before.value, [one.value for one in before.terms]) == (300, [300])
    assert found(site, "restatements").terms[0].name == "intensity direct of de"
    ledger.close()


async def test_what_was_said_under_one_version_is_told_apart_by_when_it_was_fetched(
    tmp_path: Path,
) -> None:
    ledger, _ = await booked(tmp_path)
    changed = replace(intensity(250, START, updated=END), fetched_at=END + 20 * HOUR)
    await ledger.book([changed])
    await ledger.tend()
    with closing(open_reader(ledger.path)) as connection:
        used = found(explain_site_hour(connection, SITE, START), "intensity")
    assert (used.value, [one.value for one in used.terms]) == (250, [300, 250])
    assert len({one.name for one in used.terms}) == 1
    fetched = [END.isoformat(), changed.fetched_at.isoformat()]
    assert [one.facts["fetched"] for one in used.terms] == fetched
    assert [one["fetched"] for one in used.rows] == fetched
    assert used.terms[1].how.endswith("fetched 2026-03-11 06:00:00")
    ledger.close()


async def test_what_was_repaired_later_is_in_no_calculation_of_before(tmp_path: Path) -> None:
    ledger, clock = await booked(tmp_path)
    then = clock.now()
    clock.move(days=1)
    await ledger.repair(repaired(kwh=10))
    await ledger.tend()
    period = period_of("2026-03-10", SITE.timezone)
    with closing(open_reader(ledger.path)) as connection:
        meters = [explain_meter(connection, "rack-1-a", START, known=at) for at in (then, None)]
        sites = [explain_site_hour(connection, SITE, START, known=at) for at in (then, None)]
        days = [
            explain_period(connection, SITE, period, now=clock.now(), known=at)
            for at in (then, None)
        ]
    assert [found(one, "energy").value for one in meters] == [6, 10]
    assert ["repair" in "".join(as_lines(one)) for one in meters] == [False, True]
    grams = [found(one, "emission").value for one in meters]
    assert grams == pytest.approx([6 * 1.4 * 300, 10 * 300])
    for explained in (sites, days):
        before, now = (list(every(one)) for one in explained)
        assert not [one for one in before if one.name.startswith(("restatements", "repair"))]
        assert [one for one in now if one.name.startswith("restatements")]
    assert [found(one, "rack-1-a").value for one in sites] == [6, 10]
    assert [found(one, "IT").value for one in sites] == [10, 14]
    ledger.close()


async def test_what_was_said_to_be_unknown_later_was_known_before(tmp_path: Path) -> None:
    ledger, clock = await booked(tmp_path)
    clock.move(days=1)
    first = clock.now()
    await ledger.repair(repaired(kwh=7))
    clock.move(days=1)
    await ledger.repair(repaired(kwh=None))
    with closing(open_reader(ledger.path)) as connection:
        energies = [
            found(explain_meter(connection, "rack-1-a", START, known=at), "energy").value
            for at in (first - HOUR, first, first + HOUR, clock.now())
        ]
    assert energies == [6, 7, 7, None]
    ledger.close()


def repaired(*, kwh: float | None) -> Repair:
    return Repair(
        meter=MeterId("rack-1-a"),
        start=START,
        end=END,
        energy=None if kwh is None else Joules(round(kwh * JOULES_PER_KWH)),
        who="facility-team",
        why="read from its display",
    )


async def test_a_sites_hour_shows_its_sums_its_balance_and_its_formula(tmp_path: Path) -> None:
    ledger, _ = await booked(tmp_path)
    with closing(open_reader(ledger.path)) as connection:
        term = explain_site_hour(connection, SITE, START)
    assert [one.name for one in found(term, "IT").terms] == ["rack-1-a", "rack-2-a"]
    assert found(term, "facility").value == pytest.approx(14)
    assert found(term, "PUE").value == pytest.approx(1.4)
    emissions = found(term, "emissions, location-based")
    assert (emissions.value, emissions.how) == (
        pytest.approx(4200),
        "energy from the grid x intensity",
    )
    ledger.close()


async def test_a_period_has_its_totals_its_shares_and_its_hours(tmp_path: Path) -> None:
    ledger, clock = await booked(tmp_path)
    with closing(open_reader(ledger.path)) as connection:
        site = site_named(connection, "fra")
        day = explain_period(
            connection, site, period_of("2026-03-10", site.timezone), now=clock.now()
        )
        month = explain_period(
            connection, site, period_of("2026-03", site.timezone), now=clock.now()
        )
    assert found(day, "hours").value == len(found(day, "hours").rows)
    assert found(month, "days").value == 1
    for term in (day, month):
        assert found(term, "iPUE2").value == pytest.approx(1.4, rel=0.02)
        assert "96.8 % on final" in found(term, "emissions, location-based").how
    ledger.close()


async def test_water_has_litres_and_no_emission(tmp_path: Path) -> None:
    ledger, _ = await booked(tmp_path)
    await ledger.book(
        [
            reading("cooling-water", START, kwh=1),
            reading("cooling-water", START + timedelta(minutes=2), kwh=1.001),
        ]
    )
    with closing(open_reader(ledger.path)) as connection:
        term = explain_meter(connection, "cooling-water", START)
    assert (found(term, "water").value, found(term, "water").unit) == (3.6, "L")
    row = found(term, "minutes").rows[0]
    assert (row["register_ml"], row["energy_ml"]) == (3_600_000, 1800)
    assert "flow_ml_per_s" in row
    assert not {"register_j", "energy_j", "power_w"} & set(row)
    assert not [one for one in every(term) if one.name.startswith("emission")]
    ledger.close()


async def test_an_hour_of_which_nothing_is_known_says_so_and_is_not_zero(tmp_path: Path) -> None:
    ledger, _ = await booked(tmp_path)
    with closing(open_reader(ledger.path)) as connection:
        term = explain_meter(connection, "rack-1-a", START - 5 * HOUR)
        site = explain_site_hour(connection, SITE, START - 5 * HOUR)
    assert found(term, "energy").value is None
    assert "nothing is known of this hour" in "\n".join(as_lines(term))
    assert site.how.startswith("nothing is known")
    ledger.close()


async def test_a_meter_that_the_ledger_has_never_seen_is_named_with_the_nearest(
    tmp_path: Path,
) -> None:
    ledger, _ = await booked(tmp_path)
    with (
        closing(open_reader(ledger.path)) as connection,
        pytest.raises(ConfigError, match="no meter 'rack-1-b': did you mean rack-1-a"),
    ):
        explain_meter(connection, "rack-1-b", START)
    ledger.close()


def told(path: Path, *arguments: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["explain", "--ledger", str(path), *arguments]) == 0
    return capsys.readouterr().out


async def test_the_command_prints_a_tree_and_the_same_as_data(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger, _ = await booked(tmp_path)
    hour = f"{START:%Y-%m-%dT%H}"
    ledger.close()
    asked = ("--meter", "rack-1-a", "--hour", hour)
    lines = told(ledger.path, *asked, capsys=capsys).splitlines()
    data = json.loads(told(ledger.path, *asked, "--json", capsys=capsys))
    assert lines[0].startswith(f"rack-1-a in the hour {START:%Y-%m-%d %H:%M} UTC")
    assert any("├─ energy: 6.000 kWh" in line for line in lines)
    assert len(lines) == count_of(data)
    with_rows = told(ledger.path, *asked, "--rows", capsys=capsys).splitlines()
    assert len(with_rows) > len(lines) + 60


def count_of(data: dict[str, Any]) -> int:
    return 1 + sum(count_of(one) for one in data.get("terms", ()))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--meter", "rack-1-a", "--hour", "yesterday"), "--hour 'yesterday': must be a whole"),
        (("--meter", "rack-1-a", "--hour", "2026-03-10T14:37"), "must be a whole hour in UTC"),
        (("--site", "fra", "--hour", "0001-01-01T00:00+14:00"), "must be a whole hour in UTC"),
        (("--site", "fra", "--hour", "9999-12-31T23"), "must be a whole hour in UTC"),
        *(
            (("--site", "fra", "--month", "2026-03", "--known", text), "must be a time in UTC")
            for text in ("once", "0001-01-01", "0001-01-01T00:00+14:00", "9999-12-31T23:59-02:00")
        ),
        (("--meter", "rack-1-a", "--month", "2026-03"), "hour by hour"),
        (("--site", "fra", "--month", "2026-13"), "there is no such month"),
        (("--site", "ams", "--month", "2026-03"), "no site 'ams': it has fra"),
    ],
)
async def test_what_cannot_be_explained_gets_one_message_and_the_way_out(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    says: str,
) -> None:
    ledger, _ = await booked(tmp_path)
    ledger.close()
    assert main(["explain", "--ledger", str(ledger.path), *arguments]) == 2
    assert says in capsys.readouterr().err


def test_a_term_prints_what_is_missing_as_a_dash_and_a_heading_without_one() -> None:
    terms = [
        Term(key="it", name="a", unit="kWh"),
        Term(key="facility", name="b", value=0.0, unit="kWh", facts={"basis": "final"}),
    ]
    term = Term(key="energy", name="all", terms=terms)
    assert list(as_lines(term)) == ["all", "├─ a: – kWh", "└─ b: 0.000 kWh"]
    assert as_data(term)["terms"] == [
        {"key": "it", "name": "a", "value": None, "unit": "kWh"},
        {"key": "facility", "name": "b", "value": 0.0, "unit": "kWh", "basis": "final"},
    ]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, "kWh", "–"),
        (144_902.3, "kWh", "144,902.300"),
        (6.0, "kWh", "6.000"),
        (1234.56789, "g CO2e", "1,234.568"),
        (300.0, "g/kWh", "300"),
        (289.25, "g/kWh", "289.25"),
        (1.4, "", "1.4000"),
        (0.12345, "L/kWh", "0.1235"),
        (1_234_567, "", "1,234,567"),
    ],
)
def test_amounts_have_three_decimals_and_ratios_four(
    value: float | None, unit: str, text: str
) -> None:
    assert value_text(value, unit) == text


def test_a_table_has_one_line_of_names_and_stands_in_place_of_its_terms() -> None:
    rows: list[dict[str, float | str | None]] = [
        {"hour": "09:00", "it_j": 12, "pue": 1.25},
        {"hour": "10:00", "it_j": None, "pue": None},
    ]
    term = Term(key="hours", name="hours", value=2, terms=[Term(key="hour", name="a")], rows=rows)
    assert list(as_lines(term)) == ["hours: 2", "└─ a"]
    assert list(as_lines(term, rows=True)) == [
        "hours: 2",
        "   hour   it_j     pue",
        "   09:00    12  1.2500",
        "   10:00     –       –",
    ]


async def test_the_twelve_months_up_to_now_are_a_period(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger, _ = await booked(tmp_path)
    ledger.close()
    asked = ("--site", "fra", "--rolling-year", "--known", "2026-03-11")
    text = told(ledger.path, *asked, capsys=capsys)
    assert text.startswith("fra in year to ")
    assert "PUE2: 1.4" in text
