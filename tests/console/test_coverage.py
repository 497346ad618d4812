"""How much is known: over time, and of each meter."""

from datetime import timedelta

import httpx
import pytest

from agent.ledger import Ledger, Repair
from agent.model import HOUR, MINUTE, MeterId
from agent.units import Joules
from tests.clocks import HandClock
from tests.console.asking import API, asked, table, walked
from tests.console.floor import END, WATTS
from tests.ledger.books import START, reading


async def test_each_hour_says_what_is_known_of_it(client: httpx.AsyncClient) -> None:
    found = await asked(client, "/coverage", **{"from": START - HOUR, "to": END + HOUR})
    assert found["times"] == [f"2026-03-10T{hour:02}:00:00Z" for hour in range(8, 13)]
    assert found["end"] == "2026-03-10T13:00:00Z"
    assert found["measured"] == [0, 1, 1, 1, 1]
    assert found["missing"] == [1, 0, 0, 0, 0]
    assert set(found["sums"]) == {"facility", "it", "grid", "unattributed"}
    assert found["standing"]["final"] == [0, 1, 1, 0, 1]
    assert found["standing"]["estimated"] == [0, 0, 0, 1, 0]
    assert found["standing"]["uncovered"] == [1, 0, 0, 0, 0]
    assert found["pue_measured"] == [0, 1, 1, 1, 1]


async def test_shares_of_each_step_add_up_to_one(
    client: httpx.AsyncClient, ledger: Ledger, clock: HandClock
) -> None:
    clock.at = END + 2 * HOUR
    await ledger.book([reading("grid", clock.at, kwh=100 + 14 * 16 / 3, watts=14_000.0)])
    await ledger.tend()
    for step in ("hour", "day"):
        found = await asked(client, "/coverage", step=step, **{"from": START, "to": clock.at})
        columns = [found, *found["sums"].values()]
        for one in columns:
            shares = zip(one["measured"], one["interpolated"], one["missing"], strict=True)
            assert all(sum(some) == pytest.approx(1) for some in shares)
        standing = zip(*found["standing"].values(), strict=True)
        assert all(sum(some) == pytest.approx(1) for some in standing)
        assert max(found["interpolated"]) > 0


async def test_a_day_is_the_sites_own_and_as_its_figures_say(client: httpx.AsyncClient) -> None:
    found = await asked(client, "/coverage", step="day", **{"from": START, "to": END})
    assert found["times"] == ["2026-03-09T23:00:00Z"]
    figures = await asked(client, "/emissions", period="2026-03-10")
    assert found["measured"] == [pytest.approx(figures["measured_share"], abs=1e-6)]
    assert found["missing"] == [pytest.approx(figures["missing_share"], abs=1e-6)]
    final = figures["emissions_location_final_share"]
    assert found["standing"]["final"] == [pytest.approx(final, abs=1e-6)]


async def test_what_has_not_begun_is_left_out(client: httpx.AsyncClient) -> None:
    found = await asked(client, "/coverage", **{"from": END + HOUR, "to": END + 3 * HOUR})
    assert (found["times"], found["missing"], found["sums"]) == ([], [], {})


async def test_a_table_of_coverage_has_a_row_for_each_step(client: httpx.AsyncClient) -> None:
    query = {"from": START.isoformat(), "to": END.isoformat(), "format": "csv"}
    rows = table(await client.get(f"{API}/coverage", params=query))
    assert [one["final"] for one in rows] == ["1.0", "1.0", "0.0", "1.0"]
    assert rows[0]["time"] == "2026-03-10T09:00:00Z"


async def test_the_meters_that_are_least_known_come_first(
    client: httpx.AsyncClient, ledger: Ledger, clock: HandClock
) -> None:
    clock.at = END + HOUR
    for name in ("grid", "ups-a"):
        later = [END + timedelta(minutes=n) for n in range(61 if name == "grid" else 31)]
        watts, start = WATTS[name], (END - START).total_seconds()
        await ledger.book(
            [
                reading(
                    name,
                    at,
                    kwh=100 + watts * (start + (at - END).total_seconds()) / 3.6e6,
                    watts=watts,
                )
                for at in later
            ]
        )
    span = {"from": END - 20 * MINUTE, "to": END + 40 * MINUTE}
    found = (await asked(client, "/coverage/meters", **span))["items"]
    assert [one["meter"] for one in found[-2:]] == ["ups-a", "grid"]
    known = {one["meter"]: 1 - one["missing"] for one in found}
    # Whole hours: that from 12:00.
    assert known["grid"] == pytest.approx(1)
    assert known["ups-a"] == pytest.approx(50 / 60, abs=1e-6)
    assert known["chiller"] == pytest.approx(20 / 60, abs=1e-6)
    assert sorted(known.values()) == [1 - one["missing"] for one in found]


async def test_a_repaired_hour_is_interpolated_and_one_said_to_be_unknown_is_missing(
    client: httpx.AsyncClient, ledger: Ledger
) -> None:
    for hour, energy in ((0, Joules(7_000_000)), (1, None)):
        await ledger.repair(
            Repair(
                meter=MeterId("chiller"),
                start=START + hour * HOUR,
                end=START + (hour + 1) * HOUR,
                energy=energy,
                who="ops",
                why="the invoice says so",
            )
        )
    span = {"from": START, "to": START + 3 * HOUR}
    found = (await asked(client, "/coverage/meters", **span))["items"]
    third = pytest.approx(1 / 3, abs=1e-6)
    assert found[0] == {
        "meter": "chiller",
        "measured": third,
        "interpolated": third,
        "missing": third,
    }
    assert all(one["measured"] == 1 for one in found[1:])


async def test_a_meter_is_missing_only_for_the_time_in_which_it_was_there(
    client: httpx.AsyncClient,
) -> None:
    span = {"from": START - 5 * HOUR, "to": START + HOUR}
    found = (await asked(client, "/coverage/meters", **span))["items"]
    assert all(one["measured"] == 1 for one in found)


async def test_walking_the_pages_of_meters_gives_each_once_in_one_span(
    client: httpx.AsyncClient, clock: HandClock
) -> None:
    whole = (await asked(client, "/coverage/meters"))["items"]
    first = await asked(client, "/coverage/meters", limit=2)
    # The span is that of the first page although time goes on.
    assert "from=" in first["next"]
    assert "to=" in first["next"]
    assert await walked(client, "/coverage/meters", limit=2) == whole
