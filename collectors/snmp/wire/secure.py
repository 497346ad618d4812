"""Messages of SNMPv3 under the user-based security model (RFC 3412, RFC 3414).

What an answer holds is looked at only after its digest has been verified. Only two reports are
believed without one, because agents cannot sign them: unknownEngineID, by which an engine is
discovered, and notInTimeWindow, by which its clock is learnt. Both can at worst cost a poll.
"""

import hmac
import os
import time
from collections.abc import Callable
from dataclasses import dataclass

from collectors.snmp.wire.ber import (
    OCTET_STRING,
    SEQUENCE,
    header,
    octets_at,
    oid,
    tlv,
)
from collectors.snmp.wire.envelope import (
    AUTH,
    PRIV,
    REPORTABLE,
    Envelope,
    envelope_of,
    message_of,
    scoped_pdu,
)
from collectors.snmp.wire.failure import Malformed, Refusal
from collectors.snmp.wire.message import (
    GET,
    REPORT,
    V3,
    Answer,
    Request,
    answer_at,
    request,
)
from collectors.snmp.wire.usm import (
    MAC_LENGTHS,
    Digest,
    Extension,
    Privacy,
    Scrambler,
    localized,
    mac_of,
    master_key,
    privacy_key,
    scrambler,
)

# RFC 3414 section 2.2.3: what an engine's clock may be off by, in seconds.
WINDOW = 150

