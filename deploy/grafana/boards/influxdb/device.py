"""One device: all of its meters."""

from deploy.grafana.boards.influxdb.places import (
    PLACES,
    columns,
    power_now,
    sums_over_time,
    totals,
)
from deploy.grafana.boards.influxdb.room import (
    DEVICE,
    MINUTE,
    MINUTE_PANELS,
    OF_SITE,
    SITE,
    SITE_KEY,
    TABLES,
    TAG,
    choices,
    powers,
)
from deploy.grafana.parts import steps, units
from deploy.grafana.parts.board import Board, Row
from deploy.grafana.parts.influxql import FINE, Influxql
from deploy.grafana.parts.panels import Words
from deploy.grafana.parts.tables import Key

OWN = OF_SITE + "\"device\" = '$device'"
OF = "the whole device"
WHOLE = OWN + " AND \"scope\" = 'total'"

# One of each, unless several sites have a device of that name.
NUMBERS = [
    power_now(OF, WHOLE, width=6, by=["site"]),
    *totals(OF, WHOLE, width=6, by=["site"]),
]
CURVES = [
    MINUTE_PANELS.curves(
        Words(
            title="Power of each meter",
            says="Mean power of the device and its inlets, those that are kept by the minute. "
            "Views of one flow: not to be added up.",
            unit=units.WATTS,
        ),
        powers('sum("watts")', OWN, by=["site", "meter"], legend="$tag_site $tag_meter"),
        width=12,
        least=0,
    ),
    MINUTE_PANELS.curves(
        Words(
            title="Known of each minute",
            says="Mean share of each minute that has a measurement. 0 where the device is known "
            "to have been silent, a gap where nothing came.",
            unit=units.RATIO,
            decimals=0,
            steps=steps.COVERAGE,
        ),
        Influxql(
            number='mean("covered_seconds") / 60',
            table=MINUTE,
            where=WHOLE,
            by=["site", "meter"],
            legend="$tag_site $tag_meter",
            step=FINE,
        ),
        width=12,
        least=0,
    ),
    *sums_over_time(OF, WHOLE, by=["site", "meter"]),
]
METERS = TABLES.rows(
    "Meters",
    f"All meters of the device. Views of one flow: rows of several scopes are not to be added up. "
    f"{PLACES}",
    [SITE_KEY, Key(label="meter", title="Meter"), Key(label="scope", title="Scope")],
    columns(OWN, ["site", "meter", "scope"]),
    height=12,
    by="Energy",
)

BOARD = Board(
    name="device",
    title="carbond: device (InfluxDB)",
    says="One device: power by the minute, energy and emissions by the hour, of all its meters.",
    tag=TAG,
    variables=choices(SITE, DEVICE),
    rows=[
        Row(panels=NUMBERS),
        Row(title="Over time", panels=CURVES),
        Row(title="Meters", panels=[METERS]),
    ],
)
