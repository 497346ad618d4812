"""One device: meters and their registers, rows that come and go, and what is not a reading."""

from datetime import timedelta

import pytest

from agent.errors import Unavailable
from collectors.snmp import Snmp
from collectors.snmp import device as device_module
from tests.collectors.snmp.conftest import (
    Arcs,
    Recorded,
    Row,
    Start,
    Untyped,
    device,
)
from tests.collectors.snmp.test_recordings import by_suffix

OBJECT_ID = "1.3.6.1.2.1.1.2.0"
APC = "1.3.6.1.4.1.318.1.1.26"
APC_ID = (OBJECT_ID, "6", "1.3.6.1.4.1.318.1.3.4.6")
RARITAN = "1.3.6.1.4.1.13742.6"
UPS = "1.3.6.1.2.1.33.1"
UMG = "1.3.6.1.4.1.34278"
WH = 3600


def module(unit: int, power: int, energy: int) -> list[Row]:
    table = f"{APC}.4.3.1"
    return [(f"{table}.5.{unit}", "2", str(power)), (f"{table}.9.{unit}", "2", str(energy))]


def phases(unit: int, first: int) -> list[Row]:
    table, rows = f"{APC}.6.3.1", []
    for number in (1, 2, 3):
        row = first + number - 1
        rows += [(f"{table}.2.{row}", "2", str(unit)), (f"{table}.3.{row}", "2", str(number))]
        rows += [(f"{table}.5.{row}", "2", "65"), (f"{table}.6.{row}", "2", "231")]
        rows += [(f"{table}.7.{row}", "2", str(10 * unit + number))]
    return rows


def outlets(count: int) -> list[Row]:
    table, rows = f"{APC}.9.4.3.1", []
    for number in range(1, count + 1):
        rows += [(f"{table}.2.{number}", "2", "1"), (f"{table}.4.{number}", "2", str(number))]
        rows += [(f"{table}.6.{number}", "2", "5"), (f"{table}.7.{number}", "2", str(number))]
        rows += [(f"{table}.11.{number}", "2", "10")]
    return rows


async def test_a_chain_of_units_is_summed_and_its_units_are_told_apart(
    plugin: Snmp, start: Start
) -> None:
    agent = Recorded(
        [APC_ID, *module(1, 27, 100), *module(2, 30, 50), *phases(1, 1), *phases(2, 4)]
    )
    one = device(plugin, await start(agent), read=["total", "inlet", "phase"])
    readings = by_suffix(await one.collect())
    assert {key: reading.power for key, reading in readings.items()} == {
        "": 570.0,
        "/inlet/1": 270.0,
        "/inlet/2": 300.0,
        **{f"/phase/{number}": 100.0 + 10 * number for number in (1, 2, 3)},
        **{f"/phase/2.{number}": 200.0 + 10 * number for number in (1, 2, 3)},
    }
    assert readings[""].energy == 15_000 * WH
    assert readings[""].source == "snmp 1+2"
    assert readings["/inlet/1"].source == "snmp"
    assert readings["/phase/1"].conditions == {"current_amperes": 6.5, "voltage_volts": 231.0}


async def test_a_sum_without_one_of_its_parts_is_missing(plugin: Snmp, start: Start) -> None:
    agent = Recorded([APC_ID, *module(1, 27, 100), *module(2, 30, 50)])
    one = device(plugin, await start(agent))
    assert by_suffix(await one.collect())[""].power == 570.0
    del agent.values[(*map(int, f"{APC}.4.3.1.5.2".split(".")),)]
    readings = by_suffix(await one.collect())
    assert (readings[""].power, readings[""].energy) == (None, 15_000 * WH)
    assert readings["/inlet/1"].power == 270.0
    agent.change(module(2, -1, -1))
    assert set(by_suffix(await one.collect())) == {"/inlet/1"}


