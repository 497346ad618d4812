"""PDUs of Enlogic, as their MIBs say."""

from collections.abc import Mapping

from tests.collectors.snmp.unrecorded.device import Device, row

DEVICES: Mapping[str, Device] = {
    "an Enlogic of the first generation": Device(
        profile="enlogic-pdu",
        object_id="1.3.6.1.4.1.38446.1",
        root="1.3.6.1.4.1.38446.1.",
        sent={
            **row("1.2.1", "1", {10: "EN6810", 11: "S1", 12: "06/05/2013", 15: 0}),
            **row("2.4.1", "1", {4: 900, 5: 950, 9: 12345, 10: 17}),
            **row("3.4.1", "1.1", {5: 260, 6: 230, 7: 600, 8: 640}),
            **row("5.9.1", "1.2", {3: "san", 5: 40, 6: 90, 11: 45}),
            **row("5.4.1", "1.2", {3: "san", 4: 1}),
        },
        meant={
            "active_power_w": {"total": 900, "phases": {"1": 600}, "outlets": {"2": 90}},
            "energy_wh": {"total": 1234500, "outlets": {"2": 4500}},
            "apparent_power_va": {"total": 950, "phases": {"1": 640}},
        },
        states={"2": 1},
        names={"2": "san"},
    ),
    "a chain of two Enlogic": Device(
        profile="enlogic-pdu2",
        object_id="1.3.6.1.4.1.38446.1",
        root="1.3.6.1.4.1.38446.1.",
        sent={
            **row("1.2.1", "1", {10: "EN2810", 11: "PN", 12: "S1", 16: 3}),
            **row("1.2.1", "2", {10: "EN2810", 11: "PN", 12: "S2", 16: 3}),
            **row("2.4.1", "1", {4: 900, 5: 950, 9: 10}),
            **row("2.4.1", "2", {4: 100, 5: 120, 9: 20}),
        },
        meant={
            "active_power_w": {"total": 1000, "inlets": {"1": 900, "2": 100}},
            "energy_wh": {"total": 3000, "inlets": {"1": 1000, "2": 2000}},
            "apparent_power_va": {"total": 1070, "inlets": {"1": 950, "2": 120}},
        },
    ),
}
