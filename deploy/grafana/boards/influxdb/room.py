"""What the boards that ask InfluxDB share: choices, links, conditions, and panels of sums."""

from collections.abc import Mapping, Sequence

from grafana_foundation_sdk.builders import stat, timeseries
from grafana_foundation_sdk.builders.dashboard import (
    CustomVariable,
    DatasourceVariable,
    TextBoxVariable,
)
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.common import GraphDrawStyle, VisibilityMode
from grafana_foundation_sdk.models.dashboard import (
    DataSourceRef,
    VariableModel,
    VariableOption,
)

from deploy.grafana.parts import steps, units, variables
from deploy.grafana.parts.board import uid_of
from deploy.grafana.parts.influxql import FINE, RECENT, STEP, Influxql, Selected
from deploy.grafana.parts.links import to_board
from deploy.grafana.parts.panels import Panels, Words
from deploy.grafana.parts.tables import Key, Tables

TAG = "influxdb"
SOURCE = variables.ref(TAG)
MINUTES_SOURCE = DataSourceRef(type_val=TAG, uid="${minutes}")
PANELS, TABLES = Panels(SOURCE), Tables(SOURCE)
MINUTE_PANELS = Panels(MINUTES_SOURCE)

MINUTE, HOUR = "carbond_minute", "carbond_hour"
SITE_HOUR, INTENSITY = "carbond_site_hour", "carbond_intensity"

SITE_NAMED = '"site" =~ /^$site$/'
OF_SITE = f"{SITE_NAMED} AND "
RACKS = "\"role\" = 'rack' AND \"scope\" = 'total'"
BOUNDARY = '"role" =~ /^(utility|generator|onsite)$/ AND "scope" = \'total\''
OVER = '"closed" = 1'
"""Hours that are over: a running one has not all of its energy yet."""

STANDINGS: Mapping[str, str] = {
    "final": f'{OVER} AND "intensity_{{0}}_estimated" = 0 AND "intensity_{{0}}_fallback" = 0',
    "estimated": f'{OVER} AND "intensity_{{0}}_estimated" = 1 AND "intensity_{{0}}_fallback" = 0',
    "fallback": f'{OVER} AND "intensity_{{0}}_fallback" = 1',
    "running hour, estimated": '"closed" = 0',
}
"""What an hour's emissions stand on, and the hours for which that holds."""

STEPS = "1h,6h,1d"
"""Weeks of InfluxQL begin on a Thursday, and it has no months."""

CARRIED = ("minutes", "step", "zone")
SITE_LINKS = [
    to_board("Site", uid_of("site", TAG), *CARRIED, site="${__value.text}"),
    to_board("Grid and carbon", uid_of("grid", TAG), *CARRIED, site="${__value.text}"),
    to_board("Data quality", uid_of("quality", TAG), *CARRIED, site="${__value.text}"),
]
ITS_SITE = "${__data.fields.Site}"
RACK_LINKS = [
    to_board("Rack", uid_of("rack", TAG), *CARRIED, site=ITS_SITE, rack="${__value.text}"),
]
DEVICE_LINKS = [
    to_board("Device", uid_of("device", TAG), *CARRIED, site=ITS_SITE, device="${__value.text}"),
]
SITE_KEY = Key(label="site", title="Site", links=SITE_LINKS)
RACK_KEY = Key(label="rack", title="Rack", links=RACK_LINKS)
DEVICE_KEY = Key(label="device", title="Device", links=DEVICE_LINKS)


def tag_values(table: str, tag: str, where: str = "") -> str:
    """Return the query for what a tag is found to be."""
    found = f'SHOW TAG VALUES FROM "{table}" WITH KEY = "{tag}"'
    return f"{found} WHERE {where}" if where else found


SITE = variables.choice(
    "site", tag_values(SITE_HOUR, "site"), SOURCE, says="Sites that have hours."
)
RACK = variables.choice(
    "rack",
    tag_values(HOUR, "rack", SITE_NAMED),
    SOURCE,
    says="Tag `rack` of the meters at the chosen sites.",
)
DEVICE = variables.one(
    "device", tag_values(HOUR, "device", SITE_NAMED), SOURCE, says="A device with hours."
)


def _first(value: str) -> VariableOption:
    return VariableOption(text=value, value=value, selected=True)


