"""Power from sensors: the whole, the sum of supplies, and what says nothing."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from agent.demo.bmc import Bmc
from agent.demo.bmc_sensors import BY_READING, Sensor
from agent.errors import Unavailable
from agent.units import Watts
from collectors.ipmi import Ipmi
from tests.collectors.ipmi.conftest import HASTY, StillClock, power_of, sensor, settings_of

SYSTEM, PSU_1, PSU_2 = (7, 1), (10, 1), (10, 2)
READ = (0x04, 0x2D)


async def read(
    bmc: Bmc, ipmi: Ipmi, *sensors: Sensor, **options: object
) -> tuple[Watts | None, tuple[str, ...]]:
    bmc.commands.sensors = list(sensors)
    reading = await power_of(ipmi.collector(settings_of(bmc, source="sdr", **options)))
    assert reading.source == "sdr"
    return reading.power, reading.flags


def two_supplies(first: float | None, second: float | None) -> tuple[Sensor, Sensor]:
    return (
        sensor(1, "PS1 Input Power", first, entity=PSU_1),
        sensor(2, "PS2 Input Power", second, entity=PSU_2),
    )


async def test_the_systems_total_is_taken_and_supplies_are_never_added(
    bmc: Bmc, ipmi: Ipmi
) -> None:
    supplies = two_supplies(200, 200)
    total = sensor(3, "Pwr Consumption", 400, entity=SYSTEM)
    assert await read(bmc, ipmi, *supplies, total) == (Watts(400), ())


async def test_the_inputs_of_supplies_are_summed_and_their_outputs_are_not(
    bmc: Bmc, ipmi: Ipmi
) -> None:
    assert await read(
        bmc, ipmi,
        sensor(1, "PSU1 PIN", 200, entity=PSU_1),
        sensor(2, "PSU1 POUT", 180, entity=PSU_1),
        sensor(3, "PSU2 PIN", 100, entity=PSU_2),
        sensor(4, "PSU2 POUT", 80, entity=PSU_2),
    ) == (Watts(300), ())  # fmt: skip


async def test_a_redundant_supply_may_truly_read_0_w(bmc: Bmc, ipmi: Ipmi) -> None:
    assert await read(bmc, ipmi, *two_supplies(200, 0)) == (Watts(200), ())


async def test_a_supply_with_an_output_alone_is_missing_from_the_sum(bmc: Bmc, ipmi: Ipmi) -> None:
    there, behind = two_supplies(200, 180)
    behind.name = "PS2 Power Out"
    assert await read(bmc, ipmi, there, behind) == (Watts(200), ("partial",))


@pytest.mark.parametrize("units1", [0x40, 0x80])
async def test_signed_readings_come_over_the_wire(bmc: Bmc, ipmi: Ipmi, units1: int) -> None:
    fields = {"units1": units1, "m": 2, "b": 30, "b_exponent": 1, "tolerance": 63, "accuracy": 999}
    total = sensor(1, "Sys Power", 100, **fields)
    assert await read(bmc, ipmi, total) == (Watts(100), ())


@pytest.mark.parametrize("curve", range(1, 12))
async def test_readings_on_a_curve_come_over_the_wire(bmc: Bmc, ipmi: Ipmi, curve: int) -> None:
    total = sensor(1, "Sys Power", 2, linearization=curve, r_exponent=-1)
    watts, _ = await read(bmc, ipmi, total)
    assert watts == pytest.approx(2, rel=0.3)


async def test_factors_that_each_reading_has_are_asked_for(bmc: Bmc, ipmi: Ipmi) -> None:
    class Bent(Sensor):
        def factors(self, raw: int) -> bytes:
            self.m = 2 if raw > 100 else 1
            return Sensor.factors(self, raw)

    total = Bent(number=1, name="Sys Power", value=lambda: 300, linearization=BY_READING, m=2)
    assert await read(bmc, ipmi, total) == (Watts(300), ())


async def test_a_sensor_is_asked_at_its_own_lun(bmc: Bmc, ipmi: Ipmi) -> None:
    other = sensor(1, "Inlet Power Cap", 50)
    assert await read(bmc, ipmi, other, sensor(1, "Sys Power", 400, lun=2)) == (Watts(400), ())


async def test_another_controllers_sensor_is_not_asked_of_the_bmc(bmc: Bmc, ipmi: Ipmi) -> None:
    node_manager = sensor(9, "Total Power", 20, owner=0x2C)
    assert await read(bmc, ipmi, node_manager, sensor(9, "Watt", 400)) == (Watts(400), ())


GONE = [
    pytest.param({"code": 0xCB}, id="absent"),
    pytest.param({}, id="unavailable"),
    pytest.param({"scanned": False}, id="not scanned"),
]


@pytest.mark.parametrize("gone", GONE)
async def test_a_supply_that_is_gone_is_left_out_and_flagged(
    bmc: Bmc, ipmi: Ipmi, gone: dict[str, int]
) -> None:
    there, _ = two_supplies(200, None)
    watts = 100 if "scanned" in gone else None
    missing = sensor(2, "PS2 Input", watts, entity=PSU_2, **gone)
    assert await read(bmc, ipmi, there, missing) == (Watts(200), ("partial",))


async def test_no_reading_at_all_is_unavailable_and_not_zero(bmc: Bmc, ipmi: Ipmi) -> None:
    with pytest.raises(Unavailable, match="no reading of Pwr Consumption is available"):
        await read(bmc, ipmi, sensor(1, "Pwr Consumption", None))


async def test_0_w_of_a_machine_that_is_on_is_none_until_it_has_measured(
    bmc: Bmc, ipmi: Ipmi
) -> None:
    bmc.commands.sensors = list(two_supplies(0, 0))
    collector = ipmi.collector(settings_of(bmc, source="sdr"))
    with pytest.raises(Unavailable, match="its sensors say 0 W, but the machine is on"):
        await collector.collect()
    bmc.commands.on = False
    assert (await power_of(collector)).power == Watts(0)
    bmc.commands.on, bmc.commands.sensors = True, list(two_supplies(200, 0))
    assert (await power_of(collector)).power == Watts(200)
    bmc.commands.sensors = list(two_supplies(0, 0))
    assert (await power_of(collector)).power == Watts(0)


@pytest.mark.parametrize("code", [0xC0, 0xCE, 0xD5, 0xFF])
async def test_a_supply_that_fails_leaves_no_sum_until_it_has_failed_three_times(
    bmc: Bmc, ipmi: Ipmi, code: int
) -> None:
    there, failing = two_supplies(200, 100)
    bmc.commands.sensors = [there, failing]
    collector = ipmi.collector(settings_of(bmc, source="sdr"))
    failing.code = code
    for _ in range(2):
        with pytest.raises(Unavailable, match=f"04h/2Dh refused: .*{code:02X}h"):
            await collector.collect()
    for _ in range(2):
        reading = await power_of(collector)
        assert (reading.power, reading.flags) == (Watts(200), ("partial",))
    failing.code = 0
    reading = await power_of(collector)
    assert (reading.power, reading.flags) == (Watts(300), ())
    failing.code = code
    with pytest.raises(Unavailable):
        await collector.collect()


def is_slow(number: int, seconds: float) -> Callable[[int, int, bytes], float]:
    """Let the reading of a sensor take long in truth."""
    return lambda netfn, command, data: (
        seconds if (netfn, command, data[:1]) == (*READ, bytes([number])) else 0.0
    )


def takes(clock: StillClock, number: int, seconds: float) -> Callable[[int, int, bytes], float]:
    """Let the reading of a sensor take long on the collector's clock."""

    def slow(netfn: int, command: int, data: bytes) -> float:
        if (netfn, command, data[:1]) == (*READ, bytes([number])):
            clock.time += timedelta(seconds=seconds)
        return 0.0

    return slow


