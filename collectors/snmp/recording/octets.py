"""What an OCTET STRING holds: a text, a moment, or octets that may be an address."""

IP_ADDRESS = 0x40
"""The tag of an IpAddress (RFC 2578 section 7.1.5)."""

IP = 4
"""Octets of an IPv4 address."""

MAC = 6
"""Octets of a MAC address."""

# As long as addresses and moments are: octets beyond ASCII are no letters then.
_LENGTHS = frozenset({IP, MAC, 8, 11, 16})
_MOMENT = frozenset({8, 11})
_READABLE = 0.7
_SPACES = "\t\r\n"


def text_in(octets: bytes) -> str | None:
    """Return the text that octets are, None where they are none. Zeros behind it are left out."""
    body = octets.rstrip(b"\x00")
    if (octets and not body) or (len(octets) in _LENGTHS and not octets.isascii()):
        return None
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return _latin(body)
    return text if _is_text(text) else None


def _latin(body: bytes) -> str | None:
    text = body.decode("latin-1")
    plain = sum(one.isascii() for one in text)
    return text if _is_text(text) and plain >= _READABLE * len(text) else None


def _is_text(text: str) -> bool:
    return all(one.isprintable() or one in _SPACES for one in text)


def is_binary(octets: bytes) -> bool:
    """Return whether octets that are no text may tell who or where a device is.

    Flags are too short for it, and a moment (DateAndTime, RFC 2579) and zeros tell nothing.
    """
    if len(octets) < IP or not any(octets):
        return False
    year, month, day = int.from_bytes(octets[:2], "big"), octets[2], octets[3]
    is_moment = 1970 <= year <= 2100 and 1 <= month <= 12 and 1 <= day <= 31  # noqa: PLR2004 a date
    return not (len(octets) in _MOMENT and is_moment)
