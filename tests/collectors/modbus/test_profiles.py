"""Every register map, read from a real server that has these registers and holes between them.

The values are written in counts worked out here from the makers' units, not by the code under test.
"""

import struct
from typing import Any

import pytest

from agent.errors import ConfigError, Unavailable
from collectors.modbus.settings import ModbusSettings
from config.profiles.modbus import Profile, profile_of, profiles
from tests.collectors.modbus.conftest import Make, by_suffix, only, until_read
from tests.collectors.modbus.servers import device, encoded, serving

PLAIN = sorted(name for name, profile in profiles().items() if profile.meters)


def floats(**at: float) -> dict[int, int]:
    """Floats, high word first, by register: `r52=1.5`."""
    words: dict[int, int] = {}
    for name, value in at.items():
        high, low = struct.unpack(">HH", struct.pack(">f", value))
        words |= {int(name[1:]): high, int(name[1:]) + 1: low}
    return words


def swapped(**at: int) -> dict[int, int]:
    """Signed numbers of two registers, low word first."""
    words: dict[int, int] = {}
    for name, value in at.items():
        low, high = struct.unpack(
            ">HH", struct.pack(">i", value)[2:] + struct.pack(">i", value)[:2]
        )
        words |= {int(name[1:], 16): low, int(name[1:], 16) + 1: high}
    return words


def longs(kind: str, **at: int) -> dict[int, int]:
    words: dict[int, int] = {}
    for name, value in at.items():
        found = encoded(kind, value, "high-first", "high-first")
        words |= {int(name[1:]) + offset: word for offset, word in enumerate(found)}
    return words


def pm5000() -> dict[int, int]:
    # Manuals' numbers less 1: 3060 kW, 3204 and 3208 Wh in INT64.
    words = floats(r3059=-12.5, r3075=13.0, r3191=-0.96, r3109=50.02, r3035=230.5, r3009=18.25)
    words |= floats(r3053=4.5, r3027=231.5, r2999=19.5, r3069=4.75)
    words |= floats(r3055=4.0, r3057=4.0, r3029=230.0, r3031=230.0, r3001=18.0, r3003=18.0)
    words |= {at: 0 for at in range(2999, 3093)} | words
    words |= longs("int64", r3203=123_456_789_012, r3207=5_000)
    words |= {at: 0 for at in range(3211, 3219)}
    return words


def sdm630() -> dict[int, int]:
    words = {at: 0 for at in range(42)} | {at: 0 for at in range(70, 82)}
    words |= {at: 0 for at in range(346, 358)}
    words |= floats(r52=-1500.5, r72=1234.5, r74=17.25, r56=1600.0, r62=0.9375, r70=49.984375)
    words |= floats(r12=500.0, r346=400.5, r352=2.5, r0=229.5, r6=2.25, r18=520.0, r30=0.96875)
    return words


def em24(*, e1: bool) -> dict[int, int]:
    imported, exported, phase = (0x34, 0x4E, 0x40) if e1 else (0x3E, 0x5C, 0x46)
    factors, hertz = (0x2E, 0x33) if e1 else (0x32, 0x37)
    words = {at: 0 for at in range(0x36 if e1 else 0x38)}
    words |= swapped(r28=-15_005, r2A=16_000, r12=5_000, r0=2_301, rC=21_739, r18=5_200)
    words |= swapped(**{f"r{imported:X}": 123_456_789, f"r{exported:X}": 77, f"r{phase:X}": 4_321})
    words |= swapped(**{f"r{phase + 2:X}": 1, f"r{phase + 4:X}": 1})
    words |= {factors: 950, factors + 3: 0x10000 - 940, hertz: 500}
    return words


def umg() -> dict[int, int]:
    words = {at: 0 for at in range(19000, 19121)}
    words |= floats(r19026=-2500.5, r19068=5_000_000.0, r19076=64.0, r19034=2600.0, r19050=50.0)
    words |= floats(r19020=800.0, r19062=1_000_000.0, r19070=1.0, r19000=228.5, r19012=3.5)
    words |= floats(r19028=820.0, r19044=0.975)
    return words


def countis() -> dict[int, int]:
    words = {at: 0 for at in range(50512, 50574)} | {at: 0 for at in range(50944, 51009)}
    words |= longs("int32", r50536=-250, r50542=-970, r50544=80, r50562=990)
    words |= longs("uint32", r50946=4_294_967_295, r50952=7, r50540=260, r50526=5_001)
    words |= longs("uint32", r50520=22_950, r50528=3_500, r50556=82)
    return words | {50008: 0x1234, 50009: 0x0056, 50010: 7}


