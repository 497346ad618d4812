"""Alerts and moments for these tests."""

from datetime import UTC, datetime, timedelta

from agent.alerts.rule import Comparison, Rule, Severity
from agent.alerts.states import Alert, State
from agent.model import DeviceNow, Now
from config.alerts import AlertName

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)

LOAD = Rule(
    name=AlertName.LOAD_HIGH,
    severity=Severity.WARNING,
    when=(Comparison(metric="carbond_meter_load_ratio", threshold=0.8),),
    hold=timedelta(minutes=2),
    keep=timedelta(minutes=3),
    summary="{meter} carries {value:percent}, more than {threshold:percent}.",
)


def alert(
    meter: str = "pdu-a",
    *,
    state: State = State.FIRING,
    value: float = 0.9,
    name: AlertName = AlertName.LOAD_HIGH,
    severity: Severity = Severity.WARNING,
) -> Alert:
    return Alert(
        name=name,
        severity=severity,
        state=state,
        labels={"site": "fra", "meter": meter},
        since=AT,
        fired=AT + timedelta(minutes=10),
        ended=AT + timedelta(minutes=30) if state is State.RESOLVED else None,
        value=value,
        threshold=0.8,
        summary=f"{meter} carries {value:.0%} of its rating, more than 80%.",
        runbook="runbook.md#carbondloadhigh",
    )


def silent(*names: str, at: datetime, since: datetime = AT) -> Now:
    """A moment in which some devices have been silent since a time, and one answers."""
    states = [
        DeviceNow(name=name, kind="snmp", up=False, since=since, error="no answer", missed=15)
        for name in names
    ]
    good = DeviceNow(name="pdu-good", kind="snmp", up=True, since=since)
    return Now(at=at, sites=(), meters=(), devices=(*states, good))
