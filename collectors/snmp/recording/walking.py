"""A walk of a device for a recording: what matters for a profile, and not more than a bound."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from enum import Enum

from collectors.snmp.wire.ber import EXCEPTIONS, Varbind, arcs_of, oid, oid_of, text_of
from collectors.snmp.wire.failure import Failure, Refused, Silent
from collectors.snmp.wire.message import NO_ERROR, NO_SUCH_NAME, TOO_BIG, Answer
from collectors.snmp.wire.session import Session
from config.profiles import Profile

# system, UPS-MIB, ENTITY-MIB, ENTITY-SENSOR-MIB, POWER-ETHERNET-MIB, ENERGY-OBJECT-MIB,
# POWER-ATTRIBUTES-MIB, ENERGY-OBJECT-CONTEXT-MIB, and all enterprises.
SUBTREES = tuple(f"1.3.6.1.2.1.{number}" for number in (1, 33, 47, 99, 105, 229, 230, 231))
SUBTREES += ("1.3.6.1.4.1",)

# Interfaces, addresses, connections, bridges, hosts' processes: nothing about power, and much
# about the network. Of ENTITY-MIB, the logical entities: their rows hold communities.
NEVER = tuple(f"1.3.6.1.2.1.{number}" for number in (2, 3, 4, 5, 6, 7, 8, 10, 11, 14, 15, 16, 17))
NEVER += tuple(f"1.3.6.1.2.1.{number}" for number in (25, 31, 55, "47.1.2", "47.1.3"))
# SNMPv2: communities, users, views and targets of traps.
NEVER += ("1.3.6.1.6",)

# How many values one answer is asked to bring: small agents have small buffers.
ROWS = 20
# How many times fewer they are after an answer that did not come.
FEWER = 4
_OID = re.compile(r"1\.3\.6\.1(?:\.\d+)+")
_STANDARD_DEPTH = 7
"""Arcs of a subtree of mib-2: 1.3.6.1.2.1 and one."""


class End(Enum):
    """How an answer stands to the subtree that is walked."""

    MORE = "more"
    OUTSIDE = "outside"
    """It reaches beyond the subtree, or the end of all there is."""

    BACK = "back"
    """It goes back, or stands still."""


class Walk(Session):
    """Takes all objects of subtrees with the types they came in. Its transport sets the pace."""

    rows = ROWS
    """How many values the next answer is asked to bring."""

    async def take(
        self,
        subtree: bytes,
        without: Sequence[bytes],
        seen: Callable[[Sequence[Varbind]], bool],
    ) -> str:
        """Hand the objects below an OID to `seen`, answer by answer, until it returns False.

        Objects below `without` are stepped over. Returns why the subtree was not taken whole,
        empty where it was, or where `seen` has ended it.
        """
        at, end = subtree, End.MORE
        while end is End.MORE:
            try:
                answer = await self._rows_after(at)
            except Failure as error:
                return f"{text_of(at)}: {error}"
            below, end = _below(answer.varbinds, subtree, at)
            kept = [one for one in below if not one[0].startswith(tuple(without))]
            if not seen(kept):
                return ""
            at = _onward(below[-1][0], without) if below else at
        return f"{text_of(at)}: the next object is no later one" if end is End.BACK else ""

    async def _rows_after(self, at: bytes) -> Answer:
        """Return the next objects, none at the end. Raises Failure.

        Asks for fewer at once from now on where an answer is too big, for the agent, which says
        so, or for the way, where it is lost in silence.
        """
        while True:
            try:
                answer = await self._next((at,), self.rows)
            except Silent:
                if self.rows == 1:
                    raise
                self.rows = max(self.rows // FEWER, 1)
                continue
            if answer.status == TOO_BIG and self.rows > 1:
                self.rows //= 2
                continue
            if answer.status not in (NO_ERROR, NO_SUCH_NAME):
                raise Refused(f"it answers with error {answer.status}")
            return answer if not answer.status else replace(answer, varbinds=[])


def _below(found: Sequence[Varbind], subtree: bytes, at: bytes) -> tuple[list[Varbind], End]:
    """Return the objects that are in the subtree and later than the one before, and the end."""
    below: list[Varbind] = []
    last = arcs_of(at)
    for one in found:
        if one[1] in EXCEPTIONS or not one[0].startswith(subtree):
            return below, End.OUTSIDE
        name = arcs_of(one[0])
        if name <= last:
            return below, End.BACK
        last = name
        below.append(one)
    return below, End.MORE if found else End.OUTSIDE


def _onward(name: bytes, without: Sequence[bytes]) -> bytes:
    """Return where to go on after an object: behind the subtree that it is in, if left out."""
    for one in without:
        if name.startswith(one):
            *head, last = arcs_of(one)
            return oid_of([*head, last + 1])
    return name


def subtrees_of(known: Iterable[Profile]) -> list[bytes]:
    """Return the subtrees to walk, in order: the standard ones, and what profiles read beside."""
    wanted = list(SUBTREES)
    for profile in known:
        for name in _OID.findall(profile.model_dump_json()):
            if not _in(name, wanted) and not _in(name, NEVER):
                wanted.append(".".join(name.split(".")[:_STANDARD_DEPTH]))
    return sorted((oid(one) for one in dict.fromkeys(wanted)), key=arcs_of)


def left_out() -> list[bytes]:
    """Return the subtrees that no recording has."""
    return [oid(one) for one in NEVER]


def _in(name: str, subtrees: Iterable[str]) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in subtrees)
