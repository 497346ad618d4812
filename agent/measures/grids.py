"""What is shown of the grids: the intensities applied now, how old they are, what is forecast.

Direct, life-cycle and marginal intensities have names of their own in what is applied and never a
label: nobody must add them up.
"""

from collections.abc import Callable, Iterable, Iterator

from agent.measures.family import Labels, Measure
from agent.model import ForecastNow, HourIntensity, Kind, Now

HORIZON = "24h"


def _applied(
    kind: Kind,
    name: str,
    help: str,
    value_of: Callable[[HourIntensity], float],
) -> Measure:
    def of(now: Now) -> Iterator[tuple[Labels, float]]:
        for site in now.sites:
            if site.hour is not None and kind in site.hour.intensities:
                one = site.hour.intensities[kind]
                yield {"site": site.site, "source": one.source}, value_of(one)

    return Measure(name=name, help=help, of=lambda now, _: of(now))


def _intensity(kind: Kind) -> tuple[Measure, ...]:
    """Return what is shown of the intensity of one kind that is applied to the running hour."""
    return (
        _applied(
            kind,
            f"carbond_grid_intensity_{kind}_grams_per_kilowatt_hour",
            f"The {kind} intensity in grams CO2e per kilowatt-hour that is applied to the running"
            " hour. Cached: as of its last version.",
            lambda intensity: intensity.value,
        ),
        _applied(
            kind,
            f"carbond_grid_intensity_{kind}_estimated",
            f"1 if the source calls the {kind} intensity an estimate, 0 if not.",
            lambda intensity: int(intensity.estimated),
        ),
        _applied(
            kind,
            f"carbond_grid_intensity_{kind}_fallback",
            f"1 if something stands in for a {kind} intensity that is missing, 0 if not.",
            lambda intensity: int(intensity.fallback is not None),
        ),
        _applied(
            kind,
            f"carbond_grid_intensity_{kind}_coverage_ratio",
            f"Share of the running hour that the {kind} intensity has points of, 0 to 1.",
            lambda intensity: intensity.coverage,
        ),
    )


def _ages(now: Now) -> Iterable[tuple[Labels, float]]:
    for site in now.sites:
        for kind, until in site.known_until.items():
            yield {"site": site.site, "kind": kind}, max((now.at - until).total_seconds(), 0.0)


def _forecast(bound: str, value_of: Callable[[ForecastNow], float]) -> Measure:
    return Measure(
        name=f"carbond_grid_forecast_{bound}_grams_per_kilowatt_hour",
        help=(
            f"The {bound} intensity in grams CO2e per kilowatt-hour that is forecast for the next"
            " 24 hours."
        ),
        of=lambda now, _: (
            ({"site": site.site, "kind": kind, "horizon": HORIZON}, value_of(one))
            for site in now.sites
            for kind, one in site.forecasts.items()
        ),
    )


GRID_MEASURES: tuple[Measure, ...] = (
    *(one for kind in Kind for one in _intensity(kind)),
    Measure(
        name="carbond_grid_intensity_age_seconds",
        help=(
            "Time in seconds since the end of the newest interval that is known of an intensity,"
            " forecasts left out; 0 while it covers now."
        ),
        of=lambda now, _: _ages(now),
    ),
    _forecast("highest", lambda one: one.highest),
    _forecast("lowest", lambda one: one.lowest),
)
