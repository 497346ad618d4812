"""Several units behind one gateway: one connection, one request at a time, and nobody held up."""

import asyncio
import itertools
import time

import pytest
from pymodbus import FramerType

from agent.clock import Clock
from agent.errors import Unavailable
from collectors.modbus import Modbus
from collectors.modbus.line import PATIENCE, Line
from tests.collectors.modbus.conftest import WORDS, Make, only, settings
from tests.collectors.modbus.servers import (
    HOST,
    Fake,
    device,
    faking,
    frame,
    registers_pdu,
    serving,
)

DEAD = 9


async def gateway(
    fake: Fake, writer: asyncio.StreamWriter, transaction: int, unit: int, request: bytes
) -> None:
    """Answers for each unit but one, of which it says that it does not answer."""
    await asyncio.sleep(0)
    pdu = bytes((0x83, 0x0B)) if unit == DEAD else registers_pdu(unit, 0, 1000 + unit)
    writer.write(frame(transaction, unit, pdu))


async def test_many_units_share_one_connection_and_one_request_at_a_time(make: Make) -> None:
    async with faking(gateway) as fake:
        ones = [make(fake.port, name=f"m{unit}", unit=unit) for unit in range(1, 9)]
        readings = await asyncio.gather(*(only(one) for one in ones))
        assert [one.power for one in readings] == list(range(1, 9))
        assert [one.energy for one in readings] == [(1000 + unit) * 3600 for unit in range(1, 9)]
        assert (fake.connections, fake.most_under_way) == (1, 1)
        assert [unit for unit, _ in fake.asked] == list(range(1, 9))


async def test_a_real_server_answers_several_units_on_one_connection(make: Make) -> None:
    devices = [device(unit, holding=WORDS | {100: unit}) for unit in (1, 2, 3)]
    async with serving(*devices) as server:
        ones = [make(server.port, name=f"m{unit}", unit=unit) for unit in (3, 1, 2)]
        readings = await asyncio.gather(*(only(one) for one in ones))
        assert [one.power for one in readings] == [3, 1, 2]
        assert server.connections == 1


async def test_units_are_asked_as_rtu_in_a_stream_too(make: Make) -> None:
    devices = [device(unit, holding=WORDS | {100: unit}) for unit in (1, 2)]
    names = {0: "Acme", 1: "X1"}
    async with serving(*devices, framer=FramerType.RTU, names=names) as server:
        ones = [
            make(server.port, name=f"m{unit}", unit=unit, framer="rtu-over-tcp") for unit in (1, 2)
        ]
        readings = await asyncio.gather(*(only(one) for one in ones))
        assert [one.power for one in readings] == [1, 2]
        unknown = make(server.port, unit=1, framer="rtu-over-tcp", profile="auto")
        with pytest.raises(Unavailable, match="It says that it is 'Acme X1'"):
            await unknown.collect()


async def test_a_dead_unit_is_said_by_the_gateway_and_the_others_are_read(make: Make) -> None:
    async with faking(gateway) as fake:
        dead = make(fake.port, name="dead", unit=DEAD)
        alive = make(fake.port, name="alive", unit=1)
        with pytest.raises(Unavailable) as raised:
            await dead.collect()
        assert (await only(alive)).power == 1
        assert fake.connections == 1
    assert str(raised.value) == "dead: unit 9 does not answer the gateway (exception 11)"


async def test_a_missing_path_names_what_to_look_at(make: Make) -> None:
    async def answer(
        fake: Fake, writer: asyncio.StreamWriter, transaction: int, unit: int, request: bytes
    ) -> None:
        writer.write(frame(transaction, unit, bytes((0x83, 0x0A))))

    async with faking(answer) as fake:
        with pytest.raises(Unavailable) as raised:
            await make(fake.port, unit=40).collect()
    assert str(raised.value) == (
        "meter: the gateway has no path to unit 40: look at the unit and the gateway's table "
        "(exception 10)"
    )


async def test_a_unit_that_a_gateway_keeps_silent_about_holds_nobody_twice(make: Make) -> None:
    async def answer(
        fake: Fake, writer: asyncio.StreamWriter, transaction: int, unit: int, request: bytes
    ) -> None:
        if unit != DEAD:
            await gateway(fake, writer, transaction, unit, request)

    async with faking(answer) as fake:
        dead = make(fake.port, name="dead", unit=DEAD, timeout="50ms", tries=2)
        alive = [make(fake.port, name=f"m{unit}", unit=unit) for unit in (1, 2, 3)]
        with pytest.raises(Unavailable, match=r"dead: no answer within 0\.05 s"):
            await dead.collect()
        assert [unit for unit, _ in fake.asked] == [DEAD, DEAD]
        fake.asked.clear()
        polls = [asyncio.ensure_future(one.collect()) for one in (alive[0], dead, *alive[1:])]
        answers = await asyncio.gather(*polls, return_exceptions=True)
        # Asked once while it is silent, and after those that answer.
        assert [unit for unit, _ in fake.asked] == [1, 2, 3, DEAD]
        assert [isinstance(one, Unavailable) for one in answers] == [False, True, False, False]


