"""Which numbers of a device are readings: zeros, text, signs, rows, times."""

import pytest

from agent.clock import Clock
from agent.errors import Unavailable
from agent.model import Register
from collectors.snmp import Snmp
from collectors.snmp.reading.plan import Plan, Point
from collectors.snmp.reading.values import Memory, reading_of
from collectors.snmp.wire import ber
from config.profiles import EnergyQuantity, profile_of
from tests.collectors.snmp.acme import BASE, profile
from tests.collectors.snmp.conftest import (
    Recorded,
    Row,
    Start,
    device,
    settings,
    walk,
)
from tests.collectors.snmp.test_recordings import by_suffix

OBJECT_ID = "1.3.6.1.2.1.1.2.0"
APC = "1.3.6.1.4.1.318.1.1.26"
APC_ID = (OBJECT_ID, "6", "1.3.6.1.4.1.318.1.3.4.6")
RARITAN = "1.3.6.1.4.1.13742.6"
UPS = "1.3.6.1.2.1.33.1"
UMG = "1.3.6.1.4.1.34278"
WH = 3600


WITH_PROBES = """
meters:
  - {scope: total, power: {oid: B.1.0}}
  - scope: sensor
    name: B.2.1.{number}
    conditions: {temperature_celsius: {oid: "B.2.2.{number}", scale: 0.1}}
"""


def probes(tenths: int) -> list[Row]:
    return [
        (OBJECT_ID, "6", f"{BASE}.1"),
        (f"{BASE}.2.1.3", "4", "top of the rack"),
        (f"{BASE}.2.2.3", "2", str(tenths)),
    ]


def line(output: int, load: int, given: int) -> list[Row]:
    return [
        (OBJECT_ID, "6", "1.3.6.1.4.1.705.1"),
        (f"{UPS}.4.4.1.4.1", "2", str(output)),
        (f"{UPS}.4.4.1.5.1", "2", str(load)),
        (f"{UPS}.3.3.1.5.1", "2", str(given)),
        (f"{UPS}.2.4.0", "2", "91"),
        (f"{UPS}.2.7.0", "2", "0"),
        (f"{UPS}.4.2.0", "2", "500"),
    ]


async def test_an_input_of_zero_watts_counts_only_after_another_number(
    plugin: Snmp, start: Start
) -> None:
    agent = Recorded(line(400, 7, 0))
    one = device(plugin, await start(agent))
    powers = []
    for given in (0, 450, 0):
        agent.change(line(400, 7, given))
        powers.append({key: one.power for key, one in by_suffix(await one.collect()).items()})
    assert powers == [{"": 400.0}, {"": 400.0, "/input": 450.0}, {"": 400.0, "/input": 0.0}]


async def test_an_output_of_zero_watts_counts_only_without_a_load(
    plugin: Snmp, start: Start
) -> None:
    agent = Recorded(line(0, 0, 0))
    one = device(plugin, await start(agent))
    (idle,) = await one.collect()
    assert idle.power == 0.0
    assert idle.conditions == {"load_ratio": 0.0, "battery_ratio": 0.91, "frequency_hertz": 50.0}
    agent.change(line(0, 30, 0))
    with pytest.raises(Unavailable) as failing:
        await one.collect()
    assert str(failing.value) == (
        "rack-1: it answers, but with no power and no energy of profile ups-mib: "
        "it has battery_ratio, frequency_hertz, load_ratio only"
    )
    (seen,) = failing.value.seen
    assert seen.conditions["load_ratio"] == 0.3


async def test_a_sensor_is_read_beside_a_total_and_alone(
    start: Start,
) -> None:
    """A device that has sensors alone has all that it can have."""
    plugin = Snmp(Clock(), {"acme": profile(WITH_PROBES)})
    agent = Recorded([(f"{BASE}.1.0", "2", "420"), *probes(215)])
    one = device(plugin, await start(agent))
    readings = by_suffix(await one.collect())
    assert readings[""].power == 420
    assert readings["/sensor/3"].conditions == {"temperature_celsius": 21.5}
    assert not readings["/sensor/3"].books
    assert one.names == {"rack-1/sensor/3": "top of the rack"}
    one = device(plugin, await start(Recorded(probes(220))))
    assert [reading.meter for reading in await one.collect()] == ["rack-1/sensor/3"]
    await plugin.close()


