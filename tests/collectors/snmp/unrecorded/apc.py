"""PDUs of APC, as their MIBs say."""

from collections.abc import Mapping

from tests.collectors.snmp.unrecorded.device import Device, row

DEVICES: Mapping[str, Device] = {
    # Phase 1 is banks 1 and 2; the switched outlets are metered by nothing.
    "an APC of the first generation": Device(
        profile="apc-rpdu1",
        object_id="1.3.6.1.4.1.318.1.3.4.5",
        root="1.3.6.1.4.1.318.1.1.12.",
        sent={
            **{"1.5.0": "AP7921", "1.16.0": 2500, "1.18.0": 2600},
            **row("2.3.1.1", "1", {2: 114, 4: 1, 5: 0}),
            **row("2.3.1.1", "2", {2: 58, 4: 1, 5: 1}),
            **row("2.3.1.1", "3", {2: 56, 4: 1, 5: 2}),
            **row("3.5.1.1", "1", {2: "web", 4: 1}),
            **row("3.5.1.1", "2", {2: "spare", 4: 2}),
        },
        meant={"active_power_w": {"total": 2500}, "apparent_power_va": {"total": 2600}},
        states={"1": 1, "2": 0},
        names={"1": "web", "2": "spare"},
    ),
    "an APC of the first generation that says 0 W under load": Device(
        profile="apc-rpdu1",
        object_id="1.3.6.1.4.1.318.1.3.4.5",
        root="1.3.6.1.4.1.318.1.1.12.",
        sent={"1.16.0": 0, **row("2.3.1.1", "1", {2: 160, 4: 1, 5: 0})},
        meant={},
    ),
    "an APC chain of rPDU2 with a switched outlet each": Device(
        profile="apc-rpdu2",
        object_id="1.3.6.1.4.1.318.1.3.4.6",
        root="1.3.6.1.4.1.318.1.1.",
        sent={
            "12.1.16.0": 3000,
            **row("26.4.3.1", "1", {5: 100, 9: 11, 16: 110}),
            **row("26.4.3.1", "2", {5: 200, 9: 22, 16: 210}),
            **row("26.9.2.3.1", "1", {2: 1, 3: "db", 4: 1, 5: 2}),
            **row("26.9.2.3.1", "2", {2: 2, 3: "spare", 4: 1, 5: 1}),
        },
        meant={
            "active_power_w": {"total": 3000, "inlets": {"1": 1000, "2": 2000}},
            "energy_wh": {"total": 3300, "inlets": {"1": 1100, "2": 2200}},
            "apparent_power_va": {"total": 3200},
        },
        states={"1.1": 1, "2.1": 0},
        names={"1.1": "db", "2.1": "spare"},
    ),
    "an APC ePDU with a table of devices": Device(
        profile="apc-epdu",
        object_id="1.3.6.1.4.1.318.1.3.4.9",
        root="1.3.6.1.4.1.318.1.1.30.",
        sent={
            **row("2.1.1", "1", {4: "EPDU1016M", 7: 785, 9: -1, 11: 9114157}),
            **row("4.2.1", "1", {2: 1, 3: 1, 4: 2304, 5: 353, 6: 785, 8: -1, 9: 965, 10: 9114157}),
        },
        meant={
            "active_power_w": {"total": 785, "phases": {"1": 785}},
            "energy_wh": {"total": 9114157, "phases": {"1": 9114157}},
        },
    ),
    "an APC cPDU": Device(
        profile="apc-cpdu",
        object_id="1.3.6.1.4.1.318.1.1.32.1",
        root="1.3.6.1.4.1.318.1.1.32.",
        sent={
            **row("2.4.1", "1", {4: 900, 5: 950, 9: 12345, 10: 17}),
            **row("3.4.1", "1.1", {7: 600, 8: 640}),
            **row("5.9.1", "1.2", {3: "san", 6: 90, 11: 45}),
        },
        meant={
            "active_power_w": {"total": 900, "phases": {"1": 600}, "outlets": {"2": 90}},
            "energy_wh": {"total": 1234500, "outlets": {"2": 4500}},
            "apparent_power_va": {"total": 950, "phases": {"1": 640}},
        },
        names={"2": "san"},
    ),
    "an APC xPDU": Device(
        profile="apc-xpdu",
        object_id="1.3.6.1.4.1.318.1.3.15",
        root="1.3.6.1.4.1.318.1.1.15.3.4.",
        sent={
            **{"3.0": 123, "4.0": 130},
            **row("14.1", "1", {5: 60, 6: 65}),
            **row("14.1", "2", {5: 63, 6: 65}),
            **row("14.1", "3", {5: -1, 6: -1}),
        },
        meant={
            "active_power_w": {"total": 12300, "phases": {"1": 6000, "2": 6300}},
            "apparent_power_va": {"total": 13000, "phases": {"1": 6500, "2": 6500}},
        },
    ),
}
