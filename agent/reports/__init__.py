"""What carbond answers for its figures with: calculations as trees of what they came from."""

from agent.reports.meter_hour import explain_meter
from agent.reports.site_hour import explain_site_hour
from agent.reports.site_period import explain_period
from agent.reports.terms import Term, as_data, as_lines

__all__ = [
    "Term",
    "as_data",
    "as_lines",
    "explain_meter",
    "explain_period",
    "explain_site_hour",
]
