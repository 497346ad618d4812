"""The mean of an hour's finer intensities, weighed with the energy that flowed in each."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil, fsum

from agent.model import Intensity
from agent.units import GramsPerKwh, Joules

Part = tuple[float, float, GramsPerKwh]
"""The seconds of an hour from and to which a value holds."""

_SECOND = timedelta(seconds=1)
_HOUR = 3600.0


def part_of(row: Intensity, hour: datetime) -> Part | None:
    """Return the part of an hour in which an intensity holds, None if in none."""
    begin = max((row.start - hour) / _SECOND, 0.0)
    end = min((row.start + row.period - hour) / _SECOND, _HOUR)
    return (begin, end, row.value) if end > begin else None


def share(parts: Sequence[Part]) -> float:
    """Return the share of the hour's time that parts cover, 0 to 1."""
    return min(fsum(end - begin for begin, end, _ in parts) / _HOUR, 1.0)


def mean(parts: Sequence[Part], slots: Sequence[Joules] | None) -> GramsPerKwh:
    """Return sum(energy x intensity) / sum(energy) over the slots of an hour, equally long, that
    have an intensity, each with its mean by time; the mean by time of all where no energy is known
    in them. The energy of slots that have none is in neither sum. One part at least.
    """
    first = parts[0][2]
    if all(value == first for *_, value in parts):
        return first
    weighed = _by_energy(parts, slots) if slots else None
    return _by_time(parts) if weighed is None else weighed


def _by_time(parts: Sequence[Part]) -> GramsPerKwh:
    seconds = fsum(end - begin for begin, end, _ in parts)
    return GramsPerKwh(fsum((end - begin) * value for begin, end, value in parts) / seconds)


def _by_energy(parts: Sequence[Part], slots: Sequence[Joules]) -> GramsPerKwh | None:
    length = _HOUR / len(slots)
    by_slot: dict[int, list[Part]] = {}
    for begin, end, value in parts:
        for slot in range(int(begin // length), ceil(end / length)):
            inside = (max(begin, slot * length), min(end, (slot + 1) * length), value)
            by_slot.setdefault(slot, []).append(inside)
    energy = sum(slots[slot] for slot in by_slot)
    if energy <= 0:
        return None
    grams = fsum(slots[slot] * _by_time(inside) for slot, inside in by_slot.items())
    return GramsPerKwh(grams / energy)
