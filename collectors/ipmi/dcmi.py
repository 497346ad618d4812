"""DCMI Get Power Reading (DCMI 1.5 section 6.6.1), and which of its numbers are measurements."""

import struct
from dataclasses import dataclass

from agent.units import Watts
from collectors.ipmi.chassis import is_off
from collectors.ipmi.failures import (
    NOT_NOW,
    PRIVILEGE,
    UNKNOWN_COMMAND,
    Completion,
    Failure,
    Malformed,
    Untrusted,
)
from collectors.ipmi.poll import Poll

GROUP = 0xDC
NETFN = 0x2C

SOURCE = "dcmi"
ABSENT = frozenset({UNKNOWN_COMMAND, 0xC2})
"""Completion codes of a BMC without DCMI."""

_FOR_GOOD = ABSENT | {PRIVILEGE}

PAUSES = (1.0, 5.0)
"""Seconds before the second and the third read: some boards answer only those."""

_READ_POWER = 0x02
_SYSTEM_POWER = bytes((GROUP, 0x01, 0x00, 0x00))
_FIELDS = struct.Struct("<BHHHHIIB")
_ACTIVE = 0x40
_NO_VALUE = 0xFFFF


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
    if len(data) < _FIELDS.size or data[0] != GROUP:
        raise Malformed(f"the DCMI power reading cannot be read: {data[:32].hex(' ')}")
    _, watts, _, _, _, _, _, state = _FIELDS.unpack_from(data)
    return Said(watts=watts, active=bool(state & _ACTIVE))


class Dcmi:
    """Reads power by DCMI. It remembers how this BMC wants it."""

    def __init__(self) -> None:
        self._has_measured = False
        # Whether it has refused a first read, and answered the second or the third.
        self._hesitates = False

    async def read(self, poll: Poll, *, insist: bool = False) -> Power:
        """Return the power. Raises Untrusted for a number that is none, else Failure.

        The state bit alone says little: BMCs send true watts with the bit clear, and 0 W for ever
        with the bit set. `insist` reads again after any refusal that may pass.
        """
        said = await self._said(poll, insist=insist)
        if said.watts == _NO_VALUE:
            raise Untrusted("DCMI says 65535 W, which is no measurement")
        if not said.watts and not said.active:
            raise Failure("DCMI says that it is not measuring")
        if not said.watts and not self._has_measured and not await is_off(poll.session):
            raise Untrusted("DCMI says 0 W, but the machine is on")
        self._has_measured = self._has_measured or said.watts > 0
        flags = () if said.active else ("inactive",)
        return Power(watts=Watts(float(said.watts)), source=SOURCE, flags=flags)

    async def _said(self, poll: Poll, *, insist: bool) -> Said:
        """Read, and once more after each of the pauses that the poll has time for."""
        pauses, hesitates = iter(PAUSES), self._hesitates
        while True:
            try:
                said = said_of(await poll.session.command(NETFN, _READ_POWER, _SYSTEM_POWER))
            except Completion as failure:
                pause = next(pauses, None)
                not_now = failure.code in NOT_NOW
                passes = not_now or ((insist or self._hesitates) and failure.code not in _FOR_GOOD)
                if pause is None or not passes or not poll.has(pause):
                    raise
                hesitates = hesitates or not not_now
                await poll.clock.sleep(pause)
            else:
                self._hesitates = hesitates
                return said
