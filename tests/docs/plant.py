"""What the pages take for granted, on loopback: devices, a NetBox, settings and a daemon on them.

A page writes paths and addresses of its own; `here` makes of them those of this machine.
"""

import asyncio
import json
import re
import shutil
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.collectors.modbus.servers import device as modbus_device
from tests.collectors.modbus.servers import serving as modbus
from tests.collectors.modbus.test_profiles import sdm630
from tests.collectors.mqtt.conftest import Broker
from tests.collectors.redfish.conftest import recording
from tests.collectors.redfish.service import PASSWORD, Certificate, Service
from tests.collectors.snmp.conftest import Recorded
from tests.daemon.network import UPS, free_everywhere, listen
from tests.daemon.processes import Process, carbond
from tests.docs.october import book_october
from tests.inventory.boxes import Box
from tests.inventory.serving import V1_TOKEN
from tests.inventory.serving import serving as netbox
from tests.servers import free_port

PATHS = re.compile(r"(?<![\w.])/(?=(?:etc|var|backup)/)")
POWER = "1.3.6.1.2.1.33.1.4.4.1.4.1"
"""upsOutputPower of UPS-MIB, in watts."""

SNMP_DEVICES = {
    "main": ("10.0.0.6", 1200, "role: utility"),
    "rack-07-a": ("10.0.7.12", 500, "role: rack, upstream: main, rack: '07', tenant: acme"),
    "rack-07-b": ("10.0.7.13", 400, "role: rack, upstream: main, rack: '07', tenant: globex"),
}
"""The address, the power in watts, and the place of each."""

ONE_LOOPBACK = {"10.0.9.3", "10.0.8.2", "10.0.5.1"}
"""Whose servers know no address of loopback but the first."""

SETTINGS = """\
sites:
  - {{name: fra1, timezone: Europe/Berlin, grid: germany}}
ledger: {{path: {ledger}}}
http: {{port: {http}}}
devices:
{devices}
grids:
  - {{name: germany, type: file, path: {hours}}}
exporters:
  - {{name: metrics, type: prometheus}}
"""

DEVICE = """\
  - {{name: {name}, type: snmp, address: {address}, port: {port}, version: v2c, every: 1s,
     community: {{file: {secrets}/snmp-community}}, {place}}}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """The folder that stands for the root of a host, and where what is on it answers."""

    root: Path
    ports: dict[str, int]
    netbox: str
    daemon: Process

    @property
    def settings(self) -> Path:
        return self.root / "etc/carbond/carbond.yaml"

    @property
    def home(self) -> Path:
        """The current folder: the ledger's, as in a container."""
        return self.root / "var/lib/carbond"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports['http']}"

    def here(self, words: Sequence[str]) -> list[str]:
        """Return the words of a command of carbond's as they must be on this machine."""
        return [self._moved(word) for word in words] + self._more(words)

    def _moved(self, word: str) -> str:
        today = word.replace("$(date +%F)", f"{datetime.now(UTC):%F}")
        moved = PATHS.sub(f"{self.root}/", today.replace("https://netbox.example", self.netbox))
        return loopback(moved)

    def _more(self, words: Sequence[str]) -> list[str]:
        """Return the options that a page needs none of, since its devices have the usual ports."""
        match words[0]:
            case "discover":
                kinds = (f"--{kind}-port={self.ports[kind]}" for kind in SEARCHED)
                return [*kinds, "--rate=5000", "--at-once=256", "--timeout=200ms"]
            case "probe" | "record" if "--walk" not in words:
                kind = words[words.index("--type") + 1] if "--type" in words else "snmp"
                return [f"--port={self.ports[kind]}", *(["--rate=1000"] * (words[0] == "record"))]
            case "inventory":
                return [f"--secrets={self.root}/etc/carbond/secrets"]
        return []


LEDGER, OCTOBER = Path("var/lib/carbond/ledger.db"), Path("october.db")
"""What the daemon goes on with, and what nobody writes to."""

SEARCHED = ("snmp", "ipmi", "redfish")


