"""Data quality: how much is known, what it stands on, and what contradicts itself."""

from deploy.grafana.boards.prometheus import figures
from deploy.grafana.boards.prometheus.room import (
    DATASOURCE,
    DEVICE_OF_SITE_LINKS,
    OF_SITE,
    PANELS,
    READ,
    SITE,
    SITE_KEY,
    TABLES,
    TAG,
    of_sites,
    silent_list,
)
from deploy.grafana.parts import steps, units
from deploy.grafana.parts.board import Board, Row
from deploy.grafana.parts.panels import Words
from deploy.grafana.parts.queries import Promql
from deploy.grafana.parts.steps import Steps
from deploy.grafana.parts.tables import Column, Key


def _share(title: str, says: str, of: Steps) -> Words:
    return Words(title=title, says=says, unit=units.RATIO, decimals=1, steps=of)


def _by_site(metric: str, more: str = "") -> Promql:
    return Promql(of_sites(metric, more), "{{site}}")


TODAY = of_sites("carbond_site_energy_today_joules")
SHARES = f"max by (site, standing) ({figures.STANDING}{{{OF_SITE}}})"
STANDINGS = (
    f"sum by (standing) ({SHARES} * on (site) group_left {TODAY})"
    f" / on () group_left sum({TODAY} and on (site) {SHARES})"
)
"""Shares of several sites cannot be stacked: they are weighed with the energy they are of."""

NOW = [
    figures.coverage_today(width=4),
    PANELS.number(
        _share(
            "Coverage this hour",
            "Share of the running hour that is known. The last minute is known once the reading "
            "after it has come.",
            steps.COVERAGE,
        ),
        _by_site("carbond_site_hour_coverage_ratio"),
        width=4,
    ),
    PANELS.number(
        _share(
            "Meters read",
            "Meters of whole devices that were read in the last 150 s, of all that were ever read.",
            steps.COVERAGE,
        ),
        Promql(
            f"site:carbond_meters_read:count{{{OF_SITE}}} / site:carbond_meters:count{{{OF_SITE}}}",
            "{{site}}",
        ),
        width=4,
    ),
    figures.estimated_today(width=4),
    PANELS.number(
        _share(
            "Stand-ins today",
            "Share of today's energy for which a stand-in of the settings is applied, for want of "
            "an intensity.",
            steps.FALLBACK,
        ),
        _by_site(figures.STANDING, ',standing="fallback"'),
        width=4,
    ),
    PANELS.number(
        _share(
            "PUE measured today",
            "Share of today's energy in hours whose PUE is measured; in the others the declared "
            "one is applied.",
            steps.MEASURED,
        ),
        _by_site("carbond_site_pue_measured_today_ratio"),
        width=4,
    ),
]

KNOWN = [
    PANELS.curves(
        _share(
            "Coverage of each sum",
            "Share of each hour that is known of each sum, by its own meters. It begins low in "
            "every hour and is whole at its end.",
            steps.NEUTRAL,
        ),
        Promql(
            f"min by (site, sum) (carbond_site_hour_sum_coverage_ratio{{{OF_SITE}}})",
            "{{site}} {{sum}}",
        ),
        width=12,
    ),
    PANELS.curves(
        _share(
            "Interpolated",
            "Share of each hour that is known as a sum over a gap or as a lower bound: its energy "
            "is right, its minutes are not known.",
            steps.NEUTRAL,
        ),
        Promql(
            f"max by (site, sum) (carbond_site_hour_sum_interpolated_ratio{{{OF_SITE}}})",
            "{{site}} {{sum}}",
        ),
        width=12,
        least=0,
    ),
    PANELS.curves(
        _share(
            "What today's emissions stand on",
            "Share of the day's energy of the chosen sites by what its direct intensity stands on; "
            "together 100 %. It starts again at each midnight of a site.",
            steps.NEUTRAL,
        ),
        Promql(STANDINGS, "{{standing}}"),
        width=12,
        stacked=True,
        least=0,
    ),
    PANELS.curves(
        _share(
            "Coverage of the PUE",
            "Share of each hour in which both sides of the PUE were measured, and whether the "
            "PUE that is shown is the measured one (100 %) or the declared one (0 %).",
            steps.NEUTRAL,
        ),
        Promql(of_sites("carbond_site_pue_coverage_ratio"), "{{site}} coverage"),
        Promql(of_sites("carbond_site_pue_measured"), "{{site}} measured"),
        width=12,
        least=0,
    ),
]

DRIFT = PANELS.curves(
    Words(
        title="PUE by its own past",
        says="PUE of the last 24 hours, weighed by energy, and of the 28 days before. Their "
        "distance is the drift; the past needs 7 days of measured hours.",
        unit=units.PUE,
        decimals=3,
    ),
    Promql(of_sites("carbond_site_pue_day_ratio"), "{{site}} last day"),
    Promql(of_sites("carbond_site_pue_past_ratio"), "{{site}} 28 days before"),
    width=6,
)
RESIDUALS = TABLES.rows(
    "Meters that contradict each other",
    "Residual of a node in the last closed hour by what the errors of its meters allow: over 1, a "
    "meter, a place in the tree or a register is wrong. The highest first.",
    [SITE_KEY, Key(label="node", title="Node")],
    [
        Column(
            title="By its bound",
            query=Promql(
                f"topk(20, max by (site, node) (carbond_node_residual_ratio{{{OF_SITE}}}))"
            ),
            unit=units.COUNT,
            decimals=2,
            steps=steps.BOUND,
        )
    ],
    width=8,
    by="By its bound",
    missing="No node has a residual.",
)
UNATTRIBUTED = PANELS.curves(
    Words(
        title="Not attributed",
        says="Energy of each hour that no meter behind the boundary has seen (it grows until the "
        "hour ends).",
        unit=units.WATT_HOURS,
    ),
    Promql(f"{of_sites('carbond_site_hour_unattributed_joules')} / 3600", "{{site}}"),
    width=6,
)
BROKEN = PANELS.number(
    Words(
        title="Broken nodes",
        says="Nodes out of which more has flowed in the running hour than into them.",
        unit=units.COUNT,
        steps=steps.SOME_ARE_BEARABLE,
    ),
    _by_site("carbond_site_hour_broken_nodes"),
    width=4,
    height=8,
)
OLDEST = TABLES.rows(
    "Readings that are the oldest",
    "The 15 meters of the chosen sites that were read longest ago.",
    [
        SITE_KEY,
        Key(label="rack", title="Rack"),
        Key(label="device", title="Device", links=DEVICE_OF_SITE_LINKS),
        Key(label="meter", title="Meter"),
    ],
    [
        Column(
            title="Read",
            query=Promql(
                f"1000 * bottomk(15, max by (site, rack, device, meter) ({READ}{{{OF_SITE}}}))"
            ),
            unit=units.MOMENT,
        )
    ],
    width=12,
)

BOARD = Board(
    name="quality",
    title="carbond: data quality",
    says="How much is known, what it stands on, and what contradicts itself.",
    tag=TAG,
    variables=[DATASOURCE, SITE],
    rows=[
        Row(panels=NOW),
        Row(title="What is known", panels=KNOWN),
        Row(title="What contradicts itself", panels=[RESIDUALS, BROKEN, UNATTRIBUTED, DRIFT]),
        Row(title="Who is silent", panels=[silent_list(width=12), OLDEST]),
    ],
    time="now-48h",
)
