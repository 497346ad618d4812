"""The walk over a BMC's sensor data records (IPMI 2.0 section 33)."""

import random
from datetime import datetime, timedelta

from collectors.ipmi.failures import (
    BUSY,
    NO_SUCH_THING,
    NOT_NOW,
    PRIVILEGE,
    RESERVATION_LOST,
    TOO_MANY_BYTES,
    UNKNOWN_COMMAND,
    Completion,
    Failure,
    Malformed,
    Silent,
)
from collectors.ipmi.poll import Poll
from collectors.ipmi.sdr import FULL_RECORD, HEADER, UNITS_END, Sensor, is_plain, sensor_of

STORAGE = 0x0A
PAUSE = 1.0
"""Seconds after which a busy BMC is asked again, as long as the poll has time. After a lost
reservation it is up to as much.
"""

AGAIN = timedelta(days=1)
"""After this a walk is made again in which a record could not be read."""

_INFO, _RESERVE, _GET = 0x20, 0x22, 0x23
_LARGEST, _SMALLEST = 22, 2
_FIRST, _END = 0x0000, 0xFFFF
_RESERVATIONS = 8
_NEXT_ID = 2
_STAMP = slice(0, 13)
_COUNT = slice(1, 3)
_FREE = slice(3, 5)
_OF_THE_WALK = frozenset({RESERVATION_LOST, PRIVILEGE, *NOT_NOW})


class Repository:
    """The sensors of a BMC, read once and again only when the BMC says that they changed.

    A walk takes tens of seconds on some BMCs. One that is cut off, or has no time left in its
    poll, goes on where it was.
    """

    def __init__(self) -> None:
        self.complete = True
        """Whether all records could be read."""

        self._stamp = b""
        self._sensors: tuple[Sensor, ...] = ()
        self._visited: set[int] = set()
        self._next = _END
        self._again_at: datetime | None = None
        self._stumbled: int | None = None
        self._lost = 0
        self._patient = False
        self._chunk = _LARGEST
        self._reservation = b"\x00\x00"

    @property
    def is_known(self) -> bool:
        """Whether there is anything that a new firmware may have changed."""
        return bool(self._stamp)

    def forget(self) -> None:
        """Read all of it again at the next poll."""
        self._stamp = b""

    async def sensors(self, poll: Poll) -> tuple[Sensor, ...]:
        """Return the sensors that are read, in the BMC's order. Raises Failure."""
        if poll.sensors is None:
            stamp = await self._current_stamp(poll)
            if stamp != self._stamp or self._is_due(poll):
                self._stamp = stamp
                self._begin()
            if self._next != _END:
                await self._walk(poll)
            if not self.complete and self._again_at is None:
                self._again_at = poll.clock.now() + AGAIN
            poll.sensors = self._sensors
        return poll.sensors

    def _is_due(self, poll: Poll) -> bool:
        return self._again_at is not None and poll.clock.now() >= self._again_at

    def _begin(self) -> None:
        self.complete = True
        self._again_at = None
        self._sensors = ()
        self._visited = set()
        self._next = _FIRST if any(self._stamp[_COUNT]) else _END
        self._stumbled = None

    async def _current_stamp(self, poll: Poll) -> bytes:
        """Version, number of records, time of the last addition and of the last removal."""
        info = (await poll.session.command(STORAGE, _INFO))[_STAMP]
        return info[: _FREE.start] + info[_FREE.stop :]

    async def _walk(self, poll: Poll) -> None:
        await self._reserve(poll)
        self._lost = 0
        while self._next != _END:
            if not poll.has():
                count = int.from_bytes(self._stamp[_COUNT], "little")
                raise Failure(
                    f"it has read {len(self._visited)} of {count} sensor records, "
                    "and reads on at the next poll"
                )
            try:
                await self._step(poll)
            except Completion as failure:
                await self._recover(poll, failure)
            except Malformed:
                self._stumble()
                raise
            except Silent:
                self._patient = True
                self._stumble()
                raise

    async def _recover(self, poll: Poll, failure: Completion) -> None:
        """Make it possible to read on. Raises the failure if it is not, in this poll."""
        if failure.code == RESERVATION_LOST:
            self._lost += 1
            if self._lost > _RESERVATIONS or not poll.has(PAUSE):
                raise Failure("its sensor records change, or others read them, all the time")
            # Two that walk at once take the one reservation from each other until one waits.
            await poll.clock.sleep(random.uniform(0.1, PAUSE))
            await self._reserve(poll)
            return
        if failure.code == BUSY and poll.has(PAUSE):
            await poll.clock.sleep(PAUSE)
            return
        if failure.code == NO_SUCH_THING:
            self._begin()
        elif failure.code not in _OF_THE_WALK:
            self._stumble()
        raise failure

    def _stumble(self) -> None:
        """Remember a record that cannot be got at. At the second time the walk ends before it.

        Only a record itself says which one comes after it.
        """
        if self._stumbled == self._next:
            self.complete = False
            self._next = _END
        else:
            self._stumbled = self._next

    async def _reserve(self, poll: Poll) -> None:
        try:
            self._reservation = (await poll.session.command(STORAGE, _RESERVE))[:2]
        except Completion as failure:
            if failure.code != UNKNOWN_COMMAND:
                raise
            # A BMC without reservations takes zero.
            self._reservation = b"\x00\x00"

    async def _step(self, poll: Poll) -> None:
        """Read one record. One that cannot be read is left out, and the walk goes on."""
        following, header = await self._until(poll, b"", HEADER)
        if header[3] == FULL_RECORD:
            sensor = await self._sensor(poll, header)
            if sensor is not None:
                self._sensors += (sensor,)
        self._visited.add(self._next)
        self._next = _END if following in self._visited else following
        self._lost = 0

    async def _sensor(self, poll: Poll, header: bytes) -> Sensor | None:
        """Return the sensor of a record, None if it is not read or cannot be."""
        size = HEADER + header[4]
        try:
            _, record = await self._until(poll, header, min(UNITS_END, size))
            if len(record) == UNITS_END and not is_plain(record):
                return None
            _, record = await self._until(poll, record, size)
            return sensor_of(record)
        except Completion as failure:
            if failure.code in _OF_THE_WALK:
                raise
        except Malformed:
            pass
        except Silent:
            if self._stumbled != self._next:
                raise
        self.complete = False
        return None

    async def _until(self, poll: Poll, record: bytes, size: int) -> tuple[int, bytes]:
        """Return the id of the next record, and this one read on to a size."""
        following = _END
        while len(record) < size:
            count = min(self._chunk, size - len(record))
            following, part = await self._part(poll, len(record), count)
            record += part
        return following, record

    async def _part(self, poll: Poll, offset: int, count: int) -> tuple[int, bytes]:
        """Return the id of the next record, and a part of this one of at least a byte."""
        while True:
            ask = self._reservation + self._next.to_bytes(2, "little") + bytes((offset, count))
            try:
                data = await poll.session.command(STORAGE, _GET, ask, patient=self._patient)
            except Completion as failure:
                if failure.code not in TOO_MANY_BYTES or count <= _SMALLEST:
                    raise
                count = self._chunk = count // 2
                continue
            if not _NEXT_ID < len(data) <= _NEXT_ID + count:
                raise Malformed("a part of a sensor record has a wrong length")
            return int.from_bytes(data[:_NEXT_ID], "little"), data[_NEXT_ID:]
