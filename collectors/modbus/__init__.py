"""Reads meters and inverters by Modbus TCP, by maps of their registers. See README.md."""

import logging
from collections.abc import Mapping

from agent.clock import Clock
from collectors.modbus.device import ModbusDevice
from collectors.modbus.frames import Framer
from collectors.modbus.line import Line
from collectors.modbus.settings import ModbusSettings
from config import DeviceSettings, GridSettings
from config.profiles.modbus import Profile, profiles

log = logging.getLogger("carbond.modbus")


class Modbus:
    """The plug-in: one connection for all devices of one address and port."""

    settings: type[DeviceSettings] | type[GridSettings] = ModbusSettings

    def __init__(self, clock: Clock, known: Mapping[str, Profile] | None = None) -> None:
        """`known` are the profiles to read devices by, those that ship with it where left out."""
        self._clock = clock
        self._known = known
        self._lines: dict[tuple[str, int, Framer], Line] = {}

    def collector(self, settings: ModbusSettings) -> ModbusDevice:
        """Return the collector of one device. Raises ConfigError for a bad profile."""
        known = profiles() if self._known is None else self._known
        place = (settings.address, settings.port, settings.framer)
        line = self._lines.get(place)
        if line is None or not line.used:
            line = self._lines[place] = Line(*place)
        return ModbusDevice(settings, line, self._clock, known)

    async def close(self) -> None:
        """Close the connections, and say what was dropped."""
        for (address, port, _), line in self._lines.items():
            if line.wire.dropped:
                log.info(
                    "%s port %d sent %d answers to no request", address, port, line.wire.dropped
                )
            line.wire.close()
