"""What was said differently before: restatements, closed months, repairs, findings."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from agent.ledger import Closure, Ledger, Repair, periods_of, restatements_of
from agent.model import HOUR, MINUTE, MeterId
from agent.units import Joules
from tests.clocks import HandClock
from tests.console.asking import API, asked, refused, table, walked
from tests.console.floor import END
from tests.ledger.books import START, intensity, reading

CLOSED = datetime(2026, 4, 2, 12, tzinfo=UTC)


@pytest.fixture
async def restated(ledger: Ledger, clock: HandClock) -> Ledger:
    """The three hours are over, and the intensities of two were revised, one after the other."""
    clock.at = END + HOUR
    await ledger.tend()
    for hour in (0, 1):
        clock.at += HOUR
        await ledger.book([intensity(400 + hour, START + hour * HOUR, updated=clock.at)])
        await ledger.tend()
    return ledger


def repair(hour: int, energy: int | None, why: str = "the invoice says so") -> Repair:
    return Repair(
        meter=MeterId("chiller"),
        start=START + hour * HOUR,
        end=START + (hour + 1) * HOUR,
        energy=None if energy is None else Joules(energy),
        who="ops",
        why=why,
    )


async def test_restatements_are_those_of_the_ledger_the_newest_first(
    client: httpx.AsyncClient, restated: Ledger
) -> None:
    found = (await asked(client, "/restatements"))["items"]
    numbers = [one["number"] for one in found]
    assert numbers == sorted(numbers, reverse=True)
    expected = restatements_of(restated.path, "fra")
    assert len(found) == len(expected) > 2
    said = {(one["hour"], one["figure"]): (one["before"], one["after"]) for one in found}
    for one in expected:
        hour = one.hour.isoformat().replace("+00:00", "Z")
        assert said[hour, one.figure] == (one.before, one.after)
    assert ("2026-03-10T09:00:00Z", "intensity_direct_g_per_kwh") in said


async def test_restatements_are_chosen_by_their_hours(
    client: httpx.AsyncClient, restated: Ledger
) -> None:
    found = (await asked(client, "/restatements", **{"from": START + HOUR}))["items"]
    assert {one["hour"] for one in found} == {"2026-03-10T10:00:00Z"}
    assert (await asked(client, "/restatements", to=START))["items"] == []
    status, detail = await refused(client, "/restatements", **{"from": END, "to": START})
    assert (status, "turn them round" in detail) == (400, True)


async def test_restatements_that_come_while_pages_are_walked_move_no_other(
    client: httpx.AsyncClient, restated: Ledger, clock: HandClock
) -> None:
    whole = (await asked(client, "/restatements"))["items"]
    page = await asked(client, "/restatements", limit=2)
    seen = list(page["items"])
    clock.at += HOUR
    await restated.book([intensity(500, START, updated=clock.at)])
    await restated.tend()
    assert len((await asked(client, "/restatements"))["items"]) > len(whole)
    while page["next"]:
        page = (await client.get(page["next"])).json()
        seen += page["items"]
    assert seen == whole


async def test_a_closed_month_says_what_was_reported_and_what_has_become_of_it(
    client: httpx.AsyncClient, restated: Ledger, clock: HandClock
) -> None:
    clock.at = CLOSED
    await restated.tend()
    await restated.close_period(
        Closure(site="fra", month="2026-03", who="cfo", why="the annual report")
    )
    (before,) = (await asked(client, "/periods"))["items"]
    assert (before["name"], before["who"], before["differences"]) == ("2026-03", "cfo", {})
    clock.at += HOUR
    await restated.book([intensity(500, START, updated=clock.at)])
    await restated.tend()
    (after,) = (await asked(client, "/periods"))["items"]
    assert after["figures"] == before["figures"]
    (expected,) = periods_of(restated.path)
    assert {
        name: (one["reported"], one["now"]) for name, one in after["differences"].items()
    } == expected.differences
    assert "emissions_location_kg" in after["differences"]
    assert after["reasons"] == expected.reasons
    assert after["restatements"] == 1
    rows = table(await client.get(f"{API}/periods?format=csv"))
    (mass,) = [one for one in rows if one["figure"] == "emissions_location_kg"]
    assert float(mass["now"]) > float(mass["reported"])


async def test_repairs_say_who_and_why_the_newest_first(
    client: httpx.AsyncClient, ledger: Ledger
) -> None:
    for hour, energy in ((0, 3_600_000), (1, None), (2, 7_200_000)):
        await ledger.repair(repair(hour, energy))
    found = (await asked(client, "/repairs"))["items"]
    assert [one["booked"] for one in found] == [2.0, None, 1.0]
    assert found[0]["before"] == pytest.approx(3)
    assert {(one["who"], one["unit"], one["meter"]) for one in found} == {("ops", "kWh", "chiller")}
    assert await walked(client, "/repairs", limit=1) == found
    assert (await asked(client, "/repairs", meter="grid"))["items"] == []
    status, detail = await refused(client, "/repairs", meter="chilller")
    assert (status, "did you mean chiller?" in detail) == (404, True)


async def test_a_reason_that_looks_like_a_formula_is_none_in_a_table(
    client: httpx.AsyncClient, ledger: Ledger
) -> None:
    await ledger.repair(repair(0, 1, why='=HYPERLINK("x")'))
    (row,) = table(await client.get(f"{API}/repairs?format=csv"))
    assert row["why"] == '\'=HYPERLINK("x")'


async def test_findings_are_told_by_meter_and_site_the_newest_first(
    client: httpx.AsyncClient, ledger: Ledger
) -> None:
    for n in range(1, 4):
        for name in ("chiller", "rack-2-a"):
            at = END + timedelta(minutes=2 * n)
            values = [(at, 0), (at + MINUTE, 0.05)]
            await ledger.book([reading(name, time, kwh=one, watts=3e3) for time, one in values])
    whole = (await asked(client, "/findings"))["items"]
    assert len(whole) == 6
    assert [one["at"] for one in whole] == sorted((one["at"] for one in whole), reverse=True)
    # Two at one moment: a page may end between them.
    assert await walked(client, "/findings", limit=1) == whole
    own = (await asked(client, "/findings", meter="chiller", site="fra"))["items"]
    assert own == [one for one in whole if one["meter"] == "chiller"]
    assert {one["oddity"] for one in own} == {"reset"}
