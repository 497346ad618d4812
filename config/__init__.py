"""Settings: what people write, loaded, checked whole and frozen. See README.md."""

from config.loading import Kinds, load
from config.secret import Secret
from config.settings import (
    DeviceSettings,
    Duration,
    ExporterSettings,
    GridSettings,
    Name,
    PueSettings,
    Settings,
    SiteSettings,
    Size,
    Strict,
)

__all__ = [
    "DeviceSettings",
    "Duration",
    "ExporterSettings",
    "GridSettings",
    "Kinds",
    "Name",
    "PueSettings",
    "Secret",
    "Settings",
    "SiteSettings",
    "Size",
    "Strict",
    "load",
]
