"""Grid and carbon: how clean the power is, how sure that is, and what the month will be."""

from deploy.grafana.boards.prometheus import figures
from deploy.grafana.boards.prometheus.room import (
    DATASOURCE,
    OF_SITE,
    PANELS,
    SITE,
    TAG,
    by_standing,
    of_sites,
)
from deploy.grafana.parts import steps, units
from deploy.grafana.parts.board import Board, Row
from deploy.grafana.parts.panels import Words
from deploy.grafana.parts.queries import Promql


def _forecast(bound: str) -> Promql:
    metric = f"carbond_grid_forecast_{bound}_grams_per_kilowatt_hour"
    query = of_sites(metric, ',kind="direct",horizon="24h"')
    return Promql(query, f"{{{{site}}}} {bound} forecast")


NOW = [
    figures.grid_now(width=5),
    PANELS.number(
        Words(
            title="Next 24 hours",
            says="The lowest and the highest direct intensity that is forecast: when to run what "
            "can wait.",
            unit=units.GRAMS_PER_KILOWATT_HOUR,
            decimals=0,
            steps=steps.INTENSITY,
            missing="no forecast",
        ),
        _forecast("lowest"),
        _forecast("highest"),
        width=5,
    ),
    PANELS.number(
        Words(
            title="Newest intensity",
            says="Since the end of the newest interval of the direct intensity that is known; 0 "
            "while one covers this moment.",
            unit=units.SECONDS,
            steps=steps.AGE,
        ),
        Promql(of_sites("carbond_grid_intensity_age_seconds", ',kind="direct"'), "{{site}}"),
        width=3,
    ),
    figures.emissions_now(width=3),
    figures.month(width=4),
    figures.projected(width=4),
]

INTENSITIES = [
    PANELS.curves(
        Words(
            title="Direct intensity (Scope 2)",
            says="Average direct intensity applied to each hour. A line is final, dashes are what "
            "its source calls an estimate, dots a stand-in. Below and above, dotted: the lowest "
            "and the highest of the 24 hours that were ahead.",
            unit=units.GRAMS_PER_KILOWATT_HOUR,
            decimals=0,
        ),
        *by_standing("direct"),
        _forecast("lowest"),
        _forecast("highest"),
        width=16,
        height=9,
        least=0,
    ),
    PANELS.bars(
        Words(
            title="What today's emissions stand on",
            says="Share of today's energy by what its direct intensity stands on. Uncovered has "
            "no intensity, and so no emissions: it is in no total.",
            unit=units.RATIO,
            decimals=0,
        ),
        *(
            Promql(
                of_sites(figures.STANDING, f',standing="{standing}"'), f"{{{{site}}}} {standing}"
            )
            for standing in ("final", "estimated", "fallback", "uncovered")
        ),
        width=8,
        height=9,
        most=1,
    ),
    PANELS.curves(
        Words(
            title="Life-cycle intensity",
            says="Average intensity with what is emitted upstream. A figure of its own: never "
            "added to the direct one.",
            unit=units.GRAMS_PER_KILOWATT_HOUR,
            decimals=0,
            missing="no source of it",
        ),
        *by_standing("lifecycle"),
        width=12,
        least=0,
    ),
    PANELS.curves(
        Words(
            title="Marginal intensity",
            says="What one kWh more or less would change. For deciding when to run, not for "
            "accounting, and never mixed with averages.",
            unit=units.GRAMS_PER_KILOWATT_HOUR,
            decimals=0,
            missing="no source of it",
        ),
        *by_standing("marginal"),
        width=12,
        least=0,
    ),
]

CARBON = [
    figures.emissions(width=12),
    PANELS.curves(
        Words(
            title="Emissions of the last 24 hours",
            says="Location-based, rolling, of the hours that were scraped; the day's own total, "
            "with restatements, is in the ledger.",
            unit=units.TONNES,
        ),
        Promql(
            f"{of_sites('site:carbond_site_emissions_location_grams:increase1d')} / 1e6", "{{site}}"
        ),
        width=12,
        least=0,
    ),
    PANELS.bars(
        Words(
            title="Today, by method",
            says="Emissions of today from the ledger by three methods that answer three questions: "
            "never add them up.",
            unit=units.TONNES,
        ),
        *(
            Promql(f"sum({of_sites(f'carbond_site_emissions_{method}_today_grams')}) / 1e6", method)
            for method in ("location", "lifecycle", "marginal")
        ),
        width=8,
    ),
    PANELS.bars(
        Words(
            title="Budgets",
            says="Emissions so far, and as projected at the end of the day and of the month, by "
            "the budgets of the settings (location-based).",
            unit=units.RATIO,
            decimals=0,
            steps=steps.BUDGET,
            missing="no budget",
        ),
        Promql(
            f"max by (site, period) (carbond_site_budget_used_ratio{{{OF_SITE}}})",
            "{{site}} {{period}} so far",
        ),
        Promql(
            f"max by (site, period) (carbond_site_budget_projected_ratio{{{OF_SITE}}})",
            "{{site}} {{period}} projected",
        ),
        width=8,
        most=1.5,
    ),
    PANELS.curves(
        Words(
            title="How fast the budgets burn",
            says="Emissions of the last hours or days by what the budget allows in as many: at 1 "
            "it ends exactly on it. Two windows each, so that a peak wakes nobody.",
            unit=units.COUNT,
            decimals=2,
            steps=steps.BURN,
            missing="no budget",
        ),
        Promql(
            f"max by (site, period, window) (carbond_site_budget_burn_ratio{{{OF_SITE}}})",
            "{{site}} {{period}}, last {{window}}",
        ),
        width=8,
        least=0,
    ),
]

BOARD = Board(
    name="grid",
    title="carbond: grid and carbon",
    says="How clean the power is, how sure that is, and what the month will be.",
    tag=TAG,
    variables=[DATASOURCE, SITE],
    rows=[
        Row(panels=NOW),
        Row(title="Intensities", panels=INTENSITIES),
        Row(title="Emissions and budgets", panels=CARBON),
    ],
    time="now-48h",
)
