"""A v3 agent made of the collector's own parts, so that a test can damage what it says."""

from collections.abc import Callable

from collectors.snmp.wire import message
from collectors.snmp.wire.envelope import envelope_of
from collectors.snmp.wire.secure import Engine, Report, User, UserSecurity
from tests.collectors.snmp import wire

ENGINE = bytes.fromhex("80001f8801020304ff")
STATS = "1.3.6.1.6.3.15.1.1.{}.0"


def pdu(tag: int, binds: list[wire.Bind]) -> message.Request:
    """Return a response or a report, but for its id."""
    body = b"\x02\x01\x00\x02\x01\x00" + wire.tlv(0x30, b"".join(wire.bind(*one) for one in binds))
    whole = wire.tlv(tag, b"\x02\x04\x00\x00\x00\x00" + body)
    at = len(whole) - len(body)
    return message.Request(head=whole[: at - 4], tail=body, oids=(), tag=tag)


class Agent:
    """An engine with its clock, which signs and encrypts as its user does."""

    def __init__(self, user: User, *, boots: int = 7, engine: bytes = ENGINE) -> None:
        self.now = 5000.0
        self.side = UserSecurity(user, lambda: self.now)
        self.engine_id = engine
        self.set_clock(boots, 1000)

    def set_clock(self, boots: int, seconds: int) -> None:
        self.side.adopt(
            Report(
                tag=message.REPORT,
                id=0,
                status=0,
                index=0,
                varbinds=[],
                engine=self.engine_id,
                boots=boots,
                time=seconds,
            )
        )

    @property
    def clock(self) -> Engine:
        assert self.side.engine is not None
        return self.side.engine

    def says(self, number: int, binds: list[wire.Bind]) -> bytes:
        """Return a response."""
        return self.side.message(pdu(message.RESPONSE, binds), number)

    def reports(self, number: int, stat: int, *, signed: bool = False) -> bytes:
        """Return a report; 4 is unknownEngineIDs, 2 notInTimeWindows."""
        user = self.side.user if signed else User(name="")
        side = UserSecurity(user, lambda: self.now)
        side.engine = self.side.engine if signed else None
        if side.engine is None:
            other = Agent(user, engine=self.engine_id)
            other.now = self.now
            other.set_clock(self.clock.boots, self.clock.time)
            side = other.side
        return side.message(pdu(message.REPORT, [(STATS.format(stat), 0x41, b"\x01")]), number)

    def answering(
        self, binds: list[wire.Bind], change: Callable[[bytes], bytes] = lambda data: data
    ) -> Callable[[bytes, int], list[bytes]]:
        """Return a script: discovery, clock, then the answer as changed."""

        def script(data: bytes, _: int) -> list[bytes]:
            envelope = envelope_of(data)
            if envelope.engine != self.engine_id:
                return [self.reports(envelope.id, 4)]
            if (envelope.boots, envelope.time // 150) != (
                self.clock.boots,
                self.clock.time // 150,
            ):
                return [self.reports(envelope.id, 2, signed=True)]
            return [change(self.says(envelope.id, binds))]

        return script


def flipped(data: bytes, at: int) -> bytes:
    """Return data with one bit of one octet turned over."""
    changed = bytearray(data)
    changed[at] ^= 1
    return bytes(changed)
