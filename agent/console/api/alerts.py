"""What the agent's own alert rules say now: what fires, and what is about to."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from agent.alerts import Alert, Severity, State
from agent.console.alerting import about, graver
from agent.console.api.alert_said import Alerts, AlertSaid, FiringSaid, said_of
from agent.console.api.answers import answer, desk_of
from agent.console.api.asked import After, Format, Limit
from agent.console.api.paging import page_of
from agent.console.api.tables import Table
from agent.console.standing import standing_of

router = APIRouter(tags=["status"])


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
    """Return a page of the alerts of the agent's own rules: an empty one is good news where rules
    are evaluated.
    """
    desk = desk_of(request)
    watch, standing = desk.alerts, standing_of(desk)
    found = watch.alerts if watch is not None else ()

    def work(*_: object) -> Alerts:
        fitting = (
            one for one in found if severity in (None, one.severity) and state in (None, one.state)
        )
        page, following = page_of(request, fitting, _place, after=after, limit=limit)
        under = graver(found)
        return Alerts(
            items=[said_of(one, about(one, standing), under.get(one.id)) for one in page],
            next=following,
            evaluated=watch is not None and watch.evaluates,
            firing=_firing(found, under),
        )

    return await answer(
        request, work, Table(names=tuple(AlertSaid.model_fields), rows=_rows), link=True
    )


def _firing(alerts: Sequence[Alert], under: Mapping[str, str]) -> FiringSaid:
    counted = Counter(
        str(one.severity) for one in alerts if one.state is State.FIRING and one.id not in under
    )
    return FiringSaid(**{severity: counted[severity] for severity in Severity})


def _place(alert: Alert) -> str:
    """Return where it stands among the others: the gravest first, then the oldest."""
    grave = list(Severity).index(alert.severity)
    return f"{grave} {alert.since.isoformat()} {alert.id}"


def _rows(page: Alerts) -> Iterator[Mapping[str, object]]:
    """Yield them with their labels as `name=value`."""
    for one in page.items:
        yield {**one.model_dump(), "labels": list(_pairs(one.labels.items()))}


def _pairs(labels: Iterable[tuple[str, str]]) -> Iterator[str]:
    return (f"{name}={value}" for name, value in labels)
