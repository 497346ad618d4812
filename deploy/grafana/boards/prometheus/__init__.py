"""The boards that ask Prometheus."""

from collections.abc import Sequence

from deploy.grafana.boards.prometheus import agent, device, fleet, grid, quality, rack, site
from deploy.grafana.parts.board import Board

BOARDS: Sequence[Board] = [
    fleet.BOARD,
    site.BOARD,
    rack.BOARD,
    device.BOARD,
    grid.BOARD,
    quality.BOARD,
    agent.BOARD,
]
"""In the order in which one looks at them: from all sites to one device, then what is behind."""
