"""The host itself: RAPL by powercap, NVIDIA GPUs by NVML, marked in-band. See README.md."""

from agent.clock import Clock
from agent.model import Collector
from collectors.host.gpus import Gpus, Library
from collectors.host.machine import Machine
from collectors.host.settings import HostSettings
from config import DeviceSettings, GridSettings

__all__ = ["Host", "HostSettings"]


class Host:
    """The one machine that the daemon runs on."""

    settings: type[DeviceSettings] | type[GridSettings] = HostSettings

    def __init__(self, clock: Clock, library: Library | None = None) -> None:
        """`library` takes the place of NVIDIA's."""
        self._clock = clock
        self._library = library

    def collector(self, settings: HostSettings) -> Collector:
        return Machine(settings, self._clock, Gpus(self._library))

    async def close(self) -> None:
        """The machine holds nothing that is shared."""
