"""One device that is read by Redfish."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from agent.clock import Clock
from agent.errors import Unavailable
from agent.model import MeterId, Reading, Register
from agent.units import JOULES_PER_KWH, Joules, Watts
from collectors.redfish.documents import Document, value_at
from collectors.redfish.failures import (
    Failure,
    Full,
    Malformed,
    Refused,
    Silent,
    Status,
    Unsuited,
)
from collectors.redfish.layout import Layout, Plan
from collectors.redfish.polling import Polled, Polling
from collectors.redfish.reader import Reader
from collectors.redfish.resets import Resets
from collectors.redfish.session import Session
from collectors.redfish.settings import RedfishSettings
from collectors.redfish.transport import Place, Transport
from collectors.redfish.tree import Tree, Unfinished
from collectors.redfish.values import joules_at, number_at, watts_at

SHORTEST_REST = timedelta(minutes=5)
LONGEST_REST = timedelta(hours=1)
"""A service that refuses the login is left alone, each time twice as long: it locks accounts."""

MOST_VAIN = 3
"""Learnings in a row that are refused, after which it rests: each takes many requests."""

SHARE = 0.9
"""Of `every` is what a poll may take with learning: what has been read is not lost with it."""

NOTHING = Polled({})
STATES = {"On": 1.0, "Off": 0.0}


class RedfishDevice:
    """Reads the meters of one service. The first poll learns where they are, by its links."""

    def __init__(self, settings: RedfishSettings, transport: Transport, clock: Clock) -> None:
        """Connects to nothing. Raises ConfigError for a CA file that cannot be read."""
        self.name = settings.name
        self.every = settings.every
        self._settings = settings
        self._transport = transport
        self._clock = clock
        self._session = _session_of(settings, transport, clock)
        self._tree = Tree(settings, self._session, clock)
        self._polling = Polling()
        self._resets = Resets()
        self._vain = 0
        self._rest = SHORTEST_REST
        self._rests: tuple[datetime, str] | None = None

    @property
    def names(self) -> Mapping[MeterId, str]:
        """What people call the parts of the device, once it has been read."""
        plans = self._tree.layout.plans if self._tree.layout else ()
        return {MeterId(self.name + plan.suffix): plan.name for plan in plans if plan.name}

    async def collect(self) -> Sequence[Reading]:
        """Return the readings of the meters that could be read. Raises Unavailable."""
        self._check_rest()
        seconds = SHARE * self.every.total_seconds() / self._clock.speed
        self._session.begin()
        try:
            readings = await self._read(asyncio.get_running_loop().time() + seconds)
        except (Refused, Full) as failure:
            rest, self._rest = self._rest, min(self._rest * 2, LONGEST_REST)
            raise self._resting(failure, rest) from failure
        except Unsuited as failure:
            raise self._resting(failure, SHORTEST_REST) from failure
        except Failure as failure:
            if isinstance(failure, Silent):
                self._tree.lapse()
            self._count(failure)
            message = f"{self.name}: {failure}"
            raise Unavailable(message, retry_after=failure.retry_after) from failure
        self._rest, self._rests, self._vain = SHORTEST_REST, None, 0
        return readings

    async def close(self) -> None:
        """End the session, if there is one."""
        self._transport.drop(self.name)
        await self._session.close()

    async def _read(self, until: float) -> Sequence[Reading]:
        """Poll what is known, and learn in the time that is left: a meter has no gap meanwhile."""
        reader = self._tree.reader()
        layout = await self._tree.in_force(reader)
        polled = NOTHING if layout is None else await self._polling.poll(reader, layout)
        readings = [] if layout is None else self._readings(layout, polled)
        if self._tree.is_due and (readings or not isinstance(polled.failed, Silent)):
            try:
                at_once = await self._tree.learn(reader, until)
            except (Silent, Unfinished) as failure:
                polled = polled._replace(failed=polled.failed or failure)
            else:
                if at_once or not readings:
                    polled, readings = await self._read_anew(reader)
        if not readings:
            self._tree.doubt()
            raise polled.failed or Failure(
                "it answers, but has no power and no energy now: all its values are null"
            )
        if polled.moved:
            self._tree.doubt()
        return readings

    async def _read_anew(self, reader: Reader) -> tuple[Polled, list[Reading]]:
        """Return what a layout gives that has just been learnt: most of it has been read."""
        layout = self._tree.layout
        if layout is None:
            return NOTHING, []
        self._polling.begin(layout, reader.documents)
        self._resets.forget(self._tree.registers)
        polled = await self._polling.poll(reader, layout)
        return polled, self._readings(layout, polled)

    def _readings(self, layout: Layout, polled: Polled) -> list[Reading]:
        at = self._clock.now()
        found = [self._reading(plan, polled.documents, at) for plan in layout.plans]
        return [reading for reading in found if reading is not None]

    def _reading(
        self, plan: Plan, documents: Mapping[str, Document], at: datetime
    ) -> Reading | None:
        power = watts_at(documents, plan.power)
        energy = joules_at(documents, plan.energy, plan.worth)
        if power is None and energy is None:
            return None
        return Reading(
            meter=MeterId(self.name + plan.suffix),
            at=at,
            register=self._register(plan),
            energy=energy,
            power=power,
            source=plan.source + self._resets.since(plan, documents),
            conditions=_conditions(plan, documents),
            flags=plan.flags,
        )

    def _register(self, plan: Plan) -> Register:
        settings = self._settings
        step = settings.step_kwh * JOULES_PER_KWH if plan.worth > 1 else 1
        limit = settings.limit_watts
        return Register(
            step=Joules(round(step * max(len(plan.energy), 1))),
            limit=None if limit is None else Watts(limit),
            longest_gap=settings.longest_gap,
        )

    def _check_rest(self) -> None:
        now = self._clock.now()
        if self._rests is not None and now < self._rests[0]:
            until, reason = self._rests
            seconds = (until - now).total_seconds()
            raise Unavailable(
                f"{self.name}: {reason}; the daemon asks it again in {seconds:.0f} s",
                retry_after=seconds,
            )

    def _count(self, failure: Failure) -> None:
        """Leave the service alone for as long as it asks for, and after learnings in vain."""
        self._vain += self._tree.layout is None and isinstance(failure, Malformed | Status)
        rest = timedelta(seconds=failure.retry_after or 0)
        if self._vain >= MOST_VAIN:
            rest, self._vain = SHORTEST_REST, 0
        if rest:
            self._resting(failure, min(rest, SHORTEST_REST))

    def _resting(self, failure: Failure, rest: timedelta) -> Unavailable:
        reason = str(failure).rstrip(".")
        self._rests = self._clock.now() + rest, reason
        seconds = rest.total_seconds()
        return Unavailable(
            f"{self.name}: {reason}; the daemon asks it again in {seconds:.0f} s",
            retry_after=seconds,
        )


def _session_of(settings: RedfishSettings, transport: Transport, clock: Clock) -> Session:
    place = Place(
        host=settings.address,
        port=settings.port,
        trust=transport.trust(settings.tls),
        timeout=settings.timeout.total_seconds(),
        kept=transport.keep(settings.name, settings.every),
    )
    return Session(
        transport,
        place,
        user=settings.user,
        password=settings.password,
        auth=settings.auth,
        clock=clock,
    )


def _conditions(plan: Plan, documents: Mapping[str, Document]) -> Mapping[str, float]:
    found = {}
    for name, point, worth in plan.conditions:
        number = number_at(documents, point)
        if number is not None:
            found[name] = number * worth
    if plan.state is not None:
        said = value_at(documents.get(plan.state.path), plan.state.pointer)
        if isinstance(said, str) and said in STATES:
            found["state"] = STATES[said]
    return found
