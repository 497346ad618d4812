"""One site, or some together: power, where it goes, and what it emits."""

from deploy.grafana.boards.prometheus.room import (
    DATASOURCE,
    OF_SITE,
    PANELS,
    RACK_LINKS,
    READ_OF,
    SITE,
    SITE_KEY,
    TABLES,
    TAG,
    TENANT,
    alerts_count,
    alerts_list,
    by_standing,
    silent_count,
    silent_list,
    tenants_list,
)
from deploy.grafana.parts import steps, units
from deploy.grafana.parts.board import Board, Row, uid_of
from deploy.grafana.parts.links import to_board
from deploy.grafana.parts.panels import Words
from deploy.grafana.parts.queries import Promql
from deploy.grafana.parts.tables import Column, Key

INTENSITY = "carbond_grid_intensity_direct_grams_per_kilowatt_hour"
GRID_LINKS = [to_board("Grid and carbon", uid_of("grid", TAG), "site")]
QUALITY_LINKS = [to_board("Data quality", uid_of("quality", TAG), "site")]


def _sum(metric: str, labels: str = "", divisor: str = "") -> Promql:
    return Promql(f"sum({metric}{{{OF_SITE}{labels}}}){divisor}")


NOW = [
    alerts_count(f",{OF_SITE}", width=3),
    silent_count(
        "Devices at the chosen sites that did not answer last time. Grids and exporters have no "
        "site: they are on the boards Fleet and Agent health.",
        f"sum((carbond_device_up and on (instance, device) {READ_OF}) == bool 0)",
        width=3,
    ),
    PANELS.number(
        Words(
            title="Power now",
            says="Power of the facility as of the last readings, of all chosen sites that know it.",
            unit=units.WATTS,
        ),
        _sum("carbond_site_power_watts"),
        width=4,
    ),
    PANELS.number(
        Words(
            title="PUE this hour",
            says="PUE of the running hour (ISO/IEC 30134-2, interim). Measured or declared is "
            "told under Data quality.",
            unit=units.PUE,
            decimals=2,
            links=QUALITY_LINKS,
        ),
        Promql(f"max by (site) (carbond_site_pue_ratio{{{OF_SITE}}})", "{{site}}"),
        width=3,
    ),
    PANELS.number(
        Words(
            title="Grid now",
            says="Direct average intensity applied to the running hour. The name says what it "
            "stands on: final, an estimate of its source, or a stand-in.",
            unit=units.GRAMS_PER_KILOWATT_HOUR,
            decimals=0,
            steps=steps.INTENSITY,
            links=GRID_LINKS,
        ),
        *by_standing("direct", INTENSITY),
        width=5,
        named=True,
    ),
    PANELS.number(
        Words(
            title="Emissions now",
            says="Power now at the direct intensity of the running hour, location-based: a rate.",
            unit=units.KILOGRAMS_PER_HOUR,
            links=GRID_LINKS,
        ),
        _sum("carbond_site_emissions_location_grams_per_hour", divisor=" / 1000"),
        width=3,
    ),
    PANELS.number(
        Words(
            title="Coverage today",
            says="Share of today that is known, measured or interpolated. The rest is missing in "
            "all totals.",
            unit=units.RATIO,
            decimals=1,
            steps=steps.COVERAGE,
            links=QUALITY_LINKS,
        ),
        Promql(f"max by (site) (carbond_site_coverage_ratio{{{OF_SITE}}})", "{{site}}"),
        width=3,
    ),
]

TOTALS = [
    PANELS.number(
        Words(
            title="Energy today",
            says="Energy of the facility in the site's own day, from the ledger, provisional "
            "until its hours are closed. Its coverage stands above.",
            unit=units.WATT_HOURS,
        ),
        _sum("carbond_site_energy_today_joules", divisor=" / 3600"),
        width=4,
    ),
    PANELS.number(
        Words(
            title="Emissions today",
            says="Location-based, from the ledger. Absent while too little of the day is known.",
            unit=units.TONNES,
            links=GRID_LINKS,
        ),
        _sum("carbond_site_emissions_location_today_grams", divisor=" / 1e6"),
        width=4,
    ),
    PANELS.number(
        Words(
            title="Estimated today",
            says="Share of today's energy whose intensity its source calls an estimate: these "
            "emissions will be restated.",
            unit=units.RATIO,
            decimals=0,
            steps=steps.ESTIMATED,
            links=QUALITY_LINKS,
        ),
        Promql(
            "max by (site) (carbond_site_emissions_location_today_energy_ratio"
            f'{{{OF_SITE},standing="estimated"}})',
            "{{site}}",
        ),
        width=4,
    ),
    PANELS.number(
        Words(
            title="Emissions this month",
            says="Location-based, of this month so far in the site's time zone, from the ledger.",
            unit=units.TONNES,
            links=GRID_LINKS,
        ),
        _sum("carbond_site_emissions_location_month_grams", divisor=" / 1e6"),
        width=4,
    ),
    PANELS.number(
        Words(
            title="Of the month's budget",
            says="What this month has emitted so far by the budget of the settings.",
            unit=units.RATIO,
            decimals=0,
            steps=steps.BUDGET,
            missing="no budget",
            links=GRID_LINKS,
        ),
        Promql(
            f'max by (site) (carbond_site_budget_used_ratio{{{OF_SITE},period="month"}})',
            "{{site}}",
        ),
        width=4,
    ),
    PANELS.number(
        Words(
            title="Projected at its end",
            says="What the month will have emitted by the budget, if it goes on like this. Over "
            "100 % the budget does not last.",
            unit=units.RATIO,
            decimals=0,
            steps=steps.BUDGET,
            missing="no budget",
            links=GRID_LINKS,
        ),
        Promql(
            f'max by (site) (carbond_site_budget_projected_ratio{{{OF_SITE},period="month"}})',
            "{{site}}",
        ),
        width=4,
    ),
]

