"""The walk over a BMC's sensor data records (IPMI 2.0 section 33)."""

from collections.abc import Sequence

from collectors.ipmi.failures import (
    NO_SUCH_THING,
    NOT_NOW,
    PRIVILEGE,
    RESERVATION_LOST,
    TOO_MANY_BYTES,
    UNKNOWN_COMMAND,
    Completion,
    Failure,
    Malformed,
)
from collectors.ipmi.sdr import FULL_RECORD, HEADER, UNITS_END, Sensor, is_power, sensor_of
from collectors.ipmi.session import Session

STORAGE = 0x0A
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
    """The power sensors of a BMC, read once and again only when the BMC says that they changed.

    A walk takes tens of seconds on some BMCs. One that is cut off goes on where it was.
    """

    def __init__(self) -> None:
        self.complete = True
        """Whether all records could be read."""

        self._stamp = b""
        self._sensors: list[Sensor] = []
        self._visited: set[int] = set()
        self._next = _END
        self._chunk = _LARGEST
        self._reservation = b"\x00\x00"

    async def sensors(self, session: Session) -> Sequence[Sensor]:
        """Return the sensors that read watts, in the BMC's order. Raises Failure."""
        stamp = await self._current_stamp(session)
        if stamp != self._stamp:
            self._stamp = stamp
            self._begin()
        if self._next != _END:
            await self._walk(session)
        return self._sensors

    def _begin(self) -> None:
        self.complete = True
        self._sensors = []
        self._visited = set()
        self._next = _FIRST if any(self._stamp[_COUNT]) else _END

    async def _current_stamp(self, session: Session) -> bytes:
        """Version, number of records, time of the last addition and of the last removal."""
        info = (await session.command(STORAGE, _INFO))[_STAMP]
        return info[: _FREE.start] + info[_FREE.stop :]

    async def _walk(self, session: Session) -> None:
        await self._reserve(session)
        for _ in range(_RESERVATIONS):
            try:
                while self._next != _END:
                    await self._step(session)
                return
            except Completion as failure:
                if failure.code == NO_SUCH_THING:
                    self._begin()
                if failure.code != RESERVATION_LOST:
                    raise
            await self._reserve(session)
        raise Failure("its sensor records change all the time")

    async def _reserve(self, session: Session) -> None:
        try:
            self._reservation = (await session.command(STORAGE, _RESERVE))[:2]
        except Completion as failure:
            if failure.code != UNKNOWN_COMMAND:
                raise
            # A BMC without reservations takes zero.
            self._reservation = b"\x00\x00"

    async def _step(self, session: Session) -> None:
        """Read one record. One that cannot be read is left out, and the walk goes on."""
        following, header = await self._until(session, b"", HEADER)
        if header[3] == FULL_RECORD:
            sensor = await self._sensor(session, header)
            if sensor is not None:
                self._sensors.append(sensor)
        self._visited.add(self._next)
        self._next = _END if following in self._visited else following

    async def _sensor(self, session: Session, header: bytes) -> Sensor | None:
        """Return the sensor of a record, None if it is no power or cannot be read."""
        size = HEADER + header[4]
        try:
            _, record = await self._until(session, header, min(UNITS_END, size))
            if len(record) == UNITS_END and not is_power(record):
                return None
            _, record = await self._until(session, record, size)
            return sensor_of(record)
        except Completion as failure:
            if failure.code in _OF_THE_WALK:
                raise
        except Malformed:
            pass
        self.complete = False
        return None

    async def _until(self, session: Session, record: bytes, size: int) -> tuple[int, bytes]:
        """Return the id of the next record, and this one read on to a size."""
        following = _END
        while len(record) < size:
            count = min(self._chunk, size - len(record))
            following, part = await self._part(session, len(record), count)
            record += part
        return following, record

    async def _part(self, session: Session, offset: int, count: int) -> tuple[int, bytes]:
        """Return the id of the next record, and a part of this one of at least a byte."""
        while True:
            ask = self._reservation + self._next.to_bytes(2, "little") + bytes((offset, count))
            try:
                data = await session.command(STORAGE, _GET, ask)
            except Completion as failure:
                if failure.code != TOO_MANY_BYTES or count <= _SMALLEST:
                    raise
                count = self._chunk = count // 2
                continue
            if not _NEXT_ID < len(data) <= _NEXT_ID + count:
                raise Malformed("a part of a sensor record has a wrong length")
            return int.from_bytes(data[:_NEXT_ID], "little"), data[_NEXT_ID:]
