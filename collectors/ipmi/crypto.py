"""The keys and codes of cipher suites 17 and 3 (IPMI 2.0 sections 13.28 to 13.32)."""

import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from collectors.ipmi.failures import Malformed
from collectors.ipmi.rmcp import BODY, HEADER, RMCP_PLUS, SEALED, Packet

_BLOCK = 16
_NEXT_HEADER = 7
_NAME_ONLY = 0x10
# IPMI 2.0 section 13.32: the constants are 20 bytes long, also where the hash gives 32.
_CONSTANT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A cipher suite, with AES-CBC-128 (IPMI 2.0 table 22-20)."""

    number: int
    authentication: int
    integrity: int
    digest: str
    digest_size: int
    code_size: int
    """Bytes of an integrity code on the wire."""

    confidentiality: int = 1

    @property
    def algorithms(self) -> tuple[int, int, int]:
        return self.authentication, self.integrity, self.confidentiality

    @property
    def proposal(self) -> bytes:
        """The three algorithms as Open Session asks for them."""
        return b"".join(
            bytes((kind, 0, 0, 8, number, 0, 0, 0)) for kind, number in enumerate(self.algorithms)
        )


SUITES: Mapping[int, Suite] = {
    17: Suite(
        number=17, authentication=3, integrity=4, digest="sha256", digest_size=32, code_size=16
    ),
    3: Suite(number=3, authentication=1, integrity=1, digest="sha1", digest_size=20, code_size=12),
}
"""The strongest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who logs in. `kg` is the BMC's own key, where it has one (two-key login)."""

    user: bytes
    password: bytes = field(repr=False)
    kg: bytes | None = field(default=None, repr=False)

    def role(self, level: int) -> bytes:
        """The user looked up by name alone, with the highest privilege asked for."""
        return bytes((_NAME_ONLY | level, len(self.user))) + self.user


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What both sides know once RAKP message 2 is there, and the codes that prove it."""

    suite: Suite
    account: Account
    role: bytes
    own_id: bytes
    bmc_id: bytes
    own_random: bytes
    bmc_random: bytes
    guid: bytes

    def of_bmc(self) -> bytes:
        """The code of RAKP message 2, which only a BMC with the password can give."""
        ids = self.own_id + self.bmc_id
        return self._code(
            self.account.password, ids, self.own_random, self.bmc_random, self.guid, self.role
        )

    def of_console(self) -> bytes:
        """The code of RAKP message 3."""
        return self._code(self.account.password, self.bmc_random, self.own_id, self.role)

    def session_key(self) -> bytes:
        """SIK, the key that all others of the session are made from."""
        key = self.account.kg or self.account.password
        return self._code(key, self.own_random, self.bmc_random, self.role)

    def of_session(self) -> bytes:
        """The code of RAKP message 4."""
        code = self._code(self.session_key(), self.own_random, self.bmc_id, self.guid)
        return code[: self.suite.code_size]

    def _code(self, key: bytes, *parts: bytes) -> bytes:
        return hmac.digest(key, b"".join(parts), self.suite.digest)


class Keys:
    """Seals and opens the packets of one session."""

    __slots__ = ("_aes", "_digest", "_k1", "_size")

    def __init__(self, suite: Suite, session_key: bytes) -> None:
        self._digest = suite.digest
        self._size = suite.code_size
        self._k1 = hmac.digest(session_key, b"\x01" * _CONSTANT, suite.digest)
        self._aes = AES(hmac.digest(session_key, b"\x02" * _CONSTANT, suite.digest)[:_BLOCK])

    def seal(self, session: bytes, sequence: int, message: bytes) -> bytes:
        """Return the packet of a message, encrypted and with its integrity code."""
        body = self._encrypted(message)
        packet = bytes((RMCP_PLUS, SEALED)) + session + sequence.to_bytes(4, "little")
        packet += len(body).to_bytes(2, "little") + body
        padding = -(len(packet) + 2) % 4
        packet += b"\xff" * padding + bytes((padding, _NEXT_HEADER))
        return HEADER + packet + self._code(packet)

    def unseal(self, packet: Packet) -> bytes:
        """Return the message of a packet. Raises Malformed if it is not the BMC's, unchanged."""
        datagram, end = packet.datagram, BODY + packet.length
        if packet.payload != SEALED or end + 2 + self._size > len(datagram):
            raise Malformed("a packet without encryption or integrity code")
        if not hmac.compare_digest(self._code(datagram[4 : -self._size]), datagram[-self._size :]):
            raise Malformed("a packet with a wrong integrity code")
        if packet.length < 2 * _BLOCK or packet.length % _BLOCK:
            raise Malformed("a packet of no whole cipher blocks")
        decryptor = Cipher(self._aes, CBC(datagram[BODY : BODY + _BLOCK])).decryptor()
        text = decryptor.update(datagram[BODY + _BLOCK : end])
        return text[: max(len(text) - 1 - text[-1], 0)]

    def _encrypted(self, message: bytes) -> bytes:
        padding = -(len(message) + 1) % _BLOCK
        start = os.urandom(_BLOCK)
        text = message + bytes(range(1, padding + 1)) + bytes((padding,))
        return start + Cipher(self._aes, CBC(start)).encryptor().update(text)

    def _code(self, content: bytes) -> bytes:
        return hmac.digest(self._k1, content, self._digest)[: self._size]