async def test_a_unit_that_joins_is_found_and_its_counter_is_another_one(
    plugin: Snmp, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = Recorded([APC_ID, *module(1, 27, 100)])
    one = device(plugin, await start(agent))
    (before,) = await one.collect()
    assert (before.power, before.source) == (270.0, "snmp")
    agent.change(module(2, 30, 50_000))
    (same,) = await one.collect()
    assert same.power == 270.0
    monkeypatch.setattr(device_module, "RELEARN", 0.0)
    readings = by_suffix(await one.collect())
    assert (readings[""].power, readings[""].source) == (570.0, "snmp 1+2")


async def test_the_register_comes_from_the_profile_and_its_limit_from_the_settings(
    plugin: Snmp, start: Start
) -> None:
    port = await start(Recorded([APC_ID, *module(1, 27, 100), *outlets(2)]))
    readings = by_suffix(await device(plugin, port, read=["total", "outlet"]).collect())
    register = readings[""].register
    assert (register.step, register.span) == (100 * WH, 2**31 * 100 * WH)
    assert (register.limit, register.longest_gap) == (25_000.0, timedelta(minutes=5))
    assert readings["/outlet/1"].register.limit == 7400.0
    one = device(plugin, port, read=["total", "outlet"], limit_watts=11_000)
    readings = by_suffix(await one.collect())
    assert readings[""].register.limit == 11_000.0
    assert readings["/outlet/1"].register.limit == 7400.0
    one = device(plugin, port, read=["total", "outlet"], limit_watts=3000)
    assert {reading.register.limit for reading in await one.collect()} == {3000.0}


@pytest.mark.parametrize(
    ("version", "kinds"),
    [
        ("v2c", ["GetRequestPDU", "GetBulkRequestPDU", "GetBulkRequestPDU"]),
        ("v1", ["GetRequestPDU", "GetRequestPDU"]),
    ],
)
async def test_many_outlets_are_read_by_getbulk_where_there_is_one(
    plugin: Snmp, start: Start, version: str, kinds: list[str]
) -> None:
    agent = Recorded([APC_ID, *module(1, 27, 100), *outlets(24)])
    one = device(plugin, await start(agent), read=["total", "outlet"], version=version)
    first = await one.collect()
    agent.requests.clear()
    again = by_suffix(await one.collect())
    assert agent.requests == kinds
    assert len(first) == len(again) == 25
    assert again["/outlet/24"].power == 24.0
    assert again["/outlet/24"].energy == 1000 * WH
    assert again["/outlet/24"].conditions == {"current_amperes": 0.5}


async def test_outlets_that_fail_leave_the_rest(plugin: Snmp, start: Start) -> None:
    class Halting(Recorded):
        halted = False

        def bulk(self, names: list[Arcs], repetitions: int) -> list[tuple[Arcs, Untyped]]:
            if self.halted:
                return [(names[0], self.values[self.names[0]])]
            return super().bulk(names, repetitions)

    agent = Halting([APC_ID, *module(1, 27, 100), *outlets(24)])
    one = device(plugin, await start(agent), read=["total", "outlet"])
    assert len(await one.collect()) == 25
    agent.halted = True
    (total,) = await one.collect()
    assert total.meter == "rack-1"
    agent.halted = False
    assert len(await one.collect()) == 25


async def test_a_table_that_loops_leaves_the_rest(plugin: Snmp, start: Start) -> None:
    class Circling(Recorded):
        def next(self, name: Arcs) -> tuple[Arcs, Untyped]:
            at, value = super().next(name)
            return (at if at[10:12] != (9, 4) else (*at[:-1], 1)), value

    agent = Circling([APC_ID, *module(1, 27, 100), *outlets(24)])
    (total,) = await device(plugin, await start(agent), read=["total", "outlet"]).collect()
    assert (total.meter, total.power) == ("rack-1", 270.0)
    one = device(plugin, await start(agent), read=["outlet"])
    with pytest.raises(Unavailable, match="rack-1: its table loops at"):
        await one.collect()


async def test_a_named_profile_is_not_detected(plugin: Snmp, start: Start) -> None:
    agent = Recorded(module(1, 27, 100))
    (reading,) = await device(plugin, await start(agent), profile="apc-rpdu2").collect()
    assert reading.power == 270.0


async def test_a_profile_that_does_not_fit_is_named(plugin: Snmp, start: Start) -> None:
    port = await start(Recorded(module(1, 27, 100)))
    with pytest.raises(Unavailable) as wrong:
        await device(plugin, port, profile="raritan-pdu2").collect()
    assert str(wrong.value) == (
        "rack-1: it answers, but has none of the OIDs of profile raritan-pdu2"
    )


async def test_a_device_that_loses_its_values_is_looked_at_anew(plugin: Snmp, start: Start) -> None:
    agent = Recorded([APC_ID, *module(1, 27, 100)])
    one = device(plugin, await start(agent))
    assert len(await one.collect()) == 1
    kept = dict(agent.values)
    agent.values = {name: value for name, value in kept.items() if len(name) < 10}
    agent.names = sorted(agent.values)
    with pytest.raises(Unavailable, match="no power and no energy of profile apc-rpdu2"):
        await one.collect()
    with pytest.raises(Unavailable, match="no profile for sysObjectID"):
        await one.collect()
    agent.values, agent.names = kept, sorted(kept)
    assert len(await one.collect()) == 1


async def test_who_answers_after_an_outage_is_looked_at_anew(plugin: Snmp, start: Start) -> None:
    agent = Recorded([APC_ID, *module(1, 27, 100)])
    one = device(plugin, await start(agent), timeout="300ms")
    assert len(await one.collect()) == 1
    agent.community = b"changed"
    with pytest.raises(Unavailable, match=r"no answer within 0\.6 s"):
        await one.collect()
    with pytest.raises(Unavailable, match=r"no answer within 0\.3 s"):
        await one.collect()
    agent.community = b"public"
    agent.change(module(2, 30, 50))
    assert by_suffix(await one.collect())[""].power == 570.0


async def test_equal_devices_share_what_is_known_of_them(plugin: Snmp, start: Start) -> None:
    ports = [await start(Recorded([APC_ID, *module(1, power, 100)])) for power in (27, 30)]
    first, second = (device(plugin, port, name=f"rack-{port}") for port in ports)
    assert ((await first.collect())[0].power, (await second.collect())[0].power) == (270.0, 300.0)
    assert first._layout is second._layout


async def test_decimal_digits_and_availability_are_the_devices_own(
    plugin: Snmp, start: Start
) -> None:
    def sensor(kind: int, value: int, digits: int, available: int) -> list[Row]:
        return [
            (f"{RARITAN}.5.2.3.1.4.1.1.{kind}", "66", str(value)),
            (f"{RARITAN}.3.3.4.1.7.1.1.{kind}", "66", str(digits)),
            (f"{RARITAN}.5.2.3.1.2.1.1.{kind}", "2", str(available)),
        ]

    rows = [(OBJECT_ID, "6", RARITAN), *sensor(5, 12345, 1, 1), *sensor(8, 987_654_321, 3, 1)]
    agent = Recorded([*rows, *sensor(1, 7467, 3, 1), *sensor(7, 98, 2, 2)])
    one = device(plugin, await start(agent))
    inlet = by_suffix(await one.collect())["/inlet/1"]
    assert (inlet.power, inlet.energy) == (1234.5, 987_654_321 * WH // 1000)
    assert inlet.conditions == {"current_amperes": 7.467}
    assert (inlet.register.step, inlet.register.span) == (4, 2**32 * WH // 1000)
    agent.change(sensor(5, 0, 1, 2))
    inlet = by_suffix(await one.collect())["/inlet/1"]
    assert (inlet.power, inlet.energy) == (None, 987_654_321 * WH // 1000)
