"""Sensors of UPSs, cooling units and servers, as their MIBs say."""

from collections.abc import Mapping

from tests.collectors.snmp.unrecorded.device import Device, Sent, row
from tests.collectors.snmp.unrecorded.probes import Said

ROOT = "1.3.6.1.4.1."
NO_NAMES: Mapping[str, str] = {}


def agent(
    profile: str,
    object_id: str,
    sent: Sent,
    *,
    meant: Said,
    names: Mapping[str, str] = NO_NAMES,
) -> Device:
    """Return the part of a device that is about what is around it."""
    return Device(
        profile=profile,
        object_id=f"{ROOT}{object_id}",
        root=ROOT,
        sent=sent,
        meant=meant,
        names=names,
    )


def labelled(number: int, label: str, value: str, unit: str) -> Sent:
    """Return a row of a Liebert, with its label and unit."""
    return row("476.1.42.3.9.20.1", f"1.2.1.{number}", {10: label, 20: value, 30: unit})


def placed(
    number: int, place: int, columns: Mapping[int, int | str], *, moist: bool = False
) -> Sent:
    """Return a row of a Liebert that says by an OID where it measures."""
    table = "4.2" if moist else "4.1"
    entry = "476.1.42.3.4.2.2.3.1" if moist else "476.1.42.3.4.1.3.3.1"
    return row(entry, str(number), {2: f"1.3.6.1.4.1.476.1.42.3.{table}.1.{place}", **columns})


COOLING = agent(
    "liebert-thermal",
    "476.1.42",
    {
        **placed(1, 2, {3: 24, 50: 243}),
        **placed(2, 3, {3: 15}),
        **placed(3, 4, {3: 2147483647}),
        **placed(1, 2, {3: 41, 50: 412}, moist=True),
        **placed(2, 4, {3: 0}, moist=True),
        **row("476.1.42.3.4.9.10.1", "1", {3: 1, 4: "rack 7", 6: 27}),
        **row("476.1.42.3.4.9.10.1", "2", {3: 0, 4: "spare", 6: 25}),
    },
    meant={"return-air": (24.3, 0.412), "supply-air": (15.0, None), "1": (27.0, None)},
)
"""A cooling unit with the tables of older cards; the probe of one place is missing."""

