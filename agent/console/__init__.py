"""What the daemon answers over HTTP: the page, the API, /metrics, /healthz, /readyz, /-/reload.

access   who may ask, how often and how long
api      /api/v1: one module for each thing that can be asked for
page     what people see
"""

from agent.console.console import Console
from agent.console.desk import Desk, Probed

__all__ = ["Console", "Desk", "Probed"]