def choices(*own: Builder[VariableModel]) -> Sequence[Builder[VariableModel]]:
    """Return the choices of a board: those of all of them around its own."""
    hours = DatasourceVariable("datasource").label("Hours").type(TAG)
    hours.description("The data source with what is kept for good: hours and intensities.")
    minutes = DatasourceVariable("minutes").label("Minutes").type(TAG)
    minutes.description("The data source with the minutes; the same one where all lies together.")
    step = CustomVariable("step").label("Step").values(STEPS).current(_first("1h"))
    step.description(
        "Time over which a bar is a sum, and a point of a curve of hours a mean. The time range "
        "may cut the first and the last one off."
    )
    zone = TextBoxVariable("zone").label("Days of").default_value("UTC").current(_first("UTC"))
    zone.description("Time zone in which a day begins, such as Europe/Berlin.")
    return [hours, minutes, *own, step, zone]


def sums(
    words: Words, *queries: Influxql, width: int, height: int = 8, panels: Panels = PANELS
) -> timeseries.Panel:
    """Return bars over time, one on the other: sums over the chosen step."""
    panel = panels.curves(
        words, *queries, width=width, height=height, stacked=True, figures=["sum"], least=0
    )
    panel.draw_style(GraphDrawStyle.BARS).fill_opacity(70).line_width(0)
    return panel.show_points(VisibilityMode.NEVER)


def by_standing(kind: str, number: str, name: str = "") -> Sequence[Influxql]:
    """Return a number of the sites, apart by what the hours stand on: final, estimated, ..."""
    return [
        Influxql(
            number=number,
            table=SITE_HOUR,
            where=OF_SITE + where.format(kind),
            by=["site"] if name else [],
            legend=f"{name} {standing}".lstrip(),
        )
        for standing, where in STANDINGS.items()
    ]


def of_hours(
    number: str, where: str = "", *, by: Sequence[str] = (), legend: str = "", step: str = STEP
) -> Influxql:
    """Return a number of the chosen sites' hours."""
    return Influxql(
        number=number,
        table=SITE_HOUR,
        where=SITE_NAMED + (f" AND {where}" if where else ""),
        by=by,
        legend=legend,
        step=step,
    )


def recent(number: str, where: str, *, by: Sequence[str] = (), legend: str = "") -> Influxql:
    """Return a number of the last powers of meters, each `watts`; who is silent is not in it."""
    inner = Selected(
        numbers='last("power_watts") AS "watts"',
        table=MINUTE,
        where=where,
        by=_meters(by),
        time=RECENT,
    )
    return Influxql(number=number, table=inner, by=by, legend=legend, time=RECENT)


def powers(number: str, where: str, *, by: Sequence[str] = (), legend: str = "") -> Influxql:
    """Return a number of the mean powers of meters over time, each `watts`."""
    inner = Selected(
        numbers='mean("power_watts") AS "watts"', table=MINUTE, where=where, by=_meters(by)
    )
    return Influxql(number=number, table=inner, by=by, legend=legend, step=FINE)


def _meters(by: Sequence[str]) -> Sequence[str]:
    """Two sites may have meters of the same name."""
    return [*by, *(tag for tag in ("site", "meter") if tag not in by)]


def final_share(*, width: int) -> stat.Panel:
    """Return how much of the emissions stands on final intensities."""
    return PANELS.number(
        Words(
            title="On final intensity",
            says="Share of the location-based emissions that stands on final intensities. The rest "
            "is estimated, a fallback, or of the running hour, and will be written over.",
            unit=units.RATIO,
            decimals=0,
            steps=FINAL,
        ),
        FINAL_SHARE,
        width=width,
    )


FINAL: steps.Steps = [(None, steps.LOOK), (0.5, steps.GOOD)]
FINAL_SHARE = Influxql(
    number='sum("final") / sum("all")',
    table=Selected(
        numbers='"emissions_location_grams" * "closed" * (1 - "intensity_direct_estimated")'
        ' * (1 - "intensity_direct_fallback") AS "final", "emissions_location_grams" AS "all"',
        table=SITE_HOUR,
        where=SITE_NAMED,
    ),
)
FACILITY_PUE = 'sum("facility_joules") / sum("it_joules")'
MEASURED_PUE = f'{OVER} AND "pue_measured" = 1'
DECLARED_PUE = f'{OVER} AND "pue_measured" = 0'


def energy(of: str = "facility") -> str:
    """Return the sum of an energy of sites, in watt-hours."""
    return f'sum("{of}_joules") / 3600'


def tonnes(kind: str = "location") -> str:
    """Return the sum of emissions, in tonnes."""
    return f'sum("emissions_{kind}_grams") / 1000000'
