"""One server's power, read from its BMC."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from agent.clock import Clock
from agent.errors import Unavailable
from agent.model import MeterId, Reading, Register
from agent.units import Watts
from collectors.ipmi.bmc import KEEP_ALIVE, Access, Bmc
from collectors.ipmi.exchange import Pace
from collectors.ipmi.failures import FULL, Failure, Refused, Status
from collectors.ipmi.power import PowerSource
from collectors.ipmi.session import Session
from collectors.ipmi.settings import IpmiSettings
from collectors.ipmi.transport import Transport

SHORTEST_REST = timedelta(minutes=1)
LONGEST_REST = timedelta(minutes=15)
"""A BMC without a free session is left alone, each time twice as long, until one has run out."""


class BmcCollector:
    """Reads one power. A BMC has no counter, so energy is integrated over `longest_gap` at most.

    After a wrong login it sends nothing more: new settings make a new collector.
    """

    def __init__(self, settings: IpmiSettings, transport: Transport, clock: Clock) -> None:
        self.name = settings.name
        self.every = settings.every
        self._clock = clock
        self._bmc = Bmc(transport, _access(settings, clock))
        self._source = PowerSource(settings.source, settings.sensor, clock)
        limit = None if settings.limit_watts is None else Watts(settings.limit_watts)
        self._register = Register(limit=limit, longest_gap=settings.longest_gap)
        self._refused: str | None = None
        self._rest = SHORTEST_REST
        self._rests_until: datetime | None = None

    async def collect(self) -> Sequence[Reading]:
        """Return the one reading. Raises Unavailable."""
        self._check()
        try:
            reading = await self._bmc.ask(self._read)
        except Refused as failure:
            self._refused = f"{self.name}: {failure}"
            raise Unavailable(self._refused) from failure
        except Status as failure:
            raise self._unavailable(failure) from failure
        except Failure as failure:
            raise Unavailable(f"{self.name}: {failure}") from failure
        self._rest, self._rests_until = SHORTEST_REST, None
        return [reading]

    async def close(self) -> None:
        """End the session that is kept, if one is."""
        await self._bmc.close()

    async def _read(self, session: Session) -> Reading:
        power = await self._source.read(session)
        return Reading(
            meter=MeterId(self.name),
            at=self._clock.now(),
            register=self._register,
            power=power.watts,
            source=power.source,
            flags=power.flags,
        )

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
        pace=Pace(timeout=settings.timeout.total_seconds(), tries=settings.tries),
        keep_alive=KEEP_ALIVE / clock.speed if settings.kept else None,
    )
