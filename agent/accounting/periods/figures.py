"""The figures of a period as people are told them: flat, with their units in their names.

They are what is kept of a period that is closed, and what `--json` prints. The names are the same
for all sites and periods, in one order; what is not known, or refused, is None.
"""

from collections.abc import Mapping
from datetime import datetime

from agent.accounting.periods.emissions import EmissionTotal
from agent.accounting.periods.indicators import Indicator
from agent.accounting.periods.pue import PeriodPue
from agent.accounting.periods.totals import Totals
from agent.model import Coverage, Kind, Metered, Stage
from agent.units import Grams, Joules, Millilitres, kilograms, kwh, litres

Figure = float | int | str | bool | None

METHOD: Mapping[Kind, str] = {
    Kind.DIRECT: "location",
    Kind.LIFECYCLE: "lifecycle",
    Kind.MARGINAL: "marginal",
}
"""What the emissions by each kind of intensity are called: location-based are direct average ones.
"""

_INDICATORS = {"WUE": "wue_l_per_kwh", "CUE": "cue_kg_per_kwh", "REF": "ref", "ERF": "erf"}

TOLD_OF: frozenset[str] = frozenset({"until", "hours", "version"})
"""Figures that only say when a total was made: they differ without anything being restated."""


def figures(totals: Totals) -> dict[str, Figure]:
    """Return the figures of a period: plain numbers, words and None."""
    found: dict[str, Figure] = {
        "site": totals.site,
        "period": totals.period.name,
        "start": _time(totals.period.start),
        "end": _time(totals.period.end),
        "timezone": totals.period.timezone,
        "until": _time(totals.until),
        "hours": totals.hours,
        "hours_of_period": totals.period.hours,
        "provisional_hours": totals.provisional,
        "version": totals.version,
        "refused": totals.refused,
    }
    found |= _coverage(totals)
    found |= _sums(totals)
    found |= _own_coverages(totals)
    for kind, method in METHOD.items():
        found |= _emissions(method, totals.emissions[kind])
    found |= _pue(totals.pue)
    for name, key in _INDICATORS.items():
        found |= _indicator(key, totals.indicators[name])
    return found


def differences(
    frozen: Mapping[str, Figure], now: Mapping[str, Figure]
) -> dict[str, tuple[Figure, Figure]]:
    """Return what the figures that were frozen have become, by name: (before, now).

    A figure that was not frozen was not told to anybody, so it does not differ; nor do those that
    say when a total was made.
    """
    return {
        name: (before, now.get(name))
        for name, before in frozen.items()
        if name not in TOLD_OF and before != now.get(name)
    }


def _coverage(totals: Totals) -> dict[str, Figure]:
    shares = totals.pue_shares
    return {
        **_shares("", totals.coverage),
        "pue_measured_share": shares.measured,
        "pue_declared_share": shares.declared,
        "pue_none_share": shares.none,
        "broken_node_hours": totals.broken,
    }


def _own_coverages(totals: Totals) -> dict[str, Figure]:
    """Return the coverage of each sum that has its own, and why it is refused."""
    found: dict[str, Figure] = {}
    for name in Metered:
        found |= _shares(f"{name}_", totals.coverages.get(name))
        found[f"{name}_refused"] = totals.refusals.get(name)
    return found | _shares("emissions_", totals.emitting)


def _shares(prefix: str, coverage: Coverage | None) -> dict[str, Figure]:
    """Return three shares that add up to 1; None where there is no meter for the sum."""
    return {
        f"{prefix}measured_share": None if coverage is None else coverage.measured,
        f"{prefix}interpolated_share": None if coverage is None else coverage.interpolated,
        f"{prefix}missing_share": None if coverage is None else coverage.missing,
    }


def _sums(totals: Totals) -> dict[str, Figure]:
    """Return each sum and, where it is not the whole site's, the hours that are in it."""
    found: dict[str, Figure] = {
        "energy_kwh": _kwh(totals.energy),
        "facility_kwh": _kwh(totals.facility),
        "it_kwh": _kwh(totals.it),
        "grid_kwh": _kwh(totals.grid),
        "onsite_kwh": _kwh(totals.onsite),
        "reused_kwh": _kwh(totals.reused),
        "water_l": _litres(totals.water),
        "unattributed_kwh": _kwh(totals.unattributed),
    }
    found |= {f"{name}_hours": hours for name, hours in totals.counted.items()}
    return found | {f"loss_{stage}_kwh": _kwh(totals.losses.get(stage)) for stage in Stage}


def _emissions(method: str, total: EmissionTotal) -> dict[str, Figure]:
    name = f"emissions_{method}"
    return {
        f"{name}_kg": _kg(total.grams),
        f"{name}_covered_kwh": _kwh(total.covered),
        f"{name}_uncovered_kwh": _kwh(total.uncovered_energy),
        f"{name}_final_share": total.final,
        f"{name}_estimated_share": total.estimated,
        f"{name}_fallback_share": total.fallback,
        f"{name}_uncovered_share": total.uncovered,
        f"{name}_refused": total.refused,
    }


def _pue(pue: PeriodPue) -> dict[str, Figure]:
    return {
        "pue": pue.value,
        "pue_name": pue.name,
        "pue_category": pue.category,
        "pue_coverage": pue.coverage,
        "pue_facility_kwh": _kwh(pue.facility),
        "pue_it_kwh": _kwh(pue.it),
        "pue_hours": pue.kept,
        "pue_declared_hours": pue.declared,
        "pue_other_category_hours": sum(pue.others.values()),
        "pue_interim": pue.interim,
        "pue_partial": pue.partial,
        "pue_refused": pue.refused,
    }


def _indicator(key: str, found: Indicator) -> dict[str, Figure]:
    name = found.name.lower()
    return {
        key: found.value,
        f"{name}_means": found.means,
        f"{name}_coverage": found.coverage,
        f"{name}_interim": found.interim,
        f"{name}_partial": found.partial,
        f"{name}_refused": found.refused,
    }


def _kwh(energy: Joules | None) -> float | None:
    return None if energy is None else kwh(energy)


def _kg(mass: Grams | None) -> float | None:
    return None if mass is None else kilograms(mass)


def _litres(water: Millilitres | None) -> float | None:
    return None if water is None else litres(water)


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
