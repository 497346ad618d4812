"""When registers were set to zero: their count goes on from there, and is another register's."""

from collections.abc import Container, Mapping
from datetime import UTC, datetime, timedelta

from collectors.redfish.documents import Document, Point, value_at
from collectors.redfish.layout import Plan

JITTER = timedelta(minutes=2)
"""A service that computes the time of a reset from an uptime says it a little differently."""

Moments = tuple[datetime | None, ...]


class Resets:
    """Remembers the resets of one device's registers (Sensor: SensorResetTime)."""

    def __init__(self) -> None:
        self._known: dict[str, Moments] = {}

    def forget(self, kept: Container[str]) -> None:
        """Forget all meters but those that are kept, by their suffixes."""
        self._known = {suffix: one for suffix, one in self._known.items() if suffix in kept}

    def since(self, plan: Plan, documents: Mapping[str, Document]) -> str:
        """Return what tells the registers of a meter from those before their last reset.

        Nothing where no reset is ever said. A resource that did not come says nothing new.
        """
        if not plan.resets:
            return ""
        before = self._known.get(plan.suffix, (None,) * len(plan.resets))
        now = tuple(
            _newer(old, _moment_at(documents, point))
            for old, point in zip(_fitting(before, plan), plan.resets, strict=True)
        )
        self._known[plan.suffix] = now
        said = [f"{moment:%Y-%m-%dT%H:%MZ}" for moment in now if moment is not None]
        return f"@{'+'.join(said)}" if said else ""


def _fitting(before: Moments, plan: Plan) -> Moments:
    return before if len(before) == len(plan.resets) else (None,) * len(plan.resets)


def _newer(old: datetime | None, now: datetime | None) -> datetime | None:
    if now is None:
        return old
    return old if old is not None and abs(now - old) <= JITTER else now


def _moment_at(documents: Mapping[str, Document], point: Point) -> datetime | None:
    said = value_at(documents.get(point.path), point.pointer)
    if not isinstance(said, str):
        return None
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
