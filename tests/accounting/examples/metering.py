"""Examples of units, intervals, counters and indicators."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from agent.accounting.emissions.available import available
from agent.accounting.emissions.sci import energy_with_overhead
from agent.accounting.hours import hour_of, parts
from agent.accounting.registers.counters import Counted, counted, rollover_hypothesis
from agent.accounting.site import StandIn
from agent.model import HOUR, Basis, Intensity, Oddity, Register
from agent.units import GramsPerKwh, Joules, Watts, energy_of, grams_of
from tests.accounting.examples.answers import Answer, Word
from tests.accounting.examples.inputs import Absent, Inputs, Json, Series, instant, series
from tests.accounting.examples.intensities import (
    INTENSITY,
    fineness,
    hourly,
    of_interval,
    rows_of,
    stand_ins,
    stood_in,
    totals,
)
from tests.accounting.examples.quantities import UNITS, Dimension
from tests.accounting.examples.words import either, split

ENERGY, MASS, PLAIN = Dimension.ENERGY, Dimension.MASS, Dimension.PLAIN
OF_ENERGY = {"energy", "load", "it", "used", "consumption", "facility"}
OF_INTENSITY = {
    *("intensity", "factor", "moer", "aoer", "emission", "emissions"),
    *("grid", "average", "co2", "carbon"),
}

LIMIT = (
    "max plausible | plausible limit | max | limit | max power | plausible | max plausible power"
    " | plausible power | power limit | plausible max"
)
SPELLINGS = {
    None: Word.of(
        *either("normal | none | ok | increase | count | counting | counter | equal | unchanged"),
        *either("no change | regular | increment | forward | delta | zero | idle"),
    ),
    Oddity.ROLLOVER: Word.of("rollover", "roll-over", "wrap", "wraparound", "overflow"),
    Oddity.RESET: Word.of("reset", "restart"),
    Oddity.RESTART: Word.of("reset", "restart"),
    Oddity.DAY: Word.of("day", "daily reset", "reset", "new day"),
}
IMPLAUSIBLE = Word.of("implausible", "replaced", "glitch", "invalid", "rejected")


def footprints(inputs: Inputs) -> Iterator[Answer]:
    """kWh x g/kWh, once for each pair of an energy and an intensity of one prefix."""
    energies = _by_prefix(inputs, ENERGY, OF_ENERGY)
    intensities = _by_prefix(inputs, Dimension.INTENSITY, OF_INTENSITY)
    for name, intensity in intensities.items():
        said = partial(_known, name, intensity)
        yield Answer((f"{name} intensity", f"{name} factor"), Dimension.INTENSITY, said)
        energy = energies.get(name, next(iter(energies.values())) if len(energies) == 1 else None)
        if energy is not None:
            names = (f"{name} emissions", f"{name} result", f"{name} footprint")
            yield Answer(names, MASS, partial(_grams, inputs, energy, intensity))
    for name, energy in energies.items():
        yield Answer((f"{name} energy", name or "energy"), ENERGY, partial(_known, name, energy))


def quantities(inputs: Inputs) -> Iterator[Answer]:
    """What is given, in other units; and the energy of a power."""
    for dimension in (ENERGY, Dimension.INTENSITY):
        for words, values in inputs.of(dimension).items():
            if isinstance(values, list | dict):
                name = f"{' '.join(words)} {'energy' if dimension is ENERGY else 'intensity'}"
                yield Answer((name,), dimension, partial(_said, values), many=True)
    for words, volume in inputs.of(Dimension.VOLUME).items():
        yield Answer((" ".join(words),), Dimension.VOLUME, partial(_known, "volume", volume))
    for words, power in inputs.of(Dimension.POWER).items():
        for seconds in list(inputs.of(Dimension.TIME).values())[:1]:
            name = f"{' '.join(word for word in words if word != 'power')} energy"
            yield Answer((name, "energy"), ENERGY, partial(energy_of, power, seconds))


def _by_prefix(inputs: Inputs, dimension: Dimension, without: set[str]) -> dict[str, Json]:
    return {
        " ".join(word for word in words if word not in without): value
        for words, value in inputs.of(dimension).items()
        if not isinstance(value, list | dict)
    }


def _known(name: str, value: Json) -> Json:
    """Return a value, None if it is missing. Raises ValueError if it says not to be available."""
    return None if value is None else available(name, value)


def _said(values: Json) -> Json:
    return values


def _grams(inputs: Inputs, energy: Joules, intensity: float | None) -> float | None:
    """Return the grams, with the overhead of a data centre where the example says a PUE."""
    if intensity is None:
        return None
    rate = GramsPerKwh(available("the intensity", intensity))
    if not inputs.has("pue"):
        return grams_of(available("the energy", energy), rate)
    return grams_of(energy_with_overhead(energy, inputs.number("pue")), rate)


@dataclass(frozen=True, slots=True)
class Used:
    """The energy of an interval."""

    start: datetime
    end: datetime
    energy: Joules

    def by(self, period: timedelta, offset: timedelta = timedelta(0)) -> dict[datetime, Joules]:
        """Return its parts; `offset` is how far after full hours the hours of a zone begin."""
        found = parts(self.start - offset, self.end - offset, self.energy, period)
        return {part.start + offset: part.energy for part in found}


def split_interval(inputs: Inputs) -> Iterator[Answer]:
    """The energy of intervals over the hours they touch, and each with its intensity."""
    used = _intervals(inputs)
    by_hour = _added(one.by(HOUR) for one in used)
    yield Answer(("parts", "energy parts", "energy hours"), ENERGY, lambda: by_hour, many=True)
    seconds = {
        part.start: part.seconds
        for one in used
        for part in parts(one.start, one.end, one.energy, HOUR)
    }
    yield Answer(("parts", "seconds", "parts duration"), Dimension.TIME, lambda: seconds, many=True)
    yield Answer(("hours", "parts", "hours touched", "count parts"), PLAIN, lambda: len(by_hour))
    yield Answer(("energy",), ENERGY, lambda: sum(by_hour.values()))
    try:
        values = inputs.rates(*INTENSITY)
    except Absent:
        return
    table = values if isinstance(values, dict) else series(values, list(by_hour))
    rows = rows_of(table, fineness(inputs))
    slots = _added(one.by(HOUR / 12) for one in used)
    yield from _with_intensities(by_hour, rows, slots, stand_ins(inputs))
    offset = min(table) - hour_of(min(table))
    if offset:
        local = _added(one.by(HOUR, offset) for one in used)
        yield Answer(("parts", "energy parts", "energy hours"), ENERGY, lambda: local, many=True)
        yield from _with_intensities(local, rows, slots, ())


def _intervals(inputs: Inputs) -> list[Used]:
    zone = str(inputs.maybe("timezone", "time zone") or "UTC")
    starts = inputs.raw(
        "interval start", "start", "from", "start time", "interval start local", "start local"
    )
    ends = inputs.raw("interval end", "end", "to", "end time", "interval end local", "end local")
    energies = inputs.quantity(ENERGY, "energy", "intervals energy", "")
    one = not isinstance(starts, list)
    return [
        Used(instant(start, zone), instant(end, zone), energy)
        for start, end, energy in zip(
            *([[side] if one else side for side in (starts, ends, energies)]), strict=True
        )
    ]


def _added(parts_of: Iterable[Mapping[datetime, Joules]]) -> dict[datetime, Joules]:
    total: dict[datetime, Joules] = {}
    for found in parts_of:
        for start, energy in found.items():
            total[start] = Joules(total.get(start, 0) + energy)
    return total


def _with_intensities(
    by_hour: Series,
    rows: Sequence[Intensity],
    slots: Mapping[datetime, Joules],
    allowed: tuple[StandIn, ...],
) -> Iterator[Answer]:
    def slots_of(hour: datetime) -> list[Joules]:
        return [slots.get(hour + n * (HOUR / 12), Joules(0)) for n in range(12)]

    used = {hour: of_interval(rows, hour, slots_of(hour)) for hour in by_hour}
    yield from totals(by_hour, used, "emissions", "parts emissions")
    filled = {hour: hourly(rows, hour, fallback=allowed, slots=slots_of(hour)) for hour in by_hour}
    yield from stood_in(by_hour, filled)


def counter(inputs: Inputs) -> Iterator[Answer]:
    """What a register did between two counts."""
    step = _step(inputs)
    before, now = (_shown(inputs, which, step) for which in ("previous", "current"))
    register = Register(step=step, span=_span(inputs, step), limit=_limit(inputs))
    seconds = _elapsed(inputs)
    ask = partial(counted, before, now, register, seconds)
    hypothesis = partial(rollover_hypothesis, before, now, register)
    yield Answer(
        ("classification", "class", "kind", "oddity", "event", "type"), PLAIN, partial(_word, ask)
    )
    yield Answer(("energy", "", "energy lower bound", "booked"), ENERGY, partial(_energy, ask))
    yield Answer(
        ("delta counts", "delta", "counts"),
        PLAIN,
        lambda: None if (found := ask()) is None else found.energy / step,
    )
    yield Answer(
        ("mean", "mean power", "power"),
        Dimension.POWER,
        lambda: None if (found := ask()) is None else Watts(found.energy / seconds),
    )
    yield Answer(("lower bound", "is lower bound"), PLAIN, partial(_lower_bound, ask))
    yield Answer(("rollover hypothesis", "rollover", "wrap hypothesis"), ENERGY, hypothesis)
    yield Answer(
        ("rollover hypothesis mean", "rollover hypothesis power", "hypothesis"),
        Dimension.POWER,
        lambda: None if (found := hypothesis()) is None else Watts(found / seconds),
    )


def _energy(ask: Callable[[], Counted | None]) -> Joules | None:
    found = ask()
    return None if found is None else found.energy


def _step(inputs: Inputs) -> Joules:
    for _, value in inputs.quantities(
        ENERGY, "per count", "count", "step", "resolution", "scale", "unit", "per unit", "per pulse"
    ):
        return Joules(value)
    unit = UNITS.get(split(str(inputs.raw("unit", "count unit", "register unit"))))
    if unit is None or unit.dimension is not ENERGY:
        raise Absent("energy of a count")
    return Joules(int(unit.read(1)))


def _word(ask: Callable[[], Counted | None]) -> Word:
    found = ask()
    return IMPLAUSIBLE if found is None else SPELLINGS[found.oddity]


def _lower_bound(ask: Callable[[], Counted | None]) -> bool | None:
    found = ask()
    return None if found is None else found.basis is Basis.LOWER_BOUND


def _shown(inputs: Inputs, which: str, step: Joules) -> Joules:
    """Return what a register showed, in counts or in energy."""
    for _, value in inputs.quantities(ENERGY, which, f"{which} reading", f"{which} register"):
        return Joules(value)
    names = (f"{which} count", which, f"{which} reading", f"{which} counts", f"{which} register")
    raw = inputs.raw(*names)
    if not isinstance(raw, int):
        raise Absent(f"a count instead of {raw!r}")
    return Joules(raw * step)


def _span(inputs: Inputs, step: Joules) -> Joules | None:
    bits = inputs.maybe(
        "register bits", "bits", "width bits", "counter bits", "register width", "width"
    )
    if bits is not None:
        return Joules(2 ** int(bits) * step)
    span = inputs.maybe("modulus", "span counts", "rollover at", "register span")
    return None if span is None else Joules(int(span) * step)


def _limit(inputs: Inputs) -> Watts | None:
    value = inputs.first(Dimension.POWER, LIMIT)
    return None if value is None else Watts(value)


def _elapsed(inputs: Inputs) -> float:
    for _, value in inputs.quantities(
        Dimension.TIME, "elapsed", "intervals", "duration", "elapsed time", ""
    ):
        return float(value)
    before = instant(inputs.raw("previous time", "previous at", "start", "t0"))
    return (instant(inputs.raw("current time", "current at", "end", "t1")) - before).total_seconds()
