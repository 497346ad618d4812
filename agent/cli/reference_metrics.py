"""The metrics reference: every name on /metrics, from the code that puts it there."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from agent.measures import FAMILIES
from agent.measures.meters import LAST_READING, TAGS
from config.profiles import CONDITIONS
from exporters.prometheus.families import COUNTER_FAMILIES, condition_family
from exporters.prometheus.own import Own
from exporters.prometheus.settings import PrometheusSettings

STALE_AFTER = PrometheusSettings.model_fields["stale_after"].default.total_seconds()

INTRODUCTION = f"""\
# Metrics, name by name

`carbond reference metrics` prints this page, from the code that writes `/metrics`. What is not
known has no sample: neither 0 nor NaN. Units are in the names, and all are base units but for
intensities, which people know in g CO2e/kWh. Location-based, life-cycle and marginal figures are
different metrics and never labels of one: nobody must add them up. For the page's own options see
[exporters/prometheus](../exporters/prometheus/README.md); what of it should wake somebody is in
[alerts.md](alerts.md).

A meter whose last reading is older than `stale_after` ({STALE_AFTER:.0f} s) has no sample but
the time of that reading.
"""

METER_LABELS = ("site", "device", "meter", "role", "scope", *TAGS)

UNITS: Sequence[tuple[str, str]] = (
    ("grams_per_kilowatt_hour", "g CO2e/kWh"),
    ("grams_per_hour", "g CO2e/h"),
    ("grams", "g CO2e"),
    ("joules", "J"),
    ("watts", "W"),
    ("litres_per_second", "L/s"),
    ("litres", "L"),
    ("voltamperes", "VA"),
    ("voltamperehours", "VAh"),
    ("amperes", "A"),
    ("volts", "V"),
    ("hertz", "Hz"),
    ("celsius", "°C"),
    ("timestamp_seconds", "s since 1970"),
    ("start_time_seconds", "s since 1970"),
    ("seconds", "s"),
    ("bytes", "B"),
    ("ratio", "share of 1"),
)
"""By the end of the name; the longer ones before those that they end with."""


class _Family(Protocol):
    """A family where it is defined."""

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def help(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A family as it stands on the page."""

    name: str
    type: str
    help: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Families that have their labels in common, and a heading."""

    title: str
    text: str
    begins: str
    """A regular expression that their names begin with."""

    labels: Sequence[str] = ()
    more: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Labels that some have as well, by what their names hold."""

    absent: Mapping[str, str] = field(default_factory=dict)
    """When a family has no sample, by what its name holds; the first that fits."""


_UNREFUSED = "less of the hours that are over is known than the site's `least_coverage`"
_NO_BUDGET = "the site has no `carbon_budget` for the period"