# Registers, then of the total: watts, joules in, joules out, the conditions; and of phase 1.
CASES: dict[str, dict[str, Any]] = {
    "schneider-pm5000": {
        "holding": pm5000(),
        "total": (-12_500, 123_456_789_012 * 3600, 5_000 * 3600),
        "conditions": {
            "voltage_volts": 230.5,
            "current_amperes": 18.25,
            "apparent_power_voltamperes": 13_000,
            "power_factor_ratio": -0.96,
            "frequency_hertz": 50.02,
        },
        "phase": (4_500, None, None),
        "of_phase": {
            "voltage_volts": 231.5,
            "current_amperes": 19.5,
            "apparent_power_voltamperes": 4_750,
        },
        "step": 3600,
        "span": None,
        "requests": [(2999, 78), (3109, 2), (3191, 2), (3203, 4)],
    },
    "eastron-sdm630": {
        "input": sdm630(),
        "total": (-1500.5, int(1234.5 * 3_600_000), int(17.25 * 3_600_000)),
        "conditions": {
            "apparent_power_voltamperes": 1600,
            "power_factor_ratio": 0.9375,
            "frequency_hertz": 49.984375,
        },
        "phase": (500, int(400.5 * 3_600_000), int(2.5 * 3_600_000)),
        "of_phase": {
            "voltage_volts": 229.5,
            "current_amperes": 2.25,
            "apparent_power_voltamperes": 520,
            "power_factor_ratio": 0.96875,
        },
        "step": 225_000,
        "span": None,
        "requests": [(0, 36), (52, 2), (56, 2), (62, 2), (70, 4), (346, 6)],
    },
    "gavazzi-em24-e1": {
        "input": em24(e1=True),
        "total": (-1500.5, 123_456_789 * 360_000, 77 * 360_000),
        "conditions": {
            "power_factor_ratio": -0.94,
            "frequency_hertz": 50,
        },
        "phase": (500, 4_321 * 360_000, None),
        "of_phase": {
            "voltage_volts": 230.1,
            "current_amperes": 21.739,
            "power_factor_ratio": 0.95,
        },
        "step": 360_000,
        "span": None,
        "requests": [(0, 0x36), (0x40, 6)],
    },
    "gavazzi-em24": {
        "input": em24(e1=False),
        "total": (-1500.5, 123_456_789 * 360_000, 77 * 360_000),
        "conditions": {
            "power_factor_ratio": -0.94,
            "frequency_hertz": 50,
        },
        "phase": (500, 4_321 * 360_000, None),
        "of_phase": {
            "voltage_volts": 230.1,
            "current_amperes": 21.739,
            "power_factor_ratio": 0.95,
        },
        "step": 360_000,
        "span": None,
        "requests": [
            (0, 6),
            (0x0C, 10),
            (0x16, 2),
            (0x28, 2),
            (0x32, 6),
            (0x3E, 2),
            (0x46, 6),
        ],
    },
    "janitza-umg": {
        "holding": umg(),
        "total": (-2500.5, 5_000_000 * 3600, 64 * 3600),
        "conditions": {"apparent_power_voltamperes": 2600, "frequency_hertz": 50},
        "phase": (800, 1_000_000 * 3600, 3600),
        "of_phase": {
            "voltage_volts": 228.5,
            "current_amperes": 3.5,
            "apparent_power_voltamperes": 820,
            "power_factor_ratio": pytest.approx(0.975),
        },
        "step": 64 * 3600,
        "span": None,
        "requests": [(19000, 70)],
    },
    "socomec-countis": {
        "holding": countis(),
        "total": (-2500, 4_294_967_295 * 36_000, 7 * 36_000),
        "conditions": {
            "apparent_power_voltamperes": 2600,
            "power_factor_ratio": -0.97,
            "frequency_hertz": 50.01,
        },
        "phase": (800, None, None),
        "of_phase": {
            "voltage_volts": 229.5,
            "current_amperes": 3.5,
            "apparent_power_voltamperes": 820,
            "power_factor_ratio": 0.99,
        },
        "step": 36_000,
        "span": 2**32 * 36_000,
        "requests": [(50520, 48), (50946, 2)],
    },
}


def test_every_map_has_a_case() -> None:
    assert sorted(CASES) == PLAIN


def served(case: dict[str, Any]) -> Any:  # noqa: ANN401 a device of pymodbus
    return device(5, holding=case.get("holding"), input_=case.get("input"))


@pytest.mark.parametrize("name", PLAIN)
async def test_a_map_is_read_as_its_maker_means_it(make: Make, name: str) -> None:
    case = CASES[name]
    async with serving(served(case)) as server:
        one = make(server.port, unit=5, profile=name, read=["total", "phase"])
        readings = await by_suffix(one)
        await one.collect()
    watts, into, _ = case["total"]
    total = readings[""]
    assert (total.power, total.energy) == (pytest.approx(watts), into)
    assert total.conditions == pytest.approx(case["conditions"])
    assert (total.register.step, total.register.span) == (case["step"], case["span"])
    assert total.register.limit == profiles()[name].limit_watts
    watts, into, _ = case["phase"]
    phase = readings["/phase/1"]
    assert (phase.power, phase.energy) == (pytest.approx(watts), into)
    expected = {key: pytest.approx(value) for key, value in case["of_phase"].items()}
    assert phase.conditions == expected
    assert set(readings) == {"", "/phase/1", "/phase/2", "/phase/3"}
    # Of the second poll, which looks nothing up: the fewest requests, none of them into a hole.
    asked = [(first, count) for _, _, first, count in server.asked]
    assert [*case["requests"]] == asked[-len(case["requests"]) :]
    assert server.connections == 1


