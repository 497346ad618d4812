"""A device that nobody has recorded for us: what it sends, and what that means."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from collectors.snmp.probing.probe import Probed, probe_walk

Sent = Mapping[str, int | str]
OBJECT_ID = "1.3.6.1.2.1.1.2.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """What a device sends, and what it means."""

    profile: str
    object_id: str
    root: str
    """What all its OIDs begin with, but for those of the UPS-MIB."""
    sent: Sent
    ups_mib: Sent = field(default_factory=dict)
    meant: Mapping[str, Any]
    facts: tuple[str, str | None] | None = None
    """Its vendor and model."""
    states: Mapping[str, float] = field(default_factory=dict)
    """Of its outlets."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Of its outlets."""

    @property
    def objects(self) -> Mapping[str, int | str]:
        """All that it sends, by whole OIDs."""
        own = {self.root + name: value for name, value in self.sent.items()}
        standard = {f"1.3.6.1.2.1.33.1.{name}": value for name, value in self.ups_mib.items()}
        return {OBJECT_ID: self.object_id, **own, **standard}


def row(entry: str, index: str, columns: Mapping[int, int | str]) -> Sent:
    """Return a row of a table, by the numbers of its columns."""
    return {f"{entry}.{column}.{index}": value for column, value in columns.items()}


def recorded(folder: Path, device: Device) -> Path:
    """Return the recording that would be made of a device."""
    walk = folder / "device.snmprec"
    lines = (f"{name}|{_kind_of(value)}|{value}\n" for name, value in device.objects.items())
    walk.write_text("".join(lines))
    return walk


async def probed(folder: Path, device: Device) -> Probed:
    """Read a device as it would be read from a recording of it."""
    return await probe_walk(recorded(folder, device))


def _kind_of(value: int | str) -> int:
    """Return the type of a line of a recording: number, OID or text."""
    if isinstance(value, int):
        return 2
    return 6 if re.fullmatch(r"1\.3\.6(\.\d+)+", value) else 4
