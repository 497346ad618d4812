"""The factors of an hour, and what is known of them: PUE and intensities."""

from datetime import datetime

from agent.accounting.emissions.vintages import year_before
from agent.ledger import Connection
from agent.ledger.grids.intensities import versions_of
from agent.model import HOUR, MINUTE, Fallback, HourIntensity, Intensity, Kind, Pue, SiteHour
from agent.reports.terms import Fact, Term, Value, energy_term
from agent.units import Joules
from agent.wording import percent

FEW = 6
"""Versions of an intensity that are shown one by one."""

ROUNDING = 1
"""Joules that a sum may differ by from a product that was rounded."""

_ALLOWED = "as `fallback` allows"

METHOD_NAMES = {
    Kind.DIRECT: "location-based, direct",
    Kind.LIFECYCLE: "life cycle",
    Kind.MARGINAL: "marginal",
}


def pue_term(pue: Pue | None, hour: SiteHour) -> Term:
    """Return the PUE of an hour and what it came from."""
    if pue is None:
        return Term(key="pue", name="PUE", how="not measured in this hour, and none is declared")
    if not pue.measured:
        return Term(
            key="pue",
            name="PUE",
            value=pue.value,
            how="declared in the settings",
            facts={"basis": "declared"},
        )
    return Term(
        key="pue",
        name="PUE",
        value=pue.value,
        how=f"facility / IT, measured, category {pue.category} (ISO/IEC 30134-2), "
        f"over {percent(pue.coverage)} of the hour",
        facts={"basis": "measured", "category": pue.category, "coverage": pue.coverage},
        terms=divided_terms(
            Joules(round((hour.it or 0) * pue.value)), hour.it, hour.facility, hour.it
        ),
    )


def divided_terms(
    facility: Joules, it: Joules | None, all_facility: Joules | None, all_it: Joules | None
) -> list[Term]:
    """Return the two energies that a PUE is the quotient of.

    Where the two sides are known for different seconds they are not the sums of the same name.
    """
    if abs(facility - (all_facility or 0)) <= ROUNDING and it == all_it:
        names = "facility", "IT"
    else:
        names = "facility, in the time in which IT is known too", "IT, in the same time"
    return [energy_term("facility", names[0], facility), energy_term("it", names[1], it)]


def intensity_term(
    connection: Connection, hour: SiteHour, used: HourIntensity, *, known: datetime | None = None
) -> Term:
    """Return the intensity that was applied, and every version of what it is from that is known,
    or was known then.
    """
    versions = [] if used.fallback is Fallback.ANNUAL else _versions(connection, hour, used, known)
    more = f"; {len(versions)} versions are known of it" if len(versions) > FEW else ""
    facts: dict[str, Fact] = {
        "source": used.source,
        "grid": used.grid or None,
        "basis": _basis(used),
        "coverage": used.coverage,
        "version": None if used.fallback is Fallback.ANNUAL else used.version.isoformat(),
    }
    return Term(
        key="intensity",
        name="intensity",
        value=used.value,
        unit="g/kWh",
        how=f"{_origin(used)}{more}",
        facts=facts,
        terms=[] if more else [_version_term(one) for one in versions],
        rows=[_version_row(one) for one in versions],
    )


def _versions(
    connection: Connection, hour: SiteHour, used: HourIntensity, known: datetime | None
) -> list[Intensity]:
    then = year_before(hour.hour) if used.fallback is Fallback.LAST_YEAR else hour.hour
    return versions_of(connection, used.grid, used.kind, then, then + HOUR, known=known)


def _basis(used: HourIntensity) -> str:
    return str(used.fallback) if used.fallback else "estimated" if used.estimated else "final"


def _origin(used: HourIntensity) -> str:
    """Return where an intensity comes from, and as what, in words."""
    if used.fallback is Fallback.ANNUAL:
        return f"the annual value of {used.version.year} from {used.source}, {_ALLOWED}"
    state = "estimated" if used.estimated else "final"
    version = f"version {used.version:%Y-%m-%d %H:%M:%S} UTC"
    fine = f", points of {used.period / MINUTE:.0f} min, weighed with the energy"
    origin = {
        None: f"{used.grid or 'no grid'} from {used.source}, {state}, {version}",
        Fallback.FORECAST: f"forecast for {used.grid} by {used.source} on "
        f"{used.version:%Y-%m-%d %H:%M:%S} UTC, {_ALLOWED}",
        Fallback.LAST_YEAR: f"the same hour of the year before, {used.grid} from {used.source}, "
        f"{version}, {_ALLOWED}",
        Fallback.OTHER_SOURCE: f"of the other grid {used.grid} from {used.source}, {state}, "
        f"{version}, {_ALLOWED}",
    }[used.fallback]
    return f"{origin}{fine if used.period < HOUR else ''}{_partly(used)}"


def _partly(used: HourIntensity) -> str:
    """Return of how much of the hour an intensity is, where that is not all of it."""
    if used.coverage >= 1:
        return ""
    known = f", of {percent(used.coverage)} of the hour"
    if used.estimated or used.fallback:
        return known
    return f"{known}: for the rest, which counts as estimated, their mean stands"


def _version_term(one: Intensity) -> Term:
    return Term(
        key="version",
        name=f"version {one.version:%Y-%m-%d %H:%M:%S}",
        value=one.value,
        unit="g/kWh",
        how=f"{one.source} {one.zone}, {one.mix}, {_said(one)}, fetched "
        f"{one.fetched_at:%Y-%m-%d %H:%M:%S}",
        facts={
            "source": one.source,
            "version": one.version.isoformat(),
            "fetched": one.fetched_at.isoformat(),
        },
    )


def _said(one: Intensity) -> str:
    said = "forecast" if one.forecast else "estimated" if one.estimated else "final"
    return f"{said} ({one.method})" if one.method else said


def _version_row(one: Intensity) -> dict[str, Value]:
    return {
        "start": f"{one.start:%Y-%m-%dT%H:%MZ}",
        "minutes": one.period / MINUTE,
        "g_per_kwh": one.value,
        "version": one.version.isoformat(),
        "fetched": one.fetched_at.isoformat(),
        "source": one.source,
        "zone": one.zone,
        "mix": one.mix,
        "said": _said(one),
    }
