"""Steps: from which value on a number has which colour.

Red is for what a person must act on. What an alert is for has the alert's own threshold, as the
settings have it where nobody says otherwise. The intensity has a scale of its own, that the
colour-blind can read: it says more or less, never good or bad.
"""

from collections.abc import Sequence

from grafana_foundation_sdk.builders.dashboard import ThresholdsConfig
from grafana_foundation_sdk.models.dashboard import Threshold, ThresholdsMode

from agent.model import FRESH
from config.alerts import AlertThresholds

ALERTS = AlertThresholds()

Steps = Sequence[tuple[float | None, str]]
"""From each value on, the colour; the first has no value: it holds below all others."""

CALM, GOOD, LOOK, ACT = "text", "green", "orange", "red"

NEUTRAL: Steps = ((None, CALM),)
"""For a number that is neither good nor bad."""

NONE_IS_GOOD: Steps = ((None, GOOD), (1, ACT))
"""For a count of what is wrong."""

SOME_ARE_BEARABLE: Steps = ((None, GOOD), (1, LOOK))
"""For a count of what is worth a look, and wakes nobody."""

YES_IS_GOOD: Steps = ((None, ACT), (1, GOOD))
"""For 1 and 0."""

COVERAGE: Steps = ((None, ACT), (ALERTS.coverage, LOOK), (0.99, GOOD))
"""For the share that is known."""

MEASURED: Steps = ((None, LOOK), (ALERTS.pue_measured, GOOD))
"""For the share of energy whose PUE is measured."""

LOAD: Steps = ((None, GOOD), (ALERTS.load_warning, LOOK), (ALERTS.load_critical, ACT))
"""For power or current by its rating."""

REDUNDANCY: Steps = (
    (None, GOOD),
    (ALERTS.redundancy_warning, LOOK),
    (ALERTS.redundancy_critical, ACT),
)
"""For the power of a rack by its smallest feed: over 1, one feed cannot carry all."""

BUDGET: Steps = ((None, GOOD), (0.9, LOOK), (1, ACT))
"""For what is used, or will be, by what is allowed."""

BURN: Steps = ((None, GOOD), (ALERTS.budget_slow_ratio, LOOK), (ALERTS.budget_fast_ratio, ACT))
"""For emissions in a window by what the budget allows in it."""

BOUND: Steps = ((None, GOOD), (ALERTS.residual_ratio, LOOK))
"""For a residual by its bound."""

ESTIMATED: Steps = ((None, GOOD), (ALERTS.estimated_share, LOOK))
"""For the share that stands on estimates."""

FALLBACK: Steps = ((None, GOOD), (ALERTS.fallback_share, LOOK))
"""For the share that stands on stand-ins."""

DRIFT: Steps = ((None, GOOD), (ALERTS.pue_drift, LOOK))
"""For a PUE by its own past."""

IMBALANCE: Steps = ((None, GOOD), (ALERTS.imbalance, LOOK))
"""For phases that carry unlike loads."""

SILENCE: Steps = (
    (None, GOOD),
    (FRESH.total_seconds(), LOOK),
    (ALERTS.silent.total_seconds(), ACT),
)
"""For seconds since the last answer: after the first step the page has no samples any more."""

BACKLOG: Steps = (
    (None, GOOD),
    (ALERTS.backlog_warning.total_seconds(), LOOK),
    (ALERTS.backlog_critical.total_seconds(), ACT),
)
"""For seconds that an exporter is behind."""

AGE: Steps = ((None, GOOD), (ALERTS.intensity_age.total_seconds(), LOOK))
"""For seconds since the newest intensity ended."""

PAGE: Steps = ((None, GOOD), (ALERTS.page_age.total_seconds(), ACT))
"""For the age of the page that Prometheus scrapes."""

FILLED: Steps = ((None, GOOD), (ALERTS.ledger_warning, LOOK), (ALERTS.ledger_critical, ACT))
"""For the ledger by what it can have."""

INTENSITY: Steps = ((None, "#3B528B"), (150, "#21918C"), (300, "#5EC962"), (450, "#FDE725"))
"""For g/kWh: viridis, from dark for little to light for much."""


def thresholds(steps: Steps) -> ThresholdsConfig:
    """Return them as Grafana wants them."""
    found = [Threshold(value=value, color=color) for value, color in steps]
    return ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(found)
