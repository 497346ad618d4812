"""One TCP connection, on which one request at a time is under way."""

import asyncio
import os
from collections import deque
from collections.abc import Callable

from collectors.modbus.failure import Lost, NoLine, Silent
from collectors.modbus.frames import Frame, Framer, taken, wrapped

# More than any one answer: who sends as much unasked is no Modbus device.
_MOST_UNREAD = 4096
_LAST_TRANSACTION = 0xFFFF
_MOST_OWED = 64
"""Requests whose answers may yet come; that of an earlier one counts as one to no request."""

_GIVEN_UP = 2
"""After so many waits in vain with nothing heard between, a connection may be a dead one."""


class _Stream(asyncio.Protocol):
    """What has come, in bytes; whoever waits for more is woken."""

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.lost: str | None = None
        self._news = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        self._news.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = _reason(exc) if exc else "the other side closed the connection"
        self._news.set()

    async def more(self) -> None:
        """Wait for more bytes. Raises Lost if there will be none, NoLine for far too many."""
        if self.lost is None:
            await self._news.wait()
            self._news.clear()
        if self.lost is not None:
            raise Lost(self.lost)
        if len(self.buffer) > _MOST_UNREAD:
            raise NoLine("it sends what is no answer: look at the port, and at framer")


class Wire:
    """Connects when it is first asked, and again whenever the connection is gone."""

    def __init__(self, host: str, port: int, framer: Framer) -> None:
        self._host = host
        self._port = port
        self._framer = framer
        self._stream: _Stream | None = None
        self._transport: asyncio.Transport | None = None
        self._transaction = 0
        self._owed: deque[int] = deque(maxlen=_MOST_OWED)
        self._waits = 0
        self._failed: tuple[float, str] | None = None
        self.late = 0
        """Answers that came after their time."""
        self.dropped = 0
        """Answers that were to no request."""

    async def exchange(
        self, unit: int, request: bytes, seconds: float, fits: Callable[[bytes], bool]
    ) -> bytes:
        """Return the answer to a request. `fits` knows its form.

        A late answer to an earlier request is dropped, and the time begins anew with it: the
        gateway was busy till then. Raises Silent without an answer, NoLine without a connection.
        """
        dropped = self.dropped
        try:
            return await self._exchange(unit, request, seconds, fits)
        except NoLine:
            self.close()
            raise
        except TimeoutError as error:
            self._waited()
            if self.dropped > dropped:
                message = (
                    f"no usable answer within {seconds:g} s: what came was not for unit {unit}"
                )
                raise Silent(message) from error
            raise Silent(f"no answer within {seconds:g} s") from error

    async def _exchange(
        self, unit: int, request: bytes, seconds: float, fits: Callable[[bytes], bool]
    ) -> bytes:
        numbered = self._framer == "tcp"
        if self._owed and not numbered:
            # RTU has no numbers: only a new connection tells a late answer from the right one.
            self.close()
        stream = await self._opened(seconds)
        self._transaction = self._transaction % _LAST_TRANSACTION + 1
        number = self._transaction if numbered else 0
        if not numbered:
            stream.buffer.clear()
        self._owed.append(number)
        self._send(wrapped(self._framer, number, unit, request))
        async with asyncio.timeout(seconds) as patience:
            while True:
                frame = await self._frame(stream)
                self._waits = 0
                if frame.transaction == number and frame.unit == unit and fits(frame.pdu):
                    self._owed.remove(number)
                    return frame.pdu
                if frame.transaction != number and frame.transaction in self._owed:
                    self._owed.remove(frame.transaction)
                    self.late += 1
                    patience.reschedule(asyncio.get_running_loop().time() + seconds)
                else:
                    self.dropped += 1

    async def _frame(self, stream: _Stream) -> Frame:
        while True:
            frame = taken(self._framer, stream.buffer)
            if frame is not None:
                return frame
            await stream.more()

    async def _opened(self, seconds: float) -> _Stream:
        """Return the connection. After a vain try there is none for as many `seconds`: many devices
        wait for the same one, and each of them would wait for it in turn.
        """
        if self._stream is not None and self._stream.lost is None:
            return self._stream
        self.close()
        loop = asyncio.get_running_loop()
        if self._failed is not None and loop.time() < self._failed[0] + seconds:
            raise NoLine(self._failed[1])
        try:
            return await self._connected(seconds)
        except NoLine as error:
            self._failed = (loop.time(), str(error))
            raise

    async def _connected(self, seconds: float) -> _Stream:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(seconds):
                transport, stream = await loop.create_connection(_Stream, self._host, self._port)
        except TimeoutError as error:
            raise NoLine(f"{self._place} takes no connection within {seconds:g} s") from error
        except OSError as error:
            raise NoLine(f"cannot connect to {self._place}: {_reason(error)}") from error
        self._transport, self._stream, self._failed = transport, stream, None
        return stream

    @property
    def _place(self) -> str:
        return f"{self._host} port {self._port}"

    def _send(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def _waited(self) -> None:
        """Close a connection on which nothing is heard any more."""
        self._waits += 1
        if self._waits >= _GIVEN_UP or self._framer != "tcp":
            self.close()

    def close(self) -> None:
        """Close the connection; the next request opens another one."""
        if self._transport is not None:
            self._transport.abort()
        self._transport = self._stream = None
        self._owed.clear()
        self._waits = 0


def _reason(error: Exception) -> str:
    """Return the system's word for an error: event loops put addresses in its place."""
    number = getattr(error, "errno", None)
    if number and number > 0:
        return os.strerror(number)
    return getattr(error, "strerror", None) or str(error)