async def test_an_absent_sensor_that_takes_long_is_left_alone_for_ten_minutes(
    bmc: Bmc, ipmi: Ipmi, clock: StillClock
) -> None:
    there, absent = two_supplies(200, 100)
    absent.code = 0xCB
    bmc.commands.sensors, bmc.slow = [there, absent], takes(clock, 2, 5)
    collector = ipmi.collector(settings_of(bmc, source="sdr"))
    begin = clock.now()
    for _ in range(5):
        assert (await power_of(collector)).flags == ("partial",)
    assert clock.now() - begin == timedelta(seconds=5)
    absent.code = 0
    assert (await power_of(collector)).power == Watts(200)
    clock.time += timedelta(minutes=10)
    assert (await power_of(collector)).power == Watts(300)


async def test_an_absent_sensor_that_says_so_at_once_is_asked_at_each_poll(
    bmc: Bmc, ipmi: Ipmi
) -> None:
    there, absent = two_supplies(200, 100)
    absent.code = 0xCB
    bmc.commands.sensors = [there, absent]
    collector = ipmi.collector(settings_of(bmc, source="sdr"))
    assert (await power_of(collector)).power == Watts(200)
    absent.code = 0
    assert (await power_of(collector)).power == Watts(300)


async def test_a_sensor_that_is_slower_than_the_timeout_is_waited_for_next_time(
    bmc: Bmc, ipmi: Ipmi
) -> None:
    bmc.commands.sensors = list(two_supplies(200, 100))
    collector = ipmi.collector(settings_of(bmc, source="sdr", **HASTY))
    await power_of(collector)
    bmc.slow = is_slow(2, 0.3)
    with pytest.raises(Unavailable, match="no answer within"):
        await collector.collect()
    for _ in range(2):
        assert (await power_of(collector)).power == Watts(300)


