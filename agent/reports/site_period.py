"""Why a site's day, month or year is what it is: its sums, its factors, its days or hours."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from agent.accounting.periods.calendar import Period, day_of
from agent.accounting.periods.coverage import METERED, energy_of
from agent.accounting.periods.emissions import EmissionTotal
from agent.accounting.periods.indicators import Indicator
from agent.accounting.periods.refusing import ROUNDING
from agent.accounting.periods.totals import WORDS, Totals, totals_of
from agent.accounting.site import Site
from agent.ledger import Connection
from agent.ledger.hours.site_hours import newest
from agent.ledger.hours.totals import totals
from agent.model import Coverage, Kind, Metered, SiteHour
from agent.reports.closed import closed_terms
from agent.reports.factors import METHOD_NAMES, divided_terms
from agent.reports.restated import restated_terms
from agent.reports.terms import (
    Term,
    Value,
    coverage_fact,
    coverage_facts,
    coverage_text,
    energy_term,
    is_measured,
    several,
    value_text,
    water_term,
)
from agent.units import Grams, kilograms
from agent.wording import MISSING, minute, percent

LONG_DAYS = 2
"""A period of more days than this is explained by days, a shorter one by hours."""


_SUMS = {
    "energy": ("energy", "energy", "the facility's, and where that is not known IT x PUE"),
    "facility": ("facility", "facility", "what crossed the boundary: sum of its hours"),
    "grid": ("from_the_grid", "from the grid", "of it from the grid"),
    "onsite": ("on_site", "on site", "of it generated on site"),
    "it": ("it", "IT", "sum of its hours"),
    "reused": ("reused", "reused", "heat used outside"),
    "unattributed": (
        "unattributed",
        "unattributed",
        "crossed the boundary, and no meter behind it has seen it",
    ),
}
"""Key, name and origin of the sums of a period, by the attribute of its totals."""


def explain_period(
    connection: Connection,
    site: Site,
    period: Period,
    *,
    now: datetime,
    known: datetime | None = None,
) -> Term:
    """Return the calculation of a site's period, as known now or at an earlier time."""
    name = f"{site.name} in {period.name} ({period.timezone})"
    if period.start > now:
        return Term(key="period", name=name, how=f"{period.name} has not begun")
    whole = totals(connection, site, period, until=now, known=known)
    found = newest(connection, site.name, period.start, period.end, known=known)
    hours = [one for one in found if one.hour < now]
    state = f"refused: {whole.refused}" if whole.refused else _state(whole)
    return Term(
        key="period",
        name=name,
        how=state,
        facts={"coverage": coverage_fact(whole.coverage), "version": whole.version},
        terms=[
            *closed_terms(connection, site, period, known=known),
            *_energy_terms(whole),
            _pue_term(whole),
            *_emission_terms(whole, hours),
            *(_indicator_term(one) for one in whole.indicators.values() if _is_told(one)),
            *restated_terms(connection, site.name, period.start, period.end, known=known),
            *_parts(site, hours, whole),
        ],
    )


def _state(whole: Totals) -> str:
    running = whole.pue.of > whole.hours
    provisional = f", {whole.provisional} of them provisional" if whole.provisional else ""
    whose = {"energy": "all", "facility": "the facility's", "it": "IT"}[_told(whole)]
    return (
        f"{whole.pue.of} of {several(whole.period.hours, 'hour')} are over"
        f"{' or running' if running else ''}{provisional}; "
        f"of {whose} energy: {coverage_text(whole.coverage)}"
    )


def _energy_terms(whole: Totals) -> Iterator[Term]:
    for name, (key, label, how) in _SUMS.items():
        if name == "energy" and _told(whole) != name:
            continue
        if name in whole.coverages or whole.counted[name]:
            coverage, energy = _coverage(whole, name), getattr(whole, name)
            yield energy_term(key, label, energy, _how(whole, name, how), coverage=coverage)
    if Metered.WATER in whole.coverages:
        how = _how(whole, Metered.WATER, "sum of its hours")
        yield water_term(whole.water, how, coverage=whole.coverages[Metered.WATER])
    for stage, loss in whole.losses.items():
        how = "sum of its hours"
        if loss < 0:
            how += "; below zero: `--hour` tells the meters' errors of each"
        yield energy_term("loss", f"lost or not metered, {stage}", loss, how)


def _how(whole: Totals, name: str, how: str) -> str:
    """Return what a sum is and in how many hours it is known, or why it is refused; and how much of
    it is known, where that is not all and has not been told of the period itself.
    """
    coverage = _coverage(whole, name)
    refused = whole.refusals.get(Metered(name)) if name in METERED else whole.refused
    known = f"{how}, known in {whole.counted[name]} of {several(whole.pue.of, 'hour')}"
    if refused:
        return f"refused: {refused}"
    if coverage is None or is_measured(coverage) or name == _told(whole):
        return known
    return f"{known}: {coverage_text(coverage)}"


def _coverage(whole: Totals, name: str) -> Coverage | None:
    """Return how much of a sum is known; None of what no meter measures by itself."""
    return whole.coverages.get(Metered(name)) if name in METERED else whole.coverage


def _told(whole: Totals) -> str:
    """Return the sum that the period's own coverage is of: all energy is the facility's, unless IT
    x PUE stands in for it in some hours.
    """
    if Metered.FACILITY in whole.coverages and whole.counted["energy"] > whole.counted["facility"]:
        return "energy"
    return "facility" if whole.counted["facility"] or not whole.counted["it"] else "it"


