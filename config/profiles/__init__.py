"""Device families as data: which OIDs a family has, and what the numbers behind them mean.

A profile is one YAML file in this folder; docs/devices.md says how to write one.
"""

from config.profiles.enterprises import vendor_of
from config.profiles.facts import Fact, Match
from config.profiles.loading import faults_of, profile_of, profiles
from config.profiles.quantities import (
    CONDITIONS,
    Check,
    Confidence,
    EnergyQuantity,
    PowerQuantity,
    Quantity,
    ScaleBy,
    Where,
)
from config.profiles.schema import Column, MeterBlock, Profile
from config.profiles.schema_file import schema_text

__all__ = [
    "CONDITIONS",
    "Check",
    "Column",
    "Confidence",
    "EnergyQuantity",
    "Fact",
    "Match",
    "MeterBlock",
    "PowerQuantity",
    "Profile",
    "Quantity",
    "ScaleBy",
    "Where",
    "faults_of",
    "profile_of",
    "profiles",
    "schema_text",
    "vendor_of",
]
