"""The other end of the wire runs in a process of its own: what it costs is not counted."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

PATIENCE = 20.0
"""Seconds that a child has to begin, and to end."""


@asynccontextmanager
async def ports_of(module: str) -> AsyncIterator[Sequence[int]]:
    """Run a module that answers on UDP ports of the loopback, and yield these.

    It prints them as one line of JSON and ends when its standard input does, so that it never
    outlives us.
    """
    child = subprocess.Popen(
        [sys.executable, "-m", module], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert child.stdout is not None
        line = await asyncio.wait_for(asyncio.to_thread(child.stdout.readline), PATIENCE)
        yield json.loads(line)
    finally:
        _end(child)


def _end(child: "subprocess.Popen[bytes]") -> None:
    try:
        child.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


async def serve(ports: Sequence[int]) -> None:
    """Tell the parent the ports, and return when it has ended or wants an end."""
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), ended.set)
    sys.stdout.write(json.dumps(list(ports)) + "\n")
    sys.stdout.flush()
    await ended.wait()
