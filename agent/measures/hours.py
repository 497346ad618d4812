"""What is shown of the hour of a site that runs, or of its last one."""

from collections.abc import Callable, Iterable

from agent.measures.family import Labels, Measure
from agent.model import Coverage, Now, SiteHour


def _of_hours(
    name: str,
    help: str,
    value_of: Callable[[SiteHour], float | None],
) -> Measure:
    return Measure(
        name=name,
        help=help,
        of=lambda now, _: (({"site": one.site}, value_of(one)) for one in _hours(now)),
    )


def _hours(now: Now) -> list[SiteHour]:
    return [site.hour for site in now.sites if site.hour is not None]


def _losses(now: Now) -> Iterable[tuple[Labels, float]]:
    for hour in _hours(now):
        for stage, loss in hour.losses.items():
            yield {"site": hour.site, "stage": stage}, loss


def _sums(
    name: str,
    help: str,
    share_of: Callable[[Coverage], float],
) -> Measure:
    return Measure(
        name=name,
        help=help,
        of=lambda now, _: (
            ({"site": hour.site, "sum": each}, share_of(one))
            for hour in _hours(now)
            for each, one in hour.coverages.items()
        ),
    )


HOUR_MEASURES: tuple[Measure, ...] = (
    _of_hours(
        "carbond_site_pue_ratio",
        "PUE of the running hour (ISO/IEC 30134-2, interim).",
        lambda hour: hour.pue.value if hour.pue else None,
    ),
    _of_hours(
        "carbond_site_pue_measured",
        "1 if the PUE is measured, 0 if declared.",
        lambda hour: int(hour.pue.measured) if hour.pue else None,
    ),
    _of_hours(
        "carbond_site_pue_coverage_ratio",
        "Share of the hour in which both sides of the PUE were measured, 0 to 1.",
        lambda hour: hour.pue.coverage if hour.pue else None,
    ),
    _of_hours(
        "carbond_site_hour_timestamp_seconds",
        "Start of the hour that is shown, in seconds since 1970.",
        lambda hour: hour.hour.timestamp(),
    ),
    _of_hours(
        "carbond_site_hour_version",
        "Version of the hour that is shown; higher each time it is computed again.",
        lambda hour: hour.version,
    ),
    _of_hours(
        "carbond_site_hour_final",
        "1 if the hour that is shown is closed, 0 while it is provisional.",
        lambda hour: int(hour.closed),
    ),
    _of_hours(
        "carbond_site_hour_coverage_ratio",
        "Share of the hour that is known, measured or interpolated, 0 to 1.",
        lambda hour: hour.coverage.known,
    ),
    _of_hours(
        "carbond_site_hour_interpolated_ratio",
        "Share of the hour that is known as a sum over a gap or a lower bound, 0 to 1.",
        lambda hour: hour.coverage.interpolated,
    ),
    _of_hours(
        "carbond_site_hour_unattributed_joules",
        "Energy in joules of the hour that no meter behind the boundary has seen.",
        lambda hour: hour.unattributed,
    ),
    _of_hours(
        "carbond_site_hour_broken_nodes",
        "Nodes out of which more flowed than into them, past their meters' errors.",
        lambda hour: len(hour.broken),
    ),
    Measure(
        name="carbond_site_hour_loss_joules",
        help="Energy in joules of the hour that was lost in one stage of the power chain.",
        of=lambda now, _: _losses(now),
    ),
    _sums(
        "carbond_site_hour_sum_coverage_ratio",
        "Share of one sum of the hour (facility, it, grid, onsite, water, reused, unattributed)"
        " that is known, measured or interpolated, 0 to 1.",
        lambda coverage: coverage.known,
    ),
    _sums(
        "carbond_site_hour_sum_interpolated_ratio",
        "Share of one sum of the hour that is known over a gap or as a lower bound only.",
        lambda coverage: coverage.interpolated,
    ),
)
