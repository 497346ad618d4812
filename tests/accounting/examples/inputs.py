"""The inputs of an example, found by their words and read in the units of their names."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from math import nan
from typing import Any
from zoneinfo import ZoneInfo

from tests.accounting.examples.quantities import UNITS, Dimension, Unit, unit_of
from tests.accounting.examples.words import either, meaning, split

NOT_AVAILABLE = {"", "na", "n/a", "nan", "null", "none"}
"""Texts that stand for no value, in lower case."""

NOT_THE_GRID = {"fallback", "residual", "contract", "supplier", "market", "annual", "certificate"}
"""Words of intensities that are not the grid's own of an hour."""

Json = Any
"""What a file of examples may hold: numbers, texts, truths, null, and lists and tables of them."""

Key = int | datetime | str
"""An hour of a series: its place, its start, or whatever else the example names it by."""

Series = dict[Any, Any]
"""Values by hour, or by whatever else an example names them by."""

IMPLIED = {
    "intensity": UNITS["g", "per", "kwh"],
    "g": UNITS["g", "per", "kwh"],
    "value": UNITS["g", "per", "kwh"],
}
"""Units of names that say none."""


class Absent(LookupError):
    """An example does not have what a calculation needs: another one may fit."""


class Inputs:
    """What an example is given. A missing value is None, a missing name raises Absent."""

    def __init__(self, given: Mapping[str, Json]) -> None:
        """Take objects inside apart, and lists of objects into lists of their parts."""
        self.given = dict(_columns(given))

    def names(self, *words: str) -> list[str]:
        """Return the names that hold all of these words."""
        wanted = meaning(words)
        return [name for name in self.given if wanted <= meaning(split(name))]

    def raw(self, *phrases: str) -> Json:
        """Return the first value of one of these names, as it stands. Raises Absent."""
        for phrase in phrases:
            wanted = meaning(split(phrase))
            for name, value in self.given.items():
                if meaning(split(name)) == wanted or meaning(unit_of(split(name))[0]) == wanted:
                    return value
        raise Absent(" or ".join(phrases))

    def maybe(self, *phrases: str) -> Json:
        """Return the value, None where there is none or it is not available."""
        try:
            value = self.raw(*phrases)
        except Absent:
            return None
        return None if _not_available(value) else value

    def has(self, *phrases: str) -> bool:
        """Tell whether one of the names is there, available or not."""
        try:
            self.raw(*phrases)
        except Absent:
            return False
        return True

    def quantity(self, dimension: Dimension, *phrases: str) -> Json:
        """Return the first value of a name and a dimension, or its list or table of values, fine
        or in the base unit of its dimension. Raises Absent.
        """
        for _, value in self.quantities(dimension, *phrases):
            return value
        raise Absent(f"{dimension} of {' or '.join(phrases)}")

    def quantities(self, dimension: Dimension, *phrases: str) -> Iterator[tuple[str, Json]]:
        """Yield the name and the value of each of a dimension that one of the phrases is of, those
        of the first phrase first.
        """
        for phrase in phrases:
            wanted = meaning(split(phrase)) if phrase else frozenset()
            for name, value in self._values():
                words, unit = _unit(name)
                if unit and unit.dimension is dimension and _says(words, wanted):
                    yield name, read(value, unit)

    def first(self, dimension: Dimension, names: str) -> Json:
        """Return the quantity of one of the names between bars; None if there is none."""
        return next((value for _, value in self.quantities(dimension, *either(names))), None)

    def rates(self, *phrases: str) -> Json:
        """Return the intensities of one of the names, or the only ones there are of the grid."""
        for _, value in self.quantities(Dimension.INTENSITY, *phrases):
            return value
        others = {
            words: value
            for words, value in self.of(Dimension.INTENSITY).items()
            if not meaning(words) & NOT_THE_GRID
        }
        if len(others) != 1:
            raise Absent(f"intensities of {' or '.join(phrases)}")
        return next(iter(others.values()))

    def of(self, dimension: Dimension) -> dict[tuple[str, ...], Json]:
        """Return all values of a dimension by the words of their names, the unit left out."""
        found = ((_unit(name), value) for name, value in self._values())
        return {
            words: read(value, unit)
            for (words, unit), value in found
            if unit and unit.dimension is dimension
        }

    def _values(self) -> Iterator[tuple[str, Json]]:
        """Yield what may be a quantity: objects are taken apart into others."""
        for name, value in self.given.items():
            if not (isinstance(value, list) and value and isinstance(value[0], Mapping)):
                yield name, value

    def number(self, *phrases: str) -> float | None:
        """Return a plain number, as it stands; None if it is not available. Raises Absent."""
        value = self.raw(*phrases)
        return None if _not_available(value) else float(value)


