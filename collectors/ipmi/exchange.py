"""A request, and its repeats, until there is an answer or the time is over."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from collectors.ipmi.failures import Failure, Silent

PATIENCE = 16.0
SUSPECTS = "wrong address, a firewall, or IPMI over LAN is switched off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long to wait for an answer, in seconds, and how often to send a request."""

    timeout: float
    tries: int
    patience: float = PATIENCE
    """For how long the answer to a slow request is waited for in all."""

    @property
    def once(self) -> "Pace":
        return Pace(timeout=self.timeout, tries=1)

    @property
    def patient(self) -> "Pace":
        """For what is known to take long: one repeat, as a slow BMC may do each of them anew."""
        if self.timeout * self.tries >= self.patience:
            return self
        return Pace(timeout=self.patience / 2, tries=2)

    def __str__(self) -> str:
        return f"{self.timeout * self.tries:g} s"


class Exchange:
    """Sends at once, and again each time the answer is overdue. It needs no task and no slot."""

    __slots__ = ("_answer", "_left", "_loop", "_pace", "_send", "_timer")

    def __init__(self, send: Callable[[], None], pace: Pace) -> None:
        """`send` is called once for each try, and may raise Failure."""
        self._loop = asyncio.get_running_loop()
        self._answer: asyncio.Future[bytes | Failure] = self._loop.create_future()
        self._send = send
        self._pace = pace
        self._left = pace.tries
        self._timer: asyncio.TimerHandle | None = None
        self._try()

    @property
    def done(self) -> bool:
        return self._answer.done()

    def resolve(self, answer: bytes | Failure) -> None:
        """Hand over the answer. The first one counts."""
        if not self._answer.done():
            self._answer.set_result(answer)

    async def settled(self) -> None:
        """Wait for the end, whatever it is."""
        try:
            await self._answer
        finally:
            self.stop()

    async def answer(self) -> bytes:
        """Return the answer. Raises Silent if there is none, or what sending raised."""
        await self.settled()
        answer = self._answer.result()
        if isinstance(answer, Failure):
            raise answer
        return answer

    def stop(self) -> None:
        """Send no more."""
        self._left = 0
        if self._timer is not None:
            self._timer.cancel()

    def _try(self) -> None:
        if self._answer.done():
            return
        if not self._left:
            self.resolve(Silent(f"no answer within {self._pace} ({SUSPECTS})"))
            return
        self._left -= 1
        try:
            self._send()
        except Failure as failure:
            self.resolve(failure)
            return
        self._timer = self._loop.call_later(self._pace.timeout, self._try)