BOTH = "carbond_site_power_watts{s} - on (site) carbond_site_it_power_watts{s}".format(
    s=f"{{{OF_SITE}}}"
)
POWER = [
    PANELS.curves(
        Words(
            title="Power",
            says="Power of IT, and on it the rest: cooling, losses, light. Where one of both is "
            "not known there is a gap.",
            unit=units.WATTS,
        ),
        Promql(f"sum(carbond_site_it_power_watts{{{OF_SITE}}})", "IT"),
        Promql(f"sum({BOTH})", "rest"),
        width=16,
        height=9,
        stacked=True,
        figures=["mean", "max"],
        least=0,
    ),
    PANELS.bars(
        Words(
            title="Lost on the way, this hour",
            says="Energy of the running hour lost in each stage of the power chain, and what no "
            "meter behind the boundary has seen. It grows until the hour ends.",
            unit=units.WATT_HOURS,
        ),
        Promql(f"sum by (stage) (carbond_site_hour_loss_joules{{{OF_SITE}}}) / 3600", "{{stage}}"),
        Promql(f"sum(carbond_site_hour_unattributed_joules{{{OF_SITE}}}) / 3600", "unattributed"),
        width=8,
        height=9,
    ),
    PANELS.curves(
        Words(
            title="Grid intensity",
            says="Direct average intensity applied to each hour: a line where it is final, dashes "
            "where its source calls it an estimate, dots where a stand-in is applied.",
            unit=units.GRAMS_PER_KILOWATT_HOUR,
            decimals=0,
            links=GRID_LINKS,
        ),
        *by_standing("direct", INTENSITY),
        width=12,
        least=0,
    ),
    PANELS.curves(
        Words(
            title="Emissions",
            says="Power at the direct intensity of the hour, location-based: a rate.",
            unit=units.KILOGRAMS_PER_HOUR,
            links=GRID_LINKS,
        ),
        Promql(
            f"max by (site) (carbond_site_emissions_location_grams_per_hour{{{OF_SITE}}}) / 1000",
            "{{site}}",
        ),
        width=12,
        least=0,
    ),
]

OF_TENANT = f'{OF_SITE},tenant=~"$tenant"'
RACKS = TABLES.rows(
    "Racks",
    "Power of the PDUs of each rack, and of its feeds A and B. Load: the highest of all inlets and "
    "phases by rating. By one feed: what the smallest feed would carry alone; over 100 % it could "
    "not. A dash: no rating in the settings, or no reading.",
    [SITE_KEY, Key(label="rack", title="Rack", links=RACK_LINKS)],
    [
        Column(
            title="Power",
            query=Promql(
                f"sum by (site, rack) (rack:carbond_meter_power_watts:sum{{{OF_TENANT}}})"
            ),
            unit=units.WATTS,
        ),
        *(
            Column(
                title=f"Feed {feed}",
                query=Promql(
                    "sum by (site, rack) (rack_feed:carbond_meter_power_watts:sum"
                    f'{{{OF_TENANT},feed="{feed}"}})'
                ),
                unit=units.WATTS,
            )
            for feed in "AB"
        ),
        Column(
            title="Load",
            query=Promql(f"max by (site, rack) (rack:carbond_meter_load_ratio:max{{{OF_TENANT}}})"),
            unit=units.RATIO,
            decimals=0,
            steps=steps.LOAD,
            gauge=True,
        ),
        Column(
            title="By one feed",
            query=Promql(f"max by (site, rack) (carbond_rack_redundancy_ratio{{{OF_SITE}}})"),
            unit=units.RATIO,
            decimals=0,
            steps=steps.REDUNDANCY,
        ),
        Column(
            title="24 hours",
            query=Promql(
                f"sum by (site, rack) (rack:carbond_meter_energy_joules:increase1d{{{OF_TENANT}}})"
                " / 3600"
            ),
            unit=units.WATT_HOURS,
        ),
        Column(
            title="PDUs read",
            query=Promql(
                f"sum by (site, rack) (rack_feed:carbond_meter_power_watts:count{{{OF_TENANT}}})"
            ),
            unit=units.COUNT,
        ),
    ],
    height=10,
    by="Power",
)

TENANTS = [
    PANELS.curves(
        Words(
            title="Power by tenant",
            says="Power of the PDUs with the tag `tenant`, one tenant on the other.",
            unit=units.WATTS,
            missing="No PDU has a tag `tenant`.",
        ),
        Promql(
            f"sum by (tenant) (tenant:carbond_meter_power_watts:sum{{{OF_TENANT}}})", "{{tenant}}"
        ),
        width=12,
        stacked=True,
        figures=["mean", "max"],
        least=0,
    ),
    tenants_list(OF_TENANT, width=12),
]

BOARD = Board(
    name="site",
    title="carbond: site",
    says="One site, or some together: what is wrong, how much power and where, how clean.",
    tag=TAG,
    variables=[DATASOURCE, SITE, TENANT],
    rows=[
        Row(panels=NOW),
        Row(title="Totals, with what they stand on", panels=TOTALS),
        Row(title="Power and carbon", panels=POWER),
        Row(title="Racks", panels=[RACKS]),
        Row(title="Tenants", panels=TENANTS),
        Row(
            title="Needs a look",
            panels=[alerts_list(f",{OF_SITE}", width=14), silent_list(width=10)],
        ),
    ],
)