def _says(words: tuple[str, ...], wanted: frozenset[str]) -> bool:
    return (meaning(words) if words else frozenset()) == wanted


def _unit(name: str) -> tuple[tuple[str, ...], Unit | None]:
    words, unit = unit_of(split(name))
    if unit is None and words:
        unit = next((IMPLIED[word] for word in meaning(words) if word in IMPLIED), None)
    return words, unit


def read(value: Json, unit: Unit) -> Json:
    """Return a value in the base unit, through lists and tables; None where it is missing.

    A text that says that it is not available is no number (NaN), which nothing may be made of.
    """
    if isinstance(value, Mapping):
        return {_key(key): read(one, unit) for key, one in value.items()}
    if isinstance(value, list):
        return [read(one, unit) for one in value]
    if _not_available(value):
        return nan if _text(value) else None
    return unit.read(float(value) if _text(value) else value)


def _text(value: Json) -> bool:
    return isinstance(value, str)


def _not_available(value: Json) -> bool:
    return value is None or (_text(value) and value.strip().lower() in NOT_AVAILABLE)


def _key(text: Json) -> Key:
    return moment(text) or str(text)


def moment(text: Json) -> datetime | None:
    """Return a time with an offset in UTC; None for anything else."""
    try:
        at = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return None if at.tzinfo is None else at.astimezone(UTC)


def instant(text: Json, timezone: str = "UTC") -> datetime:
    """Return a time in UTC; one that says no offset is in the time zone. Raises Absent."""
    try:
        at = datetime.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise Absent(f"a time instead of {text!r}") from error
    return (at.replace(tzinfo=ZoneInfo(timezone)) if at.tzinfo is None else at).astimezone(UTC)


def series(value: Json, like: Sequence[Key] | None = None) -> Series:
    """Return a list, a table or one value for all as a series with the hours of another."""
    if isinstance(value, Mapping):
        found: Series = dict(value)
    elif isinstance(value, list):
        keys = like if like is not None and len(like) == len(value) else range(len(value))
        found = dict(zip(keys, value, strict=True))
    else:
        return dict.fromkeys(like if like is not None else [0], value)
    return found if like is None else {key: found.get(key) for key in like}


def _columns(given: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    for name, value in given.items():
        yield name, value
        if isinstance(value, Mapping) and not any(_date(key) for key in value):
            yield from ((key, one) for key, one in _columns(value) if key not in given)
        elif isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
            if "intensity" in meaning(split(name)):
                yield from _tables(name, value)
            for key in dict.fromkeys(key for one in value for key in one):
                column = [one.get(key) for one in value]
                yield (f"{name} {key}" if key in given else key), column


def _tables(name: str, rows: Sequence[Mapping[str, Json]]) -> Iterator[tuple[str, Json]]:
    """Yield what rows that are named by a time say, each quantity as a table by time."""
    times = [next((one for one in row.values() if moment(one)), None) for row in rows]
    if None not in times:
        for key in rows[0]:
            if not moment(rows[0][key]):
                yield (
                    f"{name} {key}",
                    {at: row.get(key) for at, row in zip(times, rows, strict=True)},
                )


def _date(text: str) -> bool:
    try:
        date.fromisoformat(text[:10])
    except ValueError:
        return False
    return True
