"""All sites at a glance."""

from deploy.grafana.boards.prometheus.room import (
    DATASOURCE,
    PANELS,
    SITE_KEY,
    TABLES,
    TAG,
    alerts_count,
    alerts_list,
    intensity,
    silent_count,
    tenants_list,
)
from deploy.grafana.parts import steps, units
from deploy.grafana.parts.board import Board, Row
from deploy.grafana.parts.panels import Words
from deploy.grafana.parts.queries import Promql
from deploy.grafana.parts.tables import Column

FIRST = Row(
    panels=[
        alerts_count("", width=2),
        silent_count(
            "Devices, grids and exporters of all agents that did not answer last time.",
            "sum(carbond_device_up == bool 0)",
            width=2,
        ),
        PANELS.number(
            Words(
                title="Power now",
                says="Power of all facilities that know it, watts of the last readings. The sites "
                "it is a sum of are counted beside it.",
                unit=units.WATTS,
            ),
            Promql("fleet:carbond_site_power_watts:sum"),
            width=3,
        ),
        PANELS.number(
            Words(
                title="Sites in it",
                says="How many sites the power is a sum of. Fewer than yesterday is no saving.",
                unit=units.COUNT,
            ),
            Promql("fleet:carbond_site_power_watts:count"),
            width=2,
        ),
        PANELS.number(
            Words(
                title="PUE now",
                says="Power of the facilities by power of IT, of the sites that know both; not a "
                "mean of PUEs, which would weigh a cupboard like a hall.",
                unit=units.PUE,
                decimals=2,
            ),
            Promql("fleet:carbond_site_pue:ratio"),
            width=3,
        ),
        PANELS.number(
            Words(
                title="Grid now",
                says="What a kWh of the fleet emits: direct average intensities of the running "
                "hour, weighed by the power drawn at them. Final or estimated is on each site.",
                unit=units.GRAMS_PER_KILOWATT_HOUR,
                decimals=0,
                steps=steps.INTENSITY,
            ),
            Promql("fleet:carbond_grid_intensity_direct_grams_per_kilowatt_hour:avg"),
            width=3,
        ),
        PANELS.number(
            Words(
                title="Emissions now",
                says="Power drawn from the grid at the intensity of the running hour, "
                "location-based: a rate, never summed. The month beside it is of the ledger.",
                unit=units.KILOGRAMS_PER_HOUR,
            ),
            Promql("fleet:carbond_site_emissions_location_grams_per_hour:sum / 1000"),
            width=3,
        ),
        PANELS.number(
            Words(
                title="This month",
                says="Location-based emissions of this month so far, from the ledgers, each site "
                "in its own time zone.",
                unit=units.TONNES,
            ),
            Promql("fleet:carbond_site_emissions_location_month_grams:sum / 1e6"),
            width=3,
        ),
        PANELS.number(
            Words(
                title="Coverage",
                says="Share of today that is known, measured or interpolated, sites weighed by "
                "their last power. The rest is missing in all totals, and counted nowhere as zero.",
                unit=units.RATIO,
                decimals=1,
                steps=steps.COVERAGE,
            ),
            Promql("fleet:carbond_site_coverage_ratio:avg"),
            width=3,
        ),
    ]
)


def _of(metric: str, divisor: str = "") -> Promql:
    return Promql(f"max by (site) ({metric}){divisor}")


