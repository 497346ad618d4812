"""Agent health: whether carbond itself runs, keeps up, and has room."""

from deploy.grafana.boards.prometheus.room import (
    DATASOURCE,
    PANELS,
    SOURCE,
    TABLES,
    TAG,
    alerts_list,
)
from deploy.grafana.parts import steps, units, variables
from deploy.grafana.parts.board import Board, Row
from deploy.grafana.parts.panels import Words
from deploy.grafana.parts.queries import Promql
from deploy.grafana.parts.tables import Column, Key

AGENT = variables.choice(
    "instance",
    variables.label_values("carbond_build_info", "instance"),
    SOURCE,
    says="Address of the agent, as Prometheus scrapes it.",
)
HERE = 'instance=~"$instance"'


def _by_agent(metric: str, more: str = "", by: str = "instance") -> str:
    return f"max by ({by}) ({metric}{{{HERE}{more}}})"


NOW = [
    PANELS.number(
        Words(
            title="Scraped",
            says="1 if Prometheus has scraped the agent, 0 if it does not answer.",
            unit=units.COUNT,
            steps=steps.YES_IS_GOOD,
        ),
        Promql(f'min by (instance) (up{{job="carbond",{HERE}}})', "{{instance}}"),
        width=3,
    ),
    PANELS.number(
        Words(
            title="Age of its page",
            says="Since the page was made. The agent makes it once a cycle; an old page is an "
            "agent that answers and does not work.",
            unit=units.SECONDS,
            steps=steps.PAGE,
        ),
        Promql(
            f"time() - {_by_agent('carbond_metrics_updated_timestamp_seconds')}", "{{instance}}"
        ),
        width=3,
    ),
    PANELS.number(
        Words(
            title="Not answering",
            says="Devices, grids and exporters of the agent that did not answer last time.",
            unit=units.COUNT,
            steps=steps.SOME_ARE_BEARABLE,
        ),
        Promql(f"sum by (instance) (carbond_device_up{{{HERE}}} == bool 0)", "{{instance}}"),
        width=3,
    ),
    PANELS.number(
        Words(
            title="Exporters behind",
            says="Age of the oldest entry that an exporter has not delivered. Nothing is lost: "
            "the ledger keeps it.",
            unit=units.SECONDS,
            steps=steps.BACKLOG,
            missing="no exporter",
        ),
        Promql(
            _by_agent("carbond_exporter_backlog_seconds", by="instance, exporter"),
            "{{instance}} {{exporter}}",
        ),
        width=4,
    ),
    PANELS.number(
        Words(
            title="Ledger",
            says="Bytes of the ledger by the most it can have: its cap, or what its disk has room "
            "for. At its cap the oldest minutes are deleted.",
            unit=units.RATIO,
            decimals=0,
            steps=steps.FILLED,
        ),
        Promql(_by_agent("carbond_ledger_used_ratio"), "{{instance}}"),
        width=3,
    ),
    PANELS.number(
        Words(
            title="Lost to a full disk",
            says="Readings in the time range that the ledger could not take: its disk was full.",
            unit=units.COUNT,
            steps=steps.NONE_IS_GOOD,
        ),
        Promql(
            "round(max by (instance) "
            f"(increase(carbond_unbooked_readings_total{{{HERE}}}[$__range])))",
            "{{instance}}",
        ),
        width=3,
    ),
    PANELS.number(
        Words(
            title="Running since",
            says="When the process began.",
            unit=units.MOMENT,
        ),
        Promql(
            f"1000 * {_by_agent('process_start_time_seconds')} and on (instance) "
            "carbond_build_info",
            "{{instance}}",
        ),
        width=3,
    ),
    PANELS.number(
        Words(
            title="Agents by version",
            says="How many agents run each version.",
            unit=units.COUNT,
        ),
        Promql(f"count by (version) (carbond_build_info{{{HERE}}})", "{{version}}"),
        width=2,
    ),
]

POLLS = [
    PANELS.curves(
        Words(
            title="Polls",
            says="Polls of devices and grids a second, by how they ended: answered, unavailable "
            "(no answer in time), or bug (a fault in a collector; the log has it).",
            unit=units.PER_SECOND,
        ),
        Promql(
            f"sum by (outcome) (rate(carbond_polls_total{{{HERE}}}[$__rate_interval]))",
            "{{outcome}}",
        ),
        width=8,
        stacked=True,
        least=0,
    ),
    PANELS.curves(
        Words(
            title="How long answers take",
            says="99 of 100 polls that were answered took no longer, by kind of device.",
            unit=units.SECONDS,
        ),
        Promql(
            "histogram_quantile(0.99, sum by (kind, le) "
            f"(rate(carbond_poll_seconds_bucket{{{HERE}}}[$__rate_interval])))",
            "{{kind}}",
        ),
        width=8,
        least=0,
    ),
    PANELS.curves(
        Words(
            title="Packets dropped",
            says="Packets a second that were dropped, by protocol and reason: malformed, late, "
            "unknown or unverified.",
            unit=units.PER_SECOND,
            missing="none dropped",
        ),
        Promql(
            "sum by (protocol, reason) "
            f"(rate(carbond_dropped_packets_total{{{HERE}}}[$__rate_interval]))",
            "{{protocol}} {{reason}}",
        ),
        width=8,
        least=0,
    ),
]

