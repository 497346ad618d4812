"""What the daemon is doing: its ledger, its exporters, its grids, and how late its loop is."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from agent.console.api.answers import answer, desk_of
from agent.console.api.asked import Moment
from agent.console.standing import Standing, standing_of
from agent.ledger import Connection, Status
from agent.ledger.readers import Budget
from agent.ledger.status import status_in
from agent.model import DeviceNow

router = APIRouter(tags=["status"])


class LedgerSaid(BaseModel):
    """The ledger's file."""

    name: str = Field(description="Of the file, without its folder.")
    bytes: int = Field(description="The file with its write-ahead log.")
    meters: int = Field(description="That it has ever booked.")
    entries: int = Field(description="That were ever written; the newest has this position.")
    first: Moment | None = Field(description="The first reading.")
    last: Moment | None = Field(description="The last reading.")
    up: bool | None = Field(description="Whether it could be written last; null before that.")
    error: str


class ExporterSaid(BaseModel):
    """An exporter: whether its server takes what is sent, and what waits."""

    name: str
    kind: str | None = Field(description="The type in the settings; null until it was sent to.")
    up: bool | None
    since: Moment | None
    error: str
    behind: int = Field(description="Entries that it has not taken yet.")
    lost: int = Field(description="Entries that the ledger's cap has taken before it could.")
    refused: int = Field(description="Lines that its server will never take.")


class GridSaid(BaseModel):
    """A grid: whether its provider answers."""

    name: str
    kind: str
    up: bool
    since: Moment
    error: str


class DevicesSaid(BaseModel):
    """How many devices there are, and how many answer."""

    total: int
    up: int


class StatusSaid(BaseModel):
    """The daemon at a glance."""

    version: str
    started: Moment
    at: Moment
    ledger: LedgerSaid
    exporters: list[ExporterSaid]
    grids: list[GridSaid]
    devices: DevicesSaid
    loop_lag_seconds: float = Field(
        description="The longest that something due has waited for the daemon's loop in the last "
        "minute. It is measured from the first question for it until nobody has asked for a minute."
    )


@router.get("/status", response_model=StatusSaid, summary="What the daemon is doing")
async def status(request: Request) -> Response:
    """Return the daemon at a glance.

    The lag is measured by a timer in the daemon's loop: see `Lag`.
    """
    desk = desk_of(request)
    standing, totals = standing_of(desk), desk.ledger.tree.totals
    lag = await desk.lag.longest()
    at = desk.clock.now()

    def work(connection: Connection, _: Budget) -> StatusSaid:
        found = status_in(connection, desk.path)
        return StatusSaid(
            version=version("carbond"),
            started=desk.started,
            at=at,
            ledger=_ledger(found, standing.ledger),
            exporters=exporters_of(found, standing.exporters),
            grids=[_grid(one) for _, one in sorted(standing.grids.items())],
            devices=DevicesSaid(total=len(totals), up=_up(totals, standing)),
            loop_lag_seconds=lag,
        )

    return await answer(request, work)


def _up(totals: Mapping[str, object], standing: Standing) -> int:
    return sum(one.up for name, one in standing.devices.items() if name in totals)


def _ledger(found: Status, state: DeviceNow | None) -> LedgerSaid:
    return LedgerSaid(
        name=found.path.name,
        bytes=found.size,
        meters=found.meters,
        entries=found.position,
        first=found.first,
        last=found.last,
        up=state.up if state else None,
        error=state.error if state else "",
    )


def exporters_of(found: Status, states: Mapping[str, DeviceNow]) -> Sequence[ExporterSaid]:
    """Return the exporters that have a cursor in the ledger, with their states."""
    return [
        ExporterSaid(
            name=one.name,
            kind=state.kind if state else None,
            up=state.up if state else None,
            since=state.since if state else None,
            error=state.error if state else "",
            behind=one.behind,
            lost=one.lost,
            refused=one.refused,
        )
        for one in found.cursors
        for state in (states.get(one.name),)
    ]


def _grid(one: DeviceNow) -> GridSaid:
    return GridSaid(name=one.name, kind=one.kind, up=one.up, since=one.since, error=one.error)
