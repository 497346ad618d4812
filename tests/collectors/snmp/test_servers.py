"""Servers and switches in states that no recording shows, read by their own profiles."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from collectors.snmp.probing.entry import entry_of
from collectors.snmp.probing.probe import probe
from config.profiles import profiles
from tests.collectors.snmp.acme import Rows, walk_of

DESCRIPTION = "1.3.6.1.2.1.1.1.0"
NAMES = "1.3.6.1.2.1.47.1.1.1.1.7."
CLASSES = "1.3.6.1.2.1.47.1.1.1.1.5."
DRAC = "1.3.6.1.4.1.674.10892.5.4.600."
HEALTH = "1.3.6.1.4.1.232.6.2."
UCS = "1.3.6.1.4.1.9.9.719.1.9."
CISCO = "1.3.6.1.4.1.9.9.91.1.1.1.1."
SENSORS = "1.3.6.1.2.1.99.1.1.1."
IBMC = "1.3.6.1.4.1.2011.2.235.1.1."
XOS = "1.3.6.1.4.1.1916.1.1.1."
EMAN = "1.3.6.1.2.1.229.1.2.1."
COMWARE = "1.3.6.1.4.1.25506.2.6.1.3.1.1.3."


def arcs(name: str) -> list[int]:
    return [int(arc) for arc in name.split(".")]


async def read(folder: Path, object_id: str, rows: Rows) -> dict[str, Any]:
    ordered = {name: rows[name] for name in sorted(rows, key=arcs)}
    walk = walk_of(folder, ordered, f"6|1.3.6.1.4.1.{object_id}")
    return entry_of(await probe(walk, profiles()))


def sensors(base: str, named: Mapping[str, int]) -> Rows:
    """Return sensors in watts by their names."""
    rows: dict[str, object] = {}
    for number, (name, watts) in enumerate(named.items(), 10):
        columns = {1: 6, 2: 9, 3: 0, 4: watts, 5: 1}
        rows |= {f"{base}{column}.{number}": value for column, value in columns.items()}
        rows[f"{NAMES}{number}"] = name
    return rows


async def test_a_probe_of_a_supply_is_amperes_or_watts_by_its_type(tmp_path: Path) -> None:
    probes = {"1.1": (250, 26, "System"), "1.2": (120, 24, "PS1"), "1.3": (6, 23, "PS1")}
    rows = {
        f"{DRAC}30.1.{column}.{probe}": value
        for probe, values in probes.items()
        for column, value in zip((6, 7, 8), values, strict=True)
    }
    entry = await read(
        tmp_path,
        "674.10892.5",
        {**rows, f"{DRAC}60.1.7.1.1": 123456, "1.3.6.1.4.1.674.10892.5.1.3.12.0": "PowerEdge"},
    )
    assert (entry["vendor"], entry["model"], entry["role"]) == ("Dell", "PowerEdge", "server")
    assert entry["active_power_w"] == {"total": 250, "psus": {"1": 120}}
    assert entry["energy_wh"] == {"total": 123456}


@pytest.mark.parametrize(
    ("meter", "second", "total", "psus"),
    [
        # The meter says the whole; an absent supply is no meter.
        (212, (2, 0), 212, {"1": 110}),
        (-1, (2, 0), 110, {"1": 110}),
        (0, (2, 0), 110, {"1": 110}),
        # One that stands by is there, and draws nothing.
        (-1, (3, 0), 110, {"1": 110, "2": 0}),
    ],
)
async def test_the_power_meter_is_before_the_sum_of_the_supplies(
    tmp_path: Path, meter: int, second: tuple[int, int], total: float, psus: dict[str, float]
) -> None:
    rows = {
        f"{HEALTH}15.3.0": meter,
        f"{HEALTH}9.3.1.3.0.1": 3,
        f"{HEALTH}9.3.1.3.0.2": second[0],
        f"{HEALTH}9.3.1.7.0.1": 110,
        f"{HEALTH}9.3.1.7.0.2": second[1],
    }
    entry = await read(tmp_path, "232.9.4.11", rows)
    assert entry["active_power_w"] == {"total": total, "psus": psus}
    assert entry["confidence"]["active_power_w.total"] == ("high" if meter > 0 else "medium")


async def test_a_server_with_one_board_is_that_board(tmp_path: Path) -> None:
    rows = {
        f"{UCS}14.1.2.1": "sys/rack-unit-1/board/power-stats",
        f"{UCS}14.1.4.1": 187,
        f"{UCS}35.1.32.1": "UCSC-C220-M5SX",
    }
    entry = await read(tmp_path, "9.1.1682", rows)
    assert (entry["role"], entry["model"]) == ("server", "UCSC-C220-M5SX")
    assert entry["active_power_w"] == {"total": 187}


async def test_boards_behind_a_fabric_interconnect_are_named_by_their_place(
    tmp_path: Path,
) -> None:
    rows = {
        f"{UCS}14.1.2.7": "sys/chassis-1/blade-1/board/power-stats",
        f"{UCS}14.1.2.9": "sys/chassis-1/blade-2/board/power-stats",
        f"{UCS}14.1.4.7": 187,
        f"{UCS}14.1.4.9": 150,
    }
    entry = await read(tmp_path, "9.12.3.1.3.1062", rows)
    boards = {"chassis-1/blade-1": 187, "chassis-1/blade-2": 150}
    assert entry["active_power_w"] == {"total": 337, "boards": boards}


@pytest.mark.parametrize("object_id", ["2011.2.235", "8072.3.2.10"])
async def test_a_bmc_is_known_by_its_supplies_whatever_it_calls_itself(
    tmp_path: Path, object_id: str
) -> None:
    rows = {f"{IBMC}1.13.0": 244, f"{IBMC}20.4.0": 1234}
    for supply, watts in ((1, 120), (2, 118)):
        rows |= {f"{IBMC}6.50.1.8.{supply}": watts, f"{IBMC}6.50.1.9.{supply}": 2}
    entry = await read(tmp_path, object_id, rows)
    assert (entry["vendor"], entry["role"]) == ("Huawei", "server")
    assert entry["active_power_w"] == {"total": 238, "psus": {"1": 120, "2": 118}}
    assert entry["energy_wh"] == {"total": 1234000}


async def test_without_watts_of_the_supplies_the_bmc_says_the_whole(tmp_path: Path) -> None:
    rows = {f"{IBMC}1.13.0": 244, f"{IBMC}6.50.1.8.1": 0, f"{IBMC}6.50.1.9.1": 2}
    assert (await read(tmp_path, "2011.2.235", rows))["active_power_w"] == {"total": 244}


async def test_the_multiplier_of_the_device_is_the_scale(tmp_path: Path) -> None:
    supplies = {f"{XOS}27.1.2.1": 2, f"{XOS}27.1.9.1": 52550, f"{XOS}27.1.11.1": -3}
    system = await read(tmp_path, "1916.2.164", {f"{XOS}40.1.0": 96, f"{XOS}40.2.0": 0, **supplies})
    assert system["active_power_w"] == {"total": 96, "psus_input": {"1": 52.55}}
    alone = await read(tmp_path, "1916.2.164", {f"{XOS}40.1.0": 0, **supplies})
    assert alone["active_power_w"] == {"total": 52.55, "psus_input": {"1": 52.55}}


@pytest.mark.parametrize(("object_id", "base"), [("9.12.3.1.3.1", CISCO), ("99999.1", SENSORS)])
async def test_both_sides_of_a_supply_are_not_added_up(
    tmp_path: Path, object_id: str, base: str
) -> None:
    named = {
        "Power Supply 1 Input Power": 300,
        "Power Supply 1 Output Power": 270,
        "Power Supply 1 Capacity": 1100,
        "Power Supply 2 Input Power": 310,
        "Power Supply 2 Output Power": 280,
        "Ethernet1/1 Lane 1 Transceiver Rx Power": 1,
    }
    entry = await read(tmp_path, object_id, sensors(base, named))
    power = entry["active_power_w"]
    assert power["total"] == 610
    assert sorted(power["psus_input"].values()) == [300, 310]
    assert sorted(power["psus_output"].values()) == [270, 280]
    assert "psus" not in power


@pytest.mark.parametrize(
    ("chassis", "total"),
    [({"2": 120, "3": 130}, 250), ({"2": 0}, 60)],
    ids=["a stack", "boards alone"],
)
async def test_boards_count_only_where_no_chassis_does(
    tmp_path: Path, chassis: dict[str, int], total: float
) -> None:
    rows = {f"{COMWARE}{one}": watts * 1000 for one, watts in chassis.items()}
    rows |= {f"{CLASSES}{one}": 3 for one in chassis}
    board = {f"{COMWARE}40": 60_000, f"{CLASSES}40": 9, f"{COMWARE}50": 0, f"{CLASSES}50": 10}
    entry = await read(tmp_path, "25506.1.1", {**rows, **board})
    assert entry["active_power_w"]["total"] == total
    assert entry["confidence"]["active_power_w.total"] == "low"


@pytest.mark.parametrize(
    ("description", "vendor", "model"),
    [
        ("HPE Comware Platform Software HPE FlexFabric 5940 48SFP+ Switch", "HPE", "5940"),
        ("H3C Comware Platform Software H3C S6800-54QF", "H3C", "S6800"),
    ],
)
async def test_the_description_says_whose_switch_it_is(
    tmp_path: Path, description: str, vendor: str, model: str
) -> None:
    rows = {DESCRIPTION: description, f"{COMWARE}2": 100_000, f"{CLASSES}2": 3}
    entry = await read(tmp_path, "25506.11.1", rows)
    assert (entry["vendor"], entry["model"]) == (vendor, model)


@pytest.mark.parametrize(
    ("caliber", "multiplier", "power"),
    [(3, 0, {"total": 250}), (4, -3, {"total": 0.25}), (5, 0, None), (1, 0, None)],
    ids=["measured", "estimated", "of the nameplate", "unavailable"],
)
async def test_an_energy_object_counts_if_it_was_measured(
    tmp_path: Path, caliber: int, multiplier: int, power: dict[str, float] | None
) -> None:
    columns = {1: 250, 3: multiplier, 5: caliber}
    rows = {f"{EMAN}{column}.1": value for column, value in columns.items()}
    entry = await read(tmp_path, "99999.1", {**rows, f"{CLASSES}1": 3})
    assert entry.get("active_power_w") == power


async def test_a_family_without_a_unit_says_why_it_is_not_read(tmp_path: Path) -> None:
    entry = await read(tmp_path, "2636.1.1.1.2.29", {"1.3.6.1.4.1.2636.3.1.13.1.26.1": 5})
    assert (entry["vendor"], entry["role"]) == ("Juniper", "switch")
    assert "active_power_w" not in entry
    assert "the MIB does not say" in entry["notes"]
