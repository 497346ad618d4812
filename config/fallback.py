"""What may stand in for a missing intensity or PUE: the options of a site, and rows of tables.

A table of region metadata is read while the settings are, so that a fault in it is one of the
settings, and a value is known before anything is connected to.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    PrivateAttr,
    Tag,
    model_validator,
)

from agent.errors import ConfigError
from agent.model import Kind
from config.fields import Duration, Name, Strict
from config.problems import listed, nearest, quoted
from config.region_metadata import AVERAGE_CONSUMPTION, PUE, RENAMED, read_table

WORDS = ("estimate", "forecast", "last-year")
FORMS = "{grid: NAME}, {forecast: 12h} or {annual: {value: 380, year: 2025}}"

AVERAGES = (
    AVERAGE_CONSUMPTION,
    "grid-carbon-intensity-average-production-annual",
    "provider-carbon-intensity-average-consumption-hourly",
)
"""The columns that hold averages by place. All others are marginal, or by contracts."""


def _word(value: object) -> str:
    if isinstance(value, str) and value in WORDS:
        return value
    found = f", not {quoted(value)}{nearest(value, WORDS)}" if isinstance(value, str) else ""
    raise ValueError(f"must be {listed(WORDS)}, {FORMS}{found}")


def _averages(column: str) -> str:
    if column in AVERAGES:
        return column
    if column in RENAMED:
        raise ValueError(f'is called "{RENAMED[column]}" since 2024: write that')
    raise ValueError(
        f"must be a column of averages ({listed(AVERAGES)}), not {quoted(column)}: what is "
        "marginal or market-based is never taken for the average of a grid"
    )


def _not_marginal(kind: Kind) -> Kind:
    if kind is Kind.MARGINAL:
        raise ValueError(
            "must be direct or lifecycle: no annual value stands in for a marginal intensity"
        )
    return kind


Year = Annotated[int, Field(ge=1990, le=2199)]
Key = Annotated[str, Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A value, the year it is of, and what to call the place where it stands."""

    value: float
    year: int
    source: str


class RegionRowSettings(Strict):
    """A row of a table of cloud region metadata, from which the declared PUE is taken."""

    file: Path
    """The table, a CSV file as the Green Software Foundation publishes it."""

    provider: Key
    """The provider, as the table writes it, such as Google Cloud."""

    region: Key
    """The region, as the table writes it, such as europe-west3."""

    year: Year | None = None
    """The year; the newest that has a PUE where left out."""

    _found: Found = PrivateAttr()

    @property
    def found(self) -> Found:
        """The PUE that stands there."""
        return self._found

    @model_validator(mode="after")
    def _read(self) -> Self:
        self._found = _value_of(self.file, self.provider, self.region, PUE, self.year)
        return self


class AnnualSettings(Strict):
    """One intensity for whole years, written here or taken from a table of region metadata."""

    value: float | None = Field(default=None, ge=0, le=5000)
    """The intensity in g CO2e/kWh; needs `year`."""

    file: Path | None = None
    """A table of cloud region metadata to take it from; needs `provider` and `region`."""

    provider: Key | None = None
    """The provider, as the table writes it."""

    region: Key | None = None
    """The region, as the table writes it."""

    column: Annotated[str, AfterValidator(_averages)] | None = None
    """The column; the annual average of the grid's consumption where left out."""

    year: Year | None = None
    """The year it is of; of a table, the newest that has the column where left out."""

    kind: Annotated[Kind, AfterValidator(_not_marginal)] = Kind.DIRECT
    """What it is applied as: direct or lifecycle."""

    oldest: int = Field(default=2, ge=0, le=20)
    """For how many years after its own it may stand in."""

    _found: Found = PrivateAttr()

    @property
    def found(self) -> Found:
        """The intensity in g CO2e/kWh, from wherever it comes."""
        return self._found

    @model_validator(mode="after")
    def _read(self) -> Self:
        row = {"file": self.file, "provider": self.provider, "region": self.region}
        if self.value is not None:
            self._found = self._own(self.value)
        elif self.file and self.provider and self.region:
            column = self.column or AVERAGE_CONSUMPTION
            found = _value_of(self.file, self.provider, self.region, column, self.year)
            self._found = replace(found, source=f"{found.source}, {column}")
        else:
            missing = listed(f"`{key}`" for key, part in row.items() if not part)
            raise ValueError(
                f"there is no `value`, and for a row of a table there is no {missing}: write a "
                "`value` with its `year`, or a `file` with `provider` and `region`"
            )
        return self

    def _own(self, value: float) -> Found:
        row = ("file", "provider", "region", "column")
        beside = [key for key in row if getattr(self, key) is not None]
        if beside:
            raise ValueError(f"`value` and `{beside[0]}` exclude each other: leave one of them")
        if self.year is None:
            raise ValueError("`year` is missing: say which year the `value` is of")
        return Found(value=value, year=self.year, source=f"settings, {self.year}")


class StandInSettings(Strict):
    """One thing that may stand in, with an option of its own."""

    grid: Name | None = None
    """Another grid of the settings."""

    forecast: Duration | None = None
    """A forecast made at most so long before the hour."""

    annual: AnnualSettings | None = None
    """One value for whole years."""

    @property
    def key(self) -> tuple[object, ...]:
        """What no two of a site may have in common."""
        if self.annual is not None:
            return "annual", self.annual.kind.value, self.annual.found.year
        return ("grid", self.grid) if self.grid is not None else ("forecast",)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(part is not None for part in (self.grid, self.forecast, self.annual)) != 1:
            raise ValueError(f"must be one of {FORMS}, each in an item of its own")
        return self


def _each_once(items: tuple[str | StandInSettings, ...]) -> tuple[str | StandInSettings, ...]:
    keys = [(item,) if isinstance(item, str) else item.key for item in items]
    for number, key in enumerate(keys):
        if key in keys[:number]:
            name = " ".join(str(part) for part in key)
            raise ValueError(
                f"{name} stands in it twice, as [{keys.index(key)}] and [{number}]: remove one"
            )
    return items


def _form_of(value: object) -> str:
    return "form" if isinstance(value, dict | StandInSettings) else "word"


def _kind_of(value: object) -> str:
    return "row" if isinstance(value, dict | RegionRowSettings) else "number"


Item = Annotated[
    Annotated[str, BeforeValidator(_word), Tag("word")] | Annotated[StandInSettings, Tag("form")],
    Discriminator(_form_of),
]
Fallback = Annotated[tuple[Item, ...], AfterValidator(_each_once)]
"""In the order in which they are tried."""

DeclaredPue = Annotated[
    Annotated[float, Field(ge=1, le=10), Tag("number")] | Annotated[RegionRowSettings, Tag("row")],
    Discriminator(_kind_of),
]


def _value_of(file: Path, provider: str, region: str, column: str, year: int | None) -> Found:
    """Return what stands in a table; raises ValueError, which is a fault of the settings."""
    try:
        row = read_table(file).row(provider, region, column, year)
        return Found(value=row.number(column), year=row.year, source=row.source)
    except ConfigError as error:
        raise ValueError(str(error)) from error