def loopback(text: str) -> str:
    """Return the text with the addresses of a page as they are on loopback."""
    for address in ONE_LOOPBACK:
        text = text.replace(address, "127.0.0.1")
    return re.sub(r"\b10\.0\.", "127.10.", text)


@asynccontextmanager
async def plant(root: Path) -> AsyncIterator[Plant]:
    """Make all of it, and start the daemon as the README does."""
    async with AsyncExitStack() as stack:
        ports = {"http": free_port(), "ipmi": free_everywhere(socket.SOCK_DGRAM)}
        ports |= await _devices(stack, root)
        box = _box()
        served = await stack.enter_async_context(netbox(box))
        _write(root, ports, box)
        await book_october(root / OCTOBER)
        shutil.copy(root / OCTOBER, root / LEDGER)
        settings = str(root / "etc/carbond/carbond.yaml")
        daemon = await stack.enter_async_context(carbond("run", "-c", settings))
        for name in (*SNMP_DEVICES, "germany"):
            await daemon.shows(f'carbond_device_up{{device="{name}"')
        yield Plant(root=root, ports=ports, netbox=served.url, daemon=daemon)


async def _devices(stack: AsyncExitStack, root: Path) -> dict[str, int]:
    """Start the devices, and return the port of each kind."""
    snmp = free_everywhere(socket.SOCK_DGRAM)
    for address, watts, _ in SNMP_DEVICES.values():
        rows = [*UPS, (POWER, "2", str(watts))]
        await listen(stack, Recorded(rows), loopback(address), snmp)
    certificate = Certificate(root)
    pdu = await stack.enter_async_context(Service(recording("pdu-mains")["tree"], certificate))
    pdu.user = "power"
    meter = await stack.enter_async_context(modbus(modbus_device(3, input_=sdm630())))
    broker = Broker(root)
    broker.start()
    stack.callback(broker.stop)
    publishing = asyncio.create_task(_publish(broker))
    stack.callback(publishing.cancel)
    return {"snmp": snmp, "redfish": pdu.port, "modbus": meter.port, "mqtt": broker.port}


async def _publish(broker: Broker) -> None:
    """Publish what a plug measures, often enough that nobody waits for it."""
    while True:
        await broker.publish("tele/plug_4F/SENSOR", {"ENERGY": {"Power": 42, "Total": 1.5}})
        await asyncio.sleep(0.2)


def _box() -> Box:
    """Return a NetBox that knows one more UPS of the site, and a PDU behind it."""
    box = Box()
    site = box.site("fra1", "Frankfurt 1", "Europe/Berlin")
    ups = box.device(site, "ups", "ups-08", primary_ip="192.0.2.7/24")
    pdu = box.device(site, "pdu", "rack-08-a", primary_ip="192.0.2.8/24")
    box.cable(box.port(pdu, "in"), box.outlet(ups, "out"))
    return box


def _write(root: Path, ports: dict[str, int], box: Box) -> None:
    """Write the settings and what else the commands of the pages name."""
    etc, home = root / "etc/carbond", root / "var/lib/carbond"
    for folder in (etc / "conf.d", etc / "secrets", home, root / "backup"):
        folder.mkdir(parents=True)
    now = datetime.now(UTC)
    (home / "hours.csv").write_text(f"start,intensity\n{now:%Y-%m-%dT%H}:00Z,300\n")
    for name, text in (("snmp-community", "public"), ("netbox-token", V1_TOKEN)):
        (etc / "secrets" / name).write_text(text)
    for name, text in (("community", "public"), ("secret", PASSWORD), ("token", V1_TOKEN)):
        (home / name).write_text(text)
    (home / "answers.json").write_text(json.dumps(box.answers()))
    devices = [
        DEVICE.format(
            name=name,
            address=loopback(address),
            port=ports["snmp"],
            secrets=etc / "secrets",
            place=place,
        )
        for name, (address, _, place) in SNMP_DEVICES.items()
    ]
    settings = SETTINGS.format(
        ledger=home / "ledger.db",
        http=ports["http"],
        hours=home / "hours.csv",
        devices="\n".join(devices),
    )
    for folder in (etc, home):
        (folder / "carbond.yaml").write_text(settings)
