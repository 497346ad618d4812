"""Device families as data: which OIDs a family has, and what the numbers behind them mean.

A profile is one YAML file in this folder; collectors/snmp/README.md says how to write one.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from pydantic import ValidationError

from agent.errors import ConfigError
from config.profiles.schema import (
    EnergyQuantity,
    Match,
    MeterBlock,
    PowerQuantity,
    Profile,
    Quantity,
    Where,
)

__all__ = [
    "EnergyQuantity",
    "Match",
    "MeterBlock",
    "PowerQuantity",
    "Profile",
    "Quantity",
    "Where",
    "profile_of",
    "profiles",
]


def profile_of(text: str, origin: str) -> Profile:
    """Return the profile that a YAML text holds.

    Raises ConfigError with `origin`, the key and the cause.
    """
    try:
        data: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{origin}: is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(data, dict):
        raise ConfigError(f"{origin}: a profile is a mapping with name, title, match and meters")
    try:
        return Profile.model_validate(data)
    except ValidationError as error:
        raise ConfigError(f"{origin}: {_problem(error)}") from error


def _problem(error: ValidationError) -> str:
    """Return the key and the cause of what is wrong; an unknown key first, as it explains more."""
    problems = error.errors()
    unknown = [one for one in problems if one["type"] == "extra_forbidden"]
    worst = (unknown or problems)[0]
    key = ".".join(str(part) for part in worst["loc"]) or "the file"
    if not unknown:
        return f"{key}: {worst['msg'].removeprefix('Value error, ')}"
    models = (Profile, Match, MeterBlock, Where, PowerQuantity, EnergyQuantity)
    known = {name for model in models for name in model.model_fields}
    close = get_close_matches(str(worst["loc"][-1]), known, n=1)
    return f"{key}: there is no such key" + (f"; do you mean {close[0]!r}?" if close else "")


@cache
def profiles() -> Mapping[str, Profile]:
    """Return all profiles of this folder by name. Raises ConfigError for a bad one."""
    found: dict[str, Profile] = {}
    for file in sorted(files("config").joinpath("profiles").iterdir(), key=lambda one: one.name):
        if file.name.endswith(".yaml"):
            origin = f"config/profiles/{file.name}"
            profile = profile_of(file.read_text(), origin)
            if profile.name != file.name.removesuffix(".yaml"):
                raise ConfigError(f"{origin}: name: {profile.name!r} is not the name of its file")
            found[profile.name] = profile
    return found
