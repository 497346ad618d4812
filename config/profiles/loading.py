"""Profiles out of their files, and what is wrong with a bad one."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from agent.errors import ConfigError
from config.profiles.facts import Fact, Match
from config.profiles.quantities import Check, EnergyQuantity, PowerQuantity, ScaleBy, Term, Where
from config.profiles.schema import Column, MeterBlock, Profile

MODELS = (
    Profile,
    Match,
    Fact,
    MeterBlock,
    Column,
    Where,
    PowerQuantity,
    EnergyQuantity,
    ScaleBy,
    Check,
    Term,
)
# Written in C it is eight times as fast, and there are many profiles to load.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
KEYS = frozenset(name for model in MODELS for name in model.model_fields)


def profile_of(text: str, origin: str) -> Profile:
    """Return the profile that a YAML text holds.

    Raises ConfigError with `origin`, the key and the cause of one fault.
    """
    try:
        return Profile.model_validate(_mapping(text))
    except ValidationError as error:
        raise ConfigError(f"{origin}: {next(_faults(error))}") from error
    except ValueError as error:
        raise ConfigError(f"{origin}: {error}") from error


def faults_of(text: str) -> list[str]:
    """Return all that is wrong with a profile's text, a line each; nothing of a good one."""
    try:
        Profile.model_validate(_mapping(text))
    except ValidationError as error:
        return list(_faults(error))
    except ValueError as error:
        return [str(error)]
    return []


def _mapping(text: str) -> object:
    """Return what a YAML text holds. Raises ValueError if it is no mapping."""
    try:
        data: Any = yaml.load(text, _LOADER)  # noqa: S506 it is one of the two safe ones
    except yaml.YAMLError as error:
        raise ValueError(f"is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(data, dict):
        raise ValueError("a profile is a mapping with name, title, match and meters")  # noqa: TRY004 what a person wrote is wrong
    return data


def _faults(error: ValidationError) -> Iterator[str]:
    """Yield the key and the cause of each fault; unknown keys first, as they explain more."""
    problems = sorted(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
    yield from dict.fromkeys(map(_fault, problems))


def _fault(problem: ErrorDetails) -> str:
    key = ".".join(str(part) for part in problem["loc"]) or "the file"
    if problem["type"] != "extra_forbidden":
        return f"{key}: {problem['msg'].removeprefix('Value error, ')}"
    close = get_close_matches(str(problem["loc"][-1]), KEYS, n=1)
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
    _check_order(found)
    return found


def _check_order(found: Mapping[str, Profile]) -> None:
    for profile in found.values():
        for name in profile.match.after:
            if name not in found:
                origin = f"config/profiles/{profile.name}.yaml"
                raise ConfigError(f"{origin}: match.after: there is no profile {name!r}")
