"""One rack, or some: its feeds, its load, and what it could not lose."""

from deploy.grafana.boards.prometheus.room import (
    DATASOURCE,
    DEVICE_OF_SITE_LINKS,
    OF_SITE,
    PANELS,
    RACK,
    READ,
    SITE,
    SITE_KEY,
    TABLES,
    TAG,
    TENANT,
    alerts_count,
)
from deploy.grafana.parts import steps, units
from deploy.grafana.parts.board import Board, Row
from deploy.grafana.parts.panels import Words
from deploy.grafana.parts.queries import Promql
from deploy.grafana.parts.tables import Column, Key

HERE = f'{OF_SITE},rack=~"$rack"'
OF_TENANT = f'{HERE},tenant=~"$tenant"'
PDUS = f'{OF_TENANT},role="rack"'
TOTALS = f'{PDUS},scope="total"'
REDUNDANCY = (
    f"max by (site, rack) (carbond_rack_redundancy_ratio{{{HERE}}})"
    f" and on (site, rack) rack:carbond_meter_power_watts:sum{{{OF_TENANT}}}"
)
"""It has no tenant: of the chosen tenants are the racks in which they have a PDU."""


def _outlets(at: str = "") -> str:
    chosen = f'{OF_TENANT},scope="outlet"'
    return f"max by (site, meter) (carbond_meter_power_watts{{{chosen}}}{at})"


NOW = [
    alerts_count(f",{HERE}", width=4),
    PANELS.number(
        Words(
            title="Power now",
            says="Power of the PDUs of the chosen racks, as of their last readings.",
            unit=units.WATTS,
        ),
        Promql(f"sum(rack:carbond_meter_power_watts:sum{{{OF_TENANT}}})"),
        width=4,
    ),
    PANELS.number(
        Words(
            title="PDUs in it",
            says="How many PDUs the power is a sum of, of all that were ever read.",
            unit=units.COUNT,
        ),
        Promql(f"sum(rack_feed:carbond_meter_power_watts:count{{{OF_TENANT}}})", "read"),
        Promql(
            f"count(group by (site, meter) ({READ}{{{TOTALS}}}))",
            "of",
        ),
        width=4,
    ),
    PANELS.number(
        Words(
            title="Highest load",
            says="The highest of all inlets and phases by its rating. A breaker carries 80 % for "
            "hours on end.",
            unit=units.RATIO,
            decimals=0,
            steps=steps.LOAD,
            missing="no rating",
        ),
        Promql(f"max(rack:carbond_meter_load_ratio:max{{{OF_TENANT}}})"),
        width=4,
    ),
    PANELS.number(
        Words(
            title="By one feed",
            says="Power of all feeds of a rack by the rating of its smallest feed, the highest of "
            "the chosen racks. Over 100 %: if a feed is lost, the other one trips.",
            unit=units.RATIO,
            decimals=0,
            steps=steps.REDUNDANCY,
            missing="no rating",
        ),
        Promql(f"max({REDUNDANCY})"),
        width=4,
    ),
    PANELS.number(
        Words(
            title="Energy, 24 hours",
            says="Energy of the PDUs in the last 24 hours, rolling, of the hours in which they "
            "were scraped: a lower bound.",
            unit=units.WATT_HOURS,
        ),
        Promql(f"sum(rack:carbond_meter_energy_joules:increase1d{{{OF_TENANT}}}) / 3600"),
        width=4,
    ),
]

