"""Learning a device once: which resources have its power, and which of them a poll must ask for."""

from collections.abc import Sequence

from agent.model import Scope
from collectors.redfish.chassis import server_plans
from collectors.redfish.equipment import equipment_plans, names_of_equipment
from collectors.redfish.failures import Unsuited
from collectors.redfish.layout import Layout, Plan
from collectors.redfish.reader import Reader, paths_of


async def plans_of(reader: Reader, scopes: frozenset[Scope], unit: str | None) -> list[Plan]:
    """Return the meters of a device: of its power equipment if it is one, else of its chassis.

    All that a poll will ask for has been read then. Raises Failure.
    """
    try:
        return await _plans(reader, scopes, unit)
    except Unsuited as failure:
        if not reader.refusals:
            raise
        raise Unsuited(f"{failure}: {reader.refusals[-1].failure}") from failure


def layout_of(plans: Sequence[Plan], reader: Reader) -> Layout:
    """Return the layout of these meters, with the requests that bring them."""
    points = (point for plan in plans for point in plan.points)
    return Layout(
        plans=tuple(plans),
        requests=reader.brought_by(paths_of(points)),
        identity=dict(reader.identity),
    )


async def _plans(reader: Reader, scopes: frozenset[Scope], unit: str | None) -> list[Plan]:
    plans = await equipment_plans(reader, scopes, unit)
    if plans is None:
        others = () if unit is None else await names_of_equipment(reader)
        plans = await server_plans(reader, scopes, unit, others)
    if not plans:
        raise Unsuited(f"it answers, but has none of {', '.join(sorted(scopes))} with a power")
    return plans
