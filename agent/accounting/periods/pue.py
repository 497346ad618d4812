"""The PUE of a period (ISO/IEC 30134-2): a ratio of sums over the hours in which it is measured."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import fsum

from agent.accounting.periods.booked import PeriodHours
from agent.accounting.periods.ratios import Kept, pue
from agent.accounting.periods.refusing import refusal
from agent.accounting.site import Site
from agent.model import SiteHour
from agent.units import Joules, kwh


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodPue(Kept):
    """A PUE with all that ISO/IEC 30134-2 asks to be said with it."""

    value: float | None
    """None where no hour has been measured, or where it is refused."""

    category: int | None
    """Where IT energy is measured: 1 UPS output, 2 PDU output, 3 input of the IT equipment."""

    facility: Joules
    it: Joules
    """The two sums that it is the ratio of."""

    known: float
    """Time in which both sides are known, in hours: of an hour of which a part is, that part."""

    declared: int
    """Hours with a declared PUE: not in the sums, which are measured."""

    others: Mapping[int, int] = field(default_factory=dict)
    """Hours measured in other categories, by category: values of two are never mixed."""

    interim: bool
    """Of less than twelve months: an iPUE."""

    partial: bool
    """Of a part of a data centre: a pPUE."""

    refused: str | None = None

    @property
    def coverage(self) -> float:
        """Share of the time in which both sides are known, 0 to 1."""
        return min(self.known / self.of, 1.0) if self.of else 0.0

    @property
    def name(self) -> str:
        """`PUE2`, `iPUE2` where it is interim, `pPUE2` where it is of a part, interim or not."""
        prefix = "p" if self.partial else "i" if self.interim else ""
        return f"{prefix}PUE{self.category or ''}"


def period_pue(site: Site, booked: PeriodHours) -> PeriodPue:
    """Return the PUE of a period, in the category that most of its hours were measured in.

    Of two categories with as many hours it is the one nearer to the IT equipment. Of an hour of
    which IT is known only in part, the facility's energy is taken for the same seconds.
    """
    measured = [one for one in booked.hours if one.pue and one.pue.measured and one.it]
    categories = Counter(_category(one) for one in measured)
    category = max(categories, key=lambda one: (categories[one], one), default=None)
    kept = [one for one in measured if _category(one) == category]
    facility, it = [_facility(one) for one in kept], [one.it or Joules(0) for one in kept]
    found = pue([kwh(one) for one in facility], [kwh(one) for one in it])
    count = booked.count
    known = fsum(one.pue.coverage for one in kept if one.pue)
    share = known / count if count else 0.0
    refused = refusal(site, f"PUE of {booked.period.name}", share)
    return PeriodPue(
        value=found.value if refused is None else None,
        category=category or None,
        facility=Joules(sum(facility)),
        it=Joules(sum(it)),
        kept=len(kept),
        of=count,
        known=known,
        declared=sum(one.pue is not None and not one.pue.measured for one in booked.hours),
        others={one: n for one, n in sorted(categories.items()) if one != category},
        interim=not booked.annual(kept),
        partial=site.partial,
        refused=refused,
    )


def _category(hour: SiteHour) -> int:
    return (hour.pue and hour.pue.category) or 0


def _facility(hour: SiteHour) -> Joules:
    """Return the facility's energy of the seconds in which IT's is known."""
    return Joules(round(hour.it * hour.pue.value if hour.it and hour.pue else 0.0))
