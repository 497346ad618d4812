"""A fleet of devices of four meters each, and what they say each minute."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from agent.accounting.metering.tree import Tree
from agent.accounting.site import Site
from agent.model import MINUTE, Meter, MeterId, Reading, Register, Role
from agent.units import Joules, Watts

PARTS = ("", "/inlet/1", "/inlet/2", "/inlet/3")
START = datetime(2026, 3, 10, 9, tzinfo=UTC)
# The steps of real counters are whole watt-hours, and more.
WATT_HOUR = 3_600
REGISTER = Register(step=Joules(WATT_HOUR), span=Joules(2**32 * WATT_HOUR), limit=Watts(25_000))


class Fleet:
    """So many devices; a minute has a reading of every meter, in batches as devices give them."""

    def __init__(self, devices: int) -> None:
        self._names = [f"pdu-{number:05}" for number in range(devices)]
        self.readings = devices * len(PARTS)

    def tree(self) -> Tree:
        return Tree.of([Site(name="site")], [_total(name) for name in self._names])

    def minute(self, number: int) -> Sequence[Sequence[Reading]]:
        return [list(self._device(place, number)) for place in range(len(self._names))]

    def _device(self, place: int, minute: int) -> Iterator[Reading]:
        for part, suffix in enumerate(PARTS):
            watts = 1_200 + (place * 37 + part * 101 + minute * 53) % 997
            yield Reading(
                meter=MeterId(self._names[place] + suffix),
                at=START + MINUTE * minute,
                register=REGISTER,
                energy=Joules((40_000_000 + place * 1_000 + minute * 28) * WATT_HOUR),
                power=Watts(float(watts)),
            )


def _total(name: str) -> Meter:
    return Meter(id=MeterId(name), device=name, site="site", role=Role.RACK)
