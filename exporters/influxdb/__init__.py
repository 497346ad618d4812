"""Writes minutes, hours and intensities to an InfluxDB. See README.md."""

import asyncio
import gzip
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import ClassVar

from agent.clock import Clock
from agent.errors import Unavailable
from agent.model import Entry, Refused
from config import ExporterSettings
from exporters.influxdb.answers import Verdict, reason_of, refused_of, verdict_of
from exporters.influxdb.measurements import Writer
from exporters.influxdb.paths import Path, path_to
from exporters.influxdb.settings import InfluxSettings
from exporters.influxdb.wire import Answer

MOST_REFUSED_OF_NONE_TAKEN = 20
"""Lines of a batch that a server may refuse while it takes none."""


class Influx:
    """Writes by key: what is sent again overwrites itself, a restatement what it restates."""

    settings: ClassVar[type[ExporterSettings]] = InfluxSettings

    def __init__(self, settings: InfluxSettings, clock: Clock) -> None:
        self.name = settings.name
        self._settings = settings
        self._clock = clock
        self._writer = Writer(settings.tags, settings.write)
        self._path: Path | None = None
        self._trusted = False

    async def export(self, entries: Sequence[Entry]) -> Sequence[Refused]:
        """Write all lines of the batch, and return those that are never taken.

        Raises Unavailable if the server does not answer, does not let us in, or says to wait.
        """
        if self._path is None:
            self._path = await path_to(self._settings)
        delivery = _Delivery(self._settings, self._clock, self._path)
        lines = self._writer.lines(entries)
        # A request at a time: the lines of a long backlog are more than memory should hold.
        while request := await asyncio.to_thread(self._next_of, lines):
            await delivery.send(request)
        self._trusted = self._trusted or delivery.taken
        if delivery.refused and not self._trusted:
            # What has never read a line of ours is hardly an InfluxDB: nothing is given up for it.
            raise delivery.disbelief(delivery.refused[-1].reason)
        return delivery.refused

    def _next_of(self, lines: Iterator[str]) -> list[str]:
        return list(islice(lines, self._settings.batch_lines))

    async def close(self) -> None:
        """Close the connection."""
        if self._path is not None:
            await self._path.close()
            self._path = None


class _Delivery:
    """One batch on its way: what was refused of it, and whether any of it was taken."""

    def __init__(self, settings: InfluxSettings, clock: Clock, path: Path) -> None:
        self.refused: list[Refused] = []
        self.taken = False
        self._settings = settings
        self._clock = clock
        self._path = path

    async def send(self, lines: Sequence[str]) -> None:
        """Send lines in one request, or in ever smaller ones down to the lines that are bad."""
        answer = await self._path.post(await asyncio.to_thread(self._body, lines))
        verdict = verdict_of(answer, name=self._settings.name, now=self._clock.now())
        if verdict is Verdict.HALVE and len(lines) > 1:
            middle = len(lines) // 2
            await self.send(lines[:middle])
            await self.send(lines[middle:])
        elif verdict is Verdict.HALVE:
            self._refuse(lines[0], answer)
        else:
            self.taken = True
            if verdict is Verdict.PARTLY:
                self.refused += refused_of(answer, lines)

    def disbelief(self, reason: str) -> Unavailable:
        """Return what to raise of a server that takes nothing at all."""
        return Unavailable(
            f"{self._settings.name}: {reason} to every line: "
            "check that `url` and `version` are those of the server"
        )

    def _refuse(self, line: str, answer: Answer) -> None:
        self.refused.append(Refused(line=line, reason=reason_of(answer)))
        if not self.taken and len(self.refused) >= MOST_REFUSED_OF_NONE_TAKEN:
            raise self.disbelief(reason_of(answer))

    def _body(self, lines: Sequence[str]) -> bytes:
        body = "\n".join(lines).encode()
        # Level 1 is twice as fast as 6 for a body that is hardly larger.
        return gzip.compress(body, compresslevel=1, mtime=0) if self._settings.gzip else body


__all__ = ["Influx", "InfluxSettings"]
