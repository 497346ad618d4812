"""The vocabulary in types: what is read, what is booked, what is handed on.

    device ──collect()──▶ Reading ───┐
    grid   ──collect()──▶ Intensity ─┴─book()──▶ ledger ──▶ Entry ──export()──▶ the world

Everything is frozen: what was said at one moment does not change. Times are aware and in UTC.
"""

from agent.model.hours import (
    HOUR,
    MINUTE,
    Entry,
    HourEnergy,
    HourIntensity,
    Minute,
    Pue,
    Refused,
    SiteHour,
)
from agent.model.intensities import (
    Intensity,
    Kind,
)
from agent.model.meters import (
    ONE_JOULE,
    SOURCES_OF_ENERGY,
    Meter,
    MeterId,
    Register,
    Role,
    Scope,
)
from agent.model.plugins import (
    Collector,
    Exporter,
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
    Basis,
    Interval,
    Reading,
)

__all__ = [
    "Basis",
    "Collector",
    "DeviceNow",
    "Entry",
    "Exporter",
    "FULLEST",
    "HOUR",
    "HourEnergy",
    "HourIntensity",
    "Intensity",
    "Interval",
    "Kind",
    "MINUTE",
    "Meter",
    "MeterId",
    "MeterNow",
    "Minute",
    "Now",
    "ONE_JOULE",
    "Pue",
    "Reading",
    "Refused",
    "Register",
    "Role",
    "SOURCES_OF_ENERGY",
    "Scope",
    "Seen",
    "SiteHour",
    "SiteNow",
    "View",
]
