"""Which very device answers: a meter that was exchanged is another meter, and a restart is told."""

from datetime import timedelta

import pytest

from agent.clock import Clock
from agent.errors import ConfigError, Unavailable
from agent.model import Zeroed
from collectors.snmp import Snmp
from collectors.snmp.device import RELEARN, SnmpDevice
from collectors.snmp.reading.identity import (
    SYS_UP_TIME,
    WRAP,
    began_again,
    ran_on,
    source_of,
    uptime_of,
)
from collectors.snmp.reading.plan import Plan
from config.profiles import profile_of, profiles
from tests.collectors.snmp.conftest import Recorded, Start, device
from tests.collectors.snmp.test_device import APC, APC_ID, RARITAN, module, phases
from tests.collectors.snmp.test_recordings import by_suffix

UPTIME = "1.3.6.1.2.1.1.3.0"


def serial(unit: int, text: str) -> tuple[str, str, str]:
    return (f"{APC}.2.1.9.{unit}", "4", text)


def uptime(hundredths: int) -> tuple[str, str, str]:
    return (UPTIME, "67", str(hundredths))


async def test_a_reading_has_the_uptime_and_the_serial_number_of_its_device(
    plugin: Snmp, start: Start
) -> None:
    agent = Recorded([APC_ID, uptime(123_456), serial(1, "ZA1"), *module(1, 27, 100)])
    one = device(plugin, await start(agent))
    reading = by_suffix(await one.collect())[""]
    assert reading.uptime == timedelta(seconds=1234.56)
    assert reading.source == "snmp ZA1"


async def test_each_unit_of_a_chain_has_its_own_serial_number(plugin: Snmp, start: Start) -> None:
    agent = Recorded(
        [
            *(APC_ID, serial(1, "ZA1"), serial(2, "ZA2")),
            *(*module(1, 27, 100), *module(2, 30, 50), *phases(1, 1), *phases(2, 4)),
        ]
    )
    one = device(plugin, await start(agent), read=["total", "phase"])
    readings = by_suffix(await one.collect())
    assert readings[""].source == "snmp 1+2 ZA1+ZA2"
    assert readings["/phase/1"].source == "snmp ZA1"
    assert readings["/phase/2.1"].source == "snmp ZA2"


async def test_a_device_that_has_restarted_may_be_another_one(plugin: Snmp, start: Start) -> None:
    agent = Recorded([APC_ID, uptime(900_000), serial(1, "ZA1"), *module(1, 27, 100)])
    one = device(plugin, await start(agent))
    assert by_suffix(await one.collect())[""].source == "snmp ZA1"
    agent.change([APC_ID, uptime(910_000), serial(1, "ZB7"), *module(1, 27, 5)])
    assert by_suffix(await one.collect())[""].source == "snmp ZA1", "within the hour"
    agent.change([APC_ID, uptime(300), serial(1, "ZB7"), *module(1, 27, 5)])
    assert by_suffix(await one.collect())[""].source == "snmp ZB7"


async def test_who_answers_after_an_outage_and_has_run_on_is_the_same(
    plugin: Snmp, start: Start
) -> None:
    agent = Recorded([APC_ID, uptime(900_000), serial(1, "ZA1"), *module(1, 27, 100)])
    one = device(plugin, await start(agent), timeout="100ms")
    await one.collect()
    await silent(one, agent)
    await one.collect()
    assert agent.requests == ["GetRequestPDU"], "nothing is looked up again"
    await silent(one, agent)
    agent.change([uptime(2_500_000), serial(1, "ZB7")])
    assert by_suffix(await one.collect())[""].source == "snmp ZB7", "it is another one"


async def silent(one: SnmpDevice, agent: Recorded) -> None:
    """Poll a device once while it does not answer."""
    agent.community = b"changed"
    with pytest.raises(Unavailable):
        await one.collect()
    agent.community = b"public"
    agent.requests.clear()


