"""`carbond report`: the same figures as everywhere, in words, as JSON and as CSV."""

import csv
import io
import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.accounting.metering.tree import Tree
from agent.accounting.periods.calendar import period_of
from agent.accounting.periods.figures import figures
from agent.cli import main
from agent.cli.report import period_in
from agent.cli.report_chart import chart_lines
from agent.cli.report_text import lines_of
from agent.errors import ConfigError
from agent.figures import energy, mass
from agent.ledger import Ledger, Repair, open_reader, site_named, status_of
from agent.ledger.hours.totals import totals
from agent.model import HOUR, DeviceNow, MeterId
from agent.reports.report import Report, report_of
from agent.units import JOULES_PER_KWH, Joules
from tests.clocks import HandClock
from tests.console.floor import END, SITE, TOTALS, counted
from tests.ledger.books import START, intensity, open_ledger

DAY = "2026-03-10"
NOW = END + timedelta(minutes=1)


def report(path: Path, name: str = DAY, now: datetime = NOW) -> Report:
    with closing(open_reader(path)) as connection:
        site = site_named(connection, SITE.name)
        period = period_of(name, site.timezone)
        return report_of(connection, site, period, status_of(path), now=now)


def text_of(found: Report, width: int = 80) -> list[str]:
    return [line.plain.rstrip().replace("\N{THIN SPACE}", " ") for line in lines_of(found, width)]


DAY_SO_FAR = """\
fra · Tuesday, 10 March 2026
Europe/Berlin · so far, at 13:21: 13 of 24 hours are over · read since
2026-03-10 10:00
────────────────────────────────────────────────────────────────────────────────

Energy
  facility          46.7 kWh     25.0 % known
  from the grid     46.7 kWh     25.0 % known
  IT                33.3 kWh     25.0 % known
  loss, feeds       1.67 kWh     lost or not metered between UPSs and racks:
                                 3.6 % of the facility's
  loss, racks          0 Wh      lost or not metered between racks and what is
                                 in them: 0.0 % of the facility's
  unattributed      1.67 kWh     3.6 % of the facility's · 25.0 % known
  mean power        14.0 kW      highest 14.0 kW, in the hour from 10:00

PUE
  iPUE2             1.40         category 2: IT measured at the PDU output,
                                 23.8 % of the time

Emissions
  location-based    13.8 kg      296 g/kWh, 70.0 % final · 30.0 % estimated
  lifecycle         16.1 kg      70.0 % final · 30.0 % estimated
  marginal          28.0 kg      all final

Indicators
  CUE              0.414 kg/kWh  location-based emissions of the electricity
                                 from the grid, direct factors; 28.6 % of the
                                 hours, interim

  power, mean                         █ █ █ █                      14.0 kW
                                      █ █ █ █
                                      █ █ █ █
                                      █ █ █ █                      0
                  00    03    06    09    12    15    18    21
  intensity                           ▇ █ ▆ ▅                      320 g/kWh
                                      █ █ █ █                      0
                                          ~
                  ~ estimated

Largest racks and devices
                      energy    of IT      mean    known   emitted
  1                 20.0 kWh   60.0 %   6.00 kW   99.5 %   8.29 kg  ▪▪▪▪▪▪▪▪▪▪▪▪
  2                 13.3 kWh   40.0 %   4.00 kW   99.5 %   5.53 kg  ▪▪▪▪▪▪▪▪

Needs a look
  nothing
"""


async def test_a_day_so_far_reads_like_this(ledger: Ledger) -> None:
    assert text_of(report(ledger.path)) == DAY_SO_FAR.splitlines()


