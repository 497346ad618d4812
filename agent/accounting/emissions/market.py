"""Contracts against the load: market-based Scope 2, and carbon-free energy (CFE).

GHG Protocol Scope 2 Guidance (2015) asks for two figures, location-based and market-based. It
matches contracts by the year; its revision proposes to match them by the hour. Both are computed
and never confused: each has its own type. A surplus makes no negative emission.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import fsum

from agent.units import Grams, GramsPerKwh, Joules, grams_of

Hourly = Sequence[Joules | None]
"""Energy of hours that follow each other; None where it is not known."""

Rates = Sequence[GramsPerKwh | None]
"""An intensity for each of those hours; None where it is missing."""

CARBON_FREE = GramsPerKwh(0.0)


class Instrument(StrEnum):
    """What a market-based factor is taken from, the best first (Scope 2 Guidance, table 6.3)."""

    CERTIFICATE = "certificate"
    CONTRACT = "contract"
    SUPPLIER_RATE = "supplier-rate"
    RESIDUAL_MIX = "residual-mix"
    GRID_AVERAGE = "grid-average"


def market_factor(
    known: Mapping[Instrument, GramsPerKwh | None],
) -> tuple[Instrument, GramsPerKwh] | None:
    """Return the first factor of the hierarchy that there is; None if there is none at all."""
    for instrument in Instrument:
        value = known.get(instrument)
        if value is not None:
            return instrument, value
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What a contracted plant has generated, hour by hour, and the market it delivers to."""

    market: str
    hours: Hourly


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """What all contracts deliver to one market, hour by hour."""

    hours: tuple[Joules | None, ...]
    negative_hours: int
    """Hours in which a contract's meter said less than zero, which counts as none."""


