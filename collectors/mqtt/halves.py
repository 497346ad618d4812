"""Meters of which a map promises power and energy, and only one of the two comes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from collectors.mqtt.plan import ENERGY


@dataclass(slots=True)
class Half:
    """Which of a meter's two numbers have come, of all meters that one key stands for."""

    meter: str
    places: Mapping[str, str]
    """Where its power and its energy are looked for, for people."""

    _first: datetime | None = None
    _last: datetime | None = None
    _seen: set[str] = field(default_factory=set)

    def came(self, name: str, at: datetime) -> None:
        """Take note that a number has come."""
        if name in self.places:
            self._seen.add(name)
            self._first, self._last = self._first or at, at

    def missing(self, patience: timedelta) -> str:
        """Return what has not come all the while the other has, for so long; empty if it has.

        A device may say its energy less often than its power, and some say one of them only.
        """
        absent = self.places.keys() - self._seen
        if self._first is None or self._last is None or not absent:
            return ""
        if self._last - self._first < patience:
            return ""
        (name,) = absent
        meanwhile = "its power is integrated" if name == ENERGY else "its register alone is read"
        return (
            f"no {name} of {self.meter} has come on {self.places[name]}: correct the map if the "
            f"device says it; till then {meanwhile}"
        )
