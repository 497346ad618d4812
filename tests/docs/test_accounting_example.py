"""The example of docs/accounting.md: its readings in a real ledger give its numbers."""

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

import pytest

from agent.accounting.emissions.carbon import emission_of
from agent.accounting.emissions.cfe import cfe_contracted
from agent.accounting.emissions.market import (
    Contract,
    emissions_hourly,
    matched_hourly,
    supply_of,
)
from agent.accounting.metering.tree import Tree
from agent.accounting.site import Site
from agent.ledger import Restatement, restatements_of, writer
from agent.model import (
    HOUR,
    MINUTE,
    Entry,
    Kind,
    Metered,
    MeterId,
    Reading,
    Register,
    Role,
    SiteHour,
)
from agent.units import JOULES_PER_KWH, GramsPerKwh, Joules, Watts
from tests.accounting.places import HOUR_9, meter
from tests.clocks import HandClock
from tests.docs.pages import ROOT
from tests.ledger.books import intensity, open_ledger

PAGE = (ROOT / "docs" / "accounting.md").read_text().partition("## 7. An example")[2]
LINES = " ".join(PAGE.split())
SILENT = range(21, 35)
"""Minutes in which rack-b does not answer."""

REGISTER = Register(step=Joules(3600), span=Joules(2**32 * 3600), limit=Watts(500_000))
ESTIMATED, FINAL, LIFECYCLE, RESIDUAL = 320, 300, 380, 450
CONTRACTED = 50


class Booked(NamedTuple):
    """What the ledger says of the hour, in its newest version, and what changed."""

    hour: SiteHour
    restated: Sequence[Restatement]


def readings() -> list[Reading]:
    """The readings of the page, with one each minute between its two."""
    rows = re.findall(r"^\| `(\S+)` \| ([\d.]+) \| ([\d.]+) \|$", PAGE, re.MULTILINE)
    assert len(rows) == 3
    return [
        Reading(
            meter=MeterId(name),
            at=HOUR_9 + number * MINUTE,
            register=REGISTER,
            energy=Joules(
                round((float(first) + (float(last) - float(first)) * number / 60) * JOULES_PER_KWH)
            ),
            power=Watts((float(last) - float(first)) * 1000),
        )
        for number in range(63)
        for name, first, last in rows
        if name != "rack-b" or number not in SILENT
    ]


