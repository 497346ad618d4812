"""The rules about power: loads by ratings, phases, and the redundancy of racks."""

from collections.abc import Iterator
from datetime import timedelta

from agent.alerts.rule import Comparison, Rule, Severity
from config.alerts import AlertName, AlertThresholds

MINUTES = timedelta(minutes=1)


def power_rules(to: AlertThresholds) -> Iterator[Rule]:
    """Yield them with a site's own thresholds."""
    for severity, load, hold in (
        (Severity.CRITICAL, to.load_critical, 2 * MINUTES),
        (Severity.WARNING, to.load_warning, 10 * MINUTES),
    ):
        yield Rule(
            name=AlertName.LOAD_HIGH,
            severity=severity,
            when=(Comparison(metric="carbond_meter_load_ratio", threshold=load),),
            hold=hold,
            keep=5 * MINUTES,
            summary="{meter} carries {value:percent} of its rating, more than {threshold:percent}.",
        )
    yield _imbalance(to)
    yield from _redundancy(to)


def _imbalance(to: AlertThresholds) -> Rule:
    return Rule(
        name=AlertName.PHASE_IMBALANCE,
        severity=Severity.WARNING,
        when=(
            Comparison(metric="carbond_meter_imbalance_ratio", threshold=to.imbalance),
            Comparison(metric="carbond_meter_power_watts", threshold=to.imbalance_least_watts),
        ),
        on=("site", "device", "meter"),
        hold=30 * MINUTES,
        keep=15 * MINUTES,
        summary="A phase of {meter} is {value:percent} off the mean of the three, more than "
        "{threshold:percent}.",
    )


def _redundancy(to: AlertThresholds) -> Iterator[Rule]:
    for severity, ratio, hold, words in (
        (
            Severity.CRITICAL,
            to.redundancy_critical,
            5 * MINUTES,
            "could not carry it",
        ),
        (
            Severity.WARNING,
            to.redundancy_warning,
            15 * MINUTES,
            "could hardly carry it",
        ),
    ):
        yield Rule(
            name=AlertName.REDUNDANCY_BROKEN,
            severity=severity,
            when=(Comparison(metric="carbond_rack_redundancy_ratio", threshold=ratio),),
            hold=hold,
            keep=5 * MINUTES,
            summary="Rack {rack} of {site} draws {value:percent} of the rating that is left "
            f"without its greatest feed, more than {{threshold:percent}}: that {words}.",
        )
