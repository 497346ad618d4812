"""Rack PDUs that nobody has recorded for us, by maker."""

from collections.abc import Mapping

from tests.collectors.snmp.pdus import (
    apc,
    cyberpower,
    eaton,
    enlogic,
    hpe,
    panduit,
    raritan,
    servertech,
    vertiv,
)
from tests.collectors.snmp.pdus.pdu import Pdu

PDUS: Mapping[str, Pdu] = {
    **apc.PDUS,
    **raritan.PDUS,
    **servertech.PDUS,
    **eaton.PDUS,
    **vertiv.PDUS,
    **cyberpower.PDUS,
    **enlogic.PDUS,
    **panduit.PDUS,
    **hpe.PDUS,
}
