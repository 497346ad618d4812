"""What stands in a NetBox, as far as power goes, from the answers of any version since 3.0."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from agent.inventory.netbox.answers import (
    CABLES,
    DEVICES,
    FEEDS,
    OUTLETS,
    PANELS,
    PORTS,
    SITES,
    Answers,
    Object,
    id_at,
    objects_at,
    part,
    text_at,
)
from agent.inventory.netbox.cabling import Cables, End, cables_of, peers_of

_REACHED = ("connected_endpoints_reachable", "connected_endpoint_reachable")
"""How ports say that their cable is connected, from 3.3 on and before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    id: int
    slug: str
    name: str
    timezone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A device; texts that NetBox does not have are empty."""

    id: int
    name: str
    site: str
    """Slug of its site."""

    role: str
    """Slug of its role."""

    model: str
    status: str
    rack: str
    location: str
    tenant: str
    address: str
    """Its primary address, without the length of its prefix."""

    oob: str
    """The address of its BMC."""

    parent: int | None
    """The device in a bay of which it stands."""

    tags: Sequence[str]
    fields: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """Where a device takes power in."""

    id: int
    name: str
    cabled: bool
    idle: bool
    """Whether a cable of its is only planned, or being taken away."""

    ends: Sequence[End]
    """The outlets and feeds that it is cabled to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    id: int
    device: int
    name: str
    port: int | None
    """The port of its device that it gets its power from, where NetBox says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    id: int
    name: str
    panel: int | None
    redundant: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    id: int
    name: str
    site: str
    fields: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """All of it by NetBox's ids; ports and outlets also by their devices."""

    sites: Mapping[str, Site]
    devices: Mapping[int, Device]
    ports: Mapping[int, Sequence[Port]]
    outlets: Mapping[int, Sequence[Outlet]]
    feeds: Mapping[int, Feed]
    panels: Mapping[int, Panel]
    outlet: Mapping[int, Outlet] = field(default_factory=dict)


def stock_of(answers: Answers) -> Stock:
    """Return what the answers hold. Objects without an id are passed over."""
    devices = [_device(one) for one in _with_ids(answers, DEVICES)]
    outlets = [
        Outlet(
            id=one["id"],
            device=id_at(one, "device") or 0,
            name=text_at(one, "name"),
            port=id_at(one, "power_port"),
        )
        for one in _with_ids(answers, OUTLETS)
    ]
    ports: dict[int, list[Port]] = {}
    cables = cables_of(
        _with_ids(answers, OUTLETS), _with_ids(answers, FEEDS), answers.get(CABLES, ())
    )
    for one in _with_ids(answers, PORTS):
        ports.setdefault(id_at(one, "device") or 0, []).append(_port(one, cables))
    by_device: dict[int, list[Outlet]] = {}
    for outlet in outlets:
        by_device.setdefault(outlet.device, []).append(outlet)
    return Stock(
        sites={site.slug: site for site in map(_site, _with_ids(answers, SITES))},
        devices={device.id: device for device in devices},
        ports=ports,
        outlets=by_device,
        feeds={feed.id: feed for feed in map(_feed, _with_ids(answers, FEEDS))},
        panels={panel.id: panel for panel in map(_panel, _with_ids(answers, PANELS))},
        outlet={outlet.id: outlet for outlet in outlets},
    )


def _with_ids(answers: Answers, path: str) -> Iterator[Object]:
    """Yield the objects of a list by their ids: the order of the answers says nothing."""
    found: Iterable[Object] = (one for one in answers.get(path, ()) if id_at(one, "id") is not None)
    yield from sorted(found, key=lambda one: int(one["id"]))


def _site(one: Object) -> Site:
    slug = text_at(one, "slug")
    return Site(
        id=one["id"],
        slug=slug,
        name=text_at(one, "name") or slug,
        timezone=text_at(one, "time_zone"),
    )


def _device(one: Object) -> Device:
    # NetBox 3.6 renamed `device_role`.
    role = text_at(one, "role", "slug") or text_at(one, "device_role", "slug")
    tags = (text_at(tag, "slug") for tag in objects_at(one, "tags"))
    return Device(
        id=one["id"],
        name=text_at(one, "name"),
        site=text_at(one, "site", "slug"),
        role=role,
        model=text_at(one, "device_type", "model"),
        status=_choice(one, "status"),
        rack=text_at(one, "rack", "name"),
        location=text_at(one, "location", "name"),
        tenant=text_at(one, "tenant", "name"),
        address=_address(one, "primary_ip"),
        oob=_address(one, "oob_ip"),
        parent=id_at(one, "parent_device"),
        tags=sorted(tag for tag in tags if tag),
        fields=_fields(one),
    )


def _choice(one: Object, key: str) -> str:
    """Return the value of a choice, whether it comes with its label or alone."""
    return text_at(one, key, "value") or text_at(one, key)


def _fields(one: Object) -> Mapping[str, object]:
    fields = part(one, "custom_fields")
    return fields if isinstance(fields, Mapping) else {}


def _address(one: Object, key: str) -> str:
    return text_at(one, key, "address").partition("/")[0]


def _port(one: Object, cables: Cables) -> Port:
    end = End("powerport", one["id"])
    known = [*peers_of(one), *cables.ends.get(end, ())]
    return Port(
        id=one["id"],
        name=text_at(one, "name"),
        cabled=part(one, "cable") is not None or bool(known),
        idle=end in cables.idle or any(part(one, key) is False for key in _REACHED),
        ends=list(dict.fromkeys(known)),
    )


def _feed(one: Object) -> Feed:
    return Feed(
        id=one["id"],
        name=text_at(one, "name"),
        panel=id_at(one, "power_panel"),
        redundant=_choice(one, "type") == "redundant",
    )


def _panel(one: Object) -> Panel:
    return Panel(
        id=one["id"],
        name=text_at(one, "name"),
        site=text_at(one, "site", "slug"),
        fields=_fields(one),
    )
