"""Why a site's hour is what it is: its meters, its balance, its factors, what it was before."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from agent.accounting.metering.balance import residuals_of
from agent.accounting.metering.pue import Hours
from agent.accounting.metering.tree import Tree
from agent.accounting.periods.coverage import energy_of
from agent.accounting.site import Site
from agent.ledger import Connection
from agent.ledger.evidence.evidence import Correction, corrections_in
from agent.ledger.hours.energies import energies, tree_then
from agent.ledger.hours.site_hours import latest
from agent.ledger.places.meters import by_number
from agent.ledger.places.places import Places
from agent.model import (
    HOUR,
    Coverage,
    Meter,
    Metered,
    MeterId,
    Quantity,
    Residual,
    Scope,
    SiteHour,
)
from agent.reports.factors import METHOD_NAMES, intensity_term, pue_term
from agent.reports.known import coverage_in, known_span, repaired, state_of
from agent.reports.restated import restated_terms
from agent.reports.terms import (
    Term,
    coverage_fact,
    coverage_text,
    energy_term,
    is_measured,
    several,
    water_term,
)
from agent.units import Joules, kwh, litres
from agent.wording import minute

ALWAYS = frozenset({"facility", "it"})
"""Sums that are shown of a site without meters for them too."""

SCOPES = (Scope.TOTAL, Scope.INPUT, Scope.OUTLET)


def explain_site_hour(
    connection: Connection, site: Site, hour: datetime, *, known: datetime | None = None
) -> Term:
    """Return the calculation of a site's hour, as known now or at an earlier time.

    Repairs, versions and intensities are those known then; readings that came later are in the
    hours of its meters, which add them up.
    """
    found = latest(connection, site.name, hour, known=known)
    name = f"{site.name} in the hour {minute(hour)} UTC"
    if found is None:
        return Term(
            key="site_hour",
            name=name,
            how="nothing is known: nothing was read, or nothing computed yet",
        )
    places = Places(connection, by_number(connection, {}))
    hours = energies(connection, places, site, hour, SCOPES, known=known)
    tree = tree_then(places, site, hour, hours)
    meters = _Meters(
        hours=hours,
        said=corrections_in(connection, hour, known=known),
        span=known_span(found, hour),
        told="it" if _is_of_it(found, tree) else "facility",
    )
    whose = "the facility's" if meters.told == "facility" else "IT"
    return Term(
        key="site_hour",
        name=name,
        how=f"{state_of(found)}; of {whose} energy: {coverage_text(found.coverage)}",
        facts={"version": found.version, "coverage": coverage_fact(found.coverage)},
        terms=[
            *_sum_terms(found, tree, meters),
            pue_term(found.pue, found),
            *_balance_terms(found, residuals_of(tree, site.name, hours)),
            *_emission_terms(connection, found, known),
            *restated_terms(connection, site.name, hour, hour + HOUR, known=known),
        ],
    )


def _is_of_it(hour: SiteHour, tree: Tree) -> bool:
    """Tell whether an hour's coverage is of IT: no meter says the facility's energy, or IT x PUE
    stands in for it.
    """
    if not tree.boundary(hour.site):
        return True
    return hour.facility is None and energy_of(hour) is not None


def _sum_terms(hour: SiteHour, tree: Tree, meters: "_Meters") -> Iterator[Term]:
    """Yield the sums of an hour: facility and IT, and what else the site has meters for."""
    site, known = hour.site, hour.coverages
    boundary, grid = tree.boundary(site), tree.grid_supply(site)
    sums: list[tuple[str, str, Joules | None, Sequence[Meter], Coverage | None]] = [
        ("facility", "facility", hour.facility, boundary, _of_facility(hour, boundary)),
        ("from_the_grid", "from the grid", hour.grid, grid, known.get(Metered.GRID)),
        ("on_site", "on site", hour.onsite, tree.onsite(site), known.get(Metered.ONSITE)),
        ("it", "IT", hour.it, tree.it(site), known.get(Metered.IT)),
        ("reused", "reused", hour.reused, tree.reuse(site), known.get(Metered.REUSED)),
    ]
    for key, name, energy, own, coverage in sums:
        is_facility_again = key == "from_the_grid" and len(own) == len(boundary)
        if key in ALWAYS or (own and not is_facility_again):
            how, terms = meters.how(key, own, coverage), meters.terms(own)
            yield energy_term(key, name, energy, how, terms, coverage=coverage)
    if own := tree.water(site):
        coverage = known.get(Metered.WATER)
        how, terms = meters.how("water", own, coverage), meters.terms(own)
        yield water_term(hour.water, how, terms, coverage=coverage)


def _of_facility(hour: SiteHour, boundary: Sequence[Meter]) -> Coverage | None:
    """Return how much of its meters is known; in hours of an older carbond it is the hour's own."""
    return hour.coverages.get(Metered.FACILITY, hour.coverage) if boundary else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meters:
    """What the meters of an hour were booked, and what was said of them afterwards."""

    hours: Hours
    said: Mapping[MeterId, Correction]
    span: float
    """Seconds of the hour that there were to be known."""

    told: str
    """The sum that the hour's own coverage is of, which is told before all."""

    def how(self, key: str, meters: Sequence[Meter], coverage: Coverage | None) -> str:
        """Return what a sum is, and how much of it is known where that is not all."""
        if not meters:
            return "no meter has a role that says it"
        missing = sum(meter.id not in self.hours for meter in meters)
        how = "sum of its meters" + (f", {missing} of {len(meters)} missing" if missing else "")
        if missing and key == "facility" and self.told == "it":
            how += "; IT x PUE stands in for it"
        if coverage is None or is_measured(coverage) or key == self.told:
            return how
        return f"{how}: {coverage_text(coverage)}"

    def terms(self, meters: Sequence[Meter]) -> list[Term]:
        """Return the meters, by id."""
        return [self._term(meter) for meter in sorted(meters, key=lambda one: one.id)]

    def _term(self, meter: Meter) -> Term:
        energy, said = self.hours.get(meter.id), self.said.get(meter.id)
        is_water, facts = meter.quantity is Quantity.WATER, {"role": str(meter.role)}
        value = None if energy is None else (litres if is_water else kwh)(energy.energy)
        if said is not None:
            how, coverage = repaired(said), None
        elif energy is None:
            how, coverage = "missing", None
        else:
            coverage = coverage_in(energy, self.span)
            how = f"{coverage_text(coverage)} of the hour"
        return Term(
            key="meter",
            name=meter.id,
            value=value,
            unit="L" if is_water else "kWh",
            how=f"{meter.role}: {how}",
            facts=facts if coverage is None else {**facts, "coverage": coverage_fact(coverage)},
        )


