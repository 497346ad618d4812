"""One BMC: how it wants to be logged in to, and the session kept with it, if one is kept."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from collectors.ipmi.crypto import Account, Suite
from collectors.ipmi.exchange import Pace
from collectors.ipmi.failures import (
    NO_SUCH_SUITE,
    PRIVILEGE,
    Completion,
    Failure,
    Silent,
    Status,
)
from collectors.ipmi.login import Way, log_in
from collectors.ipmi.session import APP, Session
from collectors.ipmi.transport import Peer, Transport

USER = 2
"""The privilege that a session begins with, and enough for most BMCs."""

KEEP_ALIVE = 25.0
"""Seconds; BMCs end a session after about 60 s without a command."""

SET_PRIVILEGE = 0x3B

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What the settings say about the way in."""

    host: str
    port: int
    account: Account
    suites: Sequence[Suite]
    """In the order in which they are tried."""

    level: int
    """The privilege to rise to if the BMC asks for more than USER."""

    pace: Pace
    keep_alive: float | None
    """Seconds between commands of a session that is kept; None ends it after each poll."""


class Bmc:
    """Lends out a session, and learns the suite and the privilege that this BMC wants."""

    def __init__(self, transport: Transport, access: Access) -> None:
        self._transport = transport
        self._access = access
        self._suites = list(access.suites)
        self._level = USER
        self._peer: Peer | None = None
        self._kept: Session | None = None

    @property
    def can_rise(self) -> bool:
        """Whether the settings allow a higher privilege than this BMC has been asked with."""
        return self._level < self._access.level

    async def ask(self, work: Callable[[Session], Awaitable[T]]) -> T:
        """Return what the work gets out of a session.

        The session is closed after it, however it ends, or kept if it went well and the settings
        say so. The work is done again, in a new session, if a kept one proves lost or the BMC
        asks for a higher privilege than we had. Raises Failure.
        """
        kept = self._kept is not None
        try:
            return await self._once(work)
        except Silent:
            if not kept:
                raise
        except Completion as failure:
            if failure.code != PRIVILEGE or not self.can_rise:
                raise
            self._level = self._access.level
        return await self._once(work)

    async def close(self) -> None:
        """End the session that is kept."""
        if self._kept is not None:
            await self._kept.close()
            self._kept = None

    async def _once(self, work: Callable[[Session], Awaitable[T]]) -> T:
        kept, self._kept = self._kept, None
        session = kept or await self._log_in()
        try:
            if session is not kept:
                await self._prepare(session)
            done = await work(session)
            if self._access.keep_alive is None:
                await session.close()
            else:
                self._kept = session
            return done
        except Silent:
            raise
        except Failure:
            await session.close()
            raise
        finally:
            if session is not self._kept:
                session.abandon()

    async def _prepare(self, session: Session) -> None:
        """Rise to the privilege this BMC has asked for, and begin to keep the session alive."""
        if self._level > USER:
            try:
                await session.command(APP, SET_PRIVILEGE, bytes((self._level,)))
            except Completion as failure:
                raise Failure(f"the user may not rise to this `privilege`: {failure}") from failure
        if self._access.keep_alive is not None:
            session.keep_alive(self._access.keep_alive)

    async def _log_in(self) -> Session:
        """Try the suites in turn, the one that worked last first."""
        for suite in tuple(self._suites):
            try:
                session = await log_in(await self._way(suite))
            except Silent:
                self._peer = None
                raise
            except Status as failure:
                if failure.code not in NO_SUCH_SUITE:
                    raise
                continue
            self._suites.sort(key=lambda other: other is not suite)
            return session
        names = " nor ".join(str(suite.number) for suite in self._suites)
        raise Failure(f"login refused: it does not have cipher suite {names}")

    async def _way(self, suite: Suite) -> Way:
        access = self._access
        if self._peer is None:
            self._peer = await self._transport.peer(access.host, access.port)
        return Way(
            transport=self._transport,
            peer=self._peer,
            account=access.account,
            suite=suite,
            level=self._level,
            pace=access.pace,
        )
