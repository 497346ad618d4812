"""Alerts: one definition of when a person is told, for Prometheus and for the agent itself.

`catalogue` has the rules, `prometheus` prints them as a file, `watch` evaluates them.
"""

from agent.alerts.rule import Severity
from agent.alerts.states import Alert, State
from agent.alerts.watch import Watch

__all__ = ["Alert", "Severity", "State", "Watch"]
