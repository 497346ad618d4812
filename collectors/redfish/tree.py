"""What is known of one device's tree: learnt at first, kept, and learnt again."""

import asyncio
from collections.abc import Set
from datetime import datetime, timedelta

from agent.clock import Clock
from collectors.redfish.documents import text_of
from collectors.redfish.failures import Failure, Malformed, Silent, Status, Unsuited
from collectors.redfish.layout import Layout, Plan
from collectors.redfish.learning import layout_of, plans_of
from collectors.redfish.reader import Reader
from collectors.redfish.registers import Registers
from collectors.redfish.reports import with_report
from collectors.redfish.session import Session
from collectors.redfish.settings import RedfishSettings

RELEARN = timedelta(hours=1)
"""How long a layout is followed: supplies and outlets come and go."""

SOON = timedelta(minutes=5)
"""The same where a resource could not be read, or a register has been lost."""

HELD = timedelta(hours=2)
"""How long after it was learnt whole a layout is preferred to one with something refused."""


class Unfinished(Failure):
    """The time of a poll was up before all was learnt: the next one goes on."""


class Tree:
    """The layout of one device. It stays in force until the next one has been learnt."""

    def __init__(self, settings: RedfishSettings, session: Session, clock: Clock) -> None:
        self.layout: Layout | None = None
        self._scopes = frozenset(settings.read)
        self._unit = settings.unit
        self._session = session
        self._clock = clock
        self._registers = Registers()
        self._serials: dict[str, str] = {}
        self._reader: Reader | None = None
        self._learnt: datetime | None = None
        self._whole: datetime | None = None
        self._follow = RELEARN
        self._lapsed = False

    def reader(self) -> Reader:
        """Return what reads the resources of one poll."""
        return Reader(self._session, self._serials)

    @property
    def registers(self) -> Set[str]:
        """The meters, by their suffixes, that have a register or had one not long ago."""
        return self._registers.suffixes

    @property
    def is_due(self) -> bool:
        """Whether to learn, or to go on learning."""
        if self._learnt is None or self._reader is not None:
            return True
        return self._clock.now() - self._learnt >= self._follow

    def doubt(self) -> None:
        """Learn at the next poll, unless it has just been done: it takes many requests."""
        if self._learnt is not None and self._clock.now() - self._learnt >= SOON:
            self._follow = timedelta(0)

    def lapse(self) -> None:
        """Take note of an outage: who answers after it may be another device."""
        self._lapsed = True
        self._follow = timedelta(0)

    async def in_force(self, reader: Reader) -> Layout | None:
        """Return the layout to poll; after an outage only if the same device answers.

        Raises Failure.
        """
        if self._lapsed and self.layout is not None and not await self._is_same(reader):
            self.layout = None
        self._lapsed = False
        return self.layout

    async def learn(self, reader: Reader, until: float) -> bool:
        """Learn until then, on the loop's clock; tell whether all that was read is of this poll.

        Raises Failure: Unfinished and Silent where the next poll goes on.
        """
        begun, self._reader = self._reader, self._reader or reader
        try:
            async with asyncio.timeout_at(until):
                await self._learn(self._reader, begun is not None)
        except TimeoutError as error:
            raise Unfinished(
                f"what it has is still being learnt, {self._reader.count} resources so far: the "
                "next poll goes on; if there is none, give it more time with `every`"
            ) from error
        except Silent:
            raise
        except Failure:
            self._reader = None
            raise
        self._reader = None
        return begun is None

    async def _is_same(self, reader: Reader) -> bool:
        """Tell whether no serial number has changed, and one is known."""
        known = self.layout.identity if self.layout else {}
        for path, serial in known.items():
            said = text_of(await reader.get(path), "SerialNumber")
            if said and said != serial:
                return False
        return any(known.values())

    async def _learn(self, reader: Reader, again: bool) -> None:  # noqa: FBT001 of one caller
        if again:
            await self._resume(reader)
        else:
            self._session.try_again()
        try:
            plans = await plans_of(reader, self._scopes, self._unit)
            layout, lost = await self._found(reader, plans)
        except (Malformed, Status, Unsuited):
            if self.layout is None or not reader.refusals:
                raise
            layout, lost = self.layout, False
        self._take(layout, reader, lost=lost)

    async def _resume(self, reader: Reader) -> None:
        try:
            await reader.resume()
        except Silent:
            # What has been read so far may be of another device than what comes after an outage.
            self._reader = None
            raise

    async def _found(self, reader: Reader, plans: list[Plan]) -> tuple[Layout, bool]:
        kept, lost = self._registers.kept(plans, reader.documents, self._clock.now())
        return await with_report(layout_of(kept, reader), reader), lost

    def _take(self, layout: Layout, reader: Reader, *, lost: bool) -> None:
        """Put a layout in force; not in place of a whole one of the same device that is not old:
        what cannot be read for a moment is no reason to read a meter in another way.
        """
        now = self._clock.now()
        partial = bool(reader.refusals)
        fresh = self._whole is not None and now - self._whole < HELD
        if self.layout is None or not (partial and fresh) or _differ(self.layout, layout):
            self.layout = layout
        if partial:
            self._serials = {**self._serials, **layout.identity}
        else:
            self._whole, self._serials = now, dict(layout.identity)
        self._learnt = now
        self._follow = SOON if partial or lost else RELEARN


def _differ(one: Layout, other: Layout) -> bool:
    """Tell whether the same resources have other serial numbers."""
    return any(other.identity.get(path, serial) != serial for path, serial in one.identity.items())
