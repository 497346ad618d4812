"""Servers, PDUs and power shelves over HTTPS by Redfish (DSP0266). See README.md."""

from agent.clock import Clock
from collectors.redfish.device import RedfishDevice
from collectors.redfish.settings import RedfishSettings
from collectors.redfish.transport import Transport
from config import DeviceSettings, GridSettings

__all__ = ["Redfish", "RedfishSettings"]


class Redfish:
    """The plug-in: HTTPS clients that all devices of the daemon share."""

    settings: type[DeviceSettings] | type[GridSettings] = RedfishSettings

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._transport = Transport()

    def collector(self, settings: RedfishSettings) -> RedfishDevice:
        """Return the collector of one device. Raises ConfigError for a bad file of CAs."""
        return RedfishDevice(settings, self._transport, self._clock)

    async def close(self) -> None:
        """Close the connections, after the collectors have ended their sessions."""
        await self._transport.close()
