"""One folder per thing that is read. Adding one is a folder and a line in a table below.

A plug-in is made once per daemon and holds what its devices share (sockets, sessions); it makes
one `Collector` per device or grid. See README.md in this folder.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from agent.clock import Clock
from agent.model import Collector
from collectors.electricitymaps import ElectricityMaps
from collectors.host import Host
from collectors.intensityfile import IntensityFile
from collectors.ipmi import Ipmi
from collectors.modbus import Modbus
from collectors.mqtt import Mqtt
from collectors.prometheus import Prometheus
from collectors.redfish import Redfish
from collectors.snmp import Snmp
from collectors.watttime import WattTime
from config import DeviceSettings, GridSettings


class Plugin(Protocol):
    """Makes the collectors of one `type:` in the settings."""

    settings: type[DeviceSettings] | type[GridSettings]
    """The class of its options."""

    def __init__(self, clock: Clock) -> None:
        """Connects to nothing."""

    def collector(self, settings: Any) -> Collector:  # noqa: ANN401 each takes its own class
        """Return the collector of one device or grid, from an instance of `settings`."""

    async def close(self) -> None:
        """Close what the collectors share, after they have been closed."""


DEVICES: Mapping[str, type[Plugin]] = {
    "host": Host,
    "ipmi": Ipmi,
    "modbus": Modbus,
    "mqtt": Mqtt,
    "redfish": Redfish,
    "prometheus": Prometheus,
    "snmp": Snmp,
}

GRIDS: Mapping[str, type[Plugin]] = {
    "electricitymaps": ElectricityMaps,
    "file": IntensityFile,
    "watttime": WattTime,
}
