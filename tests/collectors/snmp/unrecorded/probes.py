"""The parts of MIBs that are about the temperature and humidity probes of rack PDUs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.collectors.snmp.unrecorded.device import Sent, row

Said = Mapping[str, tuple[float | None, float | None]]
"""Degrees Celsius and relative humidity, by the key of the sensor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """The part of a MIB that is about probes, and what it means."""

    profile: str
    root: str
    """What all its OIDs begin with."""
    sent: Sent
    meant: Said
    names: Mapping[str, str] = field(default_factory=dict)


MAC = "17." + ".".join(str(ord(one)) for one in "00:0E:D3:00:00:01")

PROBES: Mapping[str, Agent] = {
    # The second probe is lost, the third has no humidity, and the fourth is of another unit.
    "PowerNet-MIB, rPDU2": Agent(
        profile="apc-rpdu2",
        root="1.3.6.1.4.1.318.1.1.26.10.2.2.1",
        sent={
            **row("", "1", {2: 1, 3: "door", 4: 1, 6: 2, 7: 750, 8: 239, 10: 41}),
            **row("", "2", {2: 1, 3: "lost", 4: 2, 6: 3, 7: 700, 8: 211, 10: 40}),
            **row("", "3", {2: 1, 3: "cold", 4: 3, 6: 2, 7: 302, 8: -11, 10: -1}),
            **row("", "4", {2: 2, 3: "back", 4: 1, 6: 2, 7: 900, 8: 322, 10: 25}),
            **row("", "5", {2: 2, 3: "", 4: 2, 6: 1, 7: -1, 8: -1, 10: -1}),
        },
        meant={"1": (23.9, 0.41), "3": (-1.1, None), "2.1": (32.2, 0.25)},
        names={"1": "door", "3": "cold", "2.1": "back"},
    ),
    # One in Fahrenheit (unit 14), a contact, one out of touch, one on a linked PDU.
    "PDU2-MIB": Agent(
        profile="raritan-pdu2",
        root="1.3.6.1.4.1.13742.6",
        sent={
            **row(".3.6.3.1", "1.1", {2: 10, 4: "front", 16: 7, 17: 1}),
            **row(".5.5.3.1", "1.1", {2: 1, 4: 229}),
            **row(".3.6.3.1", "1.2", {2: 11, 4: "moist", 16: 9, 17: 0}),
            **row(".5.5.3.1", "1.2", {2: 1, 4: 38}),
            **row(".3.6.3.1", "1.3", {2: 10, 4: "warm", 16: 14, 17: 1}),
            **row(".5.5.3.1", "1.3", {2: 1, 4: 731}),
            **row(".3.6.3.1", "1.4", {2: 14, 4: "door", 16: -1, 17: 0}),
            **row(".5.5.3.1", "1.4", {2: 1, 4: 1}),
            **row(".3.6.3.1", "1.5", {2: 10, 4: "gone", 16: 7, 17: 1}),
            **row(".5.5.3.1", "1.5", {2: 2, 4: 0}),
            **row(".3.6.3.1", "2.1", {2: 10, 4: "ice", 16: 7, 17: 1}),
            **row(".5.5.3.1", "2.1", {2: 1, 4: -52}),
        },
        meant={"1": (22.9, None), "2": (None, 0.38), "2.1": (-5.2, None)},
        names={"1": "front", "2": "moist", "2.1": "ice"},
    ),
    # Not found; found without a scale, which is Celsius; found in Fahrenheit; lost.
    "Sentry3-MIB": Agent(
        profile="servertech-sentry3",
        root="1.3.6.1.4.1.1718.3.2.5.1",
        sent={
            **row("", "1.1", {3: "none", 4: 1, 6: -1, 10: -1, 13: 0}),
            **row("", "1.2", {3: "aisle", 4: 0, 6: 245, 10: 33}),
            **row("", "2.1", {3: "warm", 4: 0, 6: 745, 10: 34, 13: 1}),
            **row("", "2.2", {3: "lost", 4: 2, 6: -1, 10: -1, 13: 0}),
        },
        meant={"1.2": (24.5, 0.33), "2.1": (None, 0.34)},
        names={"1.2": "aisle", "2.1": "warm"},
    ),
    "Sentry4-MIB in Celsius": Agent(
        profile="servertech-sentry4",
        root="1.3.6.1.4.1.1718.4.1",
        sent={
            ".9.1.10.0": 0,
            **{".9.2.1.3.1.1": "A1", ".9.2.1.3.1.2": "A2", ".10.2.1.3.1.1": "H1"},
            **{".9.3.1.1.1.1": 239, ".9.3.1.1.1.2": -410},
            **{".10.3.1.1.1.1": 37, ".10.3.1.1.1.2": -1},
        },
        meant={"1.1": (23.9, 0.37)},
        names={"1.1": "A1"},
    ),
    "Sentry4-MIB in Fahrenheit": Agent(
        profile="servertech-sentry4",
        root="1.3.6.1.4.1.1718.4.1",
        sent={".9.1.10.0": 1, ".9.3.1.1.1.1": 750, ".10.3.1.1.1.1": 37},
        meant={"1.1": (None, 0.37)},
    ),
    # The second strip is in Fahrenheit, the second probe of the first one disconnected.
    "EATON-EPDU-MIB": Agent(
        profile="eaton-epdu",
        root="1.3.6.1.4.1.534.6.6.7",
        sent={
            **{".1.2.1.9.0": 0, ".1.2.1.9.1": 1},
            **row(".7.1.1", "0.1", {2: "top", 3: 1, 4: 241}),
            **row(".7.1.1", "0.2", {2: "low", 3: 0, 4: 0}),
            **row(".7.1.1", "1.1", {2: "warm", 3: 1, 4: 752}),
            **row(".7.2.1", "0.1", {2: "top", 3: 1, 4: 405}),
            **row(".7.2.1", "0.2", {2: "low", 3: 0, 4: 0}),
            **row(".7.2.1", "1.1", {2: "warm", 3: 1, 4: 398}),
        },
        meant={"1": (24.1, 0.405), "1.1": (None, 0.398)},
        names={"1": "top", "1.1": "warm"},
    ),
    "PDU-MIB of a Revelation": Agent(
        profile="eaton-revelation",
        root="1.3.6.1.4.1.534.6.6.6.1.3.1",
        sent={".5.0": 412},
        meant={"cpu": (41.2, None)},
    ),
    "an APC in texts": Agent(
        profile="apc-epdu-text",
        root="1.3.6.1.4.1.1.1",
        sent={".28.1": "24.5C", ".29.1": "45.0%RH"},
        meant={"1": (24.5, 0.45)},
    ),
    "an APC in texts, in Fahrenheit": Agent(
        profile="apc-epdu-text",
        root="1.3.6.1.4.1.1.1",
        sent={".28.1": "76.1F", ".29.1": "45.0%RH"},
        meant={"1": (None, 0.45)},
    ),
    "EATON-SENSOR-MIB": Agent(
        profile="eaton-epdu",
        root="1.3.6.1.4.1.534.6.8.1",
        sent={".2.5.0": 1, ".2.3.1.3.1.1": 226, ".3.3.1.3.1.1": 512},
        meant={"1": (22.6, 0.512)},
    ),
    "EATON-SENSOR-MIB in Kelvin": Agent(
        profile="eaton-epdu",
        root="1.3.6.1.4.1.534.6.8.1",
        sent={".2.5.0": 0, ".2.3.1.3.1.1": 2957, ".3.3.1.3.1.1": 512},
        meant={"1": (None, 0.512)},
    ),
    # The tables count from 1 each, so a sensor is known by its serial number.
    "VERTIV-V5-MIB": Agent(
        profile="vertiv-imd",
        root="1.3.6.1.4.1.21239.5.2",
        sent={
            ".1.7.0": 1,
            **row(".4.1", "1", {2: "AA01", 3: "left", 4: 1, 5: 215}),
            **row(".4.1", "2", {2: "AA02", 3: "gone", 4: 0, 5: 210}),
            **row(".9.1", "1", {2: "CC01", 3: "both", 4: 1, 5: 242, 6: 44, 7: 105}),
            **row(".12.1", "1", {2: "DD01", 3: "moist", 4: 1, 5: 50}),
            **row(".8.1", "1", {2: "BB01", 4: 1, 5: "in", 6: 260, 7: 30, 8: 90}),
            **{".8.1.9.1": 1, ".8.1.10.1": "up", ".8.1.11.1": 270},
            **{".8.1.12.1": 0, ".8.1.13.1": "down", ".8.1.14.1": 0},
        },
        meant={
            "AA01": (21.5, None),
            "CC01": (24.2, 0.44),
            "DD01": (None, 0.5),
            "BB01": (26.0, 0.3),
            "up": (27.0, None),
        },
        names={"AA01": "left", "CC01": "both", "DD01": "moist", "BB01": "in", "up": "up"},
    ),
    "VERTIV-V5-MIB in Fahrenheit": Agent(
        profile="vertiv-imd",
        root="1.3.6.1.4.1.21239.5.2",
        sent={".1.7.0": 0, **row(".9.1", "1", {2: "CC01", 3: "both", 4: 1, 5: 755, 6: 44})},
        meant={"CC01": (None, 0.44)},
        names={"CC01": "both"},
    ),
    "GEIST-MIB-V3": Agent(
        profile="geist-v3",
        root="1.3.6.1.4.1.21239.2",
        sent={
            **row(".2.1", "1", {2: "EE01", 3: "box", 4: 1, 5: 24, 6: 75, 7: 38}),
            **row(".4.1", "1", {2: "FF01", 3: "far", 4: 1, 5: 19, 6: 66}),
            **row(".4.1", "2", {2: "FF02", 3: "gone", 4: 0, 5: 0, 6: 32}),
        },
        meant={"EE01": (24, 0.38), "FF01": (19, None)},
        names={"EE01": "box", "FF01": "far"},
    ),
    # Tenths where the firmware has them; Fahrenheit, a door and one out of touch are left out.
    "ENLOGIC-PDU2-MIB": Agent(
        profile="enlogic-pdu2",
        root="1.3.6.1.4.1.38446.1.6",
        sent={
            **row(".2.1", "1.1", {6: 1, 7: 1}),
            **row(".4.1", "1.1", {2: "a", 4: 2, 6: 24, 8: 243}),
            **row(".2.1", "1.2", {6: 2, 7: 3}),
            **row(".4.1", "1.2", {2: "b", 4: 2, 6: 40, 8: 0}),
            **row(".2.1", "1.3", {6: 1, 7: 2}),
            **row(".4.1", "1.3", {2: "c", 4: 2, 6: 75}),
            **row(".2.1", "1.4", {6: 3, 7: 0}),
            **row(".4.1", "1.4", {2: "d", 4: 2, 6: 1}),
            **row(".2.1", "1.5", {6: 1, 7: 1}),
            **row(".4.1", "1.5", {2: "e", 4: 3, 6: 24}),
        },
        meant={"1": (24.3, None), "2": (None, 0.4)},
        names={"1": "a", "2": "b"},
    ),
    "ENLOGIC-PDU-MIB": Agent(
        profile="enlogic-pdu",
        root="1.3.6.1.4.1.38446.1.6",
        sent={**row(".2.1", "2.1", {6: 1, 7: 1}), **row(".4.1", "2.1", {2: "a", 4: 2, 6: 24})},
        meant={"2.1": (24, None)},
        names={"2.1": "a"},
    ),
    "PANDUIT-MIB": Agent(
        profile="panduit-g5",
        root="1.3.6.1.4.1.19536.10.1.4",
        sent={
            **{".1.1.1.1": 1, ".1.1.1.2": 2},
            **row(".2.1", "1.1", {2: "x", 3: 2, 4: 27}),
            **row(".3.1", "1.1", {2: "x", 3: 2, 4: 31}),
            **row(".2.1", "1.2", {2: "", 3: 1, 4: 0}),
            **row(".3.1", "1.2", {2: "", 3: 1, 4: 0}),
            **row(".2.1", "2.1", {2: "y", 3: 2, 4: 80}),
            **row(".3.1", "2.1", {2: "y", 3: 2, 4: 30}),
        },
        meant={"1": (27, 0.31), "2.1": (None, 0.3)},
        names={"1": "x", "2.1": "y"},
    ),
    "CPQPOWER-MIB, pdu2": Agent(
        profile="hpe-pdu2",
        root="1.3.6.1.4.1.232.165.7.4",
        sent={
            **{".1.1.1.0": 1, ".1.1.1.1": 2},
            **row(".2.1", "0.1", {3: 2, 4: 271}),
            **row(".3.1", "0.1", {3: 2, 4: 312}),
            **row(".2.1", "0.2", {3: 1, 4: 0}),
            **row(".3.1", "0.2", {3: 1, 4: 0}),
            **row(".2.1", "1.1", {3: 2, 4: 770}),
        },
        meant={"1": (27.1, 0.312)},
    ),
    "CPQPOWER-MIB, pdu3": Agent(
        profile="hpe-pdu3",
        root="1.3.6.1.4.1.232.165.11.4",
        sent={
            ".1.1.1.1": 1,
            **row(".2.1", "1.1", {2: "x", 3: 2, 4: 27}),
            **row(".3.1", "1.1", {3: 2, 4: 27}),
        },
        meant={"1": (27, 0.27)},
        names={"1": "x"},
    ),
    # The unit is a text beside each variable, here also one whose degree sign is not UTF-8.
    "RITTAL-CMC-III-MIB": Agent(
        profile="rittal-cmc3",
        root="1.3.6.1.4.1.2606.7.4.2.2.1",
        sent={
            **row("", "2.1", {3: "Temperature.DescName", 5: "", 7: 0, 11: 0}),
            **row("", "2.2", {3: "Temperature.Value", 5: "°C", 7: -100, 11: 2410}),
            **row("", "2.3", {3: "Temperature.SetPtHighAlarm", 5: "°C", 7: -100, 11: 4500}),
            **row("", "3.2", {3: "Humidity.Value", 5: "%", 7: -1, 11: 43}),
            **row("", "4.2", {3: "Temperature.Value", 5: "°F", 7: -100, 11: 7410}),
        },
        meant={"2.2": (24.1, None), "3.2": (None, 0.43)},
    ),
    "BACHMANN-BLUENET2-MIB": Agent(
        profile="bluenet2",
        root="1.3.6.1.4.1.31770.2.2.8",
        sent={
            **row(".2.1", "0.1.0.4.255.2.1.0", {6: 256, 7: 2, 9: -1}),
            **row(".2.1", "0.1.0.4.255.2.1.1", {6: 257, 7: 2, 9: -1}),
            **row(".2.1", "1.1.0.5.255.2.1.0", {6: 256, 7: 7, 9: -1}),
            **row(".2.1", "1.1.0.6.255.2.1.0", {6: 4, 7: 2, 9: -1}),
            ".4.1.5.0.1.0.4.255.2.1.0": 231,
            ".4.1.5.0.1.0.4.255.2.1.1": 402,
            ".4.1.5.1.1.0.5.255.2.1.0": 231,
            ".4.1.5.1.1.0.6.255.2.1.0": 1,
        },
        meant={"4.255.2.1": (23.1, 0.402)},
    ),
    # Temperatures are in Fahrenheit by the MIB.
    "CPI-UNITY-MIB": Agent(
        profile="chatsworth-econnect",
        root="1.3.6.1.4.1.30932.1.10.1.5.10.1",
        sent={
            **row("", f"1.{MAC}", {3: "warm", 4: 1, 5: 75}),
            **row("", f"2.{MAC}", {3: "moist", 4: 2, 5: 41}),
        },
        meant={"00:0E:D3:00:00:01.2": (None, 0.41)},
        names={"00:0E:D3:00:00:01.2": "moist"},
    ),
    "TRIPPLITE-PRODUCTS": Agent(
        profile="tripplite-pdu",
        root="1.3.6.1.4.1.850.1.1.3.3.3",
        sent={".1.1.1.1": 235, ".1.1.2.1": 743, ".2.1.1.1.1": 40},
        meant={"1": (23.5, 0.4)},
    ),
    "GUDEADS-EPC1202-MIB": Agent(
        profile="gude-epc",
        root="1.3.6.1.4.1.28507.43.1.6.1.1",
        sent={
            **row("", "1", {2: 233, 3: 402, 32: "7104-2"}),
            **row("", "2", {2: -9999, 3: -9999, 32: ""}),
        },
        meant={"1": (23.3, 0.402)},
        names={"1": "7104-2"},
    ),
    "RNX-UPDU-MIB": Agent(
        profile="rnx-updu",
        root="1.3.6.1.4.1.55108.1.3.2.1",
        sent={
            **row("", "1", {2: "A", 3: 2, 4: 251, 5: 410}),
            **row("", "2", {2: "B", 3: 1, 4: 263, 5: 0}),
            **row("", "3", {2: "C", 3: 0, 4: 0, 5: 0}),
        },
        meant={"1": (25.1, 0.41), "2": (26.3, None)},
        names={"1": "A", "2": "B"},
    ),
    # The temperature inside unit 210 is in hundredths, that of unit 211 in tenths.
    "SCHLEIFENBAUER-DATABUS-MIB": Agent(
        profile="schleifenbauer",
        root="1.3.6.1.4.1.31034.12.1.1.2.8",
        sent={
            **{".1.1.1.210": 3150, ".1.1.1.211": 329},
            **row(".2.1", "210.1", {2: "T", 3: 2410, 4: "cold"}),
            **row(".2.1", "210.2", {2: "H", 3: 4200, 4: ""}),
            **row(".2.1", "210.3", {2: "I", 3: 100, 4: "door"}),
        },
        meant={
            "210.1": (24.1, None),
            "210.2": (None, 0.42),
            "210": (31.5, None),
            "211": (32.9, None),
        },
        names={"210.1": "cold"},
    ),
    "IPOMANII-MIB": Agent(
        profile="ipoman",
        root="1.3.6.1.4.1.2468.1.4.2.1.5.1.1",
        sent={".1.0": 3, ".2.0": 243, ".3.0": 377},
        meant={"1": (24.3, 0.377)},
    ),
    "ATEN-PE-CFG": Agent(
        profile="aten-pdu",
        root="1.3.6.1.4.1.21317.1.3.2.2.2.1.4.1",
        sent={
            **row("", "1", {2: "24.6", 3: "41.2"}),
            **row("", "2", {2: "not-support", 3: "not-support"}),
        },
        meant={"1": (24.6, 0.412)},
    ),
    "DellrPDU-MIB": Agent(
        profile="dell-rpdu",
        root="1.3.6.1.4.1.674.10903.200.2.200.150",
        sent={
            **row(".2.2.1", "1", {2: "rack", 3: 2, 4: 759, 5: 244}),
            **row(".2.2.1", "2", {2: "none", 3: 1, 4: -1, 5: -1}),
            **row(".3.2.1", "1", {2: "rack", 3: 2, 4: 28}),
            **row(".3.2.1", "2", {2: "none", 3: 1, 4: -1}),
        },
        meant={"1": (24.4, 0.28)},
        names={"1": "rack"},
    ),
    # Newer sensors are in the unit that is set (2 is Fahrenheit), older ones have both.
    "CPS-MIB": Agent(
        profile="cyberpower-pdu",
        root="1.3.6.1.4.1.3808.1.1",
        sent={
            **{".4.1.1.0": "shelf", ".4.2.1.0": 752, ".4.2.6.0": 240, ".4.3.1.0": 35},
            **{".8.2.2.0": 2, ".8.1.2.1.3.1": "new", ".8.2.3.1.3.1": 5900},
            ".8.3.2.1.3.1": 4100,
        },
        meant={"ambient": (24.0, 0.35), "1": (None, 0.41)},
        names={"ambient": "shelf", "1": "new"},
    ),
}
