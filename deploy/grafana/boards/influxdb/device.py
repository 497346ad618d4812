"""One device: all of its meters."""

from deploy.grafana.boards.influxdb.room import (
    DEVICE,
    MINUTE,
    MINUTE_PANELS,
    OF_SITE,
    PANELS,
    PLACES,
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
from deploy.grafana.parts.influxql import FINE, Influxql
from deploy.grafana.parts.panels import Words
from deploy.grafana.parts.tables import Key

OWN = OF_SITE + "\"device\" = '$device'"
WHOLE = OWN + " AND \"scope\" = 'total'"

NUMBERS = [
    MINUTE_PANELS.number(
        Words(
            title="Power now",
            says="Last power of the whole device, not older than ten minutes.",
            unit=units.WATTS,
        ),
        recent('sum("watts")', WHOLE),
        width=6,
    ),
    PANELS.number(
        Words(
            title="Energy",
            says="Energy of the whole device in the time range, of hours that are over.",
            unit=units.WATT_HOURS,
        ),
        of_meters('sum("energy_joules") / 3600', WHOLE),
        width=6,
    ),
    PANELS.number(
        Words(
            title="Emissions",
            says="Location-based emissions of the device in the time range; of an IT device with "
            "its share of the overhead (PUE).",
            unit=units.TONNES,
        ),
        of_meters('sum("emissions_location_grams") / 1000000', WHOLE),
        width=6,
    ),
    PANELS.number(
        Words(
            title="Coverage",
            says="Share of the booked hours that is known.",
            unit=units.RATIO,
            decimals=1,
            steps=steps.COVERAGE,
        ),
        of_meters('mean("coverage_ratio")', WHOLE),
        width=6,
    ),
]
CURVES = [
    MINUTE_PANELS.curves(
        Words(
            title="Power of each meter",
            says="Mean power of the device and its inlets, those that are kept by the minute. "
            "Views of one flow: not to be added up.",
            unit=units.WATTS,
        ),
        powers('sum("watts")', OWN, by=["meter"], legend="$tag_meter"),
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
            by=["meter"],
            legend="$tag_meter",
            step=FINE,
        ),
        width=12,
        least=0,
    ),
    sums(
        Words(
            title="Energy",
            says="Energy of the whole device over each step.",
            unit=units.WATT_HOURS,
        ),
        of_meters('sum("energy_joules") / 3600', WHOLE, by=["meter"], legend="$tag_meter"),
        width=12,
    ),
    sums(
        Words(
            title="Emissions",
            says="Location-based emissions of the whole device over each step, as booked.",
            unit=units.TONNES,
        ),
        of_meters(
            'sum("emissions_location_grams") / 1000000', WHOLE, by=["meter"], legend="$tag_meter"
        ),
        width=12,
    ),
]
METERS = TABLES.rows(
    "Meters",
    f"All meters of the device. Views of one flow: rows of several scopes are not to be added up. "
    f"{PLACES}",
    [Key(label="meter", title="Meter"), Key(label="scope", title="Scope")],
    meter_columns(OWN, ["meter", "scope"]),
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
