"""Servers and DC plants that say 0 W of what runs: it is no reading, as their MIBs say."""

from collections.abc import Mapping

from tests.collectors.snmp.unrecorded.device import Device, row

SC300 = "1.3.6.1.4.1.1918.2.14.10."

DEVICES: Mapping[str, Device] = {
    # One supply rests beside the other.
    "an iDRAC whose probe of the system says 0 W": Device(
        profile="dell-idrac",
        object_id="1.3.6.1.4.1.674.10892.5",
        root="1.3.6.1.4.1.674.10892.5.4.600.",
        sent={
            **row("30.1", "1.1", {6: 0, 7: 24, 8: "PS1 Output"}),
            **row("30.1", "1.2", {6: 120, 7: 24, 8: "PS2 Output"}),
            **row("30.1", "1.3", {6: 0, 7: 26, 8: "System Board Pwr Consumption"}),
            **row("60.1", "1.1", {7: 5000}),
        },
        meant={"active_power_w": {"psus": {"1": 0, "2": 120}}, "energy_wh": {"total": 5000}},
    ),
    "an iDRAC of which no supply says more than 0 W": Device(
        profile="dell-idrac",
        object_id="1.3.6.1.4.1.674.10892.5",
        root="1.3.6.1.4.1.674.10892.5.4.600.",
        sent={
            **row("30.1", "1.1", {6: 0, 7: 24, 8: "PS1 Output"}),
            **row("30.1", "1.2", {6: 0, 7: 24, 8: "PS2 Output"}),
            **row("30.1", "1.3", {6: 230, 7: 26, 8: "System Board Pwr Consumption"}),
        },
        meant={"active_power_w": {"total": 230}},
    ),
    "a CMC that says 0 W": Device(
        profile="dell-cmc",
        object_id="1.3.6.1.4.1.674.10892.2",
        root="1.3.6.1.4.1.674.10892.2.",
        sent=row("4.1.1", "1", {6: "12.500", 13: "0.000", 14: "0.000"}),
        meant={"energy_wh": {"total": 12500}},
    ),
    "a CMC that does not measure": Device(
        profile="dell-cmc",
        object_id="1.3.6.1.4.1.674.10892.2",
        root="1.3.6.1.4.1.674.10892.2.",
        sent=row("4.1.1", "1", {6: "0.000", 13: "0.000", 14: "0.000"}),
        meant={},
    ),
    "an MX7000 that says 0 W": Device(
        profile="dell-ome-m",
        object_id="1.3.6.1.4.1.674.10892.6",
        root="1.3.6.1.4.1.674.10892.6.",
        sent=row("4.1.1", "1", {3: "9773.0", 9: "0"}),
        meant={"energy_wh": {"total": 9773000}},
    ),
    "an XCC whose gauge says 0 W": Device(
        profile="lenovo-xcc",
        object_id="1.3.6.1.4.1.19046.11.1",
        root="1.3.6.1.4.1.19046.11.1.1.10.1.",
        sent={"10.0": 0},
        meant={},
    ),
    "an SC300 of which a rectifier rests": Device(
        profile="eaton-sc300",
        object_id="1.3.6.1.4.1.1918.2.14",
        root=SC300,
        sent={
            "50.20.0": 4,
            **row("60.30.1", "1", {40: "APR48", 103: 186}),
            **row("60.30.1", "2", {40: "APR48", 103: 0}),
            **row("60.30.1", "3", {40: " ", 103: 2147483647}),
        },
        meant={
            "active_power_w": {"total": 186, "modules": {"1": 186, "2": 0}},
            "load_percent": {"total": 4},
        },
    ),
    "an SC300 on its battery": Device(
        profile="eaton-sc300",
        object_id="1.3.6.1.4.1.1918.2.14",
        root=SC300,
        sent={
            "50.20.0": 4,
            **row("60.30.1", "1", {40: "APR48", 103: 0}),
            **row("60.30.1", "2", {40: "APR48", 103: 0}),
        },
        meant={"load_percent": {"total": 4}},
    ),
}
