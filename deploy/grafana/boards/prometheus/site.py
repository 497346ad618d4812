"""One site, or some together: power, where it goes, and what it emits."""

from deploy.grafana.boards.prometheus import figures
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
    of_sites,
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

GRID_LINKS = [to_board("Grid and carbon", uid_of("grid", TAG), "site")]
QUALITY_LINKS = [to_board("Data quality", uid_of("quality", TAG), "site")]


def _sum(metric: str, divisor: str = "") -> Promql:
    return Promql(f"sum({of_sites(metric)}){divisor}")


NOW = [
    alerts_count(f",{OF_SITE}", width=3),
    silent_count(
        "Devices at the chosen sites that did not answer last time. Grids and exporters have no "
        "site, nor has a device that was never read: see the boards Fleet and Agent health.",
        f"sum((carbond_device_up and on (instance, device) {READ_OF}) == bool 0)",
        width=3,
    ),
    figures.power_now(width=4),
    PANELS.number(
        Words(
            title="PUE this hour",
            says="PUE of the running hour (ISO/IEC 30134-2, interim). Measured or declared is "
            "told under Data quality.",
            unit=units.PUE,
            decimals=2,
            links=QUALITY_LINKS,
        ),
        Promql(of_sites("carbond_site_pue_ratio"), "{{site}}"),
        width=3,
    ),
    figures.grid_now(width=5, links=GRID_LINKS),
    figures.emissions_now(width=3, links=GRID_LINKS),
    figures.coverage_today(width=3, links=QUALITY_LINKS),
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
    figures.estimated_today(width=4, links=QUALITY_LINKS),
    figures.month(width=4, links=GRID_LINKS),
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
        Promql(of_sites("carbond_site_budget_used_ratio", ',period="month"'), "{{site}}"),
        width=4,
    ),
    figures.projected(width=4, links=GRID_LINKS),
]

FACILITY, IT = of_sites("carbond_site_power_watts"), of_sites("carbond_site_it_power_watts")
POWER = [
    PANELS.curves(
        Words(
            title="Power",
            says="Power of IT, and on it the rest: cooling, losses, light. Of the chosen sites "
            "that know both; where none does there is a gap.",
            unit=units.WATTS,
        ),
        Promql(f"sum({IT} and {FACILITY})", "IT"),
        Promql(f"sum({FACILITY} - {IT})", "rest"),
        width=16,
        height=9,
        stacked=True,
        figures=["mean", "max"],
        least=0,
    ),
    PANELS.bars(
        Words(
            title="Lost or not metered, this hour",
            says="What went into each stage of the power chain in the running hour and was not "
            "seen by the meters behind it: lost there, or not metered. It grows until the hour "
            "ends. Stages behind the meters of IT are a part of IT: not to be added up.",
            unit=units.WATT_HOURS,
        ),
        Promql(
            "sum by (stage) "
            f"(max by (site, stage) (carbond_site_hour_loss_joules{{{OF_SITE}}})) / 3600",
            "{{stage}}",
        ),
        Promql(f"sum({of_sites('carbond_site_hour_unattributed_joules')}) / 3600", "unattributed"),
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
        *by_standing("direct"),
        width=12,
        least=0,
    ),
    figures.emissions(width=12, links=GRID_LINKS),
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
            query=Promql(
                f"max by (site, rack) (carbond_rack_redundancy_ratio{{{OF_SITE}}})"
                f" and on (site, rack) rack:carbond_meter_power_watts:sum{{{OF_TENANT}}}"
            ),
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
