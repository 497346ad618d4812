"""The two loops: what they catch, what they let out, and what they say."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from agent.clock import Clock
from agent.errors import Rejected, Unavailable
from agent.health import Health
from agent.ledger import Ledger
from agent.loops import (
    Turns,
    backoff,
    collect_forever,
    export_forever,
    offset_of,
    show_forever,
)
from agent.model import DeviceNow, Entry, Now, Refused, Seen
from tests.daemon.parts import ScriptedCollector, ScriptedExporter
from tests.ledger.books import START, day, open_ledger, reading, rows
from tests.waiting import until

FAST = 600.0


@asynccontextmanager
async def running(work: Coroutine[Any, Any, None]) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


@pytest.fixture
def clock() -> Clock:
    return Clock(start=START, speed=FAST)


@pytest.fixture
def ledger(tmp_path: Path, clock: Clock) -> Iterator[Ledger]:
    opened = open_ledger(tmp_path, clock)
    yield opened
    opened.close()


@pytest.fixture
def health(ledger: Ledger, clock: Clock) -> Health:
    return Health(clock, ledger.note)


async def test_what_a_failing_device_says_nonetheless_is_taken(
    ledger: Ledger, health: Health, clock: Clock
) -> None:
    load = replace(reading("grid", START), conditions={"load_ratio": 0.3})
    failing = Unavailable("grid: it answers, but with no power and no energy", seen=[load])
    collector = ScriptedCollector("grid", failing)
    async with running(collect_forever(collector, "snmp", ledger, health, clock)):
        await until(lambda: collector.polls > 1)
        now = await ledger.now(health.now())
    assert [one.conditions for one in now.meters] == [{"load_ratio": 0.3}]
    assert {one.name: one.up for one in now.devices} == {"grid": False, "ledger": True}


async def test_an_outage_is_two_lines_and_what_came_after_it_is_booked(
    ledger: Ledger, health: Health, clock: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    silent = Unavailable("grid: no answer within 3 s")
    good = [reading("grid", START + timedelta(minutes=n), watts=600) for n in range(2)]
    collector = ScriptedCollector("grid", [good[0]], silent, silent, silent, [good[1]])
    with caplog.at_level(logging.INFO, "carbond"):
        async with running(collect_forever(collector, "snmp", ledger, health, clock)):
            await until(lambda: rows(tmp_path, "SELECT count(*) FROM hour") == [(1,)])
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 2
    assert lines[0] == "grid: no answer within 3 s"
    assert lines[1].startswith("grid: answers again after ")
    assert rows(tmp_path, "SELECT name, up, error FROM device WHERE name = 'grid'") == [
        ("grid", 1, "")
    ]


async def test_a_bug_in_one_collector_leaves_the_others_running(
    ledger: Ledger, health: Health, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    broken = ScriptedCollector("rack-1-a", ZeroDivisionError("oh"))
    fine = ScriptedCollector("grid", [reading("grid", START, watts=600)])
    async with (
        running(collect_forever(broken, "snmp", ledger, health, clock)),
        running(collect_forever(fine, "snmp", ledger, health, clock)),
    ):
        await until(lambda: broken.polls > 2 and fine.polls > 2)
    states = {state.name: state for state in health.now()}
    assert states["grid"].up
    assert not states["rack-1-a"].up
    assert "bug" in states["rack-1-a"].error
    assert "ZeroDivisionError" in caplog.text


async def test_a_collector_that_hangs_is_given_up_for_this_tick_and_asked_again(
    ledger: Ledger, health: Health, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.loops.LEAST_TIMEOUT", 0.05)
    collector = ScriptedCollector("grid", [])
    asked = 0

    async def hang() -> list[Any]:
        nonlocal asked
        asked += 1
        await asyncio.Event().wait()
        return []

    monkeypatch.setattr(collector, "collect", hang)
    async with running(collect_forever(collector, "snmp", ledger, health, clock)):
        await until(lambda: asked > 1)
    (state,) = health.now()
    assert state.error.startswith("no answer within")


async def test_a_broken_ledger_gets_out_of_the_loop(
    ledger: Ledger, health: Health, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: object) -> None:
        raise OSError("the disk is on fire")

    monkeypatch.setattr(ledger, "book", broken)
    collector = ScriptedCollector("grid", [reading("grid", START, watts=600)])
    with pytest.raises(OSError, match="on fire"):
        await collect_forever(collector, "snmp", ledger, health, clock)


async def test_a_full_disk_is_an_outage_of_the_ledger_and_the_loop_goes_on(
    ledger: Ledger, health: Health, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, full = ledger.book, True

    async def sometimes(seen: Seen) -> None:
        if full:
            raise Unavailable("ledger: the disk takes no more")
        await book(seen)

    monkeypatch.setattr(ledger, "book", sometimes)
    collector = ScriptedCollector("grid", day("grid", START, 5, 600))
    async with running(collect_forever(collector, "snmp", ledger, health, clock)):
        await until(lambda: any(not one.up for one in health.now() if one.name == "ledger"))
        full = False
        await until(lambda: all(one.up for one in health.now()))
    assert (await ledger.now([])).meters[0].booked == 600 * 300


@pytest.mark.parametrize(
    "trouble", [Unavailable("influx: 503"), Unavailable("influx: 429", retry_after=1), KeyError()]
)
async def test_an_exporter_good_failing_good_again_gets_every_entry_in_order(
    ledger: Ledger, health: Health, clock: Clock, trouble: Exception
) -> None:
    for minute in range(5):
        await ledger.book(day("grid", START + timedelta(minutes=2 * minute), 1, 600))
    exporter = ScriptedExporter(lambda call: trouble if call in {1, 2} else None)
    async with running(export_forever(exporter, "influxdb", ledger, health, clock)):
        await until(lambda: exporter.calls == 3)
        await until(lambda: health.now()[-1].up)
    assert [entry.position for entry in exporter.taken] == [1, 2, 3, 4, 5]
    assert await ledger.cursor("scripted") == 5


async def test_after_a_restart_an_exporter_goes_on_where_it_was(
    ledger: Ledger, health: Health, clock: Clock
) -> None:
    await ledger.book(day("grid", START, 2, 600))
    first = ScriptedExporter()
    async with running(export_forever(first, "influxdb", ledger, health, clock)):
        await until(lambda: first.taken)
        await until(lambda: health.now())
    await ledger.book(day("grid", START + timedelta(minutes=5), 2, 600))
    second = ScriptedExporter()
    async with running(export_forever(second, "influxdb", ledger, health, clock)):
        await until(lambda: second.taken)
    assert [entry.position for entry in second.taken] == [2]


async def test_what_is_refused_is_buried_and_the_rest_goes_on(
    ledger: Ledger, health: Health, clock: Clock, tmp_path: Path
) -> None:
    await ledger.book(day("grid", START, 2, 600))
    exporter = ScriptedExporter()
    exporter.refused = [Refused(line="m x=1", reason="field type conflict")]
    async with running(export_forever(exporter, "influxdb", ledger, health, clock)):
        await until(lambda: rows(tmp_path, "SELECT * FROM dead_letter"))
    letters = rows(tmp_path, "SELECT exporter, line, reason FROM dead_letter")
    assert letters == [("scripted", "m x=1", "field type conflict")]


async def test_a_batch_that_is_rejected_whole_is_buried_and_passed(
    ledger: Ledger, health: Health, clock: Clock, tmp_path: Path
) -> None:
    await ledger.book(day("grid", START, 2, 600))
    exporter = ScriptedExporter(lambda _: Rejected("no such database, ever"))
    async with running(export_forever(exporter, "influxdb", ledger, health, clock)):
        await until(lambda: rows(tmp_path, "SELECT * FROM dead_letter"))
    assert rows(tmp_path, "SELECT reason FROM dead_letter") == [("no such database, ever",)]
    assert await ledger.cursor("scripted") == 1


def test_polls_are_spread_over_the_period_and_always_alike() -> None:
    offsets = [offset_of(f"rack-{n}") for n in range(1000)]
    assert all(0 <= offset < 1 for offset in offsets)
    assert offsets == [offset_of(f"rack-{n}") for n in range(1000)]
    tenths = [sum(offset // 0.1 == n for offset in offsets) for n in range(10)]
    assert min(tenths) > 50


async def test_first_polls_begin_one_after_another(
    ledger: Ledger, health: Health, clock: Clock
) -> None:
    under_way, most = 0, 0

    class Learning(ScriptedCollector):
        async def collect(self) -> Seen:
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            for _ in range(3):
                await asyncio.sleep(0)
            under_way -= 1
            return await super().collect()

    turns = Turns()
    many = [Learning(f"rack-{number}", [], every=86_400.0) for number in range(50)]
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(collect_forever(one, "snmp", ledger, health, clock, turns=turns))
            for one in many
        ]
        await until(lambda: all(one.polls for one in many))
        for task in tasks:
            task.cancel()
    assert most <= 3


async def test_a_view_that_takes_long_is_shown_less_often(
    ledger: Ledger, health: Health, clock: Clock
) -> None:
    class Slow:
        name = "page"
        content_type = "text/plain"
        body = body_gzip = b""

        def __init__(self) -> None:
            self.shown: list[tuple[float, float]] = []

        async def show(self, now: Now) -> None:
            begun = time.monotonic()
            await asyncio.sleep(0.01)
            self.shown.append((begun, time.monotonic()))

    view = Slow()
    every = timedelta(milliseconds=1)
    async with running(show_forever(view, ledger, health, clock, every=every)):
        await until(lambda: len(view.shown) > 2)
    for (begun, ended), (next_begun, _) in pairwise(view.shown):
        assert next_begun - ended > 5 * (ended - begun)


def test_waiting_grows_and_has_an_end() -> None:
    waits = [backoff(failures) for failures in range(20)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (1.0, 300.0)


async def test_a_bug_is_told_with_its_traceback_once_and_not_at_each_poll(
    ledger: Ledger, health: Health, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    broken = ScriptedCollector("rack-1-a", ZeroDivisionError("oh"))
    async with running(collect_forever(broken, "snmp", ledger, health, clock)):
        await until(lambda: broken.polls > 4)
    assert caplog.text.count("Traceback") == 1


async def test_an_exporter_that_hangs_is_an_outage_and_is_asked_again(
    ledger: Ledger, health: Health, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.loops.LONGEST_EXPORT", 0.05)
    await ledger.book(day("grid", START, 2, 600))
    exporter, export = ScriptedExporter(), ScriptedExporter.export
    asked = 0

    async def hang(entries: Sequence[Entry]) -> Sequence[Refused]:
        nonlocal asked
        asked += 1
        if asked == 1:
            await asyncio.Event().wait()
        return await export(exporter, entries)

    monkeypatch.setattr(exporter, "export", hang)
    async with running(export_forever(exporter, "influxdb", ledger, health, clock)):
        await until(lambda: any("has not taken" in one.error for one in health.now()))
        await until(lambda: exporter.taken)


async def test_a_new_exporter_waits_until_a_full_disk_takes_its_cursor(
    ledger: Ledger, health: Health, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ledger.book(day("grid", START, 2, 600))
    cursor, asked = ledger.cursor, 0

    async def sometimes(name: str) -> int:
        nonlocal asked
        asked += 1
        if asked < 3:
            raise Unavailable("ledger: the disk takes no more")
        return await cursor(name)

    monkeypatch.setattr(ledger, "cursor", sometimes)
    exporter = ScriptedExporter()
    async with running(export_forever(exporter, "influxdb", ledger, health, clock)):
        await until(lambda: exporter.taken)


async def test_a_grid_and_a_device_of_one_name_are_two(health: Health) -> None:
    await health.good("north", "snmp")
    await health.bad("north", "watttime", "403")
    assert [(one.kind, one.up) for one in health.now()] == [("snmp", True), ("watttime", False)]
    health.forget("north", "watttime")
    assert [one.kind for one in health.now()] == ["snmp"]


async def test_what_a_full_disk_did_not_note_is_noted_later(clock: Clock) -> None:
    noted: list[DeviceNow] = []
    full = True

    async def note(device: DeviceNow) -> None:
        if full:
            raise Unavailable("ledger: the disk takes no more")
        noted.append(device)

    health = Health(clock, note)
    await health.good("grid", "snmp")
    full = False
    await health.good("grid", "snmp")
    await health.good("grid", "snmp")
    assert [one.name for one in noted] == ["grid"]
