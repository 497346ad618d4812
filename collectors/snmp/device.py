"""One device that is read by SNMP."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from agent.clock import Clock
from agent.errors import Unavailable
from agent.loops import offset_of
from agent.model import MeterId, Reading, Register, Role
from agent.units import Watts
from collectors.snmp.address import is_numeric, security_of, target_of
from collectors.snmp.reading.detection import SYS_OBJECT_ID, ask, detect
from collectors.snmp.reading.identity import (
    HUNDREDTH,
    SYS_UP_TIME,
    began_again,
    ran_on,
    serials,
    source_of,
    uptime_of,
)
from collectors.snmp.reading.layout import is_of_water, layout_of, learn
from collectors.snmp.reading.plan import Layout, Plan
from collectors.snmp.reading.polling import poll
from collectors.snmp.reading.values import Memory, reading_of
from collectors.snmp.settings import SnmpSettings
from collectors.snmp.wire.ber import Value
from collectors.snmp.wire.failure import Failure, Silent
from collectors.snmp.wire.session import Session
from collectors.snmp.wire.transport import Transport
from config.profiles import Profile

# Seconds after which a device's rows are looked up again at the latest, and after half of which at
# the earliest: outlets and units come and go.
RELEARN = 3600.0
# The same where the scale of a number could not be told yet, because it was 0.
RELEARN_UNDECIDED = 300.0


class SnmpDevice:
    """Reads the meters of one device by the profile of its family.

    The first poll finds the profile, the rows and the serial numbers; later ones ask for the
    values alone, and for the sysObjectID and the sysUpTime, so that another device behind the same
    address is noticed at once.
    """

    def __init__(
        self,
        settings: SnmpSettings,
        transport: Transport,
        clock: Clock,
        known: Mapping[str, Profile],
        layouts: dict[Layout, Layout],
    ) -> None:
        """`layouts` are shared by all devices: equal racks have equal PDUs."""
        self.name = settings.name
        self.every = settings.every
        self._settings = settings
        self._transport = transport
        self._clock = clock
        self._known = known
        self._layouts = layouts
        self._session: Session | None = None
        self._layout: Layout | None = None
        self._sources: tuple[str, ...] = ()
        self._names: Mapping[MeterId, str] = {}
        self._learnt = 0.0
        self._uptime: int | None = None
        self._heard = 0.0
        self._object_id = b""
        self._memory = Memory()
        self._answers = True

    @property
    def names(self) -> Mapping[MeterId, str]:
        """What people call its outlets and sensors."""
        return self._names

    async def collect(self) -> Sequence[Reading]:
        """Return the readings of the meters that answered.

        A device that was silent the last time is asked once, not `tries` times. Raises
        Unavailable.
        """
        try:
            session = await self._opened()
            session.tries = self._settings.tries if self._answers else 1
            readings = await self._read(session)
        except Failure as error:
            self._answers = False
            if not isinstance(error, Silent):
                self._layout = None
            raise Unavailable(f"{self.name}: {error}") from error
        self._answers = True
        self._check_power(readings)
        return readings

    async def _opened(self) -> Session:
        """Return the session; a name is looked up again while the device does not answer."""
        settings = self._settings
        if self._session is None:
            self._session = Session(
                self._transport, await target_of(settings), security_of(settings)
            )
        elif not self._answers and not is_numeric(settings.address):
            self._session.target = await target_of(settings)
        return self._session

    async def _read(self, session: Session) -> Sequence[Reading]:
        layout = self._layout
        is_new = layout is None or time.monotonic() - self._learnt > self._lifetime(layout)
        if layout is None or is_new:
            layout = await self._learn(session)
        values, at = await self._values(session, layout)
        if not is_new and self._is_another(values):
            layout = await self._learn(session)
            values, at = await self._values(session, layout)
        self._uptime, self._heard = uptime_of(values), time.monotonic()
        return self._readings(layout, values, at)

    def _check_power(self, readings: Sequence[Reading]) -> None:
        """Raise Unavailable, with what there is, for a device that should have a power and has
        none. One that has sensors alone has all it can.
        """
        layout = self._layout
        if layout is None or any(one.books for one in readings):
            return
        if readings and all(plan.is_of_sensor for plan in layout.plans):
            return
        if any(plan.books for plan in layout.plans):
            self._layout = None
        problem = f"it answers, but with no power and no energy of profile {layout.profile}"
        has = sorted({name for one in readings for name in one.conditions})
        only = f": it has {', '.join(has)} only" if has else ""
        raise Unavailable(f"{self.name}: {problem}{only}", seen=readings)

    async def _learn(self, session: Session) -> Layout:
        """Find the profile, unless the settings name it, and the rows."""
        scopes = frozenset(self._settings.read)
        limit = self._settings.limit_watts or 0
        if self._settings.profile:
            learnt = await learn(session, self._known[self._settings.profile], scopes, limit)
        else:
            answer = await ask(session)
            learnt = await detect(session, answer, self._known, scopes, limit)
            if answer.raw != self._object_id:
                self._object_id, self._memory = answer.raw, Memory()
        layout = layout_of(learnt, bulk=session.bulk)
        _check_quantity(layout, self._settings.role)
        found = await serials(session, learnt.profile)
        self._layout = self._layouts.setdefault(layout, layout)
        self._sources = tuple(source_of(plan, found) for plan in layout.plans)
        self._names = {
            MeterId(self.name + one.plan.suffix): one.name for one in learnt.meters if one.name
        }
        self._learnt = time.monotonic()
        return self._layout

    def _lifetime(self, layout: Layout) -> float:
        """Return after how many seconds a layout is looked up again.

        What was learnt together at a start is not learnt again all at once.
        """
        longest = RELEARN_UNDECIDED if layout.undecided else RELEARN
        return longest * (1 + offset_of(self.name)) / 2

    async def _values(
        self, session: Session, layout: Layout
    ) -> tuple[Mapping[bytes, Value], datetime]:
        """Return all values of a poll, and when they came."""
        head = (SYS_UP_TIME,) if self._settings.profile else (SYS_UP_TIME, SYS_OBJECT_ID)
        return await poll(session, layout, head), self._clock.now()

    def _is_another(self, values: Mapping[bytes, Value]) -> bool:
        """Tell whether it may be another device: what was silent, or has restarted, may have been
        exchanged.
        """
        uptime, passed = uptime_of(values), time.monotonic() - self._heard
        if not self._answers and not ran_on(self._uptime, uptime, passed):
            return True
        if began_again(self._uptime, uptime, passed):
            return True
        if self._settings.profile:
            return False
        return values.get(SYS_OBJECT_ID, self._object_id) != self._object_id

    def _readings(
        self, layout: Layout, values: Mapping[bytes, Value], at: datetime
    ) -> list[Reading]:
        found = []
        ticks = uptime_of(values)
        uptime = None if ticks is None else ticks * HUNDREDTH
        for plan, source in zip(layout.plans, self._sources, strict=True):
            reading = reading_of(
                self.name,
                plan,
                values,
                at=at,
                memory=self._memory,
                register=self._register(plan),
                source=source,
                uptime=uptime,
            )
            if reading is not None:
                found.append(reading)
        return found

    def _register(self, plan: Plan) -> Register:
        """Return a meter's register, with the limit of the settings: no part draws more."""
        limit = self._settings.limit_watts
        if limit is None or (plan.suffix and plan.register.limit and plan.register.limit <= limit):
            return plan.register
        return replace(plan.register, limit=Watts(limit))

    async def close(self) -> None:
        """Nothing: SNMP holds nothing for us on the other side."""


def _check_quantity(layout: Layout, role: Role) -> None:
    """Raise Failure for a meter whose role is of another quantity than it counts: litres booked as
    joules would be believed.
    """
    water = {is_of_water(plan) for plan in layout.plans if plan.energy}
    if role is Role.WATER and False in water:
        raise Failure(f"it has the role water, but profile {layout.profile} counts energy")
    if role is not Role.WATER and True in water:
        raise Failure(f"profile {layout.profile} counts water: write role: water")