def test_a_device_that_has_run_on_says_what_has_passed_since() -> None:
    assert ran_on(100, 6_100, 60)
    assert ran_on(100, 6_500, 60), "it may answer late"
    assert ran_on(WRAP - 3_000, 3_000, 60), "its uptime wraps"
    assert ran_on(0, 8_640_000, 86_430), "a clock may go wrong by 0.1 %"
    assert not ran_on(100, 100, 60)
    assert not ran_on(100, 60_100, 60)
    assert not ran_on(6_100, 100, 60)
    assert not ran_on(None, 6_100, 60)
    assert not ran_on(100, None, 60)


async def test_devices_that_are_learnt_together_are_not_learnt_again_together(
    plugin: Snmp, start: Start
) -> None:
    port = await start(Recorded([APC_ID, *module(1, 27, 100)]))
    waits = []
    for number in range(40):
        one = device(plugin, port, name=f"rack-{number}")
        await one.collect()
        assert one._layout is not None
        waits.append(one._lifetime(one._layout))
    assert min(waits) >= RELEARN / 2
    assert max(waits) <= RELEARN
    assert max(waits) - min(waits) > RELEARN / 4


async def test_a_device_without_uptime_and_serial_number_is_read_without(
    plugin: Snmp, start: Start
) -> None:
    one = device(plugin, await start(Recorded([APC_ID, *module(1, 27, 100)])))
    reading = by_suffix(await one.collect())[""]
    assert (reading.uptime, reading.source) == (None, "snmp")


def test_an_uptime_that_wraps_is_no_restart() -> None:
    assert not began_again(WRAP - 1_000, 2_000, 30.0)
    assert began_again(WRAP // 2, 2_000, 60.0)
    assert not began_again(None, 2_000, 60.0)
    assert not began_again(2_000, 8_000, 60.0)
    assert uptime_of({SYS_UP_TIME: b"soon"}) is None


def test_serial_numbers_are_in_the_profiles_where_the_mib_has_them() -> None:
    known = profiles()
    assert known["apc-rpdu2"].serial == f"{APC}.2.1.9.{{unit}}"
    assert known["raritan-pdu2"].serial == f"{RARITAN}.3.2.1.1.4.{{unit}}"


def test_a_meter_of_no_unit_has_all_serial_numbers() -> None:
    plan = Plan(suffix="", register=None, power=(), energy=(), conditions=())  # type: ignore[arg-type] # not asked for
    assert source_of(plan, {1: "A", 2: "B"}) == "snmp A+B"
    assert source_of(plan, {}) == "snmp"


WATER = """
name: water
title: A pulse counter of water
match: {object_ids: [1.3.6.1.4.1.318]}
limit_watts: 5000
accuracy: 0.02
meters:
  - scope: total
    energy:
      oid: 1.3.6.1.4.1.318.9.0
      unit: m3
      scale: 0.1
      zeroed: daily
"""


async def test_water_is_counted_in_millilitres_for_a_meter_of_water_and_no_other(
    start: Start,
) -> None:

    plugin = Snmp(Clock(), {"water": profile_of(WATER, "water.yaml")})
    agent = Recorded([APC_ID, ("1.3.6.1.4.1.318.9.0", "2", "12345")])
    port = await start(agent)
    (reading,) = await device(plugin, port, role="water").collect()
    assert reading.energy == 1_234_500_000
    assert (reading.register.step, reading.register.zeroed) == (100_000, Zeroed.DAILY)
    with pytest.raises(Unavailable, match="counts water: write role: water"):
        await device(plugin, port, role="rack").collect()
    await plugin.close()


def test_a_serial_number_is_of_a_device_or_of_a_unit() -> None:
    text = WATER.replace("meters:", "serial: 1.3.6.1.4.1.318.5.{number}\nmeters:")
    with pytest.raises(ConfigError, match=r"\{number\} in serial"):
        profile_of(text, "water.yaml")