def _pue_term(whole: Totals) -> Term:
    pue = whole.pue
    if pue.refused:
        return Term(key="pue", name=pue.name, how=f"refused: {pue.refused}")
    how = (
        f"facility / IT over the {pue.kept} of {several(pue.of, 'hour')} in which both are measured"
    )
    if pue.declared:
        how += f"; {several(pue.declared, 'hour')} with a declared PUE not in it"
    return Term(
        key="pue",
        name=pue.name,
        value=pue.value,
        how=how,
        facts={"coverage": pue.coverage, "category": pue.category},
        terms=divided_terms(pue.facility, pue.it, whole.facility, whole.it) if pue.kept else (),
    )


def _emission_terms(whole: Totals, hours: Sequence[SiteHour]) -> Iterator[Term]:
    """Yield the emissions by each kind of intensity that the site reads: any hour has it."""
    kinds = {kind for hour in hours for kind in hour.intensities}
    yield from (_emission_term(whole, kind) for kind in whole.emissions if kind in kinds)
    if not kinds:
        yield Term(key="emission", name="emissions", how="no hour has an intensity")


def _emission_term(whole: Totals, kind: Kind) -> Term:
    total, name = whole.emissions[kind], f"emissions, {METHOD_NAMES[kind]}"
    facts = {"kind": kind, "basis": total.shares, **coverage_facts(whole.emitting)}
    if total.refused:
        return Term(key="emission", name=name, how=f"refused: {total.refused}", facts=facts)
    return Term(
        key="emission",
        name=name,
        value=None if total.grams is None else kilograms(total.grams),
        unit="kg CO2e",
        how=_standing(total, whole.emitting),
        facts=facts,
    )


def _standing(total: EmissionTotal, coverage: Coverage) -> str:
    if total.grams is None:
        return "an intensity is known, and no energy that it is for"
    return (
        "sum over the hours of energy x intensity; of the energy "
        f"{percent(total.final)} on final, {percent(total.estimated)} on estimated, "
        f"{percent(total.fallback)} on fallback intensities, {percent(total.uncovered)} has none"
        f"{'' if is_measured(coverage) else f'; the energy itself: {coverage_text(coverage)}'}"
    )


def _is_told(one: Indicator) -> bool:
    """Tell whether there is anything to say: what no meter measures is absent."""
    return one.value is not None or one.refused is not None


def _indicator_term(one: Indicator) -> Term:
    if one.refused:
        return Term(key="indicator", name=one.name, how=f"refused: {one.refused}")
    return Term(
        key="indicator",
        name=one.name,
        value=one.value,
        unit=one.unit,
        how=f"{one.means}{', interim' if one.interim else ''}; "
        f"{percent(one.coverage)} of the hours",
        facts={"coverage": one.coverage},
    )


def _parts(site: Site, hours: Sequence[SiteHour], whole: Totals) -> Iterator[Term]:
    """Yield the days of a long period, and the hours: one by one, or as a table alone."""
    rows, known = [_row(hour) for hour in hours], "of which anything is booked"
    is_long = whole.period.hours > LONG_DAYS * 25
    if is_long:
        days: dict[str, list[SiteHour]] = {}
        for hour in hours:
            days.setdefault(day_of(hour.hour, site.timezone).name, []).append(hour)
        terms = [_day_term(site, some, whole.until) for some in days.values()]
        yield Term(key="days", name="days", value=len(terms), how=known, terms=terms)
    yield Term(
        key="hours",
        name="hours",
        value=len(hours),
        how=f"{known}; `--rows` prints them" if is_long else known,
        terms=[] if is_long else [_hour_term(one) for one in hours],
        rows=rows,
    )


def _day_term(site: Site, hours: Sequence[SiteHour], until: datetime) -> Term:
    day = day_of(hours[0].hour, site.timezone)
    found = totals_of(site, day, hours, until=until)
    emissions = found.emissions[Kind.DIRECT]
    pue = MISSING if found.pue.value is None else f"{value_text(found.pue.value)}"
    return energy_term(
        "day",
        day.name,
        found.energy,
        f"{_mass(emissions.grams)} location-based, PUE {pue}, "
        f"{percent(found.coverage.known)} known",
    )


def _mass(grams: Grams | None) -> str:
    return MISSING if grams is None else f"{kilograms(grams):,.3f} kg CO2e"


def _hour_term(hour: SiteHour) -> Term:
    energy = hour.it if energy_of(hour) is None else energy_of(hour)
    used, grams = hour.intensities.get(Kind.DIRECT), hour.emissions.get(Kind.DIRECT)
    intensity = "no intensity" if used is None else f"{value_text(used.value, 'g/kWh')} g/kWh"
    known = f"{percent(hour.coverage.known)} known{_less_known(hour)}, version {hour.version}"
    how = f"{_mass(grams)} at {intensity}, {known}"
    return energy_term("hour", f"{minute(hour.hour)} UTC", energy, how, coverage=hour.coverage)


def _less_known(hour: SiteHour) -> str:
    """Return the sums of which less is known than of the hour, and how much."""
    shares = {WORDS[name]: one.known for name, one in hour.coverages.items()}
    less = {word: known for word, known in shares.items() if known < hour.coverage.known - ROUNDING}
    return "".join(f", {percent(known)} of {word}" for word, known in less.items())


def _row(hour: SiteHour) -> dict[str, Value]:
    return {
        "hour": f"{hour.hour:%Y-%m-%dT%H:%MZ}",
        "version": hour.version,
        "facility_j": hour.facility,
        "it_j": hour.it,
        "pue": hour.pue.value if hour.pue else None,
        "pue_measured": None if hour.pue is None else int(hour.pue.measured),
        "known_share": hour.coverage.known,
        **{f"{name}_known_share": one.known for name, one in hour.coverages.items()},
        **{f"intensity_{kind}_g_per_kwh": one.value for kind, one in hour.intensities.items()},
        **{f"emission_{kind}_g": grams for kind, grams in hour.emissions.items()},
    }
