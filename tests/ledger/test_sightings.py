"""Readings of conditions alone are shown as they come, and nothing of them is booked."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from agent.ledger import Ledger
from agent.model import MINUTE, MeterId, MeterNow, Reading, Role
from tests.accounting.places import meter, planted
from tests.clocks import HandClock
from tests.ledger.books import START, open_ledger, reading, rows

PROBE = MeterId("rack-1-a/sensor/1")


def warm(at: datetime, celsius: float = 24.5, meter: MeterId = PROBE) -> Reading:
    said = reading("rack-1-a", at, watts=None)
    return replace(said, meter=meter, conditions={"temperature_celsius": celsius})


async def shown(ledger: Ledger) -> dict[str, MeterNow]:
    return {one.meter.id: one for one in (await ledger.now([])).meters}


async def test_a_sensor_is_shown_and_leaves_no_row(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path, HandClock(START))
    await ledger.book([warm(START), warm(START + MINUTE, 25.0), warm(START, 99.0)])
    (sensor,) = (await shown(ledger)).values()
    assert (sensor.meter.scope, sensor.meter.device) == ("sensor", "rack-1-a")
    assert (sensor.since, sensor.at) == (START, START + MINUTE)
    assert (sensor.power, sensor.booked) == (None, None)
    assert sensor.conditions == {"temperature_celsius": 25.0}
    assert rows(tmp_path, "SELECT meter FROM account UNION SELECT meter FROM hour") == []
    assert rows(tmp_path, "SELECT * FROM entry") == []
    ledger.close()


async def test_a_meter_that_says_conditions_alone_has_no_power_now_and_loses_no_energy(
    tmp_path: Path,
) -> None:
    ledger = open_ledger(tmp_path, HandClock(START))
    total = MeterId("rack-1-a")
    for minute in range(4):
        at = START + minute * MINUTE
        seen = reading("rack-1-a", at, watts=1200) if minute != 2 else warm(at, meter=total)
        await ledger.book([seen])
        now = (await shown(ledger))[total]
        assert (now.at, now.power) == (at, None if minute == 2 else 1200)
    assert (await shown(ledger))[total].booked == 1200 * 180
    ledger.close()


async def test_an_outlet_that_is_only_switched_is_no_part_of_the_power_of_it(
    tmp_path: Path,
) -> None:
    clock = HandClock(START)
    ledger = open_ledger(
        tmp_path, clock, tree=planted(meter("rack-1-a", Role.RACK), it_role=Role.OUTLET)
    )
    metered = replace(reading("rack-1-a", START, watts=300), meter=MeterId("rack-1-a/outlet/1"))
    switched = warm(START, meter=MeterId("rack-1-a/outlet/2"))
    await ledger.book([metered, switched])
    clock.move(seconds=10)
    (site,) = (await ledger.now([])).sites
    assert site.it_power == 300
    ledger.close()


async def test_sensors_of_a_device_that_has_left_the_settings_are_forgotten(
    tmp_path: Path,
) -> None:
    ledger = open_ledger(tmp_path, HandClock(START))
    await ledger.book([warm(START), warm(START, meter=MeterId("stranger/sensor/1"))])
    assert list(await shown(ledger)) == [PROBE]
    await ledger.replant(planted(meter("rack-2-a", Role.RACK)))
    assert await shown(ledger) == {}
    await ledger.book([warm(START + MINUTE)])
    assert await shown(ledger) == {}
    ledger.close()
