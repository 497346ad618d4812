"""A month that is closed stays as it was reported; what is restated later is a difference."""

import asyncio
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.accounting.metering.tree import Tree
from agent.accounting.periods.calendar import period_of
from agent.accounting.periods.figures import Figure, differences, figures
from agent.errors import ConfigError
from agent.ledger import Closure, Ledger, Repair, open_reader, periods_of, restatements_of
from agent.ledger.hours.totals import totals
from agent.ledger.names import site_named
from agent.model import HOUR, Kind, MeterId
from agent.units import JOULES_PER_KWH, Joules
from tests.accounting import places
from tests.clocks import HandClock
from tests.ledger.books import intensity, open_ledger, reading, rows

FIRST = datetime(2026, 2, 1, tzinfo=UTC)
AFTER = datetime(2026, 3, 1, 0, 20, tzinfo=UTC)
CLOSURE = Closure(site="fra", month="2026-02", who="board-office", why="reported")


async def february(
    folder: Path, clock: HandClock, *, tree: Tree | None = None, hours: int = 28 * 24
) -> Ledger:
    """A month of 14 kW from the grid and 10 kW of IT in each hour, the first one revised later."""
    ledger = open_ledger(folder, clock, tree=tree)
    for device, watts in (("grid", 14), ("rack-1-a", 6), ("rack-2-a", 4)):
        await ledger.book([reading(device, FIRST, kwh=0, watts=watts * 1000)])
        end = FIRST + hours * HOUR
        await ledger.book([reading(device, end, kwh=watts * hours, watts=watts * 1000)])
    starts = [FIRST + n * HOUR for n in range(hours)]
    await ledger.book([intensity(300, start, updated=start + HOUR) for start in starts])
    await ledger.tend()
    return ledger


def as_known(folder: Path, at: datetime | None, month: str = "2026-02") -> dict[str, Figure]:
    with closing(open_reader(folder / "ledger.db")) as connection:
        site = site_named(connection, "fra")
        period = period_of(month, site.timezone)
        return figures(totals(connection, site, period, until=period.end, known=at))


async def test_a_month_is_frozen_as_reported_and_a_later_restatement_is_a_difference(
    tmp_path: Path,
) -> None:
    clock = HandClock(AFTER)
    ledger = await february(tmp_path, clock)
    closed = await ledger.close_period(CLOSURE)
    assert closed.figures["energy_kwh"] == 14 * 24 * 28
    assert closed.figures["emissions_location_kg"] == pytest.approx(14 * 24 * 28 * 0.3)
    assert closed.figures == as_known(tmp_path, closed.at) == as_known(tmp_path, None)
    (since,) = periods_of(tmp_path / "ledger.db")
    assert (since.differences, since.restatements, since.reasons) == ({}, 0, {})
    clock.move(days=3)
    await ledger.book([intensity(200, FIRST + n * HOUR, updated=clock.now()) for n in range(5)])
    await ledger.tend()
    clock.move(minutes=1)
    start = FIRST + 3 * HOUR
    await ledger.repair(
        Repair(
            meter=MeterId("grid"),
            start=start,
            end=start + HOUR,
            energy=Joules(20 * JOULES_PER_KWH),
            who="facility-team",
            why="read by hand",
        )
    )
    await ledger.tend()
    (since,) = periods_of(tmp_path / "ledger.db", "fra")
    assert since.reported == closed
    assert since.differences["energy_kwh"] == (14 * 24 * 28, 14 * 24 * 28 + 6)
    before, now = since.differences["emissions_location_kg"]
    assert isinstance(before, float)
    assert now == pytest.approx(before - 0.1 * 14 * 4 + 20 * 0.2 - 14 * 0.3)
    assert since.restatements == 6
    assert list(since.reasons.values()) == [5, 1]
    assert list(since.reasons)[1] == "repair 1 by facility-team: read by hand"
    assert as_known(tmp_path, closed.at) == closed.figures
    ledger.close()


