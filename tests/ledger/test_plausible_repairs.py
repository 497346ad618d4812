"""What nobody can mean: repairs far above what a meter has ever had, or before it was read."""

from dataclasses import replace
from pathlib import Path

import pytest

from agent.errors import ConfigError
from agent.ledger.corrections.repairs import book_repair, check_repair
from agent.ledger.places.meters import number_of
from agent.model import HOUR, Role
from agent.units import Joules
from tests.accounting import places
from tests.ledger.books import open_ledger
from tests.ledger.repairing import END, HOUR_S, a_clock, a_connection, booked, repair


async def test_far_more_than_a_meter_has_ever_had_is_asked_about(tmp_path: Path) -> None:
    ledger = await booked(tmp_path, a_clock())
    absurd = repair(kwh=5_000_000)
    with pytest.raises(ConfigError) as refused:
        await ledger.repair(absurd)
    assert str(refused.value) == (
        "--energy 5,000,000 kWh in 1 hour is 5,000,000 kW, and rack-1-a has had at most 6 kW: is "
        "the unit right? else --despite-size"
    )
    with pytest.raises(ConfigError, match="is 121 kW, and rack-1-a has had at most 6 kW"):
        await ledger.repair(repair(kwh=121))
    assert (await ledger.repair(repair(kwh=120))).number == 1
    assert (await ledger.repair(replace(absurd, despite_size=True))).number == 2
    ledger.close()


async def test_of_a_meter_that_was_never_read_only_what_none_can_have_is_asked_about(
    tmp_path: Path,
) -> None:
    clock = a_clock()
    clock.move(hours=-2)
    ledger = open_ledger(tmp_path, clock)
    clock.move(hours=2)
    with pytest.raises(ConfigError, match="more than 100,000 kW is a slip as a rule"):
        await ledger.repair(repair(kwh=100_001))
    assert (await ledger.repair(repair(kwh=99_000))).number == 1
    with pytest.raises(ConfigError) as refused:
        await ledger.repair(repair(after=-2))
    assert "rack-1-a is in the settings but has never been read: hours before" in str(refused.value)
    ledger.close()


async def test_hours_before_a_meter_was_first_read_are_refused(tmp_path: Path) -> None:
    ledger = await booked(tmp_path, a_clock())
    with pytest.raises(ConfigError) as refused:
        await ledger.repair(repair(after=-1))
    assert str(refused.value) == (
        "rack-1-a was first read at 2026-03-10 09:00 UTC: earlier hours cannot be repaired"
    )
    ledger.close()


def test_an_hour_of_one_meter_is_looked_up_and_not_found_among_all() -> None:
    with a_connection() as connection:
        asked: list[str] = []
        connection.set_trace_callback(asked.append)
        book_repair(connection, repair(hours=24), now=END + 24 * HOUR)
        connection.set_trace_callback(None)
        (query,) = (one for one in asked if "CROSS JOIN" in one)
        plan = [row[-1] for row in connection.execute(f"EXPLAIN QUERY PLAN {query}")]
    sought = [step for step in plan if "hour USING" in step]
    assert len(sought) == 2
    assert all("(hour_s=? AND meter=?" in step for step in sought), plan


def test_water_is_asked_about_in_litres_an_hour() -> None:
    with a_connection() as connection:
        number = number_of(connection, replace(places.meter("tap", Role.WATER), site="fra"))
        connection.execute(
            "INSERT INTO account (meter, first_ms, at_ms, source, least_j, most_j, booked_j,"
            " minute_s, minute_covered_s) VALUES (?, ?, ?, '', 0, 0, 0, 0, 0)",
            (number, HOUR_S * 1000, (HOUR_S + 3599) * 1000),
        )
        connection.execute(
            "INSERT INTO hour (hour_s, meter, energy_j, measured_s, interpolated_s)"
            " VALUES (?, ?, 60000, 1800, 0)",
            (HOUR_S, number),
        )
        litres = replace(repair("tap"), energy=Joules(2_401_000))
        words = "2,401 L in 1 hour is 2,401 L per hour, and tap has had at most 120 L per hour"
        with pytest.raises(ConfigError, match=words):
            check_repair(connection, litres, now=END)
        check_repair(connection, replace(litres, energy=Joules(2_400_000)), now=END)
