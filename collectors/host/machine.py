"""The machine, as it reads itself."""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from agent.clock import Clock
from agent.errors import Unavailable
from agent.model import MeterId, Reading, Register, Scope, Zeroed
from agent.units import Joules, Watts
from agent.web import Partly
from collectors.host.counting import MICROJOULES
from collectors.host.gpus import Gpu, Gpus
from collectors.host.parts import Parts, Sample, sample_of
from collectors.host.settings import HostSettings
from config.in_band import SOURCE

log = logging.getLogger("carbond.host")

FIRST_LOOK = 1.0
"""Seconds between the two reads of the first poll: RAPL has no power, only a difference has."""

BEGINS = "counting-begins"
"""The flag of a counter that has just begun."""


class Machine:
    """Reads packages, memory and GPUs, and what they use together. It is less than wall power:
    fans, disks, cards and what is lost in the power supplies are not in it.
    """

    def __init__(self, settings: HostSettings, clock: Clock, gpus: Gpus) -> None:
        self.name = settings.name
        self.every = settings.every
        self._settings = settings
        self._clock = clock
        self._gpus = gpus
        self._parts = Parts(settings.total, settings.limit_watts)
        self._partly = Partly(log, settings.name)
        limit = None if settings.limit_watts is None else Watts(settings.limit_watts)
        self._register = Register(
            limit=limit, longest_gap=settings.longest_gap, zeroed=Zeroed.RESTART
        )

    @property
    def first(self) -> str:
        """How long its power is measured for where it has only counters."""
        return f"reads twice, {self._look:g} s apart, for its power" if self._settings.rapl else ""

    @property
    def _look(self) -> float:
        """Seconds between the two reads of the first poll."""
        return min(FIRST_LOOK, self.every.total_seconds() / 4)

    async def collect(self) -> Sequence[Reading]:
        """Return the total and its parts, those that could be read. Raises Unavailable."""
        fresh = self._parts.fresh
        sample, at = await self._sample()
        if fresh and sample.zones:
            await self._clock.sleep(self._look)
            sample, at = await self._sample()
        readings = [*self._total(at), *self._modules(at), *self._each_gpu(sample.gpus, at)]
        gone = (f"{key} was there and is gone: restart carbond" for key in self._parts.gone)
        reason = "; ".join([*sample.problems, *gone])
        if not readings:
            raise Unavailable(f"{self.name}: {reason or 'there is nothing to read'}")
        self._partly.now(f"{self.name}: {reason}" if reason else "")
        return readings

    async def close(self) -> None:
        """Let go of the driver."""
        await asyncio.to_thread(self._gpus.close)

    async def _sample(self) -> tuple[Sample, datetime]:
        sample = await asyncio.to_thread(sample_of, self._settings, self._gpus)
        at = self._clock.now()
        self._parts.take(sample, at)
        return sample, at

    def _total(self, at: datetime) -> Iterator[Reading]:
        total = self._parts.total
        if total is not None and (total.microjoules, total.power) != (None, None):
            yield self._reading("", at, total.microjoules, total.power, total.began)

    def _modules(self, at: datetime) -> Iterator[Reading]:
        for key, one in self._parts.modules.items():
            yield self._reading(key, at, one.total, one.power, one.began)

    def _reading(
        self,
        key: str,
        at: datetime,
        microjoules: int | None,
        power: Watts | None,
        began: datetime | None,
    ) -> Reading:
        uptime = None if began is None else at - began
        return Reading(
            meter=MeterId(f"{self.name}/{Scope.MODULE}/{key}" if key else self.name),
            at=at,
            register=self._register,
            energy=None if microjoules is None else Joules(microjoules // MICROJOULES),
            power=power,
            source=f"{SOURCE} rapl" if key else SOURCE,
            flags=(BEGINS,) if uptime == timedelta(0) else (),
            uptime=uptime,
        )

    def _each_gpu(self, gpus: Sequence[Gpu], at: datetime) -> Iterator[Reading]:
        """Yield what each GPU says itself: its counter goes on when the daemon restarts."""
        for gpu in gpus:
            energy = gpu.microjoules
            yield Reading(
                meter=MeterId(f"{self.name}/{Scope.MODULE}/{gpu.key}"),
                at=at,
                register=self._register,
                energy=None if energy is None else Joules(energy // MICROJOULES),
                power=None if gpu.watts is None else Watts(gpu.watts),
                source=f"{SOURCE} nvml {gpu.uuid}",
            )
