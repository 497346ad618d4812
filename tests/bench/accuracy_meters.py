"""The meters of the simulated site, and what they say: as coarse as the devices themselves are."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from agent.accounting import site, tree
from agent.demo.feeds import SHARES
from agent.demo.site import Family, RackPdu, Site
from agent.model import HOUR, MINUTE, Meter, MeterId, Reading, Register, Role
from agent.units import Joules, Watts

LOST = 0.1
"""Share of the polls that no answer comes to."""

JITTER_SECONDS = 0.3
POLLS = 24 * 60 + 1
POLLS_OF_HOUR = HOUR // MINUTE
FEED_OF_OUTLETS = "a"
"""The PDUs of one feed are enough: the outlets of the other one are metered just so."""

TEN_WATTS = 10
"""One count of the power that PowerNet-MIB says of a whole PDU."""

Shown = Callable[[float], float]
"""What a device makes of the true power."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One meter of a device."""

    name: str
    watts: Shown
    register: Register
    counts: bool
    """Whether it has a counter of energy; its step is the register's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """What is read at one moment."""

    name: str
    role: Role
    elements: Sequence[Element]


class Polls:
    """A day of polls, one a minute of each device, each device in its own second of the minute."""

    def __init__(self, site: Site, seed: int) -> None:
        self.site = site
        self.devices = tuple(_devices(site))
        self._dice = random.Random(seed)
        self._offsets = {one.name: self._dice.uniform(0, 55) for one in self.devices}

    def tree(self) -> tree.Tree:
        """Return the place of each device."""
        totals = [
            Meter(id=MeterId(one.name), device=one.name, site="site", role=one.role)
            for one in self.devices
        ]
        return tree.Tree.of([site.Site(name="site")], totals)

    def stages(self) -> Mapping[str, Sequence[str]]:
        """Return the names of the elements at each place of the power chain, downstream."""
        names = [element.name for device in self.devices for element in device.elements]
        return {
            "utility": ["utility"],
            "UPS input": [f"{ups.name}/input" for ups in self.site.upses],
            "UPS output": [ups.name for ups in self.site.upses],
            "racks": [pdu.name for pdu in self.site.pdus],
            "outlets": [name for name in names if "/outlet/" in name],
            "servers": [server.name for server in self.site.servers],
        }

    def hours(self) -> Iterator[list[Reading]]:
        """Yield the readings that came, an hour at a time, each meter's in order."""
        for first in range(0, POLLS, POLLS_OF_HOUR):
            numbers = range(first, min(first + POLLS_OF_HOUR, POLLS))
            yield [
                reading
                for device in self.devices
                for number in numbers
                if self._dice.random() >= LOST
                for reading in self._poll(device, number)
            ]

    def _poll(self, device: Device, number: int) -> Iterator[Reading]:
        late = self._offsets[device.name] + self._dice.uniform(0, JITTER_SECONDS)
        at = self.site.midnight + number * MINUTE + timedelta(seconds=late)
        seconds = self.site.seconds(at)
        for element in device.elements:
            load, step = self.site.loads[element.name], element.register.step
            energy = Joules(load.energy(seconds) // step * step) if element.counts else None
            yield Reading(
                meter=MeterId(element.name),
                at=at,
                register=element.register,
                energy=energy,
                power=Watts(element.watts(load.power(seconds))),
            )


def _devices(site: Site) -> Iterator[Device]:
    yield _device(site, Role.UTILITY, {"utility": round})
    for ups in site.upses:
        yield _device(site, Role.UPS_OUTPUT, {ups.name: _lines, f"{ups.name}/input": _lines})
    for pdu in site.pdus:
        yield _device(site, Role.RACK, dict(_pdu(pdu)))
    for server in site.servers:
        yield _device(site, Role.DEVICE, {server.name: round})


def _pdu(pdu: RackPdu) -> Iterator[tuple[str, Shown]]:
    yield pdu.name, _tens if pdu.family is Family.POWERNET else round
    if pdu.by_outlet and pdu.feed == FEED_OF_OUTLETS:
        for number in range(1, len(pdu.outlets) + 1):
            yield f"{pdu.name}/outlet/{number}", round


def _device(site: Site, role: Role, shown: dict[str, Shown]) -> Device:
    elements = tuple(
        Element(
            name=name,
            watts=watts,
            register=Register(step=site.steps[name]) if name in site.steps else Register(),
            counts=name in site.steps,
        )
        for name, watts in shown.items()
    )
    return Device(name=elements[0].name, role=role, elements=elements)


def _tens(watts: float) -> float:
    return round(watts / TEN_WATTS) * TEN_WATTS


def _lines(watts: float) -> float:
    """Return the sum of whole watts of three lines, as the UPS-MIB has them."""
    return sum(round(watts * share) for share in SHARES)
