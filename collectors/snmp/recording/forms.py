"""What is private by its form, wherever it stands in a text: addresses, host names, serials."""

import ipaddress
import re
from collections.abc import Iterator
from enum import StrEnum


class Kind(StrEnum):
    """What is removed from a recording, as people call it."""

    CREDENTIAL = "community, user or password"
    NAME = "name"
    CONTACT = "contact"
    LOCATION = "location"
    SERIAL = "serial number"
    ASSET = "asset tag"
    EMAIL = "e-mail address"
    HOST = "host name"
    IP = "IP address"
    MAC = "MAC address"
    UUID = "UUID"
    WORD = "word of yours"
    BINARY = "binary value"


# Top-level domains that are used inside, frequent ones, and those of countries where three labels
# or more show that it is no name of an object (Phase.Power.Active).
_WORDS = "com|net|org|edu|gov|mil|int|info|biz|io|cloud|dev|tech|systems|services|network|zone"
_WORDS += "|local|lan|localdomain|internal|intern|intra|corp|home|arpa|example|test|invalid|site"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?"
_VALUE = r"[A-Za-z0-9][\w.@/+-]{2,}"

Form = tuple[Kind, re.Pattern[str]]

WHOLE: tuple[Form, ...] = (
    (
        Kind.CREDENTIAL,
        re.compile(
            r"(?i)\b(?:password|passwd|passphrase|pwd|community|secret|user ?name|login)"
            rf"\s*[:=]\s*(?P<value>{_VALUE})"
        ),
    ),
    (
        Kind.SERIAL,
        re.compile(
            r"(?i)(?:\b(?:s/n|sn|serial\s*(?:no|nr|num|number))\b\.?\s*[:=#]?|\bserial\s*[:=#])\s*"
            r"(?P<value>(?=(?:[\w-]*\d){2})[A-Za-z0-9][\w-]{3,})"
        ),
    ),
    (
        Kind.ASSET,
        re.compile(
            rf"(?i)\b(?:asset|inventory)(?:\s*(?:tag|no|number|id))?\s*[:=#]\s*(?P<value>{_VALUE})"
        ),
    ),
    (Kind.EMAIL, re.compile(rf"[\w.+%-]+@{_LABEL}(?:\.{_LABEL})*")),
    (Kind.UUID, re.compile(r"(?i)(?<![0-9a-f])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")),
    (
        Kind.MAC,
        re.compile(
            r"(?i)(?<![0-9a-f])(?:[0-9a-f]{1,2}(?P<between>[:-])(?:[0-9a-f]{1,2}(?P=between)){4}"
            r"[0-9a-f]{1,2}|(?<!\b[0-9a-f]{2} )(?:[0-9a-f]{2} ){5}[0-9a-f]{2}(?! [0-9a-f]{2}\b)"
            r"|[0-9a-f]{4}(?:[.-][0-9a-f]{4}){2}|[0-9a-f]{12})(?![0-9a-f]|[:-][0-9a-f])"
        ),
    ),
)
"""What is looked for before single words are, of which it may be made."""

FORMS: tuple[Form, ...] = (
    (Kind.IP, re.compile(r"(?i)(?<![\w:.])[0-9a-f]{0,4}:[0-9a-f:]*:[0-9a-f.:]*(?![\w:])")),
    (Kind.IP, re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)")),
    (
        Kind.HOST,
        re.compile(
            rf"(?<![\w.-])(?!(?i:www)\.)(?:(?:{_LABEL}\.)+(?i:{_WORDS})|(?:{_LABEL}\.){{2,}}[a-z]{{2}})"
            r"(?![\w-]|\.\w)"
        ),
    ),
    # Seven digits and a capital letter in one word: models have fewer, or dashes; V600R024C00 is
    # a version.
    (
        Kind.SERIAL,
        re.compile(
            r"(?<![\w-])(?!V\d+R\d+)(?=(?:[A-Z]*\d){7})(?=\d*[A-Z])[A-Z0-9]{8,24}"
            r"(?:-[A-Z0-9]{1,3})?(?![\w-])"
        ),
    ),
)

DIGITS = re.compile(r"\s*(?=0*[1-9])\d{8,}\s*")
"""A text that is nothing but a long number: a serial number, unless it is read as a value."""


# What stands before four numbers with dots between them that are no address.
_VERSION = re.compile(
    r"(?i)(?:(?:version|ver|firmware|software|release|revision|rev|linux)[\s:.=v]{0,3}|[fsh]w:\s?)\Z"
)
_BEFORE = 16


def found_in(text: str, forms: tuple[Form, ...]) -> Iterator[tuple[Kind, str]]:
    """Yield what is private in a text by its form: one of these, or of the whole ones."""
    for kind, form in WHOLE + forms:
        for match in form.finditer(text):
            if (value := private_in(kind, match)) is not None:
                yield kind, value


def private_in(kind: Kind, match: re.Match[str]) -> str | None:
    """Return what is private in a match of a form, None where it only looks like it."""
    value = match.groupdict().get("value") or match[0]
    if kind is Kind.MAC and not value.strip("0:-. "):
        return None
    if kind is Kind.IP:
        before = match.string[max(match.start() - _BEFORE, 0) : match.start()]
        return value if is_private(value) and not _VERSION.search(before) else None
    return value


def is_private(text: str) -> bool:
    """Return whether an address tells something: no loopback, no mask, no text that is none."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return not (address.is_loopback or address.packed[0] in (0, 255))
    return not (address.is_loopback or address.is_unspecified)
