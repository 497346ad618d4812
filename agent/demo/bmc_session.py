"""The BMC's side of RMCP+ (IPMI 2.0 section 13).

It shares no code with the collector, so that neither hides a mistake of the other.
"""

import hashlib
import hmac
import os
import struct
import time
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

RMCP = b"\x06\x00\xff\x07"
SUITES = {(1, 1, 1): (3, "sha1", 12), (3, 4, 1): (17, "sha256", 16)}
"""By authentication, integrity and confidentiality: suite, hash, bytes of an integrity code."""

OPENED, RAKP2, RAKP4 = 0x11, 0x13, 0x15
LENGTHS = {0x10: 32, 0x12: 28, 0x14: 8}
"""Bytes that a set-up message has at least."""

SEALED = 0xC0
SHORTEST = 16 + 32 + 2
NO_SLOT, NO_SESSION, NO_USER, BAD_CODE, NO_SUITE = 0x01, 0x02, 0x0D, 0x0F, 0x11
USER, ADMINISTRATOR = 2, 4


@dataclass(slots=True, kw_only=True)
class Login:
    """A session of the BMC, half open or up."""

    console: bytes
    own: bytes
    suite: int
    digest: str
    size: int
    touched: float
    up: bool = False
    level: int = USER
    highest: int = ADMINISTRATOR
    role: bytes = b""
    console_random: bytes = b""
    own_random: bytes = b""
    sent: int = 0
    k1: bytes = b""
    k2: bytes = b""
    power_readings: int = 0
    done: dict[tuple[int, bytes], bytes] = field(default_factory=dict)
    """The last answer by request number: a repeat is answered from here and not done again."""

    def code(self, content: bytes) -> bytes:
        return hmac.digest(self.k1, content, self.digest)[: self.size]

    def open(self, packet: bytes) -> bytes | None:
        """Return the message in a packet, None if it is not the console's."""
        if not self.up or packet[5] != SEALED or len(packet) < SHORTEST + self.size:
            return None
        end = len(packet) - self.size
        if not hmac.compare_digest(self.code(packet[4:end]), packet[end:]):
            return None
        (length,) = struct.unpack_from("<H", packet, 14)
        reader = Cipher(algorithms.AES(self.k2), modes.CBC(packet[16:32])).decryptor()
        text = reader.update(packet[32 : 16 + length])
        return text[: -1 - text[-1]]

    def seal(self, message: bytes) -> bytes:
        """Return the packet for a message to the console."""
        fill = (15 - len(message)) % 16
        text = message + bytes(n + 1 for n in range(fill)) + bytes([fill])
        start = os.urandom(16)
        writer = Cipher(algorithms.AES(self.k2), modes.CBC(start)).encryptor()
        body = start + writer.update(text)
        self.sent += 1
        packet = struct.pack("<BB4sIH", 6, 0xC0, self.console, self.sent, len(body)) + body
        fill = (2 - len(packet)) % 4
        packet += b"\xff" * fill + bytes([fill, 7])
        return RMCP + packet + self.code(packet)


@dataclass(slots=True, kw_only=True)
class Slots:
    """The table of sessions: few, and freed after some idle time."""

    user: bytes
    password: bytes
    kg: bytes | None
    guid: bytes
    slots: int
    idle: float
    suites: tuple[int, ...] = (17, 3)
    logins: dict[bytes, Login] = field(default_factory=dict)

    def set_up(self, kind: int, body: bytes) -> tuple[int, bytes] | None:
        """Return type and body of the answer to a set-up message, None for silence."""
        match kind:
            case 0x10 if len(body) == LENGTHS[kind]:
                return OPENED, body[:1] + self._open(body)
            case 0x12 if len(body) >= LENGTHS[kind]:
                return RAKP2, body[:1] + self._rakp1(body)
            case 0x14 if len(body) >= LENGTHS[kind]:
                answer = self._rakp3(body)
                return None if answer is None else (RAKP4, body[:1] + answer)
        return None

    def of(self, own: bytes) -> Login | None:
        """Return the session of this id, which counts as used now."""
        login = self.logins.get(own)
        if login is not None:
            login.touched = time.monotonic()
        return login

    def _open(self, body: bytes) -> bytes:
        asked = (body[12] & 63, body[20] & 63, body[28] & 63)
        number, digest, size = SUITES.get(asked, (0, "", 0))
        if number not in self.suites:
            # Two bytes with the tag, as other BMCs refuse a suite.
            return bytes([NO_SUITE])
        now = time.monotonic()
        self.logins = {k: v for k, v in self.logins.items() if now - v.touched < self.idle}
        if len(self.logins) >= self.slots:
            return bytes([NO_SLOT, 0, 0]) + body[4:8]
        own, highest = os.urandom(4), body[1] & 15 or ADMINISTRATOR
        self.logins[own] = Login(
            console=body[4:8], own=own, suite=number, digest=digest, size=size, touched=now
        )
        return bytes([0, highest, 0]) + body[4:8] + own + body[8:32]

    def _rakp1(self, body: bytes) -> bytes:
        login = self.of(body[4:8])
        if login is None:
            return bytes([NO_SESSION, 0, 0]) + bytes(4)
        user = body[28 : 28 + body[27]]
        login.role = bytes([body[24], body[27]]) + user
        login.highest = body[24] & 15 or ADMINISTRATOR
        if user != self.user:
            del self.logins[login.own]
            return bytes([NO_USER, 0, 0]) + login.console
        login.console_random, login.own_random = body[8:24], os.urandom(16)
        proof = login.console + login.own + login.console_random + login.own_random
        code = hmac.digest(self.password, proof + self.guid + login.role, login.digest)
        return bytes(3) + login.console + login.own_random + self.guid + code

    def _rakp3(self, body: bytes) -> bytes | None:
        login = self.logins.get(body[4:8])
        if login is None:
            return bytes([NO_SESSION, 0, 0]) + bytes(4)
        if body[1]:
            del self.logins[login.own]
            return None
        proof = login.own_random + login.console + login.role
        if not hmac.compare_digest(hmac.digest(self.password, proof, login.digest), body[8:]):
            del self.logins[login.own]
            return bytes([BAD_CODE, 0, 0]) + login.console
        sik = hmac.digest(
            self.kg or self.password,
            login.console_random + login.own_random + login.role,
            login.digest,
        )
        login.k1 = hmac.digest(sik, b"\x01" * 20, login.digest)
        login.k2 = hmac.digest(sik, b"\x02" * 20, login.digest)[:16]
        login.up = True
        code = hmac.digest(sik, login.console_random + login.own + self.guid, login.digest)
        return bytes(3) + login.console + code[: login.size]


def guid_of(name: str) -> bytes:
    """Return 16 bytes that are always the same for a name."""
    return hashlib.sha256(name.encode()).digest()[:16]
