"""A daily register's doubt about a night is kept over restarts, and its hours are put right."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.model import Reading, Zeroed
from agent.units import JOULES_PER_WH, Joules
from tests.accounting.places import tree
from tests.clocks import HandClock
from tests.ledger.books import REGISTER, START, open_ledger, reading, rows

DAILY = replace(REGISTER, step=Joules(JOULES_PER_WH), zeroed=Zeroed.DAILY)
MIDNIGHT = START.replace(hour=18, minute=15)
ZONE = "Asia/Kathmandu"
OLD = ((-50, 100), (3, 110), (4, 111), (5, 0), (6, 1), (20, 9))
"""Minutes after midnight, and Wh: after a gap the day before goes on."""

NEW = ((-50, 100), (3, 110), (4, 111), (8, 113), (12, 115), (16, 117), (20, 119))
"""It had begun in the gap."""


def said(counts: Sequence[tuple[int, int]]) -> list[Reading]:
    return [
        replace(
            reading("grid", MIDNIGHT + timedelta(minutes=minute), kwh=count / 1000),
            register=DAILY,
        )
        for minute, count in counts
    ]


async def booked(folder: Path, readings: Sequence[Reading], cuts: Sequence[int]) -> None:
    """Book readings one after another, with the daemon restarted at the cuts."""
    there = tree(timezone=ZONE)
    clock = HandClock(readings[-1].at)
    ledger = open_ledger(folder, clock, tree=there)
    for number, one in enumerate(readings):
        if number in cuts:
            ledger.close()
            ledger = open_ledger(folder, clock, tree=there)
        await ledger.book([one])
    ledger.close()


@pytest.mark.parametrize("cuts", [(), (1,), (2,), (3,), (1, 2, 3, 4, 5)])
async def test_a_gap_in_which_the_day_before_went_on_is_known_also_across_restarts(
    tmp_path: Path, cuts: tuple[int, ...]
) -> None:
    await booked(tmp_path, said(OLD), cuts)
    total = (10 + 1 + 0 + 1 + 8) * JOULES_PER_WH
    sums = "SELECT sum(energy_j), sum(measured_s), sum(interpolated_s) FROM hour"
    # The minute of the fall is missing, and the gap is not.
    assert rows(tmp_path, sums) == [(total, 120.0, 53 * 60.0 + 14 * 60.0)]
    assert rows(tmp_path, "SELECT booked_j FROM account") == [(total,)]
    assert rows(tmp_path, "SELECT oddity, energy_j FROM finding") == [("day", 0)]
    assert rows(tmp_path, "SELECT sum(energy_j) FROM slot") == [(total,)]


@pytest.mark.parametrize("cuts", [(), (1,), (2,), (5,), (1, 2, 3, 4, 5, 6)])
async def test_a_new_day_that_began_in_a_gap_is_added_once_the_night_is_over(
    tmp_path: Path, cuts: tuple[int, ...]
) -> None:
    await booked(tmp_path, said(NEW[:5]), cuts)
    assert rows(tmp_path, "SELECT booked_j FROM account") == [(15 * JOULES_PER_WH,)]
    await booked(tmp_path, said(NEW[5:]), ())
    total = 119 * JOULES_PER_WH
    sums = "SELECT sum(energy_j), sum(measured_s), sum(interpolated_s) FROM hour"
    assert rows(tmp_path, sums) == [(total, 17 * 60.0, 0.0)]
    assert rows(tmp_path, "SELECT booked_j FROM account") == [(total,)]
    assert rows(tmp_path, "SELECT oddity, energy_j FROM finding") == [("day", 100 * JOULES_PER_WH)]
    assert rows(tmp_path, "SELECT sum(energy_j) FROM slot") == [(total,)]
