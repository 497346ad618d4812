"""Figures of sites that several boards show: each is worded once."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders import stat, timeseries
from grafana_foundation_sdk.builders.dashboard import DashboardLink

from deploy.grafana.boards.prometheus.room import PANELS, by_standing, of_sites
from deploy.grafana.parts import steps, units
from deploy.grafana.parts.panels import Words
from deploy.grafana.parts.queries import Promql

Links = Sequence[DashboardLink]
RATE = "carbond_site_emissions_location_grams_per_hour"
STANDING = "carbond_site_emissions_location_today_energy_ratio"


def power_now(*, width: int) -> stat.Panel:
    """Return the power of the chosen sites."""
    return PANELS.number(
        Words(
            title="Power now",
            says="Power of the facility as of the last readings, of all chosen sites that know it.",
            unit=units.WATTS,
        ),
        Promql(f"sum({of_sites('carbond_site_power_watts')})"),
        width=width,
    )


def grid_now(*, width: int, links: Links = ()) -> stat.Panel:
    """Return the intensity of now, and in its name what it stands on."""
    return PANELS.number(
        Words(
            title="Grid now",
            says="Direct average intensity applied to the running hour. The name says what it "
            "stands on: final, an estimate of its source, or a stand-in.",
            unit=units.GRAMS_PER_KILOWATT_HOUR,
            decimals=0,
            steps=steps.INTENSITY,
            links=links,
        ),
        *by_standing("direct"),
        width=width,
        named=True,
    )


def emissions_now(*, width: int, links: Links = ()) -> stat.Panel:
    """Return the rate of emissions of the chosen sites."""
    query = Promql(f"sum({of_sites(RATE)}) / 1000")
    return PANELS.number(_rate("Emissions now", links), query, width=width)


def emissions(*, width: int, links: Links = ()) -> timeseries.Panel:
    """Return the rate of emissions of each chosen site over time."""
    query = Promql(f"{of_sites(RATE)} / 1000", "{{site}}")
    return PANELS.curves(_rate("Emissions", links), query, width=width, least=0)


def month(*, width: int, links: Links = ()) -> stat.Panel:
    """Return the emissions of the month so far."""
    return PANELS.number(
        Words(
            title="Emissions this month",
            says="Location-based, of this month so far in the site's own time zone, from the "
            "ledger: of all chosen sites that know it.",
            unit=units.TONNES,
            links=links,
        ),
        Promql(f"sum({of_sites('carbond_site_emissions_location_month_grams')}) / 1e6"),
        width=width,
    )


def projected(*, width: int, links: Links = ()) -> stat.Panel:
    """Return what becomes of the month's budget."""
    return PANELS.number(
        Words(
            title="Projected at its end",
            says="What the month will have emitted by the budget, if it goes on like this. Over "
            "100 % the budget does not last.",
            unit=units.RATIO,
            decimals=0,
            steps=steps.BUDGET,
            missing="no budget",
            links=links,
        ),
        Promql(of_sites("carbond_site_budget_projected_ratio", ',period="month"'), "{{site}}"),
        width=width,
    )


def coverage_today(*, width: int, links: Links = ()) -> stat.Panel:
    """Return how much of today is known."""
    return PANELS.number(
        Words(
            title="Coverage today",
            says="Share of today that is known, measured or interpolated. The rest is missing in "
            "all totals, and nowhere counted as zero.",
            unit=units.RATIO,
            decimals=1,
            steps=steps.COVERAGE,
            links=links,
        ),
        Promql(of_sites("carbond_site_coverage_ratio"), "{{site}}"),
        width=width,
    )


def estimated_today(*, width: int, links: Links = ()) -> stat.Panel:
    """Return how much of today's emissions will be restated."""
    return PANELS.number(
        Words(
            title="Estimated today",
            says="Share of today's energy whose intensity its source calls an estimate: these "
            "emissions will be restated.",
            unit=units.RATIO,
            decimals=1,
            steps=steps.ESTIMATED,
            links=links,
        ),
        Promql(of_sites(STANDING, ',standing="estimated"'), "{{site}}"),
        width=width,
    )


def _rate(title: str, links: Links) -> Words:
    return Words(
        title=title,
        says="Power drawn from the grid now at the direct intensity of the running hour, "
        "location-based: a rate, never to be summed over time.",
        unit=units.KILOGRAMS_PER_HOUR,
        links=links,
    )
