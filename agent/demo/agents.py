"""The SNMP agents of the simulated site: one UDP port each, answered by pysnmp.

pysnmp's engine takes 0.1 s and 2 MB to make, so the agents of version 2c share one and are told
apart by the port a request came in on; each agent of version 3 has its own, for an engine id is
what tells devices apart there.
"""

import hashlib
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from pyasn1.type.univ import Any as Encoded
from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.entity import config
from pysnmp.entity.engine import SnmpEngine
from pysnmp.proto.api import v2c

from agent.clock import Clock
from agent.demo.addresses import LOOPBACK, Access
from agent.demo.faults import NONE, Condition, Faults
from agent.demo.feeds import METER_IDENTITY, UPS_IDENTITY, meter_objects, ups_objects
from agent.demo.lines import Line
from agent.demo.objects import Objects, Value, fixed, identity, ticks
from agent.demo.pdus import PDU2_IDENTITY, POWERNET_IDENTITY, pdu2_objects, powernet_objects
from agent.demo.registers import Registers
from agent.demo.site import Family, RackPdu, Site

Version = Literal["v2c", "v3"]
Domain = tuple[int, ...]

MOST_BINDINGS = 64
"""In one answer to GETBULK, so that it is about one datagram of an Ethernet."""

SNMP_V2C, SNMP_V3 = 2, 3
"""The security models: communities of v2c, and users of v3 at the level they have keys for."""