@pytest.mark.parametrize("name", [DAY, "2026-03", "2026"])
async def test_its_figures_are_those_of_the_period_and_its_parts_add_up_to_them(
    ledger: Ledger, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert main(["report", name, "--ledger", str(ledger.path), "--json"]) == 0
    (said,) = json.loads(capsys.readouterr().out)
    until = datetime.strptime(said["figures"]["until"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    with closing(open_reader(ledger.path)) as connection:
        site = site_named(connection, SITE.name)
        found = totals(connection, site, period_of(name, site.timezone), until=until)
    assert said["figures"].items() >= json.loads(json.dumps(figures(found))).items()
    for sum_of in ("energy_kwh", "facility_kwh", "it_kwh", "emissions_location_kg"):
        parts = [one[sum_of] for one in said["parts"] if one[sum_of] is not None]
        assert sum(parts) == pytest.approx(said["figures"][sum_of])
    assert len(said["parts"]) == {DAY: 24, "2026-03": 31, "2026": 12}[name]
    racks = sum(one["energy_kwh"] for one in said["shares"])
    assert racks == pytest.approx(said["figures"]["it_kwh"]), "racks 1 and 2 are all of its IT"


async def test_what_it_prints_is_what_its_json_says(
    ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    ask = ["report", DAY, "--ledger", str(ledger.path)]
    assert main(ask) == 0
    text = capsys.readouterr().out
    assert main([*ask, "--json"]) == 0
    (said,) = json.loads(capsys.readouterr().out)
    lines = {line[:18].strip(): line[18:32].strip() for line in text.splitlines()}
    told = said["figures"]
    for name, key in (
        ("facility", "facility_kwh"),
        ("IT", "it_kwh"),
        ("from the grid", "grid_kwh"),
    ):
        assert lines[name] == energy(told[key] * JOULES_PER_KWH)
    assert lines["location-based"] == mass(told["emissions_location_kg"] * 1000)
    assert lines["marginal"] == mass(told["emissions_marginal_kg"] * 1000)
    assert lines[told["pue_name"]] == f"{told['pue']:.2f}"


async def test_csv_is_the_period_and_then_its_parts_with_all_figures(
    ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", DAY, "--ledger", str(ledger.path), "--csv"]) == 0
    whole, *parts = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert (whole["period"], parts[0]["period"]) == (DAY, "2026-03-09T23:00Z")
    hours = [float(one["energy_kwh"]) for one in parts if one["energy_kwh"]]
    assert hours == pytest.approx([14, 14, 14, 14 / 3])
    assert sum(hours) == pytest.approx(float(whole["energy_kwh"]))
    assert parts[0]["energy_kwh"] == "", "missing is never zero"
    assert parts[0]["pue_interim"] == "true"


def refusing(folder: Path, clock: HandClock) -> Ledger:
    """A ledger of the same meters whose site asks for 90 % of everything."""
    site = replace(SITE, least_coverage=0.9)
    return open_ledger(folder, clock, tree=Tree.of([site], TOTALS))


async def test_what_is_refused_is_a_dash_and_says_why(tmp_path: Path, clock: HandClock) -> None:
    ledger = refusing(tmp_path, clock)
    try:
        clock.at = START + HOUR
        for name, watts in (("grid", 14_000.0), ("rack-1-a", 6_000.0)):
            await ledger.book(list(counted(name, START, clock.at, watts)))
        await ledger.book([intensity(300, START, updated=clock.at)])
        await ledger.tend()
        found = report(ledger.path, now=clock.at + timedelta(minutes=5))
    finally:
        ledger.close()
    text = " ".join(" ".join(text_of(found, 100)).split())
    assert "facility – refused: energy across the boundary of 2026-03-10: 9." in text
    assert "less than the least coverage of 90 % that the settings ask of fra" in text
    assert "location-based – refused: " in text
    assert " 0 kWh" not in text
    assert found.parts[10].watts == pytest.approx(14_000), "an hour is shown for what is known"


async def test_a_gap_stays_a_gap_and_an_estimate_has_a_sign_of_its_own(
    tmp_path: Path, clock: HandClock
) -> None:
    ledger = open_ledger(tmp_path, clock, tree=Tree.of([SITE], TOTALS))
    try:
        for hour in (0, 2):
            start = START + hour * HOUR
            clock.at = start + HOUR
            await ledger.book(list(counted("grid", start + timedelta(minutes=1), clock.at, 9_000)))
            await ledger.book([intensity(300, start, updated=clock.at, estimated=hour == 2)])
            await ledger.tend()
            clock.at += timedelta(minutes=10)
            await ledger.tend()
        clock.at += HOUR
        await ledger.repair(unknown(START + HOUR))
        await ledger.tend()
        found = report(ledger.path, now=clock.at)
    finally:
        ledger.close()
    lines = [line.plain for line in chart_lines(found, 80)]
    place = 18 + 2 * 10
    assert lines[3][place : place + 6] == "█   █ ", "the hour from 11:00 is not known"
    (signs,) = [line for line in lines if line.strip() == "~"]
    assert signs.index("~") == place + 4


def unknown(start: datetime) -> Repair:
    return Repair(
        meter=MeterId("grid"),
        start=start,
        end=start + HOUR,
        energy=None,
        who="m",
        why="open clamps",
    )


async def test_what_was_restated_and_what_was_closed_is_told(
    ledger: Ledger, clock: HandClock
) -> None:
    clock.at = END + 2 * HOUR
    await ledger.tend()
    said = Repair(
        meter=MeterId("grid"),
        start=START,
        end=START + HOUR,
        energy=Joules(15 * JOULES_PER_KWH),
        who="m. ohm",
        why="read by hand",
    )
    await ledger.repair(said)
    await ledger.tend()
    text = "\n".join(text_of(report(ledger.path, now=clock.at), 100))
    assert (
        "Restated\n  1 hour of it; `carbond ledger restatements` has what was said before" in text
    )
    assert "repair 1 by m. ohm: read by hand" in text
    assert "· as restated" not in text, "the day is not over"


async def test_who_does_not_answer_needs_a_look_while_the_period_runs(ledger: Ledger) -> None:
    found = text_of(report_with(ledger.path, SILENT, END + timedelta(minutes=1)))
    at = found.index("Needs a look")
    assert found[at + 1] == "  rack-2-a  no answer within 3 s, since 2026-03-10 13:00"
    assert found[at + 2].startswith("  → look at its power")
    later = text_of(report_with(ledger.path, SILENT, END + timedelta(days=2)))
    assert not any("no answer within" in line for line in later)


SILENT = DeviceNow(
    name="rack-2-a",
    kind="snmp",
    up=False,
    since=START + 3 * HOUR,
    error="rack-2-a: no answer within 3 s",
)


def report_with(path: Path, state: DeviceNow, now: datetime) -> Report:
    status = replace(status_of(path), devices=[state])
    with closing(open_reader(path)) as connection:
        site = site_named(connection, SITE.name)
        return report_of(connection, site, period_of(DAY, SITE.timezone), status, now=now)


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("today", "2026-03-10"),
        ("yesterday", "2026-03-09"),
        ("last-month", "2026-02"),
        ("last-year", "2025"),
        ("month", "2026-03"),
        ("year", "2026"),
        ("2026-02", "2026-02"),
    ],
)
def test_words_are_periods_of_the_sites_own_time(word: str, name: str) -> None:
    night = datetime(2026, 3, 9, 23, 30, tzinfo=UTC)
    assert period_in(word, SITE, night).name == name, "in Berlin it is the tenth already"


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("2026-13", "there is no such month"),
        ("2027", "has not begun at fra"),
        ("lately", "or one of today, month, year, yesterday, last-month, last-year"),
        ("", "must be a day such as"),
    ],
)
def test_what_is_no_period_is_told_with_the_way_out(word: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        period_in(word, SITE, NOW)


async def test_a_period_of_which_nothing_is_booked_says_so(
    ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", "2025", "--ledger", str(ledger.path)]) == 0
    assert "Nothing is booked in it.\n" in capsys.readouterr().out


async def test_a_site_that_there_is_not_is_told_with_those_there_are(
    ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", DAY, "--ledger", str(ledger.path), "--site", "ham"]) == 2
    assert "the ledger has no site 'ham': it has fra" in capsys.readouterr().err


@pytest.mark.parametrize("width", [80, 100, 120])
async def test_no_line_is_wider_than_the_terminal(ledger: Ledger, width: int) -> None:
    found = report(ledger.path)
    assert max(map(len, text_of(found, width))) <= width
