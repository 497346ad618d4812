"""Connections on which nothing comes, or from which nobody reads, are dropped; and what is said to
those who do not speak HTTP.
"""

import asyncio
import sys
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import (
    STATUS_PHRASES,
    H11Protocol,
    RequestResponseCycle,
)

from agent.console.access.crowd import Place
from agent.console.access.refusals import Refusals
from agent.console.api.problems import problem

TO_ASK = 10.0
"""Seconds in which a request's head must have come."""

TO_READ = 60.0
"""Seconds in which a client must have read what waits for it."""

TO_GO = 15.0
"""Seconds in which a connection that is closed must have gone: twice that, at the latest."""

TOO_LONG = 431


class Patience(H11Protocol):
    """uvicorn's protocol, which waits for ever for a head that drips, for a body nobody reads, and
    for a client that leaves the last bytes of a closed connection unread.
    """

    _asking: asyncio.TimerHandle | None = None
    _reading: asyncio.TimerHandle | None = None
    _looking: asyncio.TimerHandle | None = None
    _was_closing = False

    def __init__(self, *, place: Place, refusals: Refusals, **options: Any) -> None:  # noqa: ANN401 uvicorn's
        """The place is left when the connection is lost."""
        super().__init__(**options)
        self._place = place
        self._refusals = refusals

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401 as uvicorn declares it
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._wait_for_head()
        self._looking = self.loop.call_later(TO_GO, self._look)

    def data_received(self, data: bytes) -> None:
        """Wait on for what is still to come of a head."""
        super().data_received(data)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._asked()
        self._read()
        if self._looking is not None:
            self._looking.cancel()
        self._place.leave()
        super().connection_lost(exc)
        # uvicorn does so only where the client has closed it in order.
        self._unset_keepalive_if_required()

    def pause_writing(self) -> None:
        """Begin to wait for the client to read."""
        super().pause_writing()
        if self._reading is None:
            self._reading = self.loop.call_later(TO_READ, self.transport.abort)

    def resume_writing(self) -> None:
        """It has read."""
        self._read()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Say what is wrong with a request, unless an answer to it has begun already."""
        self._refusals.add("bad-request", self._place.address)
        if self._is_answering():
            # What is being made can no longer be sent.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self._say(sys.exc_info()[1], msg)
        self.transport.close()

    def _say(self, error: BaseException | None, msg: str) -> None:
        if getattr(error, "error_status_hint", None) == TOO_LONG:
            said = problem(
                TOO_LONG, "too-large", "the head of the request is too long: ask shorter"
            )
        else:
            # Behind it h11 repeats what was sent.
            what = str(error or msg).partition(": bytearray")[0]
            said = problem(400, "bad-request", f"{what}: send a request of HTTP/1.1")
        code = said.status_code
        headers = [*said.raw_headers, (b"connection", b"close")]
        for event in (
            h11.Response(status_code=code, headers=headers, reason=STATUS_PHRASES[code]),
            h11.Data(data=bytes(said.body)),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event))

    def _wait_for_head(self) -> None:
        if self._is_answering():
            self._asked()
        elif self._asking is None and not self.transport.is_closing():
            self._asking = self.loop.call_later(TO_ASK, self._give_up)

    def _is_answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _give_up(self) -> None:
        self._asking = None
        if not self._is_answering():
            self.transport.close()

    def _look(self) -> None:
        """Drop the connection if it was closed long ago, and its last bytes are still there."""
        if self._was_closing:
            self.transport.abort()
            return
        self._was_closing = self.transport.is_closing()
        self._looking = self.loop.call_later(TO_GO, self._look)

    def _asked(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None

    def _read(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None
