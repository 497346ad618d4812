"""One device that is read by Redfish."""

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
    Missing,
    Refused,
    Silent,
    Status,
    Unsuited,
)
from collectors.redfish.layout import Layout, Plan
from collectors.redfish.learning import learn
from collectors.redfish.reader import Reader
from collectors.redfish.reports import documents_of, mark_of
from collectors.redfish.resets import Resets
from collectors.redfish.session import Session
from collectors.redfish.settings import RedfishSettings
from collectors.redfish.transport import Place, Transport
from collectors.redfish.values import joules_at, number_at, sum_at

RELEARN = timedelta(hours=1)
"""How long a layout is followed: supplies and outlets come and go. One that was learnt while a
resource could not be read is followed for SHORTEST_REST.
"""

SHORTEST_REST = timedelta(minutes=5)
LONGEST_REST = timedelta(hours=1)
"""A service that refuses the login is left alone, each time twice as long: it locks accounts."""

MOST_STALE = 2
"""Polls in a row that found a report unchanged, after which it is not asked for."""

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
        self._layout: Layout | None = None
        self._learnt: datetime | None = None
        self._follow = RELEARN
        self._resets = Resets()
        self._mark = ""
        self._stale = 0
        self._rest = SHORTEST_REST
        self._rests: tuple[datetime, str] | None = None

    @property
    def names(self) -> Mapping[MeterId, str]:
        """What people call the parts of the device, once it has been read."""
        plans = self._layout.plans if self._layout else ()
        return {MeterId(self.name + plan.suffix): plan.name for plan in plans if plan.name}

    async def collect(self) -> Sequence[Reading]:
        """Return the readings of the meters that could be read. Raises Unavailable."""
        self._check_rest()
        try:
            readings = await self._read(Reader(self._session))
        except (Refused, Full) as failure:
            rest, self._rest = self._rest, min(self._rest * 2, LONGEST_REST)
            raise self._resting(failure, rest) from failure
        except Unsuited as failure:
            raise self._resting(failure, SHORTEST_REST) from failure
        except Failure as failure:
            if isinstance(failure, Silent):
                # Who answers after an outage may be another device.
                self._layout = None
            message = f"{self.name}: {failure}"
            raise Unavailable(message, retry_after=failure.retry_after) from failure
        self._rest, self._rests = SHORTEST_REST, None
        return readings

    async def close(self) -> None:
        """End the session, if there is one."""
        self._transport.drop(self.name)
        await self._session.close()

    async def _read(self, reader: Reader) -> Sequence[Reading]:
        layout = self._layout if self._is_fresh() else None
        if layout is None:
            layout = await self._learn(reader)
        documents, failed = await self._documents(reader, layout)
        at = self._clock.now()
        found = [self._reading(plan, documents, at) for plan in layout.plans]
        readings = [reading for reading in found if reading is not None]
        if not readings:
            self._doubt()
            raise failed or Failure(
                "it answers, but none of its powers and energies has a value now (null)"
            )
        return readings

    def _doubt(self) -> None:
        """Learn anew at the next poll, unless it has just been done: it takes many requests."""
        if self._learnt is not None and self._clock.now() - self._learnt >= SHORTEST_REST:
            self._layout = None

    def _is_fresh(self) -> bool:
        return self._learnt is not None and self._clock.now() - self._learnt < self._follow

    async def _learn(self, reader: Reader) -> Layout:
        self._session.try_again()
        layout = await self._found(reader)
        self._layout, self._learnt, self._stale = layout, self._clock.now(), 0
        self._follow = RELEARN if reader.refused is None else SHORTEST_REST
        report = layout.report and reader.documents.get(layout.report.path)
        if report:
            self._mark = mark_of(report)
        return layout

    async def _found(self, reader: Reader) -> Layout:
        """Return the layout; the one of before where something is refused that was not then: what
        cannot be read for a moment is no reason to read a meter in another way.
        """
        before = self._layout if self._follow == RELEARN else None
        try:
            layout = await learn(reader, frozenset(self._settings.read), self._settings.unit)
        except (Malformed, Status, Unsuited):
            if before is None or reader.refused is None:
                raise
            return before
        return layout if before is None or reader.refused is None else before

    async def _documents(
        self, reader: Reader, layout: Layout
    ) -> tuple[Mapping[str, Document], Failure | None]:
        """Return the resources of a poll that came, and why others did not."""
        reported, saved = await self._reported(reader, layout)
        failed: Failure | None = None
        for request in (one for one in layout.requests if one not in saved):
            try:
                await reader.get(request)
            except (Malformed, Status) as failure:
                failed = failure
                if isinstance(failure, Missing):
                    self._doubt()
            except Silent as failure:
                failed = failure
                break
        return {**reported, **reader.documents}, failed

    async def _reported(
        self, reader: Reader, layout: Layout
    ) -> tuple[Mapping[str, Document], set[str]]:
        """Return what a report has, and the requests that it saves: none if it is an old one."""
        report = layout.report
        if report is None or layout.requests[0] in reader.documents or self._stale > MOST_STALE:
            return {}, set()
        try:
            document = await reader.get(report.path)
        except (Malformed, Status):
            self._stale = MOST_STALE + 1
            return {}, set()
        mark, self._mark = self._mark, mark_of(document)
        if self._mark == mark:
            self._stale += 1
            return {}, set()
        self._stale = 0
        return documents_of(report, document)

    def _reading(
        self, plan: Plan, documents: Mapping[str, Document], at: datetime
    ) -> Reading | None:
        power = sum_at(documents, plan.power)
        energy = joules_at(documents, plan.energy, plan.worth)
        if power is None and energy is None:
            return None
        return Reading(
            meter=MeterId(self.name + plan.suffix),
            at=at,
            register=self._register(plan),
            energy=energy,
            power=None if power is None else Watts(float(power)),
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
                f"{self.name}: {reason}; it is asked again in {seconds:.0f} s", retry_after=seconds
            )

    def _resting(self, failure: Failure, rest: timedelta) -> Unavailable:
        reason = str(failure).rstrip(".")
        self._rests = self._clock.now() + rest, reason
        seconds = rest.total_seconds()
        return Unavailable(
            f"{self.name}: {reason}; it is asked again in {seconds:.0f} s", retry_after=seconds
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
