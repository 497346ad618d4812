"""DCMI Get Power Reading (DCMI 1.5 section 6.6.1), and which of its numbers are measurements."""

import struct
from dataclasses import dataclass

from agent.clock import Clock
from agent.units import Watts
from collectors.ipmi.failures import (
    NOT_NOW,
    PRIVILEGE,
    UNKNOWN_COMMAND,
    Completion,
    Failure,
    Malformed,
    Untrusted,
)
from collectors.ipmi.session import Session

SOURCE = "dcmi"
ABSENT = frozenset({UNKNOWN_COMMAND, 0xC2})
"""Completion codes of a BMC without DCMI."""

PAUSES = (1.0, 5.0)
"""Seconds before the second and the third read: some boards answer only those."""

_GROUP = 0xDC
_NETFN, _READ_POWER = 0x2C, 0x02
_SYSTEM_POWER = bytes((_GROUP, 0x01, 0x00, 0x00))
_FIELDS = struct.Struct("<BHHHHIIB")
_ACTIVE = 0x40
_NO_VALUE = 0xFFFF
_CHASSIS, _STATUS, _ON = 0x00, 0x01, 0x01


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """The power of a machine, and how it is known."""

    watts: Watts
    source: str
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What stands in an answer: a power averaged over a time that the maker chose."""

    watts: int
    active: bool


def said_of(data: bytes) -> Said:
    """Return what an answer says, from the byte after its completion code. Raises Malformed."""
    if len(data) < _FIELDS.size or data[0] != _GROUP:
        raise Malformed(f"the DCMI power reading cannot be read: {data[:32].hex(' ')}")
    _, watts, _, _, _, _, _, state = _FIELDS.unpack_from(data)
    return Said(watts=watts, active=bool(state & _ACTIVE))


class Dcmi:
    """Reads power by DCMI. It remembers whether this BMC has ever measured."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._has_measured = False

    async def read(self, session: Session) -> Power:
        """Return the power. Raises Untrusted for a number that is none, else Failure.

        The state bit alone says little: BMCs send true watts with the bit clear, and 0 W for ever
        with the bit set.
        """
        said = await self._said(session)
        if said.watts == _NO_VALUE:
            raise Untrusted("DCMI says 65535 W, which is no measurement")
        if not said.watts and not said.active:
            raise Failure("DCMI says that it is not measuring")
        if not said.watts and not self._has_measured and not await _is_off(session):
            raise Untrusted("DCMI says 0 W, but the machine is on")
        self._has_measured = self._has_measured or said.watts > 0
        flags = () if said.active else ("inactive",)
        return Power(watts=Watts(float(said.watts)), source=SOURCE, flags=flags)

    async def _said(self, session: Session) -> Said:
        for pause in PAUSES:
            try:
                return said_of(await session.command(_NETFN, _READ_POWER, _SYSTEM_POWER))
            except Completion as failure:
                if failure.code not in NOT_NOW:
                    raise
            await self._clock.sleep(pause)
        return said_of(await session.command(_NETFN, _READ_POWER, _SYSTEM_POWER))


async def _is_off(session: Session) -> bool:
    try:
        status = await session.command(_CHASSIS, _STATUS)
    except Completion as failure:
        if failure.code == PRIVILEGE:
            raise
        return False
    return bool(status) and not status[0] & _ON
