"""Register maps as data: which registers a family of Modbus devices has, and what stands in them.

A map is one YAML file in this folder; collectors/modbus/README.md says how to write one.
"""

from collections.abc import Mapping
from functools import cache

from config.profiles.files import by_name, data_of, keys_of
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

_KEYS = keys_of((Profile, Identity, Model, MeterBlock, EnergyNumber, PowerNumber, Sign, Names))


def profile_of(text: str, origin: str) -> Profile:
    """Return the profile that a YAML text holds.

    Raises ConfigError with `origin`, the key and the cause.
    """
    wants = "a profile is a mapping with name, title and meters"
    return data_of(Profile, text, origin, wants=wants, keys=_KEYS)


@cache
def profiles() -> Mapping[str, Profile]:
    """Return all profiles of this folder by name. Raises ConfigError for a bad one."""
    return by_name("profiles/modbus", profile_of)
