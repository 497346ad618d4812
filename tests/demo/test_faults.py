"""Plans of what goes wrong, and what registers show under them: the truth stays."""

import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.demo.fault_plans import plan_of
from agent.demo.faults import NONE, ClockStep, Condition, Fault, Faults, Trouble
from agent.demo.lines import Line
from agent.demo.load import Load
from agent.demo.registers import Days, Register
from agent.demo.site import Site
from agent.demo.stepped_clock import SteppedClock
from agent.model import Zeroed
from agent.units import Joules

START = datetime(2026, 3, 29, tzinfo=UTC)
SITE = Site(start=START, seed=1)
STEADY = Load(mean=100.0)
"""A hundred watts: a hundred joules a second."""

SPAN = Joules(1_000_000)
BEGAN = Joules(500_000)


def fault(trouble: Trouble, start: float = 1_000, end: float = 1_100) -> Fault:
    return Fault(name="rack", trouble=trouble, start=start, end=end)


def shown(*faults: Fault, zeroed: Zeroed = Zeroed.NEVER, at: tuple[float, ...]) -> list[int]:
    register = Register(STEADY, BEGAN, SPAN, faults, zeroed=zeroed)
    return [register(seconds) for seconds in at]


TIMES = (999.0, 1_050.0, 1_100.0, 1_200.0)
"""Before, during, at the end of, and after a trouble."""


@pytest.mark.parametrize(
    ("trouble", "zeroed", "expected"),
    [
        (Trouble.DEAD, Zeroed.RESTART, [599_900, 605_000, 610_000, 620_000]),
        (Trouble.RESTART, Zeroed.NEVER, [599_900, 605_000, 610_000, 620_000]),
        (Trouble.RESTART, Zeroed.RESTART, [599_900, 605_000, 0, 10_000]),
        (Trouble.RESET, Zeroed.NEVER, [599_900, 5_000, 10_000, 20_000]),
        (Trouble.ROLLOVER, Zeroed.NEVER, [999_900, 5_000, 10_000, 20_000]),
        (Trouble.HIGH, Zeroed.NEVER, [599_900, 938_333, 610_000, 620_000]),
        (Trouble.LOW, Zeroed.NEVER, [599_900, 0, 610_000, 620_000]),
        (Trouble.STUCK, Zeroed.NEVER, [599_900, 600_000, 600_000, 610_000]),
        (Trouble.STALE, Zeroed.NEVER, [599_900, 600_000, 610_000, 620_000]),
    ],
)
def test_each_trouble_shows_in_a_register_as_it_is_said_to(
    trouble: Trouble, zeroed: Zeroed, expected: list[int]
) -> None:
    assert shown(fault(trouble), zeroed=zeroed, at=TIMES) == expected


def test_a_replaced_pdu_has_another_register_and_another_serial_number() -> None:
    before, _, other, after = shown(fault(Trouble.REPLACED), at=TIMES)
    assert other != before + 10_100
    assert after == other + 10_000
    condition = Condition([fault(Trouble.REPLACED)])
    assert [condition.serial("SIM", at) for at in TIMES] == ["SIM", "SIM", "SIM-2", "SIM-2"]


def test_a_register_that_counts_a_day_begins_anew_at_each_local_midnight() -> None:
    days = Days(START, "Europe/Berlin")
    register = Register(STEADY, BEGAN, Joules(2**40), zeroed=Zeroed.DAILY, days=days)
    midnights = [hour * 3600.0 for hour in (-1, 22, 46)]
    assert [days.began(at) for at in (0.0, 79_199.0, 79_200.0, 165_599.0, 165_600.0)] == [
        *midnights[:1] * 2,
        *midnights[1:2] * 2,
        midnights[2],
    ]
    assert register(midnights[1] - 1) == (23 * 3600 - 1) * 100
    assert register(midnights[1]) == 0
    assert register(midnights[1] + 60) == 6_000


@pytest.mark.parametrize("lag", [420.0, -420.0])
def test_the_days_of_a_device_whose_clock_is_wrong_begin_late_or_early(lag: float) -> None:
    days = Days(START, "Europe/Berlin", lag)
    register = Register(STEADY, BEGAN, Joules(2**40), zeroed=Zeroed.DAILY, days=days)
    zero = 22 * 3600.0 + lag
    assert [register(at) for at in (zero - 1, zero, zero + 60)] == [(23 * 3600 - 1) * 100, 0, 6_000]


def test_a_restart_begins_the_uptime_again_and_a_dead_hour_does_not() -> None:
    restarted = Condition([fault(Trouble.RESTART)])
    assert restarted.uptime(1_160.0) == 60.0
    assert restarted.uptime(999.0) > 999.0
    dead = Condition([fault(Trouble.DEAD)])
    assert dead.uptime(1_160.0) - dead.uptime(999.0) == 161.0
    for condition in (restarted, dead):
        assert [condition.silent(at) for at in TIMES] == [False, True, False, False]


