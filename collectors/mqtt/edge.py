"""One device of Sparkplug B: what its edge node says of it (Eclipse Sparkplug 3.0, section 5).

An edge node tells once what its metrics are called, in birth certificates, and may then send
nothing but their aliases. All its messages are numbered: one that is missing may have been a birth
certificate, so the aliases hold no more.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from agent.clock import Clock
from collectors.mqtt.hearing import Hearing
from collectors.mqtt.link import Heard, Link
from collectors.mqtt.numbers import number_of
from collectors.mqtt.plan import Plan, Point
from collectors.mqtt.sparkplug import (
    Malformed,
    Metric,
    Payload,
    Scalar,
    decoded,
    rebirth,
    value_of,
)
from collectors.mqtt.times import plausible
from collectors.mqtt.words import shown

NAMESPACE = "spBv1.0"
MOST_ALIASES = 20_000
SEQUENCE = 256
ASK_EVERY = 60.0
"""Seconds between two requests for birth certificates of one node, at least."""

_KINDS = frozenset({"NBIRTH", "NDATA", "NDEATH", "DBIRTH", "DDATA", "DDEATH"})
_BIRTH_SEQUENCE = "bdSeq"
_UNKNOWN = "it sends aliases, and no birth certificate has said what they are"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Which device it is; without a device, the edge node itself."""

    group: str
    node: str
    device: str

    @property
    def base(self) -> str:
        """What the last levels of its topics are."""
        return f"{self.node}/{self.device}" if self.device else self.node

    def __str__(self) -> str:
        return f"{NAMESPACE}/{self.group}/+/{self.base}"


@dataclass(frozen=True, slots=True)
class _Born:
    """What a birth certificate says of a metric."""

    name: str
    datatype: int


