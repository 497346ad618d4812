"""Why a site's day, month or year is what it is: its sums, its factors, its days or hours."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from agent.accounting.periods.calendar import Period, day_of
from agent.accounting.periods.emissions import EmissionTotal
from agent.accounting.periods.indicators import Indicator
from agent.accounting.periods.pue import PeriodPue
from agent.accounting.periods.totals import Totals, totals_of
from agent.accounting.site import Site
from agent.ledger import Connection
from agent.ledger.restatements import reasons_of
from agent.ledger.site_hours import newest
from agent.ledger.totals import totals
from agent.model import Kind, SiteHour
from agent.reports.factors import METHOD
from agent.reports.terms import Term, Value, percent
from agent.units import MILLILITRES_PER_LITRE, kilograms, kwh

LONG_DAYS = 2
"""A period of more days than this is explained by days, a shorter one by hours."""


def explain_period(
    connection: Connection,
    site: Site,
    period: Period,
    *,
    now: datetime,
    known: datetime | None = None,
) -> Term:
    """Return the calculation of a site's period, as known now or at an earlier time."""
    whole = totals(connection, site, period, until=now, known=known)
    hours = newest(connection, site.name, period.start, period.end, known=known)
    state = f"refused: {whole.refused}" if whole.refused else _state(whole)
    return Term(
        name=f"{site.name} in {period.name} ({period.timezone})",
        how=state,
        terms=[
            *_energy_terms(whole),
            _pue_term(whole.pue),
            *(_emission_term(whole, kind) for kind in whole.emissions),
            *(_indicator_term(one) for one in whole.indicators.values() if one.value is not None),
            *_restated(connection, site, period),
            _parts(site, hours, whole),
        ],
    )


def _state(whole: Totals) -> str:
    coverage = whole.coverage
    running = f", {whole.provisional} of them provisional" if whole.provisional else ""
    return (
        f"{whole.hours} of {whole.period.hours} hours are over{running}; "
        f"measured {percent(coverage.measured)}, interpolated {percent(coverage.interpolated)}, "
        f"missing {percent(coverage.missing)}"
    )


def _energy_terms(whole: Totals) -> Iterator[Term]:
    names = {
        "facility": "what crossed the boundary: sum of its hours",
        "grid": "of it from the grid",
        "onsite": "of it generated on site",
        "it": "sum of its hours",
        "reused": "heat used outside",
        "unattributed": "crossed the boundary, and no meter behind it has seen it",
    }
    for name, how in names.items():
        energy, hours = getattr(whole, name), whole.counted[name]
        if hours:
            value = None if energy is None else kwh(energy)
            yield Term(
                name=_label(name), value=value, unit="kWh", how=f"{how}, {hours} of them known"
            )
    if whole.water is not None:
        litres = whole.water / MILLILITRES_PER_LITRE
        yield Term(name="water", value=litres, unit="L", how="sum of its hours")
    for stage, loss in whole.losses.items():
        yield Term(
            name=f"lost or not metered, {stage}",
            value=kwh(loss),
            unit="kWh",
            how="sum of its hours",
        )


def _label(name: str) -> str:
    return {"it": "IT", "onsite": "on site", "grid": "from the grid"}.get(name, name)


def _pue_term(pue: PeriodPue) -> Term:
    if pue.refused:
        return Term(name=pue.name, how=f"refused: {pue.refused}")
    how = f"facility / IT over the {pue.kept} of {pue.of} hours in which both are measured"
    if pue.declared:
        how += f"; {pue.declared} hours with a declared PUE are not in it"
    return Term(
        name=pue.name,
        value=pue.value,
        how=how,
        terms=[
            Term(name="facility", value=kwh(pue.facility), unit="kWh"),
            Term(name="IT", value=kwh(pue.it), unit="kWh"),
        ]
        if pue.kept
        else (),
    )


