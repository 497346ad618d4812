"""Modbus devices on loopback: pymodbus' own server, and a small one that misbehaves on purpose."""

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from fractions import Fraction
from typing import Any

from pymodbus import FramerType
from pymodbus.pdu import ModbusPDU
from pymodbus.pdu.device import ModbusDeviceIdentification
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from collectors.modbus.numbers import ordered
from config.profiles.modbus.schema import Number, Order, Spot, Traits

Words = Mapping[int, int]
HOST = "127.0.0.1"


def cells(words: Words) -> list[SimData]:
    """Runs of registers; what is not in one is a hole, answered with exception 2."""
    runs: list[tuple[int, list[int]]] = []
    for address in sorted(words):
        if runs and runs[-1][0] + len(runs[-1][1]) == address:
            runs[-1][1].append(words[address])
        else:
            runs.append((address, [words[address]]))
    return [SimData(first, values=run, datatype=DataType.REGISTERS) for first, run in runs]


def device(unit: int, *, holding: Words | None = None, input_: Words | None = None) -> SimDevice:
    """One unit with these registers, and holes everywhere else."""
    bits = [SimData(0, values=False, datatype=DataType.BITS)]
    last = [SimData(65535, values=0, datatype=DataType.REGISTERS)]
    return SimDevice(
        unit,
        simdata=(bits, bits, cells(holding or {}) or last, cells(input_ or {}) or last),
    )


class Server:
    """A running server, and what it was asked."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.asked: list[tuple[int, int, int, int]] = []
        """Unit, function, first register, count."""
        self.connections = 0

    def pdu(self, sending: bool, pdu: ModbusPDU) -> ModbusPDU:  # noqa: FBT001 pymodbus calls it so
        if not sending:
            self.asked.append((pdu.dev_id, pdu.function_code, pdu.address, pdu.count))
        return pdu

    def connected(self, connected: bool) -> None:  # noqa: FBT001 pymodbus calls it so
        self.connections += connected


@asynccontextmanager
async def serving(
    *devices: SimDevice,
    framer: FramerType = FramerType.SOCKET,
    names: Mapping[int, str] | None = None,
    port: int = 0,
    silent_units: bool = False,
) -> AsyncIterator[Server]:
    """A real Modbus server; unknown units are answered as gateways do, or not at all."""
    server = Server(port)
    identity = ModbusDeviceIdentification(info=dict(names or {}))  # type: ignore[no-untyped-call]  # pymodbus
    running = ModbusTcpServer(
        list(devices),
        framer=framer,
        identity=identity,
        address=(HOST, port),
        ignore_missing_devices=silent_units,
        trace_pdu=server.pdu,
        trace_connect=server.connected,
    )
    await running.listen()
    listening = running.transport
    assert isinstance(listening, asyncio.Server)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        await running.shutdown()  # type: ignore[no-untyped-call]  # pymodbus


Answer = Callable[["Fake", asyncio.StreamWriter, int, int, bytes], Awaitable[None]]
"""Writer, transaction, unit, request."""


class Fake:
    """A TCP server that speaks just enough Modbus to do wrong things."""

    def __init__(self, answer: Answer) -> None:
        self.port = 0
        self.connections = 0
        self.asked: list[tuple[int, bytes]] = []
        """Unit, request."""
        self.under_way = 0
        self.most_under_way = 0
        self._answer = answer

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                transaction, _, length, unit = struct.unpack(">HHHB", await reader.readexactly(7))
                request = await reader.readexactly(length - 1)
                self.asked.append((unit, request))
                self.under_way += 1
                self.most_under_way = max(self.most_under_way, self.under_way)
                await self._answer(self, writer, transaction, unit, request)
                self.under_way -= 1
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def faking(answer: Answer) -> AsyncIterator[Fake]:
    fake = Fake(answer)
    server = await asyncio.start_server(fake, HOST, 0)
    fake.port = server.sockets[0].getsockname()[1]
    try:
        yield fake
    finally:
        server.close()


def frame(transaction: int, unit: int, pdu: bytes) -> bytes:
    return struct.pack(">HHHB", transaction, 0, len(pdu) + 1, unit) + pdu


def registers_pdu(*words: int) -> bytes:
    return bytes((3, 2 * len(words))) + struct.pack(f">{len(words)}H", *words)


def encoded(type_: str, value: Any, word_order: Order, byte_order: Order) -> list[int]:  # noqa: ANN401
    """The registers in which a device says a number; the other direction of what we read."""
    if type_ == "string":
        raw = str(value).encode()
        raw += b"\0" * (len(raw) % 2)
    elif type_.startswith("float"):
        raw = struct.pack(">f" if type_ == "float32" else ">d", float(value))
    else:
        raw = int(value).to_bytes(int(type_.lstrip("uint")) // 8, "big", signed=type_[0] == "i")
    words = list(struct.unpack(f">{len(raw) // 2}H", raw))
    # Turning twice is nothing, so what reads them writes them too.
    turned = ordered(words, word_order, byte_order)
    return list(struct.unpack(f">{len(turned) // 2}H", turned))


def put(traits: Traits, spot: Spot, value: Any, offset: int = 0) -> dict[int, int]:  # noqa: ANN401
    """The registers of one spot of a map that says `value`, in counts."""
    words = encoded(spot.type, value, spot.word_order or traits.word_order, traits.byte_order)
    words += [0] * (spot.length - len(words))
    return {spot.register_ + offset + at: word for at, word in enumerate(words)}


def counts(number: Number, value: float) -> Fraction:
    """The counts, in whole ones where they are, by which a number says a value in its unit."""
    exact = Fraction(str(value)) / number.scale
    return exact if number.type.startswith("float") else Fraction(round(exact))
