"""`carbond explain`: every figure, down to the readings it came from."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.accounting.metering.tree import Tree
from agent.accounting.periods.calendar import period_of
from agent.accounting.site import Site
from agent.cli import main
from agent.errors import ConfigError
from agent.ledger import Ledger, open_reader, site_named
from agent.model import HOUR, Role
from agent.reports import Term, as_data, as_lines, explain_meter, explain_period, explain_site_hour
from agent.reports.terms import text_of
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
    readings = found(term, "readings")
    assert readings.value == 60
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
    assert before.value == 300
    assert found(site, "restated").terms[0].name == "intensity direct of de"
    ledger.close()


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
    assert any("├─ energy: 6 kWh" in line for line in lines)
    assert len(lines) == count_of(data)
    with_rows = told(ledger.path, *asked, "--rows", capsys=capsys).splitlines()
    assert len(with_rows) > len(lines) + 60


def count_of(data: dict[str, Any]) -> int:
    return 1 + sum(count_of(one) for one in data.get("terms", ()))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--meter", "rack-1-a", "--hour", "yesterday"), "--hour yesterday: not a time"),
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
    term = Term(name="all", terms=[Term(name="a", unit="kWh"), Term(name="b", value=0, unit="kWh")])
    assert list(as_lines(term)) == ["all", "├─ a: – kWh", "└─ b: 0 kWh"]
    assert as_data(term)["terms"] == [
        {"name": "a", "value": None, "unit": "kWh"},
        {"name": "b", "value": 0, "unit": "kWh"},
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0.1234567, "0.123457"), (12.5, "12.5000"), (1234567.0, "1,234,567"), (3, "3")],
)
def test_numbers_have_six_digits(value: float | None, text: str) -> None:
    assert text_of(value) == text
