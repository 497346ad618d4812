"""Why one meter emitted what it did in one hour: from its readings to the grams."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from agent.accounting.emissions.carbon import IT_SIDE, OWN_SOURCES, emission_of, grid_share
from agent.ledger import Connection
from agent.ledger.evidence import Correction, Evidence, Showing, bases, evidence_of
from agent.ledger.site_hours import latest
from agent.model import (
    HOUR,
    Finding,
    HourEnergy,
    HourIntensity,
    Minute,
    Quantity,
    Role,
    SiteHour,
)
from agent.reports.factors import METHOD, energy_term, intensity_term, pue_term
from agent.reports.terms import Term, Value, percent, text_of
from agent.units import JOULES_PER_KWH, MILLILITRES_PER_LITRE, Joules


def explain_meter(
    connection: Connection, name: str, hour: datetime, *, known: datetime | None = None
) -> Term:
    """Return the calculation of a meter's hour, as known now or at an earlier time.

    Raises ConfigError if the ledger has never seen the meter.
    """
    evidence = evidence_of(connection, name, hour)
    site_hour = latest(connection, evidence.meter.site, hour, known=known)
    energy = _energy_term(evidence)
    if evidence.meter.quantity is not Quantity.ELECTRICITY:
        return _titled(evidence, [energy])
    if site_hour is None:
        why = "the site has no such hour: it is not computed yet, or nothing was read in it"
        return _titled(evidence, [energy, Term(name="emissions", how=why)])
    emissions = [
        _emission_term(connection, evidence, site_hour, used)
        for _, used in sorted(site_hour.intensities.items())
    ]
    if not emissions:
        emissions = [Term(name="emissions", how="no intensity is known for this hour")]
    return _titled(evidence, [energy, *emissions], site_hour)


def _titled(evidence: Evidence, terms: Sequence[Term], hour: SiteHour | None = None) -> Term:
    meter = evidence.meter
    state = ""
    if hour is not None:
        state = f", version {hour.version}" if hour.closed else ", provisional: the hour is running"
    return Term(
        name=f"{meter.id} in the hour {evidence.hour:%Y-%m-%d %H:%M} UTC",
        how=f"{meter.role} at {meter.site}{state}",
        terms=terms,
    )


def amount(evidence: Evidence, value: int | None) -> tuple[Value, str]:
    """Return an amount of a meter's quantity in the unit that people use."""
    if evidence.meter.quantity is Quantity.WATER:
        return None if value is None else value / MILLILITRES_PER_LITRE, "L"
    return None if value is None else value / JOULES_PER_KWH, "kWh"


def _energy_term(evidence: Evidence) -> Term:
    value, unit = amount(evidence, evidence.energy)
    return Term(
        name="water" if unit == "L" else "energy",
        value=value,
        unit=unit,
        how=_share(evidence) if value is not None else "nothing is known of this hour",
        terms=[
            *_register_terms(evidence),
            *_reading_terms(evidence.minutes),
            *(_finding_term(evidence, one) for one in evidence.findings),
            *_corrected(evidence),
        ],
    )


def _share(evidence: Evidence) -> str:
    booked = evidence.booked
    if evidence.corrections or booked is None:
        return "repaired: it counts as interpolated"
    span = HOUR.total_seconds()
    missing = max(span - booked.measured - booked.interpolated, 0.0)
    return (
        f"measured {percent(booked.measured / span)}, "
        f"interpolated {percent(booked.interpolated / span)}, "
        f"missing {percent(missing / span)} of the hour"
    )


def _register_terms(evidence: Evidence) -> Iterator[Term]:
    opening, closing = evidence.opening, evidence.closing
    if opening is not None and closing is not None:
        value, unit = amount(evidence, closing.energy - opening.energy)
        yield Term(
            name="register",
            value=value,
            unit=unit,
            how="last reading of the hour less the last one before it",
            terms=[_showing(evidence, opening), _showing(evidence, closing)],
        )
    elif closing is not None:
        yield Term(name="register", terms=[_showing(evidence, closing)])


def _showing(evidence: Evidence, showing: Showing) -> Term:
    value, unit = amount(evidence, showing.energy)
    return Term(name=f"showed at {showing.at:%Y-%m-%d %H:%M:%S} UTC", value=value, unit=unit)


def _reading_terms(minutes: Sequence[Minute]) -> Iterator[Term]:
    if not minutes:
        return
    known = ", ".join(f"{basis} {count}" for basis, count in sorted(bases(minutes).items()))
    yield Term(
        name="readings by the minute",
        value=len(minutes),
        how=f"basis of their intervals: {known}" if known else "",
        rows=[_row(one) for one in minutes],
    )


def _row(minute: Minute) -> dict[str, Value]:
    return {
        "minute": f"{minute.start:%Y-%m-%dT%H:%MZ}",
        "read_at": None if minute.at is None else minute.at.isoformat(),
        "register_j": minute.register,
        "power_w": minute.power,
        "energy_j": minute.energy,
        "covered_s": minute.covered,
        "basis": minute.basis,
    }


def _finding_term(evidence: Evidence, finding: Finding) -> Term:
    before, unit = amount(evidence, finding.before)
    now, _ = amount(evidence, finding.now)
    value, _ = amount(evidence, finding.energy)
    return Term(
        name=f"{finding.oddity} at {finding.at:%H:%M:%S}",
        value=value,
        unit=unit if value is not None else "",
        how=f"the register went from {text_of(before)} to {text_of(now)} {unit}",
    )


def _corrected(evidence: Evidence) -> Iterator[Term]:
    for one in evidence.corrections:
        yield _correction_term(evidence, one)


def _correction_term(evidence: Evidence, one: Correction) -> Term:
    value, unit = amount(evidence, one.after)
    before, _ = amount(evidence, one.before)
    return Term(
        name=f"repair {one.number}",
        value=value,
        unit=unit if value is not None else "",
        how=f"by {one.who} on {one.at:%Y-%m-%d %H:%M} UTC: {one.why}; before it {text_of(before)}",
    )


def _emission_term(
    connection: Connection, evidence: Evidence, hour: SiteHour, used: HourIntensity
) -> Term:
    grams = None
    if evidence.energy is not None:
        grams = emission_of(_whole(evidence, evidence.energy), hour, used.kind)
    terms = [intensity_term(connection, hour, used)]
    factors = ["energy", "intensity"]
    if evidence.meter.role in IT_SIDE:
        terms.insert(0, pue_term(hour.pue, hour))
        factors.insert(1, "PUE")
    if grid_share(hour) != 1 and evidence.meter.role is not Role.UTILITY:
        terms.append(_grid_term(hour))
        factors.append("share from the grid")
    how = " x ".join(factors)
    if evidence.meter.role in OWN_SOURCES:
        terms, how = [], "what is generated on site has none by the grid's intensity"
    return Term(
        name=f"emission, {METHOD[used.kind]}", value=grams, unit="g CO2e", how=how, terms=terms
    )


def _grid_term(hour: SiteHour) -> Term:
    return Term(
        name="share from the grid",
        value=grid_share(hour),
        how="what came from the grid / facility",
        terms=[
            energy_term("from the grid", hour.grid),
            energy_term("facility", hour.facility),
        ],
    )


def _whole(evidence: Evidence, energy: Joules) -> HourEnergy:
    return HourEnergy(
        meter=evidence.meter, hour=evidence.hour, energy=energy, measured=0.0, interpolated=0.0
    )
