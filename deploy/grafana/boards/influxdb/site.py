"""One site, or some together: where the energy goes, and what it emits."""

from deploy.grafana.boards.influxdb.fleet import POWER_NOW, totals
from deploy.grafana.boards.influxdb.places import PLACES, columns
from deploy.grafana.boards.influxdb.room import (
    BOUNDARY,
    DECLARED_PUE,
    FACILITY_PUE,
    MEASURED_PUE,
    MINUTE_PANELS,
    OF_SITE,
    PANELS,
    RACK_KEY,
    RACKS,
    SITE,
    SITE_KEY,
    TABLES,
    TAG,
    by_standing,
    choices,
    energy,
    of_hours,
    powers,
    sums,
    tonnes,
)
from deploy.grafana.parts import units
from deploy.grafana.parts.board import Board, Row
from deploy.grafana.parts.panels import Words

BOTH_SIDES = '"facility_joules" >= 0 AND "it_joules" >= 0'
LOSSES = {
    "loss_ups": "UPSs",
    "loss_distribution": "distribution",
    "loss_rack": "racks",
    "loss_outlet": "outlets",
    "unattributed": "not attributed",
}

IT = PANELS.number(
    Words(
        title="IT",
        says="Energy of IT in the time range, by the meters at its category (ISO/IEC 30134-2).",
        unit=units.WATT_HOURS,
    ),
    of_hours(energy("it")),
    width=3,
)

CARBON = [
    sums(
        Words(
            title="Emissions by what they stand on",
            says="Location-based emissions over each step. Final hours stay, unless somebody "
            "corrects a reading; the others are written over once the grid's data are better.",
            unit=units.TONNES,
        ),
        *by_standing("direct", tonnes()),
        width=12,
    ),
    PANELS.curves(
        Words(
            title="The three intensities compared",
            says="Emissions over each step by the average direct intensity (location-based), by "
            "the average life-cycle intensity, and by the marginal one. Never to be added up.",
            unit=units.TONNES,
        ),
        *(
            of_hours(tonnes(kind), legend=kind.replace("lifecycle", "life-cycle"))
            for kind in ("location", "lifecycle", "marginal")
        ),
        width=12,
        least=0,
    ),
]
POWER = [
    MINUTE_PANELS.curves(
        Words(
            title="Power at the boundary",
            says="Mean power of the meters at the boundary, by their place: utility, generators, "
            "on-site generation. A utility meter behind another one is in it twice.",
            unit=units.WATTS,
        ),
        powers(
            'sum("watts")', OF_SITE + BOUNDARY, by=["site", "role"], legend="$tag_site $tag_role"
        ),
        width=12,
        stacked=True,
        least=0,
    ),
    MINUTE_PANELS.curves(
        Words(
            title="Power of the rack PDUs",
            says="Mean power of all rack PDUs together, by feed. A PDU that is silent is not in "
            "it, so a step down may be a silence: the coverage of its rack says so.",
            unit=units.WATTS,
        ),
        powers('sum("watts")', OF_SITE + RACKS, by=["feed"], legend="feed $tag_feed"),
        width=12,
        stacked=True,
        least=0,
    ),
]
GOES = [
    sums(
        Words(
            title="Where the energy goes",
            says="IT, and on it the rest of the facility: cooling, losses, light. Of the hours in "
            "which both are known.",
            unit=units.WATT_HOURS,
        ),
        of_hours(energy("it"), BOTH_SIDES, legend="IT"),
        of_hours(f"{energy()} - {energy('it')}", BOTH_SIDES, legend="rest"),
        width=8,
    ),
    PANELS.curves(
        Words(
            title="Lost or not metered",
            says="What went into each stage of the power chain and was not seen by the meters "
            "behind it, over each step: lost there, or not metered. Stages behind the meters of IT "
            "are a part of IT: not to be added up.",
            unit=units.WATT_HOURS,
        ),
        *(of_hours(energy(name), legend=legend) for name, legend in LOSSES.items()),
        width=8,
    ),
    PANELS.curves(
        Words(
            title="PUE",
            says="Of hours that are over: energy of the facility by energy of IT over each step "
            "where it is measured, apart from the mean of what is declared for the others.",
            unit=units.PUE,
            decimals=2,
        ),
        of_hours(FACILITY_PUE, MEASURED_PUE, by=["site"], legend="$tag_site measured"),
        of_hours('mean("pue_ratio")', DECLARED_PUE, by=["site"], legend="$tag_site declared"),
        width=8,
        least=1,
    ),
]
RACK_TABLE = TABLES.rows(
    "Racks",
    f"Sums of the PDUs with the tag `rack`, both feeds together, over the time range. {PLACES}",
    [RACK_KEY, SITE_KEY],
    columns(OF_SITE + RACKS, ["rack", "site"]),
    height=12,
    by="Energy",
)

BOARD = Board(
    name="site",
    title="carbond: site (InfluxDB)",
    says="One site, or some together: where the energy goes, and what it emits.",
    tag=TAG,
    variables=choices(SITE),
    rows=[
        totals(first=[POWER_NOW, IT]),
        Row(title="Carbon", panels=CARBON),
        Row(title="Power", panels=POWER),
        Row(title="Energy", panels=GOES),
        Row(title="Racks", panels=[RACK_TABLE]),
    ],
    time="now-7d",
)
