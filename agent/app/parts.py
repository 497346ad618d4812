"""From settings to parts: the metering tree, what the ledger keeps, and the plug-ins."""

from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import collectors
import config
import exporters
from agent.accounting.tree import Site, Tree
from agent.errors import ConfigError
from agent.ledger import Keep
from agent.model import Meter, MeterId, Role
from config import DeviceSettings, Kinds, Settings, SiteSettings

TAGS = ("rack", "room", "feed", "tenant")


def device_plugins() -> Mapping[str, type[collectors.Plugin]]:
    """Return the collectors of devices: ours, and those that others have installed."""
    return {**collectors.DEVICES, **_installed("carbond.devices")}


def grid_plugins() -> Mapping[str, type[collectors.Plugin]]:
    """Return the collectors of grids: ours, and those that others have installed."""
    return {**collectors.GRIDS, **_installed("carbond.grids")}


def exporter_plugins() -> Mapping[str, exporters.Plugin]:
    """Return the exporters: ours, and those that others have installed."""
    return {**exporters.PLUGINS, **_installed("carbond.exporters")}


def _installed(group: str) -> dict[str, Any]:
    return {point.name: point.load() for point in entry_points(group=group)}


def load(path: Path) -> Settings:
    """Return the settings, checked whole with the options of all plug-ins. Raises ConfigError."""
    return config.load(
        path,
        Kinds(
            devices={name: _options(one) for name, one in device_plugins().items()},
            grids={name: _options(one) for name, one in grid_plugins().items()},
            exporters={name: _options(one) for name, one in exporter_plugins().items()},
        ),
    )


def _options(plugin: Any) -> Any:  # noqa: ANN401 a plug-in of any of the three tables
    """Return the class of a plug-in's options; an installed one may have none."""
    options = getattr(plugin, "settings", None)
    if options is None:
        raise ConfigError(f"the plug-in {plugin!r} has no `settings` class: upgrade or remove it")
    return options


def tree_of(settings: Settings) -> Tree:
    """Return the metering tree that the settings describe."""
    return Tree.of(
        [_site_of(site) for site in settings.sites],
        [_meter_of(device, settings) for device in settings.devices],
    )


def _site_of(site: SiteSettings) -> Site:
    return Site(
        name=site.name,
        timezone=site.timezone,
        grid=site.grid,
        marginal_grid=site.marginal_grid,
        pue_measured=site.pue.measured,
        pue_declared=site.pue.declared,
        it_role=None if site.pue.it is None else Role(site.pue.it),
    )


def _meter_of(device: DeviceSettings, settings: Settings) -> Meter:
    own = {name: getattr(device, name) for name in TAGS}
    return Meter(
        id=MeterId(device.name),
        device=device.name,
        site=device.site or settings.sites[0].name,
        role=device.role,
        upstream=device.upstream,
        tags={**device.tags, **{name: value for name, value in own.items() if value}},
    )


def number_of(count: int, word: str) -> str:
    """Return `1 device` or `2 devices`."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def keep_of(settings: Settings) -> Keep:
    """Return what the ledger keeps, and for how long."""
    keep = settings.ledger.keep
    return Keep(hourly=keep.hourly, minutes=keep.minutes, cap=keep.cap)
