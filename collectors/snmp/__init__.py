"""Reads PDUs, UPSs and meters by SNMP v1, v2c and v3, by profiles of device families.

wire speaks SNMP; reading makes a device's readings of a profile; probing does the same once, for a
person; recording takes walks for reports; finding looks who is there.
"""

import logging
from collections.abc import Mapping

from agent.clock import Clock
from collectors.snmp.device import SnmpDevice
from collectors.snmp.reading.plan import Layout
from collectors.snmp.settings import SnmpSettings
from collectors.snmp.wire.transport import Counts, Transport
from config import DeviceSettings, GridSettings
from config.profiles import Profile, profiles

log = logging.getLogger("carbond.snmp")


class Snmp:
    """The plug-in: one transport for all devices of the daemon."""

    settings: type[DeviceSettings] | type[GridSettings] = SnmpSettings

    def __init__(self, clock: Clock, known: Mapping[str, Profile] | None = None) -> None:
        """`known` are the profiles to read devices by, those that ship with it where left out."""
        self._clock = clock
        self._known = known
        self._transport = Transport()
        self._layouts: dict[Layout, Layout] = {}

    @property
    def counts(self) -> Counts:
        """Datagrams since the start, by what became of them."""
        return self._transport.counts

    def collector(self, settings: SnmpSettings) -> SnmpDevice:
        """Return the collector of one device. Raises ConfigError for a bad profile."""
        known = profiles() if self._known is None else self._known
        return SnmpDevice(settings, self._transport, self._clock, known, self._layouts)

    async def close(self) -> None:
        """Close the sockets, and say what was dropped."""
        counts = self.counts
        if counts.malformed or counts.foreign:
            log.info(
                "dropped %d malformed datagrams and %d from addresses that were not asked",
                counts.malformed,
                counts.foreign,
            )
        self._transport.close()
