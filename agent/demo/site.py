"""The truth: a data centre whose every watt is known, and therefore every joule.

    utility ─┬─ ups-a ── rack-01-a … rack-12-a ── outlets: servers and what else is plugged in
             ├─ ups-b ── rack-01-b … rack-12-b
             ├─ cooling
             └─ lighting

A server draws from one of its two supplies and keeps the other one as a hot spare, so that each
watt has one way up and a meter is exactly the sum of what is below it.
"""

import cmath
import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from agent.demo.load import DAY, PERIODS, Load, midnight_before, total_of
from agent.units import JOULES_PER_KWH, JOULES_PER_WH, Joules, Watts

RACKS = 12
HALF = RACKS // 2
"""So many racks have PDUs of the first family, and half of these meter each outlet."""

SERVERS = 40
UNBALANCED = "rack-02-b"
"""The PDU whose loads nobody has spread over its phases."""

OUTLETS = 24
PHASES = 3
FEEDS = ("a", "b")
TENTH_OF_KWH = Joules(JOULES_PER_KWH // 10)
WATT_HOUR = Joules(JOULES_PER_WH)
UPS_LOSS_OF_LOAD = 0.035
UPS_LOSS_IDLE_WATTS = 900.0
COOLING_OF_IT = 0.22
COOLING_IDLE_WATTS = 6_000.0
COOLING_OF_DAY_WATTS = 3_500.0
LIGHTING_WATTS = 3_200.0
WARMEST_HOUR = 14
LIVELIEST = 6
"""How many of the periods a load swings in, besides the day."""


class Family(StrEnum):
    """The families of rack PDUs, by the MIB they answer."""

    POWERNET = "PowerNet-MIB"
    PDU2 = "PDU2-MIB"


STEPS = {Family.POWERNET: TENTH_OF_KWH, Family.PDU2: WATT_HOUR}
"""Energy of one count of their registers."""

BITS = {Family.POWERNET: 31, Family.PDU2: 32}
"""Width of their registers."""

UTILITY_BITS = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server with a BMC, and the outlet it draws from."""

    name: str
    rack: str
    pdu: str
    load: Load


@dataclass(frozen=True, slots=True, kw_only=True)
class RackPdu:
    """A three-phase rack PDU: outlets 1 to 8 hang on the first phase, and so on."""

    name: str
    rack: str
    feed: str
    family: Family
    by_outlet: bool
    """Whether it is a model that meters each outlet."""

    outlets: tuple[Load, ...]
    register: Joules
    """What its total's counter stood at at midnight."""

    outlet_registers: tuple[Joules, ...]

    @property
    def phases(self) -> tuple[Load, ...]:
        """The outlets' loads by phase."""
        size = OUTLETS // PHASES
        return tuple(total_of(self.outlets[n * size : (n + 1) * size]) for n in range(PHASES))

    @property
    def load(self) -> Load:
        """All outlets; the PDU itself uses nothing."""
        return total_of(self.outlets)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ups:
    """A UPS that loses a constant and a share of its load; it has no energy counter."""

    name: str
    feed: str
    output: Load

    @property
    def input(self) -> Load:
        """What it draws from the utility."""
        return self.output * (1 + UPS_LOSS_OF_LOAD) + Load(mean=UPS_LOSS_IDLE_WATTS)


class Site:
    """A simulated data centre, the same for the same seed on every machine.

    Elements are named as the meters that measure them are: `utility`, `ups-a` (output),
    `ups-a/input`, `rack-07-b`, `rack-07-b/outlet/3`, `rack-07-b/phase/1`, `server-12`; `it`,
    `cooling` and `lighting` have no meter.
    """

    def __init__(self, *, start: datetime, seed: int = 1) -> None:
        dice = random.Random(seed)
        self.seed = seed
        self.midnight = midnight_before(start)
        self.servers = tuple(_servers(dice))
        self.pdus = tuple(
            _pdu(rack, feed, self.servers, dice) for rack in range(1, RACKS + 1) for feed in FEEDS
        )
        self.upses = tuple(
            Ups(
                name=f"ups-{feed}",
                feed=feed,
                output=total_of(pdu.load for pdu in self.pdus if pdu.feed == feed),
            )
            for feed in FEEDS
        )
        self.it = total_of(ups.output for ups in self.upses)
        self.cooling = self.it * COOLING_OF_IT + _warmth_of_the_day()
        self.lighting = Load(mean=LIGHTING_WATTS)
        drawn = total_of(ups.input for ups in self.upses)
        self.utility = drawn + self.cooling + self.lighting
        self.utility_register = _past_kwh(dice, 900_000, 4_000_000)
        self.loads: Mapping[str, Load] = dict(self._elements())
        self.steps: Mapping[str, Joules] = dict(self._counters())
        """Energy of one count, of the elements whose meters count energy."""

        self.spans: Mapping[str, Joules] = dict(self._spans())
        """Energy at which these start again at zero."""

    def power(self, element: str, at: datetime) -> Watts:
        """Return the true power of an element, never negative; KeyError for an unknown one."""
        return self.loads[element].power(self.seconds(at))

    def energy(self, element: str, start: datetime, end: datetime) -> Joules:
        """Return the true energy of an element between two moments, to the joule."""
        load = self.loads[element]
        return Joules(load.energy(self.seconds(end)) - load.energy(self.seconds(start)))

    def seconds(self, at: datetime) -> float:
        """Return the seconds since the site's midnight, as its loads count them."""
        return (at - self.midnight).total_seconds()

    def _elements(self) -> Iterator[tuple[str, Load]]:
        yield "utility", self.utility
        yield "it", self.it
        yield "cooling", self.cooling
        yield "lighting", self.lighting
        for ups in self.upses:
            yield ups.name, ups.output
            yield f"{ups.name}/input", ups.input
        for pdu in self.pdus:
            yield pdu.name, pdu.load
            yield from _numbered(f"{pdu.name}/outlet", pdu.outlets)
            yield from _numbered(f"{pdu.name}/phase", pdu.phases)
        for server in self.servers:
            yield server.name, server.load

    def _spans(self) -> Iterator[tuple[str, Joules]]:
        bits = {pdu.name: BITS[pdu.family] for pdu in self.pdus} | {"utility": UTILITY_BITS}
        for element, step in self.steps.items():
            yield element, Joules(step << bits[element.partition("/")[0]])

    def _counters(self) -> Iterator[tuple[str, Joules]]:
        yield "utility", TENTH_OF_KWH
        for pdu in self.pdus:
            yield pdu.name, STEPS[pdu.family]
            if pdu.by_outlet:
                for number in range(1, OUTLETS + 1):
                    yield f"{pdu.name}/outlet/{number}", STEPS[pdu.family]


def _numbered(name: str, loads: tuple[Load, ...]) -> Iterator[tuple[str, Load]]:
    return ((f"{name}/{number}", load) for number, load in enumerate(loads, start=1))


def _servers(dice: random.Random) -> Iterator[Server]:
    for number in range(1, SERVERS + 1):
        rack = f"rack-{(number - 1) % RACKS + 1:02}"
        feed = FEEDS[(number - 1) // RACKS % len(FEEDS)]
        load = _lively(dice, mean=dice.uniform(280, 680), liveliness=0.55)
        yield Server(name=f"server-{number:02}", rack=rack, pdu=f"{rack}-{feed}", load=load)


def _pdu(number: int, feed: str, servers: tuple[Server, ...], dice: random.Random) -> RackPdu:
    rack = f"rack-{number:02}"
    name = f"{rack}-{feed}"
    plugged = [server.load for server in servers if server.pdu == name]
    rest = _lively(dice, mean=dice.uniform(3_400, 4_800), liveliness=0.35)
    weights = [dice.choice((0, 1, 1, 2, 3)) for _ in range(OUTLETS - len(plugged) - 1)] + [1]
    others = [rest * (weight / sum(weights)) for weight in weights]
    outlets = tuple(plugged + others)
    if name != UNBALANCED:
        outlets = _by_phases(outlets)
    return RackPdu(
        name=name,
        rack=rack,
        feed=feed,
        family=Family.POWERNET if number <= HALF else Family.PDU2,
        by_outlet=(number - 1) % HALF < HALF // 2,
        outlets=outlets,
        register=_past_kwh(dice, 9_000, 180_000),
        outlet_registers=tuple(_past_kwh(dice, 0, 6_000) for _ in outlets),
    )


def _by_phases(loads: tuple[Load, ...]) -> tuple[Load, ...]:
    """Return the loads in the order of outlets that a careful person would plug them in."""
    phases: list[list[Load]] = [[] for _ in range(PHASES)]
    for load in sorted(loads, key=lambda one: one.mean, reverse=True):
        room = [one for one in phases if len(one) < OUTLETS // PHASES]
        min(room, key=lambda one: sum(load.mean for load in one)).append(load)
    return tuple(load for phase in phases for load in phase)


def _lively(dice: random.Random, *, mean: float, liveliness: float) -> Load:
    """Return a load that swings by at most this share of its mean, and so is never negative."""
    busy = dice.sample(range(len(PERIODS) - 1), LIVELIEST)
    parts = [dice.random() if index in busy else 0.0 for index in range(len(PERIODS) - 1)]
    parts.append(dice.uniform(1, 2))
    scale = mean * liveliness / sum(parts)
    turns = [dice.uniform(0, 2 * math.pi) for _ in parts[:-1]]
    turns.append(_peak_at(dice.gauss(WARMEST_HOUR, 2)))
    swings = (cmath.rect(part * scale, turn) for part, turn in zip(parts, turns, strict=True))
    return Load(mean=mean, swings=tuple(swings))


def _warmth_of_the_day() -> Load:
    swing = cmath.rect(COOLING_OF_DAY_WATTS, _peak_at(WARMEST_HOUR))
    quiet = (0j,) * (len(PERIODS) - 1)
    return Load(mean=COOLING_IDLE_WATTS, swings=(*quiet, swing))


def _peak_at(hour: float) -> float:
    """Return the phase at which the swing of a day is highest at that hour."""
    return -2 * math.pi * hour * 3600 / DAY


def _past_kwh(dice: random.Random, least: int, most: int) -> Joules:
    """Return what a counter of some years may stand at, anywhere between two counts."""
    return Joules(dice.randint(least * JOULES_PER_KWH, most * JOULES_PER_KWH))
