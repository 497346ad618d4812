"""Three faulted days, over a change of the clocks and the end of a month, beside the truth."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.accounting.hours import hour_of
from agent.demo.faults import Fault, Trouble
from agent.demo.polls import MINUTES_OF_DAY, Element
from agent.demo.site import Site
from agent.ledger.file import open_reader
from agent.ledger.hours.site_hours import newest
from agent.model import HOUR, Kind, MeterId, Oddity, Register, SiteHour, Zeroed
from agent.units import grams_of
from tests.ledger.books import rows
from tests.truth.bounds import NOTHING, Hours, hours_in, largest, most_off
from tests.truth.runs import PERIODS, Run, book, missing_of, opened, polls_of, run_of

DAYS = 3
START = datetime(2026, 3, 29, tzinfo=UTC)
"""In Berlin the clocks go forward in the first hour, and April begins in the last but two."""

BETWEEN = 120.0
"""Seconds between two readings of which one is lost between them."""

SUM = 0.001
"""Of the truth, over all of the days."""


SEED = 2

RAGGED = frozenset({Trouble.STUCK, Trouble.STALE})
"""Where they begin and end, between two readings, what flowed is known by neither."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    polls = polls_of(Site(start=START, seed=SEED), DAYS)
    return asyncio.run(run_of(polls, tmp_path_factory.mktemp("days"), days=DAYS))


@pytest.fixture(scope="module")
def hours(run: Run) -> Hours:
    return hours_in(run.folder)


@pytest.fixture(scope="module")
def site_hours(run: Run) -> Sequence[SiteHour]:
    with closing(open_reader(run.folder / "ledger.db")) as connection:
        return newest(connection, "site", run.hours[0], run.hours[-1] + HOUR)


def elements(run: Run, *, counting: bool) -> Iterator[Element]:
    for device in run.polls.devices:
        yield from (one for one in device.elements if (one.shown is not None) == counting)


def true(run: Run, element: str, hour: datetime) -> int:
    return run.polls.site.energy(element, hour, hour + HOUR)


def moved(run: Run, hour: datetime) -> float:
    """By how many seconds the clock of the host was wrong at most in an hour."""
    begin = run.polls.site.seconds(hour)
    return max(
        (
            abs(step.by)
            for step in run.polls.faults.steps
            if step.start - abs(step.by) < begin + 3600 and step.end + abs(step.by) > begin
        ),
        default=0.0,
    )


def unsure(run: Run, name: str, hour: datetime) -> float:
    """The seconds of an hour that no row can tell of: the clock of the host was wrong, or the
    register itself.
    """
    begin = run.polls.site.seconds(hour)
    ragged = [
        edge
        for fault in run.polls.faults.of(name)
        if fault.trouble in RAGGED
        for edge in (fault.start, fault.end)
        if begin <= edge < begin + 3600 or begin <= edge + BETWEEN < begin + 3600
    ]
    return moved(run, hour) + BETWEEN * len(ragged)


def test_the_plan_has_everything_that_can_go_wrong(run: Run) -> None:
    faults = run.polls.faults
    assert {one.trouble for one in faults.faults} == set(Trouble)
    assert set(faults.zeroed.values()) == {Zeroed.RESTART, Zeroed.DAILY}
    assert faults.loss == 0.1
    assert {step.by > 0 for step in faults.steps} == {True, False}
    assert 45 < len(run.polls.devices) < 70


def test_the_energy_of_every_counting_meter_is_within_a_thousandth_of_the_truth(run: Run) -> None:
    off = {}
    for element in elements(run, counting=True):
        seen = run.meters[MeterId(element.name)]
        truth = run.polls.site.energy(element.name, seen.since, seen.at)
        unknown = missing_of(run.polls, element.name) * largest(run.polls.site.loads[element.name])
        low, high = -SUM * truth - unknown, SUM * truth
        booked = seen.booked or 0
        if not low <= booked - truth <= high:
            off[element.name] = f"{(booked / truth - 1):+.3%}"
    assert not off, explained(run, off)


def test_every_hour_of_a_counting_meter_is_as_right_as_it_says(run: Run, hours: Hours) -> None:
    assert not wrong_hours(run, hours, counting=True)


def test_every_hour_of_a_power_meter_lacks_no_more_than_it_says(run: Run, hours: Hours) -> None:
    assert not wrong_hours(run, hours, counting=False)


