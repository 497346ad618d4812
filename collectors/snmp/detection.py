"""Which profile a device belongs to."""

import re
from collections.abc import Iterable, Mapping

from collectors.snmp.ber import Value, oid, text_of
from collectors.snmp.failure import Failure, Malformed
from collectors.snmp.session import Session
from config.profiles import Profile

SYS_DESCR = oid("1.3.6.1.2.1.1.1.0")
SYS_OBJECT_ID = oid("1.3.6.1.2.1.1.2.0")
# 1.3.6.1.4.1 and the number of an enterprise: what two devices of one maker have in common.
ENTERPRISE = 7


async def detect(session: Session, known: Mapping[str, Profile]) -> tuple[Profile, bytes]:
    """Return the profile of a device, and its encoded sysObjectID.

    The longest matching sysObjectID wins; after them come the profiles that know a device only by
    a probe. Raises Failure that names the closest one if there is none.
    """
    said = await session.get((SYS_OBJECT_ID, SYS_DESCR), whole=True)
    raw = said.get(SYS_OBJECT_ID)
    object_id = raw if isinstance(raw, bytes) else b""
    name, description = _text(object_id), _description(said.get(SYS_DESCR))
    for profile in _candidates(known.values(), name):
        if not re.search(profile.match.description or "", description):
            continue
        if profile.match.probe is None or await session.has(oid(profile.match.probe)):
            return profile, object_id
    raise Failure(_unknown(known.values(), name, description))


def _text(object_id: bytes) -> str:
    try:
        return text_of(object_id)
    except Malformed:
        return ""


def _description(value: Value) -> str:
    return " ".join(value.decode("utf-8", "replace").split()) if isinstance(value, bytes) else ""


def _candidates(known: Iterable[Profile], name: str) -> list[Profile]:
    """Return the profiles that a sysObjectID allows, the closest first."""
    ranked = []
    for profile in known:
        if any(_below(name, prefix) for prefix in profile.match.not_object_ids):
            continue
        lengths = [len(one.split(".")) for one in profile.match.object_ids if _below(name, one)]
        if lengths or not profile.match.object_ids:
            ranked.append((max(lengths, default=0), profile))
    return [profile for _, profile in sorted(ranked, key=lambda one: -one[0])]


def _below(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(prefix + ".")


def _unknown(known: Iterable[Profile], name: str, description: str) -> str:
    who = f"sysObjectID {name or 'none'}" + (f" ({description[:80]})" if description else "")
    close = [
        (_common(name, prefix), profile.name, prefix)
        for profile in known
        for prefix in profile.match.object_ids
    ]
    length, closest, prefix = max(close, default=(0, "", ""))
    if length < ENTERPRISE:
        return f"there is no profile for {who}; write one in config/profiles"
    return (
        f"there is no profile for {who}; the closest is {closest} ({prefix}): "
        f"write profile: {closest} if it fits, or a new one in config/profiles"
    )


def _common(name: str, prefix: str) -> int:
    """Return how many arcs two OIDs begin with alike."""
    count = 0
    for one, other in zip(name.split("."), prefix.split("."), strict=False):
        if one != other:
            break
        count += 1
    return count
