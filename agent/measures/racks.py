"""What is shown of racks: whether one of their feeds could carry all."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from agent.measures.family import Labels, Measure
from agent.model import MeterNow, Now, Role, Scope

LEAST = 2
"""A rack with fewer feeds has no redundancy that could break."""

Feeds = Mapping[str, Sequence[MeterNow]]


def _redundancies(now: Now, stale_after: timedelta) -> Iterator[tuple[Labels, float | None]]:
    for (site, rack), pdus in _racks(now.meters).items():
        for room, here in _by_room(pdus).items():
            labels = {"site": site, "room": room, "rack": rack}
            yield labels, _redundancy(_by_feed(here), oldest=now.at - stale_after)


def _racks(meters: Iterable[MeterNow]) -> dict[tuple[str, str], list[MeterNow]]:
    """Return the totals of the rack PDUs by site and rack."""
    racks: dict[tuple[str, str], list[MeterNow]] = {}
    for one in meters:
        meter, rack = one.meter, one.meter.tags.get("rack")
        if rack and meter.role is Role.RACK and meter.scope is Scope.TOTAL:
            racks.setdefault((meter.site, rack), []).append(one)
    return racks


def _by_room(pdus: Sequence[MeterNow]) -> Mapping[str, Sequence[MeterNow]]:
    """Return the PDUs by room where racks of their name stand in several, else all under none: no
    feed in another room could carry a rack.

    Nothing where a PDU is not said to be in one of them: it may be of each of these racks.
    """
    rooms: dict[str, list[MeterNow]] = {}
    for one in pdus:
        rooms.setdefault(one.meter.tags.get("room", ""), []).append(one)
    if len(rooms.keys() - {""}) <= 1:
        return {"": pdus}
    return {} if "" in rooms else rooms


def _by_feed(pdus: Iterable[MeterNow]) -> Feeds:
    feeds: dict[str, list[MeterNow]] = {}
    for one in pdus:
        feeds.setdefault(one.meter.tags.get("feed", ""), []).append(one)
    return feeds


def _redundancy(feeds: Feeds, *, oldest: datetime) -> float | None:
    """Return the power of all feeds by what the others are rated for without the greatest one; of
    two feeds that is the smaller one.

    None where a PDU of the rack is silent, has no rated power, or is not said to be on a feed:
    what is left of the sums would look safer than it is.
    """
    if len(feeds) < LEAST or "" in feeds:
        return None
    power, rated = 0.0, []
    for pdus in feeds.values():
        powers = [one.power for one in pdus if one.power is not None and one.at >= oldest]
        ratings = [watts for one in pdus if (watts := _rated(one)) is not None]
        if len(powers) < len(pdus) or len(ratings) < len(pdus):
            return None
        power += sum(powers)
        rated.append(sum(ratings))
    return power / (sum(rated) - max(rated))


def _rated(pdu: MeterNow) -> float | None:
    return None if pdu.meter.rating is None else pdu.meter.rating.power


RACK_MEASURES: tuple[Measure, ...] = (
    Measure(
        name="carbond_rack_redundancy_ratio",
        help=(
            "Power of all feeds of a rack together by the rating of what is left without the"
            " greatest one, of two feeds the smaller: over 1 that could not carry all."
        ),
        of=_redundancies,
    ),
)
