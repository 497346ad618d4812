"""Records a device: walks it politely, removes what is private, and writes it as snmprec."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from agent.errors import Unavailable
from collectors.snmp.address import security_of, target_of
from collectors.snmp.recording.columns import columns_of
from collectors.snmp.recording.privacy import Privacy
from collectors.snmp.recording.snmprec import lines_of
from collectors.snmp.recording.walking import Walk, left_out, subtrees_of
from collectors.snmp.settings import SnmpSettings
from collectors.snmp.wire.ber import Varbind, oid
from collectors.snmp.wire.failure import Failure
from collectors.snmp.wire.paced import PacedTransport, Turn
from config.profiles import Profile

# What every agent has, and without which a recording is of no use.
SYSTEM = (oid("1.3.6.1.2.1.1.2.0"), oid("1.3.6.1.2.1.1.1.0"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Where a walk ends that has no end."""

    objects: int
    seconds: float


@dataclass(slots=True, kw_only=True)
class Recording:
    """What was taken so far. It grows while the walk runs."""

    objects: list[Varbind] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """Why it is not whole, in the words of people."""

    def written(
        self,
        settings: SnmpSettings,
        known: Iterable[Profile],
        *,
        words: Iterable[str] = (),
        keep_names: bool = False,
    ) -> "Written":
        """Return it as a file, without what is private and without the settings' own secrets."""
        privacy = Privacy(
            columns_of(known),
            credentials=_credentials(settings),
            words=words,
            keep_names=keep_names,
        )
        lines = list(lines_of(privacy.cleaned(self.objects)))
        return Written(lines=lines, removed=privacy.removed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A walk as it may be sent to others."""

    lines: Sequence[str]
    removed: Counter[str]
    """How often something was removed, by what it was."""


async def record(
    settings: SnmpSettings,
    known: Mapping[str, Profile],
    recording: Recording,
    *,
    turn: Turn,
    bounds: Bounds,
    seen: Callable[[], None],
) -> None:
    """Walk a device; `seen` is called after each answer. Raises Unavailable if it is silent."""
    transport = PacedTransport(turn)
    try:
        walk = Walk(transport, await target_of(settings), security_of(settings))
        walk.tries = settings.tries
        await walk.get(SYSTEM, whole=True)
        await _take(walk, known, recording, bounds, seen)
    except Failure as error:
        raise Unavailable(f"{settings.address}: {error}") from error
    finally:
        transport.close()


async def _take(
    walk: Walk,
    known: Mapping[str, Profile],
    recording: Recording,
    bounds: Bounds,
    seen: Callable[[], None],
) -> None:
    deadline = time.monotonic() + bounds.seconds

    def kept(objects: Sequence[Varbind]) -> bool:
        recording.objects.extend(objects)
        seen()
        return len(recording.objects) < bounds.objects and time.monotonic() < deadline

    for subtree in subtrees_of(known.values()):
        problem = await walk.take(subtree, left_out(), kept)
        if problem:
            recording.problems.append(f"{problem}: what follows it is missing")
        if not len(recording.objects) < bounds.objects:
            del recording.objects[bounds.objects :]
            recording.problems.append(f"it has more than {bounds.objects} objects (--most)")
            return
        if time.monotonic() >= deadline:
            recording.problems.append(f"it took longer than {bounds.seconds:g} s (--longest)")
            return


def _credentials(settings: SnmpSettings) -> list[str]:
    """Return the secrets that the device was asked with."""
    parts = (settings.auth, settings.priv)
    secrets = [part.password for part in parts if part] + [settings.community]
    return [secret.reveal() for secret in secrets if secret] + [settings.user or ""]
