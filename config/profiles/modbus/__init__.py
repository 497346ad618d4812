"""Register maps as data: which registers a family of Modbus devices has, and what stands in them.

A map is one YAML file in this folder; collectors/modbus/README.md says how to write one.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from pydantic import ValidationError

from agent.errors import ConfigError
from config.profiles.modbus.schema import (
    EnergyNumber,
    Identity,
    MeterBlock,
    Meters,
    Model,
    Names,
    Number,
    PowerNumber,
    Profile,
    RegisterMap,
    Sign,
    Spot,
    Traits,
)

__all__ = [
    "EnergyNumber",
    "Identity",
    "MeterBlock",
    "Meters",
    "Model",
    "Names",
    "Number",
    "PowerNumber",
    "Profile",
    "RegisterMap",
    "Sign",
    "Spot",
    "Traits",
    "profile_of",
    "profiles",
]

_MODELS = (Profile, Identity, Model, MeterBlock, EnergyNumber, PowerNumber, Sign, Names)


def profile_of(text: str, origin: str) -> Profile:
    """Return the profile that a YAML text holds.

    Raises ConfigError with `origin`, the key and the cause.
    """
    try:
        data: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{origin}: is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(data, dict):
        raise ConfigError(f"{origin}: a profile is a mapping with name, title and meters")
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
    known = {field.alias or name for one in _MODELS for name, field in one.model_fields.items()}
    wrong = str(worst["loc"][-1])
    close = get_close_matches(wrong, known - {wrong}, n=1)
    return f"{key}: there is no such key" + (f"; do you mean {close[0]!r}?" if close else "")


@cache
def profiles() -> Mapping[str, Profile]:
    """Return all profiles of this folder by name. Raises ConfigError for a bad one."""
    found: dict[str, Profile] = {}
    folder = files("config").joinpath("profiles").joinpath("modbus")
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if file.name.endswith(".yaml"):
            origin = f"config/profiles/modbus/{file.name}"
            profile = profile_of(file.read_text(), origin)
            if profile.name != file.name.removesuffix(".yaml"):
                raise ConfigError(f"{origin}: name: {profile.name!r} is not the name of its file")
            found[profile.name] = profile
    return found
