"""PDUs of Eaton, as their MIBs say."""

from collections.abc import Mapping

from tests.collectors.snmp.unrecorded.device import Device, row

DEVICES: Mapping[str, Device] = {
    # The second strip is strapped to the first; the fifth group is one that a user has made.
    "two strapped Eatons": Device(
        profile="eaton-epdu",
        object_id="1.3.6.1.4.1.534.6.6.7",
        root="1.3.6.1.4.1.534.6.6.7.",
        sent={
            **row("3.5.1", "0.1", {3: 520, 4: 500, 5: 70000}),
            **row("3.5.1", "1.1", {3: 310, 4: 300, 5: 40000}),
            **row("3.4.1", "0.1.1", {2: 1, 3: 520, 4: 500, 5: 70000}),
            **row("5.1.1", "0.1", {3: "A", 4: 1, 5: 1}),
            **row("5.1.1", "0.5", {3: "mine", 4: 5}),
            **row("5.5.1", "0.1", {2: 210, 3: 200, 4: 30000}),
            **row("5.5.1", "0.5", {2: 110, 3: 100, 4: 10000}),
            **row("6.1.1", "0.1", {3: "mail"}),
            **row("6.5.1", "0.1", {2: 60, 3: 50, 4: 7000}),
            **row("6.5.1", "1.1", {2: -1, 3: -1, 4: 0}),
            **row("6.6.1", "0.1", {2: 1}),
            **row("6.6.1", "1.1", {2: 0}),
        },
        meant={
            "active_power_w": {
                "total": 800,
                "inlets": {"0.1": 500, "1.1": 300},
                "phases": {"1": 500},
                "branches": {"1": 200},
                "outlets": {"0.1": 50},
            },
            "energy_wh": {
                "total": 110000,
                "inlets": {"0.1": 70000, "1.1": 40000},
                "phases": {"1": 70000},
                "branches": {"1": 30000},
                "outlets": {"0.1": 7000, "1.1": 0},
            },
            "apparent_power_va": {
                "total": 830,
                "inlets": {"0.1": 520, "1.1": 310},
                "phases": {"1": 520},
                "branches": {"1": 210},
                "outlets": {"0.1": 60},
            },
        },
        states={"0.1": 1, "1.1": 0},
        names={"0.1": "mail"},
    ),
    "an Eaton with old firmware": Device(
        profile="eaton-epdu",
        object_id="1.3.6.1.4.1.534.6.6.7",
        root="1.3.6.1.4.1.534.6.6.7.",
        sent={
            **row("3.4.1", "0.1.1", {2: 1, 3: 200, 4: 190, 5: 1000}),
            **row("3.4.1", "0.1.2", {2: 2, 3: 300, 4: 290, 5: 2000}),
            **row("3.4.1", "0.1.3", {2: 3, 3: 400, 4: 390, 5: 3000}),
        },
        meant={
            "active_power_w": {"total": 870, "phases": {"1": 190, "2": 290, "3": 390}},
            "energy_wh": {"total": 6000, "phases": {"1": 1000, "2": 2000, "3": 3000}},
            "apparent_power_va": {"total": 900, "phases": {"1": 200, "2": 300, "3": 400}},
        },
    ),
    "an Eaton with a row of all phases": Device(
        profile="eaton-epdu",
        object_id="1.3.6.1.4.1.534.6.6.7",
        root="1.3.6.1.4.1.534.6.6.7.",
        sent={
            **row("3.4.1", "0.1.1", {2: 1, 4: 190}),
            **row("3.4.1", "0.1.2", {2: 4, 4: 195}),
        },
        meant={"active_power_w": {"total": 195, "phases": {"1": 190}}},
    ),
    "an Eaton Revelation": Device(
        profile="eaton-revelation",
        object_id="1.3.6.1.4.1.534.6.6.6",
        root="1.3.6.1.4.1.534.6.6.6.1.2.2.",
        sent={
            **row("1", "0", {2: "zero", 3: 1, 4: 500, 6: 230000, 7: 110, 8: 115}),
            **row("1", "1", {2: "one", 3: 0, 4: 0, 6: 230000, 7: 0, 8: 0}),
        },
        meant={
            "active_power_w": {"total": 110, "outlets": {"0": 110, "1": 0}},
            "apparent_power_va": {"total": 115, "outlets": {"0": 115, "1": 0}},
        },
        states={"0": 1, "1": 0},
        names={"0": "zero", "1": "one"},
    ),
    "a Pulizzi": Device(
        profile="eaton-pulizzi",
        object_id="1.3.6.1.4.1.20677.1",
        root="1.3.6.1.4.1.20677.2.",
        sent={
            **{"8.6.4.1.0": 231, "8.6.4.2.0": 3, "8.6.4.3.0": 640},
            **{"6.1.1.1.0": "one", "6.3.1.0": 1, "6.3.2.0": 2},
        },
        meant={"active_power_w": {"total": 640}},
        states={"1": 1, "2": 0},
        names={"1": "one"},
    ),
}
