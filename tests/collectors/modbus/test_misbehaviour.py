"""What devices and gateways do wrong, and what must never come of it."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pymodbus.framer import FramerRTU

from agent.errors import Unavailable
from tests.collectors.modbus.conftest import METER, WORDS, Make, only, until_read
from tests.collectors.modbus.servers import (
    HOST,
    Fake,
    device,
    faking,
    frame,
    registers_pdu,
    serving,
)

GOOD = registers_pdu(500, 0, 1000)
OTHER = registers_pdu(9_999, 9, 9)


async def good(writer: asyncio.StreamWriter, transaction: int, unit: int) -> None:
    writer.write(frame(transaction, unit, GOOD))


async def test_a_late_answer_is_never_taken_for_another_s(make: Make) -> None:
    async def answer(
        fake: Fake, writer: asyncio.StreamWriter, transaction: int, unit: int, request: bytes
    ) -> None:
        if len(fake.asked) == 2:
            # The answer to the first request comes when the second one has been sent.
            writer.write(frame(transaction - 1, unit, OTHER))
            await good(writer, transaction, unit)

    async with faking(answer) as fake:
        reading = await only(make(fake.port, tries=2, timeout="100ms"))
        assert (reading.power, reading.energy) == (500, 1000 * 3600)
        assert (len(fake.asked), fake.connections) == (2, 1)


async def test_a_late_answer_shows_that_the_gateway_was_busy_and_the_time_begins_anew(
    make: Make,
) -> None:
    async def answer(
        fake: Fake, writer: asyncio.StreamWriter, transaction: int, unit: int, request: bytes
    ) -> None:
        if len(fake.asked) == 2:
            await asyncio.sleep(0.2)
            writer.write(frame(transaction - 1, unit, OTHER))
            await asyncio.sleep(0.2)
            await good(writer, transaction, unit)

    async with faking(answer) as fake:
        assert (await only(make(fake.port, tries=2, timeout="300ms"))).power == 500
        assert len(fake.asked) == 2


async def test_answers_that_never_come_are_not_waited_for_for_ever(make: Make) -> None:
    async def answer(
        fake: Fake, writer: asyncio.StreamWriter, transaction: int, unit: int, request: bytes
    ) -> None:
        # Every other request is never answered, so that the connection is a good one.
        if unit == 1:
            await good(writer, transaction, unit)

    async with faking(answer) as fake:
        alive = make(fake.port, name="alive")
        dead = make(fake.port, name="dead", unit=2, timeout="1ms", tries=1)
        await only(alive)
        for _ in range(70):
            with pytest.raises(Unavailable):
                await dead.collect()
            await only(alive)
        wire = alive._line.wire
        assert fake.connections == 1
        assert wire._owed[-1] == 140
        assert len(wire._owed) < 65


@pytest.mark.parametrize(
    ("shift", "unit", "pdu"),
    [
        (7, 1, OTHER),
        (0, 2, OTHER),
        (0, 1, registers_pdu(9_999, 9)),
        (0, 1, registers_pdu(9_999, 9, 9, 9)),
        (0, 1, b"\x04" + OTHER[1:]),
        (0, 1, b"\x03\x06\x00\x01"),
        (0, 1, b"\x84\x02"),
        (0, 1, b"\x83\x02\x00"),
    ],
    ids=["transaction", "unit", "short", "long", "function", "cut", "exception", "too-long"],
)
async def test_an_answer_to_something_else_is_dropped(
    make: Make, shift: int, unit: int, pdu: bytes
) -> None:
    async def answer(
        fake: Fake, writer: asyncio.StreamWriter, transaction: int, asked: int, request: bytes
    ) -> None:
        writer.write(frame((transaction + shift) & 0xFFFF, unit, pdu))
        if len(fake.asked) > 1:
            await good(writer, transaction, asked)

    async with faking(answer) as fake:
        one = make(fake.port, tries=1, timeout="50ms")
        with pytest.raises(Unavailable) as raised:
            await one.collect()
        assert str(raised.value) == (
            "meter: no usable answer within 0.05 s: what came was not for unit 1"
        )
        assert (await only(one)).power == 500


async def test_a_transaction_of_zero_is_nobody_s(make: Make) -> None:
    async def answer(
        fake: Fake, writer: asyncio.StreamWriter, transaction: int, unit: int, request: bytes
    ) -> None:
        writer.write(frame(0, unit, OTHER))
        await good(writer, transaction, unit)

    async with faking(answer) as fake:
        assert (await only(make(fake.port))).power == 500


async def test_an_answer_in_pieces_is_put_together(make: Make) -> None:
    async def answer(
        fake: Fake, writer: asyncio.StreamWriter, transaction: int, unit: int, request: bytes
    ) -> None:
        for byte in frame(transaction, unit, GOOD):
            writer.write(bytes((byte,)))
            await writer.drain()
            await asyncio.sleep(0)

    async with faking(answer) as fake:
        assert (await only(make(fake.port))).power == 500


async def test_a_piece_that_is_left_over_does_not_shift_what_follows(make: Make) -> None:
    async def answer(
        fake: Fake, writer: asyncio.StreamWriter, transaction: int, unit: int, request: bytes
    ) -> None:
        first = len(fake.asked) == 1
        data = frame(transaction, unit, OTHER)
        if first:
            writer.write(data[:9])
        else:
            writer.write(frame(transaction - 1, unit, OTHER)[9:])
            await good(writer, transaction, unit)

    async with faking(answer) as fake:
        assert (await only(make(fake.port, tries=2, timeout="100ms"))).power == 500
        assert fake.connections == 1


@pytest.mark.parametrize("data", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\0" * 7 + b"\xff" * 9])
async def test_what_is_no_modbus_is_said_and_the_connection_is_given_up(
    make: Make, data: bytes
) -> None:
    async def answer(
        fake: Fake, writer: asyncio.StreamWriter, transaction: int, unit: int, request: bytes
    ) -> None:
        if fake.connections == 1:
            writer.write(data)
        else:
            await good(writer, transaction, unit)

    async with faking(answer) as fake:
        one = make(fake.port)
        with pytest.raises(Unavailable, match="what answers is no Modbus TCP: look at the port"):
            await one.collect()
        assert (await only(one)).power == 500


async def test_a_flood_is_cut_off(make: Make) -> None:
    async def answer(
        fake: Fake, writer: asyncio.StreamWriter, transaction: int, unit: int, request: bytes
    ) -> None:
        writer.write(frame(transaction + 9, unit, OTHER) * 2_000)

    async with faking(answer) as fake:
        with pytest.raises(Unavailable):
            await make(fake.port, tries=1).collect()


async def test_a_connection_that_is_closed_under_a_request_is_opened_again(make: Make) -> None:
    async def answer(
        fake: Fake, writer: asyncio.StreamWriter, transaction: int, unit: int, request: bytes
    ) -> None:
        if fake.connections == 1:
            writer.close()
        else:
            await good(writer, transaction, unit)

    async with faking(answer) as fake:
        assert (await only(make(fake.port))).power == 500
        assert fake.connections == 2


async def test_a_connection_that_is_closed_each_time_is_unavailable(make: Make) -> None:
    async def answer(
        fake: Fake, writer: asyncio.StreamWriter, transaction: int, unit: int, request: bytes
    ) -> None:
        writer.close()

    async with faking(answer) as fake:
        with pytest.raises(Unavailable, match="meter: the other side closed the connection"):
            await make(fake.port).collect()


async def test_a_server_that_was_down_is_read_when_it_is_back(make: Make) -> None:
    async with serving(device(1, holding=WORDS)) as server:
        one = make(server.port, timeout="50ms")
        assert (await only(one)).power == 500
        port = server.port
    with pytest.raises(
        Unavailable, match=rf"cannot connect to {HOST} port {port}: Connection refused"
    ):
        await one.collect()
    async with serving(device(1, holding=WORDS | {100: 501}), port=port):
        assert (await until_read(one)).power == 501


async def test_a_connection_on_which_nothing_is_heard_is_exchanged(make: Make) -> None:
    async def answer(
        fake: Fake, writer: asyncio.StreamWriter, transaction: int, unit: int, request: bytes
    ) -> None:
        # Dead as a connection is whose other end was switched off: nothing says that it is gone.
        if fake.connections == 2:
            await good(writer, transaction, unit)

    async with faking(answer) as fake:
        one = make(fake.port, tries=2, timeout="50ms")
        with pytest.raises(Unavailable, match=r"no answer within 0\.05 s"):
            await one.collect()
        assert (await only(one)).power == 500


async def test_a_poll_that_is_cancelled_leaves_no_answer_behind(make: Make) -> None:
    held, asked = asyncio.Event(), asyncio.Event()

    async def answer(
        fake: Fake, writer: asyncio.StreamWriter, transaction: int, unit: int, request: bytes
    ) -> None:
        asked.set()
        if len(fake.asked) == 1:
            await held.wait()
            writer.write(frame(transaction, unit, OTHER))
        else:
            await good(writer, transaction, unit)

    async with faking(answer) as fake:
        one = make(fake.port, timeout="1s")
        poll = asyncio.create_task(one.collect())
        await asked.wait()
        poll.cancel()
        with pytest.raises(asyncio.CancelledError):
            await poll
        held.set()
        assert (await only(one)).power == 500


async def test_a_slow_device_is_waited_for(make: Make) -> None:
    async def answer(
        fake: Fake, writer: asyncio.StreamWriter, transaction: int, unit: int, request: bytes
    ) -> None:
        await asyncio.sleep(0.15)
        await good(writer, transaction, unit)

    async with faking(answer) as fake:
        assert (await only(make(fake.port, timeout="2s"))).power == 500
        assert len(fake.asked) == 1


async def test_a_busy_device_is_asked_again(make: Make) -> None:
    async def answer(
        fake: Fake, writer: asyncio.StreamWriter, transaction: int, unit: int, request: bytes
    ) -> None:
        if len(fake.asked) == 1:
            writer.write(frame(transaction, unit, b"\x83\x06"))
        else:
            await good(writer, transaction, unit)

    async with faking(answer) as fake:
        assert (await only(make(fake.port))).power == 500


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (1, "it does not know holding registers 100 to 102 (exception 1)"),
        (2, "it does not have holding registers 100 to 102 (exception 2)"),
        (3, "it does not give holding registers 100 to 102 in one answer (exception 3)"),
        (4, "it failed inside at holding registers 100 to 102 (exception 4)"),
        (5, "it takes long over holding registers 100 to 102 (exception 5)"),
        (6, "it is busy (exception 6)"),
        (8, "its memory is damaged at holding registers 100 to 102 (exception 8)"),
        (99, "it refuses holding registers 100 to 102 (exception 99)"),
    ],
)
async def test_a_refusal_is_said_in_words(make: Make, code: int, message: str) -> None:
    async def answer(
        fake: Fake, writer: asyncio.StreamWriter, transaction: int, unit: int, request: bytes
    ) -> None:
        writer.write(frame(transaction, unit, bytes((0x83, code))))

    async with faking(answer) as fake:
        with pytest.raises(Unavailable) as raised:
            await make(fake.port).collect()
    assert str(raised.value) == f"meter: {message}"


def rtu(unit: int, pdu: bytes) -> bytes:
    body = bytes((unit,)) + pdu
    return body + FramerRTU.compute_CRC(body).to_bytes(2, "big")


class Serial:
    """A converter that passes on the bytes of a serial line; each request has eight."""

    def __init__(self, *answers: bytes | None) -> None:
        self.answers = list(answers)
        self.connections = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                await reader.readexactly(8)
                answer = self.answers.pop(0)
                if answer is not None:
                    writer.write(answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def converter(*answers: bytes | None) -> AsyncIterator[tuple[Serial, int]]:
    serial = Serial(*answers)
    server = await asyncio.start_server(serial, HOST, 0)
    try:
        yield serial, server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def test_on_a_serial_line_a_late_answer_goes_with_its_connection(make: Make) -> None:
    async with converter(None, rtu(1, GOOD)) as (serial, port):
        reading = await only(make(port, framer="rtu-over-tcp", tries=2, timeout="50ms"))
    assert (reading.power, serial.connections) == (500, 2)


async def test_on_a_serial_line_another_unit_s_answer_is_dropped(make: Make) -> None:
    async with converter(rtu(2, OTHER) + rtu(1, GOOD)) as (_, port):
        assert (await only(make(port, framer="rtu-over-tcp"))).power == 500


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (rtu(1, GOOD)[:-1] + b"\0", "its checksum is wrong; look at the wiring"),
        (b"\x01\x55\x03\x00\x00", "what answers is no Modbus RTU: look at the port"),
    ],
)
async def test_damage_on_a_serial_line_is_said(make: Make, data: bytes, message: str) -> None:
    async with converter(data, rtu(1, GOOD)) as (_, port):
        one = make(port, framer="rtu-over-tcp", tries=1)
        with pytest.raises(Unavailable, match=message):
            await one.collect()
        assert (await only(one)).power == 500


async def test_a_refusal_on_a_serial_line_is_read(make: Make) -> None:
    # The whole, and then each value alone.
    async with converter(*[rtu(1, b"\x83\x02")] * 3) as (_, port):
        with pytest.raises(Unavailable, match="it does not have holding registers 100 to 102"):
            await make(port, framer="rtu-over-tcp").collect()


def test_the_map_of_these_tests_is_one_request() -> None:
    power, energy = METER["meters"][0]["power"], METER["meters"][0]["energy"]
    assert (power["register"], energy["register"]) == (100, 101)
    assert struct.unpack(">BBHI", GOOD) == (3, 6, 500, 1000)
