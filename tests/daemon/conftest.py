"""A network with one device of each kind, for `carbond discover`."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from agent.demo.bmc import Bmc
from tests.collectors.redfish.service import Certificate, Service
from tests.collectors.redfish.test_finding import ROOT
from tests.collectors.snmp.conftest import Recorded
from tests.daemon.network import (
    OUTSIDE,
    PDU,
    SERVER,
    SILENT,
    STRANGE,
    UPS,
    Listener,
    Net,
    free_everywhere,
    listen,
)


@pytest.fixture
async def net(tmp_path: Path) -> AsyncIterator[Net]:
    """A PDU, a BMC, a service, an agent with another community, and listeners all around."""
    loop, net = asyncio.get_running_loop(), Net()
    async with AsyncExitStack() as stack:
        service = await stack.enter_async_context(Service(ROOT, Certificate(tmp_path)))
        udp = (socket.SOCK_DGRAM, socket.SOCK_DGRAM)
        net.ports = dict(zip(("snmp", "ipmi"), map(free_everywhere, udp), strict=True))
        net.ports["redfish"] = service.port
        await stack.enter_async_context(Bmc(lambda: 300.0, host=SERVER, port=net.ports["ipmi"]))
        strange = Recorded(UPS)
        strange.community = b"another"
        for agent, host in ((Recorded(UPS), PDU), (strange, STRANGE)):
            await listen(stack, agent, host, net.ports["snmp"])
        for host in OUTSIDE:
            net.outside[host] = Listener()
            for kind in ("snmp", "ipmi"):
                await listen(stack, net.outside[host], host, net.ports[kind])

            def connected(_: object, writer: asyncio.StreamWriter, host: str = host) -> None:
                net.connected.append(host)
                writer.close()

            server = await asyncio.start_server(connected, host, net.ports["redfish"])
            stack.push_async_callback(server.wait_closed)
            stack.callback(server.close)
        net.inside = {SILENT: Listener()}
        await listen(stack, net.inside[SILENT], SILENT, net.ports["snmp"])
        assert loop.is_running()
        yield net
