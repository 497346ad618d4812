"""A site's hours: provisional, closed, and computed again when something better arrives."""

from datetime import timedelta
from pathlib import Path

import pytest

from agent.ledger import Ledger
from agent.model import HOUR, Kind, SiteHour
from agent.units import JOULES_PER_KWH
from tests.clocks import HandClock
from tests.ledger.books import START, day, intensity, open_ledger, rows

END = START + HOUR


async def a_full_hour(folder: Path, clock: HandClock) -> Ledger:
    ledger = open_ledger(folder, clock)
    for device, watts in (("grid", 14_000), ("rack-1-a", 6_000), ("rack-2-a", 4_000)):
        await ledger.book(day(device, START, 60, watts))
    return ledger


async def hours(ledger: Ledger) -> list[SiteHour]:
    return [one.hour for one in await ledger.entries_after(0, 1000) if one.hour is not None]


async def test_a_closed_hour_has_its_energies_pue_intensity_and_emission(tmp_path: Path) -> None:
    clock = HandClock(END + timedelta(minutes=3))
    ledger = await a_full_hour(tmp_path, clock)
    await ledger.book([intensity(300, START, updated=END)])
    await ledger.tend()
    (hour,) = await hours(ledger)
    assert (hour.site, hour.hour, hour.version, hour.closed) == ("fra", START, 1, True)
    assert hour.facility == 14 * JOULES_PER_KWH
    assert hour.it == 10 * JOULES_PER_KWH
    assert hour.pue is not None
    assert hour.pue.value == pytest.approx(1.4)
    assert hour.emissions == {Kind.DIRECT: pytest.approx(4200)}
    assert {one.meter.device for one in hour.meters} == {"grid", "rack-1-a", "rack-2-a"}
    ledger.close()


async def test_without_an_intensity_there_is_no_emission_until_it_arrives(tmp_path: Path) -> None:
    clock = HandClock(END + timedelta(minutes=3))
    ledger = await a_full_hour(tmp_path, clock)
    await ledger.tend()
    (hour,) = await hours(ledger)
    assert hour.emissions == {}
    clock.move(days=1)
    await ledger.book([intensity(300, START, updated=END)])
    await ledger.tend()
    assert (await hours(ledger))[-1].emissions == {Kind.DIRECT: pytest.approx(4200)}
    ledger.close()


async def test_a_revision_makes_a_new_version_and_the_old_one_stays(tmp_path: Path) -> None:
    clock = HandClock(END + timedelta(minutes=3))
    ledger = await a_full_hour(tmp_path, clock)
    for value, updated in ((300, END), (250, END + HOUR), (300, END + timedelta(minutes=30))):
        await ledger.book([intensity(value, START, updated=updated)])
        await ledger.tend()
    found = rows(tmp_path, "SELECT version, emission_g FROM site_emission ORDER BY version")
    assert found == [(1, pytest.approx(4200)), (2, pytest.approx(3500))]
    assert rows(tmp_path, "SELECT count(*) FROM intensity") == [(3,)]
    ledger.close()


async def test_computing_again_without_a_change_writes_nothing(tmp_path: Path) -> None:
    clock = HandClock(END + timedelta(minutes=3))
    ledger = await a_full_hour(tmp_path, clock)
    await ledger.book([intensity(300, START, updated=END)])
    await ledger.tend()
    before = rows(tmp_path, "SELECT max(position) FROM entry")
    await ledger.book([intensity(300, START, updated=END)])
    await ledger.tend()
    assert rows(tmp_path, "SELECT max(position) FROM entry") == before
    ledger.close()


async def test_the_running_hour_is_version_0_and_written_over(tmp_path: Path) -> None:
    clock = HandClock(START + timedelta(minutes=30))
    ledger = await a_full_hour(tmp_path, clock)
    await ledger.tend()
    clock.move(minutes=10)
    await ledger.book([intensity(300, START, updated=clock.now())])
    await ledger.tend()
    assert rows(tmp_path, "SELECT version FROM site_hour") == [(0,)]
    clock.move(minutes=30)
    await ledger.tend()
    assert rows(tmp_path, "SELECT version FROM site_hour") == [(0,), (1,)]
    ledger.close()


async def test_what_became_stale_before_a_crash_is_computed_after_it(tmp_path: Path) -> None:
    clock = HandClock(END + timedelta(minutes=3))
    (await a_full_hour(tmp_path, clock)).close()
    ledger = open_ledger(tmp_path, clock)
    await ledger.tend()
    assert [hour.version for hour in await hours(ledger)] == [1]
    ledger.close()


async def test_intensities_of_hours_without_energy_are_kept_and_make_no_hours(
    tmp_path: Path,
) -> None:
    clock = HandClock(END)
    ledger = open_ledger(tmp_path, clock)
    await ledger.book([intensity(300, START - n * HOUR, updated=END) for n in range(240)])
    await ledger.tend()
    assert await hours(ledger) == []
    assert sum(len(one.intensities) for one in await ledger.entries_after(0, 1000)) == 240
    ledger.close()


async def test_marginal_and_average_stand_beside_each_other(tmp_path: Path) -> None:
    clock = HandClock(END + timedelta(minutes=3))
    ledger = await a_full_hour(tmp_path, clock)
    await ledger.book(
        [
            intensity(300, START, updated=END),
            intensity(380, START, updated=END, kind=Kind.LIFECYCLE),
            intensity(700, START, updated=END, kind=Kind.MARGINAL, grid="wt"),
        ]
    )
    await ledger.tend()
    (hour,) = await hours(ledger)
    assert hour.emissions == {
        Kind.DIRECT: pytest.approx(4200),
        Kind.LIFECYCLE: pytest.approx(5320),
        Kind.MARGINAL: pytest.approx(9800),
    }
    ledger.close()


async def test_the_present_has_powers_energies_and_emissions_of_the_local_day(
    tmp_path: Path,
) -> None:
    clock = HandClock(END)
    ledger = await a_full_hour(tmp_path, clock)
    await ledger.book([intensity(300, START, updated=END)])
    await ledger.tend()
    clock.move(minutes=1)
    now = await ledger.now([])
    (site,) = now.sites
    assert (site.power, site.it_power) == (14_000, 10_000)
    assert site.energy_today == 14 * JOULES_PER_KWH
    assert site.emissions_today == {Kind.DIRECT: pytest.approx(4200)}
    assert {one.meter.device: one.booked for one in now.meters}["grid"] == 14 * JOULES_PER_KWH
    clock.move(minutes=5)
    (site,) = (await ledger.now([])).sites
    assert site.power is None, "an old power is not the power now"
    ledger.close()
