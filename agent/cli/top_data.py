"""What `carbond top` shows: sites, meters and devices at one moment, as the daemon tells them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from agent.figures import figure
from agent.model import Role

Values = Sequence[float | None]
History = Mapping[str, Values]
"""Watts by minute, the newest last, of a site or a meter by its name."""

Item = Mapping[str, Any]
"""An item of the API."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One moment."""

    at: datetime
    sites: Sequence[Item]
    meters: Sequence[Item]
    """The totals of the devices."""

    devices: Sequence[Item]
    site_history: History = field(default_factory=dict)
    meter_history: History = field(default_factory=dict)

    def data(self) -> dict[str, object]:
        """Return it for programs."""
        return {
            "at": self.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "sites": list(self.sites),
            "meters": list(self.meters),
            "devices": list(self.devices),
        }


class Kind(StrEnum):
    """What the lines are of."""

    RACKS = "racks"
    DEVICES = "devices"
    METERS = "meters"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A rack, a device or a meter."""

    name: str
    what: str
    """Its role, or the feeds of a rack."""

    power: float | None
    """Watts; None where one that belongs to it is silent."""

    at: datetime | None
    """Its last reading: of a rack the oldest one of its feeds."""

    history: Values = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """A device that does not answer."""

    name: str
    since: datetime | None
    why: str


def moment(text: str | None) -> datetime | None:
    """Return the time of an item."""
    return None if text is None else datetime.fromisoformat(text)


def lines_in(snapshot: Snapshot, kind: Kind) -> list[Line]:
    """Return the lines of a kind, in no order."""
    down = {one["name"] for one in snapshot.devices if one["up"] is False}
    if kind is Kind.RACKS:
        return list(_racks(snapshot, down))
    if kind is Kind.METERS:
        return [_meter(one, snapshot, down) for one in snapshot.meters]
    return list(_devices(snapshot, down))


def _meter(one: Item, snapshot: Snapshot, down: set[str]) -> Line:
    rack = one["tags"].get("rack")
    return Line(
        name=one["id"],
        what=f"{one['role']}{f' in {rack}' if rack else ''}",
        power=None if one["device"] in down else one["power_watts"],
        at=moment(one["at"]),
        history=snapshot.meter_history.get(one["id"], ()),
    )


def _devices(snapshot: Snapshot, down: set[str]) -> Iterator[Line]:
    read = {one["device"]: one for one in snapshot.meters}
    for one in snapshot.devices:
        meter = read.get(one["name"])
        yield Line(
            name=one["name"],
            what=f"{one['role']} by {one['kind'] or 'nothing yet'}",
            power=None if meter is None or one["name"] in down else meter["power_watts"],
            at=moment(one["last_reading_at"]),
            history=snapshot.meter_history.get(one["name"], ()),
        )


def _racks(snapshot: Snapshot, down: set[str]) -> Iterator[Line]:
    """Yield the racks by the meters of their feeds, never by what stands in them."""
    for name, feeds in _by_rack(snapshot.meters).items():
        powers = [None if one["device"] in down else one["power_watts"] for one in feeds]
        known = [power for power in powers if power is not None]
        yield Line(
            name=name,
            what=" + ".join(
                f"{one['tags'].get('feed', one['id'])} {_short(power)}"
                for one, power in sorted(
                    zip(feeds, powers, strict=True), key=lambda pair: str(pair[0]["id"])
                )
            ),
            power=sum(known) if len(known) == len(powers) else None,
            at=min((at for one in feeds if (at := moment(one["at"]))), default=None),
            history=_added([snapshot.meter_history.get(one["id"], ()) for one in feeds]),
        )


def _by_rack(meters: Iterable[Item]) -> dict[str, list[Item]]:
    """Return the meters of feeds by their racks; the name of a rack has its site and its room
    where others of that name stand in another one.
    """
    feeds = [
        (one["tags"].get("rack", one["id"]), one) for one in meters if one["role"] == Role.RACK
    ]
    sites: dict[str, set[str]] = defaultdict(set)
    rooms: dict[tuple[str, str], set[str]] = defaultdict(set)
    for name, one in feeds:
        sites[name].add(one["site"])
        if room := one["tags"].get("room"):
            rooms[one["site"], name].add(room)
    racks: dict[str, list[Item]] = defaultdict(list)
    for name, one in feeds:
        site, room = one["site"], one["tags"].get("room", "")
        places = (site if len(sites[name]) > 1 else "", room if len(rooms[site, name]) > 1 else "")
        racks[" / ".join([*filter(None, places), name])].append(one)
    return racks


def _short(power: float | None) -> str:
    return figure(power, "W")


def _added(histories: Iterable[Values]) -> Values:
    """Return the sums of what all of them know."""
    return [
        None if None in values else sum(one for one in values if one is not None)
        for values in zip(*histories, strict=False)
    ]


def silent_in(snapshot: Snapshot) -> list[Silent]:
    """Return the devices that do not answer, the latest to fall silent first."""
    found = [
        Silent(
            name=one["name"],
            since=moment(one["since"]),
            why=one["error"].removeprefix(f"{one['name']}: ") or "no answer",
        )
        for one in snapshot.devices
        if one["up"] is False
    ]
    return sorted(found, key=lambda one: (-(one.since.timestamp() if one.since else 0.0), one.name))