AGENTS: Mapping[str, Device] = {
    # The second probe at the universal ports is lost; of the others one is in Fahrenheit, one gone.
    "PowerNet-MIB": agent(
        "apc-ups",
        "318.1.3.27",
        {
            "318.1.1.1.4.2.3.0": 22,
            **row("318.1.1.25.1.2.1", "1.1", {3: "aisle", 6: 23, 7: 45, 10: 2}),
            **row("318.1.1.25.1.2.1", "2.1", {3: "lost", 6: 24, 7: 40, 10: 3}),
            **row("318.1.1.25.1.2.1", "3.1", {3: "", 6: -1, 7: -1, 10: 1}),
            **row("318.1.1.10.2.3.2.1", "1", {2: "door", 3: 2, 4: 26, 5: 1, 6: 38}),
            **row("318.1.1.10.2.3.2.1", "2", {2: "back", 3: 2, 4: 55, 5: 2, 6: 39}),
            **row("318.1.1.10.2.3.2.1", "3", {2: "gone", 3: 1, 4: 21, 5: 1, 6: 40}),
            **{"318.1.1.2.1.1.0": 25, "318.1.1.2.1.2.0": 33},
            **{"318.1.1.2.1.3.0": 0, "318.1.1.2.1.4.0": 0},
        },
        meant={
            "1.1": (23.0, 0.45),
            "1": (26.0, 0.38),
            "2": (None, 0.39),
            "probe-1": (25.0, 0.33),
        },
        names={"1.1": "aisle", "1": "door", "2": "back"},
    ),
    # The second probe of the sensor does not answer.
    "XUPS-MIB": agent(
        "eaton-xups",
        "534.1",
        {
            **{"534.1.4.1.0": 40, "534.1.6.1.0": 27, "534.1.6.4.0": 0},
            **{"534.1.6.5.0": 22, "534.1.6.6.0": 51},
            **{"534.6.8.1.1.3.1.1.1": "cold aisle", "534.6.8.1.2.5.0": 1},
            **row("534.6.8.1.2.3.1", "1.1", {3: 214, 4: 2}),
            **row("534.6.8.1.2.3.1", "1.2", {3: 300, 4: 3}),
            **row("534.6.8.1.3.3.1", "1.1", {3: 472, 4: 2}),
            **row("705.1.8.7.1", "1", {2: 2, 3: 235, 6: 444}),
            **row("705.1.8.7.1", "2", {2: 1, 3: 0, 6: 0}),
        },
        meant={
            "ambient": (27.0, None),
            "remote": (22.0, 0.51),
            "1.1": (21.4, 0.472),
            "1": (23.5, 0.444),
        },
        names={"1.1": "cold aisle"},
    ),
    "XUPS-MIB with a sensor in Fahrenheit": agent(
        "eaton-xups",
        "534.1",
        {
            **{"534.1.4.1.0": 40, "534.1.6.1.0": 0, "534.1.6.5.0": 0, "534.1.6.6.0": 0},
            **{"534.6.8.1.2.5.0": 2},
            **row("534.6.8.1.2.3.1", "1.1", {3: 550, 4: 2}),
            **row("534.6.8.1.3.3.1", "1.1", {3: 472, 4: 2}),
        },
        meant={"1.1": (None, 0.472)},
    ),
    "LIEBERT-GP-ENVIRONMENTAL-MIB": COOLING,
    # A set point, a probe that is not there, and one of which the card says Fahrenheit.
    "LIEBERT-GP-FLEXIBLE-MIB of a cooling unit": agent(
        "liebert-thermal",
        "476.1.42",
        {
            **labelled(4291, "Return Air Temperature", "23.4", "deg C"),
            **labelled(5002, "Supply Air Temperature", "Unavailable", "deg C"),
            **labelled(5003, "Return Air Temperature Set Point", "22.0", "deg C"),
            **labelled(5004, "Remote Sensor Air Temperature 1", "58", "deg F"),
            **labelled(5028, "Return Humidity", "44.5", "% RH"),
        },
        meant={"Return-Air-Temperature": (23.4, None), "Return-Humidity": (None, 0.445)},
        names={"Return-Air-Temperature": "Return Air Temperature"},
    ),
    "LIEBERT-GP-FLEXIBLE-MIB of a UPS": agent(
        "liebert-ups",
        "476.1.42",
        {
            **labelled(4208, "System Output Power", "700", "W"),
            **labelled(4156, "Battery Temperature", "25", "deg C"),
            **labelled(4291, "Inlet Air Temperature", "24", "deg C"),
            **placed(1, 4, {3: 23}),
        },
        meant={"Inlet-Air-Temperature": (24.0, None), "ambient": (23.0, None)},
    ),
    "CPS-MIB": agent(
        "cyberpower-ups",
        "3808.1.1.1",
        {
            **{"3808.1.1.1.4.2.3.0": 20, "3808.1.1.4.1.1.0": "probe"},
            **{"3808.1.1.4.2.1.0": 74, "3808.1.1.4.2.6.0": 235, "3808.1.1.4.3.1.0": 41},
            **{"3808.1.1.8.1.2.1.3.1": "aisle", "3808.1.1.8.2.2.0": 1},
            **{"3808.1.1.8.2.3.1.3.1": 2250, "3808.1.1.8.3.2.1.3.1": 4120},
        },
        meant={"ambient": (23.5, 0.41), "1": (22.5, 0.412)},
        names={"ambient": "probe", "1": "aisle"},
    ),
    "the UPS-MIB of Dell": agent(
        "dell-ups",
        "674.10902.2",
        {
            **{"674.10902.2.120.7.2.0": "probe", "674.10902.2.120.7.3.1.0": 1},
            **{"674.10902.2.120.7.3.2.0": 221, "674.10902.2.120.7.3.3.0": 385},
        },
        meant={"ambient": (22.1, 0.385)},
        names={"ambient": "probe"},
    ),
    "the UPS-MIB of Dell, in Fahrenheit": agent(
        "dell-ups",
        "674.10902.2",
        {
            **{"674.10902.2.120.7.3.1.0": 0, "674.10902.2.120.7.3.2.0": 550},
            **{"674.10902.2.120.7.3.3.0": 385},
        },
        meant={"ambient": (None, 0.385)},
    ),
    "DeltaUPS-MIB": agent(
        "delta-ups",
        "2254.2.4",
        {"2254.2.4.5.7.0": 30, "2254.2.4.10.1.0": 24, "2254.2.4.10.2.0": 47},
        meant={"ambient": (24.0, 0.47)},
    ),
    "CPQPOWER-MIB": agent(
        "hpe-ups",
        "232.165.3",
        {
            **{"232.165.3.4.1.0": 30, "232.165.3.6.1.0": 26, "232.165.3.6.4.0": 0},
            **{"232.165.3.6.5.0": 21, "232.165.3.6.6.0": 44},
        },
        meant={"ambient": (26.0, None), "remote": (21.0, 0.44)},
    ),
    "MG-SNMP-UPS-MIB": agent(
        "mge-ups",
        "705.1",
        {
            **{"705.1.7.2.1.4.1.0": 30, "705.1.4.34.1.2.1": "door"},
            **row("705.1.8.7.1", "1", {2: 2, 3: 235, 6: 444}),
            **row("705.1.8.7.1", "2", {2: 1, 3: 215, 6: 400}),
            **{"705.1.8.1.0": 0, "705.1.8.2.0": 0},
        },
        meant={"1": (23.5, 0.444)},
        names={"1": "door"},
    ),
    "SOCOMECUPS7-MIB": agent(
        "socomec-netvision",
        "4555.1.1.7",
        {
            **{"4555.1.1.7.1.4.4.1.4.1": 30, "4555.1.1.7.1.2.7.0": 265},
            **{"4555.1.1.7.1.10.1.0": 221, "4555.1.1.7.1.10.2.0": 405},
        },
        meant={"ambient": (26.5, None), "remote": (22.1, 0.405)},
    ),
    "SOCOMECPDU-MIB": agent(
        "socomec-pdu",
        "4555.2.30",
        {
            **{"4555.2.30.2.1.0": 500, "4555.2.30.2.2.0": 2301, "4555.2.30.2.3.0": 12},
            **{"4555.2.30.4.1.0": 231, "4555.2.30.4.2.0": 42, "4555.2.30.4.19.0": 0},
        },
        meant={"ambient": (23.1, 0.42)},
    ),
    "SOCOMECPDU-MIB without its probe": agent(
        "socomec-pdu",
        "4555.2.30",
        {
            **{"4555.2.30.2.1.0": 500, "4555.2.30.2.2.0": 2301, "4555.2.30.2.3.0": 12},
            **{"4555.2.30.4.1.0": 231, "4555.2.30.4.2.0": 42, "4555.2.30.4.19.0": 1},
        },
        meant={},
    ),
    "TRIPPLITE-PRODUCTS of a UPS": agent(
        "tripplite-ups",
        "850.1.1.1",
        {
            **{"850.1.1.3.1.3.3.1.1.2.1": 600, "850.1.1.3.3.3.1.1.1.1": 226},
            **{"850.1.1.3.3.3.1.1.2.1": 727, "850.1.1.3.3.3.2.1.1.1": 39},
        },
        meant={"1": (22.6, 0.39)},
    ),
    "TRIPPLITE-PRODUCTS of an ATS": agent(
        "tripplite-ats",
        "850.1.1.1",
        {
            **{"850.1.1.3.4.3.1.1.1.1": 5, "850.1.1.3.3.3.1.1.1.1": 226},
            **{"850.1.1.3.3.3.1.1.2.1": 727, "850.1.1.3.3.3.2.1.1.1": 39},
        },
        meant={"1": (22.6, 0.39)},
    ),
    "EPPC-MIB": agent(
        "voltronic-eppc",
        "935.10.1",
        {"935.10.1.1.6.1.1.0": 234, "935.10.1.1.6.2.1.0": 41},
        meant={"ambient": (23.4, 0.41)},
    ),
    "EPPC-MIB without a probe": agent(
        "voltronic-eppc",
        "935.10.1",
        {"935.10.1.1.6.1.1.0": -1, "935.10.1.1.6.2.1.0": -1},
        meant={},
    ),
    "CISCO-UNIFIED-COMPUTING-MIB": agent(
        "cisco-cimc",
        "9.1.1682",
        {
            **{"9.9.719.1.9.14.1.4.1": 200},
            **row("9.9.719.1.9.44.1", "1", {2: "sys/rack-unit-1/board/temp-stats", 4: "24.5"}),
            **row("9.9.719.1.9.44.1", "2", {2: "sys/rack-unit-2/board/temp-stats", 8: "22.0"}),
        },
        meant={"rack-unit-1": (24.5, None), "rack-unit-2": (22.0, None)},
    ),
    # 6 is a processor; the third probe is not there.
    "CPQHLTH-MIB": agent(
        "hpe-ilo",
        "232.9.4.11",
        {
            **row("232.6.2.6.8.1", "0.1", {3: 11, 4: 21, 8: "01-Inlet Ambient"}),
            **row("232.6.2.6.8.1", "0.2", {3: 6, 4: 40, 8: "02-CPU 1"}),
            **row("232.6.2.6.8.1", "0.3", {3: 11, 4: 0, 8: "03-Front"}),
        },
        meant={"1": (21.0, None)},
        names={"1": "01-Inlet Ambient"},
    ),
    "HUAWEI-SERVER-IBMC-MIB": agent(
        "huawei-ibmc",
        "2011.2.235",
        {
            **{"2011.2.235.1.1.1.13.0": 300},
            **row("2011.2.235.1.1.26.50.1", "1", {2: "Inlet Temp", 3: 240}),
            **row("2011.2.235.1.1.26.50.1", "2", {2: "CPU1 Core Rem", 3: 450}),
        },
        meant={"Inlet-Temp": (24.0, None)},
        names={"Inlet-Temp": "Inlet Temp"},
    ),
    "ATEN-IPMI-MIB": agent(
        "supermicro-bmc",
        "21317",
        {
            **{"21317.1.14.2.1.5.1": 120},
            **row("21317.1.3.1", "1", {2: 45, 13: "CPU Temp"}),
            **row("21317.1.3.1", "2", {2: 25, 13: "Inlet Temp"}),
            **row("21317.1.3.1", "3", {2: 0, 13: "Ambient Temp"}),
        },
        meant={"Inlet-Temp": (25.0, None)},
        names={"Inlet-Temp": "Inlet Temp"},
    ),
    "DELL-RAC-MIB": agent(
        "dell-cmc",
        "674.10892.2",
        {"674.10892.2.4.1.1.13.1": "1200.000", "674.10892.2.3.1.10.0": 19},
        meant={"ambient": (19.0, None)},
    ),
    "DELL-MM-MIB": agent(
        "dell-ome-m",
        "674.10892.6",
        {"674.10892.6.4.1.1.9.1": "1200", "674.10892.6.3.1.8.0": 18},
        meant={"ambient": (18.0, None)},
    ),
}
"""Devices that nobody has recorded for us with a sensor, as their MIBs say."""
