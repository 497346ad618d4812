"""Connections on which nothing comes, or from which nobody reads, are dropped."""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

TO_ASK = 10.0
"""Seconds in which a request's head must have come."""

TO_READ = 60.0
"""Seconds in which a client must have read what waits for it."""


class Patience(H11Protocol):
    """uvicorn's protocol, which waits for ever for a head that drips and a body nobody reads."""

    _asking: asyncio.TimerHandle | None = None
    _reading: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401 as uvicorn declares it
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        """Wait on for what is still to come of a head."""
        super().data_received(data)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._asked()
        self._read()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Begin to wait for the client to read."""
        super().pause_writing()
        if self._reading is None:
            self._reading = self.loop.call_later(TO_READ, self.transport.abort)

    def resume_writing(self) -> None:
        """It has read."""
        self._read()
        super().resume_writing()

    def _wait_for_head(self) -> None:
        if self._is_answering():
            self._asked()
        elif self._asking is None:
            self._asking = self.loop.call_later(TO_ASK, self._give_up)

    def _is_answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _give_up(self) -> None:
        self._asking = None
        if not self._is_answering():
            self.transport.close()

    def _asked(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None

    def _read(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None