async def test_a_unit_that_is_back_is_read_again(make: Make) -> None:
    silent = True

    async def answer(
        fake: Fake, writer: asyncio.StreamWriter, transaction: int, unit: int, request: bytes
    ) -> None:
        if not silent:
            await gateway(fake, writer, transaction, unit, request)

    async with faking(answer) as fake:
        one = make(fake.port, timeout="50ms")
        for _ in range(2):
            with pytest.raises(Unavailable, match="no answer"):
                await one.collect()
        silent = False
        assert (await only(one)).power == 1


async def test_turns_come_in_the_order_of_asking_and_silent_units_after_all_others() -> None:
    line = Line(HOST, 502, "tcp")
    order: list[str] = []

    async def poll(name: str, *, silent: bool = False) -> None:
        async with line.turn(silent=silent):
            order.append(name)
            await asyncio.sleep(0)

    polls = [poll("a"), poll("s", silent=True), poll("b"), poll("t", silent=True), poll("c")]
    await asyncio.gather(*polls)
    assert order == ["a", "b", "c", "s", "t"]


async def test_a_silent_unit_is_not_passed_over_for_ever() -> None:
    line = Line(HOST, 502, "tcp")
    order: list[str] = []

    async def poll(name: str, *, silent: bool = False) -> None:
        async with line.turn(silent=silent):
            order.append(name)
            await asyncio.sleep(0)

    polls = [poll("silent", silent=True)] + [poll("busy") for _ in range(3 * PATIENCE)]
    await asyncio.gather(poll("first"), *polls)
    assert order.index("silent") == PATIENCE + 1


async def test_a_poll_that_is_cancelled_gives_its_turn_on() -> None:
    line = Line(HOST, 502, "tcp")
    order: list[str] = []

    async def poll(name: str) -> None:
        async with line.turn(silent=False):
            order.append(name)
            await asyncio.sleep(0.01)

    tasks = [asyncio.create_task(poll(name)) for name in "abcd"]
    await asyncio.sleep(0)
    tasks[1].cancel()
    tasks[0].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert order == ["a", "c", "d"]
    # The turn is given to one that is being cancelled at the same moment.
    late = asyncio.create_task(poll("e"))
    waiting = asyncio.create_task(poll("f"))
    after = asyncio.create_task(poll("g"))
    await asyncio.sleep(0)
    late.cancel()
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(late, waiting, after, return_exceptions=True)
    assert order[-1] == "g"


async def test_the_connection_rests_between_requests(make: Make) -> None:
    times: list[float] = []

    async def answer(
        fake: Fake, writer: asyncio.StreamWriter, transaction: int, unit: int, request: bytes
    ) -> None:
        times.append(time.monotonic())
        await gateway(fake, writer, transaction, unit, request)

    async with faking(answer) as fake:
        ones = [make(fake.port, name=f"m{unit}", unit=unit, pause="30ms") for unit in (1, 2, 3)]
        await asyncio.gather(*(one.collect() for one in ones))
    assert all(after - before > 0.025 for before, after in itertools.pairwise(times))


async def test_with_new_settings_a_port_is_wrapped_anew(make: Make) -> None:
    async with faking(gateway) as fake:
        first = make(fake.port)
        assert (await only(first)).power == 1
        await first.close()
    async with serving(device(1, holding=WORDS), framer=FramerType.RTU, port=fake.port):
        assert (await only(make(fake.port, framer="rtu-over-tcp"))).power == 500


async def test_the_last_device_of_a_port_takes_the_connection_with_it() -> None:
    plugin = Modbus(Clock())
    async with faking(gateway) as fake:
        a, b = (plugin.collector(settings(fake.port, name=name)) for name in "ab")
        await a.collect()
        await a.close()
        assert (await only(b)).power == 1
        assert fake.connections == 1
        await b.close()
        c = plugin.collector(settings(fake.port, name="c"))
        await c.collect()
        assert fake.connections == 2
        await c.close()
    await plugin.close()


async def test_a_gateway_that_is_down_is_not_waited_for_by_each_device_in_turn(
    make: Make, unused_tcp_port: int
) -> None:
    ones = [make(unused_tcp_port, name=f"m{unit}", unit=unit) for unit in (1, 2)]
    answers = await asyncio.gather(*(one.collect() for one in ones), return_exceptions=True)
    for name, answer in zip(("m1", "m2"), answers, strict=True):
        assert isinstance(answer, Unavailable)
        place = f"127.0.0.1 port {unused_tcp_port}"
        assert str(answer) == f"{name}: cannot connect to {place}: Connection refused"
