"""The answers to an example, found by the words of what is expected and compared with it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import isclose

from agent.errors import ConfigError, Rejected, Unavailable
from tests.accounting.examples.inputs import Json, moment
from tests.accounting.examples.quantities import UNITS, Dimension, Unit, unit_of
from tests.accounting.examples.words import likeness, meaning, split

REFUSALS = (ValueError, ConfigError, Rejected, Unavailable)
"""How a function refuses a calculation."""

ERROR = "error"
OUTCOME = {"error", "errors", "result", "outcome", "status", "calculation"}
LEAST_LIKE = 0.34
TOLERANCE = {"abs": 1e-9}

WRITTEN: Mapping[Dimension, Unit] = {
    Dimension.ENERGY: UNITS["kwh",],
    Dimension.MASS: UNITS["g",],
    Dimension.VOLUME: UNITS["l",],
    Dimension.POWER: UNITS["kw",],
    Dimension.TIME: UNITS["s",],
    Dimension.INTENSITY: UNITS["g", "per", "kwh"],
    Dimension.WATER: UNITS["l", "per", "kwh"],
    Dimension.RATIO: UNITS["share",],
}
"""What a number is written in where the name says no unit."""


@dataclass(frozen=True, slots=True)
class Word:
    """A class that examples may spell in several ways."""

    spellings: frozenset[str]

    @classmethod
    def of(cls, *spellings: str) -> "Word":
        return cls(frozenset(" ".join(split(one)) for one in spellings))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a function of the daemon says of one quantity, asked only where it is expected."""

    names: tuple[str, ...]
    dimension: Dimension
    ask: Callable[[], Json]
    many: bool = False
    """Whether it is a series, by hour or by place."""


def complaints(
    expected: Mapping[str, Json], answers: Sequence[Answer], tolerance: Mapping[str, Json]
) -> Iterator[str]:
    """Yield what is expected and not answered, or answered otherwise, a line each."""
    for name, value in expected.items():
        found = answer_to(name, answers, value)
        if isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
            yield from complaints(_by_part(name, value), answers, tolerance)
        elif isinstance(value, Mapping) and (found is None or not _a_series(value)):
            inside = {f"{name}_{key}": one for key, one in value.items()}
            yield from complaints(inside, answers, tolerance)
        elif found is None:
            yield f"{name}: no answer is of this name and unit"
        else:
            yield from _compared(name, value, found, tolerance.get(name, tolerance))


def _a_series(value: Mapping[str, Json]) -> bool:
    return all(moment(key) is not None or not split(key)[0].isalpha() for key in value)


def _by_part(name: str, parts: Sequence[Mapping[str, Json]]) -> dict[str, dict[str, Json]]:
    """Return a list of objects that are named by a time as a table for each of their quantities."""
    times = [
        next((text for text in one.values() if moment(text)), str(n)) for n, one in enumerate(parts)
    ]
    return {
        f"{name}_{key}": dict(zip(times, (one.get(key) for one in parts), strict=True))
        for key in dict.fromkeys(key for one in parts for key in one)
        if not all(moment(one.get(key)) for one in parts)
    }


def answer_to(name: str, answers: Sequence[Answer], expected: Json) -> Answer | None:
    """Return the answer whose name says most of what an expected name says, by words and unit and
    never by its value; the first of several, of series the first of the same hours.
    """
    words, unit = unit_of(split(name))
    many = isinstance(expected, list | Mapping)
    either = expected is None or _is_error(expected)
    plain = isinstance(expected, bool) or (isinstance(expected, str) and not _is_error(expected))
    dimension = Dimension.PLAIN if plain else unit.dimension if unit else None
    ranked = [
        (_rank(name, words, one), one)
        for one in answers
        if (either or one.many == many) and _fits(one, dimension)
    ]
    best = max((rank for rank, _ in ranked), default=0.0)
    if best < LEAST_LIKE:
        return None
    found = [one for rank, one in ranked if rank == best]
    return next((one for one in found if _of_same_hours(one, expected)), found[0])


def _fits(answer: Answer, dimension: Dimension | None) -> bool:
    return dimension is None or answer.dimension is dimension


