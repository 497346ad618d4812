"""How requests and answers are wrapped: with the header of Modbus TCP, or as RTU in a TCP stream.

MODBUS Messaging on TCP/IP V1.0b, section 3.1.3; MODBUS over Serial Line V1.02, section 2.5.1.
"""

from dataclasses import dataclass
from struct import Struct
from typing import Literal

from pymodbus.framer import FramerRTU

from collectors.modbus.failure import NoLine

Framer = Literal["tcp", "rtu-over-tcp"]

_HEADER = Struct(">HHHB")
_LONGEST = 254
"""Bytes that may follow the length in the header: the unit, and a PDU of 253."""

_EXCEPTION = 0x80
_READ_REGISTERS = frozenset({3, 4})
_DEVICE_IDENTIFICATION = 0x2B
_IDENTIFICATION_HEAD = 8
_CRC = 2


@dataclass(frozen=True, slots=True)
class Frame:
    """One answer, and whose it is."""

    transaction: int
    """0 in RTU, which has none."""

    unit: int
    pdu: bytes


def wrapped(framer: Framer, transaction: int, unit: int, pdu: bytes) -> bytes:
    """Return a request as it goes over the wire."""
    if framer == "tcp":
        return _HEADER.pack(transaction, 0, len(pdu) + 1, unit) + pdu
    frame = bytes((unit,)) + pdu
    return frame + FramerRTU.compute_CRC(frame).to_bytes(_CRC, "big")


def taken(framer: Framer, buffer: bytearray) -> Frame | None:
    """Take the first whole frame out of what has come; None as long as there is none.

    Raises NoLine for what is no Modbus: where the next frame begins is then not known any more.
    """
    return _tcp(buffer) if framer == "tcp" else _rtu(buffer)


def _tcp(buffer: bytearray) -> Frame | None:
    if len(buffer) < _HEADER.size:
        return None
    transaction, protocol, length, unit = _HEADER.unpack_from(buffer)
    if protocol != 0 or not 2 <= length <= _LONGEST:  # noqa: PLR2004 a unit and a function
        raise NoLine("what answers is no Modbus TCP: look at the port, and at framer")
    end = _HEADER.size - 1 + length
    if len(buffer) < end:
        return None
    pdu = bytes(buffer[_HEADER.size : end])
    del buffer[:end]
    return Frame(transaction, unit, pdu)


def _rtu(buffer: bytearray) -> Frame | None:
    size = _rtu_size(buffer)
    if size is None or len(buffer) < size:
        return None
    frame = bytes(buffer[:size])
    del buffer[:size]
    if not FramerRTU.check_CRC(frame[:-_CRC], int.from_bytes(frame[-_CRC:], "big")):
        raise NoLine(
            "what came is damaged: its checksum is wrong; look at the wiring and at framer"
        )
    return Frame(0, frame[0], frame[1:-_CRC])


def _rtu_size(buffer: bytearray) -> int | None:
    """Return how long the answer is that begins here; None as long as that is not known."""
    if len(buffer) < 3:  # noqa: PLR2004 the unit, the function and a byte that says how long it is
        return None
    function = buffer[1]
    if function & _EXCEPTION:
        return 3 + _CRC
    if function in _READ_REGISTERS:
        return 3 + buffer[2] + _CRC
    if function == _DEVICE_IDENTIFICATION:
        return _identification_size(buffer)
    raise NoLine("what answers is no Modbus RTU: look at the port, and at framer")


def _identification_size(buffer: bytearray) -> int | None:
    size = _IDENTIFICATION_HEAD
    if len(buffer) < size:
        return None
    for _ in range(buffer[_IDENTIFICATION_HEAD - 1]):
        if len(buffer) < size + 2:
            return None
        size += 2 + buffer[size + 1]
    return size + _CRC
