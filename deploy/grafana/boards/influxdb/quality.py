"""How well the figures are known: what is missing, interpolated, estimated, contradictory."""

from deploy.grafana.boards.influxdb.room import (
    DEVICE_KEY,
    HOUR,
    MINUTE,
    MINUTE_PANELS,
    OF_SITE,
    OVER,
    PANELS,
    SITE,
    SITE_HOUR,
    SITE_KEY,
    SITE_NAMED,
    TABLES,
    TAG,
    choices,
    final_share,
    of_hours,
    sums,
)
from deploy.grafana.parts import steps, units
from deploy.grafana.parts.board import Board, Row
from deploy.grafana.parts.influxql import FINE, Influxql, Selected
from deploy.grafana.parts.panels import Words
from deploy.grafana.parts.tables import Column, Key

OF_SUMS = {"facility": "facility", "it": "IT", "grid": "grid", "unattributed": "not attributed"}
WORST = Selected(
    numbers='mean("coverage_ratio") AS "known"',
    table=HOUR,
    where=SITE_NAMED,
    by=["meter", "device", "site"],
)


def _share(title: str, says: str, of: steps.Steps = steps.COVERAGE) -> Words:
    return Words(title=title, says=says, unit=units.RATIO, decimals=1, steps=of)


def _count(title: str, says: str) -> Words:
    return Words(title=title, says=says, unit=units.COUNT, steps=steps.SOME_ARE_BEARABLE)


NUMBERS = [
    PANELS.number(
        _share("Coverage", "Share of the booked hours that is known, measured or interpolated."),
        of_hours('mean("coverage_ratio")'),
        width=4,
    ),
    PANELS.number(
        _share(
            "Interpolated",
            "Share of the booked hours that is known as a sum over a gap, a lower bound or a "
            "repair: the energy is right, its minutes are not known.",
            steps.NEUTRAL,
        ),
        of_hours('mean("interpolated_ratio")'),
        width=4,
    ),
    final_share(width=4),
    PANELS.number(
        _share(
            "PUE measured",
            "Share of the hours that are over whose PUE is measured; in the others it is declared.",
            steps.NEUTRAL,
        ),
        of_hours('mean("pue_measured")', OVER),
        width=4,
    ),
    PANELS.number(
        _count(
            "Hours without emissions",
            "Hours that are over and have no location-based emissions, for want of an intensity "
            "or of energy. They are missing in all sums.",
        ),
        Influxql(
            number='count("version") - count("emissions_location_grams")',
            table=SITE_HOUR,
            where=OF_SITE + OVER,
            absent=0,
        ),
        width=4,
    ),
    PANELS.number(
        _count(
            "Contradictions",
            "Nodes, summed over hours, out of which more flowed than into them, past what their "
            "meters may err by.",
        ),
        of_hours('sum("broken_nodes")', OVER),
        width=4,
    ),
]
COVERAGE = [
    PANELS.curves(
        _share(
            "Coverage of each sum",
            "Share that is known of each sum by its own meters, mean of each step.",
        ),
        *(
            of_hours(
                f'mean("{name}_coverage_ratio")', OVER, by=["site"], legend=f"$tag_site {word}"
            )
            for name, word in OF_SUMS.items()
        ),
        width=12,
        least=0,
    ),
    PANELS.curves(
        _share(
            "Interpolated of each sum",
            "Share known as a sum over a gap, a lower bound or a repair, mean of each step.",
            steps.NEUTRAL,
        ),
        *(
            of_hours(
                f'mean("{name}_interpolated_ratio")', OVER, by=["site"], legend=f"$tag_site {word}"
            )
            for name, word in OF_SUMS.items()
        ),
        width=12,
        least=0,
    ),
    PANELS.curves(
        _share(
            "Hours on estimates and stand-ins",
            "Share of the hours of each step whose direct intensity its source calls an estimate, "
            "and of those to which a stand-in of the settings is applied.",
            steps.NEUTRAL,
        ),
        *(
            of_hours(
                f'mean("intensity_direct_{name}")', OVER, by=["site"], legend=f"$tag_site {name}"
            )
            for name in ("estimated", "fallback")
        ),
        width=12,
        least=0,
    ),
    PANELS.curves(
        _share(
            "Coverage of the PUE",
            "Share of the hours in which both sides of the PUE were measured, mean of each step.",
        ),
        of_hours('mean("pue_coverage_ratio")', OVER, by=["site"], legend="$tag_site"),
        width=12,
        least=0,
    ),
]
MINUTES = [
    MINUTE_PANELS.curves(
        Words(
            title="Meters with a minute",
            says="How many meters have a minute with a measurement, by place: the most of each "
            "step. A step down is a silence.",
            unit=units.COUNT,
        ),
        Influxql(
            number='count("covered")',
            table=Selected(
                numbers='max("covered_seconds") AS "covered"',
                table=MINUTE,
                where=OF_SITE + '"covered_seconds" > 0',
                by=["role", "scope", "site", "meter"],
            ),
            by=["role", "scope"],
            legend="$tag_role $tag_scope",
            step=FINE,
        ),
        width=12,
        least=0,
    ),
    MINUTE_PANELS.curves(
        _share(
            "Minutes in gaps",
            "Share of the minutes whose energy lies somewhere in a longer gap, and of those that "
            "are the least it can have been, after a reset.",
            steps.NEUTRAL,
        ),
        *(
            Influxql(
                number=f'mean("{name}")',
                table=MINUTE,
                where=SITE_NAMED,
                legend=name.replace("_", " "),
                step=FINE,
            )
            for name in ("interpolated", "lower_bound")
        ),
        width=12,
        least=0,
    ),
]
TREE = [
    sums(
        Words(
            title="Not attributed",
            says="Energy across the boundary that no meter behind it has seen, over each step. "
            "Where its coverage is below 1 it may be energy of meters that are missing.",
            unit=units.WATT_HOURS,
        ),
        of_hours('sum("unattributed_joules") / 3600', OVER, by=["site"], legend="$tag_site"),
        width=12,
    ),
    sums(
        Words(
            title="Contradictions",
            says="Nodes out of which more flowed than into them, past what their meters may err "
            "by: in each hour, summed over each step.",
            unit=units.COUNT,
        ),
        of_hours('sum("broken_nodes")', OVER, by=["site"], legend="$tag_site"),
        width=12,
    ),
]
WORST_TABLE = TABLES.rows(
    "Least known meters",
    "The 30 meters with the lowest coverage of their booked hours.",
    [Key(label="meter", title="Meter"), DEVICE_KEY, SITE_KEY],
    [
        Column(
            title="Coverage",
            query=Influxql(number='bottom("known", "meter", "device", "site", 30)', table=WORST),
            unit=units.RATIO,
            decimals=1,
            steps=steps.COVERAGE,
            gauge=True,
        )
    ],
)

BOARD = Board(
    name="quality",
    title="carbond: data quality (InfluxDB)",
    says="How well the figures are known: what is missing, interpolated, estimated, contradictory.",
    tag=TAG,
    variables=choices(SITE),
    rows=[
        Row(panels=NUMBERS),
        Row(title="Coverage", panels=COVERAGE),
        Row(title="Minutes", panels=MINUTES),
        Row(title="Metering tree", panels=TREE),
        Row(title="Meters", panels=[WORST_TABLE]),
    ],
    time="now-7d",
)
