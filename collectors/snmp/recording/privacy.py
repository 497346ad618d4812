"""Removes from a walk what must not leave the house, and counts it.

What is private in one object is removed from all others too: a serial number that has a column
of its own stands in sysDescr as well. The same thing gets the same stand-in everywhere, so that
a reader of the recording still sees what belongs together.
"""

import ipaddress
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial

from collectors.snmp.recording.columns import Columns
from collectors.snmp.recording.forms import (
    DIGITS,
    FORMS,
    WHOLE,
    Form,
    Kind,
    found_in,
    is_private,
    private_in,
)
from collectors.snmp.recording.octets import IP, IP_ADDRESS, MAC, is_binary, text_in
from collectors.snmp.recording.words import Words
from collectors.snmp.wire.ber import OID, Value, Varbind, arcs_of, oid_of
from collectors.snmp.wire.failure import Malformed

INDEX = "address or name in an index"
SHORTEST = 3
"""Characters of a text that is looked for everywhere; a shorter one is only removed in place."""

SHORTEST_NUMBER = 6
"""Digits of a number that is looked for everywhere."""

PREFIX = 7
"""Arcs before any index: 1.3.6.1.4.1 and the enterprise, or 1.3.6.1.2.1 and the MIB."""

# What devices are called that nobody has named.
UNNAMED = frozenset(
    {
        *("unknown", "none", "n/a", "default", "unset", "not set", "system", "administrator"),
        *("pdu", "rpdu", "ups", "rack", "sts", "ats", "server", "switch", "unit", "sensor"),
        *("outlet", "input", "output", "total", "phase", "bank", "power"),
        *("name", "location", "contact"),
    }
)
# What a form shows for certain: it is looked for without its form as well.
_TELLING = frozenset({Kind.EMAIL, Kind.HOST, Kind.SERIAL, Kind.UUID})
# A model may look like a serial number.
MODEL_FORMS = tuple(form for form in FORMS if form[0] is not Kind.SERIAL)
_PARTS = re.compile(r"[,;/<>()\[\]]| - ")


