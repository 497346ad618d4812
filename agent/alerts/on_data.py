"""The rules about what the figures stand on, and about the agent that makes them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from agent.alerts.rule import Comparison, OutsideRule, Rule, Severity
from config.alerts import AlertName, AlertThresholds

MINUTES = timedelta(minutes=1)
HOURS = timedelta(hours=1)
STANDING = "carbond_site_emissions_location_today_energy_ratio"


def data_rules(to: AlertThresholds) -> Iterator[Rule]:
    """Yield them with a site's own thresholds."""
    yield Rule(
        name=AlertName.COVERAGE_LOW,
        severity=Severity.WARNING,
        when=(
            Comparison(metric="carbond_site_hour_coverage_ratio", sign="<", threshold=to.coverage),
        ),
        hold=15 * MINUTES,
        # The first minutes of an hour say little: that is no end of an outage.
        keep=15 * MINUTES,
        summary="{value:percent} of the running hour of {site} is known, less than "
        "{threshold:percent}.",
    )
    yield from _standing(to)
    yield Rule(
        name=AlertName.DEVICE_SILENT,
        severity=Severity.WARNING,
        when=(
            Comparison(metric="carbond_device_silent_seconds", threshold=to.silent.total_seconds()),
            # A grid is asked each quarter of an hour: one question that is lost is no silence.
            Comparison(metric="carbond_device_missed_polls", threshold=1),
        ),
        on=("device", "kind"),
        hold=timedelta(),
        keep=5 * MINUTES,
        summary="{device} ({kind}) has not answered for {value:duration}, more than "
        "{threshold:duration}.",
    )
    yield Rule(
        name=AlertName.RESIDUAL_OUT_OF_BOUNDS,
        severity=Severity.WARNING,
        when=(Comparison(metric="carbond_node_residual_ratio", threshold=to.residual_ratio),),
        # Of two closed hours: one may have a reading that came late.
        hold=65 * MINUTES,
        summary="At {node} of {site} the meters contradict each other by {value:hundredths} times "
        "what their errors allow.",
    )
    yield from _agent(to)


def _standing(to: AlertThresholds) -> Iterator[Rule]:
    """Yield the rules about what today's emissions stand on."""
    estimated = "stands on estimated intensities"
    yield replace(
        _stands(AlertName.ESTIMATED_SHARE_HIGH, "estimated", to.estimated_share, estimated),
        severity=Severity.INFO,
        # The first hours of a day are all estimates.
        hold=6 * HOURS,
    )
    stand_ins = "stands on stand-ins for intensities"
    yield _stands(AlertName.FALLBACK_SHARE_HIGH, "fallback", to.fallback_share, stand_ins)
    nothing = "has no intensity, and so no emissions"
    yield _stands(AlertName.EMISSIONS_UNCOVERED, "uncovered", to.uncovered_share, nothing)


def _stands(name: AlertName, standing: str, threshold: float, words: str) -> Rule:
    return Rule(
        name=name,
        severity=Severity.WARNING,
        when=(Comparison(metric=STANDING, threshold=threshold, matchers={"standing": standing}),),
        hold=HOURS,
        keep=30 * MINUTES,
        summary=f"{{value:percent}} of today's energy of {{site}} {words}: more than "
        "{threshold:percent}.",
    )


def _agent(to: AlertThresholds) -> Iterator[Rule]:
    for severity, age in (
        (Severity.CRITICAL, to.backlog_critical),
        (Severity.WARNING, to.backlog_warning),
    ):
        yield Rule(
            name=AlertName.EXPORTER_BACKLOG,
            severity=severity,
            when=(
                Comparison(
                    metric="carbond_exporter_backlog_seconds", threshold=age.total_seconds()
                ),
            ),
            hold=5 * MINUTES,
            keep=5 * MINUTES,
            summary="The exporter {exporter} has not delivered what was booked {value:duration} "
            "ago, more than {threshold:duration}.",
        )
    for severity, share in (
        (Severity.CRITICAL, to.ledger_critical),
        (Severity.WARNING, to.ledger_warning),
    ):
        yield Rule(
            name=AlertName.LEDGER_NEARLY_FULL,
            severity=severity,
            when=(Comparison(metric="carbond_ledger_used_ratio", threshold=share),),
            hold=5 * MINUTES,
            keep=15 * MINUTES,
            summary="The ledger has {value:percent} of what it can have, more than "
            "{threshold:percent}.",
        )


JOB = 'job="carbond"'
"""What Prometheus calls the agents: the name of the job that scrapes them."""


def outside_rules(to: AlertThresholds) -> Iterator[OutsideRule]:
    """Yield the rules about an agent that cannot speak: Prometheus alone has them."""
    seconds = f"{to.page_age.total_seconds():g}"
    yield OutsideRule(
        name=AlertName.AGENT_DOWN,
        severity=Severity.CRITICAL,
        expression=f"up{{{JOB}}} == 0",
        hold=2 * MINUTES,
        summary="The agent {instance} does not answer: nothing is known of what it measures.",
    )
    yield OutsideRule(
        name=AlertName.AGENT_ABSENT,
        severity=Severity.CRITICAL,
        expression=f"absent(up{{{JOB}}})",
        hold=5 * MINUTES,
        summary="Prometheus scrapes no agent: it has no target of the job carbond.",
    )
    yield OutsideRule(
        name=AlertName.PAGE_STALE,
        severity=Severity.CRITICAL,
        expression=f"time() - carbond_metrics_updated_timestamp_seconds > {seconds}",
        hold=MINUTES,
        summary="The agent {instance} answers, and its page is {value:duration} old, more than "
        "{threshold:duration}.",
        threshold=to.page_age.total_seconds(),
    )
