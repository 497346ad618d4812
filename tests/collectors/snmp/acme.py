"""A made-up family: its profile, and walks of its devices."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from collectors.snmp.probing.entry import entry_of
from collectors.snmp.probing.probe import Probed, probe
from collectors.snmp.probing.recorded import RecordedWalk
from config.profiles import Profile, profile_of

BASE = "1.3.6.1.4.1.9999"
HEAD = "name: {name}\ntitle: Test\nkind: pdu\nlimit_watts: 50000\nmatch: {match}\n"
Rows = Mapping[str, object]


def profile(
    text: str, *, name: str = "acme", match: str = "{object_ids: [1.3.6.1.4.1.9999]}"
) -> Profile:
    """Return a profile; `B.` in its OIDs is the enterprise."""
    whole = HEAD.format(name=name, match=match) + text
    return profile_of(whole.replace("B.", f"{BASE}."), f"{name}.yaml")


def walk_of(folder: Path, rows: Rows, object_id: str = f"6|{BASE}.1") -> RecordedWalk:
    """Return a walk: numbers are integers, what begins as an OID is one, all else is text."""
    lines = [f"1.3.6.1.2.1.1.2.0|{object_id}"] if object_id else []
    for name, value in rows.items():
        full = name if name.startswith("1.3.6.") else f"{BASE}.{name}"
        kind = 2 if isinstance(value, int) else 6 if str(value).startswith("1.3.6.") else 4
        lines.append(f"{full}|{kind}|{value}")
    path = folder / "device.snmprec"
    path.write_text("\n".join(lines) + "\n")
    return RecordedWalk(path)


async def probed(folder: Path, text: str, rows: Rows) -> Probed:
    return await probe(walk_of(folder, rows), {"acme": profile(text)})


async def read(folder: Path, text: str, rows: Rows) -> dict[str, Any]:
    return entry_of(await probed(folder, text, rows))
