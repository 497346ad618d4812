"""What a register did between readings, from what is known of it beforehand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from agent.accounting.registers.counters import (
    UPTIME_WRAP,
    Counted,
    counted,
    has_restarted,
    rollover_hypothesis,
)
from agent.accounting.registers.suspects import PATIENCE
from agent.model import Basis, Oddity, Reading, Register, Zeroed
from agent.units import JOULES_PER_KWH, Joules, Watts
from tests.accounting.registers import booked, minutes
from tests.accounting.test_energy import START, TENTH_KWH, counts, reading

BERLIN = ZoneInfo("Europe/Berlin")


def test_a_lower_count_that_is_plausible_is_a_rollover() -> None:
    found = counted(Joules(counts(4294967290)), Joules(counts(14)), TENTH_KWH, 60)
    assert found == Counted(
        oddity=Oddity.ROLLOVER, energy=Joules(2 * JOULES_PER_KWH), basis=Basis.COUNTER
    )


def test_a_lower_count_that_is_not_plausible_is_a_reset_and_a_lower_bound() -> None:
    before, now = Joules(counts(1234567)), Joules(counts(35))
    assert counted(before, now, TENTH_KWH, 60) == Counted(
        oddity=Oddity.RESET, energy=Joules(counts(35)), basis=Basis.LOWER_BOUND
    )
    wrapped = rollover_hypothesis(before, now, TENTH_KWH)
    assert wrapped == round(429373276.4 * JOULES_PER_KWH)


def test_without_a_known_span_nothing_is_guessed_and_a_lower_count_is_a_reset() -> None:
    register = Register(step=Joules(counts(1)))
    found = counted(Joules(counts(4294967290)), Joules(counts(14)), register, 60)
    assert found is not None
    assert (found.oddity, found.energy) == (Oddity.RESET, counts(14))
    assert rollover_hypothesis(Joules(2), Joules(1), register) is None


def test_a_step_that_the_device_cannot_draw_is_nothing_that_a_register_does() -> None:
    assert counted(Joules(0), Joules(counts(1000)), TENTH_KWH, 60) is None
    assert counted(Joules(counts(2000)), Joules(counts(1000)), TENTH_KWH, 60) is None


def test_a_device_that_has_restarted_has_no_rollover_however_plausible() -> None:
    before, now = Joules(counts(4294967290)), Joules(counts(14))
    found = counted(before, now, TENTH_KWH, 60, restarted=True)
    assert found is not None
    assert (found.oddity, found.energy) == (Oddity.RESTART, counts(14))


def test_a_register_that_is_lost_in_a_restart_counts_from_zero_even_where_it_is_higher() -> None:
    register = replace(TENTH_KWH, zeroed=Zeroed.RESTART)
    found = counted(Joules(counts(3)), Joules(counts(5)), register, 3600, restarted=True)
    assert found is not None
    assert (found.oddity, found.energy) == (Oddity.RESTART, counts(5))


def test_an_uptime_that_wraps_after_497_days_is_no_restart() -> None:
    minute = timedelta(minutes=1)
    before = UPTIME_WRAP - timedelta(seconds=20)
    assert has_restarted(before, timedelta(seconds=40), minute) is False
    assert has_restarted(timedelta(days=3), timedelta(seconds=40), minute) is True
    assert has_restarted(timedelta(days=3), timedelta(days=3, minutes=1), minute) is False
    assert has_restarted(None, timedelta(seconds=40), minute) is True
    assert has_restarted(timedelta(days=3), None, minute) is None


def test_one_absurd_value_is_left_out_and_no_energy_is_lost() -> None:
    for odd in (0, 3, 2**31, 999_999_999):
        found = booked(minutes([1000, 1001, odd, 1003, 1004]))
        assert found.energy == counts(4)
        assert found.oddities == [Oddity.GLITCH]
        assert found.findings[0].at == START + timedelta(minutes=2)
        assert found.findings[0].energy is None


def test_two_absurd_values_in_a_row_are_left_out_too() -> None:
    for odd in ((0, 2**31), (0, 0), (2**31, 5), (7, 7)):
        found = booked(minutes([1000, 1001, *odd, 1004, 1005]))
        assert found.energy == counts(5), odd
        assert set(found.oddities) == {Oddity.GLITCH}


def test_a_reset_is_booked_once_the_register_goes_on_from_it() -> None:
    readings = minutes([1000, 1001, 1, 2, 3], watts=None)
    held = booked(readings[:3])
    assert (held.energy, held.findings) == (counts(1), [])
    found = booked(readings)
    assert found.energy == counts(1 + 1 + 2)
    assert found.oddities == [Oddity.RESET]
    assert [one.basis for one in found.intervals][1] is Basis.LOWER_BOUND


def test_what_flowed_across_a_reset_is_about_the_power_and_at_least_the_count() -> None:
    found = booked(minutes([1000, 1001, 0, 1, 2]))
    assert found.energy == counts(4)
    assert found.intervals[1].basis is Basis.INTEGRATED
    idle = booked(minutes([1000, 1001, 3, 4], watts=0))
    assert idle.intervals[1].energy == counts(3)
    assert idle.intervals[1].basis is Basis.LOWER_BOUND


def test_a_reset_register_that_stands_still_is_believed_after_a_while() -> None:
    found = booked(minutes([1000, *[0] * (PATIENCE + 1)], watts=0))
    assert found.oddities == [Oddity.RESET]
    assert found.mark.pending is None


def test_a_leap_that_goes_on_is_another_register_and_only_the_power_is_booked() -> None:
    found = booked(minutes([1000, 1001, 900_000, 900_001, 900_002]))
    assert found.oddities == [Oddity.REPLACED]
    assert found.energy == counts(4)
    dark = booked(minutes([1000, 1001, 900_000, 900_001, 900_002], watts=None))
    assert dark.energy == counts(1 + 2)


def test_a_limit_that_is_set_too_low_holds_nothing_back_for_ever() -> None:
    low = replace(TENTH_KWH, limit=Watts(100))
    found = booked(minutes(range(0, 60 * 100, 100), register=low))
    assert set(found.oddities) == {Oddity.REPLACED}
    assert found.energy == pytest.approx(counts(59), rel=0.1)


def test_a_restart_that_is_known_is_booked_at_once() -> None:
    readings = [
        replace(one, uptime=timedelta(days=5, minutes=n) if n < 2 else timedelta(seconds=30))
        for n, one in enumerate(minutes([1000, 1001, 0]))
    ]
    found = booked(readings)
    assert found.oddities == [Oddity.RESTART]
    assert (found.energy, found.mark.pending) == (counts(2), None)


def test_a_step_back_of_a_device_that_has_not_restarted_was_a_reset_by_somebody() -> None:
    readings = [
        replace(one, uptime=timedelta(days=5, minutes=n))
        for n, one in enumerate(minutes([1000, 1001, 0, 1]))
    ]
    assert booked(readings).oddities == [Oddity.RESET]


DAILY = replace(TENTH_KWH, zeroed=Zeroed.DAILY)


def at(text: str, count: int, watts: float | None = None) -> Reading:
    moment = datetime.fromisoformat(text).astimezone(UTC)
    found = reading(0, counts(count), watts, DAILY)
    return replace(found, at=moment)


def test_a_daily_register_begins_again_with_the_day_and_never_rolls_over() -> None:
    found = booked(
        [at("2026-03-10T23:59+01:00", 4294967290), at("2026-03-11T00:01+01:00", 14)], BERLIN
    )
    assert found.oddities == [Oddity.DAY]
    assert found.energy == counts(14)


def test_a_gap_over_a_local_midnight_counts_from_zero_even_where_the_count_is_higher() -> None:
    one, other = at("2026-03-10T23:00+01:00", 100), at("2026-03-11T12:00+01:00", 160)
    local = booked([one, other], BERLIN)
    assert (local.energy, local.oddities) == (counts(160), [Oddity.DAY])
    assert local.intervals[0].basis is Basis.LOWER_BOUND
    same_day = booked([at("2026-03-10T23:10+00:00", 5), at("2026-03-11T12:00+00:00", 160)], BERLIN)
    assert (same_day.energy, same_day.oddities) == (counts(155), [])


def test_a_device_whose_midnight_is_late_still_counts_its_day_before() -> None:
    found = booked([at("2026-03-10T23:59+01:00", 5000), at("2026-03-11T00:00:30+01:00", 5001)])
    assert found.energy == counts(1)


def test_a_stuck_register_is_integrated_with_what_was_withheld() -> None:
    found = booked(minutes([1000, *[1001] * 120]))
    assert found.oddities == [Oddity.STUCK]
    assert found.energy == pytest.approx(counts(120), abs=counts(1))
    assert found.intervals[-1].basis is Basis.INTEGRATED


def test_when_a_stuck_register_catches_up_the_sum_is_its_own_again() -> None:
    # The power says 10 % too much; the register knows better.
    found = booked(minutes([1000, *[1001] * 120, *range(1122, 1160)], watts=6600))
    assert found.energy == pytest.approx(counts(159), abs=counts(1))
    assert min(one.energy for one in found.intervals) >= 0


def test_when_a_stuck_register_goes_on_from_where_it_stood_what_was_integrated_stays() -> None:
    found = booked(minutes([1000, *[1001] * 120, *range(1002, 1040)]))
    assert found.energy == pytest.approx(counts(120 + 38), abs=counts(2))


def test_a_slow_register_and_one_that_is_refreshed_seldom_are_not_stuck() -> None:
    slow = minutes([1000 + n // 120 for n in range(1000)], watts=50)
    assert booked(slow).oddities == []
    step = Register(step=Joules(3600), span=Joules(2**32 * 3600), limit=Watts(25_000))
    for refresh in (5, 15):
        seldom = [
            reading(60 * n, 10**9 + 6000 * 60 * (n // refresh * refresh), 6000, step)
            for n in range(240)
        ]
        found = booked(seldom)
        assert found.oddities == []
        shown = (seldom[-1].energy or 0) - (seldom[0].energy or 0)
        assert abs(found.energy - shown) <= 3600


def test_a_load_that_is_switched_off_makes_no_register_stuck() -> None:
    readings = minutes([1000, 1001, *[1001] * 200], watts=0)
    readings[:2] = minutes([1000, 1001], watts=20_000)
    assert booked(readings).oddities == []


def test_a_power_without_a_count_is_integrated_and_the_next_count_puts_it_right() -> None:
    found = booked(minutes([1000, 1001, None, None, 1004, 1005], watts=7000))
    assert abs(found.energy - counts(5)) <= counts(1)
    dark = minutes([1000, 1001, None, 1003])
    dark[2] = replace(dark[2], at=dark[1].at + timedelta(minutes=20), power=Watts(1.0))
    dark[3] = replace(dark[3], at=dark[1].at + timedelta(minutes=40))
    assert booked(dark).energy == counts(3)
