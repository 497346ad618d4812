"""The measures that the page and the alert rules share."""

from dataclasses import replace
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from agent.clock import Clock
from agent.health import Health
from agent.measures import FAMILIES, samples
from agent.model import (
    HOUR,
    Backlog,
    DeviceNow,
    Kind,
    LedgerNow,
    Now,
    Residual,
    SiteNow,
    Stage,
)
from agent.units import Joules
from exporters.prometheus import Prometheus, PrometheusSettings
from tests.clocks import HandClock
from tests.exporters.entries import BROKEN, START, now, rich_now, rich_site


def one(name: str, moment: Now) -> float | None:
    """Return the only sample of a measure."""
    found = samples(moment, [name])[name]
    assert len(found) <= 1
    return found[0][1] if found else None


def of_site(name: str, site: SiteNow) -> float | None:
    return one(name, now(sites=(site,)))


async def test_the_page_shows_what_the_rules_read() -> None:
    moment = rich_now()
    view = Prometheus(
        PrometheusSettings.model_validate({"name": "page", "type": "prometheus"}), Clock()
    )
    await view.show(moment)
    shown = {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(view.body.decode())
        for sample in family.samples
    }
    found = samples(moment)
    assert set(found) == set(FAMILIES)
    empty = {name for name, some in found.items() if not some}
    assert not empty, "each measure has a sample in a moment of which all is known"
    for name, some in found.items():
        for labels, value in some:
            assert shown[name, frozenset(labels.items())] == pytest.approx(value)


def test_nothing_is_made_up_of_a_site_of_which_nothing_is_known() -> None:
    bare = SiteNow(
        site="north",
        power=None,
        it_power=None,
        energy_today=None,
        emissions_today={},
        coverage_today=None,
        hour=None,
    )
    found = samples(Now(at=START, sites=(bare,), meters=(), devices=()))
    assert {name for name, some in found.items() if some} == set()


def test_of_a_measure_that_is_asked_for_some_values_there_are_no_others() -> None:
    every = samples(rich_now())
    for limit in (0.0, 1.0, 100.0):
        passing = {name: (lambda value, limit=limit: value > limit) for name in every}
        some = samples(rich_now(), every, passing=passing)
        assert some == {
            name: [one for one in found if one[1] > limit] for name, found in every.items()
        }


def test_a_name_that_no_measure_has_is_an_error() -> None:
    with pytest.raises(KeyError):
        samples(now(), ["carbond_site_happiness"])


def test_the_rate_is_that_of_what_comes_from_the_grid() -> None:
    name = "carbond_site_emissions_location_grams_per_hour"
    assert of_site(name, rich_site()) == pytest.approx(1.4 * 100)
    assert of_site(name, replace(rich_site(), grid_power=None)) is None
    hour = rich_site().hour
    assert hour is not None
    unknown = replace(hour, intensities={Kind.LIFECYCLE: hour.intensities[Kind.LIFECYCLE]})
    assert of_site(name, replace(rich_site(), hour=unknown)) is None


def test_a_budget_is_a_share_of_itself_by_period_and_window() -> None:
    found = samples(rich_now())
    day, month = {"site": "north", "period": "day"}, {"site": "north", "period": "month"}
    assert found["carbond_site_budget_grams"] == [(day, 1000.0), (month, 30_000.0)]
    assert found["carbond_site_budget_used_ratio"] == [(day, 0.25)]
    assert found["carbond_site_budget_projected_ratio"] == [(day, 0.9)]
    assert found["carbond_site_budget_burn_ratio"] == [
        ({**day, "window": "1h"}, 1.25),
        ({**day, "window": "6h"}, 0.75),
    ]


def test_an_intensity_that_covers_now_is_no_second_old() -> None:
    ages = {
        labels["kind"]: value
        for labels, value in samples(rich_now())["carbond_grid_intensity_age_seconds"]
    }
    assert ages == {"direct": 3600.0, "marginal": 0.0}


def test_what_flows_out_of_a_node_more_than_into_it_is_above_zero_and_a_loss_below() -> None:
    many = tuple(f"pdu-{number}" for number in range(5))
    lost = Residual(node=many, stage=Stage.RACK, energy=Joules(500), bound=Joules(1000))
    unsaid = replace(lost, node=("x",), bound=Joules(0))
    site = replace(rich_site(), residuals=(BROKEN, lost, unsaid))
    found = samples(now(sites=(site,)))["carbond_node_residual_ratio"]
    assert found == [
        ({"site": "north", "node": "pdu-1"}, 5.0),
        ({"site": "north", "node": "pdu-0 pdu-1 pdu-2 +2"}, -0.5),
    ]


def test_the_ledger_is_full_by_its_cap_or_by_its_disk_whichever_comes_first() -> None:
    def used(size: int, cap: int, free: int) -> float | None:
        room = LedgerNow(size=size, cap=cap, free=free)
        return one("carbond_ledger_used_ratio", replace(now(), ledger=room))

    assert used(200, 1000, 10**9) == pytest.approx(0.2)
    assert used(200, 1000, 50) == pytest.approx(0.8)
    assert used(200, 1000, 0) == 1.0


def test_an_exporter_that_has_all_waits_for_no_second() -> None:
    done = Backlog(exporter="influx", entries=0, oldest=None)
    late = Backlog(exporter="other", entries=7, oldest=START - HOUR)
    found = samples(replace(now(), backlogs=(done, late)))
    ages = [value for _, value in found["carbond_exporter_backlog_seconds"]]
    assert ages == [0.0, 3600.0]
    assert [value for _, value in found["carbond_exporter_backlog_entries"]] == [0.0, 7.0]


async def test_polls_without_an_answer_are_counted_until_there_is_one() -> None:
    async def note(_: DeviceNow) -> None:
        """Nobody wants to know."""

    clock = HandClock(START)
    health = Health(clock, note)

    def missed() -> list[float]:
        moment = Now(at=clock.now(), sites=(), meters=(), devices=health.now())
        return [value for _, value in samples(moment)["carbond_device_missed_polls"]]

    counted = []
    for answers in (False, False, True, False):
        if answers:
            await health.good("germany", "electricitymaps")
        else:
            await health.bad("germany", "electricitymaps", "no answer")
        counted += missed()
    assert counted == [1.0, 2.0, 0.0, 1.0]


async def test_a_device_is_silent_since_its_last_answer_and_answers_again() -> None:
    async def note(_: DeviceNow) -> None:
        """Nobody wants to know."""

    clock = HandClock(START)
    health = Health(clock, note)

    def silent() -> dict[str, float]:
        moment = Now(at=clock.now(), sites=(), meters=(), devices=health.now())
        found = samples(moment)["carbond_device_silent_seconds"]
        return {labels["device"]: value for labels, value in found}

    await health.good("pdu-1", "snmp")
    clock.at += timedelta(seconds=60)
    await health.good("pdu-1", "snmp")
    await health.bad("ups-1", "snmp", "no answer")
    clock.at += timedelta(seconds=60)
    assert silent() == {"pdu-1": 0.0, "ups-1": 60.0}
    await health.bad("pdu-1", "snmp", "no answer")
    clock.at += timedelta(seconds=60)
    await health.bad("pdu-1", "snmp", "no answer")
    assert silent() == {"pdu-1": 120.0, "ups-1": 120.0}
    await health.good("pdu-1", "snmp")
    assert silent()["pdu-1"] == 0.0
