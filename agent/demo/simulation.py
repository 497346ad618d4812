"""The simulated site, started and stopped from the process that reads it."""

import asyncio
import contextlib
import os
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import agent
from agent.clock import Clock
from agent.demo.addresses import Addresses
from agent.demo.faults import NONE, Faults
from agent.demo.site import Site
from agent.demo.stepped_clock import SteppedClock
from agent.errors import Unavailable

STARTING_SECONDS = 60.0
ENDING_SECONDS = 5.0
LONGEST_LINE = 1 << 20
LINES_OF_TROUBLE = 5


class Simulation:
    """A data centre on real protocols in a process of its own, as an async context manager.

    Entering raises Unavailable, with what the process said last, if it does not come to answer.
    Leaving ends the process, gently first.
    """

    def __init__(
        self,
        *,
        start: datetime,
        since: datetime | None = None,
        speed: float = 1.0,
        seed: int = 1,
        faults: Faults = NONE,
    ) -> None:
        """`since` is when the site's history begins, if it has one before `start`."""
        self.site = Site(start=since or start, seed=seed)
        """The truth: the process computes from the same."""

        self._start = start
        self._since = since or start
        self._speed = speed
        self._seed = seed
        self._faults = faults
        self._process: Process | None = None
        self._errors: IO[bytes] | None = None
        self._addresses: Addresses | None = None

    @property
    def addresses(self) -> Addresses:
        """Where everything answers, once entered."""
        if self._addresses is None:
            raise RuntimeError("the simulation has not been started")
        return self._addresses

    @property
    def clock(self) -> Clock:
        """A clock that shows the time of the simulation, once entered: as the plan has it that is
        the clock of the daemon's host, and the simulated devices do not share its steps.
        """
        said = self.addresses
        if not self._faults.steps:
            return Clock(start=said.start, speed=said.speed, origin=said.origin)
        return SteppedClock(
            self._faults,
            midnight=self.site.midnight,
            start=said.start,
            speed=said.speed,
            origin=said.origin,
        )

    def true_span(self, first: datetime, last: datetime) -> tuple[datetime, datetime]:
        """Return when two times of the clock of the daemon's host truly were: of times that it has
        shown twice the earlier one of the first, and the later one of the last.
        """
        if not self._faults.steps:
            return first, last
        starts, ends = (self._faults.moments(self.site.seconds(at)) for at in (first, last))
        midnight = self.site.midnight
        return midnight + timedelta(seconds=starts[0]), midnight + timedelta(seconds=ends[-1])

    @property
    def pid(self) -> int | None:
        """The process, once entered."""
        return None if self._process is None else self._process.pid

    async def __aenter__(self) -> Self:
        # Closed in _end: a pipe that nobody reads would stop the process once it is full.
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115
        try:
            self._process = await self._launch(self._errors)
            self._addresses = await self._heard(self._process)
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._end()

    async def ended(self) -> str:
        """Return what the process said last, as soon as it has ended by itself."""
        if self._process is not None:
            code = await self._process.wait()
            if code < 0:
                return f"it was ended by signal {-code}"
        return self._trouble()

    async def _launch(self, errors: IO[bytes]) -> Process:
        # A session of its own: Ctrl-C is for the daemon, which ends this process in its turn.
        return await asyncio.create_subprocess_exec(
            sys.executable,
            # Not from the folder it is started in, which may hold an `agent` of its own.
            "-P",
            "-m",
            "agent.demo",
            f"--start={self._start.isoformat()}",
            f"--since={self._since.isoformat()}",
            f"--speed={self._speed}",
            f"--seed={self._seed}",
            f"--faults={self._faults.line()}",
            stdin=PIPE,
            stdout=PIPE,
            stderr=errors,
            limit=LONGEST_LINE,
            env=os.environ | {"PYTHONPATH": _paths()},
            start_new_session=True,
        )

    async def _heard(self, process: Process) -> Addresses:
        if process.stdout is None:
            raise RuntimeError("the simulation was started without a pipe")
        try:
            async with asyncio.timeout(STARTING_SECONDS):
                line = await process.stdout.readline()
        except TimeoutError as error:
            raise Unavailable(
                f"the simulation has not started within {STARTING_SECONDS:.0f} s: {self._trouble()}"
            ) from error
        try:
            return Addresses.of(line)
        except (ValueError, KeyError, TypeError) as error:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            raise Unavailable(f"the simulation did not start: {self._trouble()}") from error

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            await _stop(process)
        if self._errors is not None:
            self._errors.close()
            self._errors = None

    def _trouble(self) -> str:
        if self._errors is None:
            return "it was stopped"
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return " | ".join(lines[-LINES_OF_TROUBLE:]) or "it said nothing"


def _paths() -> str:
    """Return where Python finds this very package, whatever folder the command runs in."""
    home = str(Path(agent.__file__).resolve().parents[1])
    return os.pathsep.join([home, *filter(None, [os.environ.get("PYTHONPATH")])])


async def _stop(process: Process) -> None:
    """Close its input, then ask it to end, then end it."""
    if process.stdin is not None:
        process.stdin.close()
    for way in (process.terminate, process.kill):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ENDING_SECONDS):
                await process.wait()
            return
        with contextlib.suppress(ProcessLookupError):
            way()
    await process.wait()
