"""Answers by hand, octet by octet, for agents that misbehave."""

from collections.abc import Sequence
from typing import Any

from pyasn1.codec.ber import decoder
from pysnmp.proto.api import PROTOCOL_MODULES

Bind = tuple[str, int, bytes]


def tlv(tag: int, body: bytes) -> bytes:
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    return bytes([tag, 0x82]) + len(body).to_bytes(2, "big") + body


def oid(text: str) -> bytes:
    arcs = [int(arc) for arc in text.split(".")]
    out = bytes([arcs[0] * 40 + arcs[1]])
    for arc in arcs[2:]:
        part = [arc & 127]
        while arc := arc >> 7:
            part.append(arc & 127 | 128)
        out += bytes(reversed(part))
    return out


def bind(name: str, tag: int, body: bytes) -> bytes:
    return tlv(0x30, tlv(6, oid(name)) + tlv(tag, body))


def answer(
    number: int,
    binds: Sequence[Bind],
    *,
    status: int = 0,
    index: int = 0,
    tag: int = 0xA2,
    version: int = 1,
) -> bytes:
    """Return a v1 or v2c answer."""
    body = tlv(2, number.to_bytes(4, "big")) + tlv(2, bytes([status])) + tlv(2, bytes([index]))
    body += tlv(0x30, b"".join(bind(*one) for one in binds))
    return tlv(0x30, tlv(2, bytes([version])) + tlv(4, b"public") + tlv(tag, body))


class Asked:
    """A request, as pysnmp reads it."""

    def __init__(self, data: bytes) -> None:
        version = data[4] if data[1] < 128 else data[data[1] - 128 + 4]
        api: Any = PROTOCOL_MODULES[version]
        message, _ = decoder.decode(data, asn1Spec=api.Message())
        pdu = api.apiMessage.get_pdu(message)
        self.version = version
        self.kind = type(pdu).__name__
        self.id = int(api.apiPDU.get_request_id(pdu))
        self.names = [str(name) for name, _ in api.apiPDU.get_varbinds(pdu)]
        self.repetitions = (
            int(api.apiBulkPDU.get_max_repetitions(pdu)) if "Bulk" in self.kind else 0
        )
