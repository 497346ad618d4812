"""What a device has said: its newest values, and what is wrong with its messages."""

import asyncio
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from agent.counts import DROPPED
from agent.model import Reading
from collectors.mqtt.halves import Half
from collectors.mqtt.known import MOST_METERS, Known, Value
from collectors.mqtt.link import Heard, Link
from collectors.mqtt.numbers import number_of, sum_of
from collectors.mqtt.places import Bound, PathPattern
from collectors.mqtt.plan import ENERGY, POWER, Availability, Plan, Point
from collectors.mqtt.times import own_time, plausible
from collectors.mqtt.words import shown

SUMMED = frozenset({POWER, ENERGY, "apparent_power_voltamperes"})
"""What may be added up where a message says it of several phases; a voltage may not."""

_Found = dict[tuple[str, str], tuple[Point, Fraction | None]]


class Hearing:
    """Keeps what one device says until it is collected, and why it says nothing.

    What is wrong holds until a value comes: of a message, and of a device that is gone.
    """

    def __init__(
        self,
        device: str,
        said: str,
        oldest: timedelta,
        pairs: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        """`said` is where its values come, for people. Values that are older than `oldest` by
        their own time are none of now. `pairs` are the places of power and energy, by meter: where
        one of the two has come for so long without the other, the other is missing.
        """
        self.news = asyncio.Event()
        self.heard: float | None = None
        """When the last value came, on the monotonic clock."""

        self.gone = ""
        """Why the device is not there, where it is said."""

        self.problem = ""
        """What is wrong with its messages."""

        self._known = Known(device)
        self._said = said
        self._oldest = oldest
        self._passed = ""
        self._unread: dict[str, str] = {}
        self._halves = {meter: Half(meter, places) for meter, places in (pairs or {}).items()}

    @property
    def unread(self) -> str:
        """What is wrong with those of its numbers that have not come, empty if nothing is."""
        missing = (half.missing(self._oldest) for half in self._halves.values())
        return "; ".join([*self._unread.values(), *filter(None, missing)])

    def readings(self, oldest: datetime) -> list[Reading]:
        """Return the readings of what has come since the last ones."""
        return self._known.readings(oldest)

    def silence(self, seconds: float) -> str:
        """Say that no value has come for so long, and what has come in place of it."""
        hint = f"; {self._passed}" if self._passed else ""
        return f"no value has come on {self._said} for {seconds:.0f} s{hint}"

    def troubled(self, problem: str) -> None:
        """Take note of what is wrong with a message."""
        self.problem = problem
        self.news.set()

    def unfit(self, name: str, problem: str) -> None:
        """Take note that what stands for a number is none; the others of its message count."""
        self._unread[name] = problem
        self.troubled(problem)

    def passed(self, why: str) -> None:
        """Take note of a message that has no value, and why."""
        self._passed = why

    def went(self, why: str) -> None:
        """Take note that the device is gone, or, without a reason, that it is there."""
        self.gone = why
        if why:
            self.news.set()

    def keep(
        self, point: Point, suffix: str, number: Fraction, at: datetime, now: datetime
    ) -> bool:
        """Keep a value, unless it is one of long ago. Return whether it was kept."""
        if now - at > self._oldest:
            age = (now - at).total_seconds()
            self.passed(f"what comes is {age:.0f} s old by its own time (see clock: arrival)")
            return False
        if self._known.keep(suffix, point.name, Value(number, at, point.register)):
            self.problem, self._passed = "", ""
            self._unread.pop(point.name, None)
            if half := self._halves.get(point.meter):
                half.came(point.name, now)
            self.heard = time.monotonic()
            self.news.set()
            return True
        DROPPED.labels("mqtt", "many").inc()
        self.troubled(f"its messages are of more than {MOST_METERS} meters")
        return False


class Ear:
    """Takes the messages of one device, by its plan.

    A retained message says how it was when it was sent, and not when: it gives a value only with
    a time of its own. What it says of the device being there holds.
    """

    def __init__(self, plan: Plan, hearing: Hearing, *, by_own_time: bool) -> None:
        self.filters = plan.filters
        self._plan = plan
        self._hearing = hearing
        self._by_own_time = by_own_time
        self._gone: dict[str, str] = {}

    async def prompt(self, _: Link) -> None:
        """Ask for nothing: such devices send when they like."""

    def found(self) -> None:
        """Wake who waits."""
        self._hearing.news.set()

    def lost(self) -> None:
        """Wake who waits."""
        self._hearing.news.set()

    def hear(self, message: Heard) -> None:
        """Take a message: of numbers, or of whether the device is there."""
        for one in self._plan.availability:
            if one.topic == message.topic:
                self._judge(one, message)
        for pattern, points in self._plan.topics.items():
            bound = pattern.bound(message.topic)
            if bound is not None:
                self._read(points, bound, message)

    def _judge(self, one: Availability, message: Heard) -> None:
        word = _word(one.path, message.payload)
        self._gone.pop(one.topic, None)
        if word in one.offline:
            self._gone[one.topic] = f"it is gone: {shown(word.encode())} on {one.topic}"
        self._hearing.went(next(iter(self._gone.values()), ""))

    def _read(self, points: Sequence[Point], bound: Bound, message: Heard) -> None:
        try:
            document = _document(points, message.payload)
        except ValueError:
            if not message.retained:
                self._hearing.troubled(_misfit(message, "is no JSON"))
            return
        own = own_time(self._plan.times, document) if self._by_own_time else None
        at = plausible(own, message)
        if at is None:
            self._hearing.passed("only a retained message has come, which says no time of its own")
            return
        found: _Found = {}
        for point in points:
            self._look(found, point, bound, document, message)
        kept = [(key, *entry) for key, entry in found.items() if entry[1] is not None]
        of_now = [
            self._hearing.keep(point, suffix, number, at, message.at)
            for (suffix, _), point, number in kept
            if number is not None
        ]
        if any(of_now) and not message.retained:
            # Who sends is there, whatever an old last will says.
            self._gone.clear()
            self._hearing.went("")
        if not kept and not self._hearing.problem:
            self._hearing.passed(f"without one on {message.topic}: {shown(message.payload)}")

    def _look(
        self,
        found: _Found,
        point: Point,
        bound: Bound,
        document: Any,  # noqa: ANN401 JSON
        message: Heard,
    ) -> None:
        """Add the numbers of a point, by meter; the first way that has a number counts."""
        try:
            for suffix, numbers in _numbers(point, bound, document, message.payload).items():
                key = (suffix, point.name)
                if found.get(key, (point, None))[1] is None:
                    found[key] = (point, sum_of(numbers))
        except ValueError:
            if not message.retained:
                problem = _misfit(message, f"has no number for the {point.name}")
                self._hearing.unfit(point.name, problem)


def _misfit(message: Heard, why: str) -> str:
    return f"a message on {message.topic} {why}: {shown(message.payload)}"


def _document(points: Sequence[Point], payload: bytes) -> Any:  # noqa: ANN401 JSON
    """Return what a message holds, where it must be JSON. Raises ValueError."""
    return parsed(payload) if any(point.path is not None for point in points) else None


def parsed(payload: bytes) -> Any:  # noqa: ANN401 JSON
    """Return what a JSON text holds, its numbers as they are written. Raises ValueError."""
    try:
        return json.loads(payload, parse_float=Decimal)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _numbers(
    point: Point,
    bound: Bound,
    document: Any,  # noqa: ANN401 JSON
    payload: bytes,
) -> dict[str, list[Fraction | None]]:
    """Return the numbers that stand for a point, by the meters they are of. Raises ValueError."""
    numbers: dict[str, list[Fraction | None]] = {}
    for places, found in _values(point.path, document, payload):
        for value in found if isinstance(found, list) else [found]:
            suffix = point.suffix({**bound, **places})
            numbers.setdefault(suffix, []).append(number_of(value, point.quantity))
    if point.name in SUMMED:
        return numbers
    return {suffix: several for suffix, several in numbers.items() if len(several) == 1}


def _values(
    path: PathPattern | None,
    document: Any,  # noqa: ANN401 JSON
    payload: bytes,
) -> Iterator[tuple[Bound, object]]:
    if path is None:
        yield {}, payload.decode("utf-8", "replace")
    else:
        yield from path.found(document)


def _word(path: PathPattern | None, payload: bytes) -> str:
    """Return the word of a message, which may be JSON or the word itself."""
    plain = payload.decode("utf-8", "replace").strip()
    if path is None:
        return plain
    try:
        return next((str(value) for _, value in path.found(parsed(payload))), plain)
    except ValueError:
        return plain