@pytest.fixture(scope="module", autouse=True)
def at_once() -> Iterator[None]:
    """The pauses spare a disk; here they would be most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("PAUSE", "LONGEST_PAUSE"):
            patch.setattr(writer, name, 0.0)
        yield


@pytest.fixture(scope="module")
def booked(tmp_path_factory: pytest.TempPathFactory) -> Booked:
    return asyncio.run(book(tmp_path_factory.mktemp("example")))


async def book(folder: Path) -> Booked:
    """Live the hour and the day after it."""
    totals = [
        meter("main", Role.UTILITY, site="fra1"),
        meter("rack-a", Role.RACK, "main", "fra1"),
        meter("rack-b", Role.RACK, "main", "fra1"),
    ]
    clock = HandClock(HOUR_9)
    ledger = open_ledger(folder, clock, tree=Tree.of([Site(name="fra1", grid="de")], totals))
    first = intensity(ESTIMATED, HOUR_9, updated=HOUR_9 + HOUR, estimated=True)
    for at, seen in groupby(readings(), key=attrgetter("at")):
        clock.at = at
        await ledger.book([*seen])
    await ledger.book([first, replace(first, kind=Kind.LIFECYCLE, value=GramsPerKwh(LIFECYCLE))])
    clock.at = HOUR_9 + HOUR + timedelta(minutes=20)
    await ledger.tend()
    clock.move(days=1)
    await ledger.book([intensity(FINAL, HOUR_9, updated=clock.now())])
    await ledger.tend()
    entries: Sequence[Entry] = await ledger.entries_after(0, 10_000)
    ledger.close()
    hours = {one.hour.version: one.hour for one in entries if one.hour and one.hour.hour == HOUR_9}
    return Booked(
        hours[max(hours)],
        restatements_of(folder / "ledger.db", "fra1", start=HOUR_9, end=HOUR_9 + HOUR),
    )


def kwh(energy: Joules | None) -> str:
    assert energy is not None
    return f"{energy / JOULES_PER_KWH:.0f} kWh"


def percent(share: float | None) -> str:
    assert share is not None
    return f"{share:.1%}".replace("%", " %")


def assert_said(text: str) -> None:
    assert text in LINES, f"docs/accounting.md does not say {text!r}"


def test_energy_and_its_coverage_are_those_of_the_page(booked: Booked) -> None:
    for one in booked.hour.meters:
        measured, interpolated = one.measured / 3600, one.interpolated / 3600
        assert_said(
            f"| `{one.meter.id}` | {kwh(one.energy)} | {percent(measured)} |"
            f" {percent(interpolated)} |"
        )


def test_the_site_is_that_of_the_page(booked: Booked) -> None:
    hour = booked.hour
    assert hour.pue is not None
    assert hour.pue.measured
    assert_said(
        f"Facility {kwh(hour.facility)}, IT {kwh(hour.it)}, PUE {hour.pue.value:.3f}, measured,"
    )
    assert_said(f"category {hour.pue.category}. Unattributed {kwh(hour.unattributed)}:")
    facility, it = (hour.coverages[sum_].measured for sum_ in (Metered.FACILITY, Metered.IT))
    assert_said(f"Of the facility {percent(facility)} is measured, of IT {percent(it)},")


def test_both_versions_and_their_difference_are_those_of_the_page(booked: Booked) -> None:
    by_figure = {one.figure: one for one in booked.restated}
    grams, rate = by_figure["emission_direct_g"], by_figure["intensity_direct_g_per_kwh"]
    assert grams.before is not None
    assert grams.after is not None
    assert grams.after == booked.hour.emissions[Kind.DIRECT]
    assert_said(
        f"| {grams.version - 1} | 10:20 | {rate.before:.0f} g/kWh | yes | {grams.before:.0f} |"
    )
    assert_said(f"| {grams.version} | next day | {rate.after:.0f} g/kWh | no | {grams.after:.0f} |")
    assert_said(f"before {grams.before / 1000:.1f} kg, after {grams.after / 1000:.1f} kg.")
    lifecycle = booked.hour.intensities[Kind.LIFECYCLE].value
    assert_said(f"{lifecycle:.0f} g/kWh, it is {booked.hour.emissions[Kind.LIFECYCLE]:.0f} g:")


def test_the_racks_share_the_sites_emissions_as_the_page_says(booked: Booked) -> None:
    hour = booked.hour
    of_racks = {
        one.meter.id: emission_of(one, hour, Kind.DIRECT)
        for one in hour.meters
        if one.meter.role is Role.RACK
    }
    assert sum(one or 0 for one in of_racks.values()) == pytest.approx(hour.emissions[Kind.DIRECT])
    rate, pue = hour.intensities[Kind.DIRECT].value, hour.pue
    assert pue is not None
    share = of_racks[MeterId("rack-a")]
    assert_said(f"`rack-a` has 40 kWh x {pue.value:.3f} x {rate:.0f} g/kWh = {share:.0f} g,")


def test_the_market_based_figure_is_that_of_the_page(booked: Booked) -> None:
    def energy(kilowatt_hours: int) -> Joules:
        return Joules(kilowatt_hours * JOULES_PER_KWH)

    plant = Contract(market="de", hours=[energy(CONTRACTED)])
    matching = matched_hourly([booked.hour.grid], supply_of([plant], "de", 1))
    market = emissions_hourly(matching, [GramsPerKwh(RESIDUAL)])
    assert_said(f"With {kwh(energy(CONTRACTED))} delivered")
    assert_said(f"{kwh(matching.unmatched[0])} are unmatched;")
    assert_said(f"residual mix of {RESIDUAL} g/kWh they are {market.total:.0f} g.")
    assert_said(f"Carbon-free by contract are {percent(cfe_contracted(matching).score)}")
