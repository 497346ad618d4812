"""Examples of versions of intensities, of their points within an hour, and of local days."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise

from agent.accounting.emissions.carbon import current, hour_intensity, restated
from agent.accounting.emissions.market import strict_sum
from agent.accounting.hours import hour_of
from agent.accounting.periods.calendar import Period, period_of
from agent.model import HOUR, HourIntensity, Intensity
from agent.units import Grams, GramsPerKwh, Joules, grams_of
from tests.accounting.examples.answers import Answer
from tests.accounting.examples.inputs import Absent, Inputs, Json, Series, instant, moment, series
from tests.accounting.examples.intensities import FIRST_HOUR, INTENSITY, LONG_AFTER, fineness, row
from tests.accounting.examples.quantities import Dimension
from tests.accounting.examples.words import either

ENERGY, MASS, PLAIN, RATIO = Dimension.ENERGY, Dimension.MASS, Dimension.PLAIN, Dimension.RATIO
RATE = Dimension.INTENSITY

VERSION = either("updated at | updated | update time | version | published at | published")
KNOWN_AT = either("as known at | known at | as of | asof | as reported on | as known on")
LEAST = either("min share | min | min coverage | required share | min points share | share min")
START = either("datetime | hour | point time | start | time | period start")


def versions(inputs: Inputs) -> Iterator[Answer]:
    """What is current of several versions of one value, and how far it has moved."""
    rows = _rows(inputs)
    known_at = inputs.maybe(*KNOWN_AT)
    seen = [one for one in rows if known_at is None or one.version <= instant(known_at)]
    yield from _versions(rows, seen)
    for energy in inputs.of(ENERGY).values():
        yield from _restated_grams(strict_sum(list(series(energy).values())), rows, seen)


def _rows(inputs: Inputs) -> list[Intensity]:
    first = inputs.first(
        RATE, "first | first published | first intensity | provisional | estimated | preliminary"
    )
    newest = inputs.first(RATE, "current | current intensity | final | revised | restated")
    if isinstance(first, int | float) and isinstance(newest, int | float):
        times = (FIRST_HOUR + HOUR, FIRST_HOUR + 2 * HOUR)
        pairs = zip((first, newest), times, strict=True)
        return [row(FIRST_HOUR, value, updated=at) for value, at in pairs]
    times, values = inputs.raw(*VERSION), inputs.rates(*INTENSITY, "", "value")
    if not isinstance(times, list) or not isinstance(values, list):
        raise Absent("versions")
    flags = inputs.maybe("is estimated", "estimated") or [False] * len(times)
    starts = inputs.maybe(*START)
    hours = starts if isinstance(starts, list) else [FIRST_HOUR.isoformat()] * len(times)
    return [
        row(instant(start), value, updated=instant(at), estimated=bool(flag))
        for start, at, value, flag in zip(hours, times, values, flags, strict=True)
        if value is not None
    ]


def _versions(rows: Sequence[Intensity], seen: Sequence[Intensity]) -> Iterator[Answer]:
    def newest() -> Intensity | None:
        found = current(seen)
        return found[0] if found else None

    def by_hour() -> Series:
        return {one.start: one.value for one in current(seen)}

    names = either("current | current intensity | intensity | as known at | known then")
    yield Answer(names, RATE, lambda: None if (one := newest()) is None else one.value)
    yield Answer(names, RATE, by_hour, many=True)
    yield Answer(either("first | first intensity"), RATE, lambda: _first(rows).value)
    names = either("restatement | restatement intensity")
    yield Answer(names, RATE, lambda: restated(rows))
    yield Answer(names, RATE, partial(_restated_by_hour, rows), many=True)
    names = either("current updated at | current version | version | updated at")
    yield Answer(names, PLAIN, lambda: None if (one := newest()) is None else one.version)
    yield Answer(
        either("versions kept | versions | count versions | kept"), PLAIN, lambda: len(rows)
    )
    names = either("estimated | current is estimated | is estimated | current estimated")
    yield Answer(names, PLAIN, lambda: None if (one := newest()) is None else one.estimated)


def _first(rows: Sequence[Intensity]) -> Intensity:
    return min(rows, key=lambda one: one.version)


def _restated_by_hour(rows: Sequence[Intensity]) -> Series:
    starts = dict.fromkeys(one.start for one in rows)
    return {at: restated([one for one in rows if one.start == at]) for at in starts}


def _restated_grams(
    energy: Joules | None, rows: Sequence[Intensity], seen: Sequence[Intensity]
) -> Iterator[Answer]:
    if energy is None or not seen or len({one.start for one in rows}) > 1:
        return
    values = (current(seen)[0].value, _first(rows).value, restated(rows))
    for name, value in zip(("current", "first", "restatement"), values, strict=True):
        names = (name, f"{name} emissions", *(("emissions",) if name == "current" else ()))
        yield Answer(names, MASS, partial(grams_of, energy, value))


POINTS = either("points | values | series | intensity points | value")


def points(inputs: Inputs) -> Iterator[Answer]:
    """The mean of the points of each hour, if enough of it has one."""
    table: Series = series(inputs.rates(*POINTS, *INTENSITY, ""))
    fine = fineness(inputs, timedelta(0)) or _fineness(inputs, table)
    stamps = [
        one for one in inputs.given.values() if isinstance(one, list) and all(map(moment, one))
    ]
    keys = [instant(text) for text in stamps[0]] if stamps and stamps[0] else list(table)
    starts = [
        key if isinstance(key, datetime) else FIRST_HOUR + place * fine
        for place, key in enumerate(keys)
    ]
    pairs = zip(starts, table.values(), strict=True)
    rows = [row(at, value, period=fine) for at, value in pairs if value is not None]
    yield from _mean(inputs, rows, sorted({hour_of(at) for at in starts}), fine)


def _fineness(inputs: Inputs, table: Series) -> timedelta:
    """Return how fine the points are where only their number says it."""
    times = sorted(key for key in table if isinstance(key, datetime))
    if len(times) > 1:
        return min(after - before for before, after in pairwise(times))
    said = inputs.maybe("points expected", "points per hour", "expected points", "count points")
    if said is None and len(table) < 2:
        raise Absent("points")
    return HOUR / int(said or len(table))


def _mean(
    inputs: Inputs, rows: Sequence[Intensity], hours: Sequence[datetime], fine: timedelta
) -> Iterator[Answer]:
    ask = partial(_of_hour, inputs, rows, fine)
    names = either("intensity | hours intensity | mean | hours mean | hours | mean intensity")
    yield Answer(names, RATE, lambda: _value(ask(hours[0])))
    yield Answer(names, RATE, lambda: {hour: _value(ask(hour)) for hour in hours}, many=True)
    yield Answer(
        either("points | points present | count points | points kept"), PLAIN, lambda: len(rows)
    )
    any_share = partial(hour_intensity, rows, hours[0], until=LONG_AFTER, least=0.0)
    names = either("share | present | points | coverage | share present | points present share")
    yield Answer(names, RATIO, lambda: 0.0 if (one := any_share()) is None else one.coverage)
    yield Answer(either("missing | is missing"), PLAIN, lambda: ask(hours[0]) is None)
    yield Answer(either("available | complete | usable"), PLAIN, lambda: ask(hours[0]) is not None)
    energy = inputs.first(ENERGY, "energy | load |  | it energy | facility")
    if isinstance(energy, int):
        yield Answer(("emissions",), MASS, lambda: _grams(Joules(energy), ask(hours[0])))


def _of_hour(
    inputs: Inputs, rows: Sequence[Intensity], fine: timedelta, hour: datetime
) -> HourIntensity | None:
    least, count = inputs.maybe(*LEAST), inputs.maybe("min points", "min count")
    if count is not None:
        least = float(count) * (fine / HOUR)
    if least is None:
        return hour_intensity(rows, hour, until=LONG_AFTER)
    share = float(least) / (100 if float(least) > 1 else 1)
    return hour_intensity(rows, hour, until=LONG_AFTER, least=share)


def _value(found: HourIntensity | None) -> GramsPerKwh | None:
    return None if found is None else found.value


def _grams(energy: Joules, found: HourIntensity | None) -> Grams | None:
    return None if found is None else grams_of(energy, found.value)


NAMES = either("local date | date | day | local day | month | year | period | dates | local dates")
ZONES = either("timezone | time zone | site timezone | iana timezone | tzid")
HOURLY = (
    "hourly | energy | load | per hour | energy per hour | hourly load | hours energy | "
    " | hourly energy | load per hour | energy by hour | it | load per utc hour | constant load"
)


def local_day(inputs: Inputs) -> Iterator[Answer]:
    """A local day, month or year as the UTC hours that start in it."""
    names, zone = inputs.raw(*NAMES), str(inputs.raw(*ZONES))
    if isinstance(names, list):
        periods = [period_of(str(name), zone) for name in names]
        hours = {period.name: period.hours for period in periods}
        yield Answer(either("hours | hours local day | utc hours"), PLAIN, lambda: hours, many=True)
        return
    period = period_of(str(names), zone)
    said: tuple[tuple[str, Callable[[], Json]], ...] = (
        ("hours | hours day | count hours | utc hours | hours local day", lambda: period.hours),
        ("start | start utc | utc start | first hour | day start utc", lambda: period.start),
        ("first utc hour | first hour utc", lambda: period.start),
        ("end | end utc | utc end | day end utc", lambda: period.end),
        ("last hour | last hour utc | last utc hour", lambda: list(period)[-1]),
    )
    for words, ask in said:
        yield Answer(either(words), PLAIN, ask)
    yield from _of_day(inputs, period)


def _of_day(inputs: Inputs, period: Period) -> Iterator[Answer]:
    found = inputs.first(ENERGY, HOURLY)
    if found is None and (power := inputs.first(Dimension.POWER, "constant | load | power | ")):
        found = power * 3600
    if found is None:
        return
    table = found if isinstance(found, dict) else series(found, list(period))
    inside: Series = {hour: used for hour, used in table.items() if hour in period}
    names = either("energy | day | day energy | load")
    yield Answer(names, ENERGY, lambda: strict_sum(list(inside.values())))
    with suppress(Absent):
        rates = series(inputs.rates(*INTENSITY, "hourly intensity", ""), list(inside))
        yield Answer(("emissions", "day emissions"), MASS, partial(_grams_of_day, inside, rates))


def _grams_of_day(energies: Series, rates: Series) -> float | None:
    pairs = [(used, rates[hour]) for hour, used in energies.items()]
    known = [(used, rate) for used, rate in pairs if used is not None and rate is not None]
    return sum(grams_of(*one) for one in known) if len(known) == len(pairs) else None