_STATS = oid("1.3.6.1.6.3.15.1.1")
UNSUPPORTED_LEVEL, NOT_IN_TIME_WINDOW, UNKNOWN_USER, UNKNOWN_ENGINE, WRONG_DIGEST, UNDECRYPTED = (
    _STATS + bytes((number, 0)) for number in range(1, 7)
)
DISCOVERY = request(GET, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Who asks, and how. It prints without its passwords."""

    name: str
    digest: Digest | None = None
    password: bytes = b""
    privacy: Privacy | None = None
    privacy_password: bytes = b""
    extension: Extension = Extension.BLUMENTHAL
    context: str = ""

    def __repr__(self) -> str:
        return f"User({self.name!r})"

    @property
    def level(self) -> int:
        """The flags of a message of this user (RFC 3412 section 6.4)."""
        return (AUTH if self.digest else 0) | (PRIV if self.privacy else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Answer):
    """A report, and what its header says of the engine that sent it."""

    engine: bytes
    boots: int
    time: int


@dataclass(slots=True, kw_only=True)
class Engine:
    """What is known of an agent: its id, its clock when we last heard it, our keys on it."""

    id: bytes
    boots: int
    time: int
    heard: float
    key: bytes
    scrambler: Scrambler | None

    def now(self, monotonic: float) -> int:
        """Return its clock now, in seconds since it booted."""
        return self.time + int(monotonic - self.heard)


@dataclass(frozen=True, slots=True)
class SealedByUser:
    """A request that is signed and encrypted anew for each id."""

    model: "UserSecurity"
    pdu: Request

    def with_id(self, number: int) -> bytes:
        return self.model.message(self.pdu, number)


class UserSecurity:
    """The security of one device under v3, and what it has learnt of the device's engine."""

    version = V3

    def __init__(self, user: User, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.user = user
        self.engine: Engine | None = None
        self._monotonic = monotonic
        self._salt = int.from_bytes(os.urandom(8), "big")

    def seal(self, pdu: Request) -> SealedByUser:
        return SealedByUser(self, pdu)

    def forget(self) -> None:
        """Discover the engine again before the next request: another card may be in its place."""
        self.engine = None

    def adopt(self, report: Report) -> None:
        """Take the engine's id and clock from a report."""
        if self.engine is None or self.engine.id != report.engine:
            self.engine = self._engine(report)
        self.engine.boots, self.engine.time = report.boots, report.time
        self.engine.heard = self._monotonic()

    def _engine(self, report: Report) -> Engine:
        user, key, scrambling = self.user, b"", None
        if user.digest:
            key = localized(user.digest, master_key(user.digest, user.password), report.engine)
            if user.privacy:
                secret = privacy_key(
                    user.digest,
                    user.privacy_password,
                    report.engine,
                    user.privacy,
                    user.extension,
                )
                scrambling = scrambler(user.privacy, secret)
        return Engine(
            id=report.engine,
            boots=report.boots,
            time=report.time,
            heard=self._monotonic(),
            key=key,
            scrambler=scrambling,
        )

    def message(self, pdu: Request, number: int) -> bytes:
        """Return a request as it goes on the wire; a discovery while the engine is not known."""
        engine = self.engine
        if engine is None:
            data = scoped_pdu(b"", b"", DISCOVERY, number)
            return message_of(number, REPORTABLE, (b"", 0, 0, b""), (b"", b""), data)
        now, salt = engine.now(self._monotonic()), b""
        data = scoped_pdu(engine.id, self.user.context.encode(), pdu, number)
        if engine.scrambler:
            salt = self._next_salt(engine.boots)
            data = tlv(OCTET_STRING, engine.scrambler.encrypt(data, engine.boots, now, salt))
        who = (engine.id, engine.boots, now, self.user.name.encode())
        flags = self.user.level | REPORTABLE
        digest = self.user.digest
        if digest is None:
            return message_of(number, flags, who, (b"", salt), data)
        blank = bytes(MAC_LENGTHS[digest])
        unsigned = message_of(number, flags, who, (blank, salt), data)
        at = len(unsigned) - len(data) - len(tlv(OCTET_STRING, salt)) - len(blank)
        mac = mac_of(digest, engine.key, unsigned)
        return unsigned[:at] + mac + unsigned[at + len(mac) :]

    def _next_salt(self, boots: int) -> bytes:
        """Return a salt that this key has not seen: counted on from a random start.

        DES puts the engine's boots in the first half (RFC 3414 section 8.1.1.1).
        """
        self._salt = (self._salt + 1) & 0xFFFF_FFFF_FFFF_FFFF
        if self.user.privacy is Privacy.DES:
            return boots.to_bytes(4, "big") + (self._salt & 0xFFFF_FFFF).to_bytes(4, "big")
        return self._salt.to_bytes(8, "big")

    def open(self, data: bytes) -> Answer:
        """Return the response or report that a message holds, verified and decrypted.

        Raises Malformed for what must not be believed, Refusal for a report that says no.
        """
        envelope = envelope_of(data)
        if envelope.flags & AUTH:
            self._verify(data, envelope)
        elif envelope.flags & PRIV:
            raise Malformed("is encrypted but not signed")
        at = self._plain(data, envelope)
        answer = answer_at(*at)
        if answer.tag == REPORT:
            return self._report(answer, envelope)
        if envelope.flags & (AUTH | PRIV) != self.user.level:
            raise Malformed("is not signed and encrypted as it was asked")
        if self.engine is None or envelope.engine != self.engine.id:
            raise Malformed("comes from another engine than was asked")
        if answer.id != envelope.id:
            raise Malformed("answers another request than its header says")
        if envelope.flags & AUTH:
            self._hear(self.engine, envelope)
        return answer

    def _hear(self, engine: Engine, envelope: Envelope) -> None:
        """Learn the clock of a verified answer (RFC 3414 section 3.2.7b). Raises Malformed."""
        monotonic = self._monotonic()
        expected = (engine.boots, engine.now(monotonic) - WINDOW)
        if (envelope.boots, envelope.time) < expected:
            raise Malformed("is older than the engine's clock allows")
        if (envelope.boots, envelope.time) > (engine.boots, engine.time):
            engine.boots, engine.time, engine.heard = envelope.boots, envelope.time, monotonic

    def _verify(self, data: bytes, envelope: Envelope) -> None:
        """Raise Malformed unless the message is signed by our user on the engine we know."""
        engine, digest = self.engine, self.user.digest
        if engine is None or digest is None or envelope.engine != engine.id:
            raise Malformed("is signed by an engine that is not known")
        if envelope.user != self.user.name.encode() or len(envelope.mac) != MAC_LENGTHS[digest]:
            raise Malformed("is signed for another user or with another digest")
        blank = bytes(len(envelope.mac))
        after = envelope.mac_at + len(blank)
        unsigned = data[: envelope.mac_at] + blank + data[after : envelope.end]
        if not hmac.compare_digest(mac_of(digest, engine.key, unsigned), envelope.mac):
            raise Malformed("has a digest that does not verify")

    def _plain(self, data: bytes, envelope: Envelope) -> tuple[bytes, int]:
        """Return the bytes that hold the PDU, and where it starts in them. Raises Malformed."""
        at = envelope.data_at
        if envelope.flags & PRIV:
            if self.engine is None or self.engine.scrambler is None:
                raise Malformed("is encrypted, which was not asked")
            secret, _ = octets_at(data, at)
            data = self.engine.scrambler.decrypt(
                secret, envelope.boots, envelope.time, envelope.salt
            )
            at = 0
        at, _ = header(data, at, SEQUENCE)
        _, at = octets_at(data, at)
        _, at = octets_at(data, at)
        return data, at

    def _report(self, answer: Answer, envelope: Envelope) -> Report:
        stat = answer.varbinds[0][0] if answer.varbinds else b""
        if stat not in (UNKNOWN_ENGINE, NOT_IN_TIME_WINDOW):
            raise Refusal(self._meaning(stat))
        if not envelope.engine:
            raise Malformed("is a report without an engine id")
        return Report(
            tag=REPORT,
            id=answer.id,
            status=0,
            index=0,
            varbinds=answer.varbinds,
            engine=envelope.engine,
            boots=envelope.boots,
            time=envelope.time,
        )

    def _meaning(self, stat: bytes) -> str:
        who = f"user {self.user.name!r}"
        meanings = {
            UNKNOWN_USER: f"it does not know the {who}",
            WRONG_DIGEST: f"the authentication password or protocol of {who} is wrong",
            UNSUPPORTED_LEVEL: f"it does not allow {who} this security level",
            UNDECRYPTED: f"the privacy password, protocol or key extension of {who} is wrong",
        }
        return meanings.get(stat, "it refuses with a report of SNMPv3 that is not known")
