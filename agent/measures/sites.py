"""What is shown of sites: power, today, the month, budgets, PUE beside its past, residuals.

Location-based, life-cycle and marginal figures have names of their own and never a label: nobody
must add them up.
"""

from collections.abc import Callable, Iterator, Mapping

from agent.measures.family import CACHED, TODAY, Labels, Measure, of_sites
from agent.model import BudgetNow, Kind, Now, PueNow, Residual, SiteNow
from agent.units import grams_per_hour

METHODS: Mapping[Kind, tuple[str, str]] = {
    Kind.DIRECT: ("location", "Location-based (Scope 2, average direct intensity)"),
    Kind.LIFECYCLE: ("lifecycle", "Life-cycle (average intensity, upstream included)"),
    Kind.MARGINAL: ("marginal", "Marginal"),
}
"""Of each kind of intensity the word in the names, and what to call the emissions by it."""

MONTH = (
    "of the month so far, in the site's own calendar, from the ledger, provisional until the hours"
    " are closed"
)
LONGEST_NODE = 3
"""Meters that the name of a node has: it has no other with the same first one."""


def _rate(site: SiteNow) -> float | None:
    direct = None if site.hour is None else site.hour.intensities.get(Kind.DIRECT)
    if site.grid_power is None or direct is None:
        return None
    return grams_per_hour(site.grid_power, direct.value)


def _today(kind: Kind) -> Measure:
    name, method = METHODS[kind]
    return of_sites(
        f"carbond_site_emissions_{name}_today_grams",
        f"{method} emissions in grams CO2e {TODAY}.",
        lambda site: site.emissions_today.get(kind),
    )


def _standing(kind: Kind) -> Measure:
    name, method = METHODS[kind]

    def of(now: Now) -> Iterator[tuple[Labels, float]]:
        for site in now.sites:
            for standing, share in site.standing_today.get(kind, {}).items():
                yield {"site": site.site, "standing": standing}, share

    return Measure(
        name=f"carbond_site_emissions_{name}_today_energy_ratio",
        help=(
            f"Share of today's energy whose {method} emissions stand on final or estimated"
            " intensities, on a fallback, or that is uncovered."
        ),
        of=lambda now, _: of(now),
    )


def _month(kind: Kind) -> Measure:
    name, method = METHODS[kind]
    return of_sites(
        f"carbond_site_emissions_{name}_month_grams",
        f"{method} emissions in grams CO2e {MONTH}.",
        lambda site: site.emissions_month.get(kind),
    )


def _budgets(
    name: str,
    help: str,
    value_of: Callable[[BudgetNow], float | None],
) -> Measure:
    return Measure(
        name=name,
        help=help,
        of=lambda now, _: (
            ({"site": site.site, "period": period}, value_of(one))
            for site in now.sites
            for period, one in site.budgets.items()
        ),
    )


def _burns(now: Now) -> Iterator[tuple[Labels, float]]:
    for site in now.sites:
        for period, one in site.budgets.items():
            for window, ratio in one.burns.items():
                yield {"site": site.site, "period": period, "window": window}, ratio


def _pue(name: str, help: str, value_of: Callable[[PueNow], float | None]) -> Measure:
    return of_sites(name, help, lambda site: value_of(site.pue_now) if site.pue_now else None)


def _residuals(now: Now) -> Iterator[tuple[Labels, float]]:
    for site in now.sites:
        for one in site.residuals:
            if one.bound:
                yield {"site": site.site, "node": node_name(one)}, -one.energy / one.bound


def node_name(residual: Residual) -> str:
    """Return the name of a node: its own meters, of many the first few and how many more."""
    shown, more = residual.node[:LONGEST_NODE], len(residual.node) - LONGEST_NODE
    return " ".join([*shown, f"+{more}"] if more > 0 else shown)


SITE_MEASURES: tuple[Measure, ...] = (
    of_sites(
        "carbond_site_power_watts",
        f"Power of the facility in watts. {CACHED}.",
        lambda site: site.power,
    ),
    of_sites(
        "carbond_site_it_power_watts",
        f"Power of IT in watts. {CACHED}.",
        lambda site: site.it_power,
    ),
    of_sites(
        "carbond_site_energy_today_joules",
        f"Energy in joules {TODAY}.",
        lambda site: site.energy_today,
    ),
    of_sites(
        "carbond_site_coverage_ratio",
        "Share of today that is known, measured or interpolated, 0 to 1.",
        lambda site: site.coverage_today,
    ),
    *(_today(kind) for kind in METHODS),
    of_sites(
        "carbond_site_pue_measured_today_ratio",
        "Share of today's energy in hours whose PUE is measured, 0 to 1.",
        lambda site: site.pue_measured_today,
    ),
    *(_standing(kind) for kind in METHODS),
    of_sites(
        "carbond_site_emissions_location_grams_per_hour",
        "Location-based emissions in grams CO2e per hour at the power of now, by the direct"
        " intensity applied to the running hour: a rate, never to be summed.",
        _rate,
    ),
    of_sites(
        "carbond_site_energy_month_joules",
        f"Energy in joules {MONTH}.",
        lambda site: site.energy_month,
    ),
    _month(Kind.DIRECT),
    _month(Kind.LIFECYCLE),
    _budgets(
        "carbond_site_budget_grams",
        "Location-based carbon budget of the settings in grams CO2e for a period: day or month.",
        lambda one: one.budget,
    ),
    _budgets(
        "carbond_site_budget_used_ratio",
        "Location-based emissions of the period so far by its budget.",
        lambda one: None if one.used is None else one.used / one.budget,
    ),
    Measure(
        name="carbond_site_budget_burn_ratio",
        help=(
            "Location-based emissions in the last window by what the budget of the period allows"
            " for so long; at 1 it ends exactly on its budget."
        ),
        of=lambda now, _: _burns(now),
    ),
    _budgets(
        "carbond_site_budget_projected_ratio",
        "Location-based emissions projected at the end of the period by its budget.",
        lambda one: None if one.projected is None else one.projected / one.budget,
    ),
    _pue(
        "carbond_site_pue_day_ratio",
        "PUE of the measured hours among the last 24 full ones, weighed with energy.",
        lambda one: one.day,
    ),
    _pue(
        "carbond_site_pue_past_ratio",
        "The same of the 28 days before; absent with fewer than 7 days of hours.",
        lambda one: one.past,
    ),
    _pue(
        "carbond_site_pue_drift_ratio",
        "How much higher the PUE of the last day is than that of the 28 days before, as a share.",
        lambda one: one.drift,
    ),
    Measure(
        name="carbond_node_residual_ratio",
        help=(
            "By how much more flowed out of a node than into it in the last closed hour, by the"
            " bound of its meters' errors: over 1 it is out of bounds, below 0 it is lost or not"
            " metered there."
        ),
        of=lambda now, _: _residuals(now),
    ),
)
