"""Emissions and the other figures of a period: those that `figures` names."""

from datetime import datetime, timedelta
from itertools import pairwise

import httpx
import pytest

from agent.accounting.periods.calendar import period_of, rolling_year
from agent.accounting.periods.figures import figures
from agent.console import Desk
from agent.console.api.emissions import parts_of, period_asked
from agent.ledger import Ledger, open_reader
from agent.ledger.hours.totals import totals
from agent.model import HOUR, Kind
from tests.clocks import HandClock
from tests.console.asking import API, asked, refused, table, walked
from tests.console.floor import END, SITE
from tests.ledger.books import START, intensity


@pytest.mark.parametrize("period", ["2026-03-10", "2026-03", "2026", "today", "month", "year"])
async def test_the_figures_are_those_of_the_accounting(
    client: httpx.AsyncClient, ledger: Ledger, period: str
) -> None:
    names = {"today": "2026-03-10", "month": "2026-03", "year": "2026"}
    asked_for = period_of(names.get(period, period), SITE.timezone)
    connection = open_reader(ledger.path)
    expected = figures(totals(connection, SITE, asked_for, until=END))
    connection.close()
    assert await asked(client, "/emissions", period=period) == expected
    assert expected["energy_kwh"] == pytest.approx(14 * (END - START) / HOUR)


async def test_a_rolling_year_ends_with_the_last_full_hour(
    client: httpx.AsyncClient, ledger: Ledger
) -> None:
    connection = open_reader(ledger.path)
    period = rolling_year(END, SITE.timezone)
    expected = figures(totals(connection, SITE, period, until=END))
    connection.close()
    assert await asked(client, "/emissions", period="rolling-year") == expected


async def test_one_method_leaves_the_others_out(client: httpx.AsyncClient) -> None:
    whole = await asked(client, "/emissions")
    for method in ("location", "lifecycle", "marginal"):
        others = {"location", "lifecycle", "marginal"} - {method}
        found = await asked(client, "/emissions", method=method)
        left_out = {
            name for name in whole if name.startswith(tuple(f"emissions_{o}" for o in others))
        }
        assert found == {name: value for name, value in whole.items() if name not in left_out}
        assert found[f"emissions_{method}_kg"] > 0


async def test_the_days_of_a_month_add_up_to_it(client: httpx.AsyncClient) -> None:
    month = await asked(client, "/emissions", period="2026-03")
    days = await walked(client, "/emissions", period="2026-03", step="day", limit=3)
    assert [one["period"] for one in days] == [f"2026-03-{day:02}" for day in range(1, 11)]
    for name in ("energy_kwh", "it_kwh", "emissions_location_kg", "emissions_marginal_kg"):
        known = [one[name] for one in days if one[name] is not None]
        assert sum(known) == pytest.approx(month[name])
    assert days[-1] == await asked(client, "/emissions", period="2026-03-10")


async def test_the_months_of_a_year_are_listed_as_far_as_they_have_begun(
    client: httpx.AsyncClient,
) -> None:
    found = (await asked(client, "/emissions", period="2026", step="month"))["items"]
    assert [one["period"] for one in found] == ["2026-01", "2026-02", "2026-03"]
    assert found[0]["energy_kwh"] is None


async def test_as_of_a_time_it_is_what_was_known_then(
    client: httpx.AsyncClient, ledger: Ledger, desk: Desk, clock: HandClock
) -> None:
    clock.at = END + HOUR
    await ledger.tend()
    then = clock.at
    before = await asked(client, "/emissions", period="2026-03-10", as_of=then)
    clock.at = then + HOUR
    revised = intensity(500, START, updated=clock.at, kind=Kind.DIRECT)
    await ledger.book([revised])
    await ledger.tend()
    again = await asked(client, "/emissions", period="2026-03-10", as_of=then)
    assert again["emissions_location_kg"] == before["emissions_location_kg"]
    now = await asked(client, "/emissions", period="2026-03-10")
    difference = now["emissions_location_kg"] - again["emissions_location_kg"]
    assert difference > 14 * (500 - 300) / 1000 - 0.001


async def test_a_table_has_a_row_for_each_period(client: httpx.AsyncClient) -> None:
    query = {"period": "2026-03", "step": "day", "format": "csv"}
    rows = table(await client.get(f"{API}/emissions", params=query))
    assert len(rows) == 10
    assert rows[-1]["period"] == "2026-03-10"
    (row,) = table(await client.get(f"{API}/emissions", params={"format": "csv"}))
    assert row == rows[-1]


@pytest.mark.parametrize(
    "period", ["", "2026-3", "2026-02-30", "yesterday", "1969", "2026-03-10T09"]
)
async def test_what_is_no_period_is_refused(client: httpx.AsyncClient, period: str) -> None:
    status, detail = await refused(client, "/emissions", period=period)
    assert status == 400
    assert "rolling-year" in detail


async def test_a_period_that_has_not_begun_has_nothing(client: httpx.AsyncClient) -> None:
    found = await asked(client, "/emissions", period="2199")
    assert (found["energy_kwh"], found["hours"]) == (None, 0)
    assert (await asked(client, "/emissions", period="2199", step="month"))["items"] == []


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns"])
def test_the_parts_of_a_year_are_its_days_and_its_months(zone: str) -> None:
    now = datetime.fromisoformat("2027-06-01T00:00:00Z")
    year = period_asked("2026", zone, now)
    for step, count in (("day", 365), ("month", 12)):
        parts = list(parts_of(year, step, now))  # type: ignore[arg-type] # one of the two
        assert len(parts) == count
        assert (parts[0].start, parts[-1].end) == (year.start, year.end)
        assert all(a.end == b.start for a, b in pairwise(parts))


def test_a_rolling_year_touches_thirteen_months() -> None:
    now = datetime.fromisoformat("2026-06-15T00:00:00Z")
    parts = list(parts_of(rolling_year(now), "month", now + timedelta(days=1)))
    assert [one.name for one in (parts[0], parts[-1])] == ["2025-06", "2026-06"]
    assert len(parts) == 13
