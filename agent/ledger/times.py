"""Times as the ledger's columns hold them."""

from datetime import UTC, datetime, timedelta

from agent.accounting.hours import EPOCH

_SECOND = timedelta(seconds=1)
_MILLISECOND = timedelta(milliseconds=1)


def seconds_of(at: datetime) -> int:
    """Return whole seconds since 1970."""
    return (at - EPOCH) // _SECOND


def millis_of(at: datetime) -> int:
    """Return whole milliseconds since 1970."""
    return (at - EPOCH) // _MILLISECOND


def from_seconds(value: int) -> datetime:
    """Return the time of a `_s` column."""
    return datetime.fromtimestamp(value, UTC)


def from_millis(value: int) -> datetime:
    """Return the time of a `_ms` column."""
    return EPOCH + timedelta(milliseconds=value)
