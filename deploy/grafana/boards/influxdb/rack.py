"""One rack, or some: its feeds, its outlets, and its share of the carbon."""

from deploy.grafana.boards.influxdb.room import (
    DEVICE_KEY,
    MINUTE_PANELS,
    OF_SITE,
    PANELS,
    PLACES,
    RACK,
    RACKS,
    SITE,
    TABLES,
    TAG,
    choices,
    meter_columns,
    of_meters,
    powers,
    recent,
    sums,
)
from deploy.grafana.parts import steps, units
from deploy.grafana.parts.board import Board, Row
from deploy.grafana.parts.panels import Words
from deploy.grafana.parts.tables import Key

IN_RACK = OF_SITE + '"rack" =~ /^$rack$/ AND '
PDUS = IN_RACK + RACKS

NUMBERS = [
    MINUTE_PANELS.number(
        Words(
            title="Power now",
            says="Last power of all PDUs of the chosen racks, none older than ten minutes.",
            unit=units.WATTS,
        ),
        recent('sum("watts")', PDUS),
        width=5,
    ),
    MINUTE_PANELS.number(
        Words(
            title="PDUs in it",
            says="How many PDUs the power is a sum of.",
            unit=units.COUNT,
        ),
        recent('count("watts")', PDUS),
        width=4,
    ),
    PANELS.number(
        Words(
            title="Energy",
            says="Energy of the PDUs in the time range, of hours that are over.",
            unit=units.WATT_HOURS,
        ),
        of_meters('sum("energy_joules") / 3600', PDUS),
        width=5,
    ),
    PANELS.number(
        Words(
            title="Emissions",
            says="Location-based emissions of the PDUs in the time range, their share of the "
            "overhead (PUE) included. How much is final is told on the site's board.",
            unit=units.TONNES,
        ),
        of_meters('sum("emissions_location_grams") / 1000000', PDUS),
        width=5,
    ),
    PANELS.number(
        Words(
            title="Coverage",
            says="Share of the booked hours of the PDUs that is known.",
            unit=units.RATIO,
            decimals=1,
            steps=steps.COVERAGE,
        ),
        of_meters('mean("coverage_ratio")', PDUS),
        width=5,
    ),
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
            by=["rack", "feed", "device"],
            legend="$tag_rack $tag_feed $tag_device",
        ),
        width=12,
        stacked=True,
        least=0,
    ),
    sums(
        Words(
            title="Energy of each rack",
            says="Energy of both feeds over each step.",
            unit=units.WATT_HOURS,
        ),
        of_meters('sum("energy_joules") / 3600', PDUS, by=["rack"], legend="$tag_rack"),
        width=12,
    ),
    sums(
        Words(
            title="Emissions of each rack",
            says="Location-based, the share of the overhead included, over each step.",
            unit=units.TONNES,
        ),
        of_meters(
            'sum("emissions_location_grams") / 1000000', PDUS, by=["rack"], legend="$tag_rack"
        ),
        width=12,
    ),
    PANELS.curves(
        Words(
            title="Coverage of each PDU",
            says="Share of each hour that is known, mean of each step.",
            unit=units.RATIO,
            decimals=1,
            steps=steps.COVERAGE,
        ),
        of_meters('mean("coverage_ratio")', PDUS, by=["device"], legend="$tag_device"),
        width=12,
        least=0,
    ),
]
DEVICES = TABLES.rows(
    "Devices",
    f"Whole devices in the rack. PDUs and what hangs on them are views of one flow: their rows "
    f"are not to be added up. {PLACES}",
    [DEVICE_KEY, Key(label="role", title="Place"), Key(label="feed", title="Feed")],
    meter_columns(IN_RACK + "\"scope\" = 'total'", ["device", "role", "feed"]),
    height=10,
    by="Energy",
)
OUTLETS = TABLES.rows(
    "Outlets",
    f"Outlets of the PDUs that meter them. {PLACES}",
    [Key(label="meter", title="Outlet"), DEVICE_KEY],
    meter_columns(IN_RACK + "\"scope\" = 'outlet'", ["meter", "device"]),
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
