"""Tables of cloud region metadata: a row for each region of a provider in a year.

They are read by the names of their columns, in the form of the Green Software Foundation's table.
What is not available (a blank, NA) is an error where it is used: it is not zero, and no other
column and no other row stands in for it.
"""

import csv
import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.errors import ConfigError
from config.problems import listed, nearest, quoted

YEAR, PROVIDER, REGION = KEY = ("year", "cloud-provider", "cloud-region")
PUE = "power-usage-effectiveness"
AVERAGE_CONSUMPTION = "grid-carbon-intensity-average-consumption-annual"

LIMITS: Mapping[str, tuple[float, float]] = {
    PUE: (1, 10),
    "provider-cfe-hourly": (0, 1),
    "provider-cfe-annual": (0, 1),
}
"""The least and the most of a column; of all others the least is zero."""

RENAMED: Mapping[str, str] = {
    "cfe-hourly": "provider-cfe-hourly",
    "cfe-annual": "provider-cfe-annual",
    "power-usage-efficiency": PUE,
    "net-carbon": "provider-carbon-intensity-market-annual",
    "grid-carbon-intensity-24x7": "provider-carbon-intensity-average-consumption-hourly",
    "grid-carbon-intensity-consumption": AVERAGE_CONSUMPTION,
    "grid-carbon-intensity-marginal": "grid-carbon-intensity-marginal-consumption-annual",
    "grid-carbon-intensity-production": "grid-carbon-intensity-average-production-annual",
}
"""Columns of the table's editions before 2024, and what they are called since."""

OLD_EDITION = "grid-carbon-intensity-24x7"
OTHER_THEN = "grid-carbon-intensity"
"""In an old edition it repeats the provider's average, later it is a marginal mean of the grid."""

NOT_AVAILABLE = frozenset({"", "na", "n/a", "nan"})
LARGEST = 32 * 10**6
"""Bytes of a table; the published one has 46,000."""

