"""Servers by their BMC: power by DCMI or by sensors, over RMCP+ (IPMI 2.0). See README.md."""

from collections.abc import Mapping
from types import MappingProxyType

from agent.clock import Clock
from agent.model import Collector
from collectors.ipmi.collector import BmcCollector
from collectors.ipmi.settings import IpmiSettings
from collectors.ipmi.transport import Transport
from config import DeviceSettings, GridSettings

__all__ = ["Ipmi", "IpmiSettings"]


class Ipmi:
    """All BMCs of a daemon, on one UDP socket per family of addresses."""

    settings: type[DeviceSettings] | type[GridSettings] = IpmiSettings

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._transport = Transport()

    @property
    def dropped(self) -> Mapping[str, int]:
        """How many packets were dropped, by reason."""
        return MappingProxyType(self._transport.dropped)

    def collector(self, settings: IpmiSettings) -> Collector:
        return BmcCollector(settings, self._transport, self._clock)

    async def close(self) -> None:
        """Close the sockets, after the collectors have ended their sessions."""
        self._transport.close()
