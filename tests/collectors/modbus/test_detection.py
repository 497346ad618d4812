"""A device is known by what it says of itself, and never guessed at."""

import asyncio
import struct

import pytest

from agent.errors import Unavailable
from config.profiles.modbus import Spot, Traits
from tests.collectors.modbus.conftest import Make, only
from tests.collectors.modbus.servers import (
    Fake,
    device,
    faking,
    frame,
    put,
    registers_pdu,
    serving,
)
from tests.collectors.modbus.test_profiles import countis, em24, pm5000

TRAITS = Traits.model_validate({"limit_watts": 1})


def text(first: int, words: int, value: str) -> dict[int, int]:
    spot = Spot.model_validate({"register": first, "type": "string", "words": words})
    return put(TRAITS, spot, value)


def named(model: str) -> dict[int, int]:
    return pm5000() | text(49, 20, model) | text(69, 20, "Schneider Electric")


def soco(name: str) -> dict[int, int]:
    words = {50000: 0x53, 50001: 0x4F, 50002: 0x43, 50003: 0x4F}
    return countis() | words | text(50058, 8, name)


async def test_the_manufacturer_s_registers_are_enough(make: Make) -> None:
    for model in ("PM5560", "METSEPM5110"):
        async with serving(device(1, holding=named(model))) as server:
            assert (await only(make(server.port, profile="auto"))).power == -12_500


async def test_another_model_of_the_same_maker_is_not_taken(make: Make) -> None:
    async with serving(device(1, holding=named("PM8240"))) as server:
        with pytest.raises(Unavailable, match="in a way that a profile knows"):
            await make(server.port, profile="auto").collect()


@pytest.mark.parametrize("code", [1648, 1653])
async def test_an_identification_code_is_read_on_its_own(make: Make, code: int) -> None:
    words = em24(e1=True) | {0x000B: code}
    async with serving(device(1, input_=words)) as server:
        assert (await only(make(server.port, profile="auto"))).energy == 123_456_789 * 360_000
        assert (1, 4, 0x000B, 1) in server.asked


async def test_the_two_generations_of_one_meter_are_told_apart(make: Make) -> None:
    words = em24(e1=False) | {0x000B: 71}
    async with serving(device(1, input_=words)) as server:
        reading = await only(make(server.port, profile="auto"))
    assert reading.conditions["power_factor_ratio"] == pytest.approx(-0.94)


async def test_a_product_s_name_is_enough(make: Make) -> None:
    async with serving(device(1, holding=soco("COUNTIS E44"))) as server:
        assert (await only(make(server.port, profile="auto"))).power == -2_500
    async with serving(device(1, holding=soco("COUNTIS E28"))) as server:
        with pytest.raises(Unavailable, match="write profile: NAME"):
            await make(server.port, profile="auto").collect()


async def test_the_device_identification_is_enough(make: Make) -> None:
    names = {0: "Schneider Electric", 1: "METSEPM5560"}
    async with serving(device(1, holding=pm5000()), names=names) as server:
        assert (await only(make(server.port, profile="auto"))).power == -12_500


async def test_an_unknown_device_is_shown_by_name_with_the_way_out(make: Make) -> None:
    names = {0: "Acme", 1: "X1"}
    async with serving(device(1, holding={5: 5}), names=names) as server:
        with pytest.raises(Unavailable) as raised:
            await make(server.port, profile="auto").collect()
    said = str(raised.value)
    assert said.startswith("meter: it does not say what it is in a way that a profile knows: ")
    assert "write profile: NAME (there are eastron-sdm630, " in said
    assert said.endswith("or its registers. It says that it is 'Acme X1'.")


async def test_a_silent_device_is_asked_one_thing_and_not_all_that_is_known(make: Make) -> None:
    async def nothing(*_: object) -> None:
        pass

    async with faking(nothing) as fake:
        one = make(fake.port, profile="auto", tries=1, timeout="50ms")
        with pytest.raises(Unavailable, match=r"no answer within 0\.05 s"):
            await one.collect()
        assert len(fake.asked) == 1


async def test_a_device_that_says_nothing_to_what_it_has_not_is_known_all_the_same(
    make: Make,
) -> None:
    async def answer(
        fake: Fake, writer: asyncio.StreamWriter, transaction: int, unit: int, request: bytes
    ) -> None:
        function, first, count = struct.unpack(">BHH", request.ljust(5, b"\0")[:5])
        words = [named("PM5560").get(one) for one in range(first, first + count)]
        if function != 3 or None in words:
            if first == 40000:
                writer.write(frame(transaction, unit, bytes((function | 0x80, 2))))
            return
        writer.write(frame(transaction, unit, registers_pdu(*[one or 0 for one in words])))

    async with faking(answer) as fake:
        one = make(fake.port, profile="auto", tries=1, timeout="50ms")
        assert (await only(one)).power == -12_500


async def test_a_device_is_looked_at_once_and_then_read(make: Make) -> None:
    async with serving(device(1, holding=named("PM5560"))) as server:
        one = make(server.port, profile="auto")
        await one.collect()
        looked = len(server.asked)
        await one.collect()
        assert len(server.asked) - looked == 4