OVER_TIME = [
    PANELS.curves(
        Words(
            title="Power by feed",
            says="Power of the PDUs of each feed. Equal feeds are a rack that shares its load; a "
            "gap is a feed that was not read.",
            unit=units.WATTS,
        ),
        Promql(
            f"sum by (site, rack, feed) (rack_feed:carbond_meter_power_watts:sum{{{OF_TENANT}}})",
            "{{site}} {{rack}} {{feed}}",
        ),
        width=12,
        least=0,
    ),
    PANELS.curves(
        Words(
            title="Load by rating",
            says="The highest inlet or phase of each PDU by its rating. Dashed: from where it "
            "warns, and from where it is critical.",
            unit=units.RATIO,
            decimals=0,
            steps=steps.LOAD,
            missing="no rating",
        ),
        Promql(
            f"max by (site, device) (carbond_meter_load_ratio{{{PDUS}}})", "{{site}} {{device}}"
        ),
        width=12,
        least=0,
    ),
    PANELS.curves(
        Words(
            title="If a feed is lost",
            says="Power of all feeds of a rack by the rating of its smallest feed. Over 100 % one "
            "feed could not carry the rack.",
            unit=units.RATIO,
            decimals=0,
            steps=steps.REDUNDANCY,
            missing="no rating",
        ),
        Promql(REDUNDANCY, "{{site}} {{rack}}"),
        width=8,
        least=0,
    ),
    PANELS.curves(
        Words(
            title="Phase imbalance",
            says="Greatest deviation of a phase from the mean of the three, by that mean. At 25 % "
            "one phase is full while a fifth of the PDU is idle.",
            unit=units.RATIO,
            decimals=0,
            steps=steps.IMBALANCE,
        ),
        Promql(
            f"max by (site, device) (carbond_meter_imbalance_ratio{{{PDUS}}})",
            "{{site}} {{device}}",
        ),
        width=8,
        least=0,
    ),
    PANELS.curves(
        Words(
            title="Ten outlets that draw the most",
            says="Power of the ten outlets that draw the most now. What hangs on them is told by "
            "the board Device.",
            unit=units.WATTS,
        ),
        Promql(
            f"topk(10, {_outlets(' @ end()')}) and {_outlets()}",
            "{{site}} {{meter}}",
        ),
        width=8,
        least=0,
    ),
]


def _of(metric: str, selector: str, *, times: str = "") -> Promql:
    return Promql(f"{times}max by (site, device, role, feed) ({metric}{{{selector}}})")


DEVICES = TABLES.rows(
    "Devices",
    "What is in the rack, by its whole meter. Load: the highest inlet or phase by rating. A dash: "
    "not read in the last 150 s, or no rating in the settings.",
    [
        SITE_KEY,
        Key(label="device", title="Device", links=DEVICE_OF_SITE_LINKS),
        Key(label="role", title="Role"),
        Key(label="feed", title="Feed"),
    ],
    [
        Column(
            title="Power",
            query=_of("carbond_meter_power_watts", f'{OF_TENANT},scope="total"'),
            unit=units.WATTS,
        ),
        Column(
            title="Load",
            query=_of("carbond_meter_load_ratio", f'{OF_TENANT},role!="outlet"'),
            unit=units.RATIO,
            decimals=0,
            steps=steps.LOAD,
            gauge=True,
        ),
        Column(
            title="Rating",
            query=_of("carbond_meter_rating_watts", f'{OF_TENANT},scope="total"'),
            unit=units.WATTS,
        ),
        Column(
            title="Imbalance",
            query=_of("carbond_meter_imbalance_ratio", OF_TENANT),
            unit=units.RATIO,
            decimals=0,
            steps=steps.IMBALANCE,
        ),
        Column(
            title="Read",
            query=_of(READ, f'{OF_TENANT},scope="total"', times="1000 * "),
            unit=units.MOMENT,
        ),
    ],
    height=10,
    by="Power",
)

BOARD = Board(
    name="rack",
    title="carbond: rack",
    says="One rack, or some: its feeds, its load, and what it could not lose.",
    tag=TAG,
    variables=[DATASOURCE, SITE, TENANT, RACK],
    rows=[
        Row(panels=NOW),
        Row(title="Feeds and load", panels=OVER_TIME),
        Row(title="Devices", panels=[DEVICES]),
    ],
)
