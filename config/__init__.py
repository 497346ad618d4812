"""Settings: what people write, loaded, checked whole and frozen."""

from config.secret import Secret
from config.settings import (
    DeviceSettings,
    Duration,
    ExporterSettings,
    GridSettings,
    Name,
    Settings,
    SiteSettings,
    Strict,
)

__all__ = [
    "DeviceSettings",
    "Duration",
    "ExporterSettings",
    "GridSettings",
    "Name",
    "Secret",
    "Settings",
    "SiteSettings",
    "Strict",
]
