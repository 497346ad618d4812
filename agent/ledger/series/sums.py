"""Groups of meters in minutes or hours: their power, their energy, and what it emits."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from agent.ledger.readers import TooMuch
from agent.ledger.series.asked import HOUR_S, Asked, Figure, Source, Span, Step
from agent.ledger.series.chosen import Group, Meters, due_of, epochs, groups_of
from agent.ledger.series.columns import Block, Columns, Floats, summed
from agent.ledger.series.factors import factors_of
from agent.ledger.series.hours import SiteHours, meter_hours
from agent.ledger.series.minutes import pieces
from agent.model import Meter, Quantity

MOST_SERIES = 200
MOST_VALUES = 2_000_000

MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class Table:
    """Series with their keys, in the same order."""

    keys: Sequence[str]
    columns: Columns
    quantity: Quantity = Quantity.ELECTRICITY
    """What their meters measure."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """A part of a span in which no meter has moved, and its groups."""

    span: Span
    stood: Mapping[int, Meter]
    groups: Sequence[Group]

    @property
    def numbers(self) -> list[int]:
        """Return the meters of all groups, one group after the other."""
        return [one for group in self.groups for one in group.numbers]


def metered(source: Source, asked: Asked, span: Span, hours: SiteHours | None = None) -> Table:
    """Return the meters that are asked for, in minutes or hours, in their groups.

    Of meters that have moved each hour is of where they stood in it. `hours` are the site's, for
    what is emitted. Raises TooMuch, Unaskable.
    """
    found = _epochs(source, asked, span)
    keys = sorted({group.key for one in found for group in one.groups})
    steps = (span.end_s - span.start_s) // step_s(asked.step)
    check_size(len(keys), steps)
    table = Columns.empty(len(keys), steps)
    place = {key: at for at, key in enumerate(keys)}
    for one in found:
        if one.groups:
            rows = np.array([place[group.key] for group in one.groups])
            first = (one.span.start_s - span.start_s) // step_s(asked.step)
            factors = None if hours is None else _factors(one, hours, span)
            table.put(rows, first, grouped(source, asked, one, factors))
    quantities = {one.stood[number].quantity for one in found for number in one.numbers}
    return Table(keys, table, next(iter(quantities), Quantity.ELECTRICITY))


def _epochs(source: Source, asked: Asked, span: Span) -> list[Epoch]:
    meters = Meters(source.connection, asked)
    found = []
    for part in epochs(source.connection, span):
        stood = meters.at(part)
        found.append(Epoch(part, stood, groups_of(asked, stood)))
    return found


def step_s(step: Step) -> int:
    """Return the seconds of what is read: days are made of hours."""
    return MINUTE_S if step is Step.MINUTE else HOUR_S


def check_size(series: int, steps: int) -> None:
    """Raise TooMuch for more than may be asked for at once."""
    if series > MOST_SERIES:
        raise TooMuch(
            f"it is {series:,} series, {MOST_SERIES} may be asked for at once: name fewer meters, "
            "or add them up by=role or by=rack"
        )
    if series * steps > MOST_VALUES:
        raise TooMuch(
            f"it is {series * steps:,} values, {MOST_VALUES:,} may be asked for at once: ask for a "
            "shorter time or a longer step"
        )


def _factors(epoch: Epoch, hours: SiteHours, span: Span) -> Floats:
    """Return the factors of an epoch's meters in its hours."""
    first = (epoch.span.start_s - span.start_s) // HOUR_S
    factors = factors_of([epoch.stood[one] for one in epoch.numbers], hours)
    return factors[:, first : first + epoch.span.hours]


def grouped(
    source: Source,
    asked: Asked,
    epoch: Epoch,
    factors: Floats | None = None,
    *,
    whole: bool = False,
) -> Columns:
    """Return the sums of an epoch's groups, in minutes or hours.

    `factors` are those of its meters, in order, in its hours. `whole` is as `summed` has it.
    """
    numbers = epoch.numbers
    sizes = [len(group.numbers) for group in epoch.groups]
    due = due_of(source.connection, numbers, epoch.span)
    found = Columns.empty(len(sizes), (epoch.span.end_s - epoch.span.start_s) // step_s(asked.step))
    for part in _parts(source, asked.step, numbers, epoch.span):
        values = _values(asked.figure, part.block, factors)
        sums = summed(values, part.block, due[:, part.hours], part.available, sizes, whole=whole)
        found.put(np.arange(len(sizes)), part.first, sums)
    return found


@dataclass(frozen=True, slots=True)
class _Part:
    """Some steps of a span: the first one, and the hours that they lie in."""

    block: Block
    first: int
    hours: slice
    available: Floats
    """Seconds of each step that have passed."""


def _parts(source: Source, step: Step, numbers: Sequence[int], span: Span) -> Iterator[_Part]:
    now_s = source.now.timestamp()
    if step is not Step.MINUTE:
        starts = np.arange(span.start_s, span.end_s, HOUR_S)
        block = meter_hours(source, numbers, span)
        yield _Part(block, 0, slice(None), np.clip(now_s - starts, 0, HOUR_S))
        return
    blocks = source.recent.blocks(
        source.connection, source.budget, numbers, span.start_s, span.end_s
    )
    for minute, count in pieces(span.start_s, span.end_s):
        starts = np.arange(minute, minute + count) * MINUTE_S
        hour = minute // 60 - span.start_s // HOUR_S
        available = np.clip(now_s - starts, 0, MINUTE_S)
        first = minute - span.start_s // MINUTE_S
        yield _Part(blocks(minute, count), first, slice(hour, hour + 1), available)


def _values(figure: Figure, block: Block, factors: Floats | None) -> Floats:
    """Return watts, joules or kilograms; of water millilitres and millilitres per second."""
    if figure is Figure.POWER:
        return block.watts
    energy = np.where(block.known, block.energy, np.nan)
    return energy if factors is None else energy * factors
