"""SunSpec: the marker, the chain, scale factors, and what is not implemented."""

import struct
from typing import Any

import pytest

from agent.errors import Unavailable
from tests.collectors.modbus.conftest import Make, by_suffix, only
from tests.collectors.modbus.servers import device, encoded, serving

MARK = [0x5375, 0x6E53]
END = [0xFFFF, 0]
COMMON_LENGTH = 66


def text(value: str, words: int) -> list[int]:
    found = encoded("string", value, "high-first", "high-first")
    return found + [0] * (words - len(found))


def common(serial: str = "SN-1") -> list[int]:
    body = text("Acme", 16) + text("X1", 16) + text("", 8) + text("1.0", 8) + text(serial, 16)
    return [1, COMMON_LENGTH, *body, 1, 0x8000]


def signed(value: int) -> int:
    return value & 0xFFFF


def model(id_: int, length: int, at: dict[int, int], fill: int = 0x8000) -> list[int]:
    """A model whose registers count from the one with its number."""
    body = [fill] * (length + 2)
    body[0], body[1] = id_, length
    for register, word in at.items():
        body[register] = word
    return body


def inverter(id_: int = 103, length: int = 50, **changed: int) -> list[int]:
    at = {
        2: 182, 6: signed(-1), 14: signed(4_210), 15: 0, 16: 5_001, 17: signed(-2),
        18: 4_300, 19: 0, 22: signed(-9_790), 23: signed(-2), 24: 0x0012, 25: 0xD687, 26: 1,
    }  # fmt: skip
    at |= {int(name[1:]): word for name, word in changed.items()}
    return model(id_, length, at)


def meter(id_: int = 203, **changed: int) -> list[int]:
    at = {
        2: 12, 6: 0, 7: 2_301, 15: signed(-1), 16: 500, 17: signed(-1),
        18: signed(-150), 19: 100, 22: 1, 23: 160, 27: 1, 33: signed(-95), 37: 0,
        38: 0, 39: 700, 46: 1, 47: 0, 48: 0, 49: 40, 40: 0, 41: 9, 54: 0,
    }  # fmt: skip
    at |= {int(name[1:]): word for name, word in changed.items()}
    return model(id_, 105, at)


