"""The peers of the accounting: only the powers, and only the register, by hour and over all."""

from collections import defaultdict
from collections.abc import Sequence

from agent.model import Reading

HOUR_SECONDS = 3600.0


class Plain:
    """The energy of one meter, shared by seconds over the hours that an interval spans."""

    def __init__(self) -> None:
        self.hours: defaultdict[int, float] = defaultdict(float)
        """Joules by the hour's start, in seconds since 1970."""

        self.total = 0.0
        self._at: float | None = None
        self._value = 0.0

    def powers(self, at: float, watts: float) -> None:
        """Add the mean of two powers over the time between them, however long it is."""
        if self._at is not None:
            self._add(self._at, at, (self._value + watts) / 2 * (at - self._at))
        self._at, self._value = at, watts

    def register(self, at: float, joules: float) -> None:
        """Add what the register shows more than before."""
        if self._at is not None:
            self._add(self._at, at, joules - self._value)
        self._at, self._value = at, joules

    def _add(self, start: float, end: float, joules: float) -> None:
        self.total += joules
        first = int(start // HOUR_SECONDS)
        for hour in range(first, int(end // HOUR_SECONDS) + 1):
            begins = hour * HOUR_SECONDS
            seconds = min(end, begins + HOUR_SECONDS) - max(start, begins)
            self.hours[int(begins)] += joules * seconds / (end - start)


class Plains:
    """Both peers, of all meters."""

    def __init__(self) -> None:
        self.powers: defaultdict[str, Plain] = defaultdict(Plain)
        self.registers: defaultdict[str, Plain] = defaultdict(Plain)

    def add(self, readings: Sequence[Reading]) -> None:
        """Take what was read: all of a meter's readings have a power, some have a register."""
        for reading in readings:
            at = reading.at.timestamp()
            self.powers[reading.meter].powers(at, reading.power or 0.0)
            if reading.energy is not None:
                self.registers[reading.meter].register(at, reading.energy)
