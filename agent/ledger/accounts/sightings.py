"""Readings of conditions alone: they are shown as they come, and nothing of them is booked."""

from collections.abc import Iterable
from dataclasses import replace

from agent.accounting.metering.tree import Tree
from agent.model import MeterId, MeterNow, Reading


class Sightings:
    """The last ones, in memory: after a restart a sensor is there again with its next poll."""

    def __init__(self) -> None:
        self._last: dict[MeterId, MeterNow] = {}

    def take(self, readings: Iterable[Reading], tree: Tree) -> None:
        """Keep what is newer, of the devices that the settings have."""
        for reading in readings:
            before, meter = self._last.get(reading.meter), tree.meter(reading.meter)
            if meter is None or (before is not None and reading.at <= before.at):
                continue
            self._last[reading.meter] = MeterNow(
                meter=meter,
                since=before.since if before else reading.at,
                at=reading.at,
                power=None,
                booked=None,
                conditions=reading.conditions,
            )

    def added_to(self, booked: Iterable[MeterNow]) -> list[MeterNow]:
        """Return all meters. One that is booked, and said conditions alone since, has no power."""
        by_id = {one.meter.id: one for one in booked}
        for name, seen in self._last.items():
            account = by_id.get(name)
            if account is None:
                by_id[name] = seen
            elif seen.at > account.at:
                by_id[name] = replace(account, at=seen.at, power=None, conditions=seen.conditions)
        return list(by_id.values())

    def clear(self) -> None:
        """Forget them: their places may be others."""
        self._last.clear()
