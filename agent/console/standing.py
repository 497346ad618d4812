"""Who answers: of devices, grids and exporters the states, each in its own drawer.

A state has a name and the type of a plug-in. A device and a grid may have one name, and one type
may be a device's and an exporter's: the prometheus one is, and as an exporter it is never asked.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import collectors
import exporters
from agent.console.desk import Desk
from agent.model import DeviceNow

LEDGER = "ledger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The states of all that was heard of since the start, by name."""

    devices: Mapping[str, DeviceNow] = field(default_factory=dict)
    grids: Mapping[str, DeviceNow] = field(default_factory=dict)
    exporters: Mapping[str, DeviceNow] = field(default_factory=dict)
    ledger: DeviceNow | None = None


def standing_of(desk: Desk) -> Standing:
    """Return who answers now, as the desk's health has it."""
    exporting = {str(getattr(one, "name", "")) for one in desk.parts if hasattr(one, "export")}
    return sorted_out(desk.health.now(), desk.ledger.tree.totals, exporting)


def sorted_out(
    states: Iterable[DeviceNow], devices: Collection[str], exporting: Collection[str]
) -> Standing:
    """Return the states by what they are of; the names are those in the settings."""
    found: dict[str, dict[str, DeviceNow]] = {"device": {}, "grid": {}, "exporter": {}, LEDGER: {}}
    for one in states:
        found[_drawer(one, devices, exporting)][one.name] = one
    return Standing(
        devices=found["device"],
        grids=found["grid"],
        exporters=found["exporter"],
        ledger=found[LEDGER].get(LEDGER),
    )


def _drawer(one: DeviceNow, devices: Collection[str], exporting: Collection[str]) -> str:
    if one.kind == LEDGER:
        return LEDGER
    if one.kind not in collectors.DEVICES:
        if one.kind in collectors.GRIDS:
            return "grid"
        if one.kind in exporters.PLUGINS:
            return "exporter"
    if one.name in devices:
        return "device"
    return "exporter" if one.name in exporting else "grid"
