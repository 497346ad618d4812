"""The supplies as meters of their own, and the temperature of the inlet."""

from datetime import timedelta

import pytest

from agent.demo.bmc import Bmc
from agent.demo.bmc_sensors import AIR_INLET, CELSIUS, Sensor
from agent.errors import Unavailable
from agent.model import Named, Reading
from agent.units import Watts
from collectors.ipmi import Ipmi
from collectors.ipmi.failures import Malformed
from collectors.ipmi.temperature import celsius_of
from tests.collectors.ipmi.conftest import (
    HASTY,
    WATTS,
    StillClock,
    power_of,
    powers_of,
    sensor,
    settings_of,
)

BOTH = {"read": ["total", "psu-input"]}
INPUTS = {"server-1/psu-input/1": 200, "server-1/psu-input/2": 0}
READ = (0x04, 0x2D)


@pytest.fixture
def supplies(bmc: Bmc) -> list[Sensor]:
    sensors = [
        sensor(1, "PSU1 PIN", 200, entity=(10, 1)),
        sensor(2, "PSU1 POUT", 180, entity=(10, 1)),
        sensor(3, "PSU2 PIN", 0, entity=(10, 2)),
        sensor(4, "PSU2 POUT", 0, entity=(10, 2)),
    ]
    bmc.commands.sensors = list(sensors)
    return sensors


@pytest.mark.usefixtures("supplies")
async def test_supplies_are_read_beside_the_total(bmc: Bmc, ipmi: Ipmi) -> None:
    collector = ipmi.collector(settings_of(bmc, limit_watts=900, **BOTH))
    readings = [one for one in await collector.collect() if isinstance(one, Reading)]
    assert [(one.meter, one.power, one.source) for one in readings] == [
        ("server-1", Watts(WATTS), "dcmi"),
        ("server-1/psu-input/1", Watts(200), "sdr"),
        ("server-1/psu-input/2", Watts(0), "sdr"),
    ]
    assert {one.register for one in readings} == {readings[0].register}
    assert [one.energy for one in readings] == [None] * 3


async def test_supplies_are_called_what_their_maker_calls_them(
    bmc: Bmc, ipmi: Ipmi, supplies: list[Sensor]
) -> None:
    collector = ipmi.collector(settings_of(bmc, **BOTH))
    assert isinstance(collector, Named)
    assert collector.names == {}
    await collector.collect()
    named = {"server-1/psu-input/1": "PSU1 PIN", "server-1/psu-input/2": "PSU2 PIN"}
    assert collector.names == named
    # A supply without a value for once is still called so.
    supplies[2].code = 0xCB
    await collector.collect()
    assert collector.names == named


@pytest.mark.usefixtures("supplies")
@pytest.mark.parametrize(
    ("read", "powers"),
    [
        (["psu-input"], INPUTS),
        (["psu-output"], {"server-1/psu-output/1": 180, "server-1/psu-output/2": 0}),
        (["total"], {"server-1": WATTS}),
    ],
)
async def test_only_what_is_asked_for_is_read(
    bmc: Bmc, ipmi: Ipmi, read: list[str], powers: dict[str, float]
) -> None:
    assert await powers_of(ipmi.collector(settings_of(bmc, read=read))) == powers


@pytest.mark.usefixtures("supplies")
async def test_a_sensor_that_counts_twice_is_asked_once(bmc: Bmc, ipmi: Ipmi) -> None:
    asked: list[tuple[int, int]] = []

    def slow(netfn: int, command: int, _: bytes) -> float:
        asked.append((netfn, command))
        return 0.0

    bmc.slow = slow
    collector = ipmi.collector(settings_of(bmc, source="sdr", **BOTH))
    assert await powers_of(collector) == {"server-1": 200} | INPUTS
    assert asked.count(READ) == 2
    assert asked.count((0x0A, 0x20)) == 1


async def test_a_supply_without_a_reading_is_missing_and_not_zero(
    bmc: Bmc, ipmi: Ipmi, supplies: list[Sensor]
) -> None:
    supplies[2].code = 0xCB
    powers = await powers_of(ipmi.collector(settings_of(bmc, **BOTH)))
    assert powers == {"server-1": WATTS, "server-1/psu-input/1": 200}


async def test_supplies_that_fail_leave_the_total(
    bmc: Bmc, ipmi: Ipmi, supplies: list[Sensor]
) -> None:
    collector = ipmi.collector(settings_of(bmc, **BOTH))
    supplies[0].code = 0xFF
    assert await powers_of(collector) == {"server-1": WATTS}
    supplies[0].code = 0
    assert await powers_of(collector) == {"server-1": WATTS} | INPUTS
    bmc.commands.sensors.clear()
    bmc.commands.changed += 1
    assert await powers_of(collector) == {"server-1": WATTS}