class EdgeEar:
    """Takes the messages of an edge node, and those of one device among them."""

    def __init__(
        self,
        identity: Identity,
        plan: Plan,
        hearing: Hearing,
        clock: Clock,
        *,
        by_own_time: bool,
        may_ask: bool,
    ) -> None:
        node = f"{NAMESPACE}/{identity.group}/+/{identity.node}"
        self.filters = frozenset({node, f"{node}/+"})
        self._identity = identity
        self._plan = plan
        self._hearing = hearing
        self._clock = clock
        self._by_own_time = by_own_time
        self._may_ask = may_ask
        self._born: dict[int, _Born] = {}
        self._types: dict[str, int] = {}
        self._awaited = True
        """Whether no birth certificate has come that still holds."""
        self._next: int | None = None
        self._birth: int | None = None
        self._deaths: dict[str, str] = {}

    async def prompt(self, link: Link) -> None:
        """Ask the node for its birth certificates, where that is allowed and they are missing."""
        topic = f"{NAMESPACE}/{self._identity.group}/NCMD/{self._identity.node}"
        missed = self._may_ask and self._awaited and link.connected
        if missed and link.is_due(topic, ASK_EVERY):
            await link.publish(topic, rebirth(self._clock.now()))

    def found(self) -> None:
        """Wake who waits."""
        self._hearing.news.set()

    def lost(self) -> None:
        """Trust no alias any more: a birth certificate may be missed."""
        self._forget()
        self._next = None
        self._hearing.news.set()

    def _forget(self) -> None:
        self._born.clear()
        self._awaited = True

    def hear(self, message: Heard) -> None:
        """Take a message of the node. None is ever retained; one that is, is an old one."""
        levels = message.topic.split("/")
        kind, device = levels[2], "/".join(levels[4:])
        if message.retained or kind not in _KINDS:
            return
        own = device == self._identity.device
        try:
            payload = decoded(message.payload)
        except Malformed:
            if own:
                problem = f"a message on {message.topic} is no Sparkplug B"
                self._hearing.troubled(f"{problem}: {shown(message.payload)}")
            return
        if kind == "NDEATH":
            self._die(payload)
            return
        self._count(kind, payload)
        if kind == "NBIRTH":
            self._begin(payload)
        if own:
            self._hear_own(kind, payload, message)

    def _hear_own(self, kind: str, payload: Payload, message: Heard) -> None:
        match kind:
            case "NBIRTH" | "DBIRTH":
                self._be_born(payload, message)
            case "DDEATH":
                self._depart(message)
            case _:
                self._read(payload, message)

    def _count(self, kind: str, payload: Payload) -> None:
        """Compare the number of a message with that of the one before (section 6.4.27)."""
        if payload.seq is None:
            return
        if kind != "NBIRTH" and self._next not in (None, payload.seq):
            self._forget()
        self._next = (payload.seq + 1) % SEQUENCE

    def _begin(self, payload: Payload) -> None:
        """The node is there anew: what was said of its metrics before holds no more."""
        self._forget()
        self._deaths.clear()
        self._birth = _birth_of(payload)
        self._hearing.went("")

    def _die(self, payload: Payload) -> None:
        """The node is gone, unless it is the will of a connection before the last birth."""
        birth = _birth_of(payload)
        if birth is not None and self._birth not in (None, birth):
            return
        self._forget()
        self._gone("NDEATH", f"its edge node {self._identity.node} is gone (NDEATH)")

    def _gone(self, kind: str, why: str) -> None:
        self._deaths[kind] = why
        self._hearing.went(why)

    def _be_born(self, payload: Payload, message: Heard) -> None:
        self._deaths.clear()
        self._hearing.went("")
        for metric in payload.metrics[:MOST_ALIASES]:
            if metric.name is not None:
                self._types[metric.name] = metric.datatype
                if metric.alias is not None:
                    self._born[metric.alias] = _Born(metric.name, metric.datatype)
        self._awaited = False
        self._read(payload, message)

    def _depart(self, message: Heard) -> None:
        self._forget()
        self._gone("DDEATH", f"it is gone (DDEATH on {message.topic})")

    def _read(self, payload: Payload, message: Heard) -> None:
        """Keep the values of a message."""
        if self._deaths:
            return
        strange = False
        for metric in payload.metrics:
            name, datatype = self._named(metric)
            strange = strange or name is None
            if name is not None and not metric.historical:
                at = self._time(metric, payload, message)
                self._look(name, value_of(metric, datatype), at, message)
        if strange:
            self._awaited = True
            self._hearing.passed(_UNKNOWN)
            if self._hearing.heard is None and not self._may_ask:
                self._hearing.troubled(_UNKNOWN)

    def _named(self, metric: Metric) -> tuple[str | None, int]:
        """Return the name and the type of a metric, as far as they are known."""
        if metric.name is not None:
            return metric.name, metric.datatype or self._types.get(metric.name, 0)
        born = None if metric.alias is None else self._born.get(metric.alias)
        return (None, 0) if born is None else (born.name, metric.datatype or born.datatype)

    def _time(self, metric: Metric, payload: Payload, message: Heard) -> datetime:
        own = (metric.at or payload.at) if self._by_own_time else None
        return plausible(own, message) or message.at

    def _look(self, name: str, value: Scalar | None, at: datetime, message: Heard) -> None:
        for suffix, point in self._points(name):
            try:
                number = number_of(value, point.quantity)
            except ValueError:
                what = shown(str(value).encode())
                problem = f"{name} on {message.topic} is no number: {what}"
                self._hearing.unfit(point.name, problem)
                continue
            if number is not None:
                self._hearing.keep(point, suffix, number, at, message.at)

    def _points(self, name: str) -> Iterator[tuple[str, Point]]:
        for point in self._plan.metrics:
            bound = None if point.metric is None else point.metric.bound(name)
            if bound is not None:
                yield point.suffix(bound), point


def _birth_of(payload: Payload) -> int | None:
    """Return the number that a node's birth and its will have in common."""
    found = (one.value for one in payload.metrics if one.name == _BIRTH_SEQUENCE)
    return next((value for value in found if isinstance(value, int)), None)
