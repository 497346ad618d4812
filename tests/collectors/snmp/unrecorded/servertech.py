"""PDUs of Server Technology, as their MIBs say."""

from collections.abc import Mapping

from tests.collectors.snmp.unrecorded.device import Device, row

DEVICES: Mapping[str, Device] = {
    # The third infeed is a neutral.
    "a Sentry3 with a neutral": Device(
        profile="servertech-sentry3",
        object_id="1.3.6.1.4.1.1718.3",
        root="1.3.6.1.4.1.1718.3.",
        sent={
            "1.6.0": 700,
            **row("2.1.1", "1", {6: "SN1", 7: "CW-24V2", 11: 700, 12: 720, 14: 55}),
            **row("2.2.1", "1.1", {3: "A", 7: 150, 12: 300, 13: 310, 16: 253}),
            **row("2.2.1", "1.2", {3: "B", 7: 180, 12: 400, 13: 410, 16: 301}),
            **row("2.2.1", "1.3", {3: "N", 7: 20, 12: -1, 13: -1, 16: -1}),
            **row("2.3.1", "1.1.4", {3: "core", 5: 1, 14: 40, 15: 45, 18: 999}),
        },
        meant={
            "active_power_w": {
                "total": 700,
                "inlets": {"1.1": 300, "1.2": 400},
                "outlets": {"1.1.4": 40},
            },
            "energy_wh": {
                "total": 55000,
                "inlets": {"1.1": 25300, "1.2": 30100},
                "outlets": {"1.1.4": 999},
            },
            "apparent_power_va": {
                "total": 720,
                "inlets": {"1.1": 310, "1.2": 410},
                "outlets": {"1.1.4": 45},
            },
        },
        states={"1.1.4": 1},
        names={"1.1.4": "core"},
    ),
    "a Sentry3 that has powers of infeeds alone": Device(
        profile="servertech-sentry3",
        object_id="1.3.6.1.4.1.1718.3",
        root="1.3.6.1.4.1.1718.3.",
        sent={
            **row("2.2.1", "1.1", {12: 300, 16: 253}),
            **row("2.2.1", "1.2", {12: 400, 16: 301}),
            **row("2.2.1", "1.3", {12: -1, 16: -1}),
        },
        meant={
            "active_power_w": {"total": 700, "inlets": {"1.1": 300, "1.2": 400}},
            "energy_wh": {"total": 55400, "inlets": {"1.1": 25300, "1.2": 30100}},
        },
    ),
    "a Sentry4 that meters its outlets": Device(
        profile="servertech-sentry4",
        object_id="1.3.6.1.4.1.1718.4",
        root="1.3.6.1.4.1.1718.4.1.",
        sent={
            **row("3.3.1", "1.1", {3: 800, 5: 850, 10: 77}),
            **row("8.3.1", "1.1.1", {1: 1, 7: 33, 9: 35, 14: 1500}),
            **row("8.3.1", "1.1.2", {1: 2, 7: -1, 9: -1, 14: -1}),
            **{"8.2.1.3.1.1.1": "left", "8.2.1.3.1.1.2": "right"},
        },
        meant={
            "active_power_w": {"total": 800, "inlets": {"1.1": 800}, "outlets": {"1.1.1": 33}},
            "energy_wh": {"total": 7700, "inlets": {"1.1": 7700}, "outlets": {"1.1.1": 1500}},
            "apparent_power_va": {
                "total": 850,
                "inlets": {"1.1": 850},
                "outlets": {"1.1.1": 35},
            },
        },
        states={"1.1.1": 1, "1.1.2": 0},
        names={"1.1.1": "left", "1.1.2": "right"},
    ),
}
