"""PUE from the roles of the meters, per hour."""

from datetime import timedelta

import pytest

from agent.accounting.metering.coverage import coverage_of
from agent.accounting.metering.pue import pue_of
from agent.model import MeterId, Role, Scope
from tests.accounting.places import HOUR_9, by_id, energy, tree


def test_pue_is_facility_over_it_and_says_where_it_was_measured() -> None:
    hours = by_id(energy("grid", 14), energy("rack-1-a", 6), energy("rack-2-a", 4))
    pue = pue_of(tree(), "fra", hours)
    assert pue is not None
    assert (pue.value, pue.measured, pue.category, pue.coverage) == (1.4, True, 2, 1.0)


def test_it_may_be_measured_at_the_ups_where_the_settings_say_so() -> None:
    hours = by_id(energy("grid", 14), energy("ups-a", 11.2))
    pue = pue_of(tree(it_role=Role.UPS_OUTPUT), "fra", hours)
    assert pue is not None
    assert pue.value == pytest.approx(1.25)
    assert pue.category == 1


def test_an_hour_in_which_one_meter_is_missing_has_no_measured_pue() -> None:
    hours = by_id(energy("grid", 14), energy("rack-1-a", 6))
    assert pue_of(tree(), "fra", hours) is None


def test_a_declared_pue_stands_in_only_where_it_is_configured_and_is_marked() -> None:
    pue = pue_of(tree(pue_declared=1.5), "fra", by_id(energy("rack-1-a", 6)))
    assert pue is not None
    assert (pue.value, pue.measured, pue.category) == (1.5, False, None)


def test_meters_that_cover_different_seconds_are_compared_by_mean_power() -> None:
    hours = by_id(
        energy("grid", 1.4, 360), energy("rack-1-a", 0.5, 300), energy("rack-2-a", 0.4, 360)
    )
    pue = pue_of(tree(), "fra", hours)
    assert pue is not None
    assert pue.value == pytest.approx(1.4)
    assert pue.coverage == pytest.approx(300 / 3600)


def test_coverage_counts_the_meters_that_say_nothing() -> None:
    it = tree().it("fra")
    hours = by_id(energy("rack-1-a", 6))
    assert coverage_of(it, hours, HOUR_9, HOUR_9 + timedelta(hours=2)).known == 0.5
    assert coverage_of(it, by_id(energy("rack-1-a", 1, 600)), HOUR_9, HOUR_9).known == 0.0


def test_a_part_of_a_device_takes_its_place_from_the_device() -> None:
    found = tree()
    outlet = found.meter(MeterId("rack-1-a/outlet/3"))
    assert outlet is not None
    assert (outlet.role, outlet.scope, outlet.upstream) == (
        Role.OUTLET,
        Scope.OUTLET,
        ("rack-1-a",),
    )
    source = found.meter(MeterId("ups-a/input"))
    assert source is not None
    assert (source.role, source.upstream) == (Role.UPS_INPUT, ("grid",))
    assert found.meter(MeterId("nobody/outlet/3")) is None


def test_two_sides_that_are_known_at_different_times_have_no_measured_pue() -> None:
    hours = by_id(energy("grid", 14), energy("rack-1-a", 1, 600), energy("rack-2-a", 0.7, 600))
    assert pue_of(tree(), "fra", hours) is None


def test_one_rack_that_was_silent_for_a_while_does_not_cost_the_hall_its_pue() -> None:
    hours = by_id(energy("grid", 14), energy("rack-1-a", 9.5), energy("rack-2-a", 0.375, 2700))
    pue = pue_of(tree(), "fra", hours)
    assert pue is not None
    assert (pue.value, pue.coverage) == (pytest.approx(1.4), 0.75)


def test_a_facility_that_uses_less_than_its_it_is_not_measured() -> None:
    hours = by_id(energy("grid", 9), energy("rack-1-a", 6), energy("rack-2-a", 4))
    assert pue_of(tree(), "fra", hours) is None
    declared = pue_of(tree(pue_declared=1.5), "fra", hours)
    assert declared is not None
    assert (declared.value, declared.measured) == (1.5, False)
