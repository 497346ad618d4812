"""Electricity Maps: average intensity of a zone, direct and life cycle, hourly or finer."""

import httpx

from agent.clock import Clock
from collectors.electricitymaps.service import Service
from collectors.electricitymaps.settings import ElectricityMapsSettings
from collectors.electricitymaps.zone import Zone
from config import DeviceSettings, GridSettings, Secret

__all__ = ["ElectricityMaps", "ElectricityMapsSettings"]


class ElectricityMaps:
    """Makes the collectors of `type: electricitymaps`; zones of one key share their requests."""

    settings: type[DeviceSettings] | type[GridSettings] = ElectricityMapsSettings

    def __init__(self, clock: Clock, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """`transport` takes the place of the network."""
        self._clock = clock
        self._transport = transport
        self._services: dict[tuple[str, Secret], Service] = {}

    def collector(self, settings: ElectricityMapsSettings) -> Zone:
        """Return the collector of one zone."""
        account = (settings.url, settings.key)
        if account not in self._services:
            self._services[account] = Service(settings, self._clock, self._transport)
        return Zone(settings, self._services[account], self._clock)

    async def close(self) -> None:
        """Close the connections."""
        for service in self._services.values():
            await service.close()
        self._services.clear()
