"""Exporters as data: which of their metrics are which meters. Each map is a YAML file here.

collectors/prometheus/README.md says how to write one.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from pydantic import ValidationError

from agent.errors import ConfigError
from config.profiles.prometheus.schema import (
    EnergySeries,
    ExporterMap,
    Labels,
    MeterMap,
    PowerSeries,
    Series,
    Sign,
)

__all__ = [
    "EnergySeries",
    "ExporterMap",
    "Labels",
    "MeterMap",
    "PowerSeries",
    "Series",
    "Sign",
    "map_of",
    "maps",
]


def map_of(text: str, origin: str) -> ExporterMap:
    """Return the map that a YAML text holds. Raises ConfigError with `origin`, key and cause."""
    try:
        data: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{origin}: is not YAML: {' '.join(str(error).split())}") from error
    try:
        return ExporterMap.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "the file"
        cause = first["msg"].removeprefix("Value error, ")
        raise ConfigError(f"{origin}: {key}: {cause}") from error


@cache
def maps() -> Mapping[str, ExporterMap]:
    """Return all maps of this folder by name. Raises ConfigError for a bad one."""
    found: dict[str, ExporterMap] = {}
    folder = files("config").joinpath("profiles/prometheus")
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if not file.name.endswith(".yaml"):
            continue
        origin = f"config/profiles/prometheus/{file.name}"
        one = map_of(file.read_text(), origin)
        if one.name != file.name.removesuffix(".yaml"):
            raise ConfigError(f"{origin}: name: {one.name!r} is not the name of its file")
        found[one.name] = one
    return found
