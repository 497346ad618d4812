"""What a simulated device answers: object identifiers and values that are made when asked for.

Values are kept as the octets of their encoding, and those that never change are encoded once: of
an answer's time pysnmp takes four fifths for building the list of bindings and encoding it.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice

from pyasn1.codec.ber.encoder import encode
from pysnmp.proto import rfc1902, rfc1905

Oid = tuple[int, ...]
Quantity = Callable[[float], float]
"""A number at a moment, in seconds since the site's midnight."""

Value = bytes | Callable[[float], bytes]
"""A value of SNMP as it is encoded, or what makes it."""

NO_SUCH_INSTANCE: bytes = encode(rfc1905.noSuchInstance)
END_OF_MIB_VIEW: bytes = encode(rfc1905.endOfMibView)
SEQUENCE = 0x30
GREATEST = 2**31 - 1
SHORT = 128
"""From this length on, the length itself takes more than one octet."""


def oid(text: str) -> Oid:
    """Return the identifier of `1.3.6.1`."""
    return tuple(int(arc) for arc in text.split("."))


def fixed(value: str | int) -> Value:
    """Return the text or whole number (Integer32) as a value that never changes."""
    kind = rfc1902.OctetString if isinstance(value, str) else rfc1902.Integer32
    return bytes(encode(kind(value)))


def text(said: Callable[[float], str]) -> Value:
    """Return a text that may change."""
    return lambda seconds: encode(rfc1902.OctetString(said(seconds)))


def identity(text: str) -> Value:
    """Return an object identifier as a value that never changes."""
    return bytes(encode(rfc1902.ObjectIdentifier(text)))


def integer(quantity: Quantity, unit: float = 1.0) -> Value:
    """Return the quantity in counts of `unit`, to the nearest, as Integer32, or its greatest."""
    return lambda seconds: encode(rfc1902.Integer32(min(round(quantity(seconds) / unit), GREATEST)))


def gauge(quantity: Quantity, unit: float = 1.0) -> Value:
    """Return the quantity in counts of `unit`, to the nearest, as Gauge32."""
    return lambda seconds: encode(rfc1902.Gauge32(round(quantity(seconds) / unit)))


def ticks(quantity: Quantity) -> Value:
    """Return seconds as TimeTicks, hundredths that start again at 2^32."""
    return lambda seconds: encode(rfc1902.TimeTicks(int(quantity(seconds) * 100) % 2**32))


class Objects:
    """The objects of one device in their order. Answers are encoded bindings of name and value."""

    def __init__(self, values: Mapping[str, Value]) -> None:
        self._values = {oid(text): value for text, value in values.items()}
        self._order = sorted(self._values)
        self._names = {name: _named(name) for name in self._order}

    def get(self, name: Oid, seconds: float) -> bytes:
        """Return the binding of a name, or that there is no such instance."""
        if name not in self._values:
            return _binding(_named(name), NO_SUCH_INSTANCE)
        return self._bound(name, seconds)

    def after(self, name: Oid, seconds: float) -> Iterator[bytes]:
        """Yield the bindings that follow a name, and then once that the view has ended."""
        for following in islice(self._order, bisect_right(self._order, name), None):
            yield self._bound(following, seconds)
        yield _binding(_named(self._last(name)), END_OF_MIB_VIEW)

    def bulk(
        self, names: Sequence[Oid], single: int, repetitions: int, seconds: float
    ) -> Iterator[bytes]:
        """Yield what follows the first `single` names once, and the others so many times.

        It ends where all of the others have, as RFC 3416 section 4.2.3 allows.
        """
        for name in names[:single]:
            yield next(self.after(name, seconds))
        columns = [self.after(name, seconds) for name in names[single:]]
        ends = [_binding(_named(self._last(name)), END_OF_MIB_VIEW) for name in names[single:]]
        for _ in range(repetitions):
            row = [next(column, end) for column, end in zip(columns, ends, strict=True)]
            yield from row
            if row == ends:
                return

    def _last(self, name: Oid) -> Oid:
        return max(name, self._order[-1])

    def _bound(self, name: Oid, seconds: float) -> bytes:
        value = self._values[name]
        return _binding(self._names[name], value if isinstance(value, bytes) else value(seconds))


def _named(name: Oid) -> bytes:
    return bytes(encode(rfc1902.ObjectName(name)))


def _binding(name: bytes, value: bytes) -> bytes:
    size = len(name) + len(value)
    if size < SHORT:
        return bytes((SEQUENCE, size)) + name + value
    return bytes((SEQUENCE, 0x82)) + size.to_bytes(2, "big") + name + value