SITES = TABLES.rows(
    "Sites",
    "A row for each site; a click on its name opens it. Now: the last readings. Today and month: "
    "the ledger, in the site's own time zone, location-based. A dash is not known, never zero.",
    [SITE_KEY],
    [
        Column(title="Power", query=_of("carbond_site_power_watts"), unit=units.WATTS),
        Column(title="IT", query=_of("carbond_site_it_power_watts"), unit=units.WATTS),
        Column(title="PUE", query=_of("carbond_site_pue_ratio"), unit=units.PUE, decimals=2),
        Column(
            title="Grid",
            query=_of(intensity("direct")),
            unit=units.GRAMS_PER_KILOWATT_HOUR,
            decimals=0,
            steps=steps.INTENSITY,
        ),
        Column(
            title="Now",
            query=_of("carbond_site_emissions_location_grams_per_hour", " / 1000"),
            unit=units.KILOGRAMS_PER_HOUR,
        ),
        Column(
            title="Today",
            query=_of("carbond_site_emissions_location_today_grams", " / 1e6"),
            unit=units.TONNES,
        ),
        Column(
            title="Month",
            query=_of("carbond_site_emissions_location_month_grams", " / 1e6"),
            unit=units.TONNES,
        ),
        Column(
            title="Of its budget",
            query=_of('carbond_site_budget_used_ratio{period="month"}'),
            unit=units.RATIO,
            decimals=0,
            steps=steps.BUDGET,
            gauge=True,
        ),
        Column(
            title="Projected",
            query=_of('carbond_site_budget_projected_ratio{period="month"}'),
            unit=units.RATIO,
            decimals=0,
            steps=steps.BUDGET,
        ),
        Column(
            title="Coverage today",
            query=_of("carbond_site_coverage_ratio"),
            unit=units.RATIO,
            decimals=1,
            steps=steps.COVERAGE,
        ),
        Column(
            title="Estimated today",
            query=_of('carbond_site_emissions_location_today_energy_ratio{standing="estimated"}'),
            unit=units.RATIO,
            decimals=0,
            steps=steps.ESTIMATED,
        ),
        Column(
            title="Meters read",
            query=Promql("site:carbond_meters_read:count / site:carbond_meters:count"),
            unit=units.RATIO,
            decimals=1,
            steps=steps.COVERAGE,
        ),
    ],
    height=9,
    by="Power",
)

OVER_TIME = [
    PANELS.curves(
        Words(
            title="Power by site",
            says="Power of each facility, one on the other. Where a site does not know its power "
            "there is a gap: the height of the others is then not the fleet's.",
            unit=units.WATTS,
        ),
        Promql("max by (site) (carbond_site_power_watts)", "{{site}}"),
        width=12,
        stacked=True,
        least=0,
    ),
    PANELS.curves(
        Words(
            title="Emissions by site",
            says="Power drawn from the grid at the direct intensity of the hour, location-based, "
            "one site on the other.",
            unit=units.KILOGRAMS_PER_HOUR,
        ),
        Promql("max by (site) (carbond_site_emissions_location_grams_per_hour) / 1000", "{{site}}"),
        width=12,
        stacked=True,
        least=0,
    ),
    PANELS.curves(
        Words(
            title="PUE by site",
            says="PUE of each hour (ISO/IEC 30134-2, interim), measured or declared: which of "
            "them is on the site's board.",
            unit=units.PUE,
            decimals=2,
        ),
        Promql("max by (site) (carbond_site_pue_ratio)", "{{site}}"),
        width=12,
        least=1,
    ),
    PANELS.curves(
        Words(
            title="Grid intensity by site",
            says="Direct average intensity applied to each hour; final and estimated are told "
            "apart on the board Grid and carbon.",
            unit=units.GRAMS_PER_KILOWATT_HOUR,
            decimals=0,
        ),
        Promql(f"max by (site) ({intensity('direct')})", "{{site}}"),
        width=12,
        least=0,
    ),
]

BOARD = Board(
    name="fleet",
    title="carbond: fleet",
    says="All sites at a glance: what is wrong, how much power, how clean.",
    tag=TAG,
    variables=[DATASOURCE],
    rows=[
        FIRST,
        Row(title="Sites", panels=[SITES]),
        Row(title="Over time", panels=OVER_TIME),
        Row(title="Tenants and alerts", panels=[tenants_list(width=12), alerts_list("", width=12)]),
    ],
)
