"""Minutes as columns: from the file and from memory, they are the same."""

import asyncio
import sqlite3
import tempfile
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.ledger import Readers, TooMuch
from agent.ledger.file import open_reader
from agent.ledger.readers import Budget
from agent.ledger.series import recent as recent_module
from agent.ledger.series import sums
from agent.ledger.series.asked import Asked, Choice, Figure, Source, Step, Unaskable
from agent.ledger.series.recent import SPAN, Recent
from agent.ledger.series.series import Series, series_of
from agent.model import HOUR, MINUTE, Basis, Minute, Pue, Reading, Role, SiteHour
from agent.model import Coverage as Known
from agent.units import JOULES_PER_KWH, Joules, Watts
from tests.accounting import places
from tests.clocks import HandClock
from tests.ledger.books import open_ledger, reading
from tests.ledger.shelves import FRA, START, Shelf, chosen, coverage, shelf, values


def minute(
    meter: str = "rack-1-a",
    n: int = 0,
    *,
    joules: int | None = 60_000,
    covered: float = 60.0,
    power: float | None = 1_000.0,
    basis: Basis | None = Basis.COUNTER,
) -> Minute:
    (found,) = (one for one in places.TOTALS if one.id == meter)
    return Minute(
        meter=found,
        start=START + n * MINUTE,
        energy=None if joules is None else Joules(joules),
        covered=covered,
        power=None if power is None else Watts(power),
        basis=basis,
    )


def minutes_of(shelved: Shelf, figure: Figure = Figure.ENERGY, **options: object) -> Series:
    options = {"choice": chosen("rack-1-a"), **options}
    return shelved.ask(figure, Step.MINUTE, **options)  # type: ignore[arg-type] # any options


def test_what_was_not_read_is_missing_and_nothing_is_covered() -> None:
    with shelf() as one:
        one.minutes([minute(n=1)])
        found = minutes_of(one)
    assert found.starts[:2] == [START, START + MINUTE]
    assert (found.unit, len(found.starts)) == ("kWh", 60)
    assert values(found)[:3] == [None, pytest.approx(60_000 / JOULES_PER_KWH), None]
    assert coverage(found)[:3] == [0.0, 1.0, 0.0]


def test_power_is_the_mean_of_the_time_covered_and_else_the_last_one() -> None:
    with shelf() as one:
        one.minutes(
            [
                minute(n=0, joules=30_000, covered=20.0, power=900.0),
                minute(n=1, joules=None, covered=0.0, power=1_234.1, basis=None),
                minute(n=2, joules=100, basis=Basis.LOWER_BOUND, power=1_000.0),
                minute(n=3, joules=None, covered=0.0, power=None, basis=None),
            ]
        )
        power, energy = minutes_of(one, Figure.POWER), minutes_of(one)
    assert values(power)[:5] == [1_500.0, 1_234.1, 1_000.0, None, None]
    assert coverage(power)[:4] == [pytest.approx(1 / 3), 0.0, 0.0, 0.0]
    assert values(energy)[1] is None, "a power is not an energy"
    assert values(energy)[2] == pytest.approx(100 / JOULES_PER_KWH), "no time, but energy"


def test_a_minute_that_a_clock_goes_through_twice_has_the_energy_of_both() -> None:
    with shelf() as one:
        one.minutes([minute(joules=60_000)])
        one.minutes([minute(joules=6_000), minute(joules=600)])
        found = minutes_of(one)
    assert values(found)[0] == pytest.approx(66_600 / JOULES_PER_KWH)
    assert coverage(found)[0] == 1.0


def test_a_large_meter_is_told_to_the_joule() -> None:
    large = 60 * 70 * 10**6 + 1
    with shelf() as one:
        one.minutes([minute(n=0, joules=7)])
        one.minutes([minute(n=1, joules=large), minute("grid", 1, joules=large)])
        one.minutes([minute(n=2, joules=9)])
        for source in (Recent(), followed(one)):
            found = values(minutes_of(one, recent=source))[:3]
            assert [round((one or 0) * JOULES_PER_KWH) for one in found] == [7, large, 9]


def test_a_damaged_entry_is_left_out() -> None:
    with shelf() as one:
        one.minutes([minute(n=0)])
        one.minutes([minute(n=1)])
        one.connection.execute("UPDATE entry SET body = x'00112233445566' WHERE position = 1")
        for source in (Recent(), followed(one)):
            assert values(minutes_of(one, recent=source))[:2] == [
                None,
                pytest.approx(60_000 / JOULES_PER_KWH),
            ]


