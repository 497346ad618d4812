"""UPSs and DC plants, as their MIBs say."""

from collections.abc import Mapping, Sequence

from tests.collectors.snmp.unrecorded.device import Device, Sent

NET_SNMP = "1.3.6.1.4.1.8072.3.2.10"
LIEBERT = "1.3.6.1.4.1.476.1.42."
POINT = f"{LIEBERT}3.5.2.1."
"""What names the places where a large Liebert UPS measures."""
APC = "1.3.6.1.4.1.318.1.1.1."


def lines(columns: Mapping[str, Sequence[int | str]], end: str = "{}") -> Sent:
    """Return columns of which each has a value for line 1, 2, 3; `end` is the rest of the OID."""
    return {
        f"{column}.{end.format(line)}": value
        for column, values in columns.items()
        for line, value in enumerate(values, start=1)
    }


def reading(number: int, label: str, value: str, unit: str) -> Sent:
    """Return a row of the table of readings with labels and units."""
    return {
        f"3.9.20.1.10.1.2.1.{number}": label,
        f"3.9.20.1.20.1.2.1.{number}": value,
        f"3.9.20.1.30.1.2.1.{number}": unit,
    }


def liebert_of(scale: int) -> Device:
    """Return a Liebert UPS of 18 kW that has the power in units of `scale` watts."""
    phases = {"1": 6000, "2": 6000, "3": 6000}
    watts, voltamperes = 6000 // scale, 7000 // scale
    return Device(
        profile="liebert-ups",
        object_id="1.3.6.1.4.1.476.1.42",
        root=LIEBERT,
        sent={
            **{"3.5.2.2.1.2.1": f"{POINT}1", "3.5.2.2.1.8.1": 20000 // scale},
            **{"3.5.2.2.1.2.2": f"{POINT}7", "3.5.2.2.1.8.2": 0},
            **{"3.5.2.2.1.2.3": f"{POINT}5", "3.5.2.2.1.8.3": 18000 // scale},
            **{"3.5.2.2.1.7.3": 21000 // scale, "3.5.2.2.1.11.3": 333},
            **lines({"3.5.2.3.1.3": [f"{POINT}5"] * 3}, "3.{}"),
            **lines({"3.5.2.3.1.5": [230, 231, 229], "3.5.2.3.1.6": [28, 27, 30]}, "3.{}"),
            **lines({"3.5.2.3.1.8": [voltamperes] * 3, "3.5.2.3.1.9": [watts] * 3}, "3.{}"),
            **lines({"3.5.2.3.1.7": [30, 31, 32]}, "3.{}"),
        },
        meant={
            "active_power_w": {"total": 18000, "phases": phases},
            "apparent_power_va": {"total": 21000, "phases": dict.fromkeys("123", 7000)},
            "load_percent": {"total": 33.3, "phases": {"1": 30, "2": 31, "3": 32}},
        },
        facts=("Liebert/Vertiv", None),
    )


THREE_PHASES = {
    "active_power_w": {
        "total": 6300,
        "phases": {"1": 2000, "2": 2100, "3": 2200},
        "input_total": 6900,
        "input_phases": {"1": 2200, "2": 2300, "3": 2400},
    },
    "apparent_power_va": {"total": 7200, "phases": {"1": 2300, "2": 2400, "3": 2500}},
    "load_percent": {"total": 22, "phases": {"1": 21, "2": 22, "3": 23}},
}


def apc_of(end: str, of_bypass: str) -> Device:
    """Return a three-phase APC UPS of which the index of a phase is as in `end`."""
    return Device(
        profile="apc-ups",
        object_id="1.3.6.1.4.1.318.1.3.27",
        root=APC,
        sent={
            **{"1.1.1.0": "Galaxy VS", "4.1.1.0": 2, "4.2.3.0": 22, "4.2.8.0": -1, "4.3.6.0": -1},
            **{"9.2.2.1.5.1": 2, "9.2.2.1.5.2": 3},
            **lines({"9.3.3.1.7": [2300, 2400, 2500], "9.3.3.1.10": [21, 22, 23]}, end),
            **lines({"9.3.3.1.13": [2000, 2100, 2200], "9.2.3.1.9": [2200, 2300, 2400]}, end),
            **lines({"9.2.3.1.9": [70, 70, 70]}, of_bypass),
        },
        meant=THREE_PHASES,
        facts=("APC", "Galaxy VS"),
    )


DEVICES: Mapping[str, Device] = {
    "a three-phase APC": apc_of("1.1.{}", "2.1.{}"),
    "a three-phase APC with the index of the MIB": apc_of("1.{}", "2.{}"),
    "an APC with its input in whole kilowatts": Device(
        profile="apc-ups",
        object_id="1.3.6.1.4.1.318.1.3.27",
        root=APC,
        sent={
            **{"4.2.3.0": 40, "4.2.8.0": 2100, "4.2.9.0": 2300, "4.2.12.0": 812},
            **{"4.3.6.0": 81234, "3.2.12.0": 2, "3.3.5.0": 90000},
        },
        meant={
            "active_power_w": {"total": 2100, "input_total": 2000},
            "energy_wh": {"total": 812340, "input_total": 900000},
            "apparent_power_va": {"total": 2300},
            "load_percent": {"total": 40},
        },
        facts=("APC", None),
    ),
    "a Galaxy": Device(
        profile="mge-ups",
        object_id="1.3.6.1.4.1.705.1.2",
        root="1.3.6.1.4.1.705.1.",
        sent={"1.1.0": "GALAXY 5500", **lines({"7.2.1.4": [31, 32, 33]}, "{}.0")},
        meant={"load_percent": {"phases": {"1": 31, "2": 32, "3": 33}}},
        facts=("APC/MGE", "GALAXY 5500"),
    ),
    "a three-phase Eaton": Device(
        profile="eaton-xups",
        object_id="1.3.6.1.4.1.534.2.12",
        root="1.3.6.1.4.1.534.1.",
        sent={
            **{"1.2.0": "BladeUPS", "4.1.0": 30, "4.7.0": 0, "4.9.3.0": 9000, "4.9.4.0": 9500},
            **lines({"4.4.1.4": [2900, 3000, 3100, 0], "4.4.1.5": [1, 2, 3, 4]}),
            **lines({"3.4.1.4": [3200, 3200, 3200, 7], "3.4.1.5": [1, 2, 3, 4]}),
        },
        meant={
            "active_power_w": {
                "total": 9000,
                "phases": {"1": 2900, "2": 3000, "3": 3100},
                "input_total": 9600,
                "input_phases": dict.fromkeys("123", 3200),
            },
            "apparent_power_va": {"total": 9500},
            "load_percent": {"total": 30},
        },
        facts=("Eaton", "BladeUPS"),
    ),
    "an HPE": Device(
        profile="hpe-ups",
        object_id="1.3.6.1.4.1.232.165.3",
        root="1.3.6.1.4.1.232.165.3.",
        sent={"1.2.0": "R5000", "4.1.0": 20, "4.4.1.4.1": 900, "3.4.1.4.1": 0, "9.3.0": 4500},
        meant={"active_power_w": {"total": 900}, "load_percent": {"total": 20}},
        facts=("HPE", "R5000"),
    ),
    "a Delta of one line, which says numbers as text": Device(
        profile="delta-ups",
        object_id="1.3.6.1.4.1.2254.2.4",
        root="1.3.6.1.4.1.2254.2.4.",
        sent={"1.1.0": "Delta", "5.3.0": "1", "5.6.0": "450", "5.7.0": "29", "5.10.0": " "},
        meant={"active_power_w": {"total": 450}, "load_percent": {"total": 29}},
        facts=("Delta", None),
    ),
    "a Delta of three lines": Device(
        profile="delta-ups",
        object_id="1.3.6.1.4.1.2254.2.4",
        root="1.3.6.1.4.1.2254.2.4.5.",
        sent={
            **{"3.0": 3, "6.0": 2000, "7.0": 20, "10.0": 2100, "11.0": 21},
            **{"14.0": 2200, "15.0": 22},
        },
        meant={
            "active_power_w": {"total": 6300, "phases": {"1": 2000, "2": 2100, "3": 2200}},
            "load_percent": {"phases": {"1": 20, "2": 21, "3": 22}},
        },
        facts=("Delta", None),
    ),
    "a Riello": Device(
        profile="riello-ups",
        object_id="1.3.6.1.4.1.5491.10",
        root="1.3.6.1.4.1.5491.10.1.",
        sent={"4.4.1.4.1": 700, "4.4.1.5.1": 12, "4.4.1.2.1": 230, "4.4.1.3.1": 33},
        meant={"active_power_w": {"total": 700}, "load_percent": {"total": 12}},
        facts=("Riello", None),
    ),
    "a Sinetica": Device(
        profile="sinetica-ups",
        object_id="1.3.6.1.4.1.13891",
        root="1.3.6.1.4.1.13891.101.",
        sent={"4.4.1.4.1": 1900, "4.4.1.5.1": 31, "4.4.1.2.1": 2301, "4.4.1.3.1": 85},
        meant={"active_power_w": {"total": 1900}, "load_percent": {"total": 31}},
        facts=("Sinetica", None),
    ),
    "a Net Vision": Device(
        profile="socomec-netvision",
        object_id=NET_SNMP,
        root="1.3.6.1.4.1.4555.1.1.7.1.",
        sent={
            **{"1.1.0": "DELPHYS", "4.5.0": 130, "4.6.0": 120, "4.7.0": 30},
            **lines({"4.4.1.4": [30, 31, 29], "4.4.1.5": [43, 44, 43], "4.4.1.6": [40, 41, 39]}),
        },
        meant={
            "active_power_w": {"total": 12000, "phases": {"1": 4000, "2": 4100, "3": 3900}},
            "apparent_power_va": {"total": 13000, "phases": {"1": 4300, "2": 4400, "3": 4300}},
            "load_percent": {"total": 30, "phases": {"1": 30, "2": 31, "3": 29}},
        },
        facts=("Socomec", "DELPHYS"),
    ),
    "a Net Vision that has its power in the UPS-MIB only": Device(
        profile="socomec-netvision",
        object_id=NET_SNMP,
        root="1.3.6.1.4.1.4555.1.1.7.1.4.",
        sent={"5.0": 65535, "6.0": 65535, "7.0": 65535, "4.1.4.1": 20, "4.1.6.1": 65534},
        ups_mib={"4.4.1.4.1.0": 800, "4.4.1.5.1.0": 20},
        meant={"active_power_w": {"total": 800}, "load_percent": {"total": 20}},
        facts=("Socomec", None),
    ),
    "a Liebert in watts": liebert_of(1),
    "a Liebert in kilowatts": liebert_of(1000),
    "a Liebert with labels": Device(
        profile="liebert-ups",
        object_id="1.3.6.1.4.1.476.1.42",
        root=LIEBERT,
        sent={
            "2.4.2.1.4.1": "GXT5-6000IRT5UXLN",
            **reading(4208, "System Output Power", "1.2", "kW"),
            **reading(4209, "System Output Apparent Power", "1.3", "kVA"),
            **reading(5166, "Output energy", "123.4", "kWh"),
            **reading(5861, "System Output Pct Power", "45", "%"),
        },
        meant={
            "active_power_w": {"total": 1200},
            "energy_wh": {"total": 123400},
            "apparent_power_va": {"total": 1300},
            "load_percent": {"total": 45},
        },
        facts=("Liebert/Vertiv", "GXT5-6000IRT5UXLN"),
    ),
    "a Liebert that cools": Device(
        profile="liebert-thermal",
        object_id="1.3.6.1.4.1.476.1.42",
        root=LIEBERT,
        sent={**reading(5080, "Reheat Utilization", "0", "%"), "3.4.1.3.3.1.6.1": 22},
        meant={},
        facts=("Liebert/Vertiv", None),
    ),
    "an ITA2": Device(
        profile="vertiv-ita2",
        object_id="1.3.6.1.4.1.13400.2.54",
        root="1.3.6.1.4.1.13400.2.54.",
        sent={
            **{"1.2.0": "ITA2", "2.3.8.0": 110, "2.3.9.0": 130, "2.3.10.0": 150},
            **{"2.3.11.0": 115, "2.3.12.0": 138, "2.3.13.0": 160},
            **{"2.3.14.0": 200, "2.3.15.0": 220, "2.3.16.0": 240},
        },
        meant={
            "active_power_w": {"total": 3900, "phases": {"1": 1100, "2": 1300, "3": 1500}},
            "apparent_power_va": {"total": 4130, "phases": {"1": 1150, "2": 1380, "3": 1600}},
            "load_percent": {"phases": {"1": 20, "2": 22, "3": 24}},
        },
        facts=("Vertiv", "ITA2"),
    ),
    "a NetAgent with phases in tenths of a percent": Device(
        profile="megatec-xppc",
        object_id="1.3.6.1.4.1.935",
        root="1.3.6.1.4.1.935.1.1.1.",
        sent={"4.2.3.0": 27, "8.3.5.0": 250, "8.3.6.0": 260, "8.3.7.0": 300},
        meant={"load_percent": {"total": 27, "phases": {"1": 25, "2": 26, "3": 30}}},
        facts=("Phoenixtec", None),
    ),
    "a three-phase Voltronic": Device(
        profile="voltronic-eppc",
        object_id="1.3.6.1.4.1.935.10.1",
        root="1.3.6.1.4.1.935.10.1.1.2.",
        sent=lines({"18.1.5": [1300, 1200, 1100], "18.1.7": [24, 23, 22], "16.1.5": [-1, -1, -1]}),
        meant={
            "active_power_w": {"total": 3600, "phases": {"1": 1300, "2": 1200, "3": 1100}},
            "load_percent": {"phases": {"1": 24, "2": 23, "3": 22}},
        },
        facts=("PowerWalker", None),
    ),
    "an SC200": Device(
        profile="eaton-sc200",
        object_id="1.3.6.1.4.1.1918.2.13",
        root="1.3.6.1.4.1.1918.2.13.10.50.",
        sent={"10.0": 26, "20.0": 17, "30.0": 143},
        meant={"active_power_w": {"total": 1430}, "load_percent": {"total": 17}},
        facts=("Eaton", "SC200 DC power"),
    ),
    "a CE+T, of which a phase has no modules": Device(
        profile="cet-tsi",
        object_id="1.3.6.1.4.1.12551.4.0",
        root="1.3.6.1.4.1.12551.4.1.",
        sent={
            **lines({"2.2.1.12": [240, 250, 0], "2.2.1.13": [245, 255, 0]}),
            **lines({"2.2.1.10": [260, 270, 0], "2.2.1.18": [2, 2, 0], "2.2.1.2": [10, 11, 0]}),
            **lines({"1.1.1.2": [1, 0], "1.1.1.18": [120, 130]}),
        },
        meant={
            "active_power_w": {
                "total": 490,
                "phases": {"1": 240, "2": 250},
                "input_total": 530,
                "input_phases": {"1": 260, "2": 270},
                "modules": {"1": 120},
            },
            "apparent_power_va": {"total": 500, "phases": {"1": 245, "2": 255}},
            "load_percent": {"phases": {"1": 10, "2": 11}},
        },
        facts=("CE+T", None),
    ),
    "an Eltek": Device(
        profile="eltek-sp2",
        object_id="1.3.6.1.4.1.12148.10",
        root="1.3.6.1.4.1.12148.10.",
        sent={"9.8.1.0": 1234567, "9.2.5.0": 123, "2.15.0": 1},
        meant={"energy_wh": {"total": 1234567}},
        facts=("Eltek", None),
    ),
    "a Huawei of one phase": Device(
        profile="huawei-ups",
        object_id=NET_SNMP,
        root="1.3.6.1.4.1.2011.6.174.1.",
        sent={
            **{"2.100.1.2.1": "UPS2000-G", "4.100.1.8.1": 21, "4.100.1.11.1": 27},
            **{f"4.100.1.{column}.1": 2147483647 for column in (9, 10, 12, 13)},
            "4.100.1.14.1": 200,
        },
        meant={
            "active_power_w": {"total": 2100, "phases": {"L1": 2100}},
            "apparent_power_va": {"total": 2700, "phases": {"L1": 2700}},
            "load_percent": {"total": 20, "phases": {"L1": 20}},
        },
        facts=("Huawei", "UPS2000-G"),
    ),
    "a card that has kilowatts in the UPS-MIB": Device(
        profile="ups-mib",
        object_id=NET_SNMP,
        root="",
        sent={},
        ups_mib={
            "1.1.0": "HUAWEI",
            **lines({"4.4.1.2": [230] * 3, "4.4.1.3": [300] * 3, "4.4.1.4": [6, 7, 6]}, "{}.0"),
            **lines({"4.4.1.5": [30, 31, 29], "3.3.1.5": [0, 0, 0]}, "{}.0"),
        },
        meant={"load_percent": {"phases": {"1": 30, "2": 31, "3": 29}}},
        facts=("Huawei", None),
    ),
}
