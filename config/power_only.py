"""Meters that have a power and no register: their energy is integrated, over short gaps alone."""

from datetime import timedelta

WAY_OUT = "make `every` shorter, or `longest_gap` longer"


def check_polled(
    what: str, *, every: timedelta, longest_gap: timedelta, way: str = WAY_OUT
) -> None:
    """Raise ValueError where a meter of power alone is read too seldom to have an energy.

    `what` is the meter, for people. Polls are not exact to the second: of those that are just
    `longest_gap` apart, every other one has no interval.
    """
    if every >= longest_gap:
        raise ValueError(
            f"{what} has a power and no register, and would have no energy: it is read every "
            f"{_shown(every)}, and power is integrated over {_shown(longest_gap)} at most: {way}"
        )


def _shown(time: timedelta) -> str:
    return f"{time.total_seconds():g} s"
