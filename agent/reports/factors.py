"""The factors of an hour, and what is known of them: PUE and intensities."""

from agent.ledger import Connection
from agent.ledger.intensities import versions_of
from agent.model import HOUR, MINUTE, HourIntensity, Intensity, Kind, Pue, SiteHour
from agent.reports.terms import Term, Value, percent
from agent.units import Joules, kwh

FEW = 6
"""Versions of an intensity that are shown one by one."""

METHOD = {
    Kind.DIRECT: "location-based, direct",
    Kind.LIFECYCLE: "life cycle",
    Kind.MARGINAL: "marginal",
}


def pue_term(pue: Pue | None, hour: SiteHour) -> Term:
    """Return the PUE of an hour and what it came from."""
    if pue is None:
        return Term(name="PUE", how="not measured in this hour, and none is declared")
    if not pue.measured:
        return Term(name="PUE", value=pue.value, how="declared in the settings")
    return Term(
        name="PUE",
        value=pue.value,
        how=f"measured, category {pue.category} (ISO/IEC 30134-2), "
        f"over {percent(pue.coverage)} of the hour",
        terms=[
            energy_term("facility", hour.facility),
            energy_term("IT", hour.it),
        ],
    )


def energy_term(name: str, energy: Joules | None) -> Term:
    """Return an energy under a name."""
    return Term(name=name, value=None if energy is None else kwh(energy), unit="kWh")


def intensity_term(connection: Connection, hour: SiteHour, used: HourIntensity) -> Term:
    """Return the intensity that was applied, and every version that is known of what it is from."""
    versions = versions_of(connection, used.grid, used.kind, hour.hour, hour.hour + HOUR)
    state = str(used.fallback) if used.fallback else "estimated" if used.estimated else "final"
    fine = f", points of {used.period / MINUTE:.0f} min, weighed with the energy"
    more = f"; {len(versions)} versions are known of them" if len(versions) > FEW else ""
    return Term(
        name="intensity",
        value=used.value,
        unit="g/kWh",
        how=f"{used.grid or 'no grid'} from {used.source}, {state}, version "
        f"{used.version:%Y-%m-%d %H:%M:%S} UTC{fine if used.period < HOUR else ''}{more}",
        terms=[] if more else [_version_term(one) for one in versions],
        rows=[_version_row(one) for one in versions],
    )


def _version_term(one: Intensity) -> Term:
    return Term(
        name=f"version {one.version:%Y-%m-%d %H:%M:%S}",
        value=one.value,
        unit="g/kWh",
        how=f"{one.source} {one.zone}, {one.mix}, {_said(one)}, fetched "
        f"{one.fetched_at:%Y-%m-%d %H:%M:%S}",
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
