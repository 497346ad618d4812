"""Which profiles a device may belong to by its sysObjectID, the closest first."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from config.profiles import Profile

# 1.3.6.1.4.1 and the number of an enterprise: what two devices of one maker have in common.
ENTERPRISE = 7
ENTERPRISES = "1.3.6.1.4.1."
# Of the agents that are built in devices of many makers: UCD-SNMP and net-snmp.
AGENTS = frozenset({"1.3.6.1.4.1.2021", "1.3.6.1.4.1.8072"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A profile that a device may belong to."""

    profile: Profile
    beside: tuple[str, ...] = ()
    """Where its sysObjectID is another one: the enterprises of which the device must have objects.
    What it then says must be of this profile, or it is none.
    """


def candidates(known: Iterable[Profile], name: str) -> Iterator[Candidate]:
    """Yield the profiles that a sysObjectID allows, and those that it alone keeps off.

    Another model of the same maker has another sysObjectID, and an agent that names no maker says
    nothing with its own.
    """
    profiles = list(known)
    ranked = _ranked(profiles, name)
    yield from (Candidate(profile=one) for one in ranked if not one.match.generic)
    yield from _beside(profiles, ranked, name)
    yield from (Candidate(profile=one) for one in ranked if one.match.generic)


def _ranked(known: Iterable[Profile], name: str) -> list[Profile]:
    ranked = []
    for profile in known:
        match = profile.match
        if any(_below(name, prefix) for prefix in match.not_object_ids):
            continue
        lengths = [len(one.split(".")) for one in match.object_ids if _below(name, one)]
        if lengths or not match.object_ids:
            ranked.append((match.generic, -max(lengths, default=0), profile))
    return _in_order([one[2] for one in sorted(ranked, key=lambda one: one[:2])])


def _beside(known: list[Profile], ranked: list[Profile], name: str) -> Iterator[Candidate]:
    """Yield the profiles of other sysObjectIDs that read objects of an enterprise."""
    maker = _enterprise(name)
    if maker in AGENTS or not any(maker in _makers(one) for one in known):
        maker = ""
    allowed = {one.name for one in ranked}
    others = [one for one in known if one.name not in allowed]
    for profile in _in_order(others):
        beside = tuple(dict.fromkeys(_enterprises_of(profile)))
        kept_off = any(_below(name, prefix) for prefix in profile.match.not_object_ids)
        if beside and not kept_off and (not maker or maker in _makers(profile)):
            yield Candidate(profile=profile, beside=beside)


def _enterprises_of(profile: Profile) -> Iterator[str]:
    """Yield the enterprises whose objects prove a profile: of its probe, or what it reads."""
    read = (one.oid for meter in profile.meters for one in meter.quantities)
    for name in profile.match.probe or read:
        if name.startswith(ENTERPRISES):
            yield _enterprise(name)


def _makers(profile: Profile) -> set[str]:
    return set(map(_enterprise, profile.match.object_ids)) - AGENTS


def _enterprise(name: str) -> str:
    return ".".join(name.split(".")[:ENTERPRISE])


def _in_order(ranked: list[Profile]) -> list[Profile]:
    """Return the profiles with each behind those that it says it comes after."""
    names = {profile.name for profile in ranked}
    ordered: list[Profile] = []
    waiting = ranked
    while waiting:
        done = {profile.name for profile in ordered}
        ready = [one for one in waiting if not (set(one.match.after) & names) - done]
        # A circle is broken at its first.
        ordered.append((ready or waiting)[0])
        waiting = [one for one in waiting if one is not ordered[-1]]
    return ordered


def _below(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(prefix + ".")
