"""Learning a device once: which resources have its power, and which of them a poll must ask for."""

from agent.model import Scope
from collectors.redfish.chassis import server_plans
from collectors.redfish.equipment import equipment_plans, names_of_equipment
from collectors.redfish.failures import Unsuited
from collectors.redfish.layout import Layout, Plan
from collectors.redfish.reader import Reader, paths_of
from collectors.redfish.reports import with_report


async def learn(reader: Reader, scopes: frozenset[Scope], unit: str | None) -> Layout:
    """Return the layout of a device: of its power equipment if it is one, else of its chassis.

    All that a poll will ask for has been read then. Raises Failure.
    """
    try:
        plans = await _plans(reader, scopes, unit)
    except Unsuited as failure:
        if reader.refused is None:
            raise
        raise Unsuited(f"{failure}: {reader.refused}") from failure
    points = (point for plan in plans for point in plan.points)
    layout = Layout(plans=tuple(plans), requests=reader.brought_by(paths_of(points)))
    return await with_report(layout, reader)


async def _plans(reader: Reader, scopes: frozenset[Scope], unit: str | None) -> list[Plan]:
    plans = await equipment_plans(reader, scopes, unit)
    if plans is None:
        others = () if unit is None else await names_of_equipment(reader)
        plans = await server_plans(reader, scopes, unit, others)
    if not plans:
        raise Unsuited(f"it answers, but has none of {', '.join(sorted(scopes))} with a power")
    return plans
