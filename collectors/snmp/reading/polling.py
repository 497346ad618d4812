"""One poll: all values that a layout asks for."""

from collections.abc import Mapping

from collectors.snmp.reading.asked import Asked
from collectors.snmp.reading.detection import SYS_OBJECT_ID
from collectors.snmp.reading.identity import SYS_UP_TIME
from collectors.snmp.reading.plan import Layout
from collectors.snmp.wire.ber import Value
from collectors.snmp.wire.failure import Failure


async def poll(session: Asked, layout: Layout, head: tuple[bytes, ...]) -> Mapping[bytes, Value]:
    """Return all values of a poll, with what is asked beside them. A table that fails is left out.

    Raises Failure if there is no answer at all.
    """
    values = await session.get(head + layout.oids)
    if layout.columns:
        try:
            values |= await session.walk(layout.columns, layout.rows)
        except Failure:
            if not values.keys() - {SYS_OBJECT_ID, SYS_UP_TIME}:
                raise
    return values
