"""The whole daemon against a faulted site on real protocols, on a clock faster than the world."""

import asyncio
import logging
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.app import Daemon, load
from agent.demo.fault_plans import plan_of
from agent.demo.faults import Trouble
from agent.demo.files import LEDGER, SITE, write_settings
from agent.demo.simulation import Simulation
from agent.demo.site import Family, Site
from agent.ledger import total_of
from agent.model import MeterId, Oddity
from tests.ledger.books import rows
from tests.truth.bounds import largest

START = datetime(2026, 3, 10, 9, tzinfo=UTC)
SPEED = 40.0
LENGTH = timedelta(minutes=20)
SEED = 6
SUM = 0.005
POLL = 60.0
LATE = 0.05
"""Seconds that one answer may be longer on its way than another, from the device's register to the
daemon's clock; beside these are those in which the daemon itself stood still.
"""

LOOK = 0.005
"""Seconds between two looks at whether the daemon stands still."""

SURE = {
    Trouble.RESET: Oddity.RESET,
    Trouble.ROLLOVER: Oddity.ROLLOVER,
    Trouble.REPLACED: Oddity.REPLACED,
}
"""What is found however many answers get lost: an absurd value may pass between two."""


def settings_for(folder: Path, simulation: Simulation) -> Path:
    """Devices are asked again soon, and no outlets: both cost more on a fast clock."""
    settings = write_settings(folder, simulation.site, simulation.addresses)
    devices = folder / "conf.d" / "devices.yaml"
    text = devices.read_text().replace("    type: snmp\n", "    type: snmp\n    timeout: 500ms\n")
    devices.write_text(text.replace("    type: ipmi\n", "    type: ipmi\n    timeout: 500ms\n"))
    pdus = folder / "pdus.csv"
    pdus.write_text(pdus.read_text().replace("total outlet", "total"))
    return settings


class Stalls:
    """How long the event loop has stood still at most: so long an answer lay there untaken."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def watch(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            before = time.monotonic()
            await asyncio.sleep(LOOK)
            self.longest = max(self.longest, time.monotonic() - before - LOOK)


async def run(folder: Path, simulation: Simulation) -> float:
    """Run the daemon for its time, and return by how many seconds of the fast clock it may have
    taken one answer up later than another. What ends it ends the test.
    """
    settings = settings_for(folder, simulation)
    daemon = Daemon(lambda: load(settings), simulation.clock)

    async def stop() -> None:
        await daemon.ready.wait()
        watching = group.create_task(stalls.watch())
        await simulation.clock.sleep(LENGTH.total_seconds())
        watching.cancel()
        daemon.stop()

    stalls = Stalls()
    async with asyncio.TaskGroup() as group:
        group.create_task(daemon.run())
        group.create_task(stop())
    return (LATE + stalls.longest) * SPEED


async def test_the_daemon_books_the_truth_while_devices_and_clocks_fail(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    site = Site(start=START, seed=SEED)
    plan = plan_of(site, start=site.seconds(START), length=LENGTH)
    # A reset in the very gap in which the clock is put back loses what flowed before it.
    forward = tuple(step for step in plan.steps if step.by > 0)
    plan = replace(plan, steps=forward)
    async with Simulation(start=START, speed=SPEED, seed=SEED, faults=plan) as simulation:
        late = await run(tmp_path, simulation)
    assert not [one.message for one in caplog.records if one.levelno >= logging.ERROR]
    booked = total_of(tmp_path / LEDGER, SITE).booked
    replaced = {
        one.name: one.end - one.start for one in plan.faults if one.trouble is Trouble.REPLACED
    }
    off, true = {}, {}
    for name in ("utility", *(pdu.name for pdu in site.pdus)):
        first, last, energy = booked[MeterId(name)]
        assert last - first > LENGTH * 0.8
        true[name] = site.energy(name, first, last)
        off[name] = energy - true[name]
    for name, joules in off.items():
        allowed = SUM * true[name] + site.steps[name] + late * largest(site.loads[name])
        # One poll before, one after, and one that got lost.
        unread = replaced[name] + 3 * POLL if name in replaced else 0.0
        missing = unread * largest(site.loads[name])
        assert -allowed - missing < joules < allowed, (name, plan.of(name))
    fine = [pdu.name for pdu in site.pdus if pdu.family is Family.PDU2 and pdu.name not in replaced]
    for names in (["utility"], fine):
        whole = sum(true[name] for name in names)
        allowed = whole * max(SUM, late / LENGTH.total_seconds())
        assert abs(sum(off[name] for name in names)) < allowed
    query = "SELECT id, oddity FROM finding JOIN meter ON meter = number"
    found = set(rows(tmp_path, query))
    for fault in plan.faults:
        if fault.trouble in SURE:
            assert (fault.name, SURE[fault.trouble]) in found
