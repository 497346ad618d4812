"""What the agent's own alert rules say now: what fires, and what is about to."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from agent.alerts import Alert, Severity, State
from agent.console.api.answers import answer, desk_of
from agent.console.api.asked import After, Format, Limit, Moment
from agent.console.api.paging import page_of
from agent.console.api.tables import Table

router = APIRouter(tags=["status"])


class AlertSaid(BaseModel):
    """An alert: one rule that holds of one thing."""

    id: str = Field(description="The same as long as it holds of the same thing.")
    name: str = Field(description="Of the rule; docs/alerts.md has them.")
    severity: Severity
    state: Literal["pending", "firing"] = Field(
        description="Pending while it has not held for as long as the rule asks."
    )
    since: Moment = Field(description="Since when it holds.")
    fired_at: Moment | None = Field(description="Since when it fires; null while it is pending.")
    value: float = Field(description="The last one past the threshold, in the rule's unit.")
    threshold: float
    summary: str = Field(description="The same in words, with units.")
    runbook: str = Field(description="Where it stands what to do.")
    labels: dict[str, str] = Field(description="What it is about: site, device, meter, rack.")


class Alerts(BaseModel):
    """A page of alerts, the gravest first."""

    items: list[AlertSaid]
    next: str | None = Field(description="The path of the next page; null on the last one.")


@router.get("/alerts", response_model=Alerts, summary="What fires, and what is about to")
async def alerts(
    request: Request,
    *,
    severity: Annotated[Severity | None, Query(description="Of this severity alone.")] = None,
    state: Annotated[
        Literal["pending", "firing"] | None, Query(description="In this state alone.")
    ] = None,
    limit: Limit = 200,
    after: After = None,
    format: Format = None,
) -> Response:
    """Return a page of the alerts of the agent's own rules: an empty one is good news."""
    watch = desk_of(request).alerts
    found = watch.alerts if watch is not None else ()

    def work(*_: object) -> Alerts:
        fitting = (
            one for one in found if severity in (None, one.severity) and state in (None, one.state)
        )
        page, following = page_of(request, fitting, _place, after=after, limit=limit)
        return Alerts(items=[_said(one) for one in page], next=following)

    return await answer(
        request, work, Table(names=tuple(AlertSaid.model_fields), rows=_rows), link=True
    )


def _place(alert: Alert) -> str:
    """Return where it stands among the others: the gravest first, then the oldest."""
    grave = list(Severity).index(alert.severity)
    return f"{grave} {alert.since.isoformat()} {alert.id}"


def _said(alert: Alert) -> AlertSaid:
    return AlertSaid(
        id=alert.id,
        name=alert.name,
        severity=alert.severity,
        state="firing" if alert.state is State.FIRING else "pending",
        since=alert.since,
        fired_at=alert.fired,
        value=alert.value,
        threshold=alert.threshold,
        summary=alert.summary,
        runbook=alert.runbook,
        labels=dict(alert.labels),
    )


def _rows(page: Alerts) -> Iterator[Mapping[str, object]]:
    """Yield them with their labels as `name=value`."""
    for one in page.items:
        yield {**one.model_dump(), "labels": list(_pairs(one.labels.items()))}


def _pairs(labels: Iterable[tuple[str, str]]) -> Iterator[str]:
    return (f"{name}={value}" for name, value in labels)
