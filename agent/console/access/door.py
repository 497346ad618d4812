"""Where connections come in: none takes a place for long without saying what it wants.

The server's own way in opens as many as come, and waits a minute for TLS to be agreed on.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable

from agent.console.access.crowd import Crowd, Place
from agent.console.access.hosts import address_of
from agent.console.access.refusals import Refusals

log = logging.getLogger("carbond.console")

TO_AGREE = 10.0
"""Seconds in which TLS must have been agreed on, or ended."""

PAUSE = 0.01
"""Seconds after one that is refused: a flood waits in the kernel, and costs no time of the loop."""

PAUSE_WITHOUT_FILES = 1.0
"""Seconds to wait where the process, or the machine, has no file descriptor left."""

Protocols = Callable[[Place], asyncio.Protocol]
"""Makes what speaks with one client. It leaves the place when the connection is lost."""


class Door:
    """Lets connections in as long as there is room."""

    def __init__(
        self, protocols: Protocols, tls: ssl.SSLContext | None, crowd: Crowd, refusals: Refusals
    ) -> None:
        self._protocols = protocols
        self._tls = tls
        self._crowd = crowd
        self._refusals = refusals

    async def open(self, listening: socket.socket) -> None:
        """Accept connections until cancelled."""
        listening.settimeout(0)
        async with asyncio.TaskGroup() as group:
            while True:
                connection = await self._next(listening)
                if connection is not None:
                    await self._admit(group, connection)

    async def _next(self, listening: socket.socket) -> socket.socket | None:
        try:
            connection, _ = await asyncio.get_running_loop().sock_accept(listening)
        except ConnectionError:
            return None
        except OSError as error:
            self._refusals.add(f"connections ({error.strerror})", "")
            await asyncio.sleep(PAUSE_WITHOUT_FILES)
            return None
        return connection

    async def _admit(self, group: asyncio.TaskGroup, connection: socket.socket) -> None:
        address = _address(connection)
        place = self._crowd.enter(address)
        if place is None:
            connection.close()
            self._refusals.add("connections too many", address)
            await asyncio.sleep(PAUSE)
            return
        group.create_task(self._begin(connection, place), name=f"http {address}")

    async def _begin(self, connection: socket.socket, place: Place) -> None:
        """Agree on TLS and begin to listen; then the protocol has the connection."""
        limit = TO_AGREE if self._tls else None
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: self._protocols(place),
                connection,
                ssl=self._tls,
                ssl_handshake_timeout=limit,
                ssl_shutdown_timeout=limit,
            )
        except OSError:
            # It has gone, or does not speak TLS, or none that is good enough.
            place.leave()
        except Exception:
            place.leave()
            log.exception("a connection could not be taken")


def _address(connection: socket.socket) -> str:
    try:
        return address_of(connection.getpeername()[0])
    except OSError:
        return ""