async def test_a_sensor_that_never_answers_is_absent_at_the_third_poll(
    bmc: Bmc, ipmi: Ipmi
) -> None:
    bmc.commands.sensors = list(two_supplies(200, 100))
    options = {"every": "500ms", "session": "fresh", **HASTY}
    collector = ipmi.collector(settings_of(bmc, source="sdr", **options))
    await power_of(collector)
    bmc.slow = is_slow(2, 60)
    for _ in range(2):
        with pytest.raises(Unavailable, match="no answer within"):
            await collector.collect()
    reading = await power_of(collector)
    assert (reading.power, reading.flags) == (Watts(200), ("partial",))


class CutShort(Sensor):
    def record(self, number: int) -> bytes:
        return Sensor.record(self, number)[:9]


async def test_one_record_that_cannot_be_read_does_not_lose_the_others(
    bmc: Bmc, ipmi: Ipmi
) -> None:
    broken = CutShort(number=1, name="Broken", value=lambda: 1.0)
    total = sensor(2, "Pwr Consumption", 400)
    assert await read(bmc, ipmi, broken, total) == (Watts(400), ())
    supply = sensor(2, "PSU1 PIN", 200, entity=PSU_1)
    assert await read(bmc, ipmi, broken, supply) == (Watts(200), ("partial",))


async def test_a_sensor_is_named_where_several_may_be_the_total(bmc: Bmc, ipmi: Ipmi) -> None:
    sensors = sensor(1, "Sys Power", 400), sensor(2, "Node Power", 200)
    with pytest.raises(Unavailable, match="Sys Power, Node Power; name one by `sensor`"):
        await read(bmc, ipmi, *sensors)
    assert await read(bmc, ipmi, *sensors, sensor="node power") == (Watts(200), ())


async def test_a_reading_that_is_cut_short_is_unavailable(bmc: Bmc, ipmi: Ipmi) -> None:
    class Short(Sensor):
        def reading(self) -> bytes:
            return b"\x00\x10"

    total = Short(number=1, name="Sys Power", value=lambda: 1.0)
    with pytest.raises(Unavailable, match="the reading of Sys Power is too short"):
        await read(bmc, ipmi, total)
