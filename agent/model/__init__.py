"""The vocabulary in types: what is read, what is booked, what is handed on.

    device ──collect()──▶ Reading ───┐
    grid   ──collect()──▶ Intensity ─┴─book()──▶ ledger ──▶ Entry ──export()──▶ the world

Everything is frozen: what was said at one moment does not change. Times are aware and in UTC.
"""

from agent.model.hours import (
    HOUR,
    MINUTE,
    Coverage,
    Entry,
    Fallback,
    HourEnergy,
    HourIntensity,
    Metered,
    Minute,
    Pue,
    Refused,
    Residual,
    SiteHour,
    Stage,
)
from agent.model.intensities import (
    Intensity,
    Kind,
    Mix,
)
from agent.model.meters import (
    GENERATION,
    ONE_JOULE,
    SOURCES_OF_ENERGY,
    Meter,
    MeterId,
    Quantity,
    Register,
    Role,
    Scope,
    Zeroed,
)
from agent.model.plugins import (
    Collector,
    Exporter,
    Named,
    Patient,
    Seen,
    View,
)
from agent.model.present import (
    DeviceNow,
    MeterNow,
    Now,
    SiteNow,
)
from agent.model.readings import (
    FULLEST,
    STRONGEST,
    Basis,
    Finding,
    Interval,
    Oddity,
    Reading,
    power_of,
)

__all__ = [
    "Basis",
    "Collector",
    "Coverage",
    "DeviceNow",
    "Entry",
    "Exporter",
    "FULLEST",
    "STRONGEST",
    "Fallback",
    "Finding",
    "GENERATION",
    "HOUR",
    "HourEnergy",
    "HourIntensity",
    "Intensity",
    "Interval",
    "Kind",
    "MINUTE",
    "Meter",
    "Metered",
    "MeterId",
    "MeterNow",
    "Minute",
    "Mix",
    "Named",
    "Now",
    "ONE_JOULE",
    "Oddity",
    "Patient",
    "Pue",
    "Quantity",
    "Reading",
    "Refused",
    "Register",
    "Residual",
    "Role",
    "SOURCES_OF_ENERGY",
    "Scope",
    "Seen",
    "SiteHour",
    "SiteNow",
    "Stage",
    "View",
    "Zeroed",
    "power_of",
]