def _balance_terms(hour: SiteHour, residuals: Sequence[Residual]) -> Iterator[Term]:
    if hour.unattributed is not None:
        coverage = hour.coverages.get(Metered.UNATTRIBUTED)
        how = "crossed the boundary, and no meter behind it has seen it"
        if coverage is not None and not is_measured(coverage):
            how += f"; it may be of meters that are missing: {coverage_text(coverage)}"
        yield energy_term("unattributed", "unattributed", hour.unattributed, how, coverage=coverage)
    for stage, energy in hour.losses.items():
        nodes = sorted((one for one in residuals if one.stage is stage), key=lambda one: one.node)
        yield energy_term(
            "loss",
            f"lost or not metered, {stage}",
            energy,
            f"the meters before it less those behind it, {_compared(energy, nodes)}",
            [_residual_term(one) for one in nodes],
        )


def _compared(energy: Joules, nodes: Sequence[Residual]) -> str:
    """Return how many nodes a loss is of, and what a negative one is worth."""
    bound = sum(one.bound for one in nodes)
    text = f"{several(len(nodes), 'node')} compared, ± {kwh(Joules(bound)):,.3f} kWh"
    if energy >= 0:
        return text
    if -energy <= bound:
        return f"{text}: below zero within the meters' errors"
    return f"{text}: below zero by more than the meters' errors"


def _residual_term(one: Residual) -> Term:
    sense = "BROKEN: more flows out than in" if one.broken else "the meters may err by"
    how = f"{sense} ± {kwh(one.bound):,.3f} kWh"
    return energy_term("node", " + ".join(one.node), one.energy, how)


def _emission_terms(
    connection: Connection, hour: SiteHour, known: datetime | None
) -> Iterator[Term]:
    formula = _formula(hour)
    for kind, used in sorted(hour.intensities.items()):
        terms = [intensity_term(connection, hour, used, known=known)]
        if hour.grid is not None:
            terms.insert(0, energy_term("from_the_grid", "from the grid", hour.grid))
        yield Term(
            key="emission",
            name=f"emissions, {METHOD_NAMES[kind]}",
            value=hour.emissions.get(kind),
            unit="g CO2e",
            how=formula,
            facts={"kind": kind},
            terms=terms,
        )


def _formula(hour: SiteHour) -> str:
    if hour.grid is not None:
        return "energy from the grid x intensity"
    if Metered.GRID in hour.coverages or hour.facility is not None:
        return "(IT x PUE less what the site generated itself) x intensity"
    return "IT x PUE x intensity"
