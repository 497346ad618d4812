"""A calculation that touches what is not available is refused, and says what was missing."""

from math import isfinite
from typing import TypeVar

N = TypeVar("N", bound=float)


def available(what: str, value: N | None) -> N:
    """Return a number that a calculation cannot do without.

    Raises ValueError for what is not available, and for a number that is none (NaN).
    """
    if value is None or not isfinite(value):
        raise ValueError(f"{what} is not available, and nothing may stand in for it")
    return value


def positive(what: str, value: N | None) -> N:
    """Return a number that must be above zero. Raises ValueError if it is not, or is not there."""
    found = available(what, value)
    if found <= 0:
        raise ValueError(f"{what} is {found:g} and must be above zero")
    return found
