"""One device: what it says, and whether it answers."""

from deploy.grafana.boards.prometheus.room import (
    DATASOURCE,
    OF_SITE,
    PANELS,
    READ,
    READ_OF,
    SITE,
    SOURCE,
    TABLES,
    TAG,
    alerts_count,
)
from deploy.grafana.parts import steps, units, variables
from deploy.grafana.parts.board import Board, Row
from deploy.grafana.parts.panels import Words
from deploy.grafana.parts.queries import Promql
from deploy.grafana.parts.tables import Column, Key

HERE = f'{OF_SITE},scope=~"total|sensor"'
RACK = variables.choice(
    "rack",
    variables.label_values(f"{READ}{{{HERE}}}", "rack"),
    SOURCE,
    every=variables.ANY_OR_NONE,
    says="Tag `rack`; All has what stands in no rack too.",
)
DEVICE = variables.one(
    "device",
    variables.label_values(f'{READ}{{{HERE},rack=~"$rack"}}', "device"),
    SOURCE,
    says="Name of the device in the settings.",
)
OF_DEVICE = 'device="$device"'
OF_METERS = f"{OF_SITE},{OF_DEVICE}"
WHOLE = f'{OF_METERS},scope="total"'


def _by_site(metric: str, selector: str = OF_METERS) -> Promql:
    """Return a number of the device: one, unless several sites have a device of that name."""
    return Promql(f"max by (site) ({metric}{{{selector}}})", "{{site}}")


def _by_meter(metric: str, selector: str = OF_METERS, more: str = "") -> Promql:
    return Promql(f"max by (site, meter) ({metric}{{{selector}}})", f"{{{{meter}}}}{more}")


def _asked(metric: str) -> str:
    """Return what is known of the device itself, which has no site of its own."""
    return f"max({metric}{{{OF_DEVICE}}} and on (instance, device) {READ_OF})"


NOW = [
    alerts_count(f",{OF_DEVICE}", width=4),
    PANELS.number(
        Words(
            title="Silent for",
            says="Since its last answer; 0 while it answers.",
            unit=units.SECONDS,
            steps=steps.SILENCE,
        ),
        Promql(_asked("carbond_device_silent_seconds")),
        width=4,
    ),
    PANELS.number(
        Words(
            title="Last reading",
            says="How long ago its whole meter was last read. It is read once a minute where the "
            "settings say nothing else.",
            unit=units.SECONDS,
            steps=steps.SILENCE,
        ),
        Promql(
            f"time() - max by (site) ({READ}{{{HERE},{OF_DEVICE}}})",
            "{{site}}",
        ),
        width=4,
    ),
    PANELS.number(
        Words(
            title="Power now",
            says="Power of the whole device as of its last reading; a dash if it is older than "
            "150 s, and for a device that tells no power.",
            unit=units.WATTS,
        ),
        _by_site("carbond_meter_power_watts", WHOLE),
        width=4,
    ),
    PANELS.number(
        Words(
            title="Highest load",
            says="The highest of its whole, its inlets and its phases by rating.",
            unit=units.RATIO,
            decimals=0,
            steps=steps.LOAD,
            missing="no rating",
        ),
        _by_site("carbond_meter_load_ratio"),
        width=4,
    ),
    PANELS.number(
        Words(
            title="Energy in the range",
            says="Energy booked for its whole meter in the time range that is chosen, as scraped. "
            "The ledger is the authority.",
            unit=units.WATT_HOURS,
        ),
        Promql(
            "max by (site) "
            f"(increase(carbond_meter_energy_joules_total{{{WHOLE}}}[$__range])) / 3600",
            "{{site}}",
        ),
        width=4,
    ),
]

POWER = [
    PANELS.curves(
        Words(
            title="Power of the whole",
            says="Power as it was read, and its rating. A gap is a time in which it was not read.",
            unit=units.WATTS,
        ),
        _by_meter("carbond_meter_power_watts", WHOLE),
        _by_meter("carbond_meter_rating_watts", WHOLE, " rating"),
        width=12,
        figures=["mean", "max"],
        least=0,
    ),
    PANELS.curves(
        Words(
            title="Power of its parts",
            says="Power of inlets, phases, branches and outlets. Scopes are views of one flow: do "
            "not add them up.",
            unit=units.WATTS,
        ),
        _by_meter("carbond_meter_power_watts", f'{OF_METERS},scope!="total"'),
        width=12,
        least=0,
    ),
    PANELS.curves(
        Words(
            title="Current",
            says="Current of each inlet and phase that tells it.",
            unit=units.AMPERES,
        ),
        _by_meter("carbond_meter_current_amperes"),
        width=8,
        least=0,
    ),
    PANELS.curves(
        Words(
            title="Load by rating",
            says="Power or current by the rating in the settings, of both the higher one.",
            unit=units.RATIO,
            decimals=0,
            steps=steps.LOAD,
            missing="no rating",
        ),
        _by_meter("carbond_meter_load_ratio"),
        width=8,
        least=0,
    ),
    PANELS.curves(
        Words(
            title="Temperature",
            says="What its sensors tell, in degrees Celsius.",
            unit=units.CELSIUS,
            missing="no sensor",
        ),
        _by_meter("carbond_meter_temperature_celsius"),
        width=8,
    ),
]

ANSWERS = [
    PANELS.curves(
        Words(
            title="How long its answers took",
            says="Time of the last poll. A gap is a poll without an answer.",
            unit=units.SECONDS,
        ),
        Promql(_asked("carbond_device_answer_seconds"), "$device"),
        width=8,
        least=0,
    ),
    PANELS.curves(
        Words(
            title="Silence",
            says="Since its last answer. From 150 s on it has no samples any more.",
            unit=units.SECONDS,
            steps=steps.SILENCE,
        ),
        Promql(_asked("carbond_device_silent_seconds"), "$device"),
        width=8,
        least=0,
    ),
    TABLES.rows(
        "All it says now",
        "Every value of every meter of the device as of its last reading, in the unit that its "
        "name ends with.",
        [Key(label="meter", title="Meter"), Key(label="__name__", title="Value of")],
        [
            Column(
                title="Value",
                query=Promql(
                    "max by (meter, __name__) "
                    f'({{__name__=~"carbond_meter_.+_(watts|amperes|volts|celsius|hertz|ratio'
                    f'|voltamperes|state|joules_total|litres_total|second)",{OF_METERS}}})'
                ),
                unit=units.COUNT,
            )
        ],
        width=8,
        missing="nothing",
    ),
]

BOARD = Board(
    name="device",
    title="carbond: device",
    says="One device: what it says, and whether it answers.",
    tag=TAG,
    variables=[DATASOURCE, SITE, RACK, DEVICE],
    rows=[
        Row(panels=NOW),
        Row(title="Power", panels=POWER),
        Row(title="Answers", panels=ANSWERS),
    ],
    time="now-6h",
)
