"""Examples of location- and market-based emissions, and of carbon-free energy."""

from collections.abc import Iterator, Sequence
from functools import partial

from agent.accounting.emissions.cfe import cfe_annual, cfe_contracted, cfe_hourly
from agent.accounting.emissions.market import (
    Contract,
    Instrument,
    Supply,
    emissions_annual,
    emissions_hourly,
    known_sum,
    market_factor,
    matched_annual,
    matched_hourly,
    mix_of,
    strict_sum,
    supply_of,
)
from agent.units import GramsPerKwh, Joules
from tests.accounting.examples.answers import Answer, Word
from tests.accounting.examples.inputs import Absent, Inputs, Json, Series, series
from tests.accounting.examples.intensities import INTENSITY as GRID
from tests.accounting.examples.intensities import applied_by_hour, stand_ins, stood_in, totals
from tests.accounting.examples.quantities import Dimension
from tests.accounting.examples.words import either, meaning, split

ENERGY, MASS, PLAIN, RATIO = Dimension.ENERGY, Dimension.MASS, Dimension.PLAIN, Dimension.RATIO
INTENSITY = Dimension.INTENSITY
LOAD = either(
    "load | it load | facility | facility load | energy | hourly load | it energy | it | used | "
)
OF_CONTRACTS = {"contract", "generation", "wind", "solar", "nuclear", "hydro"}
HERE = "here"


def load_of(inputs: Inputs) -> Series:
    """Return the load by hour, or by whatever period the example has."""
    return series(inputs.quantity(ENERGY, *LOAD))


def location(inputs: Inputs) -> Iterator[Answer]:
    """Each hour at the grid's average of that hour; an hour without one has no emission."""
    load = load_of(inputs)
    keys = list(load)
    names = ("location based", "location", "emissions")
    yield from totals(load, applied_by_hour(inputs, keys), *names)
    yield from stood_in(load, applied_by_hour(inputs, keys, stand_ins(inputs)))
    yield Answer(("load", "energy"), ENERGY, lambda: strict_sum(list(load.values())))


def market(inputs: Inputs) -> Iterator[Answer]:
    """Contracts against the load, by the hour and by volume, and the rest at the residual mix."""
    load = load_of(inputs)
    supply = supplied(inputs, list(load))
    used = list(load.values())
    hourly = partial(matched_hourly, used, supply)
    annual = partial(matched_annual, used, supply)
    yield from _hourly(hourly, supply)
    yield from _annual(annual)
    rest = residual(inputs, list(load))
    if rest is None:
        return
    own = GramsPerKwh(inputs.first(INTENSITY, "ppa | contract rate | ppa intensity") or 0.0)
    ask = partial(lambda: emissions_hourly(hourly(), rest, own))
    yield Answer(
        ("market hourly", "market", "market based", "market based hourly"),
        MASS,
        lambda: ask().total,
    )
    yield Answer(("market hourly covered",), MASS, lambda: ask().emissions)
    yield Answer(("market hourly missing",), ENERGY, lambda: ask().uncovered)
    yield Answer(("market hourly missing hours",), PLAIN, lambda: ask().missing_hours)
    yield Answer(
        ("market annual", "market based annual"),
        MASS,
        lambda: emissions_annual(annual(), mix_of(used, rest), own).total,
    )


def _hourly(ask: Json, supply: Supply) -> Iterator[Answer]:
    def total(name: str, *, many: bool) -> Json:
        values: Sequence[Joules | None] = getattr(ask(), name)
        return list(values) if many else strict_sum(values)

    for name in ("matched", "unmatched", "surplus"):
        names = (f"market hourly {name}", f"hourly {name}", name, f"contract {name}")
        yield Answer(names, ENERGY, partial(total, name, many=False))
        yield Answer((*names, f"{name} hours"), ENERGY, partial(total, name, many=True), many=True)
        yield Answer(
            (f"covered {name}", f"hourly covered {name}"),
            ENERGY,
            partial(lambda name: known_sum(getattr(ask(), name)), name),
        )
    yield Answer(("contract",), ENERGY, lambda: strict_sum(supply.hours))
    yield Answer(("contract", "contract hours"), ENERGY, lambda: list(supply.hours), many=True)
    words = either("negative hours | contract negative hours | hours negative count")
    yield Answer(words, PLAIN, lambda: supply.negative_hours)


def _annual(ask: Json) -> Iterator[Answer]:
    def total(name: str) -> Joules | None:
        found: Joules | None = getattr(ask(), name)
        return found

    for name in ("matched", "unmatched", "surplus"):
        yield Answer((f"market annual {name}", f"annual {name}"), ENERGY, partial(total, name))


def supplied(inputs: Inputs, keys: Sequence[Json]) -> Supply:
    """Return what all contracts of an example deliver; those of another market deliver nothing."""
    contracts = [*_contracts(inputs, keys)]
    if not contracts:
        raise Absent("contracts")
    market_here = inputs.maybe("market", "load market", "grid") or HERE
    return supply_of(contracts, str(market_here), len(keys))


