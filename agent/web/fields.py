"""The fields of a JSON row, which are optional and sometimes of another type than documented."""

import math
from datetime import UTC, datetime


def moment_of(value: object) -> datetime | None:
    """Return the UTC time of an ISO 8601 text, None for null.

    Raises ValueError for what is no time or has no offset: it is not known when that is.
    """
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a time")  # noqa: TRY004 one error for a bad field
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(f"{value!r} is a time without an offset")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{value!r} is no time of this calendar") from None


def amount_of(value: object) -> float | None:
    """Return a number that is zero or more, None for null: missing is never zero.

    A number in a string is taken. Raises ValueError for anything else.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"{value!r} is not a number")  # noqa: TRY004 one error for a bad field
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise ValueError(f"{value!r} is not a number") from None
    if not math.isfinite(number) or number < 0:
        raise ValueError(f"{value!r} is not zero or more")
    return number
