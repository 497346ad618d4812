"""Setting a session up: Open Session and RAKP messages 1 to 4 (IPMI 2.0 sections 13.17 to 13.24).

Both sides prove that they know the password, and neither sends it.
"""

import hmac
import os
from contextlib import suppress
from dataclasses import dataclass

from collectors.ipmi.crypto import Account, Keys, Proof, Suite
from collectors.ipmi.exchange import Exchange, Pace
from collectors.ipmi.failures import (
    WRONG_LOGIN,
    Failure,
    Malformed,
    Refused,
    Silent,
    Stalled,
    Status,
)
from collectors.ipmi.rmcp import Payload, following, request, set_up
from collectors.ipmi.session import APP, CLOSE_SESSION, Session
from collectors.ipmi.transport import Peer, Transport

WRONG_CODE = 0x0F
GIVEN_UP = 0x12
NOT_AGAIN = "not tried again until the settings change, because BMCs lock accounts"
_OPENED = 36
_ID = slice(8, 12)
_BMC_RANDOM = slice(8, 24)
_GUID = slice(24, 40)
_ALGORITHMS = slice(16, 36, 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How to log in: where, as whom, with which suite, privilege and patience."""

    transport: Transport
    peer: Peer
    account: Account
    suite: Suite
    level: int
    pace: Pace


async def log_in(way: Way) -> Session:
    """Return a session that is up.

    A RAKP message that is not answered is not repeated, because BMCs take repeats amiss: the
    login begins again. Raises Refused, Status, Malformed or Silent; whatever the BMC has opened
    by then is given back.
    """
    for _ in range(way.pace.tries):
        login = Login(way)
        try:
            return await login.run()
        except Stalled:
            continue
        finally:
            login.give_back()
    raise Silent(f"it opens a session, but no answer to the login within {way.pace}")


class Login:
    """One attempt."""

    def __init__(self, way: Way) -> None:
        self._way = way
        self._own_id = 0
        while not self._own_id or self._own_id in way.transport.sessions:
            self._own_id = int.from_bytes(os.urandom(4), "little")
        self._bmc_id: bytes | None = None
        self._keys: Keys | None = None
        self._verdict = GIVEN_UP

    async def run(self) -> Session:
        """Return the session, or raise as `log_in` does; Stalled if it went silent half-way."""
        way = self._way
        self._bmc_id = bmc_id = await self._open()
        proof = await self._prove_bmc(bmc_id)
        self._keys = keys = Keys(way.suite, proof.session_key())
        await self._prove_console(proof)
        self._bmc_id = None
        return Session(
            way.transport,
            way.peer,
            own_id=self._own_id,
            bmc_id=bmc_id,
            keys=keys,
            pace=way.pace,
        )

    def give_back(self) -> None:
        """Have the BMC free what is half open: once, without waiting. Nothing after success."""
        if self._bmc_id is None:
            return
        with suppress(Failure):
            self._way.peer.send(self._farewell(self._bmc_id))
        self._bmc_id = None

    def _farewell(self, bmc_id: bytes) -> bytes:
        if self._keys is not None:
            # RAKP message 3 is under way, so the session may be up by now.
            message = request(1, APP, CLOSE_SESSION, bmc_id)
            return self._keys.seal(bmc_id, following(0), message)
        tag = self._way.transport.tag()
        return set_up(Payload.RAKP_3, bytes((tag, self._verdict, 0, 0)) + bmc_id)

    async def _open(self) -> bytes:
        way = self._way
        ask = bytes((way.level, 0, 0)) + self._own_bytes + way.suite.proposal
        reply = await self._step(Payload.OPEN_SESSION, ask, way.pace)
        self._check(reply, _OPENED, "the answer to Open Session")
        self._bmc_id = reply[_ID]
        if tuple(reply[_ALGORITHMS]) != way.suite.algorithms:
            raise Malformed(f"it opened another suite than the {way.suite.number} asked for")
        return reply[_ID]

    async def _prove_bmc(self, bmc_id: bytes) -> Proof:
        """Raises Refused if the BMC does not know the user, or the same password."""
        way = self._way
        random, role = os.urandom(16), way.account.role(way.level)
        ask = bytes(3) + bmc_id + random + role[:1] + bytes(2) + role[1:]
        reply = await self._rakp(Payload.RAKP_1, ask)
        self._check(reply, 40 + way.suite.digest_size, "RAKP message 2")
        proof = Proof(
            suite=way.suite,
            account=way.account,
            role=role,
            own_id=self._own_bytes,
            bmc_id=bmc_id,
            own_random=random,
            bmc_random=reply[_BMC_RANDOM],
            guid=reply[_GUID],
        )
        if not hmac.compare_digest(proof.of_bmc(), reply[40:]):
            self._verdict = WRONG_CODE
            raise Refused(f"login refused: the password is wrong; {NOT_AGAIN}")
        return proof

    async def _prove_console(self, proof: Proof) -> None:
        ask = bytes(3) + proof.bmc_id + proof.of_console()
        reply = await self._rakp(Payload.RAKP_3, ask)
        self._check(reply, 8 + proof.suite.code_size, "RAKP message 4")
        if not hmac.compare_digest(proof.of_session(), reply[8:]):
            raise Refused(f"login refused: the BMC's key `kg` is wrong; {NOT_AGAIN}")

    async def _rakp(self, payload: Payload, ask: bytes) -> bytes:
        try:
            reply = await self._step(payload, ask, self._way.pace.once)
        except Silent as failure:
            raise Stalled(str(failure)) from failure
        if reply[1]:
            self._bmc_id = None
        if reply[1] in WRONG_LOGIN:
            raise Refused(f"{Status(reply[1])}; {NOT_AGAIN}")
        return reply

    async def _step(self, payload: Payload, ask: bytes, pace: Pace) -> bytes:
        way = self._way
        tag = way.transport.tag()
        datagram = set_up(payload, bytes((tag,)) + ask)
        exchange = Exchange(lambda: way.peer.send(datagram), pace)
        way.transport.expect(way.peer, payload + 1, tag, exchange)
        try:
            return await exchange.answer()
        finally:
            way.transport.forget(way.peer, payload + 1, tag)

    def _check(self, reply: bytes, size: int, name: str) -> None:
        """Raises Status for a refusal, Malformed for what is no answer to us."""
        if reply[1]:
            raise Status(reply[1])
        if len(reply) != size:
            raise Malformed(f"{name} has {len(reply)} bytes in place of {size}")
        if reply[4:8] != self._own_bytes:
            raise Malformed(f"{name} is for another session")

    @property
    def _own_bytes(self) -> bytes:
        return self._own_id.to_bytes(4, "little")
