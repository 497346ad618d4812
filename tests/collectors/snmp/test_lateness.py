"""When this process is late, no device is called silent for it."""

import asyncio
import socket
import time

from collectors.snmp import Snmp
from tests.collectors.snmp.conftest import Address
from tests.collectors.snmp.test_misbehaviour import NAMES, ONE, opened, right
from tests.collectors.snmp.wire import Asked


async def test_answers_that_are_there_count_also_when_this_process_was_late(plugin: Snmp) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as agent:
        agent.bind(("127.0.0.1", 0))
        agent.settimeout(0)
        port = agent.getsockname()[1]
        sessions = [await opened(plugin, port, timeout="1s") for _ in range(160)]
        for one in sessions:
            one.tries = 1
        asking = asyncio.gather(*(one.get(ONE) for one in sessions))
        requests = [await asyncio.wait_for(received(agent), 10) for _ in sessions]
        for data, address in requests:
            agent.sendto(right(Asked(data)), address)
        time.sleep(1.1)  # noqa: ASYNC251 the loop is to be late
        assert await asking == [{NAMES[0]: 117}] * 160


async def received(agent: socket.socket) -> tuple[bytes, Address]:
    """Return the next datagram. Only this task waits."""
    while True:
        try:
            return agent.recvfrom(65_535)
        except BlockingIOError:
            await asyncio.sleep(0)
