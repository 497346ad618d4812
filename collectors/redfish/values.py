"""From the documents of one poll to numbers."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from agent.model import FULLEST
from agent.units import Joules, Watts
from collectors.redfish.documents import Document, Point, number_of, value_at

Documents = Mapping[str, Document]

MOST_WATTS = 1e9
"""The largest data centres have about as much; what a service says above it is no measurement."""


def number_at(documents: Documents, point: Point) -> float | int | None:
    """Return the number at a point, None for null, nothing, or a resource that did not come."""
    return number_of(value_at(documents.get(point.path), point.pointer))


def sum_at(documents: Documents, points: Sequence[Point]) -> float | None:
    """Return the sum of points; None if there are none, or any is missing: a part is no whole."""
    numbers = [number_at(documents, point) for point in points]
    known = [number for number in numbers if number is not None]
    return sum(known) if known and len(known) == len(numbers) else None


def watts_at(documents: Documents, points: Sequence[Point]) -> Watts | None:
    """Return the sum of powers; None also for more than any power that is fed to anything."""
    power = sum_at(documents, points)
    return None if power is None or abs(power) > MOST_WATTS else Watts(float(power))


def joules_at(documents: Documents, points: Sequence[Point], count: int) -> Joules | None:
    """Return the sum of registers in whole joules, as exact as they are written.

    None if any is missing, or says what no register can.
    """
    numbers = [number_at(documents, point) for point in points]
    known = [Decimal(str(number)) for number in numbers if number is not None]
    if not known or len(known) < len(numbers):
        return None
    joules = int(sum(known) * count)
    return Joules(joules) if min(known) >= 0 and joules <= FULLEST else None
