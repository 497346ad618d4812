"""PDUs of HPE, as their MIBs say."""

from collections.abc import Mapping

from tests.collectors.snmp.pdus.pdu import Pdu, row

PDUS: Mapping[str, Pdu] = {
    "an HPE pdu3 in thousandths of a watt, as its MIB says": Pdu(
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
    "a chain of two HPE pdu2": Pdu(
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
    "an HPE iPDU": Pdu(
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
    "an HP module with two PDUs": Pdu(
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
}
