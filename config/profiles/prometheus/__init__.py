"""Exporters as data: which of their metrics are which meters. Each map is a YAML file here.

collectors/prometheus/README.md says how to write one.
"""

from collections.abc import Mapping
from functools import cache

from config.profiles.files import by_name, data_of, keys_of
from config.profiles.prometheus.schema import (
    EnergySeries,
    ExporterMap,
    Labels,
    MeterMap,
    MeterMaps,
    PowerSeries,
    Series,
    Sign,
)

__all__ = [
    "EnergySeries",
    "ExporterMap",
    "Labels",
    "MeterMap",
    "MeterMaps",
    "PowerSeries",
    "Series",
    "Sign",
    "map_of",
    "maps",
]


_KEYS = keys_of((ExporterMap, MeterMap, Series, PowerSeries, EnergySeries, Sign))


def map_of(text: str, origin: str) -> ExporterMap:
    """Return the map that a YAML text holds. Raises ConfigError with `origin`, key and cause."""
    wants = "a map is a mapping with name, title and meters"
    return data_of(ExporterMap, text, origin, wants=wants, keys=_KEYS)


@cache
def maps() -> Mapping[str, ExporterMap]:
    """Return all maps of this folder by name. Raises ConfigError for a bad one."""
    return by_name("profiles/prometheus", map_of)
