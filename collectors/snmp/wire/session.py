"""What one device is asked: values by GET, columns by GETBULK (GETNEXT in v1)."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from collectors.snmp.wire.ber import EXCEPTIONS, LONG, Value, arcs_of, text_of
from collectors.snmp.wire.failure import Looping, Malformed, Refused, Silent, Unheard
from collectors.snmp.wire.message import (
    ERRORS,
    GEN_ERR,
    GET,
    GETBULK,
    GETNEXT,
    NO_SUCH_NAME,
    TOO_BIG,
    V1,
    V3,
    Answer,
    Community,
    Request,
    Sealed,
    request,
)
from collectors.snmp.wire.secure import Report, UserSecurity
from collectors.snmp.wire.transport import Target, Transport

# Varbinds in one request, and octets: what an Ethernet frame holds, with room for v3.
FULL_BATCH = 40
FULL_REQUEST = 1200
# Values that one walk may bring before it counts as endless.
LONGEST_WALK = 10_000
# Discovery, clock and answer, and one more for an engine that changes meanwhile.
ROUNDS = 4
DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class _Batch:
    """A request and what opens its answers; kept from poll to poll."""

    pdu: Request
    sealed: Sealed
    opener: Callable[[bytes], Answer]

    def open(self, data: bytes) -> Answer:
        """Return the answer in a datagram. Raises Malformed, also for other OIDs than asked."""
        answer = self.opener(data)
        if answer.status or isinstance(answer, Report):
            return answer
        if self.pdu.tag != GET:
            if any(not name or name[-1] & LONG for name, _, _ in answer.varbinds):
                raise Malformed("has a broken object identifier")
        elif [varbind[0] for varbind in answer.varbinds] != list(self.pdu.oids):
            raise Malformed(f"answers other OIDs than asked{_first(answer)}")
        return answer


def _first(answer: Answer) -> str:
    return f": {text_of(answer.varbinds[0][0])}" if answer.varbinds else ""


class Session:
    """Asks one device. Its calls never overlap."""

    def __init__(
        self,
        transport: Transport,
        target: Target,
        security: Community | UserSecurity,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.target = target
        self.tries = 1
        self.batch = FULL_BATCH
        self._transport = transport
        self._security = security
        self._monotonic = monotonic
        self._missing: set[bytes] = set()
        self._batches: dict[tuple[bytes, ...], list[_Batch]] = {}
        self._forget_at = monotonic() + DAY

    @property
    def address(self) -> str:
        """The address it asks."""
        return str(self.target.address[0])

    @property
    def bulk(self) -> bool:
        """Whether it can ask for many rows at once."""
        return self._security.version != V1

    async def get(self, oids: tuple[bytes, ...], *, whole: bool = False) -> dict[bytes, Value]:
        """Return the values of those OIDs that have one.

        Raises Failure if there is no answer at all, or none to some when the `whole` is wanted;
        else what a device stops to answer half way is left out.
        """
        self._forget()
        found: dict[bytes, Value] = {}
        asked = False
        for batch in self._prepared(oids):
            try:
                found |= await self._fitting(batch)
            except Silent:
                if whole or not asked:
                    raise
                break
            asked = True
        return found

    async def _fitting(self, batch: _Batch) -> dict[bytes, Value]:
        """Ask a batch, or its parts where it was made before the device said what is too big."""
        if len(batch.pdu.oids) <= self.batch:
            return await self._get(batch)
        return await self._in_parts(batch.pdu.oids)

    async def _in_parts(self, oids: Sequence[bytes]) -> dict[bytes, Value]:
        found: dict[bytes, Value] = {}
        while oids:
            part = next(_parts(oids, self.batch))
            found |= await self._get(self._batch(GET, part))
            oids = oids[len(part) :]
        return found

    def _forget(self) -> None:
        """Once a day, try again what the device could not do: its firmware may be another one."""
        if self._monotonic() > self._forget_at:
            self._forget_at = self._monotonic() + DAY
            self._missing.clear()
            self._learn(FULL_BATCH)

    def _learn(self, batch: int) -> None:
        self.batch = batch
        self._batches.clear()

    def _prepared(self, oids: tuple[bytes, ...]) -> list[_Batch]:
        if oids not in self._batches:
            asked = [name for name in oids if name not in self._missing]
            self._batches[oids] = [self._batch(GET, part) for part in _parts(asked, self.batch)]
        return self._batches[oids]

    def _batch(self, tag: int, oids: Sequence[bytes], repetitions: int = 0) -> _Batch:
        pdu = request(tag, oids, 0, repetitions)
        return _Batch(pdu, self._security.seal(pdu), self._security.open)

    async def _get(self, batch: _Batch) -> dict[bytes, Value]:
        answer = await self._ask(batch)
        if answer.status == TOO_BIG:
            return await self._halved(batch.pdu.oids)
        if answer.status:
            return await self._without(batch.pdu.oids, answer)
        return {name: value for name, _, value in answer.varbinds if value is not None}

    async def _halved(self, oids: tuple[bytes, ...]) -> dict[bytes, Value]:
        """Ask half as many at once, now and from now on."""
        if len(oids) == 1:
            return {}
        self._learn(max(len(oids) // 2, 1))
        return await self._in_parts(oids)

    async def _without(self, oids: tuple[bytes, ...], answer: Answer) -> dict[bytes, Value]:
        """Ask again without the OID that an error points to; v1 has no other way to say it."""
        if answer.status not in (NO_SUCH_NAME, GEN_ERR) or not 0 < answer.index <= len(oids):
            raise Refused(f"it answers {_error(answer.status)}")
        bad = oids[answer.index - 1]
        if answer.status == NO_SUCH_NAME:
            self._missing.add(bad)
            self._batches.clear()
        rest = tuple(name for name in oids if name != bad)
        return await self._get(self._batch(GET, rest)) if rest else {}

    async def after(self, name: bytes) -> bytes:
        """Return the OID of the first object behind an OID, nothing where there is none."""
        answer = await self._ask(self._batch(GETNEXT, (name,)))
        if answer.status or not answer.varbinds:
            return b""
        found, tag, _ = answer.varbinds[0]
        return b"" if tag in EXCEPTIONS else found

    async def walk(self, columns: Sequence[bytes], rows: int = 0) -> dict[bytes, Value]:
        """Return all values below columns; `rows` is how many each is thought to have.

        Raises Failure; Looping where the OIDs do not increase, or do not end.
        """
        found: dict[bytes, Value] = {}
        for part in _parts(columns, self.batch):
            await self._walk({column: column for column in part}, rows, found)
        return found

    async def _walk(
        self, cursors: dict[bytes, bytes], rows: int, found: dict[bytes, Value]
    ) -> None:
        started = len(found)
        for _ in range(LONGEST_WALK):
            if not cursors:
                return
            # One row more than there are, to see the end.
            left = max(rows + 1 - (len(found) - started) // len(cursors), 1) if rows else self.batch
            answer = await self._next(tuple(cursors.values()), left)
            if answer.status == TOO_BIG:
                if self.batch == 1:
                    raise Refused("it answers tooBig to a single value")
                self._learn(self.batch // 2)
            elif answer.status == NO_SUCH_NAME:
                _end(cursors, answer.index)
            elif answer.status:
                raise Refused(f"it answers {_error(answer.status)}")
            else:
                _fold(cursors, answer, found)
            if len(found) > LONGEST_WALK:
                break
        raise Looping(f"its table has no end after {len(found)} values")

    async def _next(self, names: tuple[bytes, ...], rows: int) -> Answer:
        if not self.bulk:
            return await self._ask(self._batch(GETNEXT, names))
        repetitions = max(min(self.batch // len(names), rows), 1)
        return await self._ask(self._batch(GETBULK, names, repetitions))

    async def _ask(self, batch: _Batch) -> Answer:
        """Return the answer, after agreeing with the engine on its id and clock where v3 needs to.

        Raises Silent, Refused.
        """
        for _ in range(ROUNDS):
            try:
                answer = await self._transport.ask(
                    self.target, batch.sealed, batch.open, self.tries
                )
            except Unheard as error:
                self._lost()
                raise Silent(f"{error} ({self._suspects()})") from None
            except Silent:
                self._lost()
                raise
            if not isinstance(answer, Report):
                return answer
            if isinstance(self._security, UserSecurity):
                self._security.adopt(answer)
        raise Refused("it does not agree on its SNMPv3 engine id and clock")

    def _lost(self) -> None:
        if isinstance(self._security, UserSecurity):
            self._security.forget()

    def _suspects(self) -> str:
        if self._security.version == V3:
            return "wrong address, privacy password, protocol or key extension, or a firewall"
        return "wrong community, address or a firewall"


def _parts(oids: Sequence[bytes], most: int) -> Iterator[tuple[bytes, ...]]:
    """Yield parts that fit in one request, by number and by octets."""
    part: list[bytes] = []
    size = 0
    for name in oids:
        if part and (len(part) == most or size + len(name) > FULL_REQUEST):
            yield tuple(part)
            part, size = [], 0
        part.append(name)
        size += len(name) + 6
    if part:
        yield tuple(part)


def _end(cursors: dict[bytes, bytes], index: int) -> None:
    """Drop the column in which v1 found nothing more; all of them if it does not say which."""
    columns = list(cursors)
    for column in columns[index - 1 : index] if 0 < index <= len(columns) else columns:
        del cursors[column]


def _fold(cursors: dict[bytes, bytes], answer: Answer, found: dict[bytes, Value]) -> None:
    """Take the rows of an answer, column by column, and move the cursors. Raises Looping."""
    columns = list(cursors)
    before = dict(cursors)
    if not answer.varbinds:
        cursors.clear()
    for number, (name, tag, value) in enumerate(answer.varbinds):
        column = columns[number % len(columns)]
        if column not in cursors:
            continue
        if tag in EXCEPTIONS or not name.startswith(column):
            del cursors[column]
            continue
        if name in found:
            raise Looping(f"its table loops at {text_of(name)}")
        found[name] = value
        cursors[column] = name
    for column, name in cursors.items():
        if name != before[column] and arcs_of(name) <= arcs_of(before[column]):
            raise Looping(f"its table goes back at {text_of(name)}")


def _error(status: int) -> str:
    return ERRORS[status] if 0 <= status < len(ERRORS) else f"error {status}"
