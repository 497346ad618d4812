"""What the meters of the simulated site say, as coarse as the devices are, and what goes wrong.

As the collectors would read them, without the protocols between: for days that pass in seconds.
"""

import random
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from agent.demo.faults import Condition, Fault, Faults
from agent.demo.feeds import SHARES
from agent.demo.pdus import serial_of
from agent.demo.registers import Register as Shown
from agent.demo.registers import Registers
from agent.demo.site import FEEDS, Family, RackPdu, Site
from agent.model import HOUR, MINUTE, Meter, MeterId, Reading, Register, Role, Zeroed
from agent.units import Joules, Watts
from config.profiles import profiles

LOSS = 0.1
"""Share of the polls that no answer comes to."""

JITTER_SECONDS = 0.3
MINUTES_OF_HOUR = HOUR // MINUTE
MINUTES_OF_DAY = 24 * MINUTES_OF_HOUR
TEN_WATTS = 10
"""One count of the power that PowerNet-MIB says of a whole PDU."""

PROFILES = {Family.POWERNET: "apc-rpdu2", Family.PDU2: "raritan-pdu2"}
OUTLET_WATTS = Watts(7_400.0)
SERVER_WATTS = Watts(2_000.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One meter of a device."""

    name: str
    watts: Callable[[float], float]
    """What the device makes of the true power."""

    facts: Register
    shown: Shown | None
    """Its counter of energy, if it has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """What is read at one moment."""

    name: str
    role: Role
    elements: Sequence[Element]
    condition: Condition
    source: str = ""
    serial: str = ""
    upstream: str = ""
    timed: bool = False
    """Whether it says how long it has run."""

    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Every how many minutes what is read."""

    outlets: int = 1
    servers: int = 1


EACH_MINUTE = Pace()


class Polls:
    """One poll a minute of each device, each device in its own second of the minute."""

    def __init__(
        self,
        site: Site,
        seed: int,
        *,
        days: int = 1,
        faults: Faults | None = None,
        outlets: Collection[str] = FEEDS,
        servers: int = 1,
        pace: Pace = EACH_MINUTE,
    ) -> None:
        """`outlets` are read of the PDUs of these feeds; of the servers one in so many, and those
        that fail.
        """
        self.site = site
        self.faults = faults or Faults(loss=LOSS)
        self.devices = tuple(_Devices(site, self.faults, outlets=outlets, servers=servers))
        self.met: Counter[Fault] = Counter()
        """How many answers came while a register's fault went on."""

        self._minutes = range(days * MINUTES_OF_DAY + 1)
        self._pace = pace
        self._dice = random.Random(seed)
        self._offsets = {one.name: self._dice.uniform(0, 55) for one in self.devices}
        self._order = sorted(self.devices, key=lambda one: self._offsets[one.name])
        self._faults = {
            element.name: [one for one in self.faults.faults if one.name == element.name]
            for device in self.devices
            for element in device.elements
        }

    def totals(self, site: str) -> list[Meter]:
        """Return the place of each device at a site of this name."""
        return [
            Meter(
                id=MeterId(one.name),
                device=one.name,
                site=site,
                role=one.role,
                upstream=(one.upstream,) if one.upstream else (),
                tags=one.tags,
            )
            for one in self.devices
        ]

    def stages(self) -> Mapping[str, Sequence[str]]:
        """Return the names of the elements at each place of the power chain, downstream."""
        names = [element.name for device in self.devices for element in device.elements]
        return {
            "utility": ["utility"],
            "UPS input": [f"{ups.name}/input" for ups in self.site.upses],
            "UPS output": [ups.name for ups in self.site.upses],
            "racks": [pdu.name for pdu in self.site.pdus],
            "outlets": [name for name in names if "/outlet/" in name],
            "servers": [one.name for one in self.devices if one.role is Role.DEVICE],
        }

    def minutes(self, minutes: Iterable[int] | None = None) -> Iterator[list[Reading]]:
        """Yield the readings that came in each minute, in order: in these since the site's
        midnight, or in all of the days.
        """
        for number in self._minutes if minutes is None else minutes:
            yield list(self._answers((device, number) for device in self._order))

    def hours(self) -> Iterator[list[Reading]]:
        """Yield the readings that came in each hour, those of each meter in order."""
        for first in self._minutes[::MINUTES_OF_HOUR]:
            numbers = self._minutes[first : first + MINUTES_OF_HOUR]
            yield list(self._answers((one, number) for one in self.devices for number in numbers))

    def _answers(self, polls: Iterable[tuple[Device, int]]) -> Iterator[Reading]:
        for device, number in polls:
            if self._dice.random() >= self.faults.loss:
                yield from self._poll(device, number)

    def _every(self, device: Device) -> int:
        return self._pace.servers if device.role is Role.DEVICE else 1

    def _poll(self, device: Device, number: int) -> Iterator[Reading]:
        late = self._offsets[device.name] + self._dice.uniform(0, JITTER_SECONDS)
        seconds = number * MINUTE.total_seconds() + late
        condition = device.condition
        if condition.silent(seconds) or number % self._every(device):
            return
        at = self.site.midnight + timedelta(seconds=seconds + self.faults.ahead(seconds))
        serial = condition.serial(device.serial, seconds) if device.serial else ""
        uptime = timedelta(seconds=condition.uptime(seconds)) if device.timed else None
        for element in device.elements:
            if "/outlet/" in element.name and number % self._pace.outlets:
                continue
            self.met.update(one for one in self._faults[element.name] if one.at(seconds))
            step, shown = element.facts.step, element.shown
            yield Reading(
                meter=MeterId(element.name),
                at=at,
                register=element.facts,
                energy=None if shown is None else Joules(shown(seconds) // step * step),
                power=Watts(element.watts(self.site.loads[element.name].power(seconds))),
                source=f"{device.source} {serial}".rstrip(),
                uptime=uptime,
            )


class _Devices:
    """The devices of a site, with what their profiles know of their registers."""

    def __init__(
        self, site: Site, faults: Faults, *, outlets: Collection[str], servers: int
    ) -> None:
        self._site = site
        self._faults = faults
        self._outlets = outlets
        self._servers = [
            server
            for number, server in enumerate(site.servers)
            if number % servers == 0 or faults.of(server.name)
        ]
        self._registers = Registers(site, faults)

    def __iter__(self) -> Iterator[Device]:
        utility = self._counter(
            "utility", round, self._site.utility_register, _limit("janitza-umg96")
        )
        yield self._device(Role.UTILITY, [utility], timed=True)
        for ups in self._site.upses:
            lines = [_powers(ups.name, _lines), _powers(f"{ups.name}/input", _lines)]
            yield self._device(
                Role.UPS_OUTPUT, lines, timed=True, upstream="utility", feed=ups.feed.upper()
            )
        for pdu in self._site.pdus:
            yield self._device(
                Role.RACK,
                list(self._pdu(pdu)),
                timed=True,
                serial=serial_of(pdu),
                upstream=f"ups-{pdu.feed}",
                rack=pdu.rack,
                feed=pdu.feed.upper(),
            )
        for server in self._servers:
            power = _powers(server.name, round, SERVER_WATTS)
            yield self._device(
                Role.DEVICE, [power], source="dcmi", upstream=server.pdu, rack=server.rack
            )

    def _pdu(self, pdu: RackPdu) -> Iterator[Element]:
        watts = _tens if pdu.family is Family.POWERNET else round
        yield self._counter(pdu.name, watts, pdu.register, _limit(PROFILES[pdu.family]))
        if pdu.by_outlet and pdu.feed in self._outlets:
            for number, register in enumerate(pdu.outlet_registers, start=1):
                name = f"{pdu.name}/outlet/{number}"
                yield self._counter(name, round, register, OUTLET_WATTS)

    def _device(
        self,
        role: Role,
        elements: Sequence[Element],
        *,
        source: str = "snmp",
        serial: str = "",
        upstream: str = "",
        timed: bool = False,
        **tags: str,
    ) -> Device:
        name = elements[0].name
        return Device(
            name=name,
            role=role,
            elements=elements,
            condition=Condition(self._faults.of(name)),
            source=source,
            serial=serial,
            upstream=upstream,
            timed=timed,
            tags=tags,
        )

    def _counter(
        self, name: str, watts: Callable[[float], float], at_midnight: Joules, limit: Watts
    ) -> Element:
        facts = Register(
            step=self._site.steps[name],
            span=self._site.spans[name],
            limit=limit,
            zeroed=self._faults.zeroed.get(name.partition("/")[0], Zeroed.NEVER),
        )
        shown = self._registers.of(name, self._site.loads[name], at_midnight)
        return Element(name=name, watts=watts, facts=facts, shown=shown)


def _powers(name: str, watts: Callable[[float], float], limit: Watts | None = None) -> Element:
    return Element(name=name, watts=watts, facts=Register(limit=limit), shown=None)


def _limit(profile: str) -> Watts:
    return Watts(profiles()[profile].limit_watts)


def _tens(watts: float) -> float:
    return round(watts / TEN_WATTS) * TEN_WATTS


def _lines(watts: float) -> float:
    """Return the sum of whole watts of three lines, as the UPS-MIB has them."""
    return sum(round(watts * share) for share in SHARES)
