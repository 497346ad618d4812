"""How a meter's energy in an hour is known, in words and shares."""

from datetime import datetime

from agent.ledger.evidence.evidence import Correction
from agent.model import HOUR, Coverage, HourEnergy, SiteHour
from agent.wording import minute


def state_of(hour: SiteHour) -> str:
    """Return what a site's hour is: a version, or provisional and why."""
    if hour.closed:
        return f"version {hour.version}"
    if hour.until is not None and hour.until < hour.hour + HOUR:
        return f"provisional: the hour is running, this is of its time up to {hour.until:%H:%M:%S}"
    return "provisional: its last readings are awaited"


def known_span(hour: SiteHour | None, start: datetime) -> float:
    """Return the seconds of an hour that there were to be known when it was computed."""
    whole = HOUR.total_seconds()
    if hour is None or hour.closed or hour.until is None:
        return whole
    return min(max((hour.until - start).total_seconds(), 1.0), whole)


def coverage_in(energy: HourEnergy, span: float) -> Coverage:
    """Return the shares of so many seconds in which an energy is measured, and interpolated."""
    measured = min(energy.measured / span, 1.0)
    return Coverage(measured=measured, interpolated=min(energy.interpolated / span, 1.0 - measured))


def repaired(one: Correction) -> str:
    """Return on what an hour stands that a person has corrected."""
    if one.after is None:
        return f"unknown since repair {one.number} by {one.who}: {one.why}"
    return f"repair {one.number} by {one.who} on {minute(one.at)} UTC, interpolated"
