"""Hours are UTC, half-open and named by their start; an interval is shared by seconds."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from agent.accounting.hours import floor, parts
from agent.model import HOUR, MINUTE
from agent.units import JOULES_PER_KWH, Joules

Times = st.datetimes(datetime(1999, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 hypothesis adds the zone


def test_twenty_minutes_across_an_hour_are_shared_by_seconds() -> None:
    start = datetime(2026, 3, 10, 9, 48, tzinfo=UTC)
    found = parts(start, start + timedelta(minutes=20), Joules(6 * JOULES_PER_KWH), HOUR)
    assert [(part.start.hour, part.energy / JOULES_PER_KWH, part.seconds) for part in found] == [
        (9, 3.6, 720),
        (10, 2.4, 480),
    ]


def test_an_interval_that_ends_on_the_hour_does_not_touch_the_next() -> None:
    end = datetime(2026, 3, 10, 10, tzinfo=UTC)
    found = list(parts(end - MINUTE, end, Joules(60), HOUR))
    assert [part.start for part in found] == [end - HOUR]


@given(
    start=Times,
    length=st.timedeltas(timedelta(microseconds=1), timedelta(days=3)),
    energy=st.integers(0, 10**15),
    period=st.sampled_from([MINUTE, HOUR]),
)
def test_the_parts_of_an_interval_add_up_to_it(
    start: datetime, length: timedelta, energy: int, period: timedelta
) -> None:
    """Law: conservation over hour splits, to the joule and to the second."""
    if length / period > 200:
        length = period * 200
    found = list(parts(start, start + length, Joules(energy), period))
    assert sum(part.energy for part in found) == energy
    assert abs(sum(part.seconds for part in found) - length.total_seconds()) < 1e-6
    assert [part.start for part in found] == sorted({part.start for part in found})
    assert found[0].start == floor(start, period)
    assert all(part.energy >= 0 for part in found)
