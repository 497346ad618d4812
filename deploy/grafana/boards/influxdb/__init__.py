"""The boards that ask InfluxDB."""

from collections.abc import Sequence

from deploy.grafana.boards.influxdb import device, fleet, grid, quality, rack, site
from deploy.grafana.parts.board import Board

BOARDS: Sequence[Board] = [module.BOARD for module in (fleet, site, rack, device, grid, quality)]