GET = v2c.GetRequestPDU.tagSet
GETNEXT = v2c.GetNextRequestPDU.tagSet
GETBULK = v2c.GetBulkRequestPDU.tagSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A simulated device before it has a port."""

    name: str
    version: Version
    identity: str
    objects: dict[str, Value]
    """Those of its own, without the group `system`."""


def devices_of(site: Site, faults: Faults = NONE) -> Iterator[Device]:
    """Yield the utility meter, the UPSs and the rack PDUs of the site, as a plan has them."""
    registers = Registers(site, faults)
    meter = dict(meter_objects(site.utility, site.utility_register, registers))
    yield Device(name="utility", version="v2c", identity=METER_IDENTITY, objects=meter)
    for ups in site.upses:
        objects = dict(ups_objects(ups))
        yield Device(name=ups.name, version="v2c", identity=UPS_IDENTITY, objects=objects)
    for pdu in site.pdus:
        yield _pdu(pdu, registers, Condition(faults.of(pdu.name)))


def _pdu(pdu: RackPdu, registers: Registers, condition: Condition) -> Device:
    if pdu.family is Family.POWERNET:
        objects = dict(powernet_objects(pdu, registers, condition))
        return Device(name=pdu.name, version="v2c", identity=POWERNET_IDENTITY, objects=objects)
    version: Version = "v2c" if pdu.feed == "a" else "v3"
    objects = dict(pdu2_objects(pdu, registers, condition))
    return Device(name=pdu.name, version=version, identity=PDU2_IDENTITY, objects=objects)


class Agents:
    """All SNMP agents of a site, answering on free ports of the loopback once `start`ed."""

    def __init__(self, site: Site, clock: Clock, access: Access, faults: Faults = NONE) -> None:
        self.devices = tuple(devices_of(site, faults))
        self.ports: dict[str, int] = {}
        """By the name of the device."""

        self._access = access
        self._faults = faults
        self._seconds: Callable[[], float] = lambda: site.seconds(clock.now())
        self._engines: list[Any] = []

    def start(self) -> None:
        """Open the ports in the running event loop."""
        self._shared_engine([device for device in self.devices if device.version == "v2c"])
        for device in self.devices:
            if device.version == "v3":
                self._own_engine(device)

    def close(self) -> None:
        """Close the ports."""
        for engine in self._engines:
            engine.close_dispatcher()
        self._engines.clear()

    def _shared_engine(self, devices: Sequence[Device]) -> None:
        engine = self._engine(b"shared")
        config.add_v1_system(engine, "area", self._access.community)
        domains: dict[Domain, Objects] = {}
        for number, device in enumerate(devices):
            domain = (*udp.DOMAIN_NAME, number)
            domains[domain] = self._listen(engine, domain, device)
        Responder(engine, domains, self._seconds, SNMP_V2C)

    def _own_engine(self, device: Device) -> None:
        engine = self._engine(device.name.encode())
        config.add_v3_user(
            engine,
            self._access.user,
            config.USM_AUTH_HMAC192_SHA256,
            self._access.auth_password,
            config.USM_PRIV_CFB128_AES,
            self._access.priv_password,
        )
        objects = self._listen(engine, udp.DOMAIN_NAME, device)
        Responder(engine, {udp.DOMAIN_NAME: objects}, self._seconds, SNMP_V3)

    def _engine(self, name: bytes) -> Any:  # noqa: ANN401 pysnmp is not typed
        engine = SnmpEngine()
        # Given to the constructor, the id would be kept in a folder of the system's own.
        (engine_id,) = engine.get_mib_builder().import_symbols(
            "__SNMP-FRAMEWORK-MIB", "snmpEngineID"
        )
        digest = hashlib.sha256(name).digest()[:8]
        engine_id.syntax = engine_id.syntax.clone(b"\x80\x00\x1f\x88\x05" + digest)
        engine.snmpEngineID = engine_id.syntax
        self._engines.append(engine)
        return engine

    def _listen(self, engine: Any, domain: Domain, device: Device) -> Objects:  # noqa: ANN401 pysnmp is not typed
        """Open a port for a device, and return what it answers there."""
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        opened.bind((LOOPBACK, 0))
        self.ports[device.name] = opened.getsockname()[1]
        line = Line(device.name, self._faults, self._seconds)
        restarted = partial(_restart, engine) if device.version == "v3" else _forget_nothing
        transport = _Transport(line, restarted).open_server_mode(sock=opened)
        config.add_transport(engine, domain, transport)
        return _objects(device, line.condition)


class _Transport(udp.UdpAsyncioTransport):  # type: ignore[misc] # pysnmp is not typed
    """Hears the packets that its line carries."""

    def __init__(self, line: Line, restarted: Callable[[], None]) -> None:
        super().__init__()
        self._line = line
        self._restarted = restarted

    def datagram_received(self, datagram: bytes, transportAddress: tuple[str, int]) -> None:  # noqa: N803 pysnmp's name
        if self._line.carries(self._restarted):
            super().datagram_received(datagram, transportAddress)


def _restart(engine: Any) -> None:  # noqa: ANN401 pysnmp is not typed
    """Count the start of an engine, and its time from now: who knows the old ones is refused."""
    boots, seconds = engine.get_mib_builder().import_symbols(
        "__SNMP-FRAMEWORK-MIB", "snmpEngineBoots", "snmpEngineTime"
    )
    boots.syntax = boots.syntax.clone(int(boots.syntax) + 1)
    seconds.syntax = seconds.syntax.clone(int(time.time()))


def _forget_nothing() -> None:
    """An agent of version 2c knows nothing of who asks it."""


def _objects(device: Device, condition: Condition) -> Objects:
    system = {
        "1.3.6.1.2.1.1.1.0": fixed(f"Simulated device of carbond: {device.name}"),
        "1.3.6.1.2.1.1.2.0": identity(device.identity),
        "1.3.6.1.2.1.1.3.0": ticks(condition.uptime),
        "1.3.6.1.2.1.1.4.0": fixed(""),
        "1.3.6.1.2.1.1.5.0": fixed(device.name),
        "1.3.6.1.2.1.1.6.0": fixed("Simulated"),
    }
    return Objects(system | device.objects)


class Responder:
    """Answers GET, GETNEXT and GETBULK of all devices behind one engine; each has a port."""

    def __init__(
        self,
        engine: Any,  # noqa: ANN401 pysnmp is not typed
        devices: Mapping[Domain, Objects],
        seconds: Callable[[], float],
        model: int,
    ) -> None:
        """`model` is the one security model that is answered."""
        self._model = model
        self._devices = devices
        self._seconds = seconds
        engine.message_dispatcher.register_context_engine_id(
            engine.snmpEngineID, (GET, GETNEXT, GETBULK), self._process
        )

    def _process(self, engine: Any, *request: Any) -> None:  # noqa: ANN401 pysnmp is not typed
        *how, pdu, longest, reference = request
        if int(how[1]) != self._model:
            return
        received = engine.observer.get_execution_context("rfc3412.receiveMessage:request")
        device = self._devices[tuple(received["transportDomain"])]
        answer = v2c.apiPDU.get_response(pdu)
        bindings = answer.setComponentByPosition(3).getComponentByPosition(3)
        bindings.clear()
        _fill(bindings, self._bindings(device, pdu))
        engine.message_dispatcher.return_response_pdu(engine, *how, answer, longest, reference, {})

    def _bindings(self, device: Objects, pdu: Any) -> Iterable[bytes]:  # noqa: ANN401 pysnmp is not typed
        names = [tuple(name) for name, _ in v2c.apiPDU.get_varbinds(pdu)]
        now = self._seconds()
        if pdu.tagSet == GET:
            return [device.get(name, now) for name in names]
        if pdu.tagSet == GETNEXT:
            return device.bulk(names, 0, 1, now)
        single = min(max(int(v2c.apiBulkPDU.get_non_repeaters(pdu)), 0), len(names))
        wanted = max(int(v2c.apiBulkPDU.get_max_repetitions(pdu)), 0)
        room = MOST_BINDINGS // max(len(names) - single, 1)
        return device.bulk(names, single, min(wanted, room), now)


def _fill(bindings: Any, encoded: Iterable[bytes]) -> None:  # noqa: ANN401 pysnmp is not typed
    """Put the encoded bindings into the list as they are."""
    for place, binding in enumerate(encoded):
        bindings.setComponentByPosition(
            place,
            Encoded(binding),
            verifyConstraints=False,
            matchTags=False,
            matchConstraints=False,
        )
