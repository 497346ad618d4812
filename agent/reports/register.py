"""How far a meter's register went in an hour, by what it showed."""

from collections.abc import Iterator
from datetime import timedelta

from agent.ledger.evidence.evidence import Evidence
from agent.ledger.evidence.showings import Showing
from agent.model import HOUR, Quantity
from agent.reports.terms import Term, Value, value_text
from agent.units import Joules, kwh, litres

_LEAPT = "a finding lies between the readings: no difference is of energy alone"


def amount(evidence: Evidence, value: Joules | None) -> tuple[Value, str]:
    """Return an amount of a meter's quantity in the unit that people use."""
    if evidence.meter.quantity is Quantity.WATER:
        return None if value is None else litres(value), "L"
    return None if value is None else kwh(value), "kWh"


def register_terms(evidence: Evidence) -> Iterator[Term]:
    """Yield how far the register went, with what it showed; nothing where it showed nothing."""
    found = evidence.showings
    if found.opening is not None and found.closing is not None:
        how = f"last reading of the hour less the last one before it{_outside(evidence)}"
        yield _register_term(evidence, found.opening, found.closing, how)
    elif found.closing is not None:
        yield Term(key="register", name="register", terms=[_showing(evidence, found.closing)])
    elif found.opening is not None and found.following is not None and evidence.booked:
        how = _around(evidence, found.opening, found.following)
        yield _register_term(evidence, found.opening, found.following, how)


def _register_term(evidence: Evidence, opening: Showing, closing: Showing, how: str) -> Term:
    showings = [_showing(evidence, opening), _showing(evidence, closing)]
    if evidence.showings.leapt:
        return Term(key="register", name="register", how=_LEAPT, terms=showings)
    value, unit = amount(evidence, Joules(closing.energy - opening.energy))
    return Term(key="register", name="register", value=value, unit=unit, how=how, terms=showings)


def _outside(evidence: Evidence) -> str:
    """Return what of the difference was before the hour, where its first reading is an old one."""
    found, hour = evidence.showings, evidence.hour
    if found.is_close(hour) or found.opening is None or found.closing is None:
        return ""
    before = found.before(hour)
    if before is None:
        return "; some of it before the hour"
    within = Joules(found.closing.energy - found.opening.energy - before)
    return f"; {_text(evidence, within)} of it in this hour, {_text(evidence, before)} before it"


def _around(evidence: Evidence, opening: Showing, following: Showing) -> str:
    """Return the readings around a gap, and the share of it that this hour is."""
    return (
        f"around a gap: {_text(evidence, opening.energy)} at {opening.at:%H:%M:%S}, "
        f"{_text(evidence, following.energy)} at {following.at:%H:%M:%S}; "
        f"of it {_time(HOUR)} of {_time(following.at - opening.at)}"
    )


def _text(evidence: Evidence, energy: Joules) -> str:
    value, unit = amount(evidence, energy)
    return f"{value_text(value, unit)} {unit}"


def _time(span: timedelta) -> str:
    """Return `6 h 5 min` or `1 h`."""
    minutes, seconds = divmod(round(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (seconds, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count)


def _showing(evidence: Evidence, showing: Showing) -> Term:
    value, unit = amount(evidence, showing.energy)
    return Term(
        key="showing",
        name=f"showed at {showing.at:%Y-%m-%d %H:%M:%S} UTC",
        value=value,
        unit=unit,
        facts={"at": showing.at.isoformat()},
    )
