"""Meters by rows and steps by columns: what is added up, divided and grouped many at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Places = NDArray[np.intp]
"""Rows of a block, or columns."""


@dataclass(frozen=True, slots=True)
class Block:
    """What some meters have in some steps, in joules or millilitres, and in seconds."""

    energy: Ints
    """0 where nothing is known."""

    covered: Floats
    """Seconds of the step that have an interval. A lower bound adds energy and no time."""

    power: Floats | None = None
    """Watts as they were last read, where no second is covered; NaN where they were not."""

    @property
    def known(self) -> Bools:
        """Where something is known of the energy."""
        known: Bools = (self.covered > 0) | (self.energy != 0)
        return known

    @property
    def watts(self) -> Floats:
        """The mean power of the time that is covered, else the last one; NaN without either."""
        covered = self.covered > 0
        mean = np.full(covered.shape, np.nan) if self.power is None else self.power.copy()
        np.divide(self.energy, self.covered, out=mean, where=covered)
        return mean


@dataclass(frozen=True, slots=True)
class Columns:
    """Values of groups by rows, steps by columns."""

    values: Floats
    """NaN where nothing is known."""

    coverage: Floats
    """Share of what there was to be known, 0 to 1."""

    due: Floats
    """Seconds, of all meters together, that there were to be known."""

    @classmethod
    def empty(cls, groups: int, steps: int) -> "Columns":
        """Return columns of which nothing is known, and was to be."""
        shape = groups, steps
        return cls(np.full(shape, np.nan), np.zeros(shape), np.zeros(shape))

    def padded(self, steps: int) -> "Columns":
        """Return the same, up to so many steps: nothing is known of those that are added."""
        found = Columns.empty(len(self.values), steps)
        found.put(np.arange(len(self.values)), 0, self)
        return found

    def put(self, rows: Places, first: int, found: "Columns") -> None:
        """Take values of these rows, in steps from the first one on."""
        at = rows[:, None], np.arange(first, first + found.values.shape[1])
        self.values[at], self.coverage[at], self.due[at] = (
            found.values,
            found.coverage,
            found.due,
        )


def summed(
    values: Floats,
    block: Block,
    due: Bools,
    seconds: Floats,
    sizes: Sequence[int],
    *,
    whole: bool = False,
) -> Columns:
    """Return the sums of groups of rows, of the values that are there.

    The first rows are the first group, and so on: `sizes` are how many each has, one at least.
    `due` are the rows that should be known, in all steps or in each, and `seconds` how much of each
    step there was. With `whole` a sum is missing unless all of its rows that are due are there.
    """
    at = np.cumsum([0, *sizes[:-1]])
    there = ~np.isnan(values)
    enough = np.logical_or.reduceat(there, at)
    if whole:
        enough &= np.logical_and.reduceat(there | ~due, at)
    # What is read without being due was there all the same.
    read = block.covered > 0
    due = due | (read.any(axis=1, keepdims=True) if due.shape[1] == 1 else read)
    sums = np.add.reduceat(np.where(there, values, 0.0), at)
    known = np.add.reduceat(np.where(there, block.covered, 0.0), at)
    all_due = np.add.reduceat(due.astype(np.float64), at) * seconds
    return Columns(np.where(enough, sums, np.nan), share(known, all_due), all_due)


def share(part: Floats, whole: Floats) -> Floats:
    """Return part / whole, 1 at most, and 0 where there is no whole."""
    found = np.divide(part, whole, out=np.zeros(part.shape), where=whole > 0)
    return np.minimum(found, 1.0)
