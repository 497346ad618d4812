"""Why one meter emitted what it did in one hour: from its readings to the grams."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from agent.accounting.emissions.carbon import IT_SIDE, emission_of, grid_share
from agent.ledger import Connection
from agent.ledger.evidence.evidence import Correction, Evidence, bases, evidence_of
from agent.ledger.hours.site_hours import latest
from agent.model import (
    GENERATION,
    Finding,
    HourEnergy,
    HourIntensity,
    Minute,
    Quantity,
    Role,
    SiteHour,
)
from agent.reports.factors import METHOD_NAMES, intensity_term, pue_term
from agent.reports.known import coverage_in, known_span, repaired, state_of
from agent.reports.register import amount, register_terms
from agent.reports.terms import (
    Fact,
    Term,
    Value,
    coverage_fact,
    coverage_text,
    energy_term,
    value_text,
)
from agent.units import Joules
from agent.wording import minute


def explain_meter(
    connection: Connection, name: str, hour: datetime, *, known: datetime | None = None
) -> Term:
    """Return the calculation of a meter's hour, as known now or at an earlier time.

    Repairs, versions and intensities are those known then; readings that came later are in it: an
    hour adds them up, and they cannot be taken out again. Raises ConfigError if the ledger has
    never seen the meter.
    """
    evidence = evidence_of(connection, name, hour, known=known)
    site_hour = latest(connection, evidence.meter.site, hour, known=known)
    span = known_span(site_hour, hour)
    energy = _energy_term(evidence, span)
    if evidence.meter.quantity is not Quantity.ELECTRICITY:
        return _titled(evidence, [energy])
    if site_hour is None:
        why = "the site has no such hour: it is not computed yet, or nothing was read in it"
        return _titled(evidence, [energy, Term(key="emission", name="emissions", how=why)])
    emissions = [
        _emission_term(connection, evidence, site_hour, used, known)
        for _, used in sorted(site_hour.intensities.items())
    ]
    if not emissions:
        emissions = [_no_intensity()]
    return _titled(evidence, [energy, *emissions], site_hour)


def _no_intensity() -> Term:
    return Term(key="emission", name="emissions", how="no intensity is known for this hour")


def _titled(evidence: Evidence, terms: Sequence[Term], hour: SiteHour | None = None) -> Term:
    meter = evidence.meter
    state = "" if hour is None else f", {state_of(hour)}"
    return Term(
        key="meter_hour",
        name=f"{meter.id} in the hour {minute(evidence.hour)} UTC",
        how=f"{meter.role} at {meter.site}{state}",
        facts={
            "role": meter.role,
            "site": meter.site,
            "version": None if hour is None else hour.version,
        },
        terms=terms,
    )


def _energy_term(evidence: Evidence, span: float) -> Term:
    value, unit = amount(evidence, evidence.energy)
    how, facts = "nothing is known of this hour", dict[str, Fact]()
    if evidence.corrections:
        how, facts = repaired(evidence.corrections[-1]), {"basis": "repaired"}
    elif evidence.booked is not None:
        coverage = coverage_in(evidence.booked, span)
        how = f"{coverage_text(coverage)} of the hour"
        facts = {"coverage": coverage_fact(coverage)}
    return Term(
        key="water" if unit == "L" else "energy",
        name="water" if unit == "L" else "energy",
        value=value,
        unit=unit,
        how=how,
        facts=facts,
        terms=[
            *register_terms(evidence),
            *_reading_terms(evidence),
            *(_finding_term(evidence, one) for one in evidence.findings),
            *_corrected(evidence),
        ],
    )


def _reading_terms(evidence: Evidence) -> Iterator[Term]:
    minutes = evidence.minutes
    if not minutes:
        return
    read = sum(one.at is not None or one.power is not None for one in minutes)
    twice = len(minutes) - len({one.start for one in minutes})
    again = f"; {twice} of them twice, as the clock was put back" if twice else ""
    known = bases(minutes)
    named = ", ".join(f"{basis} {count}" for basis, count in sorted(known.items()))
    yield Term(
        key="minutes",
        name="minutes",
        value=len(minutes),
        how=f"of which {read} with a reading{again}"
        + (f"; basis of their intervals: {named}" if named else ""),
        facts={"read": read, "basis": {str(basis): count for basis, count in known.items()}},
        rows=[_row(one, evidence.meter.quantity) for one in minutes],
    )


def _row(one: Minute, quantity: Quantity) -> dict[str, Value]:
    unit = quantity.suffix
    rate = "flow_ml_per_s" if quantity is Quantity.WATER else "power_w"
    return {
        "minute": f"{one.start:%Y-%m-%dT%H:%MZ}",
        "read_at": None if one.at is None else one.at.isoformat(),
        f"register_{unit}": one.register,
        rate: one.power,
        f"energy_{unit}": one.energy,
        "covered_s": one.covered,
        "basis": one.basis,
    }


def _finding_term(evidence: Evidence, finding: Finding) -> Term:
    before, unit = amount(evidence, finding.before)
    now, _ = amount(evidence, finding.now)
    value, _ = amount(evidence, finding.energy)
    return Term(
        key="finding",
        name=f"{finding.oddity} at {finding.at:%H:%M:%S}",
        value=value,
        unit=unit if value is not None else "",
        how=f"the register went from {value_text(before, unit)} to {value_text(now, unit)} {unit}",
    )


def _corrected(evidence: Evidence) -> Iterator[Term]:
    for one in evidence.corrections:
        yield _correction_term(evidence, one)


def _correction_term(evidence: Evidence, one: Correction) -> Term:
    value, unit = amount(evidence, one.after)
    before, _ = amount(evidence, one.before)
    return Term(
        key="repair",
        name=f"repair {one.number}",
        value=value,
        unit=unit,
        how=f"by {one.who} on {minute(one.at)} UTC: {one.why}; before it "
        f"{value_text(before, unit)} {unit}",
    )


def _emission_term(
    connection: Connection,
    evidence: Evidence,
    hour: SiteHour,
    used: HourIntensity,
    known: datetime | None,
) -> Term:
    grams = None
    if evidence.energy is not None:
        grams = emission_of(_whole(evidence, evidence.energy), hour, used.kind)
    terms = [intensity_term(connection, hour, used, known=known)]
    factors = ["energy", "intensity"]
    if evidence.meter.role in IT_SIDE:
        terms.insert(0, pue_term(hour.pue, hour))
        factors.insert(1, "PUE")
    if grid_share(hour) != 1 and evidence.meter.role is not Role.UTILITY:
        terms.append(_grid_term(hour))
        factors.append("share from the grid")
    how = " x ".join(factors)
    if evidence.meter.role in GENERATION:
        terms, how = [], "what is generated on site has none by the grid's intensity"
    return Term(
        key="emission",
        name=f"emission, {METHOD_NAMES[used.kind]}",
        value=grams,
        unit="g CO2e",
        how=how,
        facts={"kind": used.kind},
        terms=terms,
    )


def _grid_term(hour: SiteHour) -> Term:
    return Term(
        key="grid_share",
        name="share from the grid",
        value=grid_share(hour),
        how="what came from the grid / facility",
        terms=[
            energy_term("from_the_grid", "from the grid", hour.grid),
            energy_term("facility", "facility", hour.facility),
        ],
    )


def _whole(evidence: Evidence, energy: Joules) -> HourEnergy:
    return HourEnergy(
        meter=evidence.meter, hour=evidence.hour, energy=energy, measured=0.0, interpolated=0.0
    )
