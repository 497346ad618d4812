"""What the daemon is doing, and how late its loop comes round."""

import asyncio
import time
from importlib.metadata import version

import httpx

from agent.console import Desk
from agent.console.lag import INTERVAL, Lag
from agent.ledger import Ledger
from agent.model import Entry, Refused
from tests.console.asking import asked
from tests.waiting import until


class Nowhere:
    """An exporter by its looks."""

    name = "influx"

    async def export(self, entries: list[Entry]) -> list[Refused]:
        raise NotImplementedError


async def test_the_status_says_what_the_ledger_holds_and_who_answers(
    client: httpx.AsyncClient, ledger: Ledger, desk: Desk
) -> None:
    await desk.health.good("grid", "modbus")
    await desk.health.bad("chiller", "snmp", "silent")
    await desk.health.bad("de", "electricitymaps", "HTTP 401: the token is not known")
    said = await asked(client, "/status")
    assert said["version"] == version("carbond")
    assert said["devices"] == {"total": 6, "up": 1}
    (grid,) = said["grids"]
    assert (grid["name"], grid["up"], grid["error"]) == (
        "de",
        False,
        "HTTP 401: the token is not known",
    )
    held = said["ledger"]
    assert (held["name"], held["meters"]) == ("ledger.db", 8)
    assert (held["first"], held["last"]) == ("2026-03-10T09:00:00Z", "2026-03-10T12:20:00Z")
    assert held["bytes"] > 0
    assert str(ledger.path.parent) not in str(said)


async def test_an_exporter_says_what_waits_for_it_and_why(
    client: httpx.AsyncClient, ledger: Ledger, desk: Desk
) -> None:
    desk.parts = [Nowhere()]
    await ledger.cursor("influx")
    entries = (await asked(client, "/status"))["ledger"]["entries"]
    await ledger.advance("influx", 3, [Refused(line="x", reason="no")])
    await desk.health.bad("influx", "somewhere", "connection refused")
    (one,) = (await asked(client, "/status"))["exporters"]
    assert one == {
        "name": "influx",
        "kind": "somewhere",
        "up": False,
        "since": "2026-03-10T12:20:00Z",
        "error": "connection refused",
        "behind": entries - 3,
        "lost": 0,
        "refused": 1,
    }


async def test_the_lag_is_how_long_the_loop_was_held_up() -> None:
    lag = Lag()
    calm = await lag.longest()
    assert calm >= 0
    held = 0.3
    time.sleep(held)  # noqa: ASYNC251 this is what is measured
    await asyncio.sleep(2 * INTERVAL)
    # What was due in the middle of it has waited for the rest at least.
    assert held - INTERVAL <= await lag.longest()


async def test_the_lag_is_measured_only_while_somebody_looks() -> None:
    lag = Lag()
    await lag.longest()
    assert lag._timer is not None
    lag._asked = float("-inf")
    await until(lambda: lag._timer is None)
    assert not lag._late
    assert await lag.longest() >= 0
