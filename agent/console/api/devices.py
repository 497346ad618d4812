"""The devices: whether each answers, since when and why not, and what it said last."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from agent.console.api.answers import answer, desk_of
from agent.console.api.asked import After, Format, Limit, Moment, Name, SiteName
from agent.console.api.findings import FindingSaid
from agent.console.api.findings import said_of as finding_said
from agent.console.api.meters import MeterSaid
from agent.console.api.meters import said_of as meter_said
from agent.console.api.minutes import FINDINGS, MinuteSaid, minutes_said
from agent.console.api.paging import page_of
from agent.console.api.problems import not_there
from agent.console.api.tables import table_of
from agent.console.scene import Outlook, outlook_of
from agent.ledger import Connection
from agent.ledger.accounts.findings import newest_findings
from agent.ledger.readers import Budget
from agent.model import Meter, MeterNow, Reading, Role
from agent.reports.readings import plain

router = APIRouter(tags=["devices"])


class DeviceSaid(BaseModel):
    """A device, and whether it answers. Null is what is not known."""

    name: str
    kind: str | None = Field(description="The type in the settings; null until it was asked.")
    role: Role
    site: str
    up: bool | None = Field(description="Whether it answers; null until it was asked.")
    since: Moment | None = Field(description="Since when it is up, or not.")
    error: str = Field(description="Why it is not up; empty if it is.")
    answer_seconds: float | None = Field(description="How long its last answer took.")
    last_reading_at: Moment | None
    meters: int = Field(description="How many meters it has: itself, its inlets, its outlets.")


class Devices(BaseModel):
    """A page of devices, in the order of their names."""

    items: list[DeviceSaid]
    next: str | None = Field(description="The path of the next page; null on the last one.")


class DeviceWhole(DeviceSaid):
    """A device with all that it said last."""

    readings: list[MeterSaid] = Field(description="The last one of each meter.")
    findings: list[FindingSaid] = Field(description="The newest 20 of its total.")
    minutes: list[MinuteSaid] = Field(description="The last 60 of its total.")


class ReadingSaid(BaseModel):
    """A reading as it came: of a water meter litres, else joules and watts."""

    meter: str
    at: Moment
    energy_joules: int | None = None
    power_watts: float | None = None
    water_litres: float | None = None
    water_litres_per_second: float | None = None
    conditions: dict[str, float]
    source: str
    flags: list[str]


class ProbedSaid(BaseModel):
    """What a device said when it was asked just now."""

    at: Moment
    seconds: float
    readings: list[ReadingSaid]
    error: str = Field(description="Why it said nothing, or not all; empty if it said all.")


@router.get("/devices", response_model=Devices, summary="Devices, and who does not answer")
async def devices(
    request: Request,
    *,
    site: SiteName = None,
    kind: Annotated[
        str | None, Query(max_length=100, description="The type in the settings, such as snmp.")
    ] = None,
    up: Annotated[
        bool | None, Query(description="Those that answer, or those that do not.")
    ] = None,
    limit: Limit = 200,
    after: After = None,
    format: Format = None,
) -> Response:
    """Return a page of the devices in the settings."""
    outlook = await outlook_of(desk_of(request))

    def work(*_: object) -> Devices:
        fitting = (
            one
            for one in map(Roll(outlook).said, outlook.tree.totals.values())
            if site in (None, one.site) and kind in (None, one.kind) and up in (None, one.up)
        )
        page, following = page_of(request, fitting, lambda one: one.name, after=after, limit=limit)
        return Devices(items=page, next=following)

    return await answer(request, work, table_of(DeviceSaid), link=True)


class Roll:
    """All devices by name, with what was read of their meters."""

    def __init__(self, outlook: Outlook) -> None:
        self._outlook = outlook
        self._read: dict[str, list[MeterNow]] = {}
        for one in outlook.now.meters:
            self._read.setdefault(one.meter.device, []).append(one)

    def read(self, device: str) -> Sequence[MeterNow]:
        """Return what was read of a device's meters, by id."""
        return sorted(self._read.get(device, ()), key=lambda one: one.meter.id)

    def said(self, meter: Meter) -> DeviceSaid:
        """Return a device, by its total."""
        state = self._outlook.standing.devices.get(meter.device)
        read = self._read.get(meter.device, ())
        return DeviceSaid(
            name=meter.device,
            kind=state.kind if state else None,
            role=meter.role,
            site=meter.site,
            up=state.up if state else None,
            since=state.since if state else None,
            error=state.error if state else "",
            answer_seconds=state.seconds if state and state.up else None,
            last_reading_at=max((one.at for one in read), default=None),
            meters=len(read),
        )


@router.get("/devices/{name}", response_model=DeviceWhole, summary="One device")
async def device(request: Request, name: Name) -> Response:
    """Return a device with its readings, what its register did, and its last minutes."""
    desk = desk_of(request)
    outlook, names = await outlook_of(desk), desk.names()
    total = _total(outlook.tree.totals, name)

    def work(connection: Connection, budget: Budget) -> DeviceWhole:
        roll = Roll(outlook)
        read = roll.read(name)
        own = next((one for one in read if one.meter.id == total.id), None)
        found = newest_findings(connection, meter=total.id, limit=FINDINGS)
        return DeviceWhole(
            **dict(roll.said(total)),
            readings=[meter_said(one, names) for one in read],
            findings=[finding_said(*one) for one in found],
            minutes=[] if own is None else minutes_said(connection, budget, own),
        )

    return await answer(request, work)


def _total(totals: Mapping[str, Meter], name: str) -> Meter:
    """Return the total of a device in the settings. Raises Refusal."""
    if name not in totals:
        raise not_there("the settings have", "device", name, totals)
    return totals[name]


@router.post("/devices/{name}/probe", response_model=ProbedSaid, summary="Ask a device now")
async def probe(request: Request, name: Name) -> ProbedSaid:
    """Read a device once, beside its polls; nothing is booked. Needs a token of scope admin."""
    desk = desk_of(request)
    total = _total(desk.ledger.tree.totals, name)
    try:
        found = await desk.probe(name)
    except KeyError as error:
        raise not_there("the settings have", "device", name, ()) from error
    readings = [plain(one, total.role) for one in found.readings if isinstance(one, Reading)]
    return ProbedSaid(
        at=found.at,
        seconds=found.seconds,
        readings=[ReadingSaid(**one) for one in readings],
        error=found.error,
    )
