"""Examples of software carbon intensity, and of reductions against a baseline."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import partial

from agent.accounting.emissions.baseline import reduction_of
from agent.accounting.emissions.market import strict_sum
from agent.accounting.emissions.sci import Sci, added, embodied_of, energy_with_overhead, sci_of
from agent.units import Grams, GramsPerKwh, Joules, grams_of
from tests.accounting.examples.answers import Answer
from tests.accounting.examples.inputs import Absent, Inputs, Json, series
from tests.accounting.examples.intensities import INTENSITY
from tests.accounting.examples.quantities import Dimension
from tests.accounting.examples.words import either, split

ENERGY, MASS, RATIO, RATE = Dimension.ENERGY, Dimension.MASS, Dimension.RATIO, Dimension.INTENSITY

AFTER = (
    "post | post energy | post implementation | post implementation energy | actual | project"
    " | actual energy | reporting | reported | current"
)
UNITS_OF_SOFTWARE = "functional units | functional unit count | r | requests | units | users | jobs"
LIFESPAN = either("lifespan | expected lifespan | device lifespan")
RESERVED = either("reserved | time reserved | reservation")
RESOURCES = {
    *("vcpu", "vcpus", "cores", "core", "cpu", "cpus", "resources", "resource"),
    *("memory", "gb", "gpu", "gpus", "threads", "ram"),
}
TIMES = (
    *(("days", 24.0), ("d", 24.0), ("hours", 1.0), ("h", 1.0), ("", 1.0)),
    *(("minutes", 1 / 60), ("min", 1 / 60), ("seconds", 1 / 3600), ("s", 1 / 3600)),
)
"""Hours in one of each."""


def reduction(inputs: Inputs) -> Iterator[Answer]:
    """Baseline less what was used after, with its sign."""
    before = _sum(inputs.quantity(ENERGY, "baseline", "baseline energy"))
    after = _sum(inputs.quantity(ENERGY, *either(AFTER)))
    ask = partial(reduction_of, before, after)
    names = either("energy reduction | reduction | energy saving | saving | energy saved")
    yield Answer(names, ENERGY, lambda: ask().energy)
    yield Answer(("reduction", "energy reduction"), RATIO, lambda: ask().percent / 100)
    if not inputs.of(RATE):
        return
    factor = inputs.first(RATE, " | ".join(INTENSITY))
    names = either("emissions reduction | reduction | carbon reduction | emissions saved | saving")
    yield Answer(names, MASS, lambda: ask().emission(factor))
    for name, energy in (("baseline", before), ("post", after)):
        if energy is not None and factor is not None:
            yield Answer((f"{name} emissions", name), MASS, partial(grams_of, energy, factor))


def _sum(energy: Json) -> Joules | None:
    return strict_sum(list(series(energy).values()))


def software(inputs: Inputs) -> Iterator[Answer]:
    """SCI of a piece of software, or of its components over one functional unit."""
    parts = inputs.given.get("components")
    if isinstance(parts, list) and all(isinstance(one, Mapping) for one in parts):
        given = {key: value for key, value in inputs.given.items() if key != "components"}
        alone = [Inputs({**given, **one}) for one in parts]
        yield Answer(SCI, MASS, lambda: added([_sci(one) for one in alone]))
        yield Answer(("sci",), MASS, lambda: [_sci(one).score for one in alone], many=True)
        return
    if not inputs.has(*either(UNITS_OF_SOFTWARE)):
        raise Absent("functional units")
    ask = partial(_sci, inputs)
    yield Answer(SCI, MASS, lambda: ask().score)
    yield Answer(either("operational | operational emissions | o"), MASS, lambda: ask().operational)
    yield Answer(either("embodied | embodied emissions | m"), MASS, partial(_embodied, inputs))
    yield Answer(either("energy | e"), ENERGY, partial(_energy, inputs))
    names = either("emissions | carbon | operational plus embodied")
    yield Answer(names, MASS, lambda: Grams(ask().operational + ask().embodied))


SCI = either("sci per unit | sci | sci per functional unit | sci score | sci per request | score")


def _sci(inputs: Inputs) -> Sci:
    rate = inputs.first(RATE, " | ".join(("i", *INTENSITY)))
    units = inputs.number(*either(UNITS_OF_SOFTWARE))
    return sci_of(
        _energy(inputs), None if rate is None else GramsPerKwh(rate), _embodied(inputs), units
    )


def _energy(inputs: Inputs) -> Joules | None:
    energy = _sum(inputs.first(ENERGY, "it energy | it | energy | e | load | "))
    return energy_with_overhead(energy, inputs.number("pue")) if inputs.has("pue") else energy


def _embodied(inputs: Inputs) -> Grams | None:
    whole: Grams | None = inputs.first(MASS, "embodied total | te | embodied device | embodied te")
    lifespan = _span(inputs, *LIFESPAN)
    if lifespan is None and not any(inputs.names(word) for word in ("lifespan", "reserved")):
        said: Grams | None = inputs.first(MASS, "embodied | embodied emissions | m")
        return said
    if whole is None:
        whole = inputs.first(MASS, "embodied | embodied emissions | device embodied")
    shares = (_resources(inputs, of) for of in ("reserved", "total"))
    return embodied_of(whole, _span(inputs, *RESERVED), lifespan, *shares)


def _resources(inputs: Inputs, of: str) -> float | None:
    """Return the resources reserved, or of all there are: vCPU, cores or whatever is counted."""
    for name in inputs.given:
        words = set(split(name))
        if of in words and words & RESOURCES:
            return inputs.number(name)
    return 1.0


def _span(inputs: Inputs, *names: str) -> timedelta | None:
    year = float(inputs.maybe("hours per year") or 8760)
    for unit, hours in (("years", year), ("months", year / 12), *TIMES):
        for name in names:
            value = inputs.maybe(f"{name} {unit}")
            if value is not None:
                return timedelta(hours=float(value) * hours)
    return None
