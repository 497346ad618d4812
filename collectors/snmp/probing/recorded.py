"""A recorded walk that answers as the device did: snmprec, a line `OID|type|value` per object."""

import bisect
from collections.abc import Iterator, Sequence
from pathlib import Path

from agent.errors import ConfigError
from collectors.snmp.wire.ber import (
    COUNTER32,
    COUNTER64,
    GAUGE32,
    INTEGER,
    NULL,
    NUMBERS,
    OCTET_STRING,
    OID,
    OPAQUE,
    TIMETICKS,
    ObjectId,
    Value,
    arcs_of,
    oid,
    value_of,
)

IP_ADDRESS = 0x40
# The types of snmprec are the tags of BER in decimal.
TYPES = frozenset(
    {
        INTEGER,
        OCTET_STRING,
        NULL,
        OID,
        IP_ADDRESS,
        COUNTER32,
        GAUGE32,
        TIMETICKS,
        OPAQUE,
        COUNTER64,
    }
)


class RecordedWalk:
    """A device as it was recorded. Whatever the walk does not hold, it does not have."""

    bulk = True

    def __init__(self, path: Path) -> None:
        """Raises ConfigError for a file that is no walk."""
        self.address = "ADDRESS"
        self._values = dict(sorted(_lines(path), key=lambda line: arcs_of(line[0])))
        self._names = list(self._values)

    async def get(self, oids: tuple[bytes, ...], *, whole: bool = False) -> dict[bytes, Value]:
        """Return the values of those OIDs that have one."""
        return {name: self._values[name] for name in oids if name in self._values}

    async def after(self, name: bytes) -> bytes:
        """Return the OID of the first object behind an OID, nothing where there is none."""
        at = bisect.bisect_right(self._names, arcs_of(name), key=arcs_of)
        return self._names[at] if at < len(self._names) else b""

    async def walk(self, columns: Sequence[bytes], rows: int = 0) -> dict[bytes, Value]:
        """Return all values below columns."""
        inside = tuple(columns)
        return {
            name: value
            for name, value in self._values.items()
            if name.startswith(inside) and name not in columns
        }


def _lines(path: Path) -> Iterator[tuple[bytes, Value]]:
    try:
        text = path.read_text(encoding="latin-1")
    except OSError as error:
        raise ConfigError(f"cannot read the walk {path}: {error.strerror}") from error
    found = False
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = _line(line.rstrip("\r"))
        except ValueError as error:
            raise ConfigError(
                f"{path}:{number}: {error}: a walk has a line `OID|type|value` for each object"
            ) from error
        found = True
        if value[1] is not None:
            yield value
    if not found:
        raise ConfigError(f"the walk {path} is empty: record one with `carbond record ADDRESS`")


def _line(line: str) -> tuple[bytes, Value]:
    name, kind, text = [*line.split("|", 2), "", ""][:3]
    if line.count("|") < 2:  # noqa: PLR2004 the two bars of a line
        raise ValueError("it is no line of a walk")
    # What stands behind a colon is for a simulator: how it is to change the value.
    number, variation, _ = kind.partition(":")
    digits = number.rstrip("xe")
    if not digits.isdigit() or int(digits) not in TYPES:
        raise ValueError(f"there is no type {kind!r}")
    value = None if variation else _value(int(digits), number.removeprefix(digits), text)
    return oid(name), value


def _value(tag: int, form: str, text: str) -> Value:
    """Return a value as the codec would. Raises ValueError."""
    if tag in NUMBERS:
        return int(text) if text.strip() else None
    if tag == OID:
        return _object_id(text)
    octets = text.encode("latin-1")
    if form == "x":
        octets = bytes.fromhex(text)
    elif form == "e":
        octets = octets.decode("unicode_escape").encode("latin-1", "replace")
    return value_of(tag, octets)


def _object_id(text: str) -> bytes:
    """Return an encoded OID; what a device sends in place of one stays as it is."""
    try:
        return ObjectId(oid(text))
    except ValueError:
        return text.encode("latin-1")