LEDGER = [
    PANELS.curves(
        Words(
            title="Booked",
            says="Readings and intensities that were written to disk, a second.",
            unit=units.PER_SECOND,
        ),
        Promql(
            f"sum by (instance) (rate(carbond_booked_readings_total{{{HERE}}}[$__rate_interval]))",
            "{{instance}}",
        ),
        width=8,
        least=0,
    ),
    PANELS.curves(
        Words(
            title="How long a commit takes",
            says="Half and 99 of 100 transactions of the ledger took no longer. A slow disk is "
            "seen here first.",
            unit=units.SECONDS,
        ),
        *(
            Promql(
                f"histogram_quantile({share}, sum by (instance, le) "
                f"(rate(carbond_ledger_commit_seconds_bucket{{{HERE}}}[$__rate_interval])))",
                f"{{{{instance}}}} {name}",
            )
            for share, name in ((0.5, "half"), (0.99, "99 of 100"))
        ),
        width=8,
        least=0,
    ),
    PANELS.curves(
        Words(
            title="Room of the ledger",
            says="Size of the ledger, the cap of the settings, and what is free on its disk.",
            unit=units.BYTES,
        ),
        Promql(_by_agent("carbond_ledger_bytes"), "{{instance}} ledger"),
        Promql(_by_agent("carbond_ledger_cap_bytes"), "{{instance}} cap"),
        Promql(_by_agent("carbond_ledger_disk_free_bytes"), "{{instance}} free"),
        width=8,
        least=0,
    ),
]


def _of_exporter(metric: str) -> Promql:
    return Promql(_by_agent(metric, by="instance, exporter"))


EXPORTERS = [
    TABLES.rows(
        "Exporters",
        "What each exporter has delivered since its agent began, and what it has not yet. Refused: "
        "lines that its server will never take; they are kept in the ledger's dead letters.",
        [Key(label="exporter", title="Exporter"), Key(label="instance", title="Agent")],
        [
            Column(
                title="Not delivered",
                query=_of_exporter("carbond_exporter_backlog_entries"),
                unit=units.COUNT,
            ),
            Column(
                title="Behind",
                query=_of_exporter("carbond_exporter_backlog_seconds"),
                unit=units.SECONDS,
                steps=steps.BACKLOG,
            ),
            Column(
                title="Delivered",
                query=_of_exporter("carbond_exported_entries_total"),
                unit=units.COUNT,
            ),
            Column(
                title="Refused",
                query=_of_exporter("carbond_refused_lines_total"),
                unit=units.COUNT,
                steps=steps.SOME_ARE_BEARABLE,
            ),
            Column(
                title="Position",
                query=_of_exporter("carbond_exporter_position"),
                unit=units.COUNT,
            ),
        ],
        width=12,
        missing="There is no exporter.",
    ),
    PANELS.curves(
        Words(
            title="Not yet delivered",
            says="Entries of the ledger that an exporter has not delivered. Growing is a server "
            "that is away, or too slow.",
            unit=units.COUNT,
            missing="no exporter",
        ),
        Promql(
            _by_agent("carbond_exporter_backlog_entries", by="instance, exporter"),
            "{{instance}} {{exporter}}",
        ),
        width=12,
        least=0,
    ),
]

PROCESS = [
    PANELS.curves(
        Words(
            title="Processor",
            says="Share of one core that the agent uses.",
            unit=units.RATIO,
        ),
        Promql(
            f"sum by (instance) (rate(process_cpu_seconds_total{{{HERE}}}[$__rate_interval])) "
            "and on (instance) carbond_build_info",
            "{{instance}}",
        ),
        width=6,
        least=0,
    ),
    PANELS.curves(
        Words(
            title="Memory",
            says="Memory of the process that is in RAM.",
            unit=units.BYTES,
        ),
        Promql(
            f"{_by_agent('process_resident_memory_bytes')} and on (instance) carbond_build_info",
            "{{instance}}",
        ),
        width=6,
        least=0,
    ),
    PANELS.curves(
        Words(
            title="Open files",
            says="Files and sockets that are open, by the most that the process may have.",
            unit=units.RATIO,
            decimals=1,
        ),
        Promql(
            f"{_by_agent('process_open_fds')} / {_by_agent('process_max_fds')} "
            "and on (instance) carbond_build_info",
            "{{instance}}",
        ),
        width=6,
        least=0,
    ),
    PANELS.curves(
        Words(
            title="Making the page",
            says="How long the agent took to make the page that Prometheus scrapes, in a thread.",
            unit=units.SECONDS,
        ),
        Promql(_by_agent("carbond_metrics_render_seconds"), "{{instance}}"),
        width=6,
        least=0,
    ),
]

BOARD = Board(
    name="agent",
    title="carbond: agent health",
    says="Whether carbond itself runs, keeps up, and has room.",
    tag=TAG,
    variables=[DATASOURCE, AGENT],
    rows=[
        Row(panels=NOW),
        Row(title="Polls", panels=POLLS),
        Row(title="Ledger", panels=LEDGER),
        Row(title="Exporters", panels=EXPORTERS),
        Row(title="Process", panels=PROCESS),
        Row(title="Alerts of all agents", panels=[alerts_list("", width=24)]),
    ],
    time="now-6h",
)
