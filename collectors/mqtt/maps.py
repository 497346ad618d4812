"""The ready maps, from config/profiles/mqtt."""

from collections.abc import Mapping
from functools import cache

from collectors.mqtt.schema import Map
from config.profiles.files import by_name, data_of


def map_of(text: str, origin: str) -> Map:
    """Return the map that a YAML text holds. Raises ConfigError with `origin`, key and cause."""
    return data_of(Map, text, origin, wants="a map is a mapping with name, title and meters")


@cache
def maps() -> Mapping[str, Map]:
    """Return all ready maps by name. Raises ConfigError for a bad one."""
    return by_name("profiles/mqtt", map_of)