def supply_of(contracts: Sequence[Contract], market: str, hours: int) -> Supply:
    """Return the sum of the contracts of one market over so many hours.

    A contract of another market delivers nothing here. An hour that one contract's meter does not
    know is not known. Raises ValueError for a contract of another length.
    """
    here = [one.hours for one in contracts if one.market == market]
    if any(len(one) != hours for one in here):
        raise ValueError(f"contracts of {market} are not {hours} hours long, as the load is")
    by_hour = list(zip(*here, strict=True)) if here else [()] * hours
    return Supply(
        hours=tuple(strict_sum([_at_least_zero(said) for said in hour]) for hour in by_hour),
        negative_hours=sum(any(said is not None and said < 0 for said in h) for h in by_hour),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class HourlyMatching:
    """Load matched within each hour: what an hour has too much counts nowhere."""

    load: tuple[Joules | None, ...]
    matched: tuple[Joules | None, ...]
    unmatched: tuple[Joules | None, ...]
    surplus: tuple[Joules | None, ...]
    negative_hours: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnualMatching:
    """Load matched by volume over the whole period: the surplus of one hour covers another."""

    load: Joules | None
    matched: Joules | None
    unmatched: Joules | None
    surplus: Joules | None
    negative_hours: int


def matched_hourly(load: Hourly, supply: Supply) -> HourlyMatching:
    """Return the load matched hour by hour; None in an hour of which one side is not known.

    Raises ValueError for a load below zero or of another length.
    """
    pairs = _pairs(load, supply)
    matched = tuple(_lesser(used, made) for used, made in pairs)
    return HourlyMatching(
        load=tuple(load),
        matched=matched,
        unmatched=tuple(_less(used, m) for (used, _), m in zip(pairs, matched, strict=True)),
        surplus=tuple(_less(made, m) for (_, made), m in zip(pairs, matched, strict=True)),
        negative_hours=supply.negative_hours,
    )


def matched_annual(load: Hourly, supply: Supply) -> AnnualMatching:
    """Return the load matched by volume; None where an hour of a side is not known.

    Raises ValueError for a load below zero or of another length.
    """
    pairs = _pairs(load, supply)
    used, made = strict_sum(load), strict_sum([made for _, made in pairs])
    matched = _lesser(used, made)
    return AnnualMatching(
        load=used,
        matched=matched,
        unmatched=_less(used, matched),
        surplus=_less(made, matched),
        negative_hours=supply.negative_hours,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketHourly:
    """Market-based emissions, matched by the hour (proposed, and not in force)."""

    emissions: Grams
    """Of the hours in which everything is known."""

    uncovered: Joules
    """Unmatched energy of hours without a residual mix."""

    missing_hours: int
    """Hours without a load, a contract's figure or a residual mix that they need."""

    @property
    def total(self) -> Grams | None:
        """The strict total: None while an hour is missing."""
        return None if self.missing_hours else self.emissions


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketAnnual:
    """Market-based emissions, matched by volume over the whole period (in force)."""

    total: Grams | None


def emissions_hourly(
    matching: HourlyMatching, residual: Rates, contract: GramsPerKwh = CARBON_FREE
) -> MarketHourly:
    """Return grams of the load: what is matched at the contract's rate, the rest at the residual
    mix of its hour, which an hour that is matched in full does not need.

    Raises ValueError if there are not as many rates as hours.
    """
    hours = list(zip(matching.matched, matching.unmatched, residual, strict=True))
    known = [_grams_of_hour(*hour, contract) for hour in hours]
    return MarketHourly(
        emissions=Grams(fsum(grams for grams in known if grams is not None)),
        uncovered=known_sum(
            [rest for (_, rest, _), grams in zip(hours, known, strict=True) if grams is None]
        ),
        missing_hours=sum(grams is None for grams in known),
    )


def emissions_annual(
    matching: AnnualMatching, residual: GramsPerKwh | None, contract: GramsPerKwh = CARBON_FREE
) -> MarketAnnual:
    """Return grams of the load, the rest of which takes one residual mix for the whole period."""
    return MarketAnnual(
        total=_grams_of_hour(matching.matched, matching.unmatched, residual, contract)
    )


def mix_of(load: Hourly, residual: Rates) -> GramsPerKwh | None:
    """Return the residual mix of a whole period from that of its hours, weighed with the load.

    None where an hour with a load has none, and for a load of nothing.
    """
    pairs = [(used, rate) for used, rate in zip(load, residual, strict=True) if used != 0]
    known = [(used, rate) for used, rate in pairs if used is not None and rate is not None]
    if not known or len(known) < len(pairs):
        return None
    return GramsPerKwh(fsum(used * rate for used, rate in known) / sum(used for used, _ in known))


def _grams_of_hour(
    matched: Joules | None,
    rest: Joules | None,
    residual: GramsPerKwh | None,
    contract: GramsPerKwh,
) -> Grams | None:
    if matched is None or rest is None or (rest and residual is None):
        return None
    unmatched = grams_of(rest, residual) if residual is not None else Grams(0.0)
    return Grams(grams_of(matched, contract) + unmatched)


def renewable(
    guarantees: Joules | None, contracts: Joules | None, onsite: Joules | None, sold: Joules | None
) -> Joules | None:
    """Return the renewable energy that a site may claim, of guarantees of origin held and
    cancelled, of contracts and generated on site (Delegated Regulation (EU) 2024/1364, annex II).

    `sold` is what contracts and the site generated and others hold the guarantees of: it is
    subtracted, so that nothing counts twice. None if a part is not known. Raises ValueError if
    more is sold than was generated.
    """
    own = strict_sum([contracts, onsite])
    if own is not None and sold is not None and sold > own:
        raise ValueError("more guarantees are held by others than were generated")
    return strict_sum([guarantees, _less(own, sold)])


def strict_sum(hours: Hourly) -> Joules | None:
    """Return the sum of the hours; None if one of them is not known: missing is never zero."""
    known = [one for one in hours if one is not None]
    return Joules(sum(known)) if len(known) == len(hours) else None


def known_sum(hours: Hourly) -> Joules:
    """Return the sum of the hours that are known, which is a total of nothing else."""
    return Joules(sum(one for one in hours if one is not None))


def _pairs(load: Hourly, supply: Supply) -> list[tuple[Joules | None, Joules | None]]:
    if len(load) != len(supply.hours):
        raise ValueError(f"a load of {len(load)} hours has a supply of {len(supply.hours)}")
    if any(used is not None and used < 0 for used in load):
        raise ValueError("a load is below zero: what flows out is no load")
    return list(zip(load, supply.hours, strict=True))


def _at_least_zero(said: Joules | None) -> Joules | None:
    return None if said is None else max(said, Joules(0))


def _lesser(one: Joules | None, other: Joules | None) -> Joules | None:
    return None if one is None or other is None else min(one, other)


def _less(whole: Joules | None, part: Joules | None) -> Joules | None:
    return None if whole is None or part is None else Joules(whole - part)
