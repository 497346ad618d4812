"""A data centre of 1,000 meters: a utility, two UPSs, racks behind them; what each shows when."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from agent.accounting.metering.tree import Tree
from agent.accounting.site import Site
from agent.model import Meter, MeterId, Reading, Register, Role
from agent.units import Joules, Watts

DEVICES = 250
PARTS = ("", "/inlet/1", "/inlet/2", "/inlet/3")
METERS = DEVICES * len(PARTS)
SITE = Site(name="site", timezone="Europe/Berlin", grid="grid")
WATT_HOUR = 3_600
REGISTER = Register(step=Joules(WATT_HOUR), span=Joules(2**40 * WATT_HOUR), limit=Watts(10_000_000))
MEAN = 847
"""Watts of an inlet of a rack, over many minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A total and its three inlets, each a third of it."""

    place: int
    meter: Meter
    thirds: int
    """How many inlets of racks one of its own inlets is worth."""

    def watts(self, part: int, minute: int) -> int:
        """Return what a part of it, or the whole, takes in a minute since 1970."""
        one = 800 + (self.place * 37 + minute * 53) % 97
        return self.thirds * one * (1 if part else 3)

    def readings(self, at: datetime) -> Iterator[Reading]:
        """Yield what it shows at a time: registers that go on at the mean power."""
        seconds = int(at.timestamp())
        for part, suffix in enumerate(PARTS):
            counted = seconds * self.thirds * MEAN * (1 if part else 3)
            yield Reading(
                meter=MeterId(self.meter.device + suffix),
                at=at,
                register=REGISTER,
                energy=Joules(counted // WATT_HOUR * WATT_HOUR),
                power=Watts(float(self.watts(part, seconds // 60))),
            )


def devices() -> Sequence[Device]:
    """Return all devices; what stands upstream of others holds their sum and some more."""
    racks = DEVICES - 3
    found = [_device(0, "utility", Role.UTILITY, None, int(racks * 1.3))]
    for number in (1, 2):
        found.append(_device(number, f"ups-{number}", Role.UPS_OUTPUT, "utility", racks // 2 + 5))
    for place in range(3, DEVICES):
        found.append(_device(place, f"pdu-{place:04}", Role.RACK, f"ups-{1 + place % 2}", 1))
    return found


def _device(place: int, name: str, role: Role, upstream: str | None, thirds: int) -> Device:
    tags = {"rack": f"r{place:03}", "room": f"hall-{place % 4}"} if role is Role.RACK else {}
    meter = Meter(
        id=MeterId(name),
        device=name,
        site=SITE.name,
        role=role,
        upstream=() if upstream is None else (upstream,),
        tags=tags,
    )
    return Device(place=place, meter=meter, thirds=thirds)


def tree() -> Tree:
    """Return the metering tree of all of them."""
    return Tree.of([SITE], [one.meter for one in devices()])
