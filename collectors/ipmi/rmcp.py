"""RMCP+ on the wire: packets, IPMI messages, sequence numbers (IPMI 2.0 section 13).

Pure functions of bytes. Numbers are little-endian.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum

from collectors.ipmi.failures import Malformed

HEADER = b"\x06\x00\xff\x07"
"""RMCP 1.0, no acknowledgement, class IPMI."""

RMCP_PLUS = 6
BODY = 16
"""Where the payload begins in a packet."""

SEALED = 0xC0
"""Payload type of an IPMI message that is encrypted and authenticated."""

_FIELDS = struct.Struct("<BBIIH")
_BMC = 0x20
_CONSOLE = 0x81
_SHORTEST_REPLY = 8
_MODULUS = 0xFFFFFFFF
_WINDOW = 16


class Payload(IntEnum):
    """Payload types of a session's set-up; an answer is the type after its request."""

    OPEN_SESSION = 0x10
    RAKP_1 = 0x12
    RAKP_3 = 0x14


@dataclass(frozen=True, slots=True)
class Packet:
    """A datagram that has the form of RMCP+."""

    payload: int
    session: int
    sequence: int
    length: int
    datagram: bytes

    @property
    def body(self) -> bytes:
        return self.datagram[BODY : BODY + self.length]


@dataclass(frozen=True, slots=True)
class Reply:
    """An IPMI message from a BMC: whose answer it is, and the completion code with its data."""

    key: tuple[int, int, int]
    """Request number, network function of the answer, command."""

    content: bytes


def packet_of(datagram: bytes) -> Packet:
    """Return what stands in a datagram. Raises Malformed."""
    if len(datagram) < BODY or datagram[3] != HEADER[3]:
        raise Malformed("no RMCP+ packet")
    authentication, payload, session, sequence, length = _FIELDS.unpack_from(datagram, 4)
    if authentication != RMCP_PLUS:
        raise Malformed("an IPMI 1.5 packet")
    if BODY + length > len(datagram):
        raise Malformed("a truncated packet")
    return Packet(payload, session, sequence, length, datagram)


def set_up(payload: Payload, body: bytes) -> bytes:
    """Return a packet outside any session."""
    return HEADER + _FIELDS.pack(RMCP_PLUS, payload, 0, 0, len(body)) + body


def request(number: int, netfn: int, command: int, data: bytes, *, lun: int = 0) -> bytes:
    """Return an IPMI message to the BMC. `number` tells its answer from others, 0 to 63."""
    head = bytes((_BMC, netfn << 2 | lun))
    body = bytes((_CONSOLE, number << 2, command)) + data
    return head + checksum(head) + body + checksum(body)


def reply_of(message: bytes) -> Reply:
    """Return an answer. Raises Malformed.

    The two checksums are not looked at: the integrity code of the packet covers them.
    """
    if len(message) < _SHORTEST_REPLY:
        raise Malformed("a message that is too short")
    return Reply((message[4] >> 2, message[1] >> 2, message[5]), message[6:-1])


def checksum(content: bytes) -> bytes:
    """Return the byte that makes the sum zero."""
    return bytes((-sum(content) & 0xFF,))


def following(sequence: int) -> int:
    """Return the next session sequence number; 0 is never one."""
    return (sequence + 1) & _MODULUS or 1


class Window:
    """Which packets of a session have come: none counts twice (IPMI 2.0 section 6.12.13)."""

    def __init__(self) -> None:
        self._highest: int | None = None
        self._seen = 0

    def admits(self, sequence: int) -> bool:
        """Whether the packet is new and near the newest; it then counts as come."""
        if sequence == 0:
            return False
        if self._highest is None:
            self._highest, self._seen = sequence, 1
            return True
        ahead = (sequence - self._highest) & _MODULUS
        if 0 < ahead <= _WINDOW:
            self._highest, self._seen = sequence, (self._seen << ahead | 1) & (1 << _WINDOW) - 1
            return True
        bit = 1 << min((self._highest - sequence) & _MODULUS, _WINDOW)
        if bit >> _WINDOW or self._seen & bit:
            return False
        self._seen |= bit
        return True
