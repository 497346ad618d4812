"""From a quantity of a profile to the numbers of one device, with what each is worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from collectors.snmp.reading.pattern import Row, filled, is_column
from collectors.snmp.reading.plan import Point, Rules, Values
from collectors.snmp.reading.rows import is_blank
from collectors.snmp.reading.scales import estimate_of, nearest, unit_of, worth_of
from collectors.snmp.reading.values import raw_number
from config.profiles import MeterBlock, Quantity

# Of one flow, and so added up where a meter is several rows.
SUMMED = frozenset({"apparent_power_voltamperes", "apparent_energy_voltamperehours"})
POWER, ENERGY = "power", "energy"
# Of one flow in watts, or volt-amperes.
WATTS = frozenset({POWER, "apparent_power_voltamperes"})
# How far a device may go beyond the most that one of its family can draw.
MARGIN = 2
# The most that is plausible of a share: an overload is no more than twice the rating.
FULL = {"load_ratio": 2.5, "battery_ratio": 1.5}

Points = tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Making:
    """Makes points of one block, whose rows are `rows`, from what a device said."""

    rows: Sequence[Row]
    found: Values
    limit: float
    """The most watts that one of the meters can show."""
    notes: list[str] = field(default_factory=list)
    """What was decided on the way that a reader must know."""

    def points_of(self, block: MeterBlock, members: Sequence[Row]) -> Mapping[str, Points]:
        """Return the points of a meter that is some rows, by quantity."""
        quantities: dict[str, Quantity | None] = {POWER: block.power, ENERGY: block.energy}
        points: dict[str, Points] = {}
        for name, quantity in (quantities | block.conditions).items():
            some = self._points(quantity, name, members) if quantity else ()
            if some and (len(some) == 1 or name in SUMMED or name in quantities):
                points[name] = some
        return points

    def _points(self, quantity: Quantity, name: str, members: Sequence[Row]) -> Points:
        """Return a quantity's points, none if a row does not have it: no partial sums."""
        some = members if is_column(quantity.oid) else members[:1]
        points = [self._point(quantity, name, row) for row in some]
        whole = tuple(point for point in points if point is not None)
        return whole if len(whole) == len(points) else ()

    def _point(self, quantity: Quantity, name: str, row: Row) -> Point | None:
        at = filled(quantity.oid, row)
        one = worth_of(quantity, name, row, self.found)
        if one is None or is_blank(self.found.get(at)):
            return None
        scale, undecided = self._decided(quantity, name, row, one)
        worth = one * scale
        return Point(
            oid=at,
            worth=worth.as_integer_ratio(),
            quantity=quantity,
            available=_named(quantity.available.oid if quantity.available else None, row),
            zero_with=tuple(filled(one, row) for one in quantity.zero_with),
            rules=self._rules(quantity, name, worth, undecided=undecided),
        )

    def _decided(
        self, quantity: Quantity, name: str, row: Row, one: Fraction
    ) -> tuple[Fraction, bool]:
        """Return the scale of a number, and whether it could not be decided."""
        check = quantity.check
        if check is None:
            return quantity.scale, False
        scales = check.scales or (quantity.scale,)
        counts = raw_number(quantity, self.found.get(filled(quantity.oid, row)))
        estimate = estimate_of(check, row, self.found)
        if not counts or estimate is None:
            # A single scale is doubted only where the device itself contradicts it.
            return scales[0], len(scales) > 1 or (not counts and estimate is not None)
        inside = one * counts / unit_of(quantity, name)
        scale, off = nearest(scales, inside, estimate)
        if len(scales) > 1 and off <= check.within:
            self.notes.append(
                f"{name}: a count is {float(scale):g} of the unit, by what else the device says"
            )
        return scale, off > check.within

    def _rules(
        self, quantity: Quantity, name: str, worth: Fraction, *, undecided: bool
    ) -> Rules | None:
        siblings: tuple[bytes, ...] = ()
        if quantity.zero == "beside-others":
            siblings = tuple(filled(quantity.oid, row) for row in self.rows)
        count = unit_of(quantity, name) / worth
        most = Fraction(quantity.most) * count if quantity.most else self._most(name, worth)
        if not (quantity.least or most or siblings or undecided):
            return None
        return Rules(
            least=Fraction(quantity.least) * count if quantity.least else None,
            most=most,
            siblings=siblings,
            undecided=undecided,
        )

    def _most(self, name: str, worth: Fraction) -> Fraction | None:
        """Return the most that is plausible of a quantity for which the profile says nothing."""
        most = FULL.get(name, MARGIN * self.limit if name in WATTS else None)
        return None if most is None else Fraction(most) / worth


def _named(pattern: str | None, row: Row) -> bytes | None:
    return filled(pattern, row) if pattern else None
