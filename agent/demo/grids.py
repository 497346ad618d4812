"""The simulated grid, and the servers that answer for it as the real services do."""

from agent.demo.grids_electricitymaps import electricitymaps_app
from agent.demo.grids_faults import Faults, Said, faults_of
from agent.demo.grids_serving import serving
from agent.demo.grids_simulated import Published, SimulatedGrid, lb_per_mwh
from agent.demo.grids_watttime import watttime_app

__all__ = [
    "Faults",
    "Published",
    "Said",
    "SimulatedGrid",
    "electricitymaps_app",
    "faults_of",
    "lb_per_mwh",
    "serving",
    "watttime_app",
]
