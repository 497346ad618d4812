"""The boards: a folder for each data source, a module for each dashboard."""

from collections.abc import Mapping, Sequence

from deploy.grafana.boards import influxdb, prometheus
from deploy.grafana.parts.board import Board

BOARDS: Mapping[str, Sequence[Board]] = {
    "prometheus": prometheus.BOARDS,
    "influxdb": influxdb.BOARDS,
}
"""All of them, by the folder under `dashboards` that they are written to."""