class Privacy:
    """Learns from all objects what is private, then cleans each of them."""

    def __init__(
        self,
        columns: Columns,
        *,
        credentials: Iterable[str],
        words: Iterable[str] = (),
        keep_names: bool = False,
    ) -> None:
        self.removed: Counter[str] = Counter()
        """How often something was removed, by what it was."""
        self._columns = columns
        self._kept = frozenset({Kind.NAME, Kind.HOST}) if keep_names else frozenset()
        self._models: Sequence[str] = ()
        self._words = Words()
        self._numbers: set[int] = set()
        for kind, texts in ((Kind.CREDENTIAL, credentials), (Kind.WORD, words)):
            for text in texts:
                self._words.add(kind, text, anywhere=True)

    def cleaned(self, objects: Sequence[Varbind]) -> list[Varbind]:
        """Return the objects without what is private, in order."""
        self._models = [
            value.decode("latin-1").lower()
            for name, _, value in objects
            if isinstance(value, bytes) and self._columns.is_model(name)
        ]
        for one in objects:
            self._learn(*one)
        clean: dict[tuple[int, ...], Varbind] = {}
        for name, tag, value in objects:
            arcs = self._arcs(arcs_of(name))
            clean.setdefault(arcs, (oid_of(arcs), tag, self._value(name, tag, value)))
        return [clean[arcs] for arcs in sorted(clean)]

    def _learn(self, name: bytes, tag: int, value: Value) -> None:
        kind = self._columns.kind_of(name)
        if kind is Kind.SERIAL and isinstance(value, int) and len(str(value)) >= SHORTEST_NUMBER:
            self._numbers.add(value)
            self._words.add(kind, str(value))
        if not isinstance(value, bytes) or tag == OID:
            return
        if tag == IP_ADDRESS:
            self._learn_address(".".join(map(str, value)))
            return
        text = text_in(value)
        if text is None:
            if len(value) == MAC:
                self._words.add_mac(value)
            return
        if kind is not None and kind not in self._kept:
            self._learn_text(kind, text.strip())
        for form, private in found_in(text, MODEL_FORMS if self._columns.is_model(name) else FORMS):
            self._learn_form(form, private)

    def _learn_form(self, form: Kind, text: str) -> None:
        if form is Kind.IP:
            self._learn_address(text)
        elif form is Kind.MAC:
            digits = re.sub(r"[^0-9a-fA-F]", "", text)
            if len(digits) == 2 * MAC:
                self._words.add_mac(bytes.fromhex(digits))
        elif form in _TELLING - self._kept:
            self._add(form, text)

    def _learn_text(self, kind: Kind, text: str) -> None:
        whole = [text]
        if kind in (Kind.CONTACT, Kind.LOCATION):
            whole += [part.strip() for part in _PARTS.split(text)]
        for one in whole:
            self._add(kind, one)

    def _add(self, kind: Kind, text: str) -> None:
        """Look for a text everywhere, if it is one that tells somebody something."""
        least = SHORTEST_NUMBER if text.isdigit() else SHORTEST
        tells = len(text) >= least and text.lower() not in UNNAMED
        if tells and not self._is_model(kind, text):
            self._words.add(kind, text)

    def _is_model(self, kind: Kind, text: str) -> bool:
        """Return whether a name is only the model: who has named nothing has nothing to hide."""
        return kind is Kind.NAME and any(text.lower() in model for model in self._models)

    def _learn_address(self, text: str) -> None:
        if is_private(text) and ":" not in text:
            self._words.add_address(text)

    def _value(self, name: bytes, tag: int, value: Value) -> Value:
        kind = self._columns.kind_of(name)
        if isinstance(value, int):
            return self._number(kind, value)
        if not isinstance(value, bytes) or not value:
            return value
        if tag == OID:
            return self._object_id(value)
        if tag == IP_ADDRESS and len(value) == IP:
            return self._ip(value)
        text = text_in(value)
        if text is None:
            return self._binary(value)
        cleaned = self._text(name, kind, text)
        return value if cleaned == text else cleaned.encode()

    def _number(self, kind: Kind | None, value: int) -> int:
        if value and (kind is Kind.SERIAL or value in self._numbers):
            self.removed[Kind.SERIAL] += 1
            return 0
        return value

    def _object_id(self, value: bytes) -> bytes:
        """Return an OID without what it spells; some agents send a text in place of one."""
        text = text_in(value)
        if text is not None:
            return self._masked(text).encode()
        try:
            return oid_of(self._arcs(arcs_of(value), first=2))
        except (Malformed, ValueError):
            return self._binary(value)

    def _ip(self, value: bytes) -> bytes:
        text = ".".join(map(str, value))
        if not is_private(text):
            return value
        self.removed[Kind.IP] += 1
        return ipaddress.ip_address(self._words.stand_in(Kind.IP, text)).packed

    def _binary(self, value: bytes) -> bytes:
        if not is_binary(value):
            return value
        if len(value) == MAC:
            self.removed[Kind.MAC] += 1
            return bytes.fromhex(self._words.stand_in(Kind.MAC, value.hex()).replace(":", ""))
        self.removed[Kind.BINARY] += 1
        return bytes(len(value))

    def _text(self, name: bytes, kind: Kind | None, text: str) -> str:
        if kind is not None and kind not in self._kept and text.strip():
            self.removed[kind] += 1
            return self._words.stand_in(kind, text.strip())
        if DIGITS.fullmatch(text) and not self._columns.is_number(name):
            self.removed[Kind.SERIAL] += 1
            return self._words.stand_in(Kind.SERIAL, text.strip())
        return self._masked(text, MODEL_FORMS if self._columns.is_model(name) else FORMS)

    def _masked(self, text: str, forms: Iterable[Form] = FORMS) -> str:
        """Return a text with stand-ins for all in it that is private."""
        text = self._without(WHOLE, text)
        text = self._words.masked(text, self.removed)
        return self._without(forms, text)

    def _without(self, forms: Iterable[Form], text: str) -> str:
        for kind, form in forms:
            if kind not in self._kept:
                text = form.sub(partial(self._form, kind), text)
        return text

    def _form(self, kind: Kind, match: "re.Match[str]") -> str:
        value = private_in(kind, match)
        if value is None:
            return match[0]
        self.removed[kind] += 1
        return match[0].replace(value, self._words.stand_in(kind, value))

    def _arcs(self, arcs: tuple[int, ...], first: int = PREFIX) -> tuple[int, ...]:
        """Return an OID without what its arcs spell from the `first` on, as long as it was."""
        index = self._words.masked_index(arcs[first:])
        if index != arcs[first:]:
            self.removed[INDEX] += 1
        return arcs[:first] + index
