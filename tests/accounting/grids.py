"""Intensities for the tests, and what is known of them."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from agent.accounting.emissions.carbon import current
from agent.accounting.emissions.vintages import Known
from agent.model import HOUR, Intensity, Kind, Mix
from agent.units import GramsPerKwh
from tests.accounting.places import HOUR_9

LATER = HOUR_9 + timedelta(days=1)


def row(
    value: float,
    start: datetime = HOUR_9,
    minutes: float = 60,
    updated: datetime | None = None,
    *,
    grid: str = "de",
    kind: Kind = Kind.DIRECT,
    source: str = "em",
    mix: Mix = Mix.CONSUMPTION,
    estimated: bool = False,
    forecast: bool = False,
) -> Intensity:
    """A value in a version of a day later; a forecast in one of an hour before."""
    version = updated or (start - HOUR if forecast else start + timedelta(days=1))
    return Intensity(
        grid=grid,
        kind=kind,
        source=source,
        zone=grid.upper(),
        start=start,
        period=timedelta(minutes=minutes),
        value=GramsPerKwh(value),
        fetched_at=version,
        updated_at=version,
        mix=mix,
        estimated=estimated,
        forecast=forecast,
    )


def known_of(rows: Iterable[Intensity]) -> Known:
    """What is known if these rows are all there is."""
    all_rows = list(rows)

    def known(
        grid: str, kind: Kind, start: datetime, end: datetime, *, forecast: bool = False
    ) -> list[Intensity]:
        return current(
            one
            for one in all_rows
            if (one.grid, one.kind, one.forecast) == (grid, kind, forecast)
            and one.start < end
            and one.start + one.period > start
            and (not forecast or one.version < start)
        )

    return known
