"""Having a request carried out: by the daemon that runs, or here if none does."""

import asyncio
import json
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent.app.control import LONGEST
from agent.app.parts import keep_of, tree_of
from agent.app.requests import Request, carry_out, request_of
from agent.app.unix_socket import beside, connected
from agent.clock import Clock
from agent.errors import ConfigError, Unavailable
from agent.ledger import Held, Ledger, open_reader, said_of
from config import Settings

PATIENCE = 30.0
"""Seconds for an answer of the daemon."""

LONGEST_WAIT = 10.0
"""Seconds for another command to end, or for a daemon that starts to listen."""


def ask(settings: Settings, words: Mapping[str, Any]) -> dict[str, Any]:
    """Have a request carried out, and return its result as data once it is on disk.

    Exactly one process writes the ledger: it is asked where one runs, else this one opens the
    ledger, and computes what the request has changed. Raises ConfigError for all that a person must
    see to: what is wrong with the request, nobody's answer.
    """
    request = request_of(words)
    path = settings.ledger.path
    open_reader(path).close()
    until = time.monotonic() + LONGEST_WAIT
    while True:
        found = _asked(path, words)
        if found is not None:
            return found
        try:
            with said_of(path):
                return asyncio.run(_here(settings, request))
        except Held as error:
            if time.monotonic() > until:
                raise ConfigError(
                    f"{error}. It does not listen at {beside(path)}: if it is a daemon its log "
                    "says why"
                ) from error
        except Unavailable as error:
            raise ConfigError(str(error)) from error
        time.sleep(0.1)


async def _here(settings: Settings, request: Request) -> dict[str, Any]:
    path = settings.ledger.path
    ledger = Ledger(path, tree_of(settings), Clock(), keep=keep_of(settings))
    try:
        await ledger.tend()
        done = await carry_out(request, ledger)
        await ledger.tend()
        return done
    finally:
        ledger.close()


def _asked(ledger: Path, words: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what the daemon has done, None if none listens."""
    path = beside(ledger)
    try:
        calling = connected(path, timeout=PATIENCE)
        if calling is None:
            return None
        with calling:
            answer = _answer(calling, words)
    except PermissionError as error:
        raise ConfigError(
            f"{path}: the daemon is another user's ({error.strerror}): be that user, or root"
        ) from error
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError(
            f"{path}: the daemon has not answered ({error}): its log may say why; look with "
            "`carbond ledger repairs` and `periods` whether it is done before you ask again"
        ) from error
    if "done" in answer:
        return dict(answer["done"])
    raise ConfigError(str(answer.get("refused") or answer.get("failed") or "no answer"))


def _answer(calling: socket.socket, words: Mapping[str, Any]) -> dict[str, Any]:
    """Raises OSError, ValueError or TypeError if there is no whole answer."""
    calling.sendall(json.dumps(words).encode() + b"\n")
    said = b""
    while not said.endswith(b"\n") and len(said) <= LONGEST:
        more = calling.recv(LONGEST)
        if not more:
            raise ConnectionError("it has ended")
        said += more
    return dict(json.loads(said))
