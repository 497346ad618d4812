"""The options of a grid that is read from a file."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator

from agent.model import Kind, Mix
from config import Duration, GridSettings


def _named(kinds: tuple[Kind, ...]) -> tuple[Kind, ...]:
    if not kinds:
        raise ValueError("name at least one of direct, lifecycle, marginal")
    return tuple(dict.fromkeys(kinds))


class IntensityFileSettings(GridSettings):
    """Hours in a CSV file, for sites without the internet or with figures of their own."""

    type: Literal["file"] = "file"

    path: Path
    """The CSV file of hours; a relative path is beside the settings that name it."""

    zone: str = ""
    """What the figures are of, kept with each hour; the name of the grid where left out."""

    kinds: Annotated[tuple[Kind, ...], AfterValidator(_named)] = (Kind.DIRECT,)
    """Which to read. A file without a column `kind` holds the one kind that is named here."""

    mix: Mix = Mix.CONSUMPTION
    """Whose electricity to read: what is used in the zone, or what is produced in it. A file
    without a column `mix` holds the one that is named here.
    """

    every: Duration = timedelta(seconds=60)
    """How often to look whether the file has changed."""
