"""What `carbond status` says of an hour."""

from dataclasses import replace
from datetime import UTC, datetime

from agent.cli.status import _hour_lines
from agent.model import Coverage, Fallback, HourIntensity, Kind, SiteHour
from agent.units import Grams, GramsPerKwh, Joules

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
    return next(one for one in _hour_lines(hour) if one.split()[0] == word)


def test_only_direct_average_emissions_are_called_location_based() -> None:
    assert "0.600 kg location-based at 300 g/kWh (em)" in line(HOUR, "direct")
    assert "location" not in line(HOUR, "lifecycle") + line(HOUR, "marginal")


def test_what_stood_in_for_an_intensity_is_said_beside_that_it_is_estimated() -> None:
    used = replace(intensity(Kind.DIRECT), estimated=True, fallback=Fallback.LAST_YEAR)
    hour = replace(HOUR, intensities={Kind.DIRECT: used})
    assert line(hour, "direct").endswith("(em, estimated, fallback: last-year)")


def test_what_is_known_of_an_hour_is_split() -> None:
    assert line(HOUR, "energy").endswith("known 75.0 % (interpolated 25.0 %)")
    running = replace(HOUR, closed=False)
    assert "known 75.0 % of the whole hour (interpolated 25.0 %)" in line(running, "energy")
