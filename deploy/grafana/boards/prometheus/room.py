"""What the boards that ask Prometheus share: choices, links, and panels that more than one has."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders import stat, table

from deploy.grafana.parts import steps, units, variables
from deploy.grafana.parts.board import uid_of
from deploy.grafana.parts.links import to_board
from deploy.grafana.parts.panels import Panels, Words
from deploy.grafana.parts.queries import Promql
from deploy.grafana.parts.tables import Column, Key, Tables

TAG = "prometheus"
SOURCE = variables.ref(TAG)
PANELS, TABLES = Panels(SOURCE), Tables(SOURCE)

READ = "carbond_meter_last_reading_timestamp_seconds"
"""What a meter has also while it is silent: a choice of it loses nobody."""

OF_SITE = 'site=~"$site"'


def _pdus(label: str, more: str = "") -> dict[str, object]:
    chosen = f'{OF_SITE},role="rack",scope="total"{more}'
    return variables.label_values(f"{READ}{{{chosen}}}", label)


DATASOURCE = variables.datasource(TAG)
SITE = variables.choice(
    "site",
    variables.label_values("carbond_site_hour_timestamp_seconds", "site"),
    SOURCE,
    says="Sites of the settings.",
)
TENANT = variables.choice(
    "tenant",
    _pdus("tenant"),
    SOURCE,
    every=variables.ANY_OR_NONE,
    says="Tag `tenant` of the PDUs; All has those without one too.",
)
RACK = variables.choice(
    "rack",
    _pdus("rack", ',tenant=~"$tenant"'),
    SOURCE,
    says="Tag `rack` of the PDUs.",
)

SITE_LINKS = [
    to_board("Site", uid_of("site", TAG), site="${__value.text}"),
    to_board("Grid and carbon", uid_of("grid", TAG), site="${__value.text}"),
    to_board("Data quality", uid_of("quality", TAG), site="${__value.text}"),
]
RACK_LINKS = [
    to_board(
        "Rack", uid_of("rack", TAG), "tenant", site="${__data.fields.Site}", rack="${__value.text}"
    )
]
DEVICE_LINKS = [to_board("Device", uid_of("device", TAG), device="${__value.text}")]
"""From a row that does not say its site: the device is looked for at all of them."""

DEVICE_OF_SITE_LINKS = [
    to_board(
        "Device",
        uid_of("device", TAG),
        site="${__data.fields.Site}",
        device="${__value.text}",
    )
]
SITE_KEY = Key(label="site", title="Site", links=SITE_LINKS)

ALERT_LABELS = {
    "alertname": "Alert",
    "severity": "Severity",
    "site": "Site",
    "rack": "Rack",
    "device": "Device",
    "what": "Of",
    "instance": "Agent",
}
ALERT_OF = ("meter", "node", "exporter", "period")
"""An alert has one of these at most: they share a column."""

READ_OF = f"max by (instance, device) ({READ}{{{OF_SITE}}})"
"""Tells which devices are at the chosen sites: a device has no site of its own."""


def of_sites(metric: str, more: str = "") -> str:
    """Return a figure of each chosen site: one of each, however many agents show it."""
    return f"max by (site) ({metric}{{{OF_SITE}{more}}})"


def alerts_count(selector: str, *, width: int) -> stat.Panel:
    """Return how many alerts fire. It is 0 only where an agent is scraped: else it is unknown."""
    firing = f'ALERTS{{alertname=~"Carbond.+",alertstate="firing"{selector}}}'
    return PANELS.number(
        Words(
            title="Alerts firing",
            says="Alerts of deploy/prometheus/carbond.rules.yml that fire now for what is chosen "
            "here; those of agents and exporters are on the board Agent health alone, where what "
            "fires is listed. A dash where no agent is scraped: nothing is known then.",
            unit=units.COUNT,
            steps=steps.NONE_IS_GOOD,
            links=[to_board("Agent health", uid_of("agent", TAG))],
        ),
        Promql(f"count({firing}) or 0 * count(carbond_build_info)"),
        width=width,
    )


def _alerts(chosen: str) -> str:
    names = ", ".join(f'"{name}"' for name in ALERT_OF)
    joined = f'label_join({chosen}, "what", "", {names})'
    return f"max by ({', '.join(ALERT_LABELS)}) ({joined})"


def alerts_list(selector: str, *, width: int, height: int = 8) -> table.Panel:
    """Return the alerts that fire, and since when."""
    links = {"site": SITE_LINKS, "device": DEVICE_LINKS}
    keys = [
        Key(label=label, title=title, links=links.get(label, ()))
        for label, title in ALERT_LABELS.items()
    ]
    since = _alerts(f'ALERTS_FOR_STATE{{alertname=~"Carbond.+"{selector}}}')
    firing = _alerts(f'ALERTS{{alertname=~"Carbond.+",alertstate="firing"{selector}}}')
    return TABLES.rows(
        "Firing",
        "Alerts that fire, by the labels they have, and since when their condition holds. What to "
        "look at and what to do is in deploy/prometheus/runbook.md, under the alert's name.",
        keys,
        [Column(title="Since", query=Promql(f"{since} * 1000 and {firing}"), unit=units.MOMENT)],
        width=width,
        height=height,
        missing="No alert fires.",
    )


def silent_count(says: str, query: str, *, width: int) -> stat.Panel:
    """Return how many devices do not answer."""
    return PANELS.number(
        Words(
            title="Not answering",
            says=says,
            unit=units.COUNT,
            steps=steps.SOME_ARE_BEARABLE,
            links=[to_board("Data quality", uid_of("quality", TAG))],
        ),
        Promql(query),
        width=width,
    )


def silent_list(*, width: int, height: int = 8) -> table.Panel:
    """Return the devices that answer the worst, those of the chosen sites."""
    silent = f"(carbond_device_silent_seconds and on (instance, device) {READ_OF})"
    answer = f"(carbond_device_answer_seconds and on (instance, device) {READ_OF})"
    top = f"topk(15, max by (device, kind) ({silent}))"
    return TABLES.rows(
        "Slowest to answer",
        "The 15 devices that have been silent for longest, at the chosen sites. 0 while a device "
        "answers; then the time of its last answer tells them apart. No answer time: no answer.",
        [Key(label="device", title="Device", links=DEVICE_LINKS), Key(label="kind", title="Kind")],
        [
            Column(title="Silent for", query=Promql(top), unit=units.SECONDS, steps=steps.SILENCE),
            Column(
                title="Last answer took",
                query=Promql(f"max by (device, kind) ({answer}) and on (device, kind) {top}"),
                unit=units.SECONDS,
            ),
        ],
        width=width,
        height=height,
        by="Silent for",
    )


def intensity(kind: str) -> str:
    """Return the metric of an applied intensity."""
    return f"carbond_grid_intensity_{kind}_grams_per_kilowatt_hour"


def by_standing(kind: str) -> Sequence[Promql]:
    """Return the intensity of a kind, apart by what it stands on: each is a gap in the others."""
    value = of_sites(intensity(kind))
    estimated, fallback = (
        of_sites(f"carbond_grid_intensity_{kind}_{name}") for name in ("estimated", "fallback")
    )
    return [
        Promql(f"{value} and ({estimated} == 0) and ({fallback} == 0)", "{{site}} final"),
        Promql(f"{value} and ({estimated} == 1) and ({fallback} == 0)", "{{site}} estimated"),
        Promql(f"{value} and ({fallback} == 1)", "{{site}} fallback"),
    ]


def tenants_list(selector: str = "", *, width: int, height: int = 8) -> table.Panel:
    """Return what the tenants draw, and what they have used."""
    return TABLES.rows(
        "Tenants",
        "Power and energy of the PDUs with the tag `tenant`. Energy is of the 24 hours until the "
        "last full one and of the 30 days until midnight UTC, from what Prometheus has scraped: a "
        "lower bound, and no bill.",
        [Key(label="tenant", title="Tenant"), SITE_KEY],
        [
            Column(
                title="Power",
                query=Promql(
                    f"sum by (site, tenant) (tenant:carbond_meter_power_watts:sum{{{selector}}})"
                ),
                unit=units.WATTS,
            ),
            Column(
                title="PDUs in it",
                query=Promql(
                    f"sum by (site, tenant) (tenant:carbond_meter_power_watts:count{{{selector}}})"
                ),
                unit=units.COUNT,
            ),
            Column(
                title="24 hours",
                query=Promql(
                    "sum by (site, tenant) "
                    f"(tenant:carbond_meter_energy_joules:increase1d{{{selector}}}) / 3600"
                ),
                unit=units.WATT_HOURS,
            ),
            Column(
                title="30 days",
                query=Promql(
                    "sum by (site, tenant) "
                    f"(tenant:carbond_meter_energy_joules:increase30d{{{selector}}}) / 3600"
                ),
                unit=units.WATT_HOURS,
            ),
        ],
        width=width,
        height=height,
        by="Power",
        missing="No PDU has a tag `tenant`.",
    )
