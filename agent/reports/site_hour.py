"""Why a site's hour is what it is: its meters, its balance, its factors, what it was before."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from agent.accounting.metering.balance import residuals_of
from agent.accounting.site import Site
from agent.ledger import Connection
from agent.ledger.energies import energies, tree_then
from agent.ledger.meters import by_number
from agent.ledger.places import Places
from agent.ledger.restatements import reasons_of
from agent.ledger.site_hours import latest
from agent.model import HOUR, HourEnergy, Meter, MeterId, Residual, Scope, SiteHour
from agent.reports.factors import METHOD, intensity_term, pue_term
from agent.reports.terms import Term, percent
from agent.units import Joules, kwh

SCOPES = (Scope.TOTAL, Scope.INPUT, Scope.OUTLET)


def explain_site_hour(
    connection: Connection, site: Site, hour: datetime, *, known: datetime | None = None
) -> Term:
    """Return the calculation of a site's hour, as known now or at an earlier time."""
    found = latest(connection, site.name, hour, known=known)
    name = f"{site.name} in the hour {hour:%Y-%m-%d %H:%M} UTC"
    if found is None:
        return Term(name=name, how="nothing is known: nothing was read, or nothing computed yet")
    places = Places(connection, by_number(connection, {}))
    hours = energies(connection, places, site, hour, SCOPES)
    tree = tree_then(places, site, hour, hours, {one.meter.device for one in hours.values()})
    state = f"version {found.version}" if found.closed else "provisional: the hour is running"
    return Term(
        name=name,
        how=f"{state}; measured {percent(found.coverage.measured)}, interpolated "
        f"{percent(found.coverage.interpolated)}, missing {percent(found.coverage.missing)}",
        terms=[
            _sum_term("facility", found.facility, tree.boundary(site.name), hours),
            _sum_term("IT", found.it, tree.it(site.name), hours),
            pue_term(found.pue, found),
            *_balance_terms(found, residuals_of(tree, site.name, hours)),
            *_emission_terms(connection, found),
            *_restated(connection, found),
        ],
    )


def _sum_term(
    name: str, energy: Joules | None, meters: Sequence[Meter], hours: Mapping[MeterId, HourEnergy]
) -> Term:
    terms = [
        _meter_term(meter, hours.get(meter.id)) for meter in sorted(meters, key=lambda one: one.id)
    ]
    how = "sum of its meters" if terms else "no meter has a role that says it"
    return Term(
        name=name,
        value=None if energy is None else kwh(energy),
        unit="kWh",
        how=how,
        terms=terms,
    )


def _meter_term(meter: Meter, energy: HourEnergy | None) -> Term:
    if energy is None:
        return Term(name=meter.id, how=f"{meter.role}: missing")
    how = f"{meter.role}, {percent(energy.coverage)} of the hour"
    return Term(name=meter.id, value=kwh(energy.energy), unit="kWh", how=how)


def _balance_terms(hour: SiteHour, residuals: Sequence[Residual]) -> Iterator[Term]:
    if hour.unattributed is not None:
        yield Term(
            name="unattributed",
            value=kwh(hour.unattributed),
            unit="kWh",
            how="crossed the boundary, and no meter behind it has seen it",
        )
    for stage, energy in hour.losses.items():
        yield Term(
            name=f"lost or not metered, {stage}",
            value=kwh(energy),
            unit="kWh",
            how="the meters before it less those behind it",
            terms=[
                _residual_term(one)
                for one in sorted(residuals, key=lambda one: one.node)
                if one.stage is stage
            ],
        )


def _residual_term(one: Residual) -> Term:
    sense = "BROKEN: more flows out than in" if one.broken else "the meters may err by"
    return Term(
        name=" + ".join(one.node),
        value=kwh(one.energy),
        unit="kWh",
        how=f"{sense} ± {kwh(one.bound):,.3f} kWh",
    )


def _emission_terms(connection: Connection, hour: SiteHour) -> Iterator[Term]:
    formula = (
        "energy from the grid x intensity" if hour.grid is not None else ("IT x PUE x intensity")
    )
    for kind, used in sorted(hour.intensities.items()):
        terms = [intensity_term(connection, hour, used)]
        if hour.grid is not None:
            terms.insert(0, Term(name="from the grid", value=kwh(hour.grid), unit="kWh"))
        yield Term(
            name=f"emissions, {METHOD[kind]}",
            value=hour.emissions.get(kind),
            unit="g CO2e",
            how=formula,
            terms=terms,
        )


def _restated(connection: Connection, hour: SiteHour) -> Iterator[Term]:
    found = reasons_of(connection, hour.site, hour.hour, hour.hour + HOUR)
    if found:
        yield Term(
            name="restated",
            value=sum(found.values()),
            how="`carbond ledger restatements` has what was said before",
            terms=[Term(name=why, value=count) for why, count in found.items()],
        )
