"""When the values of a message were true."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from collectors.mqtt.link import Heard
from collectors.mqtt.numbers import exact
from collectors.mqtt.plan import Time

AHEAD = timedelta(minutes=1)
"""A time further in the future is that of a wrong clock."""

FIRST = datetime(2020, 1, 1, tzinfo=UTC)
"""A clock that has not been set shows a time before it."""


def plausible(own: datetime | None, message: Heard) -> datetime | None:
    """Return a message's own time where it can be, else when it came.

    None for a retained message without a time of its own: it may be of any time.
    """
    if own is not None and FIRST <= own <= message.at + AHEAD:
        return min(own, message.at)
    return None if message.retained else message.at


def own_time(times: Sequence[Time], document: Any) -> datetime | None:  # noqa: ANN401 JSON
    """Return the time that a message says, by the first of several ways that it has."""
    found = (_said(one, document) for one in times)
    return next((at for at in found if at is not None), None)


def _said(one: Time, document: Any) -> datetime | None:  # noqa: ANN401 JSON
    try:
        value = next((value for _, value in one.path.found(document)), None)
        if one.form == "iso":
            at = datetime.fromisoformat(str(value))
            return None if at.tzinfo is None else at.astimezone(UTC)
        seconds = exact(value)
    except (ValueError, OverflowError):
        return None
    if seconds is None:
        return None
    return time_of(seconds / 1000 if one.form == "unix-ms" else seconds)


def time_of(seconds: Fraction) -> datetime | None:
    """Return the time of seconds since 1970, None for one that no calendar has."""
    try:
        return datetime.fromtimestamp(float(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None
