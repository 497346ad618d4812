"""Settings: what people write, loaded, checked whole and frozen. See README.md."""

from config.fallback import AnnualSettings, RegionRowSettings, StandInSettings
from config.fields import Duration, Name, Size, Strict
from config.loading import Kinds, load
from config.secret import Secret
from config.settings import (
    Clash,
    DeviceSettings,
    ExporterSettings,
    GridSettings,
    PueSettings,
    RatingSettings,
    Settings,
    SiteSettings,
)

__all__ = [
    "AnnualSettings",
    "Clash",
    "DeviceSettings",
    "Duration",
    "ExporterSettings",
    "GridSettings",
    "Kinds",
    "Name",
    "PueSettings",
    "RatingSettings",
    "RegionRowSettings",
    "Secret",
    "Settings",
    "SiteSettings",
    "Size",
    "StandInSettings",
    "Strict",
    "load",
]