def followed(shelved: Shelf) -> Recent:
    found = Recent()
    assert found.catch_up(shelved.connection)
    return found


def test_what_is_in_memory_is_not_read_from_the_file_and_what_comes_later_is_followed() -> None:
    with shelf() as one:
        one.minutes([minute(n=0)])
        memory = followed(one)
        one.connection.execute("DELETE FROM entry")
        one.minutes([minute(n=1)], booked=START + 3 * MINUTE)
        kwh = pytest.approx(60_000 / JOULES_PER_KWH)
        assert values(minutes_of(one, recent=memory))[:3] == [kwh, kwh, None]
        assert values(minutes_of(one, recent=Recent()))[:3] == [None, kwh, None]


def test_minutes_that_are_older_than_the_memory_come_from_the_file() -> None:
    with shelf() as one:
        one.minutes([minute(n=0)])
        later = SPAN // MINUTE + 120
        one.minutes([minute(n=later)])
        memory = followed(one)
        assert values(minutes_of(one, recent=memory))[0] is not None
        assert values(minutes_of(one, recent=memory, start=START + later * MINUTE))[0] is not None


def test_memory_is_bounded_in_time_and_in_meters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent_module, "MOST_TOTALS", 2)
    names = ["grid", "rack-1-a", "rack-2-a"]
    with shelf() as one:
        memory = followed(one)
        for hour in range(60):
            one.minutes([minute(name, hour * 60 + 7) for name in names])
            assert memory.catch_up(one.connection)
        assert len(memory._minutes.hours) <= SPAN // HOUR + 1
        assert len(memory._minutes) == 2
        start, choice = START + 59 * HOUR, chosen(*names)
        plain, kept = (
            minutes_of(one, recent=some, start=start, choice=choice) for some in (Recent(), memory)
        )
    assert values(kept, "rack-2-a")[7] is not None, "the third is read from the file"
    np.testing.assert_array_equal(kept.columns.values, plain.columns.values)


async def test_the_memory_is_filled_in_parts_by_a_readers_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent_module, "LONGEST", 0.0)
    monkeypatch.setattr(recent_module, "AT_ONCE", 1)
    ledger = open_ledger(tmp_path, HandClock(START))
    readers = Readers(ledger.path)
    for n in range(5):
        at = START + n * MINUTE
        await ledger.book([reading("grid", at, kwh=100 + n / 10, watts=6_000)])
    memory = Recent()
    await memory.follow(readers)
    readers.close()
    ledger.close()
    assert memory._is_complete
    assert len(memory._minutes) == 1


counts = st.lists(
    st.tuples(st.integers(1, 400), st.integers(0, 3_000), st.booleans()), min_size=2, max_size=25
)


def readings(meter: str, said: list[tuple[int, int, bool]]) -> list[Reading]:
    """Readings some seconds after each other, of a counter that now and then is reset."""
    at, kwh, found = START + timedelta(seconds=7), 100.0, []
    for seconds, more, is_reset in said:
        kwh = 1.0 if is_reset else kwh + more / 1000
        found.append(reading(meter, at, kwh=round(kwh, 3), watts=1_000))
        at += timedelta(seconds=seconds)
    return found


def booked(folder: Path, said: dict[str, list[tuple[int, int, bool]]]) -> datetime:
    """Book them one by one, and return when the last one was read."""
    clock = HandClock(START)

    async def book() -> None:
        ledger = open_ledger(folder, clock)
        for meter, some in said.items():
            found = readings(meter, some)
            clock.at = max(clock.at, found[-1].at)
            for one in found:
                await ledger.book([one])
        ledger.close()

    asyncio.run(book())
    return clock.at


