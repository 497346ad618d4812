"""WUE, CUE, REF and ERF of a period, in one form: value, coverage, interim or annual, partial."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from agent.accounting.periods import ratios
from agent.accounting.periods.booked import PeriodHours
from agent.accounting.periods.ratios import Kept, Ratio
from agent.accounting.periods.refusing import refusal
from agent.accounting.site import Site
from agent.model import Kind, SiteHour
from agent.units import Joules, kilograms, kwh, litres

WHOLE = 0.99
"""An hour of which less is known leaves both sums: they would be of different seconds."""

Series = Sequence[float | None]
Pair = tuple[float | None, float | None]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    name: str
    unit: str
    means: str
    sides: Callable[[SiteHour], Pair]
    formula: Callable[[Series, Series], Ratio]


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


def _it_kwh(hour: SiteHour) -> float | None:
    """Return IT energy where all of it is known.

    Where the boundary is metered, what is known of IT is what the measured PUE says.
    """
    if hour.facility is None:
        known = hour.coverage.known
    else:
        known = hour.pue.coverage if hour.pue and hour.pue.measured else 0.0
    return _kwh(hour.it) if known >= WHOLE else None


def _facility_kwh(hour: SiteHour) -> float | None:
    """Return the energy across the boundary (E_DC) where all of it is known."""
    return _kwh(hour.facility) if hour.coverage.known >= WHOLE else None


def _kwh(energy: Joules | None) -> float | None:
    return None if energy is None else kwh(energy)


def _litres(hour: SiteHour) -> float | None:
    return None if hour.water is None else litres(hour.water)


def _emitted_kg(hour: SiteHour) -> float | None:
    grams = hour.emissions.get(Kind.DIRECT)
    return None if grams is None or hour.coverage.known < WHOLE else kilograms(grams)


_FORMS = (
    _Form(
        name="WUE",
        unit="L/kWh",
        means="water that the site takes in",
        sides=lambda hour: (_litres(hour), _it_kwh(hour)),
        formula=ratios.wue,
    ),
    _Form(
        name="CUE",
        unit="kg/kWh",
        means="location-based emissions of the electricity from the grid, direct factors",
        sides=lambda hour: (_emitted_kg(hour), _it_kwh(hour)),
        formula=ratios.cue,
    ),
    _Form(
        name="REF",
        unit="ratio",
        means="renewable energy generated and used on site, without certificates",
        sides=lambda hour: (_kwh(hour.onsite), _facility_kwh(hour)),
        formula=ratios.ref,
    ),
    _Form(
        name="ERF",
        unit="ratio",
        means="heat that is used outside the data centre",
        sides=lambda hour: (_kwh(hour.reused), _facility_kwh(hour)),
        formula=ratios.erf,
    ),
)
