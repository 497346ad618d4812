"""What the daemon tells of itself, with prometheus-client in a registry of its own."""

from datetime import datetime
from importlib.metadata import PackageNotFoundError, version

from prometheus_client import (
    CollectorRegistry,
    Gauge,
    GCCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import generate_latest

from agent import counts


class Own:
    """The process, its version, how old and how dear the page is, and what is counted."""

    def __init__(self) -> None:
        # A series with the time of birth of each counter tells nobody anything.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library is typed in part
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        GCCollector(registry=self._registry)
        build = Gauge(
            "carbond_build_info",
            "1, with the version of carbond as a label.",
            ["version"],
            registry=self._registry,
        )
        build.labels(version=_version()).set(1)
        self._updated = Gauge(
            "carbond_metrics_updated_timestamp_seconds",
            "When this page was rendered, in seconds since 1970. It is rendered once a cycle.",
            registry=self._registry,
        )
        self._rendering = Gauge(
            "carbond_metrics_render_seconds",
            "How long rendering the meters, devices and sites took, in seconds.",
            registry=self._registry,
        )

    def body(self, at: datetime, seconds: float) -> bytes:
        """Return the own metrics as text, of a page for `at` that took `seconds` to render."""
        self._updated.set(at.timestamp())
        self._rendering.set(seconds)
        return generate_latest(self._registry) + generate_latest(counts.REGISTRY)


def _version() -> str:
    try:
        return version("carbond")
    except PackageNotFoundError:
        return "unknown"
