"""Profiles out of their files, and what is wrong with a bad one."""

from collections.abc import Mapping
from functools import cache

from pydantic import ValidationError

from agent.errors import ConfigError
from config.profiles.facts import Fact, Match
from config.profiles.files import by_name, data_of, faults_in, keys_of, mapping_of
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
KEYS = keys_of(MODELS)
WANTS = "a profile is a mapping with name, title, match and meters"


def profile_of(text: str, origin: str) -> Profile:
    """Return the profile that a YAML text holds.

    Raises ConfigError with `origin`, the key and the cause of one fault.
    """
    return data_of(Profile, text, origin, wants=WANTS, keys=KEYS)


def faults_of(text: str) -> list[str]:
    """Return all that is wrong with a profile's text, a line each; nothing of a good one."""
    try:
        Profile.model_validate(mapping_of(text, WANTS))
    except ValidationError as error:
        return list(faults_in(error, KEYS))
    except ValueError as error:
        return [str(error)]
    return []


@cache
def profiles() -> Mapping[str, Profile]:
    """Return all profiles of this folder by name. Raises ConfigError for a bad one."""
    found = by_name("profiles", profile_of)
    _check_order(found)
    return found


def _check_order(found: Mapping[str, Profile]) -> None:
    for profile in found.values():
        for name in profile.match.after:
            if name not in found:
                origin = f"config/profiles/{profile.name}.yaml"
                raise ConfigError(f"{origin}: match.after: there is no profile {name!r}")
