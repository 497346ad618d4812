"""What the daemon counts about itself, on the page for Prometheus.

What it measures of the data centre is not here: that comes from the ledger.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()

POLLS = Counter(
    "carbond_polls_total",
    "Polls of devices and grids by outcome: answered, unavailable or bug.",
    ["kind", "outcome"],
    registry=REGISTRY,
)
POLL_SECONDS = Histogram(
    "carbond_poll_seconds",
    "Time from the question to the last answer of one poll.",
    ["kind"],
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
DROPPED = Counter(
    "carbond_dropped_packets_total",
    "Packets that were dropped by protocol and reason: malformed, late, unknown, unverified.",
    ["protocol", "reason"],
    registry=REGISTRY,
)
BOOKED = Counter(
    "carbond_booked_readings_total",
    "Readings and intensities that are on disk.",
    registry=REGISTRY,
)
UNBOOKED = Counter(
    "carbond_unbooked_readings_total",
    "Readings and intensities that the ledger could not take because its disk is full.",
    registry=REGISTRY,
)
COMMIT_SECONDS = Histogram(
    "carbond_ledger_commit_seconds",
    "Time of one transaction of the ledger.",
    buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5),
    registry=REGISTRY,
)
EXPORTED = Counter(
    "carbond_exported_entries_total",
    "Entries of the ledger that an exporter has delivered.",
    ["exporter"],
    registry=REGISTRY,
)
REFUSED = Counter(
    "carbond_refused_lines_total",
    "Lines that an exporter's server will never take; they are in the ledger's dead letters.",
    ["exporter"],
    registry=REGISTRY,
)
POSITION = Gauge(
    "carbond_exporter_position",
    "Position in the ledger up to which an exporter has delivered.",
    ["exporter"],
    registry=REGISTRY,
)
ALERTS_SENT = Counter(
    "carbond_alerts_sent_total",
    "Alerts, as they began or ended, that a place has taken: mqtt or webhook.",
    ["to"],
    registry=REGISTRY,
)
ALERTS_DROPPED = Counter(
    "carbond_alerts_dropped_total",
    "Alerts that a place refused, or that could not wait for it any longer.",
    ["to"],
    registry=REGISTRY,
)
