"""The ready maps, from config/profiles/mqtt."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from pydantic import ValidationError

from agent.errors import ConfigError
from collectors.mqtt.schema import Map


def map_of(text: str, origin: str) -> Map:
    """Return the map that a YAML text holds. Raises ConfigError with `origin`, key and cause."""
    try:
        data: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{origin}: is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(data, dict):
        raise ConfigError(f"{origin}: a map is a mapping with name, title and meters")
    try:
        return Map.model_validate(data)
    except ValidationError as error:
        raise ConfigError(f"{origin}: {_problem(error)}") from error


def _problem(error: ValidationError) -> str:
    worst = error.errors()[0]
    key = ".".join(str(part) for part in worst["loc"]) or "the file"
    if worst["type"] == "extra_forbidden":
        return f"{key}: there is no such key"
    return f"{key}: {worst['msg'].removeprefix('Value error, ')}"


@cache
def maps() -> Mapping[str, Map]:
    """Return all ready maps by name. Raises ConfigError for a bad one."""
    found: dict[str, Map] = {}
    folder = files("config").joinpath("profiles", "mqtt")
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if file.name.endswith(".yaml"):
            origin = f"config/profiles/mqtt/{file.name}"
            one = map_of(file.read_text(), origin)
            if one.name != file.name.removesuffix(".yaml"):
                raise ConfigError(f"{origin}: name: {one.name!r} is not the name of its file")
            found[one.name] = one
    return found