async def test_the_log_says_each_figure_before_and_after(tmp_path: Path) -> None:
    clock = HandClock(AFTER)
    ledger = await february(tmp_path, clock, hours=6)
    clock.move(days=3)
    await ledger.book([intensity(200, FIRST + n * HOUR, updated=clock.now()) for n in range(5)])
    await ledger.tend()
    ledger.close()
    path = tmp_path / "ledger.db"
    found = restatements_of(path, "fra", start=FIRST + HOUR, end=FIRST + 3 * HOUR)
    assert [(one.hour - FIRST) / HOUR for one in found] == [1, 1, 2, 2]
    assert {one.figure: (one.before, one.after) for one in found} == {
        "intensity_direct_g_per_kwh": (300, 200),
        "emission_direct_g": (pytest.approx(4200), pytest.approx(2800)),
    }
    assert {(one.version, one.at) for one in found} == {(2, clock.now())}
    assert len(restatements_of(path, "fra")) == 10
    with pytest.raises(ConfigError, match="no site 'fro': it has fra"):
        restatements_of(path, "fro")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (replace(CLOSURE, site="nowhere"), "the ledger has no site 'nowhere': it has fra"),
        (
            replace(CLOSURE, month="2026-03"),
            "ends at 2026-04-01 00:00 UTC, and it is now 2026-03-01",
        ),
        (replace(CLOSURE, month="2026-02-01"), "--month '2026-02-01': must be a month"),
        (replace(CLOSURE, month="2026-13"), "there is no such month"),
        (replace(CLOSURE, month="2025-01"), "the ledger has nothing of that month"),
    ],
)
async def test_what_cannot_be_closed_is_refused_in_words(
    tmp_path: Path, wrong: Closure, words: str
) -> None:
    ledger = await february(tmp_path, HandClock(AFTER), hours=6)
    with pytest.raises(ConfigError) as refused:
        await ledger.close_period(wrong)
    assert words in str(refused.value)
    assert periods_of(tmp_path / "ledger.db") == []
    ledger.close()


async def test_a_month_is_closed_once(tmp_path: Path) -> None:
    clock = HandClock(AFTER)
    ledger = await february(tmp_path, clock, hours=6)
    await ledger.close_period(CLOSURE)
    clock.move(days=1)
    with pytest.raises(ConfigError) as refused:
        await ledger.close_period(replace(CLOSURE, who="somebody else"))
    assert "was closed on 2026-03-01 00:20 UTC by board-office, and stays so" in str(refused.value)
    assert len(periods_of(tmp_path / "ledger.db")) == 1
    ledger.close()


async def test_a_month_of_which_hours_are_to_be_computed_again_is_not_closed(
    tmp_path: Path,
) -> None:
    clock = HandClock(AFTER)
    ledger = await february(tmp_path, clock, hours=6)
    await ledger.book([intensity(200, FIRST + n * HOUR, updated=AFTER) for n in range(5)])
    with pytest.raises(ConfigError, match="5 of its hours are still to be computed again"):
        await ledger.close_period(CLOSURE)
    await ledger.tend()
    assert (await ledger.close_period(CLOSURE)).figures["version"] == 2
    ledger.close()


async def test_a_month_is_not_closed_before_its_last_hour_is(tmp_path: Path) -> None:
    clock = HandClock(AFTER - timedelta(minutes=15))
    ledger = await february(tmp_path, clock)
    with pytest.raises(ConfigError, match="some minutes after it is over"):
        await ledger.close_period(CLOSURE)
    clock.move(minutes=15)
    await ledger.tend()
    await ledger.close_period(CLOSURE)
    ledger.close()


async def test_too_little_coverage_refuses_it_unless_that_is_said_and_then_it_stands_in_the_reason(
    tmp_path: Path,
) -> None:
    ledger = await february(
        tmp_path, HandClock(AFTER), tree=places.tree(least_coverage=0.9), hours=7 * 24
    )
    with pytest.raises(ConfigError) as refused:
        await ledger.close_period(CLOSURE)
    assert str(refused.value).startswith(
        "fra 2026-02: 25 % is known, less than the least coverage of 90 %"
    )
    assert "--despite-coverage" in str(refused.value)
    closed = await ledger.close_period(replace(CLOSURE, despite_coverage=True))
    assert closed.why.startswith("reported (despite coverage: 2026-02: 25 % is known")
    assert closed.figures["energy_kwh"] is None
    (since,) = periods_of(tmp_path / "ledger.db")
    assert since.differences == {}, "what is refused was not restated"
    ledger.close()


def reported_otherwise(folder: Path, **figures: Figure) -> None:
    """Make the frozen figures those of a carbond that counts some of them otherwise."""
    with closing(sqlite3.connect(folder / "ledger.db")) as connection, connection:
        for name, value in figures.items():
            connection.execute(
                "UPDATE closed_period SET figures = json_set(figures, ?, ?)", (f"$.{name}", value)
            )