GROUPS: tuple[Group, ...] = (
    Group(
        title="Meters",
        text="Scopes are views of one flow: sum over one `role` and one `scope`, never over all.",
        begins="carbond_meter_",
        labels=METER_LABELS,
        absent={
            "last_reading": "the meter has never been read",
            "rating_": "the device has no `rating` of it",
            "load_ratio$": "the device has no `rating`, or nothing to compare with it",
            "imbalance": "the device does not tell three phases, or carries nothing",
            "water": "it is no water meter",
            "heat": "it is no heat meter",
            "": "the device does not tell it",
        },
    ),
    Group(
        title="Devices, grids and exporters",
        text="`kind` says which of these it is.",
        begins="carbond_device_",
        labels=("device", "kind"),
        absent={"answer_seconds": "it did not answer last time", "": "it was not yet asked"},
    ),
    Group(
        title="Sites",
        text="Today and the month are those of the site's own `timezone`.",
        begins="carbond_(site|node)_",
        labels=("site",),
        more={
            "today_energy_ratio": ("standing",),
            "_loss_": ("stage",),
            "_sum_": ("sum",),
            "budget_burn": ("period", "window"),
            "budget_": ("period",),
            "node_": ("node",),
        },
        absent={
            "budget_projected|budget_burn": f"{_NO_BUDGET}, or too little of it is over",
            "budget_used": f"{_NO_BUDGET}, or too little is known and that is within it",
            "budget_": _NO_BUDGET,
            "pue_past|pue_drift": "fewer than 7 of the 28 days before have measured hours",
            "pue_day": "no full hour of the last 24 has a measured PUE",
            "pue_measured_today|site_coverage": "nothing of the day is over yet",
            "pue": "the PUE is neither measured nor declared",
            "site_energy_(today|month)": _UNREFUSED,
            "emissions_.*(today|month)": f"no intensity of the kind, or {_UNREFUSED}",
            "emissions_location_grams_per_hour": "the power or the intensity is not known",
            "emissions": "no intensity of the kind was applied yet",
            "power": "a meter that it is the sum of is silent",
            "_sum_|unattributed|loss": "the site has no such sum",
            "carbond_node": "nothing stands behind the node, or a side of it is not known",
            "": "no hour is booked yet",
        },
    ),
    Group(
        title="Grids",
        text="What is applied to the running hour of a site, how old it is, and what comes.",
        begins="carbond_grid_",
        labels=("site",),
        more={
            "intensity_age": ("kind",),
            "forecast": ("kind", "horizon"),
            "carbond_grid_intensity_(direct|lifecycle|marginal)": ("source",),
        },
        absent={
            "forecast": "the grid reads no `forecast`",
            "_age_": "nothing was ever known of it",
            "": "no intensity of the kind is applied",
        },
    ),
    Group(
        title="Racks",
        text="`room` is there where racks of one name stand in several rooms of a site.",
        begins="carbond_rack_",
        labels=("site", "room", "rack"),
        absent={"": "the rack has fewer than two feeds, or one is silent or has no `rating`"},
    ),
    Group(
        title="Ledger and exporters",
        text="",
        begins="carbond_(ledger_(?!commit)|exporter_backlog)",
        more={"exporter": ("exporter",)},
        absent={"exporter": "it is a page and not written to", "": "never"},
    ),
    Group(
        title="The daemon",
        text="With prometheus-client; `process_` is there on Linux alone.",
        begins="carbond_|process_|python_",
        more={
            "python_gc": ("generation",),
            "build_info": ("version",),
            "polls": ("kind", "outcome"),
            "poll_seconds": ("kind",),
            "dropped_packets": ("protocol", "reason"),
            "alerts_": ("to",),
            "exported|refused|exporter": ("exporter",),
        },
        absent={
            "polls|poll_seconds": "nothing was polled yet",
            "dropped_packets|alerts_dropped": "none was dropped",
            "alerts_sent": "no alert was sent anywhere",
            "exported|position": "nothing was delivered yet",
            "refused": "none was refused",
            "": "never",
        },
    ),
)


def metrics_page() -> str:
    """Return the page."""
    return "\n".join(_parts())


def families() -> list[Shown]:
    """Return all that can be on the page of an agent."""
    conditions = [condition_family(name) for name in sorted(CONDITIONS)]
    measures: list[_Family] = [
        LAST_READING,
        *FAMILIES.values(),
        *COUNTER_FAMILIES.values(),
        *conditions,
    ]
    found = {one.name: Shown(name=one.name, type=one.type, help=one.help) for one in measures} | {
        one.name: one for one in _own()
    }
    return list(found.values())


def _shown(family: _Family) -> Shown:
    return Shown(name=family.name, type=family.type, help=family.help)


def _own() -> Iterator[Shown]:
    """Yield what the daemon tells of itself, from the text in which it tells it."""
    text = Own().body(datetime.now(UTC), 0.0).decode()
    types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    for name, said in re.findall(r"^# HELP (\S+) (.+)$", text, re.MULTILINE):
        yield Shown(name=name, type=types[name], help=said)


def labels_of(name: str) -> Sequence[str]:
    """Return the labels that a family of the page can have."""
    group = next(one for one in GROUPS if re.match(one.begins, name))
    more = next((labels for part, labels in group.more.items() if re.search(part, name)), ())
    return (*group.labels, *more)


def _parts() -> Iterator[str]:
    yield INTRODUCTION
    left = families()
    for group in GROUPS:
        found = [one for one in left if re.match(group.begins, one.name)]
        left = [one for one in left if one not in found]
        yield f"## {group.title}\n"
        yield f"{_heading(group)}\n"
        yield _table(group, found)


def _heading(group: Group) -> str:
    said = f"Labels: {_names(group.labels)}." if group.labels else ""
    return " ".join(filter(None, (said, group.text))) or "They have no labels in common."


def _table(group: Group, found: Iterable[Shown]) -> str:
    lines = ["| Metric | Type | Unit | More labels | Means | Absent while |", "|" + "---|" * 6]
    for one in found:
        absent = next(text for part, text in group.absent.items() if re.search(part, one.name))
        more = labels_of(one.name)[len(group.labels) :]
        cells = (f"`{one.name}`", one.type, _unit(one.name), _names(more), one.help, absent)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _names(labels: Iterable[str]) -> str:
    return ", ".join(f"`{label}`" for label in labels)


def _unit(name: str) -> str:
    bare = name.removesuffix("_total")
    return next((unit for end, unit in UNITS if bare.endswith(end)), "")