def float_model(id_: int, length: int, **at: float) -> list[int]:
    words = {}
    for name, value in at.items():
        words[int(name[1:])], words[int(name[1:]) + 1] = struct.unpack(
            ">HH", struct.pack(">f", value)
        )
    body = model(id_, length, {})
    body[2:] = [0x7FC0, 0x0000] * ((length + 1) // 2)
    for register, word in words.items():
        body[register] = word
    return body


def at_base(*models: list[int], base: int = 40000, end: bool = True) -> dict[int, int]:
    words = MARK + [word for one in models for word in one] + (END if end else [])
    return {base + offset: word for offset, word in enumerate(words)}


async def refused(make: Make, port: int, **options: Any) -> str:  # noqa: ANN401 options of any shape
    with pytest.raises(Unavailable) as raised:
        await make(port, profile="sunspec", **options).collect()
    return str(raised.value)


@pytest.mark.parametrize("base", [40000, 50000, 0])
@pytest.mark.parametrize("profile", ["sunspec", "auto"])
async def test_an_inverter_is_found_by_its_marker_wherever_it_is(
    make: Make, base: int, profile: str
) -> None:
    words = at_base(common(), inverter(), base=base)
    async with serving(device(1, holding=words)) as server:
        one = make(server.port, profile=profile, role="onsite")
        reading = await only(one)
        asked = len(server.asked)
        await one.collect()
        last = server.asked[asked:]
    assert reading.power == 4_210
    assert reading.energy == 0x0012D687 * 10 * 3600
    assert reading.conditions == {
        "current_amperes": pytest.approx(18.2),
        "apparent_power_voltamperes": 4_300,
        "power_factor_ratio": pytest.approx(-0.979),
        "frequency_hertz": pytest.approx(50.01),
    }
    assert reading.source == "modbus sunspec model 103 SN-1"
    assert (reading.register.step, reading.register.span) == (36_000, 2**32 * 36_000)
    # Values and their scale factors come in one answer, and the marker is not asked for again.
    assert [(first - base, count) for _, _, first, count in last] == [(72, 25)]


@pytest.mark.parametrize("id_", [101, 102, 103])
async def test_each_integer_inverter_has_the_same_layout(make: Make, id_: int) -> None:
    async with serving(device(1, holding=at_base(common(), inverter(id_)))) as server:
        reading = await only(make(server.port, profile="sunspec", role="onsite"))
    assert reading.power == 4_210


@pytest.mark.parametrize("id_", [111, 112, 113])
async def test_an_inverter_in_floats_is_read(make: Make, id_: int) -> None:
    words = at_base(common(), float_model(id_, 60, r22=512.5, r32=1_000_000.0, r24=50.0))
    async with serving(device(1, holding=words)) as server:
        reading = await only(make(server.port, profile="sunspec", role="onsite"))
    assert (reading.power, reading.energy) == (512.5, 1_000_000 * 3600)
    assert reading.conditions == {"frequency_hertz": 50.0}


@pytest.mark.parametrize("id_", [201, 202, 203, 204])
async def test_a_meter_counts_both_ways(make: Make, id_: int) -> None:
    async with serving(device(1, holding=at_base(common(), meter(id_)))) as server:
        into = await by_suffix(make(server.port, profile="sunspec", read=["total", "phase"]))
        out = await only(make(server.port, profile="sunspec", direction="export"))
    total, phase = into[""], into["/phase/1"]
    assert (total.power, total.energy) == (-1_500, 65_536 * 3600)
    assert total.conditions["voltage_volts"] == pytest.approx(230.1)
    assert total.conditions["power_factor_ratio"] == pytest.approx(-0.95)
    assert (phase.power, phase.energy) == (1_000, 40 * 3600)
    assert (out.power, out.energy) == (1_500, 700 * 3600)


@pytest.mark.parametrize("id_", [211, 212, 213, 214])
async def test_a_meter_in_floats_is_read(make: Make, id_: int) -> None:
    body = float_model(id_, 124, r28=-20.5, r68=3_000.0, r60=128.0)
    async with serving(device(1, holding=at_base(common(), body))) as server:
        into = await only(make(server.port, profile="sunspec"))
        out = await only(make(server.port, profile="sunspec", direction="export"))
    assert (into.power, into.energy) == (-20.5, 3_000 * 3600)
    assert (out.power, out.energy) == (20.5, 128 * 3600)


async def test_a_scale_factor_that_changes_is_followed(make: Make) -> None:
    words = at_base(common(), inverter())
    async with serving(device(1, holding=words)) as server:
        before = await only(make(server.port, profile="sunspec", role="onsite"))
    scaled = at_base(common(), inverter(r14=421, r15=1))
    async with serving(device(1, holding=scaled)) as server:
        after = await only(make(server.port, profile="sunspec", role="onsite"))
    assert before.power == after.power == 4_210


async def test_what_is_not_implemented_is_missing(make: Make) -> None:
    body = inverter(r14=0x8000, r2=0xFFFF, r19=0x8000)
    async with serving(device(1, holding=at_base(common(), body))) as server:
        reading = await only(make(server.port, profile="sunspec", role="onsite"))
    assert reading.power is None
    assert reading.energy is not None
    assert reading.conditions.keys() == {"power_factor_ratio", "frequency_hertz"}


async def test_an_accumulator_of_zero_is_missing(make: Make) -> None:
    words = at_base(common(), inverter(r24=0, r25=0))
    async with serving(device(1, holding=words)) as server:
        reading = await only(make(server.port, profile="sunspec", role="onsite"))
    assert (reading.power, reading.energy) == (4_210, None)


async def test_a_shorter_model_is_read_as_far_as_it_goes(make: Make) -> None:
    short = inverter()[:20]
    short[1] = 18
    async with serving(device(1, holding=at_base(common(), short))) as server:
        reading = await only(make(server.port, profile="sunspec", role="onsite"))
        beyond = {first + count for _, _, first, count in server.asked}
    assert (reading.power, reading.energy) == (4_210, None)
    assert max(beyond) <= 40000 + 2 + 68 + 20 + 2


async def test_a_model_that_nobody_knows_is_stepped_over(make: Make) -> None:
    strange = model(64_999, 7, {})
    words = at_base(common(), strange, inverter())
    async with serving(device(1, holding=words)) as server:
        reading = await only(make(server.port, profile="sunspec", role="onsite"))
    assert reading.power == 4_210


async def test_a_chain_without_its_end_ends_where_the_registers_do(make: Make) -> None:
    words = at_base(common(), inverter(), end=False)
    async with serving(device(1, holding=words)) as server:
        reading = await only(make(server.port, profile="sunspec", role="onsite"))
    assert reading.power == 4_210


async def test_a_meter_behind_an_inverter_is_read_by_its_model(make: Make) -> None:
    words = at_base(common(), inverter(), common("M1"), meter(), common("M2"), meter(r18=7, r22=0))
    async with serving(device(1, holding=words)) as server:
        first = await only(make(server.port, profile="sunspec", model=203))
        second = await only(make(server.port, profile="sunspec", model=203, instance=2))
        third = await refused(make, server.port, model=203, instance=3)
        other = await refused(make, server.port, model=213)
    assert (first.power, second.power) == (-1_500, 7)
    assert (first.source, second.source) == tuple(
        f"modbus sunspec model 203 {name}" for name in ("M1", "M2")
    )
    assert third == (
        "meter: it has no SunSpec model 203 number 3: there are 1, 103, 1, 203, 1, 203"
    )
    assert "it has no SunSpec model 213: there are 1, 103" in other


async def test_a_device_that_generates_must_have_such_a_role(make: Make) -> None:
    async with serving(device(1, holding=at_base(common(), inverter()))) as server:
        said = await refused(make, server.port)
    assert said == "meter: its energy is what it generates: write role: onsite, or generator"


async def test_a_device_without_the_marker_says_where_it_was_looked_for(make: Make) -> None:
    async with serving(device(1, holding={1: 1})) as server:
        said = await refused(make, server.port)
    assert said == "meter: it has no SunSpec marker in register 40000, 50000, 0"


async def test_a_chain_that_never_ends_is_given_up(make: Make) -> None:
    words = {40000 + at: word for at, word in enumerate(MARK + [7, 0] * 300)}
    async with serving(device(1, holding=words)) as server:
        said = await refused(make, server.port)
    assert said == "meter: its chain of SunSpec models has no end"
