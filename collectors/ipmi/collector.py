"""One server's power, read from its BMC."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from agent.clock import Clock
from agent.errors import Unavailable
from agent.model import MeterId, Reading, Register, Scope
from agent.units import Watts
from collectors.ipmi.bmc import KEEP_ALIVE, Access, Bmc
from collectors.ipmi.exchange import PATIENCE, Pace
from collectors.ipmi.failures import FULL, Failure, Refused, Silent, Status
from collectors.ipmi.poll import Poll
from collectors.ipmi.server import Measured, Server
from collectors.ipmi.session import Session
from collectors.ipmi.settings import IpmiSettings
from collectors.ipmi.transport import Transport

SHORTEST_REST = timedelta(minutes=1)
LONGEST_REST = timedelta(minutes=15)
"""A BMC without a free session is left alone, each time twice as long, until one has run out."""

SHARE = 0.5
"""How much of `every` a poll may spend on what can wait for the next one."""

PATIENT_SHARE = 0.4
"""How much of `every` the answer to one slow request is waited for."""


class BmcCollector:
    """Reads one machine. A BMC has no counter, so energy is integrated over `longest_gap` at most.

    After a wrong login it sends nothing more: new settings make a new collector.
    """

    def __init__(self, settings: IpmiSettings, transport: Transport, clock: Clock) -> None:
        self.name = settings.name
        self.every = settings.every
        self._clock = clock
        self._bmc = Bmc(transport, _access(settings, clock))
        self._server = Server(settings, clock)
        limit = None if settings.limit_watts is None else Watts(settings.limit_watts)
        self._register = Register(limit=limit, longest_gap=settings.longest_gap)
        self._names: dict[MeterId, str] = {}
        self._refused: str | None = None
        self._rest = SHORTEST_REST
        self._rests_until: datetime | None = None

    @property
    def names(self) -> Mapping[MeterId, str]:
        """What the maker calls the sensors of the supplies, once they have been read."""
        return self._names

    async def collect(self) -> Sequence[Reading]:
        """Return what could be read. Raises Unavailable."""
        self._check()
        try:
            readings = await self._bmc.ask(self._read)
        except Refused as failure:
            self._refused = f"{self.name}: {failure}"
            raise Unavailable(self._refused) from failure
        except Status as failure:
            raise self._unavailable(failure) from failure
        except Failure as failure:
            if isinstance(failure, Silent):
                self._server.doubt()
            raise Unavailable(f"{self.name}: {failure}") from failure
        self._rest, self._rests_until = SHORTEST_REST, None
        return readings

    async def close(self) -> None:
        """End the session that is kept, if one is."""
        await self._bmc.close()

    async def _read(self, session: Session) -> Sequence[Reading]:
        until = self._clock.now() + self.every * SHARE
        poll = Poll(session=session, clock=self._clock, until=until)
        said = await self._server.read(poll, can_rise=self._bmc.can_rise)
        self._names |= {self._meter(one): one.name for one in said if one.name}
        return [
            Reading(
                meter=self._meter(one),
                at=self._clock.now(),
                register=self._register,
                power=one.power.watts,
                source=one.power.source,
                flags=one.power.flags,
                conditions=one.conditions,
            )
            for one in said
        ]

    def _meter(self, one: Measured) -> MeterId:
        return MeterId(self.name if one.scope is Scope.TOTAL else f"{self.name}/{one.part}")

    def _check(self) -> None:
        if self._refused is not None:
            raise Unavailable(self._refused)
        now = self._clock.now()
        if self._rests_until is not None and now < self._rests_until:
            seconds = (self._rests_until - now).total_seconds()
            raise Unavailable(
                f"{self.name}: it had no free session, and is asked again in {seconds:.0f} s",
                retry_after=seconds,
            )

    def _unavailable(self, failure: Status) -> Unavailable:
        if failure.code not in FULL:
            return Unavailable(f"{self.name}: {failure}")
        seconds = self._rest.total_seconds()
        self._rests_until = self._clock.now() + self._rest
        self._rest = min(self._rest * 2, LONGEST_REST)
        return Unavailable(
            f"{self.name}: {failure}: other tools hold them all; "
            f"it is asked again in {seconds:.0f} s",
            retry_after=seconds,
        )


def _access(settings: IpmiSettings, clock: Clock) -> Access:
    return Access(
        host=settings.address,
        port=settings.port,
        account=settings.account,
        suites=settings.suites,
        level=settings.level,
        pace=Pace(
            timeout=settings.timeout.total_seconds(),
            tries=settings.tries,
            patience=min(PATIENCE, settings.every.total_seconds() / clock.speed * PATIENT_SHARE),
        ),
        keep_alive=KEEP_ALIVE / clock.speed if settings.kept else None,
    )