async def test_what_another_carbond_counted_otherwise_is_no_difference_until_it_is_restated(
    tmp_path: Path,
) -> None:
    clock = HandClock(AFTER)
    ledger = await february(tmp_path, clock, hours=6)
    await ledger.close_period(CLOSURE)
    reported_otherwise(tmp_path, emissions_location_final_share=0.5, cue_kg_per_kwh=0.9)
    (since,) = periods_of(tmp_path / "ledger.db")
    assert (since.differences, since.restatements) == ({}, 0)
    assert since.now["emissions_location_final_share"] == 0.5
    clock.move(days=1)
    await ledger.book([intensity(200, FIRST, updated=clock.now())])
    await ledger.tend()
    (since,) = periods_of(tmp_path / "ledger.db")
    before, now = since.differences["cue_kg_per_kwh"]
    assert (before, now) == (0.9, pytest.approx((5 * 0.3 + 0.2) / 6 * 1.4))
    assert since.now["emissions_location_final_share"] == 0.5
    ledger.close()


async def test_the_month_is_the_sites_own(tmp_path: Path) -> None:
    tree = places.tree(timezone="Asia/Kathmandu")
    ledger = await february(tmp_path, HandClock(AFTER), tree=tree)
    closed = await ledger.close_period(CLOSURE)
    assert closed.start == datetime(2026, 1, 31, 19, tzinfo=UTC)
    assert closed.end == datetime(2026, 2, 28, 19, tzinfo=UTC)
    assert closed.figures == as_known(tmp_path, closed.at)
    ledger.close()


async def test_an_hour_that_becomes_known_later_is_counted_as_a_restatement(
    tmp_path: Path,
) -> None:
    clock = HandClock(AFTER)
    ledger = await february(tmp_path, clock, hours=6)
    await ledger.close_period(CLOSURE)
    clock.move(days=1)
    await changed(ledger, clock, [("repair", 10, 2)])
    await ledger.tend()
    (since,) = periods_of(tmp_path / "ledger.db")
    assert since.differences["energy_kwh"] == (14 * 6, 14 * 6 + 2)
    assert since.reasons == {"nothing was known of the hour before": 1}
    ledger.close()


async def test_a_clock_that_is_put_back_slips_nothing_into_what_was_reported(
    tmp_path: Path,
) -> None:
    clock = HandClock(AFTER)
    ledger = await february(tmp_path, clock, hours=6)
    closed = await ledger.close_period(CLOSURE)
    await ledger.book([intensity(200, FIRST, updated=AFTER)])
    clock.move(hours=-1)
    await ledger.tend()
    assert rows(tmp_path, "SELECT max(version) FROM site_hour") == [(2,)]
    assert as_known(tmp_path, closed.at) == closed.figures
    (since,) = periods_of(tmp_path / "ledger.db")
    assert since.restatements == 1
    ledger.close()


change = st.tuples(
    st.sampled_from(["intensity", "repair", "wait", "tend"]),
    st.integers(0, 23),
    st.integers(1, 500),
)


@settings(max_examples=15)
@given(before=st.lists(change, max_size=6), later=st.lists(change, max_size=6))
def test_whatever_is_restated_the_month_is_as_known_when_it_was_closed(
    before: list[tuple[str, int, int]], later: list[tuple[str, int, int]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(close_amid(Path(folder), before, later))


async def close_amid(
    folder: Path, before: list[tuple[str, int, int]], later: list[tuple[str, int, int]]
) -> None:
    clock = HandClock(AFTER)
    ledger = await february(folder, clock, hours=6)
    try:
        await changed(ledger, clock, before)
        await ledger.tend()
        closed = await ledger.close_period(CLOSURE)
        assert closed.figures == as_known(folder, None)
        await changed(ledger, clock, later)
        await ledger.tend()
        assert as_known(folder, closed.at) == closed.figures
        (since,) = periods_of(folder / "ledger.db")
        assert since.reported.figures == closed.figures
        assert since.differences == differences(closed.figures, as_known(folder, None))
        assert bool(since.restatements) or not since.differences
    finally:
        ledger.close()


async def changed(ledger: Ledger, clock: HandClock, changes: list[tuple[str, int, int]]) -> None:
    """Revise, repair, wait and compute, one after the other."""
    for what, hour, value in changes:
        start = FIRST + hour * HOUR
        match what:
            case "intensity":
                one = intensity(value, start, updated=clock.now(), kind=Kind.DIRECT)
                await ledger.book([one])
            case "repair":
                energy = Joules(value * JOULES_PER_KWH) if value % 5 else None
                await ledger.repair(
                    Repair(
                        meter=MeterId("rack-1-a" if value % 2 else "grid"),
                        start=start,
                        end=start + HOUR,
                        energy=energy,
                        who="facility-team",
                        why="read by hand",
                        despite_size=True,
                    )
                )
            case "wait":
                clock.move(seconds=value)
            case _:
                await ledger.tend()
