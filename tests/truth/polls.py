"""What the meters of the simulated site say, as coarse as the devices are, and what goes wrong."""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from agent.accounting import site
from agent.accounting.metering import tree
from agent.demo.faults import Condition, Fault, Faults
from agent.demo.feeds import SHARES
from agent.demo.pdus import serial_of
from agent.demo.registers import Register as Shown
from agent.demo.registers import Registers
from agent.demo.site import Family, RackPdu, Site
from agent.model import HOUR, MINUTE, Meter, MeterId, Reading, Register, Role, Zeroed
from agent.units import Joules, Watts
from config.profiles import profiles

LOSS = 0.1
"""Share of the polls that no answer comes to."""

JITTER_SECONDS = 0.3
MINUTES_OF_HOUR = HOUR // MINUTE
MINUTES_OF_DAY = 24 * MINUTES_OF_HOUR
FEED_OF_OUTLETS = "a"
"""The PDUs of one feed are enough: the outlets of the other one are metered just so."""

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
    serial: str = ""
    upstream: str = ""
    timed: bool = False
    """Whether it says how long it has run."""


class Polls:
    """One poll a minute of each device, each device in its own second of the minute."""

    def __init__(
        self,
        site: Site,
        seed: int,
        *,
        days: int = 1,
        faults: Faults | None = None,
        outlets: bool = True,
        servers: int = 1,
    ) -> None:
        """Without `outlets` none is read; of the servers one in so many, and those that fail."""
        self.site = site
        self.faults = faults or Faults(loss=LOSS)
        self.devices = tuple(_Devices(site, self.faults, outlets=outlets, servers=servers))
        self.met: Counter[Fault] = Counter()
        """How many answers came while a register's fault went on."""

        self._minutes = days * MINUTES_OF_DAY + 1
        self._dice = random.Random(seed)
        self._offsets = {one.name: self._dice.uniform(0, 55) for one in self.devices}
        self._order = sorted(self.devices, key=lambda one: self._offsets[one.name])
        self._faults = {
            element.name: [one for one in self.faults.faults if one.name == element.name]
            for device in self.devices
            for element in device.elements
        }

    def tree(self, **options: object) -> tree.Tree:
        """Return the place of each device; `options` are the site's."""
        totals = [
            Meter(
                id=MeterId(one.name),
                device=one.name,
                site="site",
                role=one.role,
                upstream=(one.upstream,) if one.upstream else (),
            )
            for one in self.devices
        ]
        return tree.Tree.of([replace(site.Site(name="site"), **options)], totals)  # type: ignore[arg-type] # options

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

    def minutes(self) -> Iterator[list[Reading]]:
        """Yield the readings that came in each minute, in order."""
        for number in range(self._minutes):
            yield list(self._answers((device, number) for device in self._order))

    def hours(self) -> Iterator[list[Reading]]:
        """Yield the readings that came in each hour, those of each meter in order."""
        for first in range(0, self._minutes, MINUTES_OF_HOUR):
            numbers = range(first, min(first + MINUTES_OF_HOUR, self._minutes))
            yield list(self._answers((one, number) for one in self.devices for number in numbers))

    def _answers(self, polls: Iterable[tuple[Device, int]]) -> Iterator[Reading]:
        for device, number in polls:
            if self._dice.random() >= self.faults.loss:
                yield from self._poll(device, number)

    def _poll(self, device: Device, number: int) -> Iterator[Reading]:
        late = self._offsets[device.name] + self._dice.uniform(0, JITTER_SECONDS)
        seconds = number * MINUTE.total_seconds() + late
        condition = device.condition
        if condition.silent(seconds):
            return
        at = self.site.midnight + timedelta(seconds=seconds + self.faults.ahead(seconds))
        source = condition.serial(device.serial, seconds) if device.serial else ""
        uptime = timedelta(seconds=condition.uptime(seconds)) if device.timed else None
        for element in device.elements:
            self.met.update(one for one in self._faults[element.name] if one.at(seconds))
            step, shown = element.facts.step, element.shown
            yield Reading(
                meter=MeterId(element.name),
                at=at,
                register=element.facts,
                energy=None if shown is None else Joules(shown(seconds) // step * step),
                power=Watts(element.watts(self.site.loads[element.name].power(seconds))),
                source=source,
                uptime=uptime,
            )


class _Devices:
    """The devices of a site, with what their profiles know of their registers."""

    def __init__(self, site: Site, faults: Faults, *, outlets: bool, servers: int) -> None:
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
            yield self._device(Role.UPS_OUTPUT, lines, timed=True, upstream="utility")
        for pdu in self._site.pdus:
            yield self._device(
                Role.RACK,
                list(self._pdu(pdu)),
                timed=True,
                serial=serial_of(pdu),
                upstream=f"ups-{pdu.feed}",
            )
        for server in self._servers:
            power = _powers(server.name, round, SERVER_WATTS)
            yield self._device(Role.DEVICE, [power], upstream=server.pdu)

    def _pdu(self, pdu: RackPdu) -> Iterator[Element]:
        watts = _tens if pdu.family is Family.POWERNET else round
        yield self._counter(pdu.name, watts, pdu.register, _limit(PROFILES[pdu.family]))
        if self._outlets and pdu.by_outlet and pdu.feed == FEED_OF_OUTLETS:
            for number, register in enumerate(pdu.outlet_registers, start=1):
                name = f"{pdu.name}/outlet/{number}"
                yield self._counter(name, round, register, OUTLET_WATTS)

    def _device(
        self,
        role: Role,
        elements: Sequence[Element],
        *,
        serial: str = "",
        upstream: str = "",
        timed: bool = False,
    ) -> Device:
        name = elements[0].name
        return Device(
            name=name,
            role=role,
            elements=elements,
            condition=Condition(self._faults.of(name)),
            serial=serial,
            upstream=upstream,
            timed=timed,
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
    limit = profiles()[profile].limit_watts
    assert limit is not None
    return Watts(limit)


def _tens(watts: float) -> float:
    return round(watts / TEN_WATTS) * TEN_WATTS


def _lines(watts: float) -> float:
    """Return the sum of whole watts of three lines, as the UPS-MIB has them."""
    return sum(round(watts * share) for share in SHARES)
