"""Figures of the meters at a place, such as a rack or a device: each is worded once."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders import stat, timeseries

from deploy.grafana.boards.influxdb.room import HOUR, MINUTE_PANELS, PANELS, recent, sums
from deploy.grafana.parts import steps, units
from deploy.grafana.parts.influxql import STEP, Influxql
from deploy.grafana.parts.panels import Words
from deploy.grafana.parts.tables import Column

WATT_HOURS = 'sum("energy_joules") / 3600'
TONNES = 'sum("emissions_location_grams") / 1000000'
KNOWN = 'mean("coverage_ratio")'

PLACES = (
    "Hours that are over. Emissions are location-based, the overhead (PUE) included. Coverage is "
    "the mean share of the booked hours that is known; over gaps: of that, known as a sum alone. "
    "A dash is not known, never zero."
)
SHARE = "of IT with its share of the overhead (PUE)"


def of_meters(number: str, where: str, *, by: Sequence[str] = (), step: str = STEP) -> Influxql:
    """Return a number of the hours of meters, of those views of one flow that `where` leaves."""
    return Influxql(number=number, table=HOUR, where=where, by=by, legend=legend_of(by), step=step)


def legend_of(by: Sequence[str]) -> str:
    """Return what tells series apart."""
    return " ".join(f"$tag_{tag}" for tag in by)


def power_now(of: str, where: str, *, width: int, by: Sequence[str] = ()) -> stat.Panel:
    """Return the last power of meters together."""
    words = Words(
        title="Power now",
        says=f"Last power of {of}, not older than ten minutes at the end of the time range.",
        unit=units.WATTS,
    )
    return MINUTE_PANELS.number(
        words, recent('sum("watts")', where, by=by, legend=legend_of(by)), width=width
    )


def totals(of: str, where: str, *, width: int, by: Sequence[str] = ()) -> Sequence[stat.Panel]:
    """Return energy, emissions and coverage of the time range."""
    return [
        PANELS.number(
            Words(
                title="Energy",
                says=f"Energy of {of} in the time range, of hours that are over.",
                unit=units.WATT_HOURS,
            ),
            of_meters(WATT_HOURS, where, by=by),
            width=width,
        ),
        PANELS.number(
            Words(
                title="Emissions",
                says=f"Location-based emissions of {of} in the time range, {SHARE}. How much is "
                "final is told on the site's board.",
                unit=units.TONNES,
            ),
            of_meters(TONNES, where, by=by),
            width=width,
        ),
        PANELS.number(
            Words(
                title="Coverage",
                says=f"Share of the booked hours of {of} that is known.",
                unit=units.RATIO,
                decimals=1,
                steps=steps.COVERAGE,
            ),
            of_meters(KNOWN, where, by=by),
            width=width,
        ),
    ]


def sums_over_time(of: str, where: str, *, by: Sequence[str]) -> Sequence[timeseries.Panel]:
    """Return bars of energy and of emissions."""
    return [
        sums(
            Words(
                title=f"Energy of {of}",
                says=f"Energy of {of} over each step, of hours that are over.",
                unit=units.WATT_HOURS,
            ),
            of_meters(WATT_HOURS, where, by=by),
            width=12,
        ),
        sums(
            Words(
                title=f"Emissions of {of}",
                says=f"Location-based emissions of {of} over each step, {SHARE}, as booked.",
                unit=units.TONNES,
            ),
            of_meters(TONNES, where, by=by),
            width=12,
        ),
    ]


def columns(where: str, by: Sequence[str]) -> Sequence[Column]:
    """Return what a table of places says of their hours."""
    return [
        Column(title="Energy", query=of_meters(WATT_HOURS, where, by=by), unit=units.WATT_HOURS),
        Column(title="Emissions", query=of_meters(TONNES, where, by=by), unit=units.TONNES),
        Column(
            title="Coverage",
            query=of_meters(KNOWN, where, by=by),
            unit=units.RATIO,
            decimals=1,
            steps=steps.COVERAGE,
        ),
        Column(
            title="Over gaps",
            query=of_meters('mean("interpolated_ratio")', where, by=by),
            unit=units.RATIO,
            decimals=1,
        ),
    ]