@pytest.mark.parametrize("name", PLAIN)
async def test_what_flows_out_is_read_for_what_generates(make: Make, name: str) -> None:
    case = CASES[name]
    watts, _, out = case["total"]
    async with serving(served(case)) as server:
        solar = await only(make(server.port, unit=5, profile=name, role="onsite"))
        turned = await only(make(server.port, unit=5, profile=name, direction="export"))
        plain = make(server.port, unit=5, profile=name, role="onsite", direction="import")
        wired = await only(plain)
    assert (solar.power, solar.energy) == (pytest.approx(-watts), out)
    assert (turned.power, turned.energy) == (solar.power, solar.energy)
    assert (wired.power, wired.energy) == (pytest.approx(watts), case["total"][1])


COUNTIS = "modbus socomec-countis"


async def test_a_serial_number_tells_an_exchanged_meter(make: Make) -> None:
    words = countis()
    async with serving(device(5, holding=words)) as server:
        first = await only(make(server.port, unit=5, profile="socomec-countis"))
    async with serving(device(5, holding=words | {50010: 8})) as server:
        second = await only(make(server.port, unit=5, profile="socomec-countis"))
    assert (first.source, second.source) == (f"{COUNTIS} 123400560007", f"{COUNTIS} 123400560008")


async def test_a_serial_number_that_is_not_given_for_once_is_still_the_same(make: Make) -> None:
    words = countis()
    silent = words | {50008: 0, 50009: 0, 50010: 0}
    async with serving(device(5, holding=words)) as server:
        one = make(server.port, unit=5, profile="socomec-countis")
        before = await only(one)
    with pytest.raises(Unavailable):
        await one.collect()
    async with serving(device(5, holding=silent), port=server.port):
        after = await until_read(one)
    assert (before.source, after.source) == (f"{COUNTIS} 123400560007",) * 2


async def test_the_text_of_a_serial_number_is_read(make: Make) -> None:
    words = em24(e1=True) | {0x5000: 0x4142, 0x5001: 0x3132}
    words |= {at: 0 for at in range(0x5002, 0x5007)}
    async with serving(device(1, input_=words)) as server:
        reading = await only(make(server.port, profile="gavazzi-em24-e1"))
    assert reading.source == "modbus gavazzi-em24-e1 AB12"


async def test_an_overflow_is_no_reading(make: Make) -> None:
    words = em24(e1=True) | swapped(r28=0x7FFFFFFF)
    async with serving(device(1, input_=words)) as server:
        reading = await only(make(server.port, profile="gavazzi-em24-e1"))
    assert (reading.power, reading.energy) == (None, 123_456_789 * 360_000)


GOOD = """
name: acme
title: Acme
limit_watts: 1000
meters:
  - scope: total
    power: {register: 1, type: int16}
"""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("{register: 1, type: int16}", "{registers: 1, type: int16}"), "do you mean 'register'?"),
        (("int16", "int17"), "meters.0.power.type: Input should be 'int16'"),
        (("register: 1", "register: 65536"), "less than or equal to 65535"),
        (
            ("register: 1, type: int16", "register: 65535, type: int32"),
            "ends behind register 65535",
        ),
        (("type: int16", "type: string, words: 2"), "a string is no number"),
        (("type: int16", "type: string"), "words belongs to a string or hex"),
        (("type: int16", "type: int16, scale: 0"), "it must be above zero"),
        (("type: int16", "type: int16, scale: x"), "'x' is no number"),
        (("scope: total", "scope: phase"), "a phase needs a key"),
        (("scope: total", 'scope: total\n    key: "1"'), "there is one total: it has no key"),
        (("power:", "conditions: {} #"), "a meter has a power, an energy, or both"),
        (("limit_watts: 1000", "limit_watts: 1000\nblocks: [[5, 2]]"), "5 to 2 goes backwards"),
        (("limit_watts: 1000", "limit_watts: 1000\nidentify: [{}]"), "write registers or names"),
        (("meters:", "meterz:"), "meterz: there is no such key; do you mean 'meters'?"),
        (("name: acme", "name: ["), "is not YAML"),
    ],
)
def test_a_bad_map_says_which_key_and_why(change: tuple[str, str], message: str) -> None:
    profile_of(GOOD, "acme.yaml")
    with pytest.raises(ConfigError) as bad:
        profile_of(GOOD.replace(*change), "acme.yaml")
    assert str(bad.value).startswith("acme.yaml: ")
    assert message in str(bad.value)


def test_a_map_without_meters_is_none() -> None:
    with pytest.raises(ConfigError, match="either meters or models"):
        profile_of("name: a\ntitle: b\nlimit_watts: 1\n", "a.yaml")
    with pytest.raises(ConfigError, match="a profile is a mapping"):
        profile_of("- 1", "a.yaml")


@pytest.mark.parametrize("name", sorted(profiles()))
def test_every_profile_can_be_named_in_the_settings(name: str) -> None:
    made = ModbusSettings.model_validate(
        {"name": "a", "type": "modbus", "address": "192.0.2.1", "profile": name}
    )
    assert isinstance(profiles()[made.profile], Profile)
