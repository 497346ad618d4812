"""Which of several ways a quantity is read by, and of how many samples a sum is."""

from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

from collectors.prometheus.picking import Nothing, Picking, Value
from config.profiles.prometheus import Series

STRIKES = 3
"""Polls without a value after which another way is looked for."""

Way = TypeVar("Way", bound=Series)


class Choice(Generic[Way]):
    """The first way that has a value, which is stayed with until it has had none for so many polls
    that another one has: two of them disagree, so they are not alternated.

    A sum of which a part is missing is no value either, until it has been so for as many polls.
    """

    def __init__(self, ways: Sequence[Way]) -> None:
        self._ways = ways
        self._strikes = 0
        self._parts: dict[str, frozenset[str]] = {}
        self._short: dict[str, int] = {}
        self.way: Way | None = None

    @property
    def is_awaited(self) -> bool:
        """Whether the first value of a sum is still to come, so that it is not known of how many
        samples it is; after so many polls without one it is awaited no more.
        """
        first = next(iter(self._ways), None)
        return first is not None and first.sum and self.way is None and self._strikes <= STRIKES

    def values(self, picking: Picking, keys: Sequence[str]) -> Mapping[str, Value]:
        """Return the values by key. Raises Nothing, with the reasons of all ways."""
        reasons: dict[str, None] = {}
        ways = self._ways
        if self.way is not None and self._strikes < STRIKES:
            ways = (self.way,)
        for way in ways:
            try:
                found = picking.values(way, keys)
            except Nothing as nothing:
                reasons[str(nothing)] = None
                continue
            if way is not self.way:
                self._parts.clear()
            self.way, self._strikes = way, 0
            return self._whole(found, way)
        self._strikes += 1
        raise Nothing("; ".join(reasons))

    def _whole(self, found: Mapping[str, Value], way: Way) -> Mapping[str, Value]:
        if not way.sum:
            return found
        whole = {key: value for key, value in found.items() if self._is_whole(key, value)}
        if not whole:
            raise Nothing(f"a part of the sum of {' + '.join(way.metric)} is missing")
        return whole

    def _is_whole(self, key: str, value: Value) -> bool:
        """Tell whether a sum has all parts that it had, or has lacked one for long."""
        lacks = not self._parts.get(key, frozenset()) <= value.each.keys()
        self._short[key] = self._short.get(key, 0) + 1 if lacks else 0
        if self._short[key] > STRIKES:
            self._short[key] = 0
        if self._short[key] == 0:
            self._parts[key] = frozenset(value.each)
        return self._short[key] == 0
