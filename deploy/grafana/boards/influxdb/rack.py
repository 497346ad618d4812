"""One rack, or some: its feeds, its outlets, and its share of the carbon."""

from deploy.grafana.boards.influxdb.places import (
    KNOWN,
    PLACES,
    columns,
    of_meters,
    power_now,
    sums_over_time,
    totals,
)
from deploy.grafana.boards.influxdb.room import (
    DEVICE_KEY,
    MINUTE_PANELS,
    OF_SITE,
    PANELS,
    RACK,
    RACKS,
    SITE,
    SITE_KEY,
    TABLES,
    TAG,
    choices,
    powers,
    recent,
)
from deploy.grafana.parts import steps, units
from deploy.grafana.parts.board import Board, Row
from deploy.grafana.parts.panels import Words
from deploy.grafana.parts.tables import Key

IN_RACK = OF_SITE + '"rack" =~ /^$rack$/ AND '
PDUS = IN_RACK + RACKS
OF = "all PDUs of the chosen racks"

NUMBERS = [
    power_now(OF, PDUS, width=5),
    MINUTE_PANELS.number(
        Words(
            title="PDUs in it",
            says="How many PDUs the power is a sum of.",
            unit=units.COUNT,
        ),
        recent('count("watts")', PDUS),
        width=4,
    ),
    *totals(OF, PDUS, width=5),
]
CURVES = [
    MINUTE_PANELS.curves(
        Words(
            title="Power of each PDU",
            says="Mean power of each PDU, one on the other; a silent one is a gap.",
            unit=units.WATTS,
        ),
        powers(
            'sum("watts")',
            PDUS,
            by=["site", "rack", "feed", "device"],
            legend="$tag_site $tag_rack $tag_feed $tag_device",
        ),
        width=12,
        stacked=True,
        least=0,
    ),
    *sums_over_time("each rack", PDUS, by=["site", "rack"]),
    PANELS.curves(
        Words(
            title="Coverage of each PDU",
            says="Share of each hour that is known, mean of each step.",
            unit=units.RATIO,
            decimals=1,
            steps=steps.COVERAGE,
        ),
        of_meters(KNOWN, PDUS, by=["site", "device"]),
        width=12,
        least=0,
    ),
]
DEVICES = TABLES.rows(
    "Devices",
    f"Whole devices in the rack. PDUs and what hangs on them are views of one flow: their rows "
    f"are not to be added up. {PLACES}",
    [SITE_KEY, DEVICE_KEY, Key(label="role", title="Place"), Key(label="feed", title="Feed")],
    columns(IN_RACK + "\"scope\" = 'total'", ["site", "device", "role", "feed"]),
    height=10,
    by="Energy",
)
OUTLETS = TABLES.rows(
    "Outlets",
    f"Outlets of the PDUs that meter them. {PLACES}",
    [SITE_KEY, Key(label="meter", title="Outlet"), DEVICE_KEY],
    columns(IN_RACK + "\"scope\" = 'outlet'", ["site", "meter", "device"]),
    height=10,
    by="Energy",
    missing="No PDU of these racks meters its outlets.",
)

BOARD = Board(
    name="rack",
    title="carbond: rack (InfluxDB)",
    says="One rack, or some: its feeds, its outlets, and its share of the carbon.",
    tag=TAG,
    variables=choices(SITE, RACK),
    rows=[
        Row(panels=NUMBERS),
        Row(title="Over time", panels=CURVES),
        Row(title="Devices", panels=[DEVICES]),
        Row(title="Outlets", panels=[OUTLETS]),
    ],
)
