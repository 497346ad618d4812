"""How often an account is asked."""

from datetime import UTC, datetime, timedelta

import httpx

from agent.clock import Clock
from agent.web.answers import HOLD_UNSAID, LONGEST_HOLD, Answer
from agent.web.errors import NoService


class Pace:
    """The requests of one account: a spacing apart, and none before the time the server named."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next = datetime.min.replace(tzinfo=UTC)
        self._held_until = self._next

    async def turn(self, name: str, spacing: timedelta, deadline: datetime) -> None:
        """Return when the next request may go out.

        Raises NoService if that is held, or would be after the deadline.
        """
        now = self._clock.now()
        wait = (self._held_until - now).total_seconds()
        if 0 < wait <= LONGEST_HOLD:
            raise NoService(f"{name}: told to wait another {wait:.0f} s", retry_after=wait)
        # A clock that was set back must not stop the requests for as long as it was.
        slot = max(now, self._next) if self._next - now < timedelta(seconds=LONGEST_HOLD) else now
        if slot > deadline:
            raise NoService(
                f"{name}: no request left in this poll at one per {spacing.total_seconds():g} s: "
                "what is left is due in the next one"
            )
        self._next = slot + spacing
        await self._clock.sleep((slot - now).total_seconds())

    def heed(self, answer: Answer) -> None:
        """Hold the requests for as long as the answer says: after a 429 that says
        nothing, a minute."""
        wait = answer.retry_after
        if answer.status == httpx.codes.TOO_MANY_REQUESTS:
            wait = HOLD_UNSAID if wait is None else wait
        elif answer.status != httpx.codes.SERVICE_UNAVAILABLE:
            wait = None
        if wait is not None:
            self._held_until = self._clock.now() + timedelta(seconds=wait)
