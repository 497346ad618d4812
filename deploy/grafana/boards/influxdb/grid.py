"""What the grid said, what of it was applied, and what that came to."""

from deploy.grafana.boards.influxdb.room import (
    INTENSITY,
    PANELS,
    SITE,
    TABLES,
    TAG,
    by_standing,
    choices,
    final_share,
    of_hours,
    sums,
    tonnes,
)
from deploy.grafana.parts import steps, units
from deploy.grafana.parts.board import Board, Row
from deploy.grafana.parts.influxql import Influxql
from deploy.grafana.parts.panels import Words
from deploy.grafana.parts.tables import Column, Key

VALUE = '"grams_per_kilowatt_hour"'
SOURCE_TAGS = ["grid", "kind", "source", "zone", "mix", "period"]
KINDS = {"direct": "Direct", "lifecycle": "Life-cycle", "marginal": "Marginal"}
OF_KIND = {"direct": "location", "lifecycle": "lifecycle", "marginal": "marginal"}


BOTH = '"emissions_location_grams" >= 0 AND "grid_joules" >= 0'
"""Hours that have both; an hour of wind alone emits nothing, and counts."""


def _told(number: str, *, legend: str = "", where: str = "") -> Influxql:
    return Influxql(
        number=number,
        table=INTENSITY,
        by=SOURCE_TAGS if not legend else ["grid", "kind", "source"],
        legend=legend,
        where=where,
    )


NUMBERS = [
    PANELS.number(
        Words(
            title=f"{word} emissions",
            says=f"Emissions of the chosen sites in the time range by the {word.lower()} "
            "intensity, as booked. The three kinds are never added up.",
            unit=units.TONNES,
        ),
        of_hours(tonnes(OF_KIND[kind])),
        width=5,
    )
    for kind, word in KINDS.items()
]
NUMBERS += [
    final_share(width=4),
    PANELS.number(
        Words(
            title="Applied on average",
            says="Location-based emissions by the energy drawn from the grid: the direct intensity "
            "weighed by the energy that was drawn at it. Of sites that meter it at the boundary.",
            unit=units.GRAMS_PER_KILOWATT_HOUR,
            decimals=0,
            steps=steps.INTENSITY,
        ),
        of_hours(
            'sum("emissions_location_grams") / (sum("grid_joules") / 3600000)',
            BOTH,
        ),
        width=5,
    ),
]
APPLIED = [
    PANELS.curves(
        Words(
            title=f"{word} intensity as applied",
            says="Mean of each step, as applied to the hours of each site: final, estimated by "
            "its source (dashed), or a stand-in of the settings (dotted).",
            unit=units.GRAMS_PER_KILOWATT_HOUR,
            decimals=0,
        ),
        *by_standing(kind, f'mean("intensity_{kind}_grams_per_kilowatt_hour")', "$tag_site"),
        width=8,
        least=0,
    )
    for kind, word in KINDS.items()
]
EMISSIONS = [
    sums(
        Words(
            title="Emissions by what they stand on",
            says="Location-based emissions over each step, final, estimated and by stand-ins.",
            unit=units.TONNES,
        ),
        *by_standing("direct", tonnes()),
        width=12,
    ),
    PANELS.curves(
        Words(
            title="As the sources say it",
            says="Mean of each step of what the sources say, forecasts not included; estimates "
            "are dashed. All grids of the settings, whichever site is chosen.",
            unit=units.GRAMS_PER_KILOWATT_HOUR,
            decimals=0,
        ),
        *(
            _told(
                f"mean({VALUE})",
                legend=f"$tag_grid $tag_kind $tag_source{word}",
                where=f'"estimated" = {estimated}',
            )
            for estimated, word in ((0, ""), (1, " estimated"))
        ),
        width=12,
        least=0,
    ),
]
SOURCES = TABLES.rows(
    "Sources",
    "What each source said of the time range. Of each period the newest version is here; all "
    "versions are in the ledger.",
    [Key(label=tag, title=tag.capitalize()) for tag in SOURCE_TAGS],
    [
        Column(
            title=title,
            query=_told(f"{function}({VALUE})"),
            unit=units.GRAMS_PER_KILOWATT_HOUR,
            decimals=0,
        )
        for title, function in (("Mean", "mean"), ("Spread", "stddev"))
    ]
    + [
        Column(
            title="Estimated",
            query=_told('mean("estimated")'),
            unit=units.RATIO,
            decimals=0,
            steps=steps.ESTIMATED,
        ),
        Column(title="Periods", query=_told(f"count({VALUE})"), unit=units.COUNT),
    ],
)

BOARD = Board(
    name="grid",
    title="carbond: grid and carbon (InfluxDB)",
    says="What the grid said, what of it was applied to the hours, and what that came to.",
    tag=TAG,
    variables=choices(SITE),
    rows=[
        Row(panels=NUMBERS),
        Row(title="Applied", panels=APPLIED),
        Row(title="Emissions and sources", panels=EMISSIONS),
        Row(title="Sources", panels=[SOURCES]),
    ],
    time="now-7d",
)
