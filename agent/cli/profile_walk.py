"""What a profile makes of a recorded walk, and whether the walk is of its family at all."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collectors.snmp.probing.entry import entry_of
from collectors.snmp.probing.probe import Probed, probe_walk, profile_of_walk
from config.profiles import MeterBlock, Profile

MOST = 3
"""So many objects are named that a walk does not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """A walk as a profile reads it."""

    entry: dict[str, Any]
    fits: bool
    """Whether it reads anything."""

    notes: Sequence[str]
    """What its author should know, a line each."""


def walked(walk: Path, profile: Profile) -> Walked:
    """Read a walk by a profile. Raises Unavailable, ConfigError for a file that is no walk."""
    probed = asyncio.run(probe_walk(walk, profile))
    return Walked(
        entry=entry_of(probed),
        fits=bool(probed.shown),
        notes=[f"{walk}: {note}" for note in _notes(probed, walk, profile)],
    )


def _notes(probed: Probed, walk: Path, profile: Profile) -> Iterator[str]:
    read = {one.meter.scope for one in probed.shown}
    left = [block for block in profile.meters if block.scope not in read]
    if not read:
        yield f"the profile reads nothing of it: it has no {', no '.join(_objects(left))}"
    elif left:
        scopes = dict.fromkeys(str(block.scope) for block in left)
        yield f"nothing is read of: {', '.join(scopes)}"
    chosen = asyncio.run(profile_of_walk(walk, profile))
    if chosen == profile.name:
        return
    reader = f"such a device is read by {chosen}" if chosen else "no profile is for such a device"
    yield f"{reader}: its sysObjectID is {probed.answer.object_id or 'missing'}: see `match`" + (
        f", or write `profile: {profile.name}` in the settings of the device" if read else ""
    )


def _objects(blocks: Sequence[MeterBlock]) -> list[str]:
    names = dict.fromkeys(one.oid for block in blocks for one in block.main or block.quantities)
    return [*names][:MOST]
