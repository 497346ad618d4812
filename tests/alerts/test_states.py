"""Pending, firing, resolved: alerts neither flap nor sleep."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from agent.alerts.matching import Match, matches_of
from agent.alerts.rule import Comparison, Rule
from agent.alerts.states import Alert, State, States
from agent.alerts.wording import duration, filled, percent, scaled, template
from config.alerts import AlertName
from tests.alerts.standing import AT, LOAD

MINUTE = timedelta(minutes=1)
PDU = {"site": "fra", "meter": "pdu-a"}


class Steps:
    """Looks a minute apart."""

    def __init__(self, rule: Rule = LOAD) -> None:
        self.states = States()
        self.rules: Sequence[Rule] = (rule,)
        self.at = AT - MINUTE

    def look(self, *values: float | None) -> list[tuple[State, float]]:
        """Look once for each value, and return what has changed at the last one."""
        changed: Sequence[Alert] = ()
        for value in values:
            self.at += MINUTE
            samples = [] if value is None else [(PDU, value)]
            changed = self.states.after(
                self.rules, {"carbond_meter_load_ratio": samples}, self.at, {}
            )
        return [(one.state, one.value) for one in changed]

    @property
    def now(self) -> list[State]:
        return [one.state for one in self.states.alerts]


def test_what_holds_is_pending_then_fires_and_is_resolved_after_it_has_been_kept() -> None:
    steps = Steps()
    assert steps.look(0.8) == []
    assert steps.now == []
    assert steps.look(0.81) == []
    assert steps.now == [State.PENDING]
    assert steps.look(0.82) == []
    assert steps.look(0.83) == [(State.FIRING, 0.83)]
    assert steps.look(0.7, 0.7, 0.7) == []
    assert steps.now == [State.FIRING]
    assert steps.look(0.7) == [(State.RESOLVED, 0.83)]
    assert steps.now == []


def test_a_peak_that_is_shorter_than_the_hold_is_nothing() -> None:
    steps = Steps()
    assert steps.look(0.9, 0.9, 0.7) == []
    assert steps.now == []
    assert steps.look(0.9, 0.9) == [], "the time before does not count"


def test_a_clock_that_is_put_back_makes_nothing_wait_for_the_time_that_was() -> None:
    steps = Steps()
    steps.look(0.9)
    steps.at -= timedelta(days=365)
    assert steps.look(0.9, 0.9) == []
    assert steps.look(0.9) == [(State.FIRING, 0.9)]
    assert steps.look(0.7) == []
    steps.at -= timedelta(days=365)
    assert steps.look(0.7, 0.7, 0.7) == []
    assert steps.look(0.7) == [(State.RESOLVED, 0.9)]


def test_what_dips_for_less_than_it_is_kept_fires_once() -> None:
    steps = Steps()
    steps.look(0.9, 0.9, 0.9)
    for _ in range(5):
        assert steps.look(0.7, 0.7, 0.95) == []
        assert steps.now == [State.FIRING]
    (one,) = steps.states.alerts
    assert one.value == 0.95
    assert one.since == AT


def test_a_sample_that_is_gone_ends_it_as_one_below_the_threshold_does() -> None:
    steps = Steps()
    steps.look(0.9, 0.9, 0.9)
    assert steps.look(None, None, None) == []
    assert steps.look(None) == [(State.RESOLVED, 0.9)]


def test_an_alert_whose_rule_is_gone_is_resolved_at_once() -> None:
    steps = Steps()
    steps.look(0.9, 0.9, 0.9)
    steps.rules = ()
    assert steps.look(0.9) == [(State.RESOLVED, 0.9)]


def test_a_rule_with_another_threshold_takes_over_what_fires() -> None:
    steps = Steps()
    steps.look(0.9, 0.9, 0.9)
    steps.rules = (replace(LOAD, when=(replace(LOAD.when[0], threshold=0.85),)),)
    assert steps.look(0.9) == []
    (one,) = steps.states.alerts
    assert (one.state, one.threshold) == (State.FIRING, 0.85)
    assert one.summary.endswith("more than 85%.")


def test_what_fires_again_is_the_same_alert() -> None:
    steps = Steps()
    steps.look(0.9, 0.9, 0.9)
    first = steps.states.alerts[0].id
    steps.look(0.7, 0.7, 0.7, 0.7)
    steps.look(0.9)
    assert steps.states.alerts[0].id == first


def test_all_comparisons_must_hold_of_what_is_equal_in_the_joined_labels() -> None:
    rule = replace(
        LOAD,
        when=(
            Comparison(metric="carbond_a", threshold=1, matchers={"window": "1h"}),
            Comparison(metric="carbond_b", threshold=5, sign="<"),
        ),
        on=("site",),
    )
    samples = {
        "carbond_a": [
            ({"site": "fra", "window": "1h"}, 2.0),
            ({"site": "fra", "window": "6h"}, 2.0),
            ({"site": "ams", "window": "1h"}, 2.0),
            ({"site": "lon", "window": "1h"}, 1.0),
        ],
        "carbond_b": [
            ({"site": "fra", "x": "1"}, 4.0),
            ({"site": "ams"}, 5.0),
            ({"site": "lon"}, 1),
        ],
    }
    assert matches_of(rule, samples) == [Match({"site": "fra", "window": "1h"}, 2.0)]
    assert matches_of(rule, {"carbond_a": samples["carbond_a"]}) == []


def test_a_rule_that_cannot_be_is_refused_with_its_name() -> None:
    with pytest.raises(ValueError, match="CarbondLoadHigh: several comparisons need the labels"):
        replace(LOAD, when=LOAD.when * 2)
    with pytest.raises(ValueError, match="'up' is no metric of carbond"):
        Comparison(metric="up", threshold=0)


def test_figures_are_written_as_prometheus_writes_them() -> None:
    assert [percent(one) for one in (0.8, 0.12345, 1.0)] == ["80%", "12.35%", "100%"]
    assert [scaled(one) for one in (0, 312_500, 999.96, 0.0123)] == ["0", "312.5k", "1000", "12.3m"]
    found = [duration(one) for one in (4.943, 90, 3600, 90_061)]
    assert found == ["4.943s", "1m 30s", "1h 0m 0s", "1d 1h 1m 1s"]


def test_a_tag_cannot_begin_a_line_of_its_own_nor_colour_a_terminal() -> None:
    labels = {"rack": "r1\nresolved: all\x1b[2J\u2028é"}
    assert filled("Rack {rack}.", labels, 1.0, 1.0) == r"Rack r1\nresolved: all\x1b[2J\u2028é."


def test_a_text_becomes_a_template() -> None:
    text = template("{meter} is at {value:percent} of {threshold:percent}.", 0.8)
    assert text == "{{ $labels.meter }} is at {{ $value | humanizePercentage }} of 80%."


def test_names_of_alerts_are_those_of_the_rules() -> None:
    assert all(name.startswith("Carbond") for name in AlertName)