async def test_a_meter_with_a_column_per_phase_is_read_signed(plugin: Snmp, start: Start) -> None:
    values = {"2.1.0": -1200, "2.3.0": 1250, "4.1.0": 123_456, "6.1.0": 4998}
    values |= {"1.13.0": -400, "1.14.0": -300, "1.15.0": -500, "3.1.0": 41_152}
    values |= {"1.1.0": 2305, "1.7.0": 1740, "1.19.0": 410}
    rows = [(f"{UMG}.{name}", "2", str(value)) for name, value in values.items()]
    port = await start(Recorded([(OBJECT_ID, "6", f"{UMG}.8.6"), *rows]))
    readings = by_suffix(await device(plugin, port, read=["total", "phase"]).collect())
    assert (readings[""].power, readings[""].energy) == (-1200.0, 12_345_600 * WH)
    assert readings[""].conditions == {
        "apparent_power_voltamperes": 1250.0,
        "frequency_hertz": 49.98,
    }
    assert {key: reading.power for key, reading in readings.items()} == {
        "": -1200.0,
        "/phase/1": -400.0,
        "/phase/2": -300.0,
        "/phase/3": -500.0,
    }
    assert readings["/phase/1"].conditions["current_amperes"] == 1.74


NESTED = """
name: nested
title: Nested
match: {object_ids: [1.3.6.1.4.1.9999]}
limit_watts: 1000
meters:
  - scope: outlet
    power: {oid: "1.3.6.1.4.1.9999.1.{unit}.{number}"}
    conditions:
      current_amperes: {oid: "1.3.6.1.4.1.9999.1.1.{number}"}
"""


async def test_a_column_below_another_is_walked_once(start: Start) -> None:
    plugin = Snmp(Clock(), {"nested": profile_of(NESTED, "nested.yaml")})
    base = "1.3.6.1.4.1.9999"
    rows = [(OBJECT_ID, "6", base)]
    rows += [(f"{base}.1.{unit}.{n}", "2", str(n)) for unit in (1, 2) for n in range(1, 13)]
    one = plugin.collector(settings(await start(Recorded(rows)), read=["outlet"]))
    readings = by_suffix(await one.collect())
    await plugin.close()
    assert len(readings) == 24
    assert readings["/outlet/2.7"].conditions == {"current_amperes": 7.0}


OTHER = """
name: other
title: Other
match: {object_ids: [1.3.6.1.4.1.9999]}
limit_watts: 1000
meters:
  - scope: outlet
    where: [{oid: "1.3.6.1.4.1.9999.1.2.{row}", values: [watts]}]
    power: {oid: "1.3.6.1.4.1.9999.1.1.{row}", unit: kW, not_available: [N/A, 9999]}
    energy: {oid: "1.3.6.1.4.1.9999.1.3.{row}", unit: kWh, modulus: 10000000}
"""


async def test_numbers_sent_as_text_are_read_and_other_rows_are_not(start: Start) -> None:
    plugin = Snmp(Clock(), {"other": profile_of(OTHER, "other.yaml")})
    base = "1.3.6.1.4.1.9999"
    rows = [(OBJECT_ID, "6", f"{base}.7")]
    for row, (power, kind) in enumerate(
        [
            ("0.061kW", "watts"),
            ("N/A", "watts"),
            ("12", "volts"),
            ("9999", "watts"),
            ("x", "watts"),
        ],
        start=1,
    ):
        rows += [(f"{base}.1.1.{row}", "4", power), (f"{base}.1.2.{row}", "4", kind)]
    rows += [(f"{base}.1.3.1", "4", "2.28 kWh"), (f"{base}.1.3.2", "4", "1")]
    one = plugin.collector(settings(await start(Recorded(rows)), read=["outlet"]))
    readings = by_suffix(await one.collect())
    await plugin.close()
    assert readings.keys() == {"/outlet/1", "/outlet/2"}
    assert (readings["/outlet/1"].power, readings["/outlet/1"].energy) == (61.0, 2280 * WH)
    assert (readings["/outlet/2"].power, readings["/outlet/2"].energy) == (None, 1000 * WH)
    assert readings["/outlet/1"].register.span == 10_000_000 * 1000 * WH


ODD = [
    b"9" * 5000,
    b"1e400",
    b"\xff\x00",
    b"",
    b" 12.5 W",
    1e300,
    float("nan"),
    float("-inf"),
    -(2**71),
    2**72 - 1,
    0,
    None,
]


@pytest.mark.parametrize("value", ODD)
def test_no_value_that_an_agent_can_send_is_an_error(value: ber.Value) -> None:
    quantity = EnergyQuantity.model_validate({"oid": "1.3.6.1", "zero_with": "1.3.6.1"})
    name = ber.oid("1.3.6.1")
    point = Point(oid=name, worth=(3600, 7), quantity=quantity, available=name, zero_with=(name,))
    plan = Plan(suffix="", register=Register(), power=(point,) * 2, energy=(point,), conditions=())
    reading = reading_of(
        "rack-1", plan, {name: value}, at=Clock().now(), memory=Memory(), register=Register()
    )
    assert (reading is not None) == (value in (b" 12.5 W", 0))


async def test_readings_of_one_poll_have_the_time_of_its_answers(
    plugin: Snmp, start: Start
) -> None:
    clock = Clock()
    before = clock.now()
    readings = await device(plugin, await start(Recorded(walk("apc_ap8959eu3.snmprec")))).collect()
    assert all(before <= reading.at <= clock.now() for reading in readings)
