"""The collector of one file."""

import asyncio
import stat
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from agent.clock import Clock
from agent.errors import Unavailable
from agent.model import Intensity
from collectors.intensityfile.settings import IntensityFileSettings
from collectors.intensityfile.table import About, BadLine, intensities_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Line = tuple[object, ...]


class File:
    """Reads one file: all of it at first, and what is new in it whenever it has been written."""

    def __init__(self, settings: IntensityFileSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._path = settings.path
        self._stamp: tuple[int, ...] = ()
        self._known: frozenset[Line] = frozenset()

    @property
    def name(self) -> str:
        """The grid's name in the settings."""
        return self._settings.name

    @property
    def every(self) -> timedelta:
        """How often to look whether the file has changed."""
        return self._settings.every

    async def collect(self) -> Sequence[Intensity]:
        """Return the lines that are new or changed, nothing if the file is as it was.

        Raises Unavailable, naming the file and the line, if any of it cannot be read: then nothing
        of it is taken.
        """
        stamp = await asyncio.to_thread(self._stamp_now)
        if stamp == self._stamp:
            return ()
        changed_at = EPOCH + timedelta(microseconds=stamp[0] // 1000)
        lines = await asyncio.to_thread(self._read, changed_at)
        # A file that grows by a line an hour is not a new version of every line before it.
        fresh = [intensity for line, intensity in lines.items() if line not in self._known]
        self._stamp, self._known = stamp, frozenset(lines)
        return fresh

    async def close(self) -> None:
        """Nothing to give back."""

    def _stamp_now(self) -> tuple[int, ...]:
        """Return what changes when the file is written; the time of writing first."""
        try:
            status = self._path.stat()
        except OSError as error:
            raise self._unreadable(error) from error
        if not stat.S_ISREG(status.st_mode):
            raise Unavailable(f"{self.name}: {self._path} is not a regular file: correct `path`")
        return status.st_mtime_ns, status.st_size, status.st_ino

    def _read(self, changed_at: datetime) -> dict[Line, Intensity]:
        about = About(
            grid=self.name,
            zone=self._settings.zone or self.name,
            kinds=self._settings.kinds,
            mix=self._settings.mix,
            changed_at=changed_at,
            fetched_at=self._clock.now(),
        )
        try:
            text = self._path.read_text(encoding="utf-8-sig")
            rows = intensities_of(text, about)
        except OSError as error:
            raise self._unreadable(error) from error
        except UnicodeDecodeError as error:
            raise Unavailable(f"{self.name}: {self._path} is not UTF-8 text: {error}") from error
        except BadLine as error:
            raise Unavailable(f"{self.name}: {self._path}:{error}") from error
        return {_line_of(row, changed_at): row for row in rows}

    def _unreadable(self, error: OSError) -> Unavailable:
        cause = error.strerror or type(error).__name__
        return Unavailable(
            f"{self.name}: cannot read {self._path}: {cause}: write the file, or correct `path`"
        )


def _line_of(row: Intensity, changed_at: datetime) -> Line:
    """Return what makes a line another one; the time of writing does not."""
    updated = None if row.updated_at == changed_at else row.updated_at
    what = row.kind, row.forecast, row.start, row.period
    return *what, row.value, row.estimated, updated
