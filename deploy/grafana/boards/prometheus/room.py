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

DATASOURCE = variables.datasource(TAG)
SITE = variables.choice(
    "site",
    variables.label_values("carbond_site_power_watts", "site"),
    SOURCE,
    says="Sites of the settings.",
)
TENANT = variables.choice(
    "tenant",
    variables.label_values('tenant:carbond_meter_power_watts:sum{site=~"$site"}', "tenant"),
    SOURCE,
    every=variables.ANY_OR_NONE,
    says="Tag `tenant` of the PDUs; All has those without one too.",
)
RACK = variables.choice(
    "rack",
    variables.label_values(
        'rack:carbond_meter_power_watts:sum{site=~"$site",tenant=~"$tenant"}', "rack"
    ),
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
SITE_KEY = Key(label="site", title="Site", links=SITE_LINKS)

OF_SITE = 'site=~"$site"'
ALERT_LABELS = "alertname, severity, site, rack, device, meter, exporter"
READ_OF = 'max by (instance, device) (carbond_meter_last_reading_timestamp_seconds{site=~"$site"})'
"""Tells which devices are at the chosen sites: a device has no site of its own."""


def alerts_count(selector: str, *, width: int) -> stat.Panel:
    """Return how many alerts fire. It is 0 only where an agent is scraped: else it is unknown."""
    firing = f'ALERTS{{alertname=~"Carbond.+",alertstate="firing"{selector}}}'
    return PANELS.number(
        Words(
            title="Alerts firing",
            says="Alerts of deploy/prometheus/carbond.rules.yml that fire now; a dash where no "
            "agent is scraped, for then nothing is known. The list is on this board.",
            unit=units.COUNT,
            steps=steps.NONE_IS_GOOD,
            links=[to_board("Agent health", uid_of("agent", TAG))],
        ),
        Promql(f"count({firing}) or 0 * count(carbond_build_info)"),
        width=width,
    )


def alerts_list(selector: str, *, width: int, height: int = 8) -> table.Panel:
    """Return the alerts that fire, and since when."""
    labels = ALERT_LABELS
    since = f'max by ({labels}) (ALERTS_FOR_STATE{{alertname=~"Carbond.+"{selector}}})'
    firing = f'max by ({labels}) (ALERTS{{alertname=~"Carbond.+",alertstate="firing"{selector}}})'
    titles = {"alertname": "Alert", "exporter": "Exporter", "severity": "Severity"}
    links = {"site": SITE_LINKS, "device": DEVICE_LINKS}
    keys = [
        Key(label=name, title=titles.get(name, name.capitalize()), links=links.get(name, ()))
        for name in labels.split(", ")
    ]
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


def by_standing(kind: str, metric: str, selector: str = OF_SITE) -> Sequence[Promql]:
    """Return the intensity of a kind, apart by what it stands on: each is a gap in the others."""
    value = f"max by (site, source) ({metric}{{{selector}}})"
    flags = {
        name: f"max by (site, source) (carbond_grid_intensity_{kind}_{name}{{{selector}}})"
        for name in ("estimated", "fallback")
    }
    return [
        Promql(
            f"{value} and ({flags['estimated']} == 0) and ({flags['fallback']} == 0)",
            "{{site}} final",
        ),
        Promql(
            f"{value} and ({flags['estimated']} == 1) and ({flags['fallback']} == 0)",
            "{{site}} estimated",
        ),
        Promql(f"{value} and ({flags['fallback']} == 1)", "{{site}} fallback"),
    ]


def tenants_list(selector: str = "", *, width: int, height: int = 8) -> table.Panel:
    """Return what the tenants draw, and what they have used."""
    return TABLES.rows(
        "Tenants",
        "Power and energy of the PDUs with the tag `tenant`. Energy is of the last 24 hours and 30 "
        "days, rolling, from what Prometheus has scraped: a lower bound, and no bill.",
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
