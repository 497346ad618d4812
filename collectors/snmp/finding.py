"""Whether an SNMP agent is at an address, and which profile reads it, for `carbond discover`.

SNMPv3 is found by the discovery of its engine (RFC 3414 section 4), which needs no user.
"""

import asyncio
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from agent.model import Scope
from collectors.snmp.reading.detection import SYS_DESCR, SYS_OBJECT_ID, ask, detect
from collectors.snmp.wire.ber import Value, oid
from collectors.snmp.wire.failure import Failure, Refused
from collectors.snmp.wire.message import GET, NAMES, V1, V2C, Community, request
from collectors.snmp.wire.paced import PacedTransport, Turn
from collectors.snmp.wire.secure import Report, User, UserSecurity
from collectors.snmp.wire.session import Session
from collectors.snmp.wire.transport import Target
from config import Secret
from config.profiles import Profile, vendor_of

PORT = 161
TRIES = 2
SYS_NAME = oid("1.3.6.1.2.1.1.5.0")
LONGEST_LEARNING = 120.0
"""Seconds in which the profile of a device must be found."""

_READ = frozenset({Scope.TOTAL, Scope.INPUT, Scope.INLET})
_ENGINE_HEAD = 4
"""Bytes of an engine id in which the number of its maker stands (RFC 3411, SnmpEngineID)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundAgent:
    """An SNMP agent that has answered."""

    version: str
    """v2c or v1, if a community was right; else v3."""

    community: int | None = None
    """Which of the given communities was right."""

    name: str = ""
    """Its sysName."""

    description: str = ""
    """Its sysDescr, or who made it."""

    profile: Profile | None = None
    """What reads it."""

    note: str = ""
    """Why there is no profile, and the way out."""


class AgentFinding:
    """Asks addresses whether they have an SNMP agent. It sends to no address but those."""

    def __init__(
        self,
        communities: Sequence[Secret],
        known: Mapping[str, Profile],
        turn: Turn,
        *,
        port: int = PORT,
        timeout: float = 1.0,
    ) -> None:
        """`timeout` is in seconds, for each try of each question."""
        self._greetings = [
            (number, Community(version, secret.reveal().encode()))
            for version in (V2C, V1)
            for number, secret in enumerate(communities)
        ]
        self._known = known
        self._transport = PacedTransport(turn)
        self._port = port
        self._timeout = timeout

    @property
    def packets(self) -> int:
        """How many packets a silent address gets."""
        return TRIES * (len(self._greetings) + 1)

    async def at(self, address: str) -> FoundAgent | None:
        """Return the agent at a numeric address; None if nothing answers that is one."""
        try:
            target = await self._target(address)
        except OSError:
            return None
        for _ in range(TRIES):
            found = await self._by_community(target) or await self._by_engine(target)
            if found is not None:
                return found
        return None

    async def _target(self, address: str) -> Target:
        """Raises OSError for a name: nothing is looked up."""
        found = await asyncio.get_running_loop().getaddrinfo(
            address, self._port, type=socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST
        )
        where = tuple(part for part in found[0][4] if not isinstance(part, bytes))
        return Target(family=found[0][0], address=where, timeout=self._timeout)

    async def _by_community(self, target: Target) -> FoundAgent | None:
        for number, security in self._greetings:
            session = Session(self._transport, target, security)
            try:
                said = await session.get((SYS_OBJECT_ID, SYS_DESCR, SYS_NAME), whole=True)
            except Refused as error:
                version = NAMES[security.version]
                return FoundAgent(
                    version=version, community=number, note=_line(str(error).encode())
                )
            except Failure:
                continue
            return await self._learnt(session, number, NAMES[security.version], said)
        return None

    async def _learnt(
        self, session: Session, number: int, version: str, said: Mapping[bytes, Value]
    ) -> FoundAgent:
        session.tries = TRIES
        profile, note = None, ""
        try:
            async with asyncio.timeout(LONGEST_LEARNING):
                device = await detect(session, await ask(session), self._known, _READ)
            profile, note = device.profile, device.profile.no_power or ""
        except TimeoutError:
            note = f"it took longer than {LONGEST_LEARNING:g} s to find its profile"
        except Failure as error:
            note = str(error)
        return FoundAgent(
            version=version,
            community=number,
            name=_line(said.get(SYS_NAME)),
            description=_line(said.get(SYS_DESCR)),
            profile=profile,
            note=_line(note.encode()),
        )

    async def _by_engine(self, target: Target) -> FoundAgent | None:
        security = UserSecurity(User(name=""))
        sealed = security.seal(request(GET, ()))
        with suppress(Failure):
            report = await self._transport.ask(target, sealed, security.open, 1)
            if isinstance(report, Report):
                return FoundAgent(
                    version="v3",
                    description=_maker(report.engine),
                    note="it speaks SNMPv3: write its user",
                )
        return None

    async def close(self) -> None:
        """Close the sockets."""
        self._transport.close()


def _maker(engine: bytes) -> str:
    """Return who made an engine, by its id."""
    number = int.from_bytes(engine[:_ENGINE_HEAD], "big") & 0x7FFF_FFFF
    return vendor_of(f"1.3.6.1.4.1.{number}") or f"enterprise {number}"


def _line(value: Value) -> str:
    """Return a text of a device as one line."""
    if not isinstance(value, bytes):
        return ""
    text = value.decode("utf-8", "replace")
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())
