"""All sites at a glance, from their hours."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders import stat

from deploy.grafana.boards.influxdb.room import (
    BOUNDARY,
    FACILITY_PUE,
    MEASURED_PUE,
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
    energy,
    final_share,
    of_hours,
    recent,
    sums,
    tonnes,
)
from deploy.grafana.parts import steps, units
from deploy.grafana.parts.board import Board, Row
from deploy.grafana.parts.influxql import Influxql, Selected
from deploy.grafana.parts.panels import Words
from deploy.grafana.parts.tables import Column

ENERGY_WORDS = Words(
    title="Energy",
    says="Energy of all facilities in the time range, the running hour included. What is missing "
    "is not in it: see the coverage beside it.",
    unit=units.WATT_HOURS,
)
EMISSIONS_WORDS = Words(
    title="Emissions",
    says="g CO2e of all facilities in the time range, location-based (average direct intensity), "
    "as booked: a restated hour has replaced the one before.",
    unit=units.TONNES,
)
PUE_WORDS = Words(
    title="PUE",
    says="Energy of the facilities by energy of IT, over the hours that are over and measured "
    "(ISO/IEC 30134-2, interim); not a mean of PUEs.",
    unit=units.PUE,
    decimals=2,
)
COVERAGE_WORDS = Words(
    title="Coverage",
    says="Share of the booked hours that is known, measured or interpolated. The rest is missing "
    "in all totals, and counted nowhere as zero. An hour that was never booked is not in it: see "
    "the hours booked.",
    unit=units.RATIO,
    decimals=1,
    steps=steps.COVERAGE,
)
POWER_WORDS = Words(
    title="Power now",
    says="Last power of the meters at the boundary (utility, generators, on-site generation), "
    "none older than ten minutes at the end of the time range. A utility meter behind another one "
    "is in it twice; it is not in the energy.",
    unit=units.WATTS,
)


def totals(*, first: Sequence[stat.Panel]) -> Row:
    """Return the numbers of the time range, after two others."""
    return Row(
        panels=[
            *first,
            PANELS.number(ENERGY_WORDS, of_hours(energy()), width=4),
            PANELS.number(PUE_WORDS, of_hours(FACILITY_PUE, MEASURED_PUE), width=3),
            PANELS.number(EMISSIONS_WORDS, of_hours(tonnes()), width=4),
            final_share(width=3),
            PANELS.number(COVERAGE_WORDS, of_hours('mean("coverage_ratio")'), width=3),
        ]
    )


SITES_COUNT = PANELS.number(
    Words(
        title="Sites",
        says="Sites with an hour in the time range. Fewer than yesterday is no saving.",
        unit=units.COUNT,
    ),
    Influxql(
        number='count("hours")',
        table=Selected(
            numbers='count("version") AS "hours"', table=SITE_HOUR, where=SITE_NAMED, by=["site"]
        ),
    ),
    width=3,
)
POWER_NOW = MINUTE_PANELS.number(POWER_WORDS, recent('sum("watts")', OF_SITE + BOUNDARY), width=4)

SITES = TABLES.rows(
    "Sites",
    "A row for each site; a click on its name opens it. Sums over the time range, as booked. "
    "Estimated: share of the hours whose direct intensity is an estimate and will be written "
    "over. Hours booked: of the time range; below 100 % before the agent ran. A dash is not "
    "known, never zero.",
    [SITE_KEY],
    [
        Column(title="Energy", query=of_hours(energy(), by=["site"]), unit=units.WATT_HOURS),
        Column(title="IT", query=of_hours(energy("it"), by=["site"]), unit=units.WATT_HOURS),
        Column(
            title="PUE",
            query=of_hours(FACILITY_PUE, MEASURED_PUE, by=["site"]),
            unit=units.PUE,
            decimals=2,
        ),
        Column(title="Emissions", query=of_hours(tonnes(), by=["site"]), unit=units.TONNES),
        Column(
            title="Life-cycle",
            query=of_hours(tonnes("lifecycle"), by=["site"]),
            unit=units.TONNES,
        ),
        Column(
            title="Estimated",
            query=of_hours('mean("intensity_direct_estimated")', by=["site"]),
            unit=units.RATIO,
            decimals=0,
            steps=steps.ESTIMATED,
        ),
        Column(
            title="Coverage",
            query=of_hours('mean("coverage_ratio")', by=["site"]),
            unit=units.RATIO,
            decimals=1,
            steps=steps.COVERAGE,
        ),
        Column(
            title="Hours booked",
            query=of_hours('count("version") * 3600 / $__range_s', by=["site"]),
            unit=units.RATIO,
            decimals=0,
            steps=steps.COVERAGE,
        ),
    ],
    by="Energy",
)

OVER_TIME = [
    sums(
        Words(
            title="Energy by site",
            says="Energy of each facility over each step, one on the other. A site without an "
            "hour is not in it: the height of the others is then not the fleet's.",
            unit=units.WATT_HOURS,
        ),
        of_hours(energy(), by=["site"], legend="$tag_site"),
        width=12,
    ),
    sums(
        Words(
            title="Emissions by site",
            says="Location-based emissions of each facility over each step, as booked.",
            unit=units.TONNES,
        ),
        of_hours(tonnes(), by=["site"], legend="$tag_site"),
        width=12,
    ),
    PANELS.curves(
        Words(
            title="PUE by site",
            says="Energy of the facility by energy of IT over each step, of the hours that are "
            "over and whose PUE is measured.",
            unit=units.PUE,
            decimals=2,
        ),
        of_hours(FACILITY_PUE, MEASURED_PUE, by=["site"], legend="$tag_site"),
        width=12,
        least=1,
    ),
    PANELS.curves(
        Words(
            title="Grid intensity by site",
            says="Direct average intensity as applied, mean of each step. Final and estimated are "
            "told apart on the board Grid and carbon.",
            unit=units.GRAMS_PER_KILOWATT_HOUR,
            decimals=0,
        ),
        of_hours(
            'mean("intensity_direct_grams_per_kilowatt_hour")',
            OVER,
            by=["site"],
            legend="$tag_site",
        ),
        width=12,
        least=0,
    ),
]

BOARD = Board(
    name="fleet",
    title="carbond: fleet (InfluxDB)",
    says="All sites at a glance: how much energy, how clean, how well known.",
    tag=TAG,
    variables=choices(SITE),
    rows=[
        totals(first=[SITES_COUNT, POWER_NOW]),
        Row(title="Sites", panels=[SITES]),
        Row(title="Over time", panels=OVER_TIME),
    ],
    time="now-7d",
)
