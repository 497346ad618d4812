"""Other ends of the wire: recorded devices on pysnmp's codec, agents that misbehave, real snmpd."""

import asyncio
import bisect
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from pyasn1.codec.ber import decoder, encoder
from pysnmp.proto import rfc1902, rfc1905
from pysnmp.proto.api import PROTOCOL_MODULES

from agent.clock import Clock
from collectors.snmp import Snmp
from collectors.snmp.device import SnmpDevice
from collectors.snmp.settings import SnmpSettings
from config import Secret
from tests.shared import SHARED

DEVICES = SHARED / "devices"
TYPES = {
    "2": rfc1902.Integer32,
    "4": rfc1902.OctetString,
    "5": rfc1902.Null,
    "6": rfc1902.ObjectIdentifier,
    "64": rfc1902.IpAddress,
    "65": rfc1902.Counter32,
    "66": rfc1902.Gauge32,
    "67": rfc1902.TimeTicks,
    "68": rfc1902.Opaque,
    "70": rfc1902.Counter64,
}
Untyped = Any
"""What pysnmp and pyasn1 have no types for."""
Arcs = tuple[int, ...]
Address = tuple[str, int]
Row = tuple[str, str, str]
Script = Callable[[bytes, int], Sequence[bytes]]
Agent = asyncio.DatagramTransport


def value_of(kind: str, text: str) -> Untyped:
    """Return the typed value of a line of a recording."""
    if kind == "5":
        return rfc1902.Null("")
    if kind.endswith("x"):
        return TYPES[kind[:-1]](bytes.fromhex(text))
    if kind in ("6",):
        return rfc1902.ObjectIdentifier(text.lstrip("."))
    return TYPES[kind](text if kind in ("4", "64", "68") else int(text or 0))


def recording(path: Path) -> list[Row]:
    """Return the lines of an snmprec file."""
    rows = []
    for line in path.read_text(errors="replace").splitlines():
        name, kind, text = line.split("|", 2)
        if kind.rstrip("x") in TYPES:
            rows.append((name, kind, text))
    return rows


class Recorded(asyncio.DatagramProtocol):
    """Answers v1 and v2c from a recording, encoded by pysnmp."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.values: dict[Arcs, Untyped] = {}
        self.requests: list[str] = []
        self.community = b"public"
        self.change(rows)

    def change(self, rows: Sequence[Row]) -> None:
        """Answer other values from now on; a row that is there already is replaced."""
        for name, kind, text in rows:
            self.values[tuple(int(arc) for arc in name.split("."))] = value_of(kind, text)
        self.names = sorted(self.values)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, address: Address) -> None:
        version = data[4] if data[0] == 0x30 and data[1] < 0x80 else data[data[1] - 0x80 + 4]
        api: Any = PROTOCOL_MODULES[version]
        message, _ = decoder.decode(data, asn1Spec=api.Message())
        if bytes(api.apiMessage.get_community(message)) != self.community:
            return
        request = api.apiMessage.get_pdu(message)
        self.requests.append(type(request).__name__)
        reply = api.apiMessage.get_response(message)
        answer = api.apiMessage.get_pdu(reply)
        self.answer(api, version, request, answer)
        self.transport.sendto(encoder.encode(reply), address)

    def answer(self, api: Untyped, version: int, request: Untyped, answer: Untyped) -> None:
        names = [tuple(name) for name, _ in api.apiPDU.get_varbinds(request)]
        kind = type(request).__name__
        if "Bulk" in kind:
            rows = int(api.apiBulkPDU.get_max_repetitions(request))
            binds = self.bulk(names, min(rows, 60 // len(names)))
        else:
            step = self.next if "Next" in kind else self.get
            binds = [step(name) for name in names]
        for index, (_, value) in enumerate(binds):
            if version == 0 and self.absent(value):
                api.apiPDU.set_error_status(answer, 2)
                api.apiPDU.set_error_index(answer, index + 1)
                binds = list(api.apiPDU.get_varbinds(request))
                break
        api.apiPDU.set_varbinds(answer, [(rfc1902.ObjectName(n), v) for n, v in binds])

    def absent(self, value: Untyped) -> bool:
        return value is rfc1905.noSuchInstance or value is rfc1905.endOfMibView

    def get(self, name: Arcs) -> tuple[Arcs, Untyped]:
        return name, self.values.get(name, rfc1905.noSuchInstance)

    def next(self, name: Arcs) -> tuple[Arcs, Untyped]:
        at = bisect.bisect_right(self.names, name)
        if at == len(self.names):
            return name, rfc1905.endOfMibView
        return self.names[at], self.values[self.names[at]]

    def bulk(self, names: list[Arcs], repetitions: int) -> list[tuple[Arcs, Untyped]]:
        found = []
        for _ in range(repetitions):
            row = [self.next(name) for name in names]
            found += row
            names = [name for name, _ in row]
        return found


class Scripted(asyncio.DatagramProtocol):
    """Answers each request with the datagrams that a script makes of it."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.requests: list[bytes] = []
        self.asked = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, address: Address) -> None:
        self.requests.append(data)
        self.asked.set()
        for datagram in self.script(data, len(self.requests)):
            self.transport.sendto(datagram, address)


