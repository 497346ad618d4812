"""The flow of energy through a site in an hour: from the utility's meter to the racks."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from agent.accounting.hours import hour_of
from agent.console.api.answers import answer, desk_of
from agent.console.api.asked import Format, Moment, Name
from agent.console.api.problems import Refusal
from agent.console.api.site import site_in
from agent.console.api.tables import Table
from agent.console.scene import outlook_of
from agent.ledger import Connection, site_named
from agent.ledger.hours.flows import Flows, Link, flows_in
from agent.ledger.readers import Budget
from agent.model import FRESH, HOUR, HourEnergy, Meter, MeterId, MeterNow, Role, SiteHour, Stage
from agent.reports.known import coverage_in, known_span
from agent.units import kwh

router = APIRouter(tags=["sites"])


class NodeSaid(BaseModel):
    """A meter of the power chain."""

    id: str
    role: Role
    device: str
    name: str | None = Field(description="What people call it, where the device says so.")
    tags: dict[str, str]
    power_watts: float | None = Field(
        description="Now, of the running hour; of an hour that is over its mean power."
    )
    energy_kwh: float | None = Field(description="Of the hour.")
    missing: float = Field(description="Share of the hour of which nothing is known, 0 to 1.")


class LinkSaid(BaseModel):
    """Energy that flows from one meter to the next."""

    source: str
    target: str
    watts: float | None
    kwh: float | None
    divided: bool = Field(
        description="Whether the target has several sources: what comes from each is not "
        "measured, and its energy is divided evenly between them."
    )


class ResidualSaid(BaseModel):
    """What a node's own meters say less what the meters behind them say."""

    node: list[str]
    stage: Stage
    kwh: float
    bound_kwh: float = Field(description="The most that its meters may err by.")
    broken: bool = Field(description="Whether more flows out than in, past what meters may err by.")


class TreeSaid(BaseModel):
    """A site's power chain in an hour, outlets left out."""

    hour: Moment = Field(description="The start of the hour.")
    nodes: list[NodeSaid]
    links: list[LinkSaid]
    residuals: list[ResidualSaid] = Field(description="Of nodes of which all meters are known.")
    unattributed_kwh: float | None = Field(
        description="What crossed the boundary and no meter behind it has seen."
    )
    losses_kwh: dict[str, float] = Field(description="By stage: ups, distribution, rack, outlet.")


@router.get("/sites/{site}/tree", response_model=TreeSaid, summary="Where the energy goes")
async def tree(
    request: Request,
    site: Name,
    at: Annotated[Moment | None, Query(description="A time in the hour; now if left out.")] = None,
    format: Format = None,
) -> Response:
    """Return the flow of energy in an hour: what a Sankey diagram is drawn from."""
    desk = desk_of(request)
    outlook = await outlook_of(desk)
    if at is None:
        site_in(outlook, site)
    now = outlook.now.at
    hour = hour_of(at or now)
    if hour > now:
        raise Refusal(400, "bad-parameter", "at: that hour has not begun")
    drawn = _Drawing(
        powers={one.meter.id: one for one in outlook.now.meters} if hour == hour_of(now) else {},
        names=desk.names(),
        now=now,
    )

    def work(connection: Connection, budget: Budget) -> TreeSaid:
        flows = flows_in(connection, site_named(connection, site), hour)
        budget.spend(len(flows.energies))
        return drawn.tree(flows, hour)

    return await answer(request, work, TABLE)


class _Drawing:
    """What a tree is drawn with."""

    def __init__(
        self, *, powers: Mapping[MeterId, MeterNow], names: Mapping[MeterId, str], now: datetime
    ) -> None:
        """`powers` are those now, where the hour runs."""
        self._powers, self._names, self._now = powers, names, now

    def tree(self, flows: Flows, hour: datetime) -> TreeSaid:
        span = self._span(flows.hour, hour)
        nodes = {one.id: self._node(one, flows.energies.get(one.id), span) for one in flows.meters}
        known = flows.hour
        losses = known.losses if known else {}
        unattributed = known.unattributed if known else None
        return TreeSaid(
            hour=hour,
            nodes=list(nodes.values()),
            links=[_link(one, nodes[one.target]) for one in flows.links],
            residuals=[
                ResidualSaid(
                    node=list(one.node),
                    stage=one.stage,
                    kwh=kwh(one.energy),
                    bound_kwh=kwh(one.bound),
                    broken=one.broken,
                )
                for one in flows.residuals
            ],
            unattributed_kwh=None if unattributed is None else kwh(unattributed),
            losses_kwh={stage: kwh(energy) for stage, energy in losses.items()},
        )

    def _span(self, known: SiteHour | None, hour: datetime) -> float:
        """Return the seconds of the hour that there were to be known."""
        if known is not None:
            return known_span(known, hour)
        return max(min((self._now - hour) / HOUR, 1.0) * HOUR.total_seconds(), 1.0)

    def _node(self, meter: Meter, energy: HourEnergy | None, span: float) -> NodeSaid:
        return NodeSaid(
            id=meter.id,
            role=meter.role,
            device=meter.device,
            name=self._names.get(meter.id),
            tags=dict(meter.tags),
            power_watts=self._power(meter, energy),
            energy_kwh=None if energy is None else kwh(energy.energy),
            missing=1.0 if energy is None else coverage_in(energy, span).missing,
        )

    def _power(self, meter: Meter, energy: HourEnergy | None) -> float | None:
        if self._powers:
            read = self._powers.get(meter.id)
            return read.power if read and self._now - read.at < FRESH else None
        seconds = energy.measured + energy.interpolated if energy else 0.0
        return energy.energy / seconds if energy and seconds else None


def _link(link: Link, target: NodeSaid) -> LinkSaid:
    watts, energy = target.power_watts, target.energy_kwh
    return LinkSaid(
        source=link.source,
        target=link.target,
        watts=None if watts is None else watts * link.share,
        kwh=None if energy is None else energy * link.share,
        divided=link.share < 1,
    )


TABLE: Table[TreeSaid] = Table(
    tuple(LinkSaid.model_fields), lambda found: (one.model_dump() for one in found.links)
)