def _emission_term(whole: Totals, kind: Kind) -> Term:
    total = whole.emissions[kind]
    if total.refused:
        return Term(name=f"emissions, {METHOD[kind]}", how=f"refused: {total.refused}")
    return Term(
        name=f"emissions, {METHOD[kind]}",
        value=None if total.grams is None else kilograms(total.grams),
        unit="kg CO2e",
        how=_standing(total),
    )


def _standing(total: EmissionTotal) -> str:
    if total.grams is None:
        return "no hour has such an intensity"
    return (
        "sum over the hours of energy x intensity; of the energy "
        f"{percent(total.final)} on final, {percent(total.estimated)} on estimated, "
        f"{percent(total.fallback)} on fallback intensities, {percent(total.uncovered)} has none"
    )


def _indicator_term(one: Indicator) -> Term:
    return Term(
        name=one.name,
        value=one.value,
        unit=one.unit,
        how=f"{one.means}{', interim' if one.interim else ''}; "
        f"{percent(one.coverage)} of the hours",
    )


def _restated(connection: Connection, site: Site, period: Period) -> Iterator[Term]:
    found = reasons_of(connection, site.name, period.start, period.end)
    if found:
        yield Term(
            name="restated hours",
            value=sum(found.values()),
            how="`carbond ledger restatements` has each of them",
            terms=[Term(name=why, value=count) for why, count in found.items()],
        )


def _parts(site: Site, hours: Sequence[SiteHour], whole: Totals) -> Term:
    """Return the days of a long period, the hours of a short one; all its hours as data."""
    rows = [_row(hour) for hour in hours]
    if whole.period.hours <= LONG_DAYS * 25:
        return Term(
            name="hours", value=len(hours), terms=[_hour_term(one) for one in hours], rows=rows
        )
    days: dict[str, list[SiteHour]] = {}
    for hour in hours:
        days.setdefault(day_of(hour.hour, site.timezone).name, []).append(hour)
    terms = [_day_term(site, some, whole.until) for some in days.values()]
    return Term(name="days", value=len(terms), terms=terms, rows=rows)


def _day_term(site: Site, hours: Sequence[SiteHour], until: datetime) -> Term:
    day = day_of(hours[0].hour, site.timezone)
    found = totals_of(site, day, hours, until=until)
    emissions = found.emissions[Kind.DIRECT]
    grams = "–" if emissions.grams is None else f"{kilograms(emissions.grams):,.3f} kg CO2e"
    pue = "–" if found.pue.value is None else f"{found.pue.value:.3f}"
    return Term(
        name=day.name,
        value=None if found.energy is None else kwh(found.energy),
        unit="kWh",
        how=f"{grams} location-based, PUE {pue}, {percent(found.coverage.known)} known",
    )


def _hour_term(hour: SiteHour) -> Term:
    energy = hour.facility if hour.facility is not None else hour.it
    used, grams = hour.intensities.get(Kind.DIRECT), hour.emissions.get(Kind.DIRECT)
    intensity = "no intensity" if used is None else f"{used.value:,.1f} g/kWh"
    mass = "–" if grams is None else f"{kilograms(grams):,.3f} kg CO2e"
    return Term(
        name=f"{hour.hour:%Y-%m-%d %H:%M} UTC",
        value=None if energy is None else kwh(energy),
        unit="kWh",
        how=f"{mass} at {intensity}, {percent(hour.coverage.known)} known, version {hour.version}",
    )


def _row(hour: SiteHour) -> dict[str, Value]:
    return {
        "hour": f"{hour.hour:%Y-%m-%dT%H:%MZ}",
        "version": hour.version,
        "facility_j": hour.facility,
        "it_j": hour.it,
        "pue": hour.pue.value if hour.pue else None,
        "pue_measured": None if hour.pue is None else int(hour.pue.measured),
        "known_share": hour.coverage.known,
        **{f"intensity_{kind}_g_per_kwh": one.value for kind, one in hour.intensities.items()},
        **{f"emission_{kind}_g": grams for kind, grams in hour.emissions.items()},
    }