Start = Callable[[asyncio.DatagramProtocol], Awaitable[int]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Start an agent on a free port of loopback; return the port."""
    transports: list[asyncio.DatagramTransport] = []

    async def begin(agent: asyncio.DatagramProtocol) -> int:
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: agent, local_addr=("127.0.0.1", 0)
        )
        transports.append(transport)
        return int(transport.get_extra_info("sockname")[1])

    yield begin
    for transport in transports:
        transport.close()


@pytest.fixture
async def plugin() -> AsyncIterator[Snmp]:
    """The plug-in with the profiles that ship with it."""
    snmp = Snmp(Clock())
    yield snmp
    await snmp.close()


def settings(port: int, **options: object) -> SnmpSettings:
    """Return settings for an agent on loopback."""
    filled = {
        "name": "rack-1",
        "type": "snmp",
        "address": "127.0.0.1",
        "port": port,
        "timeout": "3s",
        "tries": 2,
    }
    if options.get("version") != "v3":
        filled["community"] = Secret("public")
    return SnmpSettings.model_validate(filled | options)


def device(plugin: Snmp, port: int, **options: object) -> SnmpDevice:
    return plugin.collector(settings(port, **options))


def walk(name: str) -> list[Row]:
    """Return a recorded device; skips the test where the recordings are not there."""
    path = DEVICES / name
    if not path.exists():
        pytest.skip(f"the recorded device {name} is missing (set CARBOND_SHARED)")
    return recording(path)


def expected(name: str) -> dict[str, Any]:
    """Return what a correct reader gets from a recorded device."""
    found: dict[str, Any] = json.loads((DEVICES / "expected.json").read_text())[name]
    return found


SNMPD = shutil.which("snmpd") or "/usr/sbin/snmpd"
needs_snmpd = pytest.mark.skipif(
    not Path(SNMPD).exists(), reason="snmpd is not installed (Debian: snmpd)"
)

PDU = """
sysobjectid .1.3.6.1.4.1.318.1.3.4.6
sysdescr AP8959EU3
override .1.3.6.1.4.1.318.1.1.26.4.3.1.5.1 integer 117
override .1.3.6.1.4.1.318.1.1.26.4.3.1.9.1 integer 706
override .1.3.6.1.4.1.318.1.1.26.4.3.1.16.1 integer 125
override .1.3.6.1.4.1.318.1.1.26.4.3.1.17.1 integer 93
"""


class Snmpd:
    """A real snmpd that has the OIDs of a PDU."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, lines: str) -> None:
        """Start it and wait until its port answers."""
        conf = self.folder / "snmpd.conf"
        conf.write_text(PDU + lines)
        environment = {
            **os.environ,
            "SNMP_PERSISTENT_DIR": str(self.folder / "persistent"),
            "MIBS": "",
        }
        command = [SNMPD, "-f", "-LF", "e", str(self.folder / "log"), "-C", "-c", str(conf)]
        self.process = subprocess.Popen(
            [*command, "-p", str(self.folder / "pid"), f"udp:127.0.0.1:{self.port}"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._wait()

    def _wait(self) -> None:
        """Wait until the port is taken."""
        wanted = f":{self.port:04X} "
        end = time.monotonic() + 15
        while time.monotonic() < end:
            if wanted in Path("/proc/net/udp").read_text():
                return
            time.sleep(0.02)
        raise AssertionError((self.folder / "log").read_text())

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)
            self.process = None


@pytest.fixture
def snmpd(tmp_path: Path) -> Iterator[Snmpd]:
    agent = Snmpd(tmp_path)
    yield agent
    agent.stop()
