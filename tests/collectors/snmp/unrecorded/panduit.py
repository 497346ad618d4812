"""PDUs of Panduit, as their MIBs say."""

from collections.abc import Mapping

from tests.collectors.snmp.unrecorded.device import Device, row

DEVICES: Mapping[str, Device] = {
    "a chain of two Panduits": Device(
        profile="panduit-g5",
        object_id="1.3.6.1.4.1.19536.10.1",
        root="1.3.6.1.4.1.19536.10.1.",
        sent={
            **row("2.1.1", "1", {4: 110, 5: 100, 6: 8, 8: 222198}),
            **row("2.1.1", "2", {4: 220, 5: 200, 6: 9, 8: 333}),
            **row("2.2.1", "2.1", {19: 220, 20: 200, 21: 9123}),
            **row("5.1.1", "2.4", {2: "nas", 12: 33, 13: 30, 14: 77}),
            **row("5.2.1", "2.4", {1: 2}),
        },
        meant={
            "active_power_w": {
                "total": 300,
                "inlets": {"1": 100, "2": 200},
                "phases": {"2.1": 200},
                "outlets": {"2.4": 30},
            },
            "energy_wh": {
                "total": 17000,
                "inlets": {"1": 8000, "2": 9000},
                "phases": {"2.1": 9123},
                "outlets": {"2.4": 77},
            },
            "apparent_power_va": {
                "total": 330,
                "inlets": {"1": 110, "2": 220},
                "phases": {"2.1": 220},
                "outlets": {"2.4": 33},
            },
        },
        states={"2.4": 1},
        names={"2.4": "nas"},
    ),
    "a Panduit without a table of inputs": Device(
        profile="panduit-g5",
        object_id="1.3.6.1.4.1.19536.10.1",
        root="1.3.6.1.4.1.19536.10.1.",
        sent={
            **row("3.1.1", "1.1", {2: "B1", 19: 110, 20: 50, 21: 801914}),
            **row("3.1.1", "1.2", {2: "B2", 19: 40, 20: 30, 21: 86}),
        },
        meant={
            "active_power_w": {"total": 80, "branches": {"1": 50, "2": 30}},
            "energy_wh": {"total": 802000, "branches": {"1": 801914, "2": 86}},
            "apparent_power_va": {"total": 150, "branches": {"1": 110, "2": 40}},
        },
    ),
    # A breaker that does not say its power is no breaker of 0 W.
    "a Panduit of which a breaker says nothing": Device(
        profile="panduit-g5",
        object_id="1.3.6.1.4.1.19536.10.1",
        root="1.3.6.1.4.1.19536.10.1.",
        sent={
            **row("3.1.1", "1.1", {20: 50, 21: 801914}),
            **row("3.1.1", "1.2", {20: -1, 21: 86}),
        },
        meant={
            "active_power_w": {"branches": {"1": 50}},
            "energy_wh": {"total": 802000, "branches": {"1": 801914, "2": 86}},
        },
    ),
}
