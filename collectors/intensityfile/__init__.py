"""A CSV file of hours as a grid: for sites without the internet, or with figures of their own."""

from agent.clock import Clock
from collectors.intensityfile.file import File
from collectors.intensityfile.settings import IntensityFileSettings
from config import DeviceSettings, GridSettings

__all__ = ["IntensityFile", "IntensityFileSettings"]


class IntensityFile:
    """Makes the collectors of `type: file`."""

    settings: type[DeviceSettings] | type[GridSettings] = IntensityFileSettings

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def collector(self, settings: IntensityFileSettings) -> File:
        """Return the collector of one file."""
        return File(settings, self._clock)

    async def close(self) -> None:
        """Nothing is shared by the files."""