@pytest.mark.usefixtures("supplies")
async def test_sensors_that_do_not_answer_leave_the_total(bmc: Bmc, ipmi: Ipmi) -> None:
    bmc.ignored.add(0x0A)
    collector = ipmi.collector(settings_of(bmc, **BOTH, **HASTY))
    assert await powers_of(collector) == {"server-1": WATTS}


@pytest.mark.usefixtures("supplies")
async def test_a_total_that_fails_leaves_the_supplies(bmc: Bmc, ipmi: Ipmi) -> None:
    bmc.commands.dcmi_code = 0xFF
    collector = ipmi.collector(settings_of(bmc, source="dcmi", **BOTH))
    assert await powers_of(collector) == INPUTS


async def test_no_supply_is_unavailable_where_nothing_else_is_read(bmc: Bmc, ipmi: Ipmi) -> None:
    bmc.commands.sensors = [sensor(1, "Sys Power", 400)]
    with pytest.raises(Unavailable, match="it has no power sensor of scope psu-input with a"):
        await ipmi.collector(settings_of(bmc, read=["psu-input"])).collect()


@pytest.mark.usefixtures("supplies")
@pytest.mark.parametrize(("privilege", "parts"), [("user", {}), ("administrator", INPUTS)])
async def test_the_privilege_rises_for_supplies_where_it_may(
    bmc: Bmc, ipmi: Ipmi, privilege: str, parts: dict[str, float]
) -> None:
    bmc.commands.records_level = 4
    collector = ipmi.collector(settings_of(bmc, privilege=privilege, **BOTH))
    assert await powers_of(collector) == {"server-1": WATTS} | parts


async def test_the_inlets_temperature_comes_with_the_total(bmc: Bmc, ipmi: Ipmi) -> None:
    collector = ipmi.collector(settings_of(bmc, temperature="inlet"))
    assert (await power_of(collector)).conditions == {"temperature_celsius": 22.0}
    bmc.commands.inlet = -3
    assert (await power_of(collector)).conditions == {"temperature_celsius": -3.0}


async def test_it_is_not_read_where_it_is_not_asked_for(bmc: Bmc, ipmi: Ipmi) -> None:
    assert (await power_of(ipmi.collector(settings_of(bmc)))).conditions == {}


@pytest.mark.parametrize("entity", [AIR_INLET, 0x40])
async def test_without_dcmi_the_temperature_is_a_sensors(
    bmc: Bmc, ipmi: Ipmi, clock: StillClock, entity: int
) -> None:
    inlet = sensor(9, "Inlet Temp", -4, entity=(entity, 1), unit=CELSIUS, m=1, units1=0x80)
    exhaust = sensor(8, "Exhaust Temp", 40, entity=(7, 1), unit=CELSIUS, m=1)
    bmc.commands.sensors = [exhaust, inlet, sensor(1, "Sys Power", 400)]
    bmc.commands.inlet = None
    collector = ipmi.collector(settings_of(bmc, temperature="inlet"))
    reading = await power_of(collector)
    assert (reading.source, reading.conditions) == ("dcmi", {"temperature_celsius": -4.0})
    bmc.commands.inlet = 30
    assert (await power_of(collector)).conditions == {"temperature_celsius": -4.0}
    clock.time += timedelta(days=1)
    assert (await power_of(collector)).conditions == {"temperature_celsius": 30.0}


async def test_no_temperature_keeps_no_power_from_being_read(bmc: Bmc, ipmi: Ipmi) -> None:
    bmc.commands.inlet = None
    bmc.ignored.add(0x0A)
    collector = ipmi.collector(settings_of(bmc, temperature="inlet", **HASTY))
    reading = await power_of(collector)
    assert (reading.power, reading.conditions) == (Watts(WATTS), {})


@pytest.mark.parametrize(
    ("data", "degrees"),
    [("dc 01 01 16 01", 22), ("dc 02 02 96 01 20 02", -22), ("dc 00 00", None)],
)
def test_a_temperature_has_seven_bits_and_a_sign(data: str, degrees: int | None) -> None:
    assert celsius_of(bytes.fromhex(data)) == degrees


@pytest.mark.parametrize("data", [b"", b"\xdc\x01", b"\xdd\x01\x01\x16\x01"])
def test_a_temperature_that_is_cut_short_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        celsius_of(data)
