"""One device: what is read, what is left out, and what is known of its counter."""

import asyncio
import copy
from datetime import timedelta
from typing import Any

import pytest

from agent.accounting.registers.intervals import interval_between
from agent.accounting.registers.marks import mark_of
from agent.errors import Unavailable
from agent.model import Zeroed
from tests.collectors.modbus.conftest import METER, WORDS, Make, by_suffix, only, until_read
from tests.collectors.modbus.servers import (
    Fake,
    device,
    encoded,
    faking,
    frame,
    registers_pdu,
    serving,
)


def map_of(*meters: dict[str, Any], **changed: Any) -> dict[str, Any]:  # noqa: ANN401 any shape
    return {"limit_watts": 10_000, "meters": list(meters)} | changed


def total(**changed: Any) -> dict[str, Any]:  # noqa: ANN401 options of any shape
    meter: dict[str, Any] = copy.deepcopy(METER["meters"][0])
    return meter | changed


def energy(**changed: Any) -> dict[str, Any]:  # noqa: ANN401 options of any shape
    return {"register": 101, "type": "uint32", "unit": "Wh"} | changed


async def test_a_device_is_read_fails_and_is_read_again(make: Make) -> None:
    async with serving(device(1, holding=WORDS)) as server:
        one = make(server.port, timeout="50ms")
        assert (await only(one)).power == 500
    with pytest.raises(Unavailable, match="meter: cannot connect to"):
        await one.collect()
    async with serving(device(1, holding=WORDS), port=server.port):
        assert (await until_read(one)).power == 500


async def test_a_hole_in_a_block_is_read_around_and_not_asked_for_again(make: Make) -> None:
    phases = [
        {"scope": "phase", "key": str(n), "power": {"register": 100 + n, "type": "int16"}}
        for n in range(1, 4)
    ]
    map_ = map_of({"scope": "total", "power": {"register": 100, "type": "int16"}}, *phases)
    async with serving(device(1, holding={100: 6, 101: 1, 103: 3})) as server:
        one = make(server.port, registers=map_, read=["total", "phase"])
        readings = await by_suffix(one)
        assert {key: each.power for key, each in readings.items()} == {
            "": 6,
            "/phase/1": 1,
            "/phase/3": 3,
        }
        asked = len(server.asked)
        await one.collect()
        assert [first for _, _, first, _ in server.asked[asked:]] == [100, 101, 103]


async def test_a_device_that_has_nothing_of_the_map_says_so_each_time(make: Make) -> None:
    async with serving(device(1, holding={5: 5})) as server:
        one = make(server.port)
        for _ in range(2):
            with pytest.raises(Unavailable) as raised:
                await one.collect()
            assert str(raised.value) == (
                "meter: it does not have holding registers 100 to 102 (exception 2)"
            )


async def test_a_device_without_a_usable_value_is_unavailable(make: Make) -> None:
    meter = total(power={"register": 100, "type": "int16", "not_available": [0x8000]})
    del meter["energy"]
    async with serving(device(1, holding={100: 0x8000})) as server:
        with pytest.raises(Unavailable) as raised:
            await make(server.port, registers=map_of(meter)).collect()
    assert str(raised.value) == ("meter: it answers, but with no power and no energy of its map")


async def test_input_registers_are_read_with_function_4(make: Make) -> None:
    async with serving(device(1, input_=WORDS)) as server:
        map_ = map_of(total(), function="input")
        assert (await only(make(server.port, registers=map_))).power == 500
        assert {function for _, function, _, _ in server.asked} == {4}


async def test_no_request_is_longer_than_the_map_allows(make: Make) -> None:
    async with serving(device(1, holding=WORDS)) as server:
        map_ = map_of(total(), max_registers=2)
        assert (await only(make(server.port, registers=map_))).energy == 1000 * 3600
        assert [(first, count) for _, _, first, count in server.asked] == [(100, 1), (101, 2)]


