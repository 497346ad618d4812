"""How a command reaches the running daemon, which has the one connection that writes.

One request and one answer for each connection, each a JSON object in a line:

    {"do": "repair", "meter": …, "from": …, "to": …, "energy": …, "who": …, "why": …}
    {"do": "close", "site": …, "month": …, "who": …, "why": …}

The answer is `{"done": {…}}`, or in words `{"refused": …}` where the request is wrong and
`{"failed": …}` where it may be right. What is done is on disk.
"""

import asyncio
import json
import logging
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from agent.app.requests import carry_out, request_of
from agent.app.unix_socket import beside, bound
from agent.errors import ConfigError, Unavailable
from agent.ledger import Ledger

log = logging.getLogger("carbond.control")

LONGEST = 64 * 1024
"""Bytes of a request, and of an answer."""

PATIENCE = 5.0
"""Seconds in which a client must have sent its request, and have taken its answer."""

BUG = "a bug in carbond, see the daemon's log"


class Control:
    """Listens beside a ledger while it is entered. Nothing that a client does harms the daemon."""

    def __init__(self, path: Path, ledger: Ledger) -> None:
        """`path` is the ledger's, which this process has."""
        self.path = beside(path)
        self._ledger = ledger
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        """Listen. Where that cannot be, say so and go on: measuring is more than repairing."""
        try:
            listening = bound(self.path)
        except OSError as error:
            log.warning(
                "%s: cannot listen there (%s): `carbond ledger repair` and `close` work only while "
                "this daemon does not run",
                self.path,
                error.strerror or error,
            )
            return self
        # From 3.13 on asyncio looks for the name that the socket was bound to: we remove it.
        own: dict[str, Any] = {"cleanup_socket": False} if sys.version_info >= (3, 13) else {}
        self._server = await asyncio.start_unix_server(
            self._came, sock=listening, limit=LONGEST, **own
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End, with those that are still being served: they may ask again."""
        if self._server is None:
            return
        with suppress(OSError):
            self.path.unlink()
        self._server.close()
        for task in self._clients:
            task.cancel()
        if self._clients:
            await asyncio.wait(self._clients)

    def _came(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer), name="control")
        self._clients.add(task)
        task.add_done_callback(self._clients.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            answer = await self._answer(reader)
            async with asyncio.timeout(PATIENCE):
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
            writer.close()
            if "done" in answer:
                await self._ledger.tend()
        except (OSError, TimeoutError, Unavailable) as problem:
            # The client has gone; or the disk is full, and the hours stay marked.
            log.debug("not to the end: %s", problem)
        except Exception:  # What is wrong with a request is not to end the daemon.
            log.exception("a request has failed; please report it")
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> dict[str, Any]:
        try:
            words = await _read(reader)
            done = await carry_out(request_of(words), self._ledger)
        except ConfigError as error:
            return {"refused": str(error)}
        except Unavailable as error:
            return {"failed": str(error)}
        except Exception:  # The client is told, and the daemon goes on.
            log.exception("a request has failed; please report it")
            return {"failed": BUG}
        log.info("%s by %s: %s", words["do"], words["who"], words["why"])
        return {"done": done}


async def _read(reader: asyncio.StreamReader) -> dict[str, Any]:
    """Return the request. Raises ConfigError if it is none, Unavailable if it does not come."""
    try:
        async with asyncio.timeout(PATIENCE):
            words = json.loads(await reader.readline())
    except TimeoutError as error:
        raise Unavailable(f"no whole request within {PATIENCE:g} s") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"a request is a line of JSON of at most {LONGEST} bytes") from error
    if not isinstance(words, dict):
        raise ConfigError("a request is a JSON object")
    return words
