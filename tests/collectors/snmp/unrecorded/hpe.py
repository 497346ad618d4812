"""PDUs of HPE, as their MIBs say."""

from collections.abc import Mapping

from tests.collectors.snmp.unrecorded.device import Device, row

DEVICES: Mapping[str, Device] = {
    "an HPE pdu3 in thousandths of a watt, as its MIB says": Device(
        profile="hpe-pdu3",
        object_id="1.3.6.1.4.1.232.165.11",
        root="1.3.6.1.4.1.232.165.11.",
        sent={
            **row("2.1.1", "1", {4: 922000, 5: 900000, 6: 12}),
            **row("2.2.1", "1.1", {3: 2286, 11: 398, 19: 922, 20: 900}),
            **row("3.1.1", "1.1", {2: "B01", 19: 430, 20: 410, 21: 5}),
        },
        meant={
            "active_power_w": {"total": 900, "phases": {"1": 900}, "branches": {"1": 410}},
            "energy_wh": {"total": 12000},
            "apparent_power_va": {"total": 922, "phases": {"1": 922}, "branches": {"1": 430}},
        },
    ),
    "a chain of two HPE pdu2": Device(
        profile="hpe-pdu2",
        object_id="1.3.6.1.4.1.232.165.7",
        root="1.3.6.1.4.1.232.165.7.",
        sent={
            **row("2.1.1", "0", {4: 210, 5: 200, 6: 5000}),
            **row("2.1.1", "1", {4: 110, 5: 100, 6: 4000}),
            **row("2.2.1", "0.1", {3: 230000, 11: 900, 20: 210, 21: 200, 22: 5000}),
            **row("3.1.1", "0.2", {2: "L2", 20: 90, 21: 80, 22: 700}),
            **row("5.1.1", "0.1", {2: "tor", 13: 40, 14: 35, 15: 60}),
            **row("5.1.1", "1.1", {2: "oob", 13: -1, 14: -1, 15: -1}),
            **row("5.2.1", "0.1", {1: 2}),
            **row("5.2.1", "1.1", {1: 1}),
        },
        meant={
            "active_power_w": {
                "total": 300,
                "units": {"0": 200, "1": 100},
                "phases": {"1": 200},
                "branches": {"2": 80},
                "outlets": {"0.1": 35},
            },
            "energy_wh": {
                "total": 9000,
                "units": {"0": 5000, "1": 4000},
                "phases": {"1": 5000},
                "branches": {"2": 700},
                "outlets": {"0.1": 60},
            },
            "apparent_power_va": {
                "total": 320,
                "units": {"0": 210, "1": 110},
                "phases": {"1": 210},
                "branches": {"2": 90},
                "outlets": {"0.1": 40},
            },
        },
        states={"0.1": 1, "1.1": 0},
        names={"0.1": "tor", "1.1": "oob"},
    ),
    "an HPE iPDU": Device(
        profile="hpe-ipdu",
        object_id="1.3.6.1.4.1.232.165.5",
        root="1.3.6.1.4.1.232.165.5.",
        sent={
            **row("2.1.1", "1.1", {8: 210, 9: 200, 10: 98, 13: 70}),
            **row("2.1.1", "1.2", {8: 110, 9: 100, 10: 97, 13: 60}),
            **row("4.1.1", "1.2.5", {7: 25, 8: 95, 20: 17}),
        },
        meant={
            "active_power_w": {
                "total": 300,
                "branches": {"1": 200, "2": 100},
                "outlets": {"2.5": 25},
            },
            "energy_wh": {"total": 130, "branches": {"1": 70, "2": 60}, "outlets": {"2.5": 17}},
            "apparent_power_va": {"total": 320, "branches": {"1": 210, "2": 110}},
        },
    ),
    "an HP module with two PDUs": Device(
        profile="hpe-pdu-module",
        object_id="1.3.6.1.4.1.232.165.2",
        root="1.3.6.1.4.1.232.165.2.",
        sent={
            **row("3.1.1", "1", {2: 10, 3: 1365, 4: 400}),
            **row("3.1.1", "2", {2: 5, 3: 682, 4: 200}),
            **row("3.2.1", "1.1", {4: 20}),
        },
        meant={
            "active_power_w": {"total": 600, "units": {"1": 400, "2": 200}},
            "load_percent": {"units": {"1": 10, "2": 5}, "branches": {"1": 20}},
        },
    ),
    "an HPE pdu3 without a table of inputs": Device(
        profile="hpe-pdu3",
        object_id="1.3.6.1.4.1.232.165.11",
        root="1.3.6.1.4.1.232.165.11.",
        sent={
            **row("2.2.1", "1.1", {3: 2286, 11: 398, 19: 922, 20: 900}),
            **row("2.2.1", "1.2", {3: 2290, 11: 100, 19: 230, 20: 210}),
        },
        meant={
            "active_power_w": {"total": 1110, "phases": {"1": 900, "2": 210}},
            "apparent_power_va": {"total": 1152, "phases": {"1": 922, "2": 230}},
        },
    ),
    # The third phase of the second outlet is not measured.
    "an HPE of high voltage": Device(
        profile="hpe-hpdu",
        object_id="1.3.6.1.4.1.232.165.9",
        root="1.3.6.1.4.1.232.165.9.",
        sent={
            **row("1.2.1", "1", {2: "HPE", 3: "HPDU 30kVA", 8: "2M1"}),
            **row("2.1.1", "1", {2: "on", 4: 2770, 5: 1500, 6: 4155, 7: 4100, 8: 99, 11: 70000}),
            **row("2.1.1", "2", {2: "on", 4: 2771, 5: 1400, 6: 3879, 7: 3800, 8: 98, 11: 60000}),
            **row("2.1.1", "3", {2: "on", 4: 2769, 5: 1300, 6: 3600, 7: 3500, 8: 97, 11: 50000}),
            **row("3.1.1", "1.1.1", {2: "on", 4: 125, 5: 2770, 6: 175, 7: 485, 8: 470, 12: 900}),
            **row("3.1.1", "2.3.1", {2: "off", 4: -1, 5: 2769, 6: -1, 7: -1, 8: -1, 12: 800}),
        },
        meant={
            "active_power_w": {
                "total": 11400,
                "phases": {"1": 4100, "2": 3800, "3": 3500},
                "outlets": {"1.1.1": 470},
            },
            "energy_wh": {
                "total": 180000,
                "phases": {"1": 70000, "2": 60000, "3": 50000},
                "outlets": {"1.1.1": 900, "2.3.1": 800},
            },
            "apparent_power_va": {
                "total": 11634,
                "phases": {"1": 4155, "2": 3879, "3": 3600},
                "outlets": {"1.1.1": 485},
            },
            "load_percent": {"outlets": {"1.1.1": 12.5}},
        },
        facts=("HPE", "HPDU 30kVA"),
        states={"1.1.1": 1, "2.3.1": 0},
    ),
}