def wrong_hours(run: Run, hours: Hours, *, counting: bool) -> Mapping[str, str]:
    site, wrong = run.polls.site, {}
    for element in elements(run, counting=counting):
        facts = element.facts if counting else None
        for hour in run.hours:
            said = hours.get((element.name, hour), NOTHING)
            low, high = most_off(site, element.name, facts, hour, said)
            stepped = unsure(run, element.name, hour) * largest(site.loads[element.name])
            off = said.energy - true(run, element.name, hour)
            if not -low - stepped <= off <= high + stepped:
                wrong[f"{element.name} {hour:%d %H:%M}"] = (
                    f"{off} J, may be -{low:.0f} to {high:.0f}: {said}"
                )
    return explained(run, wrong)


def explained(run: Run, off: Mapping[str, str]) -> Mapping[str, str]:
    """Say beside each what went wrong there."""
    return {
        what: f"{said} {[str(one.trouble) for one in run.polls.faults.of(what.split()[0])]}"
        for what, said in off.items()
    }


def test_what_power_meters_lack_over_all_days_is_stated_as_missing(run: Run, hours: Hours) -> None:
    for element in elements(run, counting=False):
        site, name = run.polls.site, element.name
        said = [hours.get((name, hour), NOTHING) for hour in run.hours]
        truth = sum(true(run, name, hour) for hour in run.hours)
        lacking = truth - sum(one.energy for one in said)
        missing = sum(one.missing for one in said)
        assert -SUM * truth < lacking < missing * largest(site.loads[name]) + SUM * truth
        assert missing < 0.02 * 3600 * len(said)


def test_no_energy_is_below_zero_and_no_hour_is_longer_than_an_hour(run: Run, hours: Hours) -> None:
    assert all(one.energy >= 0 for one in hours.values())
    for (_, hour), one in hours.items():
        assert one.measured + one.interpolated <= 3600.001 + moved(run, hour)


def silences(run: Run) -> Iterator[tuple[Fault, datetime, datetime]]:
    for fault in run.polls.faults.faults:
        if fault.trouble is Trouble.DEAD:
            midnight = run.polls.site.midnight
            yield (
                fault,
                midnight + timedelta(seconds=fault.start),
                midnight + timedelta(seconds=fault.end),
            )


