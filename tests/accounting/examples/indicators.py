"""Examples of the indicators of ISO/IEC 30134."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from statistics import fmean

from agent.accounting.emissions.market import renewable, strict_sum
from agent.accounting.emissions.sci import energy_with_overhead
from agent.accounting.periods import ratios
from agent.accounting.periods.calendar import is_interim
from agent.accounting.periods.ratios import Ratio
from agent.units import JOULES_PER_KWH, Grams, Joules, kilograms, kwh
from tests.accounting.examples.answers import Answer
from tests.accounting.examples.inputs import Absent, Inputs, Json, instant, series
from tests.accounting.examples.intensities import applied_by_hour, emitted
from tests.accounting.examples.quantities import FINE, UNITS, Dimension

ENERGY, MASS, PLAIN, RATIO = Dimension.ENERGY, Dimension.MASS, Dimension.PLAIN, Dimension.RATIO
SUPPLIES = (
    ("utility", "grid", "utility import"),
    ("generator", "generators", "backup generator"),
    ("onsite", "onsite used", "onsite generation", "onsite generation used", "pv", "onsite pv"),
)
FACILITY = ("facility", "dc", "edc", "e dc", "facility energy")
IT = ("it", "it energy", "eit", "e it", "it equipment")
ONE_KWH = Joules(JOULES_PER_KWH * FINE)


def facility_of(inputs: Inputs) -> list[Joules | None]:
    """Return the energy across the boundary by interval, of one meter or of its supplies."""
    for _, value in inputs.quantities(ENERGY, *FACILITY):
        return list(series(value).values())
    supplies = [
        list(series(value).values())
        for names in SUPPLIES
        for _, value in [*inputs.quantities(ENERGY, *names)][:1]
    ]
    if not supplies:
        raise Absent("energy of the facility")
    return [strict_sum(one) for one in zip(*supplies, strict=True)]


def it_of(inputs: Inputs) -> list[Joules | None]:
    """Return IT energy by interval."""
    return list(series(inputs.quantity(ENERGY, *IT)).values())


def in_kwh(values: Sequence[Joules | None]) -> list[float | None]:
    return [None if one is None else kwh(one) / FINE for one in values]


def usage(inputs: Inputs) -> Iterator[Answer]:
    """PUE: the ratio of the sums of the intervals in which both sides are known."""
    facility, it = facility_of(inputs), it_of(inputs)
    ask = partial(ratios.pue, in_kwh(facility), in_kwh(it))
    yield Answer(("pue", "ipue", "pue metered", "pue measured"), RATIO, lambda: ask().value)
    yield Answer(
        ("mean intervals ratios", "mean ratios"), RATIO, partial(_mean_of_ratios, facility, it)
    )
    yield from _with_coverage(ask)
    yield Answer(("facility", "e dc", "edc"), ENERGY, partial(_kept, facility, it))
    yield Answer(("it", "e it", "eit"), ENERGY, partial(_kept, it, facility))
    by_interval = [
        ratios.pue(in_kwh([above]), in_kwh([below])).value
        for above, below in zip(facility, it, strict=True)
    ]
    yield Answer(
        ("intervals ratios", "pue intervals", "pue hours"), RATIO, lambda: by_interval, many=True
    )
    days = _days(inputs)
    if days is not None:
        yield Answer(("interim", "is interim"), PLAIN, lambda: is_interim(days))
        yield Answer(("annual", "is annual"), PLAIN, lambda: not is_interim(days))


def _with_coverage(ask: Callable[[], Ratio]) -> Iterator[Answer]:
    yield Answer(("coverage",), RATIO, lambda: ask().coverage)
    yield Answer(("intervals kept", "kept", "intervals used"), PLAIN, lambda: ask().kept)
    yield Answer(("intervals", "intervals all", "count intervals"), PLAIN, lambda: ask().of)
    yield Answer(
        (
            "intervals excluded",
            "excluded",
            "skipped",
            "intervals skipped",
            "intervals dropped",
            "intervals left out",
        ),
        PLAIN,
        lambda: ask().of - ask().kept,
    )


def _kept(side: Sequence[Joules | None], other: Sequence[Joules | None]) -> Joules | None:
    """Return the sum of the intervals in which the other side is known too."""
    pairs = zip(side, other, strict=True)
    return strict_sum([one for one, two in pairs if one is not None and two is not None])


def _mean_of_ratios(facility: Sequence[Joules | None], it: Sequence[Joules | None]) -> float | None:
    """Return what must never be reported: it stands in an example to show that it differs."""
    each = [
        ratios.pue(in_kwh([above]), in_kwh([below])).value
        for above, below in zip(facility, it, strict=True)
    ]
    known = [one for one in each if one is not None]
    return fmean(known) if known else None


def _days(inputs: Inputs) -> float | None:
    for name, days in (("period days", 1), ("period months", 365 / 12), ("period hours", 1 / 24)):
        value = inputs.maybe(name)
        if value is not None:
            return round(float(value) * days, 9)
    start, end = inputs.maybe("period start"), inputs.maybe("period end")
    return (instant(end) - instant(start)).total_seconds() / 86_400 if start and end else None


def water(inputs: Inputs) -> Iterator[Answer]:
    """WUE: litres over IT kWh."""
    used = next((value for value in inputs.of(Dimension.VOLUME).values()), None)
    if used is None and not any("water" in name for name in inputs.given):
        raise Absent("water")
    litres = [None if one is None else UNITS["l",].write(one) for one in series(used).values()]
    ask = partial(ratios.wue, litres, in_kwh(it_of(inputs)))
    yield Answer(("wue",), Dimension.WATER, lambda: ask().value)
    yield from _with_coverage(ask)


def carbon(inputs: Inputs) -> Iterator[Answer]:
    """CUE: kilograms over IT kWh, of a mass that is said or of the facility and an intensity."""
    it = it_of(inputs) if inputs.of(ENERGY) else [ONE_KWH]
    emissions: list[Grams | None] = []
    for value in inputs.of(MASS).values():
        emissions = list(series(value).values())
    if not emissions:
        facility = _facility(inputs, it)
        used = applied_by_hour(inputs, range(len(facility)))
        emissions = [
            None if one is None else emitted(one, used[key]).grams
            for key, one in enumerate(facility)
        ]
    kilos = [None if one is None else kilograms(one) / FINE for one in emissions]
    ask = partial(ratios.cue, kilos, in_kwh(it))

    def grams() -> float | None:
        found = ask().value
        return None if found is None else UNITS["kg", "per", "kwh"].read(found)

    yield Answer(("cue",), Dimension.INTENSITY, grams)
    yield from _with_coverage(ask)


def _facility(inputs: Inputs, it: Sequence[Joules | None]) -> list[Joules | None]:
    """Return the energy across the boundary, of IT energy and a PUE where that is said."""
    if not inputs.has("pue"):
        return facility_of(inputs)
    return [energy_with_overhead(one, inputs.number("pue")) for one in it]


RENEWABLES = {
    "goe": (
        "renewable goe",
        "goe",
        "goo",
        "renewable goo",
        "guarantees",
        "certificates",
        "renewable certificates",
        "renewable energy consumption goe",
        "certificates cancelled",
    ),
    "ppa": ("renewable ppa", "ppa", "renewable energy consumption ppa", "renewable contract"),
    "onsite": (
        "renewable onsite",
        "onsite renewable",
        "onsite",
        "renewable energy consumption onsite",
    ),
    "sold": (
        "sold",
        "not cancelled",
        "issued not cancelled",
        "guarantees sold",
        "renewable sold",
        "guarantees not cancelled",
        "goo sold",
        "certificates sold",
        "not held",
        "issued not held",
    ),
}
ALL_RENEWABLE = ("renewable", "renewable energy", "renewable energy consumption", "ref energy")


def renewable_energy(inputs: Inputs) -> Iterator[Answer]:
    """REF: renewable energy over all that crosses the boundary."""
    facility = facility_of(inputs)
    claimed = [*inputs.quantities(ENERGY, *ALL_RENEWABLE)]
    if claimed:
        energies = list(series(claimed[0][1]).values())
    elif any(inputs.names(word) for word in ("renewable", "goo", "goe", "ppa", "certificates")):
        sides = [_side(inputs, names, len(facility)) for names in RENEWABLES.values()]
        energies = [renewable(*one) for one in zip(*sides, strict=True)]
    else:
        raise Absent("renewable energy")
    ask = partial(ratios.ref, in_kwh(energies), in_kwh(facility))
    yield Answer(("ref", "renewable energy factor"), RATIO, lambda: ask().value)
    yield from _with_coverage(ask)
    yield Answer(("renewable", "renewable energy"), ENERGY, lambda: strict_sum(energies))


def _side(inputs: Inputs, names: Sequence[str], length: int) -> list[Json]:
    for _, value in inputs.quantities(ENERGY, *names):
        return list(series(value).values())
    return [Joules(0)] * length


def reuse(inputs: Inputs) -> Iterator[Answer]:
    """ERF: energy used outside over all that crosses the boundary."""
    used = inputs.quantity(
        ENERGY,
        "reused",
        "reused energy",
        "heat reused",
        "energy reused",
        "reused outside",
        "waste heat reused",
        "heat reused outside",
        "reused heat",
        "ereuse",
        "exported heat",
        "energy reused outside",
        "heat",
        "waste heat",
    )
    ask = partial(ratios.erf, in_kwh(list(series(used).values())), in_kwh(facility_of(inputs)))
    yield Answer(("erf", "energy reuse factor"), RATIO, lambda: ask().value)
    yield from _with_coverage(ask)
