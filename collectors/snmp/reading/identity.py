"""Which very device answers, and for how long: its serial numbers, and its uptime.

A new meter behind an old address has a count of its own. Its readings get another source, and so
no energy is booked between the two.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from collectors.snmp.reading.asked import Asked
from collectors.snmp.reading.pattern import column_of, is_column, row_of
from collectors.snmp.reading.plan import Plan
from collectors.snmp.wire.ber import Value, arcs_of, oid
from collectors.snmp.wire.failure import Looping, Refused
from config.profiles import Profile

SYS_UP_TIME = oid("1.3.6.1.2.1.1.3.0")
HUNDREDTH = timedelta(milliseconds=10)
# Hundredths of a second in 32 bits (RFC 3418).
WRAP = 2**32
# How far an uptime may be off from our clock: hundredths of a second, and of what has passed.
LATENESS = 500
DRIFT = 0.001

Serials = Mapping[int, str]
"""Serial numbers by unit; of a device that is one, by 0."""


async def serials(session: Asked, profile: Profile) -> Serials:
    """Return the serial numbers that a device has. Raises Failure if it is silent.

    Without one it is read as before: only an exchange goes unnoticed.
    """
    if profile.serial is None:
        return {}
    if not is_column(profile.serial):
        name = oid(profile.serial)
        return _named([(0, (await session.get((name,))).get(name))])
    try:
        found = await session.walk((column_of(profile.serial),))
    except (Looping, Refused):
        return {}
    rows = ((row_of(profile.serial, arcs_of(name)), value) for name, value in found.items())
    return _named((row["unit"][0], value) for row, value in rows if row is not None)


def _named(found: Iterable[tuple[int, Value]]) -> Serials:
    texts = ((unit, _text(value)) for unit, value in found)
    return {unit: text for unit, text in texts if text}


def _text(value: Value) -> str:
    text = value.decode("ascii", "replace") if isinstance(value, bytes) else str(value or "")
    return "".join(text.split())


def source_of(plan: Plan, known: Serials) -> str:
    """Return what tells the readings of a meter from those of another one in its place."""
    units = [unit for unit in sorted(known) if not plan.units or unit in plan.units or not unit]
    return " ".join(filter(None, ("snmp", plan.rows, "+".join(known[unit] for unit in units))))


def uptime_of(values: Mapping[bytes, Value]) -> int | None:
    """Return how long a device has run, in hundredths of a second; None if it does not say."""
    value = values.get(SYS_UP_TIME)
    return value if isinstance(value, int) and 0 <= value < WRAP else None


def began_again(before: int | None, now: int | None, seconds: float) -> bool:
    """Tell whether a device has restarted since it said `before`, `seconds` ago."""
    if before is None or now is None or now >= before:
        return False
    return before + seconds * 100 < WRAP


def ran_on(before: int | None, now: int | None, seconds: float) -> bool:
    """Tell whether it is the very device that said `before`, `seconds` ago, and has run since.

    One that says no uptime cannot be told from another.
    """
    if before is None or now is None:
        return False
    passed = seconds * 100
    off = (now - before - passed + WRAP / 2) % WRAP - WRAP / 2
    return abs(off) <= LATENESS + DRIFT * passed
