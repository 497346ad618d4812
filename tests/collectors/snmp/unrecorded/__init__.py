"""Devices that nobody has recorded for us, by maker or kind."""

from collections.abc import Mapping

from tests.collectors.snmp.unrecorded import (
    apc,
    cyberpower,
    eaton,
    enlogic,
    hpe,
    others,
    panduit,
    raritan,
    servers,
    servertech,
    upss,
    vertiv,
)
from tests.collectors.snmp.unrecorded.device import Device

UNRECORDED: Mapping[str, Device] = {
    **apc.DEVICES,
    **raritan.DEVICES,
    **servertech.DEVICES,
    **eaton.DEVICES,
    **vertiv.DEVICES,
    **cyberpower.DEVICES,
    **enlogic.DEVICES,
    **panduit.DEVICES,
    **hpe.DEVICES,
    **others.DEVICES,
    **servers.DEVICES,
    **upss.DEVICES,
}
