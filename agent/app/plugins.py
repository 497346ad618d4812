"""The plug-ins: the tables of them, and those that are in use."""

from collections.abc import Iterator, Mapping
from importlib.metadata import entry_points
from typing import Any

import collectors
import exporters
from agent.clock import Clock
from agent.model import Collector
from config import DeviceSettings, GridSettings


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


class InUse:
    """The plug-ins of devices and grids that are in use: one of each type."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._plugins: dict[str, collectors.Plugin] = {}

    def __iter__(self) -> Iterator[tuple[str, collectors.Plugin]]:
        """Yield each with a name for it, to be closed when nothing of it runs any more."""
        return iter(self._plugins.items())

    def collector(self, settings: DeviceSettings | GridSettings) -> Collector:
        """Return the collector of one device or grid."""
        device = isinstance(settings, DeviceSettings)
        name = f"{'device' if device else 'grid'} {settings.type}"
        if name not in self._plugins:
            table = device_plugins() if device else grid_plugins()
            self._plugins[name] = table[settings.type](self._clock)
        return self._plugins[name].collector(settings)
