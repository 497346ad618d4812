"""Which profile a device belongs to."""

import re
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from dataclasses import dataclass

from agent.model import Scope
from collectors.snmp.reading.asked import Asked
from collectors.snmp.reading.candidates import ENTERPRISE, ENTERPRISES, candidates
from collectors.snmp.reading.layout import Device, learn
from collectors.snmp.wire.ber import Value, oid, text_of
from collectors.snmp.wire.failure import Failure, Malformed, Silent, Unknown
from config.profiles import Match, Profile

SYS_DESCR = oid("1.3.6.1.2.1.1.1.0")
SYS_OBJECT_ID = oid("1.3.6.1.2.1.1.2.0")
# Of so many enterprises has no device objects: an agent that says more makes them up.
MOST_ENTERPRISES = 100
# Some agents send the sysObjectID as text.
_OID_TEXT = re.compile(rb"\.?[0-2](\.\d+)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a device says of itself."""

    raw: bytes
    """Its sysObjectID as it came, empty without one."""
    object_id: str
    """The same as text, empty where it is none."""
    description: str


async def ask(session: Asked) -> Answer:
    """Return what a device says of itself. Raises Failure if it is silent."""
    said = await session.get((SYS_OBJECT_ID, SYS_DESCR), whole=True)
    raw = said.get(SYS_OBJECT_ID)
    name = raw if isinstance(raw, bytes) else b""
    return Answer(raw=name, object_id=_text(name), description=_line(said.get(SYS_DESCR)))


async def detect(
    session: Asked,
    answer: Answer,
    known: Mapping[str, Profile],
    scopes: Collection[Scope],
    limit: float = 0,
) -> Device:
    """Return what is learnt of a device by the profile that fits it.

    The longest matching sysObjectID wins; after them come the profiles that know a device only by
    a probe, then those that only their sysObjectID keeps off, and last the generic ones. Of a
    profile that matches and of which the device says nothing, the next one is tried. Raises
    Unknown, which names the closest one, if none matches.
    """
    first: Device | None = None
    failed: Failure | None = None
    async for profile, named in _matching(session, answer, known):
        try:
            device = await learn(session, profile, scopes, limit)
        except Silent:
            raise
        except Failure as error:
            failed = failed or (error if named else None)
            continue
        if device.tells or profile.no_power is not None:
            return device
        if named and (first is None or (device.meters and not first.meters)):
            first = device
    if first is None:
        raise failed or Unknown(unknown(known.values(), answer, session.address))
    return first


async def _matching(
    session: Asked, answer: Answer, known: Mapping[str, Profile]
) -> AsyncIterator[tuple[Profile, bool]]:
    """Yield the profiles that match, the closest first, and whether they match in all respects."""
    enterprises: frozenset[str] | None = None
    for one in candidates(known.values(), answer.object_id):
        match = one.profile.match
        if not re.search(match.description or "", answer.description):
            continue
        if one.beside:
            enterprises = await _enterprises(session) if enterprises is None else enterprises
            if enterprises.isdisjoint(one.beside):
                continue
        if await _has(session, match):
            yield one.profile, not one.beside


async def _enterprises(session: Asked) -> frozenset[str]:
    """Return the enterprises of which a device has objects.

    It is asked once for each that it has, not for each that a profile knows.
    """
    found: set[str] = set()
    number = 0
    while len(found) < MOST_ENTERPRISES:
        name = await session.after(oid(f"{ENTERPRISES}{number}"))
        text = text_of(name) if name else ""
        if not text.startswith(ENTERPRISES):
            break
        enterprise = text.split(".")[ENTERPRISE - 1]
        if int(enterprise) < number:
            break
        found.add(f"{ENTERPRISES}{enterprise}")
        number = int(enterprise) + 1
    return frozenset(found)


async def _has(session: Asked, match: Match) -> bool:
    for name in match.not_probe:
        if await _says(session, oid(name)):
            return False
    for name in match.probe:
        if await _says(session, oid(name)):
            return True
    return not match.probe


async def _says(session: Asked, name: bytes) -> bool:
    """Return whether a device has an object, or anything below it."""
    scalar = name.endswith(b"\x00")
    if scalar and name in await session.get((name,)):
        return True
    below = (await session.after(name)).startswith(name)
    return below or (not scalar and name in await session.get((name,)))


def _text(object_id: bytes) -> str:
    if _OID_TEXT.fullmatch(object_id.strip()):
        return object_id.decode().strip().removeprefix(".")
    try:
        return text_of(object_id)
    except Malformed:
        return ""


def _line(value: Value) -> str:
    return " ".join(value.decode("utf-8", "replace").split()) if isinstance(value, bytes) else ""


def unknown(known: Iterable[Profile], answer: Answer, address: str) -> str:
    """Return what to say of a device that no profile is for."""
    name, description = answer.object_id, answer.description
    who = f"sysObjectID {name or 'none'}" + (f" ({description[:80]})" if description else "")
    close = [
        (_common(name, prefix), profile.name, prefix)
        for profile in known
        for prefix in profile.match.object_ids
    ]
    length, closest, prefix = max(close, default=(0, "", ""))
    way = f"run `carbond record {address}` for a profile of its own (docs/devices.md)"
    if length < ENTERPRISE:
        return f"no profile for {who}; {way}"
    return (
        f"no profile for {who}; closest is {closest} ({prefix}): write profile: {closest} "
        f"if it fits, or {way}"
    )


def _common(name: str, prefix: str) -> int:
    """Return how many arcs two OIDs begin with alike."""
    count = 0
    for one, other in zip(name.split("."), prefix.split("."), strict=False):
        if one != other:
            break
        count += 1
    return count