def _contracts(inputs: Inputs, keys: Sequence[Json]) -> Iterator[Contract]:
    markets = inputs.maybe("markets", "contracts market", "ppas market") or []
    for words, value in inputs.of(ENERGY).items():
        if not meaning(words) & OF_CONTRACTS or not isinstance(value, list | dict | int):
            continue
        plants = _plants(value)
        for place, plant in enumerate(plants):
            named = markets[place] if place < len(markets) else None
            market_of = named or inputs.maybe("market", "load market", "grid") or HERE
            yield Contract(market=str(market_of), hours=list(series(plant, keys).values()))


def _plants(value: Json) -> list[Json]:
    """Return one series, or several where the example has them by name or in a list."""
    inside = list(value.values()) if isinstance(value, dict) else value
    if isinstance(inside, list) and inside and all(isinstance(one, list | dict) for one in inside):
        return inside
    return [value]


def residual(inputs: Inputs, keys: Sequence[Json]) -> list[GramsPerKwh | None] | None:
    """Return the residual mix of each hour, one for all where the example has only one.

    Where there is none at all it is the next factor of the hierarchy, the grid's average.
    """
    names = ("residual mix", "residual", "residual mix intensity", "residual intensity")
    mix = next((v for _, v in inputs.quantities(INTENSITY, *names)), None)
    try:
        grid = series(inputs.rates(*GRID), keys) if mix is None else {}
    except Absent:
        return None
    by_hour = series(mix, keys)
    factors = [
        market_factor(
            {Instrument.RESIDUAL_MIX: by_hour[key], Instrument.GRID_AVERAGE: grid.get(key)}
        )
        for key in keys
    ]
    return [None if one is None else one[1] for one in factors]


SPELT = {
    Instrument.CERTIFICATE: ("certificate", "certificates", "goo", "eac", "rec"),
    Instrument.CONTRACT: ("contract", "contracts", "ppa"),
    Instrument.SUPPLIER_RATE: ("supplier-rate", "supplier", "supplier factor", "supplier rate"),
    Instrument.RESIDUAL_MIX: ("residual-mix", "residual", "residual mix"),
    Instrument.GRID_AVERAGE: either(
        "grid-average | grid average | grid | location | average | location-based"
    ),
}


FACTOR = either(
    "market factor | factor | factor used | intensity used | market intensity | factor applied"
)
OF_FACTOR = either(
    "factor source | instrument | market factor source | factor used | factor kind | source | used"
    " | level | method"
)


def hierarchy(inputs: Inputs) -> Iterator[Answer]:
    """The first factor that there is, of certificates, contracts, supplier, residual mix, grid."""
    factors = inputs.of(INTENSITY)
    known = {
        instrument: value
        for instrument, names in SPELT.items()
        for words, value in factors.items()
        if not isinstance(value, list | dict) and _is_of(words, names)
    }
    if len(known) < 2:
        raise Absent("factors of the hierarchy")
    ask = partial(market_factor, known)
    yield Answer(FACTOR, INTENSITY, lambda: None if (one := ask()) is None else one[1])
    yield Answer(
        OF_FACTOR, PLAIN, lambda: None if (one := ask()) is None else Word.of(*SPELT[one[0]])
    )


def _is_of(words: tuple[str, ...], names: Sequence[str]) -> bool:
    said = meaning(words) - {"intensity", "factor", "rate", "emissions"}
    return any(said == meaning(split(name)) - {"rate", "factor"} for name in names)


SHARE = either(
    "grid cfe | grid carbon free | grid cfe share | grid carbon free share | cfe"
    " | carbon free | grid cfe score"
)


def carbon_free(inputs: Inputs) -> Iterator[Answer]:
    """CFE, hour by hour and by volume: three metrics."""
    load = load_of(inputs)
    used, supply = list(load.values()), supplied(inputs, list(load))
    hourly = partial(matched_hourly, used, supply)
    shares = [*inputs.quantities(RATIO, *SHARE)]
    contracted = either("cfe hourly contract only | cfe contract only | cfe contract")
    if shares:
        grid = list(series(shares[0][1], list(load)).values())
        ask = partial(lambda: cfe_hourly(hourly(), grid))
        yield Answer(
            ("cfe hourly", "cfe", "cfe score", "cfe hourly score", "cfe hourly grid"),
            RATIO,
            lambda: ask().score,
        )
        yield Answer(("cfe hourly covered", "cfe covered"), RATIO, lambda: ask().covered)
    else:
        contracted += ("cfe hourly", "cfe", "cfe score")
    only = partial(lambda: cfe_contracted(hourly()))
    yield Answer(contracted, RATIO, lambda: only().score)
    yield Answer(("cfe contract only covered",), RATIO, lambda: only().covered)
    annual = partial(lambda: cfe_annual(matched_annual(used, supply)).score)
    yield Answer(
        ("cfe annual contract only", "cfe annual", "annual matching", "cfe annual score"),
        RATIO,
        annual,
    )
