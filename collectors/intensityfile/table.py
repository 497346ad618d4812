"""From the lines of a CSV file to intensities. Pure; what is wrong is named by its line."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.model import Intensity, Kind, Mix
from agent.units import GramsPerKwh
from agent.web import amount_of, moment_of
from config.quantities import duration_of

SOURCE = "file"
COLUMNS = ("start", "intensity", "kind", "mix", "period", "estimated", "forecast", "updated")
REQUIRED = ("start", "intensity")
MISSING = {"", "na", "n/a", "null"}
WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False, "": False}
PERIOD = timedelta(hours=1)


class BadLine(Exception):
    """A line that cannot be read: its number, and what is wrong."""

    def __init__(self, line: int, cause: str) -> None:
        super().__init__(f"{line}: {cause}")


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is known of all lines from elsewhere."""

    grid: str
    zone: str
    kinds: tuple[Kind, ...]
    mix: Mix
    changed_at: datetime
    """When the file was written: the version of lines that give none."""

    fetched_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Identity:
    """What no two lines may have in common."""

    kind: Kind
    mix: Mix
    forecast: bool
    start: datetime
    period: timedelta
    updated: datetime | None


def intensities_of(text: str, about: About) -> Sequence[Intensity]:
    """Return the lines of the kinds and the mix asked for.

    A line without a value is missing, not zero. Raises BadLine.
    """
    seen: dict[_Identity, int] = {}
    intensities: list[Intensity] = []
    for line, row in _rows_of(text, about):
        try:
            identity = _identity_of(row, about)
            value = _value_of(row["intensity"])
            estimated = _truth_of(row, "estimated")
        except ValueError as error:
            raise BadLine(line, str(error)) from error
        if identity in seen:
            raise BadLine(line, f"the same hour stands in line {seen[identity]}: remove one")
        seen[identity] = line
        wanted = identity.kind in about.kinds and identity.mix is about.mix
        if value is not None and wanted:
            intensities.append(_intensity_of(identity, value, about, estimated=estimated))
    return intensities


def _rows_of(text: str, about: About) -> Iterator[tuple[int, Mapping[str, str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        _check_header(header, about)
        for cells in reader:
            if len(cells) not in {0, len(header)}:
                raise BadLine(reader.line_num, f"{len(cells)} cells under {len(header)} columns")
            if any(cell.strip() for cell in cells):
                row = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
                yield reader.line_num, row
    except csv.Error as error:
        raise BadLine(reader.line_num, str(error)) from error


def _check_header(header: Sequence[str], about: About) -> None:
    for name in REQUIRED:
        if name not in header:
            raise BadLine(1, f"there is no column {name!r}: the first line names the columns")
    for place, name in enumerate(header):
        if name not in COLUMNS:
            raise BadLine(1, f"unknown column {name!r}: allowed are {', '.join(COLUMNS)}")
        if name in header[:place]:
            raise BadLine(1, f"the column {name!r} stands twice")
    if "kind" not in header and len(about.kinds) != 1:
        kinds = ", ".join(about.kinds)
        raise BadLine(
            1, f"there is no column 'kind' but `kinds` is {kinds}: add it, or name one kind"
        )


def _identity_of(row: Mapping[str, str], about: About) -> _Identity:
    start = moment_of(row["start"])
    if start is None:
        raise ValueError("start is empty")
    kind = row.get("kind") or (about.kinds[0] if len(about.kinds) == 1 else "")
    if kind not in set(Kind):
        raise ValueError(f"kind is {kind!r}: allowed are {', '.join(Kind)}")
    mix = row.get("mix") or about.mix
    if mix not in set(Mix):
        raise ValueError(f"mix is {mix!r}: allowed are {', '.join(Mix)}")
    return _Identity(
        kind=Kind(kind),
        mix=Mix(mix),
        forecast=_truth_of(row, "forecast"),
        start=start,
        period=_period_of(row.get("period", "")),
        updated=moment_of(row["updated"]) if row.get("updated") else None,
    )


def _period_of(cell: str) -> timedelta:
    try:
        return duration_of(cell) if cell else PERIOD
    except ValueError as error:
        raise ValueError(f"period {error}") from error


def _value_of(cell: str) -> float | None:
    if cell.lower() in MISSING:
        return None
    try:
        return amount_of(cell)
    except ValueError as error:
        raise ValueError(
            f"intensity {error}: write g CO2e per kWh, such as 187.5, or NA"
        ) from error


def _truth_of(row: Mapping[str, str], name: str) -> bool:
    cell = row.get(name, "")
    if cell.lower() not in WORDS:
        raise ValueError(f"{name} is {cell!r}: write true or false")
    return WORDS[cell.lower()]


def _intensity_of(identity: _Identity, value: float, about: About, *, estimated: bool) -> Intensity:
    return Intensity(
        grid=about.grid,
        kind=identity.kind,
        source=SOURCE,
        zone=about.zone,
        start=identity.start,
        period=identity.period,
        value=GramsPerKwh(value),
        fetched_at=about.fetched_at,
        updated_at=identity.updated or about.changed_at,
        # What is said before the hour is never measured.
        estimated=estimated or identity.forecast,
        method="forecast" if identity.forecast else "",
        mix=identity.mix,
        forecast=identity.forecast,
    )
