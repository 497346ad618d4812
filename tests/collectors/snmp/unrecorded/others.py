"""Meters, transfer switches, and PDUs of other makers, as their MIBs say."""

from collections.abc import Mapping

from tests.collectors.snmp.unrecorded.device import Device, Sent, row

MAC = "17.48.48.58.48.69.58.68.51.58.48.48.58.48.48.58.48.49"
"""00:0E:D3:00:00:01 as an index: its length, then its letters."""
LOWER_MAC = f"{MAC[:-1]}8"


def variable(index: str, name: str, value: int, unit: str) -> Sent:
    """Return a row of a table of variables, of which the number has no decimal digits."""
    return {f"3.{index}": name, f"5.{index}": unit, f"7.{index}": 1, f"11.{index}": value}


DEVICES: Mapping[str, Device] = {
    "aten-pdu": Device(
        profile="aten-pdu",
        object_id="1.3.6.1.4.1.21317",
        root="1.3.6.1.4.1.21317.1.3.2.2.2.",
        sent={
            "1.3.1.4.1": "516.8100",
            "1.3.1.5.1": "81.7130",
            "3.2.1.4.1": "300.0000",
            "3.2.1.4.2": "not-support",
            "2.99.1.4.1": 118332,
            "2.99.1.4.2": -2000000,
            "2.99.1.5.1": 719706,
            "2.99.1.5.2": -2000000,
        },
        meant={
            "active_power_w": {"total": 516.81, "banks": {"1": 300}, "outlets": {"1": 118.332}},
            "energy_wh": {"total": 81713, "outlets": {"1": 719706}},
        },
    ),
    "dell-rpdu": Device(
        profile="dell-rpdu",
        object_id="1.3.6.1.4.1.674.10903.200.2.500",
        root="1.3.6.1.4.1.674.10903.200.2.200.",
        sent={
            "110.2.1.3.1": 123,
            "110.2.1.4.1": 4567,
            "120.2.1.6.1": 120,
            "130.2.2.1.8.1": 90,
            "130.2.2.1.7.1": 12,
        },
        meant={
            "active_power_w": {"total": 1230, "phases": {"1": 1200}, "outlets": {"1": 90}},
            "energy_wh": {"total": 456700, "outlets": {"1": 12000}},
        },
    ),
    "chatsworth-econnect": Device(
        profile="chatsworth-econnect",
        object_id="1.3.6.1.4.1.30932.1.1",
        root="1.3.6.1.4.1.30932.1.10.1.",
        sent={
            f"2.10.1.16.{MAC}": 700,
            f"3.110.1.6.1.{MAC}": 690,
            f"4.10.1.8.1.{MAC}": 300,
            f"4.10.1.8.2.{MAC}": 400,
            f"4.10.1.10.1.{MAC}": 360,
            f"4.10.1.10.2.{MAC}": 7200,
        },
        meant={
            "energy_wh": {"total": 21, "outlets": {"1": 1, "2": 20}},
            "apparent_power_va": {
                "total": 700,
                "branches": {"1": 690},
                "outlets": {"1": 300, "2": 400},
            },
        },
    ),
    "conteg": Device(
        profile="conteg",
        object_id="1.3.6.1.4.1.28402.11.1",
        root="1.3.6.1.4.1.28402.12.1.1.2.",
        sent={"6.1.1.10.1.1": 500, "6.1.1.9.1.1": 520, "6.1.1.2.1.1": 77},
        meant={
            "active_power_w": {"total": 500, "inlets": {"1.1": 500}},
            "apparent_power_va": {"total": 520, "inlets": {"1.1": 520}},
            "energy_wh": {"total": 77000, "inlets": {"1.1": 77000}},
        },
    ),
    "gude-epc": Device(
        profile="gude-epc",
        object_id="1.3.6.1.4.1.28507.58",
        root="1.3.6.1.4.1.28507.58.1.",
        sent={
            "5.1.2.1.2.1": 1,
            "5.1.2.1.3.1": 1000,
            "5.1.2.1.4.1": 200,
            "5.1.2.1.2.2": 1,
            "5.1.2.1.3.2": 2000,
            "5.1.2.1.4.2": 300,
            "5.1.2.1.2.3": 0,
            "5.1.2.1.3.3": 9,
            "5.1.2.1.4.3": 9,
            "5.5.2.1.2.4": 1,
            "5.5.2.1.3.4": 700,
            "5.5.2.1.4.4": 40,
        },
        meant={
            "active_power_w": {
                "total": 500,
                "inlets": {"1": 200, "2": 300},
                "outlets": {"4": 40},
            },
            "energy_wh": {
                "total": 3000,
                "inlets": {"1": 1000, "2": 2000},
                "outlets": {"4": 700},
            },
        },
    ),
    "bluenet2": Device(
        profile="bluenet2",
        object_id="1.3.6.1.4.1.31770.2.1",
        root="1.3.6.1.4.1.31770.2.2.8.",
        sent={
            "2.1.9.0.0.255.255.255.255.0.19": -1,
            "2.1.9.0.0.255.255.255.255.0.36": -4,
            "4.1.5.0.0.255.255.255.255.0.18": 5200,
            "4.1.5.0.0.255.255.255.255.0.19": 4800,
            "4.1.5.0.0.255.255.255.255.0.36": 1842643,
            "2.1.9.0.0.0.0.255.255.0.19": -1,
            "2.1.9.0.0.0.0.255.255.0.36": -4,
            "2.1.7.0.0.0.0.255.255.0.19": 2,
            "4.1.5.0.0.0.0.255.255.0.18": 2234,
            "4.1.5.0.0.0.0.255.255.0.19": 1602,
            "4.1.5.0.0.0.0.255.255.0.36": 614214,
            "2.1.9.0.0.0.0.1.3.0.36": -4,
            "4.1.5.0.0.0.0.1.3.0.19": 402,
            "4.1.5.0.0.0.0.1.3.0.36": 14214,
        },
        meant={
            "active_power_w": {
                "total": 480,
                "phases": {"0.0": 160.2},
                "outlets": {"0.0.1.3": 40.2},
            },
            "energy_wh": {
                "total": 184264.3,
                "phases": {"0.0": 61421.4},
                "outlets": {"0.0.1.3": 1421.4},
            },
            "apparent_power_va": {"total": 520, "phases": {"0.0": 223.4}},
        },
    ),
    "tripplite-pdu": Device(
        profile="tripplite-pdu",
        object_id="1.3.6.1.4.1.850.1.1.1",
        root="1.3.6.1.4.1.850.1.1.3.2.",
        sent={
            "3.2.1.1.8.1.1": 400,
            "3.2.1.1.8.1.2": 300,
            "3.2.1.1.12.1.1": 42,
            "3.2.1.1.12.1.2": 31,
            "3.3.1.1.9.1.7": 55,
        },
        meant={
            "active_power_w": {
                "total": 700,
                "phases": {"1": 400, "2": 300},
                "outlets": {"7": 55},
            },
            "apparent_power_va": {"total": 730, "phases": {"1": 420, "2": 310}},
        },
    ),
    "tripplite-ats": Device(
        profile="tripplite-ats",
        object_id="1.3.6.1.4.1.850.1.1.1",
        root="1.3.6.1.4.1.850.1.1.3.4.",
        sent={"3.2.1.1.8.1.1": 400, "3.2.1.1.12.1.1": 42},
        meant={
            "active_power_w": {"total": 400, "phases": {"1": 400}},
            "apparent_power_va": {"total": 420, "phases": {"1": 420}},
        },
    ),
    "avocent-pm": Device(
        profile="avocent-pm",
        object_id="1.3.6.1.4.1.10418.17.1.7",
        root="1.3.6.1.4.1.10418.17.2.5.",
        sent={"3.1.60.1.1": 12345, "3.1.105.1.1": 777, "5.1.60.1.1.3": 456},
        meant={
            "active_power_w": {"total": 1234.5, "outlets": {"3": 45.6}},
            "energy_wh": {"total": 777},
        },
    ),
    "wti-power": Device(
        profile="wti-power",
        object_id="1.3.6.1.4.1.2634.3",
        root="1.3.6.1.4.1.2634.3.",
        sent={"200.70.0": 512, "100.200.1.8.1": 200, "100.200.1.8.2": 300},
        meant={"active_power_w": {"total": 512, "outlets": {"1": 200, "2": 300}}},
    ),
    "netio": Device(
        profile="netio",
        object_id="1.3.6.1.4.1.47952.1",
        root="1.3.6.1.4.1.47952.1.",
        sent={"2.5": 90, "2.6": 4321, "1.1.25.1": 88, "1.1.26.1": 4000},
        meant={
            "active_power_w": {"total": 90, "outlets": {"1": 88}},
            "energy_wh": {"total": 4321, "outlets": {"1": 4000}},
        },
    ),
    "infrapower": Device(
        profile="infrapower",
        object_id="1.3.6.1.4.1.34550.20",
        root="1.3.6.1.4.1.34550.20.2.1.1.1.",
        sent={"17.1": 123, "17.2": 77},
        meant={"active_power_w": {"total": 2000, "units": {"1": 1230, "2": 770}}},
    ),
    "vertiv-rdu": Device(
        profile="vertiv-rdu",
        object_id="1.3.6.1.4.1.2021.250.10",
        root="1.3.6.1.4.1.13400.3.2.225.1.1.",
        sent={"8.1": 123, "9.1": 130, "13.1": 5000, "8.2": 9999, "9.2": 9999, "13.2": 9999},
        meant={
            "active_power_w": {"total": 1230},
            "apparent_power_va": {"total": 1300},
            "energy_wh": {"total": 50000},
        },
    ),
    "janitza-umg604": Device(
        profile="janitza-umg604",
        object_id="1.3.6.1.4.1.34278.10",
        root="1.3.6.1.4.1.34278.",
        sent={
            "2.1.0": 3000,
            "2.3.0": 3300,
            "5.1.0": 600,
            "1.12.0": 1000,
            "1.15.0": -5,
            "1.20.0": 1100,
            "4.1.0": 200,
        },
        meant={
            "active_power_w": {"total": 3000, "phases": {"1": 1000, "4": -5}},
            "apparent_power_va": {"total": 3300, "phases": {"1": 1100}},
            "energy_wh": {"total": 60000, "phases": {"1": 20000}},
        },
    ),
    "e3meter-concentrator": Device(
        profile="e3meter-concentrator",
        object_id="1.3.6.1.4.1.21695.1401",
        root="1.3.6.1.4.1.21695.1.10.4.1.",
        sent={
            # Strip 27676 has new firmware, 27677 has not answered lately, 27678 has old firmware.
            **{"15.27676.0": 1, "18.27676.0": 210, "22.27676.0": 220, "32.27676.0": 5000},
            **{"15.27677.0": 2, "18.27677.0": 300, "22.27677.0": 310, "32.27677.0": 6000},
            **{"6.27678.0": 40, "8.27678.0": 44, "3.27678.0": 700},
        },
        meant={
            "active_power_w": {"meters": {"27676.0": 210, "27678.0": 40}},
            "apparent_power_va": {"meters": {"27676.0": 220, "27678.0": 44}},
            "energy_wh": {"meters": {"27676.0": 5000, "27677.0": 6000, "27678.0": 700}},
        },
    ),
    "schneider-pm8ecc": Device(
        profile="schneider-pm8ecc",
        object_id="1.3.6.1.4.1.3833.1.7.255.15.1",
        root="1.3.6.1.4.1.3833.1.7.255.15.1.1.",
        sent={"3.1.2.1": "12.345", "3.1.4.1": "13.0", "9.1.2.1": "1234567"},
        meant={
            "active_power_w": {"total": 12345},
            "apparent_power_va": {"total": 13000},
            "energy_wh": {"total": 1234567},
        },
    ),
    "eman": Device(
        profile="eman",
        object_id="1.3.6.1.4.1.99999.1",
        root="1.3.6.1.2.1.",
        sent={
            # Entity 1 is a chassis, 10 and 11 are supplies; energy is of one interval.
            **{"47.1.1.1.1.5.1": 3, "47.1.1.1.1.5.10": 6, "47.1.1.1.1.5.11": 6},
            **{"229.1.2.1.1.1": 2345, "229.1.2.1.3.1": -1, "229.1.2.1.5.1": 3},
            **{"229.1.2.1.1.10": 130, "229.1.2.1.3.10": 0, "229.1.2.1.5.10": 4},
            **{"229.1.2.1.1.11": 0, "229.1.2.1.3.11": 0, "229.1.2.1.5.11": 1},
            "229.1.5.1.2.1.1": 999,
        },
        meant={"active_power_w": {"total": 234.5, "psus": {"10": 130}}},
    ),
    # Meter 3 is the neutral wire.
    "an E3METER without a meter for the whole": Device(
        profile="e3meter",
        object_id="1.3.6.1.4.1.21695.1.1290",
        root="1.3.6.1.4.1.21695.1.10.7.2.",
        sent={
            **row("1", "1", {2: 16090, 5: 154, 7: 156, 12: 0}),
            **row("1", "2", {2: 89074, 5: 49, 7: 74, 12: 0}),
            **row("1", "3", {2: 0, 5: 0, 7: 0, 12: 1}),
        },
        meant={
            "active_power_w": {"total": 203, "meters": {"1": 154, "2": 49, "3": 0}},
            "energy_wh": {"total": 105164, "meters": {"1": 16090, "2": 89074, "3": 0}},
            "apparent_power_va": {"total": 230, "meters": {"1": 156, "2": 74, "3": 0}},
        },
    ),
    "a chain of two Chatsworths": Device(
        profile="chatsworth-econnect",
        object_id="1.3.6.1.4.1.30932.1.1",
        root="1.3.6.1.4.1.30932.1.10.1.",
        sent={
            f"4.10.1.8.1.{MAC}": 300,
            f"4.10.1.10.1.{MAC}": 360,
            f"4.10.1.8.1.{LOWER_MAC}": 400,
            f"4.10.1.10.1.{LOWER_MAC}": 7200,
        },
        meant={
            "energy_wh": {
                "total": 21,
                "outlets": {"00:0E:D3:00:00:00.1": 20, "00:0E:D3:00:00:01.1": 1},
            },
            "apparent_power_va": {
                "total": 700,
                "outlets": {"00:0E:D3:00:00:00.1": 400, "00:0E:D3:00:00:01.1": 300},
            },
        },
    ),
    # The first device on the bus is the processing unit itself.
    "a Rittal with two PDUs": Device(
        profile="rittal-cmc3",
        object_id="1.3.6.1.4.1.2606.7.4",
        root="1.3.6.1.4.1.2606.7.4.2.2.1.",
        sent={
            "3.1.1": "Input.DescName",
            **variable("2.9", "Phase L1.Power.Active.Value", 1041, "W"),
            **variable("2.10", "Phase L2.Power.Active.Value", 1240, "W"),
            **variable("3.9", "Phase L1.Power.Active.Value", 466, "W"),
        },
        meant={
            "active_power_w": {
                "total": 2747,
                "phases": {"2.L1": 1041, "2.L2": 1240, "3.L1": 466},
            },
        },
    ),
}
