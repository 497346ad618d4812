"""What a device says of its maker and its model."""

import re
from collections.abc import Iterable

from collectors.snmp.reading.asked import Asked
from collectors.snmp.reading.pattern import column_of, is_column, row_of
from collectors.snmp.reading.plan import text_or_number
from collectors.snmp.reading.rows import is_blank
from collectors.snmp.wire.ber import Value, arcs_of, oid
from collectors.snmp.wire.failure import Failure
from config.profiles import Fact


async def fact_of(
    session: Asked, facts: Iterable[Fact], description: str, maker: str | None
) -> str | None:
    """Return the first fact that a device says, None if it says none.

    `maker` is the one that its sysObjectID names.
    """
    for fact in facts:
        if fact.without_enterprise and maker is not None:
            continue
        said = description if fact.oid is None else await _said(session, fact.oid)
        if text := _text(fact, said):
            return text
    return None


async def _said(session: Asked, pattern: str) -> str | None:
    try:
        value = await _value(session, pattern)
    except Failure:
        return None
    return None if is_blank(value) else _printable(str(text_or_number(value)))


def _printable(text: str) -> str:
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


async def _value(session: Asked, pattern: str) -> Value:
    """Return the value of an object, of a column the first."""
    if not is_column(pattern):
        name = oid(pattern)
        return (await session.get((name,))).get(name)
    found = await session.walk((column_of(pattern),))
    rows = (value for name, value in found.items() if row_of(pattern, arcs_of(name)) is not None)
    return next((value for value in rows if not is_blank(value)), None)


def _text(fact: Fact, said: str | None) -> str | None:
    if said is None:
        return None
    if fact.matches is not None:
        match = re.search(fact.matches, said)
        if match is None:
            return None
        said = next(filter(None, match.groups()), match[0])
    return fact.text or said.strip() or None