async def test_the_whole_of_what_the_protocol_allows_is_one_request(make: Make) -> None:
    words = {at: 1 for at in range(100, 225)}
    meter = total(power={"register": 100, "type": "int16"})
    meter["energy"] = energy(register=223)
    async with serving(device(1, holding=words)) as server:
        map_ = map_of(meter, blocks=[[100, 224]])
        assert (await only(make(server.port, registers=map_))).power == 1
        assert [(first, count) for _, _, first, count in server.asked] == [(100, 125)]


@pytest.mark.parametrize(
    ("options", "step", "span"),
    [
        ({}, 3600, None),
        ({"unit": "kWh", "scale": 0.1, "bits": 32}, 360_000, 2**32 * 360_000),
        ({"unit": "J", "scale": 0.5}, 1, None),
        ({"unit": "MWh", "modulus": 1_000_000}, 3_600_000_000, 3_600_000_000 * 10**6),
        ({"unit": "kWh", "step": 0.01}, 36_000, None),
        ({"unit": "GJ"}, 10**9, None),
    ],
)
async def test_what_is_known_of_a_counter_comes_from_the_map(
    make: Make, options: dict[str, Any], step: int, span: int | None
) -> None:
    map_ = map_of(total(energy=energy(**options), limit_watts=77), longest_gap="10m")
    async with serving(device(1, holding=WORDS)) as server:
        register = (await only(make(server.port, registers=map_))).register
    assert (register.step, register.span, register.limit) == (step, span, 77)
    assert register.longest_gap == timedelta(minutes=10)


async def test_a_counter_that_begins_again_says_when(make: Make) -> None:
    map_ = map_of(total(energy=energy(zeroed="daily")))
    async with serving(device(1, holding=WORDS)) as server:
        reading = await only(make(server.port, registers=map_))
    assert reading.register.zeroed is Zeroed.DAILY


async def test_the_limit_of_the_settings_holds_for_every_part(make: Make) -> None:
    phase = {
        "scope": "phase",
        "key": "1",
        "limit_watts": 100,
        "power": {"register": 100, "type": "int16"},
    }
    async with serving(device(1, holding=WORDS)) as server:
        map_ = map_of(total(), phase)
        one = make(server.port, registers=map_, read=["total", "phase"], limit_watts=4_000)
        readings = await by_suffix(one)
    assert (readings[""].register.limit, readings["/phase/1"].register.limit) == (4_000, 100)


@pytest.mark.parametrize(
    ("beside", "words", "watts"),
    [
        ({"exponent": 99}, {99: 2}, 50_000),
        ({"exponent": {"register": 99, "type": "int16"}}, {99: 0xFFFF}, 50),
        ({"factor": {"register": 99, "type": "uint16"}}, {99: 40}, 20_000),
        ({"exponent": 99}, {99: 0x8000}, None),
        ({"factor": {"register": 99, "type": "uint16"}}, {99: 0}, None),
    ],
)
async def test_a_register_beside_a_number_scales_it(
    make: Make, beside: dict[str, Any], words: dict[int, int], watts: float | None
) -> None:
    meter = total(power={"register": 100, "type": "int16"} | beside)
    async with serving(device(1, holding=WORDS | words)) as server:
        reading = await only(make(server.port, registers=map_of(meter)))
        assert len(server.asked) == 1
    assert (reading.power, reading.energy) == (watts, 1000 * 3600)


async def test_a_large_float_moves_by_more_than_its_step(make: Make) -> None:
    map_ = map_of(total(energy=energy(type="float32", step=64)))
    for count, step in ((5_000_000, 64), (5_000_000_000, 512)):
        high, low = encoded("float32", count, "high-first", "high-first")
        async with serving(device(1, holding={100: 500, 101: high, 102: low})) as server:
            reading = await only(make(server.port, registers=map_))
        assert (reading.energy, reading.register.step) == (count * 3600, step * 3600)


async def test_an_exponent_beside_a_counter_is_in_its_step_and_span(make: Make) -> None:
    map_ = map_of(total(energy=energy(exponent=103, bits=32)))
    async with serving(device(1, holding=WORDS | {103: 3})) as server:
        reading = await only(make(server.port, registers=map_))
    assert reading.energy == 1_000_000 * 3600
    assert (reading.register.step, reading.register.span) == (3_600_000, 2**32 * 3_600_000)


