"""The ready maps and maps of one's own, with the messages that such devices send."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agent.model import Zeroed
from collectors.mqtt import Mqtt
from tests.collectors.mqtt.conftest import Broker, first, later, needs_mosquitto, settings

pytestmark = needs_mosquitto

KWH = 3_600_000

ONE_PHASE = {
    "Time": "2022-01-11T21:57:38",
    "ENERGY": {
        "TotalStartTime": "2020-10-21T22:15:00",
        "Total": 3.705,
        "Yesterday": 0.028,
        "Today": 0.026,
        "Period": 1,
        "Power": 5,
        "ApparentPower": 6,
        "ReactivePower": 0,
        "Factor": 0.83,
        "Voltage": 233,
        "Current": 0.021,
    },
}
THREE_PHASES = {
    "Time": "2025-02-16T21:28:28",
    "ENERGY": {
        "TotalStartTime": "2024-08-14T20:17:44",
        "Total": [1.5, 0.25, 0.125],
        "Power": [10, 20, 30],
        "ApparentPower": [15, 25, 35],
        "Factor": [0.66, 0.8, 0.86],
        "Frequency": [50, 50, 50],
        "Voltage": [230, 231, 232],
        "Current": [0.065, 0.108, 0.15],
    },
}


async def test_tasmota_of_one_phase(mqtt: Mqtt, broker: Broker) -> None:
    collector = mqtt.collector(settings(broker.port, map="tasmota"))
    readings = await first(mqtt, collector, broker, ("tele/plug-1/SENSOR", ONE_PHASE))
    (reading,) = readings.values()
    assert (reading.meter, reading.energy, reading.power) == ("plug-1", 3.705 * KWH, 5.0)
    assert reading.conditions == {
        "apparent_power_voltamperes": 6.0,
        "power_factor_ratio": 0.83,
        "voltage_volts": 233.0,
        "current_amperes": 0.021,
    }
    # The device's own time has no zone and is years old: when it came is what counts.
    assert datetime.now(UTC) - reading.at < timedelta(minutes=1)
    assert (reading.register.step, reading.register.zeroed) == (3600, Zeroed.NEVER)
    assert reading.register.limit == 44_000


async def test_tasmota_of_three_phases_is_the_whole_and_each_of_them(
    mqtt: Mqtt, broker: Broker
) -> None:
    one = settings(broker.port, map="tasmota", read=["total", "phase"], limit_watts=11000)
    collector = mqtt.collector(one)
    readings = await first(mqtt, collector, broker, ("tele/plug-1/SENSOR", THREE_PHASES))
    assert {meter: one.power for meter, one in readings.items()} == {
        "plug-1": 60.0,
        "plug-1/phase/1": 10.0,
        "plug-1/phase/2": 20.0,
        "plug-1/phase/3": 30.0,
    }
    assert readings["plug-1"].energy == 1.875 * KWH
    assert readings["plug-1/phase/2"].energy == 0.25 * KWH
    # A sum of voltages is none.
    assert readings["plug-1"].conditions == {"apparent_power_voltamperes": 75.0}
    assert readings["plug-1/phase/3"].conditions["voltage_volts"] == 232.0
    assert {one.register.limit for one in readings.values()} == {11000.0}


async def test_a_part_of_a_phase_list_is_not_the_whole(mqtt: Mqtt, broker: Broker) -> None:
    said = {"ENERGY": {"Total": [1, None, 2], "Power": [10, 20, 30]}}
    collector = mqtt.collector(settings(broker.port, map="tasmota"))
    readings = await first(mqtt, collector, broker, ("tele/plug-1/SENSOR", said))
    assert (readings["plug-1"].energy, readings["plug-1"].power) == (None, 60.0)


def notified(at: float, **components: object) -> dict[str, Any]:
    params = {"ts": at, **{name.replace("_", ":"): said for name, said in components.items()}}
    return {"src": "shellypro4pm-1", "dst": "p/events", "method": "NotifyStatus", "params": params}


async def test_shelly_says_what_has_changed_and_when(mqtt: Mqtt, broker: Broker) -> None:
    one = settings(broker.port, map="shelly-gen2", places={"channel": "0"})
    collector = mqtt.collector(one)
    at = datetime.now(UTC) - timedelta(seconds=20)
    both = {"id": 0, "apower": 12.5, "voltage": 231.5, "aenergy": {"total": 1234.567}}
    topic = "plug-1/events/rpc"
    readings = await first(
        mqtt, collector, broker, (topic, notified(at.timestamp(), switch_0=both))
    )
    reading = readings["plug-1"]
    assert (reading.power, reading.energy) == (12.5, 1234.567 * 3600 // 1)
    assert abs(reading.at - at) < timedelta(milliseconds=1)
    assert reading.register.zeroed is Zeroed.RESTART
    wifi = notified(at.timestamp() + 5, wifi={"rssi": -60})
    changed = notified(at.timestamp() + 7, switch_0={"id": 0, "apower": 99})
    readings = await later(collector, broker, (topic, wifi), (topic, changed))
    assert (readings["plug-1"].power, readings["plug-1"].energy) == (99.0, None)
    assert readings["plug-1"].conditions == {"voltage_volts": 231.5}
    await broker.publish("plug-1/status/switch:0", {"id": 0, "apower": 55})
    readings = await later(collector, broker)
    assert readings["plug-1"].power == 55.0


async def test_the_relays_of_a_strip_are_outlets(mqtt: Mqtt, broker: Broker) -> None:
    collector = mqtt.collector(settings(broker.port, map="shelly-gen2", read=["outlet"]))
    at = datetime.now(UTC).timestamp()
    said = notified(at, switch_0={"apower": 1}, switch_3={"apower": 4, "aenergy": {"total": 2}})
    readings = await first(
        mqtt,
        collector,
        broker,
        ("plug-1/events/rpc", said),
        ("plug-1/status/switch:1", {"apower": 2}),
        ("plug-1/status/input:1", {"state": True}),
    )
    assert {meter: one.power for meter, one in readings.items()} == {
        "plug-1/outlet/0": 1.0,
        "plug-1/outlet/1": 2.0,
        "plug-1/outlet/3": 4.0,
    }
    assert readings["plug-1/outlet/3"].energy == 7200


async def test_shelly_em_of_three_phases(mqtt: Mqtt, broker: Broker) -> None:
    one = settings(broker.port, map="shelly-gen2", places={"channel": "0"}, read=["total", "phase"])
    collector = mqtt.collector(one)
    power = {"id": 0, "a_act_power": 951.2, "a_voltage": 236.1, "b_act_power": -951.1}
    power |= {"c_act_power": 715.4, "total_act_power": 715.5}
    energy = {"id": 0, "a_total_act_energy": 5, "b_total_act_energy": 6, "c_total_act_energy": 7}
    readings = await first(
        mqtt,
        collector,
        broker,
        ("plug-1/status/em:0", power),
        ("plug-1/status/emdata:0", energy | {"total_act": 18, "total_act_ret": 3}),
    )
    assert (readings["plug-1"].power, readings["plug-1"].energy) == (715.5, 18 * 3600)
    assert readings["plug-1/phase/2"].power == -951.1
    assert readings["plug-1/phase/3"].energy == 7 * 3600
    assert readings["plug-1/phase/1"].conditions == {"voltage_volts": 236.1}


async def test_zigbee2mqtt_says_when_the_device_was_heard(mqtt: Mqtt, broker: Broker) -> None:
    one = settings(broker.port, map="zigbee2mqtt", places={"device": "hall/plug"})
    collector = mqtt.collector(one)
    at = datetime.now(UTC) - timedelta(minutes=2)
    said = {"power": 30.5, "energy": 12.34, "voltage": 229, "current": 0.14, "state": "ON"}
    message = ("zigbee2mqtt/hall/plug", said | {"last_seen": at.isoformat()})
    readings = await first(mqtt, collector, broker, message)
    assert (readings["plug-1"].power, readings["plug-1"].energy) == (30.5, 12.34 * KWH)
    assert readings["plug-1"].at == at
    millis = int(at.timestamp() * 1000) + 5000
    readings = await later(
        collector, broker, ("zigbee2mqtt/hall/plug", {"power": 31, "last_seen": millis})
    )
    assert readings["plug-1"].at.timestamp() == millis / 1000


async def test_plain_values_of_topics_with_numbers(mqtt: Mqtt, broker: Broker) -> None:
    outlet = {
        "power": {"topic": "pdu/{device}/{number}/power"},
        "energy": {"topic": "pdu/{device}/{number}/kwh", "unit": "kWh", "step": 0.1, "bits": 32},
        "conditions": {"state": {"topic": "pdu/{device}/{number}/on"}},
        "limit_watts": 3680,
    }
    one = settings(broker.port, meters={"outlet/{number}": outlet})
    collector = mqtt.collector(one)
    readings = await first(
        mqtt,
        collector,
        broker,
        ("pdu/plug-1/1/power", "12.5"),
        ("pdu/plug-1/1/kwh", " 7.3\n"),
        ("pdu/plug-1/1/on", "1"),
        ("pdu/plug-1/24/power", "0"),
        ("pdu/plug-2/1/power", "99"),
        ("pdu/plug-1/no key/power", "99"),
    )
    assert readings.keys() == {"plug-1/outlet/1", "plug-1/outlet/24"}
    reading = readings["plug-1/outlet/1"]
    assert (reading.power, reading.energy) == (12.5, 7.3 * KWH)
    assert reading.conditions == {"state": 1.0}
    assert reading.register.step == 360_000
    assert reading.register.span == 2**32 * KWH
    assert reading.register.limit == 3680.0
    assert readings["plug-1/outlet/24"].power == 0.0


async def test_json_of_ones_own_with_a_daily_register(mqtt: Mqtt, broker: Broker) -> None:
    total = {
        "power": {"path": "$.now.kw", "unit": "kW", "not_available": [-1]},
        "energy": {"path": "$.today", "unit": "kWh", "step": 0.01, "zeroed": "daily"},
    }
    one = settings(broker.port, topic="hall/{device}", meters={"total": total}, longest_gap="1h")
    collector = mqtt.collector(one)
    said = {"now": {"kw": "1.25"}, "today": 4.5}
    reading = (await first(mqtt, collector, broker, ("hall/plug-1", said)))["plug-1"]
    assert (reading.power, reading.energy) == (1250.0, 4.5 * KWH)
    assert (reading.register.zeroed, reading.register.longest_gap) == (
        Zeroed.DAILY,
        timedelta(hours=1),
    )
    readings = await later(collector, broker, ("hall/plug-1", {"now": {"kw": -1}, "today": 5}))
    assert (readings["plug-1"].power, readings["plug-1"].energy) == (None, 5 * KWH)


@pytest.mark.parametrize(
    ("role", "unit", "worth"), [("water", "m3", 10**6), ("heat-reuse", "kWh", KWH)]
)
async def test_water_and_heat(mqtt: Mqtt, broker: Broker, role: str, unit: str, worth: int) -> None:
    total = {"energy": {"unit": unit, "step": 0.001}}
    one = settings(broker.port, role=role, topic="meter", meters={"total": total})
    reading = (await first(mqtt, mqtt.collector(one), broker, ("meter", "12.345")))["plug-1"]
    assert (reading.energy, reading.power) == (12_345 * worth // 1000, None)