_UNNAMED = re.compile(r"(Unnamed: \d+)?")
_ABSENT = "is no column of this table (editions before 2024 have fewer, and other meanings)"
_NUMBER = re.compile(r"-?\d+(\.\d*)?([eE][-+]?\d{1,3})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One region of one provider in one year, and where that stands."""

    path: Path
    line: int
    year: int
    provider: str
    region: str
    cells: Mapping[str, str]
    """What stands under each column, by the name that the column has today."""

    @property
    def source(self) -> str:
        """What to call it where a value of it is used."""
        return f"{self.path.name}, {self.provider} {self.region} {self.year}"

    def has(self, column: str) -> bool:
        """Whether a value of a column is available, be it right or wrong."""
        return self.cells.get(column, "").lower() not in NOT_AVAILABLE

    def number(self, column: str) -> float:
        """Return the number in a column, in the unit of the standard.

        Raises ConfigError, naming file, line and column, where it is not available, is no number,
        or is out of the column's range: a proportion is from 0 to 1, a PUE is 1 or more.
        """
        cell = self.cells.get(column)
        if cell is None:
            raise self._error(column, _ABSENT)
        if not self.has(column):
            raise self._error(column, "is not available (blank or NA)")
        if _NUMBER.fullmatch(cell) is None or not math.isfinite(float(cell)):
            raise self._error(column, f"is {quoted(cell)}, not a number such as 1234.5")
        least, most = LIMITS.get(column, (0, math.inf))
        value = float(cell)
        if not least <= value <= most:
            bounds = f"from {least:g} to {most:g}" if most < math.inf else f"{least:g} or more"
            raise self._error(column, f"is {cell}, and must be {bounds}")
        return value

    def _error(self, column: str, cause: str) -> ConfigError:
        of = f"{self.provider} {self.region} {self.year}"
        return ConfigError(f'{self.path}:{self.line}: {of}: "{column}" {cause}')


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """All rows of a file."""

    path: Path
    rows: Sequence[Row]

    def row(self, provider: str, region: str, column: str, year: int | None = None) -> Row:
        """Return the row of a region in a year, or in the newest year that has the column.

        Raises ConfigError if there is none, or more than one: the published table has regions that
        stand in it twice, with other values.
        """
        found = self._rows_of(provider, region)
        if year is None:
            year = self._newest(found, column)
        rows = [row for row in found if row.year == year]
        if not rows:
            raise ConfigError(
                f"{self.path}: there is no row of {provider} {region} of {year}, "
                f"only of {_years_of(found)}"
            )
        if len(rows) > 1:
            lines = " and ".join(str(row.line) for row in rows)
            raise ConfigError(
                f"{self.path}: {provider} {region} {year} stands there more than once, in lines "
                f"{lines}: keep the right one in a copy of the table, and name that"
            )
        return rows[0]

    def _rows_of(self, provider: str, region: str) -> list[Row]:
        of_provider = [row for row in self.rows if row.provider == provider]
        found = [row for row in of_provider if row.region == region]
        if not of_provider:
            known = sorted({row.provider for row in self.rows})
            way_out = nearest(provider, known) or f"; name one of these: {listed(known)}"
            raise ConfigError(f"{self.path}: there is no provider {quoted(provider)}{way_out}")
        if not found:
            way_out = nearest(region, {row.region for row in of_provider})
            raise ConfigError(
                f"{self.path}: {provider} has no region {quoted(region)}"
                f"{way_out or '; write it as the table does'}"
            )
        return found

    def _newest(self, rows: Sequence[Row], column: str) -> int:
        having = [row.year for row in rows if row.has(column)]
        if having:
            return max(having)
        row = rows[0]
        absence = _ABSENT if column not in row.cells else f"is blank in {_years_of(rows)}"
        raise ConfigError(f'{self.path}: {row.provider} {row.region}: "{column}" {absence}')


def read_table(path: Path) -> Table:
    """Return the rows of a table, under the names that its columns have today.

    Raises ConfigError, naming the file and the line, for what cannot be read or is no such table:
    then no row of it can be trusted.
    """
    try:
        lines = _lines_of(_text_of(path))
        _, header = next(lines, (1, []))
        columns = _columns_of(header, path)
        rows = [_row_of(path, line, columns, cells) for line, cells in lines]
    except csv.Error as error:
        raise ConfigError(f"{path}: not CSV: {error}: check the quotes") from error
    return Table(path=path, rows=rows)


def _text_of(path: Path) -> str:
    try:
        if not path.is_file():
            cause = "it is not a file" if path.exists() else "there is no such file"
            raise ConfigError(f"{path}: {cause}: correct the path of the region metadata")
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    if len(content) > LARGEST:
        raise ConfigError(f"{path}: is larger than {LARGEST} bytes, and no table of regions")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path}:{line}: not UTF-8: save it in that encoding") from error


def _lines_of(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that hold something, each with the number of its first line."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    for cells in reader:
        stripped = [cell.strip() for cell in cells]
        if any(stripped):
            yield line, stripped
        line = reader.line_num + 1


def _columns_of(header: Sequence[str], path: Path) -> Sequence[str]:
    """Return what each column is called today; empty for one that is not taken."""
    old = OLD_EDITION in header
    columns = ["" if _is_dropped(name, old=old) else RENAMED.get(name, name) for name in header]
    for name in KEY:
        if name not in columns:
            raise ConfigError(
                f'{path}: there is no column "{name}": it is no table of cloud region '
                "metadata, or one of an edition that names no regions"
            )
    twice = [name for place, name in enumerate(columns) if name and name in columns[:place]]
    if twice:
        raise ConfigError(f"{path}: the column {quoted(twice[0])} stands twice: remove one")
    return columns


def _is_dropped(name: str, *, old: bool) -> bool:
    return _UNNAMED.fullmatch(name) is not None or (old and name == OTHER_THEN)


def _row_of(path: Path, line: int, columns: Sequence[str], cells: Sequence[str]) -> Row:
    if len(cells) != len(columns):
        raise ConfigError(
            f"{path}:{line}: {len(cells)} cells under {len(columns)} columns: check the quotes"
        )
    named = {name: cell for name, cell in zip(columns, cells, strict=True) if name}
    year, provider, region = (named[name] for name in KEY)
    if re.fullmatch(r"(19|20|21)\d\d", year) is None or not provider or not region:
        keys = listed(quoted(name) for name in KEY)
        raise ConfigError(f"{path}:{line}: each row needs {keys}: the year with four digits")
    return Row(path=path, line=line, year=int(year), provider=provider, region=region, cells=named)


def _years_of(rows: Sequence[Row]) -> str:
    return listed(sorted({str(row.year) for row in rows}))
