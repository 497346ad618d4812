"""Series count each meter where it stood then, and wait for none that has left."""

from dataclasses import replace

from agent.accounting.metering.tree import Tree
from agent.ledger.places.places import replant
from agent.ledger.series.asked import Step
from agent.model import (
    HOUR,
)
from tests.accounting import places
from tests.ledger.shelves import FRA, START, coverage, shelf, values
from tests.ledger.test_series_hours import KWH, TAGGED


def test_a_meter_that_has_moved_counts_where_it_stood_then() -> None:
    with shelf(TAGGED) as one:
        for n in range(2):
            one.hour("rack-1-a", START + n * HOUR, 6 * KWH)
            one.hour("rack-2-a", START + n * HOUR, 4 * KWH)
        moved = [
            replace(meter, tags={"rack": "1"}) if meter.id == "rack-1-a" else meter
            for meter in TAGGED
        ]
        replant(one.connection, Tree.of([FRA], moved), now=START + HOUR)
        found = one.ask(hours=2, by="tag:rack")
    assert values(found, "0") == [6.0, None]
    assert values(found, "1") == [4.0, 10.0]


def test_a_device_that_has_left_is_not_waited_for_and_what_it_had_is_told() -> None:
    with shelf() as one:
        one.hour("rack-1-a", START, 6 * KWH)
        for n in range(3):
            one.hour("rack-2-a", START + n * HOUR, 4 * KWH)
        rest = [meter for meter in places.TOTALS if meter.id != "rack-1-a"]
        replant(one.connection, Tree.of([FRA], rest), now=START + HOUR)
        found = one.ask(hours=3, by="role")
        assert "rack-1-a" not in one.ask(start=START + HOUR, hours=2, by="meter").keys
    assert values(found, "rack") == [10.0, 4.0, 4.0]
    assert coverage(found, "rack") == [1.0, 1.0, 1.0]


def test_an_empty_ledger_has_a_site_of_which_nothing_is_known() -> None:
    with shelf([]) as one:
        for step in Step:
            found = one.ask(step=step)
            assert set(values(found)) == {None}
            assert one.ask(step=step, by="role").keys == []
