"""WUE, CUE, REF and ERF of a period, in one form: value, coverage, interim or annual, partial."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from agent.accounting.periods import ratios
from agent.accounting.periods.booked import PeriodHours
from agent.accounting.periods.coverage import coverage_in, emitting_coverage
from agent.accounting.periods.ratios import Kept, Ratio
from agent.accounting.periods.refusing import refusal
from agent.accounting.site import Site
from agent.model import Coverage, Kind, Metered, SiteHour
from agent.units import Joules, kilograms, kwh, litres

WHOLE = 0.99
"""An hour of which less is known leaves both sums: they would be of different seconds."""

Series = Sequence[float | None]
Pair = tuple[float | None, float | None]
Side = Callable[[SiteHour], float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator(Kept):
    """A ratio of sums over a period, and what must be said with it."""

    name: str
    unit: str
    means: str
    """What stands above the line: the standards leave a choice, and ask that it be said."""

    value: float | None
    interim: bool
    """Of less than twelve months."""

    partial: bool
    """Of a part of a data centre."""

    refused: str | None = None


@dataclass(frozen=True, slots=True)
class _Form:
    name: str
    unit: str
    means: str
    above: Side
    below: Side
    formula: Callable[[Series, Series], Ratio]

    def sides(self, hour: SiteHour) -> Pair:
        return self.above(hour), self.below(hour)


def period_indicators(site: Site, booked: PeriodHours) -> Iterator[Indicator]:
    """Yield WUE, CUE, REF and ERF; their values are None where a meter for one is missing.

    REF counts what is generated on site; certificates that are held and cancelled are not in it.
    """
    for form in _FORMS:
        yield _indicator(form, site, booked)


def _indicator(form: _Form, site: Site, booked: PeriodHours) -> Indicator:
    sides = [(hour, form.sides(hour)) for hour in booked.hours]
    kept = [hour for hour, (above, below) in sides if above is not None and below is not None]
    count = booked.count
    known = Kept(kept=len(kept), of=count).coverage
    # What no meter of the site measures is absent, which is not refused.
    refused = refusal(site, f"{form.name} of {booked.period.name}", known) if kept else None
    value, wrong = _value(form, [pair for _, pair in sides])
    return Indicator(
        name=form.name,
        unit=form.unit,
        means=form.means,
        value=None if refused else value,
        kept=len(kept),
        of=count,
        interim=not booked.annual(kept),
        partial=site.partial,
        refused=refused or wrong,
    )


def _value(form: _Form, pairs: Sequence[Pair]) -> tuple[float | None, str | None]:
    """Return the value, or None and why there cannot be such a one."""
    try:
        found = form.formula([above for above, _ in pairs], [below for _, below in pairs])
    except ValueError as error:
        return None, str(error)
    return found.value, None


def _it(hour: SiteHour) -> float | None:
    return _kwh(hour.it, coverage_in(hour, Metered.IT))


def _facility(hour: SiteHour) -> float | None:
    return _kwh(hour.facility, hour.coverage)


def _onsite(hour: SiteHour) -> float | None:
    return _kwh(hour.onsite, coverage_in(hour, Metered.ONSITE))


def _reused(hour: SiteHour) -> float | None:
    return _kwh(hour.reused, coverage_in(hour, Metered.REUSED))


def _kwh(energy: Joules | None, coverage: Coverage) -> float | None:
    return None if energy is None or coverage.known < WHOLE else kwh(energy)


def _water(hour: SiteHour) -> float | None:
    known = coverage_in(hour, Metered.WATER).known
    return None if hour.water is None or known < WHOLE else litres(hour.water)


def _emitted(hour: SiteHour) -> float | None:
    grams = hour.emissions.get(Kind.DIRECT)
    known = emitting_coverage(hour).known
    return None if grams is None or known < WHOLE else kilograms(grams)


_FROM_GRID = "location-based emissions of the electricity from the grid, direct factors"
_ON_SITE = "renewable energy generated and used on site, without certificates"

_FORMS = (
    _Form("WUE", "L/kWh", "water that the site takes in", _water, _it, ratios.wue),
    _Form("CUE", "kg/kWh", _FROM_GRID, _emitted, _it, ratios.cue),
    _Form("REF", "ratio", _ON_SITE, _onsite, _facility, ratios.ref),
    _Form(
        "ERF", "ratio", "heat that is used outside the data centre", _reused, _facility, ratios.erf
    ),
)
"""What stands above and below the line, of the hours in which all of it is known."""
