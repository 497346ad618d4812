"""Several ways to one meter, sums, conditions, names, states."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from agent.clock import Clock
from agent.errors import Unavailable
from collectors.snmp import Snmp
from collectors.snmp.probing.entry import entry_of
from tests.collectors.snmp.acme import BASE, probed, profile, read
from tests.collectors.snmp.conftest import Recorded, Start, settings


async def test_each_quantity_comes_from_the_first_that_has_it_now(tmp_path: Path) -> None:
    text = """
meters:
  - {scope: total, power: {oid: B.1.0}, energy: {oid: B.2.0, zero: missing, confidence: medium}}
  - {scope: total, power: {oid: B.3.0}, energy: {oid: B.4.0, unit: kWh}}
"""
    entry = await read(tmp_path, text, {"1.0": 5, "2.0": 0, "3.0": 6, "4.0": 7})
    assert (entry["active_power_w"], entry["energy_wh"]) == ({"total": 5}, {"total": 7000})
    assert entry["oids"]["energy_wh.total"] == f"{BASE}.4.0"
    first = await probed(tmp_path, text, {"1.0": 5, "2.0": 1, "4.0": 7})
    second = await probed(tmp_path, text, {"1.0": 5, "4.0": 7})
    assert entry_of(first)["confidence"]["energy_wh.total"] == "medium"
    # Another counter is another source, so that nothing is booked between the two.
    assert first.shown[0].meter.plan.rows != second.shown[0].meter.plan.rows


SUMS = """
meters:
  - {scope: total, sum_of: inlet}
  - {scope: total, sum_of: outlet, confidence: medium}
  - scope: inlet
    all_zero: missing
    power: {oid: "B.1.{number}"}
    energy: {oid: "B.2.{number}", unit: kWh}
  - scope: outlet
    power: {oid: "B.3.{number}"}
    energy: {oid: "B.4.{number}", unit: kWh}
"""


async def test_a_total_is_the_sum_of_inlets_or_else_of_outlets(tmp_path: Path) -> None:
    outlets = {"3.1": 10, "3.2": 20, "4.1": 1, "4.2": 2}
    inlets = await read(tmp_path, SUMS, {"1.1": 40, "1.2": 0, "2.1": 3, "2.2": 0, **outlets})
    assert inlets["active_power_w"]["total"] == 40
    assert inlets["oids"]["active_power_w.total"] == "sum of inlets"
    unmetered = await read(tmp_path, SUMS, {"1.1": 0, "1.2": 0, "2.1": 0, "2.2": 0, **outlets})
    assert unmetered["active_power_w"] == {"total": 30, "outlets": {"1": 10, "2": 20}}
    assert unmetered["energy_wh"]["total"] == 3000
    assert unmetered["oids"]["energy_wh.total"] == "sum of outlets"
    assert unmetered["confidence"]["energy_wh.total"] == "medium"


async def test_a_sum_is_polled_without_its_parts(start: Start) -> None:
    rows = [(f"{BASE}.{name}", "2", value) for name, value in (("3.1", "10"), ("3.2", "20"))]
    agent = Recorded([("1.3.6.1.2.1.1.2.0", "6", BASE), *rows])
    plugin = Snmp(Clock(), {"acme": profile(SUMS)})
    (reading,) = await plugin.collector(settings(await start(agent), read=["total"])).collect()
    await plugin.close()
    assert (reading.meter, reading.power) == ("rack-1", 30.0)


async def test_a_ups_that_says_its_load_only_books_nothing_and_says_so(
    tmp_path: Path, start: Start
) -> None:
    text = "meters: [{scope: total, conditions: {load_ratio: {oid: B.1.0, scale: 0.01}}}]"
    entry = await read(tmp_path, text, {"1.0": 31})
    assert entry["load_percent"] == {"total": 31}
    agent = Recorded([("1.3.6.1.2.1.1.2.0", "6", BASE), (f"{BASE}.1.0", "2", "31")])
    plugin = Snmp(Clock(), {"acme": profile(text)})
    with pytest.raises(Unavailable, match="no energy of profile acme: it has load_ratio only"):
        await plugin.collector(settings(await start(agent))).collect()
    await plugin.close()


async def test_a_family_without_power_says_why(tmp_path: Path, start: Start) -> None:
    text = "no_power: it reports currents only"
    entry = await read(tmp_path, text, {})
    assert entry == {
        "vendor": None,
        "model": None,
        "role": "pdu",
        "notes": "it reports currents only",
    }
    plugin = Snmp(Clock(), {"acme": profile(text)})
    port = await start(Recorded([("1.3.6.1.2.1.1.2.0", "6", BASE)]))
    with pytest.raises(Unavailable, match="no power to read: it reports currents only"):
        await plugin.collector(settings(port)).collect()
    await plugin.close()


async def test_names_and_states_of_outlets_are_shown(tmp_path: Path) -> None:
    text = """
meters:
  - scope: outlet
    name: "B.2.{number}"
    power: {oid: "B.1.{number}"}
    conditions: {state: {oid: "B.3.{number}", means: {"on": 1, "off": 0}}}
"""
    rows = {"1.1": 5, "1.2": 0, "2.1": "db-1", "3.1": "On", "3.2": "rebooting"}
    first, second = (await probed(tmp_path, text, rows)).shown
    assert (first.meter.name, first.said.conditions) == ("db-1", {"state": 1.0})
    assert (second.meter.name, second.said.conditions) == ("", {})


async def test_apparent_energy_is_a_condition(tmp_path: Path) -> None:
    text = """
meters:
  - scope: total
    power: {oid: B.1.0}
    conditions: {apparent_energy_voltamperehours: {oid: B.2.0, scale: 1000}}
"""
    entry = await read(tmp_path, text, {"1.0": 5, "2.0": 7})
    assert entry["apparent_energy_vah"] == {"total": 7000}


async def test_a_phase_without_any_value_is_no_meter(tmp_path: Path) -> None:
    text = """
meters:
  - {scope: total, power: {oid: B.1.0}}
  - {scope: phase, key: "1", power: {oid: B.2.0, not_available: [-1]}}
  - {scope: phase, key: "2", power: {oid: B.3.0}, conditions: {voltage_volts: {oid: B.4.0}}}
"""
    for rows in ({"1.0": 5}, {"1.0": 5, "2.0": -1, "4.0": ""}):
        shown = (await probed(tmp_path, text, rows)).shown
        assert [one.meter.plan.suffix for one in shown] == [""]


@pytest.mark.parametrize("third", [{}, {"1.3": ""}, {"1.3": "N/A"}])
async def test_a_sum_is_missing_where_a_part_has_only_conditions(
    tmp_path: Path, third: Mapping[str, object]
) -> None:
    text = """
meters:
  - scope: total
    rows: sum
    power: {oid: "B.1.{number}"}
    conditions: {load_ratio: {oid: "B.2.{number}"}, frequency_hertz: {oid: B.3.0}}
"""
    rows = {"1.1": 10, "1.2": 20, "2.1": 1, "2.2": 1, "2.3": 1, "3.0": 50}
    assert "active_power_w" not in await read(tmp_path, text, {**rows, **third})
    whole = await read(tmp_path, text, {**rows, "1.3": 30})
    assert whole["active_power_w"] == {"total": 60}
