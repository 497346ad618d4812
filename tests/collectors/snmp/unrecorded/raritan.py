"""PDUs of Raritan, as their MIBs say."""

from collections.abc import Mapping

from tests.collectors.snmp.unrecorded.device import Device, row

DEVICES: Mapping[str, Device] = {
    # Unit 2 is linked, its sensors have one decimal digit, and its inlet counts nothing now.
    "a chain of two Raritans": Device(
        profile="raritan-pdu2",
        object_id="1.3.6.1.4.1.13742.6",
        root="1.3.6.1.4.1.13742.6.",
        sent={
            **{"5.2.3.1.4.1.1.5": 500, "5.2.3.1.2.1.1.5": 1, "3.3.4.1.7.1.1.5": 0},
            **{"5.2.3.1.4.2.1.5": 7004, "5.2.3.1.2.2.1.5": 1, "3.3.4.1.7.2.1.5": 1},
            **{"5.2.3.1.4.2.1.8": 12, "5.2.3.1.2.2.1.8": 0, "3.3.4.1.7.2.1.8": 0},
            **{"5.4.3.1.4.2.3.5": 45, "5.4.3.1.2.2.3.5": 1, "3.5.4.1.7.2.3.5": 0},
            **{"3.5.3.1.3.2.3": "tape", "4.1.2.1.3.2.3": 7, "4.1.2.1.3.1.1": 8},
            **{"5.3.3.1.4.1.2.5": 300, "5.3.3.1.2.1.2.5": 1, "5.3.3.1.3.1.2.15": 1},
        },
        meant={
            "active_power_w": {
                "total": 1200.4,
                "inlets": {"1.1": 500, "2.1": 700.4},
                "branches": {"2": 300},
                "outlets": {"2.3": 45},
            }
        },
        states={"2.3": 1},
        names={"2.3": "tape"},
    ),
    "a Dominion PX without a table of inlets": Device(
        profile="raritan-px1",
        object_id="1.3.6.1.4.1.13742.4",
        root="1.3.6.1.4.1.13742.4.1.",
        sent={
            **{"1.32.0": "Yes", "3.1.1.0": 2000, "3.1.2.0": 230000},
            **{"3.1.3.0": 440, "3.1.4.0": 460},
            **row("2.2.1", "1", {2: "a", 3: 1, 7: 200, 8: 210, 31: 1234}),
            **row("2.2.1", "2", {2: "b", 3: 0, 7: 0, 8: 0, 31: 0}),
        },
        meant={
            "active_power_w": {"total": 440, "outlets": {"1": 200, "2": 0}},
            "energy_wh": {"outlets": {"1": 1234, "2": 0}},
            "apparent_power_va": {"total": 460, "outlets": {"1": 210, "2": 0}},
        },
        states={"1": 1, "2": 0},
        names={"1": "a", "2": "b"},
    ),
}
