"""What `carbond status` says of an hour."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.cli import main
from agent.cli.status import hour_lines
from agent.ledger import writer
from agent.model import Coverage, Fallback, HourIntensity, Kind, SiteHour
from agent.units import Grams, GramsPerKwh, Joules
from tests.clocks import HandClock
from tests.console.floor import furnish, tree
from tests.ledger import books
from tests.ledger.books import open_ledger

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def intensity(kind: Kind) -> HourIntensity:
    return HourIntensity(
        kind=kind,
        value=GramsPerKwh(300.0),
        source="em",
        version=START,
        estimated=False,
        coverage=1.0,
    )


HOUR = SiteHour(
    site="fra1",
    hour=START,
    version=2,
    closed=True,
    facility=Joules(7_200_000),
    it=Joules(3_600_000),
    pue=None,
    intensities={kind: intensity(kind) for kind in Kind},
    emissions={kind: Grams(600.0) for kind in Kind},
    coverage=Coverage(measured=0.5, interpolated=0.25),
    meters=(),
)


def line(hour: SiteHour, word: str) -> str:
    return next(one.plain for one in hour_lines(hour) if one.plain.split()[0] == word)


def test_only_direct_average_emissions_are_called_location_based() -> None:
    assert "600\N{THIN SPACE}g location-based at 300 g/kWh (em)" in line(HOUR, "direct")
    assert "location" not in line(HOUR, "lifecycle") + line(HOUR, "marginal")


def test_what_stood_in_for_an_intensity_is_said_beside_that_it_is_estimated() -> None:
    used = replace(intensity(Kind.DIRECT), estimated=True, fallback=Fallback.LAST_YEAR)
    hour = replace(HOUR, intensities={Kind.DIRECT: used})
    assert line(hour, "direct").endswith("(em, estimated, fallback: last-year)")


def test_what_is_known_of_an_hour_is_split() -> None:
    assert line(HOUR, "energy").endswith("known 75.0 % (interpolated 25.0 %)")
    running = replace(HOUR, closed=False)
    assert "known 75.0 % of the hour so far (interpolated 25.0 %)" in line(running, "energy")


def test_the_day_up_to_it_is_drawn_with_its_gaps() -> None:
    trend = [1000.0, None, 2000.0]
    (found,) = [one.plain for one in hour_lines(HOUR, trend) if "24 hours" in one.plain]
    assert found == "  24 hours   ▁ █  1.00\N{THIN SPACE}kW to 2.00\N{THIN SPACE}kW"


async def test_json_has_the_day_and_colours_are_for_terminals_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("PAUSE", "LONGEST_PAUSE"):
        monkeypatch.setattr(writer, name, 0.0)
    clock = HandClock(books.START)
    ledger = open_ledger(tmp_path, clock, tree=tree())
    try:
        await furnish(ledger, clock)
        assert main(["status", "--ledger", str(ledger.path), "--json"]) == 0
        said = json.loads(capsys.readouterr().out)
        assert main(["status", "--ledger", str(ledger.path)]) == 0
    finally:
        ledger.close()
    powers = said["power_24h_watts"]["fra"]
    assert len(powers) == 24
    assert powers[-4:] == pytest.approx([14_000] * 4)
    assert powers[:20] == [None] * 20
    text = capsys.readouterr().out
    assert "\x1b" not in text
    assert "  24 hours   " in text


def test_a_ledger_without_readings_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    open_ledger(tmp_path, HandClock(START)).close()
    assert main(["status", "--ledger", str(tmp_path / "ledger.db")]) == 0
    assert "readings   none yet" in capsys.readouterr().out
