"""PDUs of Vertiv, with Geist and Liebert, as their MIBs say."""

from collections.abc import Mapping

from tests.collectors.snmp.unrecorded.device import Device, row

DEVICES: Mapping[str, Device] = {
    "a Vertiv that meters and switches its outlets": Device(
        profile="vertiv-imd",
        object_id="1.3.6.1.4.1.21239.42.1.60",
        root="1.3.6.1.4.1.21239.5.2.3.",
        sent={
            **row("1.1", "1", {9: 12500, 10: 13000, 12: 9000000}),
            **row("3.1", "1", {3: "C1", 4: 181, 12: 400, 13: 420, 15: 5000}),
            **row("5.1", "1", {3: "lamp", 4: 3}),
            **row("6.1", "1", {3: "lamp", 8: 44, 12: 95, 13: 101, 15: 1234}),
        },
        meant={
            "active_power_w": {"total": 12500, "branches": {"1": 400}, "outlets": {"1": 95}},
            "energy_wh": {"total": 9000000, "branches": {"1": 5000}, "outlets": {"1": 1234}},
            "apparent_power_va": {"total": 13000, "branches": {"1": 420}, "outlets": {"1": 101}},
        },
        states={"1": 1},
        names={"1": "lamp"},
    ),
    "a Geist with firmware 3": Device(
        profile="geist-v3",
        object_id="1.3.6.1.4.1.21239.2",
        root="1.3.6.1.4.1.21239.2.25.",
        sent=row(
            "1",
            "1",
            {5: 10, 10: 100, 11: 110, 13: 20, 18: 200, 19: 210, 21: 30, 26: 300, 27: 310}
            | {29: 60, 30: 600},
        ),
        meant={
            "active_power_w": {"total": 600, "phases": {"1": 100, "2": 200, "3": 300}},
            "energy_wh": {"total": 60000, "phases": {"1": 10000, "2": 20000, "3": 30000}},
            "apparent_power_va": {"total": 630, "phases": {"1": 110, "2": 210, "3": 310}},
        },
    ),
    # A line is metered to neutral or to the next line.
    "a Liebert MPH2": Device(
        profile="liebert-mph",
        object_id="1.3.6.1.4.1.476.1.42",
        root="1.3.6.1.4.1.476.1.42.3.8.",
        sent={
            **row("30.20.1", "1.1", {20: "MPH-2", 50: 321, 65: 2400, 90: 2500}),
            **row("30.40.1", "1.1.1", {63: 1000, 65: 1050}),
            **row("30.40.1", "1.1.2", {64: 1400, 66: 1450}),
            **row("40.20.1", "1.2", {8: "Branch 2", 85: 20, 115: 800, 120: 820}),
            **row("50.20.1", "1.2.3", {10: "gpu", 65: 150, 70: 160, 85: 7, 95: 2}),
        },
        meant={
            "active_power_w": {
                "total": 2400,
                "phases": {"1": 1000, "2": 1400},
                "branches": {"2": 800},
                "outlets": {"2.3": 150},
            },
            "energy_wh": {"total": 32100, "branches": {"2": 2000}, "outlets": {"2.3": 700}},
            "apparent_power_va": {
                "total": 2500,
                "phases": {"1": 1050, "2": 1450},
                "branches": {"2": 820},
                "outlets": {"2.3": 160},
            },
        },
        states={"2.3": 1},
        names={"2.3": "gpu"},
    ),
    "a Vertiv without a row for the whole": Device(
        profile="vertiv-imd",
        object_id="1.3.6.1.4.1.21239.42.1.60",
        root="1.3.6.1.4.1.21239.5.2.3.",
        sent={
            **row("1.1", "1", {3: "PDU", 4: "Rack 7"}),
            **row("2.1", "1", {12: 198, 13: 224, 15: 2353700}),
            **row("2.1", "2", {12: 436, 13: 439, 15: 2262146}),
        },
        meant={
            "active_power_w": {"total": 634, "phases": {"1": 198, "2": 436}},
            "energy_wh": {"total": 4615846, "phases": {"1": 2353700, "2": 2262146}},
            "apparent_power_va": {"total": 663, "phases": {"1": 224, "2": 439}},
        },
    ),
}
