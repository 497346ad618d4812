"""An alert as data for programs: over MQTT, for Alertmanager's webhooks, and in the console."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from agent.alerts.states import Alert, State

NEVER = datetime(1, 1, 1, tzinfo=UTC)
"""When what still fires has ended, in the form of Alertmanager."""

MOST = 100
"""Alerts of one message; further ones are counted in it."""


def data_of(alert: Alert) -> dict[str, Any]:
    """Return an alert with all that is known of it; times are in UTC."""
    return {
        "id": alert.id,
        "name": alert.name,
        "severity": alert.severity,
        "state": alert.state,
        "labels": dict(alert.labels),
        "since": _time(alert.since),
        "fired_at": _time(alert.fired),
        "ended_at": _time(alert.ended),
        "value": alert.value,
        "threshold": alert.threshold,
        "summary": alert.summary,
        "runbook": alert.runbook,
    }


def ended_data(payload: bytes, at: datetime) -> dict[str, Any] | None:
    """Return what `data_of` once made as an alert that has ended; None for anything else."""
    try:
        data = json.loads(payload)
    except ValueError:
        return None
    if not isinstance(data, dict) or data.get("state") != State.FIRING:
        return None
    return data | {"state": State.RESOLVED, "ended_at": _time(at)}


def webhook_data(name: str, alerts: Sequence[Alert]) -> dict[str, Any]:
    """Return the message of Alertmanager's webhooks, version 4, with the alerts of one name.

    It is resolved as a whole once none of them fires.
    """
    shown = [_webhook_alert(one) for one in alerts[:MOST]]
    firing = any(one.state is State.FIRING for one in alerts)
    return {
        "version": "4",
        "groupKey": f'{{}}:{{alertname="{name}"}}',
        "truncatedAlerts": len(alerts) - len(shown),
        "status": "firing" if firing else "resolved",
        "receiver": "carbond",
        "groupLabels": {"alertname": name},
        "commonLabels": _common(one["labels"] for one in shown),
        "commonAnnotations": _common(one["annotations"] for one in shown),
        "externalURL": "",
        "alerts": shown,
    }


def _webhook_alert(alert: Alert) -> dict[str, Any]:
    return {
        "status": "resolved" if alert.state is State.RESOLVED else "firing",
        "labels": {"alertname": alert.name, "severity": alert.severity, **alert.labels},
        "annotations": {"summary": alert.summary, "runbook_url": alert.runbook},
        "startsAt": _time(alert.fired or alert.since),
        "endsAt": _time(alert.ended or NEVER),
        "generatorURL": "",
        "fingerprint": alert.id,
    }


def _common(several: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Return what all have in common."""
    first, *rest = several
    return {
        name: value for name, value in first.items() if all(one.get(name) == value for one in rest)
    }


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")