WATER = {
    "scope": "total",
    "power": {"register": 100, "type": "uint16", "unit": "L/h"},
    "energy": {"register": 101, "type": "uint32", "unit": "m3", "scale": 0.001},
}


async def test_a_water_meter_counts_millilitres(make: Make) -> None:
    async with serving(device(1, holding=WORDS | {100: 720})) as server:
        reading = await only(make(server.port, registers=map_of(WATER), role="water"))
    assert (reading.energy, reading.power) == (1_000_000, 200)
    assert reading.register.step == 1000


async def test_a_heat_meter_counts_joules(make: Make) -> None:
    meter = total(energy=energy(unit="GJ", scale=0.001), power={
        "register": 100, "type": "uint16", "unit": "kW", "scale": 0.1,
    })  # fmt: skip
    async with serving(device(1, holding=WORDS)) as server:
        reading = await only(make(server.port, registers=map_of(meter), role="heat-reuse"))
    assert (reading.energy, reading.power) == (10**9, 50_000)


async def test_a_register_that_no_ledger_could_book_is_missing(make: Make) -> None:
    map_ = map_of(total(energy=energy(type="int32", unit="MWh", scale=1_000_000)))
    too_high, below_zero = (
        device(unit, holding=WORDS | {101: word}) for unit, word in ((1, 0x7FFF), (2, 0xFFFF))
    )
    async with serving(too_high, below_zero) as server:
        for unit in (1, 2):
            assert (await only(make(server.port, registers=map_, unit=unit))).energy is None


async def test_what_is_not_in_the_map_is_not_missed(make: Make) -> None:
    async with serving(device(1, holding=WORDS)) as server:
        assert len(await make(server.port, read=["total", "phase"]).collect()) == 1


async def test_what_came_before_a_device_fell_silent_counts(make: Make) -> None:
    async def answer(
        fake: Fake, writer: asyncio.StreamWriter, transaction: int, unit: int, request: bytes
    ) -> None:
        if len(fake.asked) == 1:
            writer.write(frame(transaction, unit, registers_pdu(500)))

    async with faking(answer) as fake:
        map_ = map_of(total(), max_registers=2)
        reading = await only(make(fake.port, registers=map_, timeout="50ms"))
    assert (reading.power, reading.energy) == (500, None)


async def test_a_value_that_is_refused_for_now_is_asked_for_again(make: Make) -> None:
    async def answer(
        fake: Fake, writer: asyncio.StreamWriter, transaction: int, unit: int, request: bytes
    ) -> None:
        first, count = request[2], request[4]
        code = {3: 2, 2: 4 if len(fake.asked) < 5 else 0, 1: 0}[count]
        good = registers_pdu(500) if first == 100 else registers_pdu(0, 1000)
        writer.write(frame(transaction, unit, bytes((0x83, code)) if code else good))

    async with faking(answer) as fake:
        one = make(fake.port)
        readings = [await only(one) for _ in range(3)]
        assert [one.power for one in readings] == [500] * 3
        assert [one.energy for one in readings] == [None, 1000 * 3600, 1000 * 3600]


async def test_another_map_or_another_way_is_another_counter(make: Make) -> None:
    both = total(export={"register": 103, "type": "uint32", "unit": "Wh"})
    maps = [
        map_of(total()),
        map_of(total(energy=energy(scale=10))),
        map_of(total(energy=energy(register=103))),
    ]
    async with serving(device(1, holding=WORDS | {103: 0, 104: 7})) as server:
        readings = [await only(make(server.port, registers=one)) for one in maps]
        for direction in ("import", "export"):
            one = make(server.port, registers=map_of(both), direction=direction)
            readings.append(await only(one))
        again = await only(make(server.port, registers=maps[0]))
    assert [one.source for one in readings] == [
        "modbus holding 101 uint32 x 3600",
        "modbus holding 101 uint32 x 36000",
        "modbus holding 103 uint32 x 3600",
        "modbus holding 101 uint32 x 3600",
        "modbus holding 103 uint32 x 3600 export",
    ]
    assert again.source == readings[0].source
    assert not interval_between(mark_of(readings[0]), readings[1]).intervals
