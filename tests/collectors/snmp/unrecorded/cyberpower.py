"""PDUs of CyberPower, as their MIBs say."""

from collections.abc import Mapping

from tests.collectors.snmp.unrecorded.device import Device, row

DEVICES: Mapping[str, Device] = {
    # Three phases and then two banks, of which each power is in two rows.
    "a CyberPower ePDU of three phases": Device(
        profile="cyberpower-pdu",
        object_id="1.3.6.1.4.1.3808.1.1.3",
        root="1.3.6.1.4.1.3808.1.1.3.",
        sent={
            **row("2.3.1.1", "1", {2: 10, 4: 1, 5: 0, 7: 200, 8: 220, 10: 11}),
            **row("2.3.1.1", "2", {2: 10, 4: 2, 5: 0, 7: 210, 8: 230, 10: 12}),
            **row("2.3.1.1", "3", {2: 10, 4: 3, 5: 0, 7: 220, 8: 240, 10: 13}),
            **row("2.3.1.1", "4", {2: 10, 4: 1, 5: 1, 7: 300, 8: 330, 10: 16}),
            **row("2.3.1.1", "5", {2: 10, 4: 1, 5: 2, 7: 330, 8: 360, 10: 20}),
            **row("3.5.1.1", "1", {2: "pump", 4: 1, 7: 4, 8: 88, 13: 5}),
        },
        meant={
            "active_power_w": {
                "total": 630,
                "phases": {"1": 200, "2": 210, "3": 220},
                "banks": {"1": 300, "2": 330},
                "outlets": {"1": 88},
            },
            "energy_wh": {
                "total": 3600,
                "phases": {"1": 1100, "2": 1200, "3": 1300},
                "banks": {"1": 1600, "2": 2000},
                "outlets": {"1": 500},
            },
            "apparent_power_va": {
                "total": 690,
                "phases": {"1": 220, "2": 230, "3": 240},
                "banks": {"1": 330, "2": 360},
            },
        },
        states={"1": 1},
        names={"1": "pump"},
    ),
    "a chain of two CyberPower ePDU2": Device(
        profile="cyberpower-pdu",
        object_id="1.3.6.1.4.1.3808.1.1.6",
        root="1.3.6.1.4.1.3808.1.1.6.",
        sent={
            **row("3.4.1", "1", {2: 1, 9: 100, 15: 410, 18: 400}),
            **row("3.4.1", "2", {2: 2, 9: 200, 15: 310, 18: 300}),
            **row("4.4.1", "1", {2: 1, 3: 1, 7: 400, 8: 410}),
            **row("4.4.1", "2", {2: 2, 3: 1, 7: 300, 8: 310}),
            **row("6.2.4.1", "1", {2: 1, 3: 1, 4: "x", 7: 55, 11: 9}),
            **row("6.2.4.1", "2", {2: 2, 3: 1, 4: "y", 7: 66, 11: 8}),
            **row("6.1.4.1", "2", {2: 2, 3: 1, 5: 2}),
        },
        meant={
            "active_power_w": {
                "total": 700,
                "inlets": {"1": 400, "2": 300},
                "phases": {"1.1": 400, "2.1": 300},
                "outlets": {"1.1": 55, "2.1": 66},
            },
            "energy_wh": {
                "total": 30000,
                "inlets": {"1": 10000, "2": 20000},
                "outlets": {"1.1": 900, "2.1": 800},
            },
            "apparent_power_va": {
                "total": 720,
                "inlets": {"1": 410, "2": 310},
                "phases": {"1.1": 410, "2.1": 310},
            },
        },
        states={"2.1": 0},
        names={"1.1": "x", "2.1": "y"},
    ),
    # Row 1 of the banks is the whole; source B is not measured.
    "a CyberPower transfer switch": Device(
        profile="cyberpower-ats",
        object_id="1.3.6.1.4.1.3808.1.1.5",
        root="1.3.6.1.4.1.3808.1.1.5.",
        sent={
            "1.2.0": "PDU44005",
            "1.5.0": "TAP1",
            **row("2.2.2.1", "1", {2: "Source A", 5: 2301, 6: 500}),
            **row("2.2.2.1", "2", {2: "Source B", 5: 2299, 6: 500}),
            **row("2.2.3.1", "1.1", {3: 230, 4: 3, 5: 640}),
            **row("2.2.3.1", "2.1", {3: 229, 4: -1, 5: -1}),
            **row("5.2.2.1", "1", {2: 1, 3: 28, 4: 1, 5: 630}),
            **row("5.2.4.1", "1", {2: 1, 3: 28, 4: 1, 5: 630, 6: 4211}),
            **row("5.2.4.1", "2", {2: 1, 3: 18, 4: 1, 5: 400, 6: 3000}),
            **row("5.2.4.1", "3", {2: 1, 3: 10, 4: 1, 5: 230, 6: 1211}),
            **row("6.3.1", "1", {2: "tape", 3: 1, 4: 2, 5: 1, 6: 1}),
            **row("6.3.1", "2", {2: "spare", 3: 2, 4: 2, 5: 1, 6: 2}),
        },
        meant={
            "active_power_w": {
                "total": 630,
                "input_phases": {"1.1": 640},
                "phases": {"1": 630},
                "banks": {"1": 400, "2": 230},
            },
            "energy_wh": {"total": 421100, "banks": {"1": 300000, "2": 121100}},
        },
        facts=("CyberPower", "PDU44005"),
        states={"1": 1, "2": 0},
        names={"1": "tape", "2": "spare"},
    ),
    "a CyberPower transfer switch without banks": Device(
        profile="cyberpower-ats",
        object_id="1.3.6.1.4.1.3808.1.1.5",
        root="1.3.6.1.4.1.3808.1.1.5.",
        sent={
            **row("5.2.2.1", "1", {2: 1, 3: 28, 5: 630}),
            **row("5.2.2.1", "2", {2: 2, 3: 10, 5: 200}),
        },
        meant={"active_power_w": {"total": 830, "phases": {"1": 630, "2": 200}}},
    ),
}
