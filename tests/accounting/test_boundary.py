"""What crosses the boundary is the sum of all its meters, or it is not known."""

from collections.abc import Collection, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.accounting.hourly import site_hour
from agent.accounting.periods.figures import figures
from agent.accounting.periods.totals import Totals, totals_of
from agent.accounting.site import Site
from agent.model import HOUR, Coverage, Kind, Metered, Role, SiteHour
from tests.accounting.booked import TENTH, applied, kwh
from tests.accounting.places import HOUR_9, meter, planted, read

WHOLE = Coverage(measured=1.0)
METERS = [
    meter("grid", Role.UTILITY),
    meter("grid-b", Role.UTILITY),
    meter("genset", Role.GENERATOR),
    meter("roof", Role.ONSITE),
    meter("rack-1", Role.RACK, "grid"),
    meter("rack-2", Role.RACK, "grid-b"),
]
ALL = {"grid": 8, "grid-b": 4, "genset": 1, "roof": 2, "rack-1": 6, "rack-2": 4}
BOUNDARY = ("grid", "grid-b", "genset", "roof")
UTILITY = ("grid", "grid-b")


def summed(silent: Collection[str] = (), *, late: int = 0, **site: object) -> SiteHour:
    tree = planted(*METERS, **site)  # type: ignore[arg-type] # options of any type
    hours = read(tree, {name: one for name, one in ALL.items() if name not in silent})
    used = {Kind.DIRECT: applied(300)}
    now = HOUR_9 + HOUR
    found = site_hour(tree, tree.sites["fra"], HOUR_9, hours, used, now=now, version=1)
    return replace(found, hour=HOUR_9 + late * HOUR)


def totals(hours: Sequence[SiteHour], *, least: float = 0.0) -> Totals:
    period = replace(TENTH, start=HOUR_9, end=HOUR_9 + len(hours) * HOUR)
    site = Site(name="fra", least_coverage=least)
    return totals_of(site, period, hours, until=period.end)


def test_the_energy_of_an_hour_is_never_that_of_the_pv_alone() -> None:
    dark = summed(UTILITY, pue_declared=1.5)
    assert (dark.facility, dark.grid, dark.onsite) == (None, None, kwh(2))
    assert dark.coverages[Metered.FACILITY].known == pytest.approx(0.5)
    assert dark.coverage == WHOLE, "IT, whose energy x PUE stands in, is known"
    assert dark.emissions[Kind.DIRECT] == pytest.approx((10 * 1.5 - 2 - 1) * 300)
    found = totals([dark])
    assert (found.energy, found.facility, found.onsite) == (kwh(15), None, kwh(2))
    assert (found.counted["energy"], found.counted["facility"]) == (1, 0)
    assert (found.coverage, found.pue_shares.declared) == (WHOLE, 1.0)


def test_one_of_two_supplies_is_not_what_came_from_the_grid() -> None:
    found = summed(["grid-b"], pue_declared=1.5)
    assert (found.facility, found.grid) == (None, None)
    assert found.emissions[Kind.DIRECT] == pytest.approx((10 * 1.5 - 2 - 1) * 300)


def test_a_silent_pv_leaves_what_came_from_the_grid_as_it_is() -> None:
    found = summed(["roof"], pue_declared=1.5)
    assert (found.facility, found.grid) == (None, kwh(12))
    assert found.emissions[Kind.DIRECT] == pytest.approx(12 * 300)


def test_without_a_declared_pue_the_energy_of_the_hour_is_missing() -> None:
    dark = summed(UTILITY)
    assert (dark.coverage, dict(dark.emissions)) == (Coverage(), {})
    hours = [summed(), summed(UTILITY, late=1)]
    found, strict = totals(hours), totals(hours, least=0.9)
    assert (found.energy, found.it, found.onsite) == (kwh(15), kwh(20), kwh(4))
    assert (found.counted["energy"], found.coverage) == (1, Coverage(measured=0.5))
    assert (strict.energy, strict.facility, strict.it) == (None, None, kwh(20))
    assert strict.refused is not None
    assert "50 % is known" in strict.refused


def test_where_it_x_pue_stands_in_the_energy_stands_and_the_facility_is_refused() -> None:
    hours = [summed(), summed(UTILITY, late=1, pue_declared=1.5)]
    lenient, strict = totals(hours), totals(hours, least=0.9)
    assert (lenient.energy, lenient.facility) == (kwh(30), kwh(15))
    assert (strict.energy, strict.refused, strict.facility) == (kwh(30), None, None)
    told = figures(strict)
    assert (told["energy_kwh"], told["facility_kwh"]) == (30, None)
    assert (told["energy_hours"], told["facility_hours"]) == (2, 1)
    assert (told["missing_share"], told["facility_missing_share"]) == (0.0, 0.5)
    refused = "energy across the boundary of 2026-03-10: 50 % is known"
    assert str(told["facility_refused"]).startswith(refused)


def test_hours_of_an_older_carbond_keep_what_they_said() -> None:
    old = replace(
        summed(), facility=kwh(2), grid=None, coverages={}, coverage=Coverage(measured=0.5)
    )
    found = totals([old])
    assert (found.facility, found.energy) == (kwh(2), kwh(2))
    assert found.coverages[Metered.FACILITY] == found.coverage == Coverage(measured=0.5)


@settings(max_examples=60)
@given(silent=st.sets(st.sampled_from(list(ALL))), declared=st.sampled_from([None, 1.2, 1.5, 2.0]))
def test_the_energy_of_a_site_is_of_all_meters_of_its_boundary_or_it_x_pue(
    silent: set[str], declared: float | None
) -> None:
    """Law: a meter that is silent never makes the energy smaller as if it had measured nothing."""
    found = summed(silent, pue_declared=declared)
    whole = silent.isdisjoint(BOUNDARY)
    assert found.facility == (kwh(15) if whole else None)
    assert found.grid == (kwh(12) if silent.isdisjoint(UTILITY) else None)
    total = totals([found])
    it = sum(ALL[name] for name in ("rack-1", "rack-2") if name not in silent)
    stands_in = not whole and declared is not None and it > 0
    expected = 15.0 if whole else it * (declared or 0) if stands_in else None
    assert total.energy == (None if expected is None else kwh(expected))
    known = found.coverages[Metered.FACILITY if whole else Metered.IT]
    assert total.coverage.known == pytest.approx(known.known if whole or stands_in else 0.0)
    assert totals([found], least=1.0).facility in (None, kwh(15))
