"""What the registers of simulated devices show: the energy of their loads, and what goes wrong."""

import zlib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from zoneinfo import ZoneInfo

from agent.demo.faults import SHOWN, Fault, Faults, Trouble
from agent.demo.load import Load
from agent.demo.objects import Quantity
from agent.demo.site import Site
from agent.model import Zeroed
from agent.units import JOULES_PER_KWH, Joules

OTHERS_KWH = 50_000
"""What another PDU's register stands at is less than this."""


class Register:
    """One register: what it shows, in joules, at a moment in seconds since the site's midnight."""

    def __init__(
        self,
        load: Load,
        at_midnight: Joules,
        span: Joules,
        faults: Sequence[Fault] = (),
        *,
        zeroed: Zeroed = Zeroed.NEVER,
        days: "Days | None" = None,
    ) -> None:
        """`faults` are its own and those of its device, in order. `days` are those it counts, if
        it counts a day only.
        """
        self._load = load
        self._span = span
        self._days = days
        self._shown = [one for one in faults if one.trouble in SHOWN]
        rollover = next((one for one in faults if one.trouble is Trouble.ROLLOVER), None)
        first = at_midnight if rollover is None else span - load.energy(rollover.start)
        self._begins = [(0.0, int(first))] if days is None else [(days.began(0.0), 0)]
        """From when it counts from which value, in order."""

        for fault in faults:
            self._begins += self._begun(fault, zeroed)
        self._begins.sort(key=itemgetter(0))

    def __call__(self, seconds: float) -> Joules:
        """Return what it shows."""
        fault = next((one for one in self._shown if one.at(seconds)), None)
        match fault and fault.trouble:
            case Trouble.HIGH:
                return Joules((self._counted(seconds) + self._span // 3) % self._span)
            case Trouble.LOW:
                return Joules(0)
        return self._counted(seconds if fault is None else fault.start)

    def _begun(self, fault: Fault, zeroed: Zeroed) -> Iterator[tuple[float, int]]:
        match fault.trouble:
            case Trouble.RESET:
                yield fault.start, 0
            case Trouble.RESTART if zeroed is Zeroed.RESTART:
                yield fault.end, 0
            case Trouble.REPLACED:
                yield fault.end, zlib.crc32(fault.name.encode()) % OTHERS_KWH * JOULES_PER_KWH
            case Trouble.STUCK:
                yield fault.end, self._counted(fault.start)

    def _counted(self, seconds: float) -> Joules:
        place = bisect_right(self._begins, seconds, key=itemgetter(0)) - 1
        begun, value = self._begins[max(place, 0)]
        if self._days is not None:
            day = self._days.began(seconds)
            begun, value = max((begun, value), (day, 0))
        counted = value + self._load.energy(seconds) - self._load.energy(begun)
        return Joules(counted % self._span)


class Days:
    """The days of a place, in seconds since the midnight of a site."""

    def __init__(self, midnight: datetime, timezone: str, lag: float = 0.0) -> None:
        """`lag` is how many seconds after the place's days they begin: below zero, before them."""
        self._midnight = midnight
        self._lag = lag
        self._zone = ZoneInfo(timezone)
        self._day = (0.0, 0.0)

    def began(self, seconds: float) -> float:
        """Return when the day of that moment began."""
        return self._began(seconds - self._lag) + self._lag

    def _began(self, seconds: float) -> float:
        start, end = self._day
        if not start <= seconds < end:
            local = (self._midnight + timedelta(seconds=seconds)).astimezone(self._zone)
            day = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
            start = self._since(day)
            self._day = (start, self._since(day + timedelta(days=1)))
        return start

    def _since(self, local: datetime) -> float:
        return (local.astimezone(UTC) - self._midnight).total_seconds()


class Registers:
    """All registers of a site under a plan."""

    def __init__(self, site: Site, faults: Faults) -> None:
        self._site = site
        self._faults = faults

    def of(self, element: str, load: Load, at_midnight: Joules) -> Register:
        """Return the register of an element of the site, and what goes wrong with it."""
        device = element.partition("/")[0]
        zeroed = self._faults.zeroed.get(device, Zeroed.NEVER)
        lag = self._faults.lags.get(device, 0.0)
        days = Days(self._site.midnight, self._faults.timezone, lag)
        return Register(
            load,
            at_midnight,
            self._site.spans.get(element, self._site.spans[device]),
            [one for one in self._faults.of(device) if one.name in (device, element)],
            zeroed=zeroed,
            days=days if zeroed is Zeroed.DAILY else None,
        )

    def counts(self, element: str, load: Load, at_midnight: Joules) -> Quantity:
        """Return what an element's register shows, in its own full counts."""
        register = self.of(element, load, at_midnight)
        step = self._site.steps.get(element, self._site.steps[element.partition("/")[0]])
        return lambda seconds: register(seconds) // step