@settings(max_examples=15)
@given(grid=counts, rack=counts)
def test_minutes_of_an_hour_add_up_to_it_and_memory_says_what_the_file_says(
    grid: list[tuple[int, int, bool]], rack: list[tuple[int, int, bool]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        last = booked(Path(folder), {"grid": grid, "rack-1-a": rack})
        with closing(open_reader(Path(folder) / "ledger.db")) as connection:
            memory = Recent()
            assert memory.catch_up(connection)
            names = ["grid", "rack-1-a"]
            file = told(connection, names, Step.MINUTE, Recent(), last)
            kept = told(connection, names, Step.MINUTE, memory, last)
            hours = told(connection, names, Step.HOUR, memory, last)
            left = still_open(connection)
    np.testing.assert_array_equal(kept.columns.values, file.columns.values)
    np.testing.assert_array_equal(kept.columns.coverage, file.columns.coverage)
    for at, key in enumerate(kept.keys):
        by_hour = np.nansum(kept.columns.values[at].reshape(-1, 60), axis=1) * JOULES_PER_KWH
        open_hour, joules = left[key]
        by_hour[open_hour] += joules
        whole = np.nan_to_num(hours.columns.values[at]) * JOULES_PER_KWH
        np.testing.assert_allclose(by_hour, whole, atol=1e-3)


def told(
    connection: sqlite3.Connection, names: list[str], step: Step, memory: Recent, last: datetime
) -> Series:
    asked = Asked(
        figure=Figure.ENERGY,
        step=step,
        start=START,
        end=START + 4 * HOUR,
        site=FRA,
        by="meter",
        choice=Choice(ids=names),
    )
    return series_of(Source(connection, Budget(), memory, last), asked)


def still_open(connection: sqlite3.Connection) -> dict[str, tuple[int, int]]:
    """Of each meter the hour of the minute that is not told yet, and what it has so far."""
    found = connection.execute(
        "SELECT id, (minute_s - ?) / 3600, coalesce(minute_j, 0) FROM account"
        " JOIN meter ON number = meter",
        (int(START.timestamp()),),
    )
    return {name: (hour, joules) for name, hour, joules in found}


def test_a_site_is_known_where_its_whole_boundary_is_and_else_it_is_it_times_pue() -> None:
    with shelf() as one:
        one.minutes([minute("grid", 0, joules=240_000), minute("rack-1-a", 0)])
        one.minutes([minute("rack-1-a", 1), minute("rack-2-a", 1, joules=120_000)])
        one.site_hour(running_hour())
        found = one.ask(Figure.POWER, Step.MINUTE)
    assert values(found)[:3] == [4_000.0, pytest.approx(3_000 * 1.4), None]
    assert coverage(found)[:3] == [1.0, 1.0, 0.0]


def running_hour() -> SiteHour:
    return SiteHour(
        site="fra",
        hour=START,
        version=0,
        closed=False,
        facility=None,
        it=None,
        pue=Pue(value=1.4, measured=True, category=2, coverage=1.0),
        intensities={},
        emissions={},
        coverage=Known(measured=1.0),
    )


def test_a_boundary_of_two_meters_is_missing_where_one_of_them_is() -> None:
    both = [*places.TOTALS, places.meter("grid-b", Role.UTILITY)]
    with shelf(both) as one:
        one.minutes([minute("grid", 0)])
        assert values(one.ask(Figure.POWER, Step.MINUTE))[0] is None


@pytest.mark.parametrize(
    ("figure", "options", "words"),
    [
        (Figure.EMISSIONS, {}, "belongs to hours: ask for step=hour"),
        (Figure.INTENSITY, {"choice": Choice()}, "belongs to hours"),
        (Figure.POWER, {"known": START}, "never restated: leave as_of out"),
        (Figure.PUE, {}, "the whole site's"),
    ],
)
def test_what_a_minute_does_not_have_is_refused_in_words(
    figure: Figure, options: dict[str, object], words: str
) -> None:
    with shelf() as one, pytest.raises(Unaskable, match=words):
        minutes_of(one, figure, **options)


def test_too_many_series_and_too_many_values_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with shelf() as one:
        with pytest.raises(TooMuch, match="a shorter time or a longer step"):
            minutes_of(one, hours=3 * 365 * 24, choice=chosen("grid", "rack-1-a"))
        monkeypatch.setattr(sums, "MOST_SERIES", 1)
        with pytest.raises(TooMuch, match="name fewer meters"):
            minutes_of(one, choice=chosen("grid", "rack-1-a"))


def test_a_time_that_reads_too_much_of_the_file_is_refused() -> None:
    with shelf() as one:
        one.minutes([minute(n=n) for n in range(60)])
        asked = Asked(
            figure=Figure.ENERGY,
            step=Step.MINUTE,
            start=START,
            end=START + HOUR,
            site=FRA,
            by="meter",
            choice=chosen("grid"),
        )
        with pytest.raises(TooMuch):
            series_of(Source(one.connection, Budget(rows=59), Recent(), START + HOUR), asked)
