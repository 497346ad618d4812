"""Devices that an exporter tells of: any page in Prometheus' formats, by a map. See README.md."""

from agent.clock import Clock
from agent.model import Collector
from collectors.prometheus.endpoint import Endpoint
from collectors.prometheus.scrapes import Scrapes
from collectors.prometheus.settings import PrometheusSettings
from config import DeviceSettings, GridSettings

__all__ = ["Prometheus", "PrometheusSettings"]


class Prometheus:
    """All exporters of a daemon: devices on one page share what is fetched in a cycle."""

    settings: type[DeviceSettings] | type[GridSettings] = PrometheusSettings

    def __init__(self, clock: Clock) -> None:
        self._scrapes = Scrapes(clock)

    def collector(self, settings: PrometheusSettings) -> Collector:
        return Endpoint(settings, self._scrapes)

    async def close(self) -> None:
        """Close the connections."""
        await self._scrapes.close()
