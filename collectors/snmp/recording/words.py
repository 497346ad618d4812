"""Texts and addresses that are private wherever they stand, and what stands for them."""

import ipaddress
import re
from collections import Counter
from collections.abc import Iterable

from collectors.snmp.recording.forms import Kind

GLUED = 5
"""Characters from which on a word is also found inside another one."""

SHORTEST_GLUED = 3
"""The same of a word that is private for certain: a shorter one is in every other word."""

_MARKS = {
    Kind.CREDENTIAL: "credential",
    Kind.NAME: "name",
    Kind.CONTACT: "contact",
    Kind.LOCATION: "location",
    Kind.SERIAL: "serial",
    Kind.ASSET: "asset",
    Kind.EMAIL: "email",
    Kind.HOST: "host",
    Kind.UUID: "uuid",
    Kind.WORD: "word",
}
_SPELT_MAC = re.compile(r"(?i)(?<![0-9a-f])[0-9a-f]{2}(?:([:-])[0-9a-f]{2})(?:\1[0-9a-f]{2}){4}")
_MOST_ARC = 0xD7FF
_ADDRESSES = 254
_NOTHING = re.compile(r"(?!)")


class Words:
    """What was learnt to be private. Stand-ins have a number for each different thing."""

    def __init__(self) -> None:
        self._kinds: dict[str, Kind] = {}
        self._lower: dict[str, Kind] = {}
        self._anywhere: set[str] = set()
        self._octets: dict[str, Kind] = {}
        self._stand_ins: dict[tuple[Kind, str], str] = {}
        self._numbers: Counter[Kind] = Counter()
        self._texts: re.Pattern[str] | None = None
        self._spelt: re.Pattern[str] | None = None
        self._addresses = _NOTHING

    def add(self, kind: Kind, text: str, *, anywhere: bool = False) -> None:
        """Look for a text from now on; also inside other words if it is long, or not quite as long
        but to be found `anywhere`.
        """
        if text:
            self._kinds.setdefault(text, kind)
            self._lower.setdefault(text.lower(), kind)
            self._texts = self._spelt = None
            if len(text) >= (SHORTEST_GLUED if anywhere else GLUED):
                self._anywhere.add(text)

    def add_address(self, text: str) -> None:
        """Look for an IPv4 address in indexes."""
        self._octets["".join(map(chr, ipaddress.ip_address(text).packed))] = Kind.IP
        self._spelt = None

    def add_mac(self, octets: bytes) -> None:
        """Look for a MAC address in indexes."""
        if octets.count(0) < len(octets) // 2:
            self._octets["".join(map(chr, octets))] = Kind.MAC
            self._spelt = None

    def stand_in(self, kind: Kind, text: str) -> str:
        """Return what stands for a text: always the same for the same one."""
        known = (kind, _same(kind, text))
        if known not in self._stand_ins:
            self._numbers[kind] += 1
            self._stand_ins[known] = self._new(kind, self._numbers[kind], text)
        return self._stand_ins[known]

    def _new(self, kind: Kind, number: int, text: str) -> str:
        """Return a new stand-in: addresses for documentation (RFC 5737, RFC 3849), a local MAC."""
        if kind is Kind.IP and ":" in text:
            return f"2001:db8::{number:x}"
        if kind is Kind.IP:
            return f"192.0.2.{(number - 1) % _ADDRESSES + 1}"
        if kind is Kind.MAC:
            return "02:" + number.to_bytes(5, "big").hex(":")
        return f"<{_MARKS[kind]}-{number}>"

    def masked(self, text: str, removed: Counter[str]) -> str:
        """Return a text with a stand-in for each word that was learnt, which is counted."""

        def replaced(match: "re.Match[str]") -> str:
            kind = self._kind(match[0])
            removed[kind] += 1
            return self.stand_in(kind, match[0])

        if self._texts is None:
            self._texts = _any_of(map(self._pattern, self._kinds))
        return self._texts.sub(replaced, text)

    def _kind(self, found: str) -> Kind:
        """Return what a word is, whatever its case; letters that fold to others are rare."""
        return self._kinds.get(found) or self._lower.get(found.lower(), Kind.WORD)

    def _pattern(self, word: str) -> str:
        if word in self._anywhere:
            return re.escape(word)
        return rf"(?<![^\W_]){re.escape(word)}(?![^\W_])"

    def masked_index(self, index: tuple[int, ...]) -> tuple[int, ...]:
        """Return an index, as long as it was, without the words and addresses that it spells."""
        # A character for each arc: the largest arcs are no characters, and never private.
        text = "".join(chr(min(arc, _MOST_ARC)) for arc in index)
        if self._spelt is None:
            self._spelt = _any_of(map(re.escape, self._anywhere))
            self._addresses = _any_of(map(self._address, self._octets), re.NOFLAG)
        masked = self._addresses.sub(self._octets_as_long, text)
        masked = _SPELT_MAC.sub(self._mac_as_long, masked)
        masked = self._spelt.sub(self._word_as_long, masked)
        return tuple(
            arc if before == after else ord(after)
            for arc, before, after in zip(index, text, masked, strict=True)
        )

    def _address(self, octets: str) -> str:
        """Return what finds an address: one of IPv4 ends an index, or has its length before it."""
        one = re.escape(octets)
        return one if self._octets[octets] is Kind.MAC else rf"(?<=\x04){one}|{one}\Z"

    def _octets_as_long(self, match: "re.Match[str]") -> str:
        octets = match[0].encode("latin-1")
        if self._octets[match[0]] is Kind.IP:
            text = self.stand_in(Kind.IP, ".".join(map(str, octets)))
            return ipaddress.ip_address(text).packed.decode("latin-1")
        text = self.stand_in(Kind.MAC, octets.hex())
        return bytes.fromhex(text.replace(":", "")).decode("latin-1")

    def _mac_as_long(self, match: "re.Match[str]") -> str:
        return self.stand_in(Kind.MAC, match[0]).replace(":", match[1])

    def _word_as_long(self, match: "re.Match[str]") -> str:
        found = match[0]
        number = self.stand_in(self._kind(found), found).strip("<>").rpartition("-")[2]
        return ("x" * len(found) + number)[-len(found) :]


def _same(kind: Kind, text: str) -> str:
    """Return a text without what may differ between two ways to write it."""
    return re.sub(r"[^0-9a-f]", "", text.lower()) if kind is Kind.MAC else text.lower()


def _any_of(patterns: Iterable[str], flags: re.RegexFlag = re.IGNORECASE) -> "re.Pattern[str]":
    """Return what finds any of them, the longest first."""
    alternatives = "|".join(sorted(patterns, key=len, reverse=True))
    return re.compile(alternatives, flags) if alternatives else _NOTHING