def _of_same_hours(answer: Answer, expected: Json) -> bool:
    if not isinstance(expected, Mapping):
        return True
    try:
        said = answer.ask()
    except REFUSALS:
        return False
    return isinstance(said, Mapping) and set(map(_named, said)) == set(map(_named, expected))


def _rank(name: str, words: tuple[str, ...], answer: Answer) -> float:
    if not words:
        return LEAST_LIKE
    said = [meaning(words), meaning(split(name))]
    return max(likeness(one, meaning(split(other))) for one in said for other in answer.names)


def refused(answers: Sequence[Answer]) -> bool:
    """Tell whether one of the answers is a refusal."""
    for answer in answers:
        try:
            answer.ask()
        except REFUSALS:
            return True
    return False


def is_error(expected: Json) -> bool:
    """Tell whether a whole calculation must be refused."""
    if isinstance(expected, Mapping):
        return bool(expected) and all(
            key.lower() in OUTCOME and (value is True or _is_error(value) or key == ERROR)
            for key, value in expected.items()
        )
    return _is_error(expected)


def _is_error(value: Json) -> bool:
    return isinstance(value, str) and value.lower() in {ERROR, "refused"}


def _compared(name: str, expected: Json, answer: Answer, tolerance: Json) -> Iterator[str]:
    try:
        value = answer.ask()
    except REFUSALS as refusal:
        if not _is_error(expected):
            yield f"{name}: expected {expected}, refused: {refusal}"
        return
    if _is_error(expected):
        yield f"{name}: expected a refusal, got {value}"
        return
    allowed = tolerance if isinstance(tolerance, Mapping) else {"abs": tolerance}
    unit = unit_of(split(name))[1] or WRITTEN.get(answer.dimension)
    yield from _differences(name, expected, value, unit, allowed)


def _differences(
    name: str, expected: Json, value: Json, unit: Unit | None, allowed: Mapping[str, float]
) -> Iterator[str]:
    if isinstance(expected, Mapping):
        yield from _of_series(name, expected, value, unit, allowed)
    elif isinstance(expected, list):
        said = list(value.values()) if isinstance(value, Mapping) else list(value)
        if len(said) != len(expected):
            yield f"{name}: expected {len(expected)} values, got {len(said)}"
            return
        for place, (one, other) in enumerate(zip(expected, said, strict=True)):
            yield from _differences(f"{name}[{place}]", one, other, unit, allowed)
    elif not _agrees(expected, value, unit, allowed):
        yield f"{name}: expected {expected}, got {_written(value, unit)}"


def _of_series(
    name: str,
    expected: Mapping[str, Json],
    value: Json,
    unit: Unit | None,
    allowed: Mapping[str, float],
) -> Iterator[str]:
    said = {_named(key): one for key, one in value.items()}
    wanted = {_named(key): one for key, one in expected.items()}
    if said.keys() != wanted.keys():
        yield f"{name}: expected {sorted(map(str, wanted))}, got {sorted(map(str, said))}"
        return
    for key, one in wanted.items():
        yield from _differences(f"{name}[{key}]", one, said[key], unit, allowed)


def _named(key: Json) -> Json:
    return moment(key) or (key if isinstance(key, datetime) else str(key))


def _agrees(expected: Json, value: Json, unit: Unit | None, allowed: Mapping[str, float]) -> bool:
    if expected is None or isinstance(expected, bool):
        return value is expected
    if isinstance(expected, str):
        return _spelt(expected, value)
    if value is None or isinstance(value, bool | str | Word):
        return False
    if unit is None:
        return bool(expected == value)
    return isclose(
        _written(value, unit),
        expected,
        rel_tol=allowed.get("rel", 0.0),
        abs_tol=allowed.get("abs", 0.0),
    )


def _spelt(expected: str, value: Json) -> bool:
    if isinstance(value, Word):
        return " ".join(split(expected)) in value.spellings
    if isinstance(value, datetime):
        return moment(expected) == value
    return expected == (value.isoformat() if isinstance(value, date) else value)


def _written(value: Json, unit: Unit | None) -> Json:
    return unit.write(value) if unit and isinstance(value, int | float) else value