def test_of_a_dead_hour_a_counter_keeps_the_sum_and_a_power_meter_has_nothing(
    run: Run, hours: Hours
) -> None:
    counting = {one.name for one in elements(run, counting=True)}
    for fault, begin, end in silences(run):
        first, last = hour_of(begin), hour_of(end)
        touched = [first + HOUR * number for number in range((last - first) // HOUR + 1)]
        said = [hours.get((fault.name, hour), NOTHING) for hour in touched]
        dead = (end - begin).total_seconds()
        if fault.name in counting:
            assert sum(one.interpolated for one in said) >= dead
            assert sum(one.missing for one in said) < 1
            truth = sum(true(run, fault.name, hour) for hour in touched)
            assert sum(one.energy for one in said) == pytest.approx(truth, rel=0.05)
        else:
            assert sum(one.missing for one in said) >= dead
            assert sum(one.interpolated for one in said) == 0


FOUND = {
    Trouble.RESET: Oddity.RESET,
    Trouble.ROLLOVER: Oddity.ROLLOVER,
    Trouble.HIGH: Oddity.GLITCH,
    Trouble.LOW: Oddity.GLITCH,
    Trouble.STUCK: Oddity.STUCK,
    Trouble.STALE: Oddity.STUCK,
    Trouble.REPLACED: Oddity.REPLACED,
}


def expected(run: Run) -> Counter[tuple[str, str]]:
    """What should be found of each meter, as often as it was there to be seen."""
    found: Counter[tuple[str, str]] = Counter()
    faults = run.polls.faults
    counting = {one.name for one in elements(run, counting=True)}
    for fault in faults.faults:
        if fault.name not in counting:
            continue
        if fault.trouble in FOUND and (run.polls.met[fault] or not _brief(fault)):
            found[fault.name, FOUND[fault.trouble]] += 1
        if fault.trouble is Trouble.RESTART and faults.zeroed.get(fault.name) is Zeroed.RESTART:
            found[fault.name, Oddity.RESTART] += 1
    for name, zeroed in faults.zeroed.items():
        if zeroed is Zeroed.DAILY:
            found[name, Oddity.DAY] += DAYS
    return found


def _brief(fault: Fault) -> bool:
    """Whether it may pass between two answers."""
    return fault.trouble in {Trouble.HIGH, Trouble.LOW}


def test_each_oddity_of_a_register_is_found_once_and_nothing_else_is(run: Run) -> None:
    query = (
        "SELECT id, oddity, count(*) FROM finding JOIN meter ON number = meter GROUP BY id, oddity"
    )
    found = Counter({(name, oddity): count for name, oddity, count in rows(run.folder, query)})
    assert found == expected(run)


def test_facility_it_and_pue_of_every_hour_are_as_right_as_their_meters_say(
    run: Run, hours: Hours, site_hours: Sequence[SiteHour]
) -> None:
    site = run.polls.site
    facts: dict[str, Register] = {one.name: one.facts for one in elements(run, counting=True)}
    pdus = [pdu.name for pdu in site.pdus]
    assert [one.hour for one in site_hours] == run.hours
    for one in site_hours:
        off = {}
        for name in ("utility", *pdus):
            low, high = most_off(
                site, name, facts[name], one.hour, hours.get((name, one.hour), NOTHING)
            )
            stepped = unsure(run, name, one.hour) * largest(site.loads[name])
            off[name] = max(low, high) + stepped
        it_off = sum(off[name] for name in pdus)
        facility, it = true(run, "utility", one.hour), true(run, "it", one.hour)
        assert one.facility is not None
        assert one.it is not None
        assert one.pue is not None
        assert abs(one.facility - facility) <= off["utility"]
        assert abs(one.it - it) <= it_off
        assert one.pue.measured
        assert abs(one.pue.value / (facility / it) - 1) < off["utility"] / facility + it_off / it
        assert one.closed


def test_after_the_last_revision_emissions_are_energy_times_the_grids_last_word(
    run: Run, site_hours: Sequence[SiteHour]
) -> None:
    for one in site_hours:
        assert one.facility is not None
        for kind in (Kind.DIRECT, Kind.LIFECYCLE):
            last = run.grid.truth(kind, one.hour)
            assert one.intensities[kind].value == pytest.approx(last, rel=1e-9)
            assert not one.intensities[kind].estimated
            assert one.emissions[kind] == pytest.approx(grams_of(one.facility, last), rel=1e-9)


def test_emissions_are_true_to_what_was_used_and_to_when_it_was(
    run: Run, site_hours: Sequence[SiteHour]
) -> None:
    site = run.polls.site
    totals: Counter[Kind] = Counter()
    truth: Counter[Kind] = Counter()
    for one in site_hours:
        for kind in Kind:
            period = PERIODS[kind]
            totals[kind] += one.emissions[kind]  # type: ignore[assignment] # grams in a Counter
            for number in range(HOUR // period):
                start = one.hour + period * number
                energy = site.energy("utility", start, start + period)
                truth[kind] += grams_of(energy, run.grid.truth(kind, start, period))  # type: ignore[assignment] # grams in a Counter
    for kind in Kind:
        assert totals[kind] == pytest.approx(truth[kind], rel=SUM)


def test_each_revision_made_a_version_and_the_first_ones_are_still_there(run: Run) -> None:
    versions = rows(
        run.folder,
        "SELECT count(*), min(version), max(version) FROM site_hour WHERE version > 0"
        " AND hour_s BETWEEN ? AND ? GROUP BY hour_s",
        run.hours[0].timestamp(),
        run.hours[-1].timestamp(),
    )
    assert len(versions) == len(run.hours)
    for count, least, most in versions:
        assert (least, most) == (1, count)
        assert count >= 4


async def test_in_another_order_of_arrival_all_figures_are_the_same(
    run: Run, site_hours: Sequence[SiteHour], tmp_path: Path
) -> None:
    polls, came = run.polls, list(run.intensities)
    random.Random(7).shuffle(came)
    half = len(came) // 2
    async with opened(polls, tmp_path) as (ledger, clock):
        await ledger.book(came[:half])
        await book(enumerate(run.sums[: MINUTES_OF_DAY + 60]), ledger, clock, polls)
        await ledger.tend()
        clock.at = run.end + timedelta(days=95)
        await ledger.book(came[half:])
        await ledger.book(came)
        await ledger.tend()
    with closing(open_reader(tmp_path / "ledger.db")) as connection:
        again = newest(connection, "site", run.hours[0], run.start + timedelta(days=1))
    for one, other in zip(site_hours[: len(run.hours) // DAYS], again, strict=True):
        assert (other.facility, other.it) == (one.facility, one.it)
        assert other.pue is not None
        assert one.pue is not None
        assert other.pue.value == pytest.approx(one.pue.value, rel=1e-12)
        assert dict(other.emissions) == pytest.approx(dict(one.emissions), rel=1e-12)
        values = {kind: used.value for kind, used in one.intensities.items()}
        assert {kind: used.value for kind, used in other.intensities.items()} == pytest.approx(
            values, rel=1e-12
        )
