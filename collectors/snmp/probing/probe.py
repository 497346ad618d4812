"""What a device is and says, read once: for `carbond probe`, through the code that polls it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from agent.errors import Unavailable
from agent.model import Scope
from collectors.snmp.address import security_of, target_of
from collectors.snmp.probing.recorded import RecordedWalk
from collectors.snmp.reading.asked import Asked
from collectors.snmp.reading.detection import Answer, ask, detect
from collectors.snmp.reading.facts import fact_of
from collectors.snmp.reading.layout import Device, Learnt, layout_of_plans, learn
from collectors.snmp.reading.plan import Values
from collectors.snmp.reading.polling import poll
from collectors.snmp.reading.values import Memory, Said, doubt_of, said_of
from collectors.snmp.settings import SnmpSettings
from collectors.snmp.wire.failure import Failure
from collectors.snmp.wire.session import Session
from collectors.snmp.wire.transport import Transport
from config.profiles import Profile, profiles, vendor_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One meter, and what it said."""

    meter: Learnt
    said: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """A device, what it is, and what it said once."""

    answer: Answer
    device: Device
    vendor: str | None
    model: str | None
    shown: tuple[Shown, ...]
    values: Values
    """All that it answered."""

    @property
    def profile(self) -> Profile:
        """The profile that it was read by."""
        return self.device.profile


async def probe(
    session: Asked, known: Mapping[str, Profile], profile: Profile | None = None
) -> Probed:
    """Find out what a device is, and read it once; by `profile`, where it is given.

    Raises Failure if it is silent, and Unknown if no profile is for it.
    """
    answer = await ask(session)
    scopes = frozenset(Scope)
    if profile is None:
        device = await detect(session, answer, known, scopes)
    else:
        device = await learn(session, profile, scopes)
    plans = [meter.plan for meter in device.meters]
    values = await poll(session, layout_of_plans(device, plans, bulk=session.bulk), ())
    facts = device.profile
    maker = vendor_of(answer.object_id)
    usual = next(filter(None, map(vendor_of, facts.match.object_ids)), None)
    return Probed(
        answer=answer,
        device=device,
        vendor=await fact_of(session, facts.vendor, answer.description, maker) or maker or usual,
        model=await fact_of(session, facts.model, answer.description, maker),
        shown=tuple(_shown(device.meters, values)),
        values=values,
    )


def _shown(meters: Iterable[Learnt], values: Values) -> Iterable[Shown]:
    """Yield the meters that say something, be it a number that is not believed."""
    memory = Memory()
    for one in meters:
        said = said_of(one.plan, values, memory)
        told = said.power is not None or said.energy is not None or said.conditions
        if told or any(doubt_of(point, values) for point in one.plan.points):
            yield Shown(meter=one, said=said)


async def probe_walk(path: Path, profile: Profile | None = None) -> Probed:
    """Probe a recorded walk. Raises Unavailable, ConfigError for a file that is no walk."""
    try:
        return await probe(RecordedWalk(path), profiles(), profile)
    except Failure as error:
        raise Unavailable(f"{path.name}: {error}") from error


async def profile_of_walk(path: Path, profile: Profile) -> str | None:
    """Return the name of the profile that a walk's device is read by, with one more to choose
    from; None if none is for it.
    """
    walk = RecordedWalk(path)
    known = {**profiles(), profile.name: profile}
    try:
        return (await detect(walk, await ask(walk), known, frozenset(Scope))).profile.name
    except Failure:
        return None


async def probe_device(settings: SnmpSettings) -> Probed:
    """Probe a device. Raises Unavailable."""
    transport = Transport()
    profile = profiles()[settings.profile] if settings.profile else None
    try:
        session = Session(transport, await target_of(settings), security_of(settings))
        session.tries = settings.tries
        return await probe(session, profiles(), profile)
    except Failure as error:
        raise Unavailable(f"{settings.address}: {error}") from error
    finally:
        transport.close()
