"""The meters of one scope of a device: from values to readings."""

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from agent.model import FULLEST, MeterId, Reading, Register, Scope, Zeroed, power_of
from agent.units import Joules, Watts
from collectors.prometheus.choosing import Choice
from collectors.prometheus.picking import Nothing, Picking, Value
from collectors.prometheus.settings import PrometheusSettings
from collectors.prometheus.steps import SHORTEST_SPAN, Steps
from config.in_band import SOURCE
from config.profiles.prometheus import EnergySeries, ExporterMap, MeterMap, PowerSeries, Series
from config.profiles.prometheus.schema import JOULES

BEGINS = "counting-begins"
"""The flag of a count of our own that has just begun."""


class Counted(NamedTuple):
    """What a register says, and what is known of it."""

    energy: Joules | None
    register: Register
    uptime: timedelta | None = None


class Meters:
    """One meter, or one for each key; how each quantity is read is remembered from poll to poll."""

    def __init__(self, one: MeterMap, exporter: ExporterMap, settings: PrometheusSettings) -> None:
        self._map = one
        self._name = settings.name
        self._mark = f"{SOURCE} {exporter.name}" if exporter.in_band else exporter.name
        self._limit = settings.limit_watts
        self._gap = settings.longest_gap
        self._power = Choice(one.power)
        self._energy = Choice(one.energy)
        self._steps: dict[str, Steps] = {}
        self._counts: dict[str, int] = {}

    @property
    def scope(self) -> Scope:
        """Which part of the device they are."""
        return self._map.scope

    def readings(self, picking: Picking) -> Iterator[Reading]:
        """Yield the readings that have a value. Raises Nothing if none has, and says why."""
        energies, powers, why = self._values(picking)
        if not energies and (not powers or self._energy.is_awaited):
            raise Nothing(why)
        shown = self._conditions(picking)
        for key in dict.fromkeys([*energies, *powers]):
            conditions = {name: found[key] for name, found in shown.items() if key in found}
            yield self._reading(key, energies.get(key), powers.get(key), conditions, picking)

    def _values(self, picking: Picking) -> tuple[Mapping[str, Value], Mapping[str, Value], str]:
        found: list[Mapping[str, Value]] = []
        why: dict[str, None] = {}
        choices: Sequence[Choice[EnergySeries] | Choice[PowerSeries]] = (self._energy, self._power)
        for choice in choices:
            try:
                found.append(choice.values(picking, self._map.key))
            except Nothing as nothing:
                found.append({})
                why[str(nothing)] = None
        return found[0], found[1], "; ".join(one for one in why if one)

    def _conditions(self, picking: Picking) -> Mapping[str, Mapping[str, float]]:
        shown = {}
        for name, series in self._map.conditions.items():
            try:
                found = picking.values(series, self._map.key)
            except Nothing:
                # It is shown where it is there, and nothing is counted by it.
                continue
            shown[name] = {key: one.number * series.scale for key, one in found.items()}
        return shown

    def _reading(
        self,
        key: str,
        energy: Value | None,
        power: Value | None,
        conditions: Mapping[str, float],
        picking: Picking,
    ) -> Reading:
        watts = power_of(self._watts(power))
        counted = self._counted(key, energy, picking)
        steps = self._steps.get(key)
        if watts is None and energy is not None and steps is not None:
            watts = steps.power
        part = "" if self.scope is Scope.TOTAL else "/".join(("", self.scope, key)).rstrip("/")
        times = [one.at for one in (energy, power) if one is not None]
        return Reading(
            meter=MeterId(f"{self._name}{part}"),
            at=times[0],
            register=counted.register,
            energy=counted.energy,
            power=watts,
            source=self._source(key, energy, power),
            conditions=conditions,
            flags=(BEGINS,) if steps is not None and counted.uptime == timedelta(0) else (),
            uptime=counted.uptime,
        )

    def _watts(self, power: Value | None) -> Watts | None:
        way = self._power.way
        if power is None or way is None:
            return None
        watts = power.number * way.factor
        return Watts(watts) if math.isfinite(watts) else None

    def _counted(self, key: str, energy: Value | None, picking: Picking) -> Counted:
        way = self._energy.way
        limit = None if self._limit is None else Watts(self._limit)
        if way is None:
            return Counted(None, Register(limit=limit, longest_gap=self._gap))
        unit = JOULES[way.unit]
        span = None if way.span is None else way.span * unit
        if span is not None and span < SHORTEST_SPAN:
            return self._stepped(key, energy, way.factor, span)
        step = way.factor if way.step is None else way.step * unit
        register = Register(
            step=Joules(max(round(step), 1)),
            span=None if span is None else Joules(round(span)),
            limit=limit,
            longest_gap=self._gap,
            zeroed=way.zeroed,
        )
        if energy is None:
            return Counted(None, register)
        began = None if way.zeroed is not Zeroed.RESTART else energy.born or picking.started
        uptime = None if began is None or began > energy.at else energy.at - began
        return Counted(_joules(energy.number * way.factor), register, uptime)

    def _stepped(self, key: str, energy: Value | None, factor: float, span: float) -> Counted:
        """Count for ourselves what begins again too soon."""
        limit = None if self._limit is None else Watts(self._limit)
        register = Register(limit=limit, longest_gap=self._gap, zeroed=Zeroed.RESTART)
        if energy is None:
            return Counted(None, register)
        steps = self._steps.setdefault(key, Steps(self._limit, energy.at))
        each = {name: number * factor for name, number in energy.each.items()}
        steps.read(each, energy.at, span)
        return Counted(_joules(steps.total), register, energy.at - steps.began)

    def _source(self, key: str, energy: Value | None, power: Value | None) -> str:
        """Return how it is read: it stays the same while nothing of that changes.

        A sum says of how many: a part that is gone must not pass for a fall of the sum. Before the
        first register it is that of the way which is tried first: whether register or power came
        first makes no other meter.
        """
        way, value = self._main, energy if self._map.energy else power
        if value is not None:
            self._counts[key] = len(value.each)
        source = f"{self._mark} {'+'.join(way.metric)}"
        if way.sum:
            source += f" x{self._counts.get(key, 0)}"
        later = self._power.way if self._map.energy and self._energy.way is None else None
        if later is not None and later in self._map.power[1:]:
            # Until there is a register, powers of two ways are not mixed either.
            source += f" {'+'.join(later.metric)}"
        return source

    @property
    def _main(self) -> Series:
        """The way by which its energy comes, or will."""
        if self._map.energy:
            return self._energy.way or self._map.energy[0]
        return self._power.way or self._map.power[0]


def _joules(energy: float) -> Joules | None:
    """Return whole joules, floored but for what a float is short of; None for what is none."""
    if not 0 <= energy <= FULLEST:
        return None
    return Joules(math.floor(energy + 1e-3))