def test_a_line_loses_its_share_of_packets_and_all_of_a_silent_device() -> None:
    now = [0.0]
    faults = Faults(faults=(fault(Trouble.RESTART),), loss=0.1)
    restarts: list[float] = []
    line = Line("rack", faults, lambda: now[0])

    def carried(at: float) -> int:
        now[0] = at
        return sum(line.carries(lambda: restarts.append(now[0])) for _ in range(2_000))

    assert 1_700 < carried(10.0) < 1_900
    assert carried(1_050.0) == 0
    assert 1_700 < carried(1_100.0) < 1_900
    assert restarts == [1_100.0]
    assert all(Line("rack", NONE, lambda: 0.0).carries(restarts.clear) for _ in range(100))


def test_the_hosts_clock_is_put_forward_and_back_and_the_rest_of_the_time_is_right() -> None:
    later = ClockStep(start=200.0, end=240.0, by=-90.0)
    steps = (ClockStep(start=60.0, end=120.0, by=300.0), later)
    faults = Faults(steps=steps)
    assert [faults.ahead(at) for at in (59.9, 60.0, 119.9, 120.0, 210.0, 240.0)] == [
        *(0.0, 300.0, 300.0, 0.0, -90.0, 0.0)
    ]
    wrong = Faults(steps=(ClockStep(start=0.0, end=3_600.0, by=300.0),))
    clock = SteppedClock(wrong, midnight=START, start=START, speed=1.0, origin=time.monotonic())
    assert timedelta(seconds=300) <= clock.now() - START < timedelta(seconds=330)


@pytest.mark.parametrize("length", [timedelta(minutes=10), timedelta(days=3)])
def test_a_plan_has_every_trouble_within_its_time_and_is_the_same_for_the_same_site(
    length: timedelta,
) -> None:
    plan = plan_of(SITE, length=length, start=3_600.0, zeroed=True)
    left_out = {Trouble.STUCK} if length < timedelta(hours=1) else set()
    assert {one.trouble for one in plan.faults} == set(Trouble) - left_out
    assert set(plan.zeroed.values()) == {Zeroed.RESTART, Zeroed.DAILY}
    end = 3_600.0 + length.total_seconds()
    times = [(one.start, one.end) for one in plan.faults]
    times += [(one.start, one.end) for one in plan.steps]
    assert all(3_600.0 < begin <= over < end for begin, over in times)
    assert {step.by > 0 for step in plan.steps} == {True, False}
    assert plan == plan_of(SITE, length=length, start=3_600.0, zeroed=True)
    assert plan != plan_of(Site(start=START, seed=2), length=length, start=3_600.0, zeroed=True)
    names = [one.name for one in plan.faults]
    assert len(set(names)) == len(names), "one trouble each, so that it is known what was seen"


def test_a_plan_is_one_line_of_json_and_back() -> None:
    plan = plan_of(SITE, length=timedelta(hours=1), zeroed=True)
    assert "\n" not in plan.line()
    assert Faults.read(plan.line()) == plan
    assert Faults.read(NONE.line()) == NONE


TROUBLES = st.sampled_from(sorted(set(Trouble) - {Trouble.HIGH, Trouble.LOW}))
FAULTS = st.lists(
    st.builds(fault, TROUBLES, st.floats(0, 5_000), st.floats(5_000, 9_000)), max_size=2
)


@given(FAULTS, st.lists(st.floats(0, 20_000), min_size=2, max_size=20))
def test_no_register_ever_shows_less_than_nothing_or_more_than_its_span(
    faults: list[Fault], times: list[float]
) -> None:
    faults = sorted(faults, key=lambda one: one.start)
    register = Register(STEADY, BEGAN, SPAN, faults, zeroed=Zeroed.RESTART)
    values = [register(at) for at in sorted(times)]
    assert all(0 <= value < SPAN for value in values)
    if not faults:
        steps = [later - earlier for earlier, later in pairwise(values)]
        assert all(step >= 0 or step > -SPAN for step in steps)


def test_what_a_stepped_clock_has_shown_leads_back_to_the_true_moments() -> None:
    steps = (ClockStep(start=100, end=200, by=480), ClockStep(start=300, end=400, by=-50))
    faults = Faults(steps=steps)
    for true in range(0, 1000, 7):
        assert true in faults.moments(true + faults.ahead(true))
    assert faults.moments(50) == [50]
    assert faults.moments(150 + 480) == [150, 630]
    assert faults.moments(260) == [260, 310], "it was put back over it"
    assert NONE.moments(5) == [5]
