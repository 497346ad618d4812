"""From what stands in a NetBox to devices of the settings."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from agent.inventory.netbox.choices import Choices
from agent.inventory.netbox.feeds import letter_of
from agent.inventory.netbox.kinds import BMC_TYPES
from agent.inventory.netbox.naming import natural
from agent.inventory.netbox.notes import Notes, Unmapped
from agent.inventory.netbox.panels import Panels
from agent.inventory.netbox.paths import Paths, Way
from agent.inventory.netbox.stock import Stock
from agent.inventory.netbox.taken import Selection, Taken, selection_of
from agent.inventory.values import Value
from agent.model import Role
from config.problems import nearest

_ORDER = tuple(Role)
"""Upstream to downstream, as the settings are read best."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A device that stands in the settings as a comment only."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """The devices in the order in which they are written, and what a person has to know."""

    devices: Sequence[Mapping[str, Value] | Left]
    sites: Mapping[str, str]
    """The sites they name, and their zones of time; empty where NetBox has none."""

    passed: Mapping[str, int] = field(default_factory=dict)
    """How many devices of NetBox are not taken, by their role or status."""

    unmapped: Sequence[Unmapped] = ()
    notes: Sequence[str] = ()

    @property
    def taken(self) -> list[Mapping[str, Value]]:
        """The devices that can be read."""
        return [one for one in self.devices if not isinstance(one, Left)]


def import_of(stock: Stock, choices: Choices) -> Import:
    """Return the devices of the settings that a NetBox describes.

    The same NetBox gives the same result, whatever the order of its answers. Raises ConfigError for
    a site that it does not have.
    """
    notes = Notes()
    selection = selection_of(stock, choices)
    _note_unused(stock, choices, notes)
    panels = Panels(stock, selection.taken, choices.panel_field, notes)
    paths = Paths(stock, selection.taken, panels, notes)
    order = sorted(selection.taken.values(), key=_place)
    ways = {one.device.id: paths.way_up(one.device.id) for one in order if one.address}
    _keep_to_sites(ways, selection, notes)
    _cut_circles(ways, selection, notes)
    return Import(
        devices=[_written(one, ways, choices, notes) for one in order],
        sites=dict(sorted(selection.sites.items())),
        passed=dict(sorted(selection.passed.items())),
        unmapped=sorted(notes.unmapped, key=lambda one: natural(str(one))),
        notes=sorted(notes.notes, key=natural),
    )


def _note_unused(stock: Stock, choices: Choices, notes: Notes) -> None:
    """Note what a person has named and no device has: it may be a slip of the pen."""
    devices = stock.devices.values()
    named: Sequence[tuple[str, Iterable[str], set[str]]] = (
        ("role", choices.roles, {one.role for one in devices}),
        ("status", choices.statuses, {one.status for one in devices}),
        ("field", choices.fields, {name for one in devices for name in one.fields}),
    )
    for option, words, known in named:
        for word in words:
            if word not in known:
                near = nearest(word, sorted(known))
                notes.note(f"--{option} {word}: no device of NetBox has it{near}")


def _place(one: Taken) -> tuple[object, ...]:
    return one.site, _ORDER.index(one.kind.role), natural(one.name)


def _keep_to_sites(ways: Mapping[int, Way], selection: Selection, notes: Notes) -> None:
    """Remove what stands upstream in another site: each is accounted for on its own."""
    for device, way in ways.items():
        own = selection.taken[device]
        for name, above in list(way.upstream.items()):
            if selection.taken[above].site != own.site:
                del way.upstream[name]
                cause = f"{name}, which feeds it, is of another site"
                notes.miss(own.name, cause, "give both the same site in NetBox")


def _cut_circles(ways: Mapping[int, Way], selection: Selection, notes: Notes) -> None:
    """Remove from each circle the link of the device whose name comes first."""
    while True:
        above = {device: list(dict.fromkeys(way.upstream.values())) for device, way in ways.items()}
        try:
            TopologicalSorter(above).prepare()
            return
        except CycleError as error:
            # Each one in the circle feeds the next one.
            circle: list[int] = error.args[1]
        links = list(zip(circle[1:], circle, strict=False))
        device, fed_by = min(links, key=lambda link: natural(selection.taken[link[0]].name))
        way, own = ways[device], selection.taken[device]
        for name in [name for name, one in way.upstream.items() if one == fed_by]:
            del way.upstream[name]
            cause = f"the cables go in a circle: {name} is behind what it feeds"
            notes.miss(own.name, cause, "correct its cables in NetBox")


def _written(
    one: Taken, ways: Mapping[int, Way], choices: Choices, notes: Notes
) -> Mapping[str, Value] | Left:
    if one.name != one.device.name:
        notes.note(f'"{one.device.name}" of NetBox (id {one.device.id}) is called {one.name}')
    if not one.address:
        kind = "out-of-band address" if one.kind.type in BMC_TYPES else "primary address"
        notes.miss(one.name, f"it has no {kind}, so it is left out", "set it in NetBox")
        return Left(name=one.name, reason=f"NetBox has no {kind} of it")
    return _entry(one, ways[one.device.id], choices)


def _entry(one: Taken, way: Way, choices: Choices) -> dict[str, Value]:
    upstream: list[Value] = [*sorted(way.upstream, key=natural)]
    feed = letter_of(way.feeds.values()) if one.kind.role in (Role.RACK, Role.FEED) else None
    tags = _tags(one, choices)
    values: dict[str, Value] = {
        "name": one.name,
        "type": one.kind.type,
        "site": one.site,
        "role": one.kind.role.value,
        "address": one.address,
        "upstream": upstream,
        "rack": one.device.rack,
        "room": one.device.location,
        "feed": feed,
        "tenant": one.device.tenant,
        "tags": tags,
    }
    return {key: value for key, value in values.items() if value}


def _tags(one: Taken, choices: Choices) -> dict[str, Value]:
    """Return NetBox's own tags as one, and the custom fields that were asked for."""
    tags: dict[str, Value] = {"netbox": " ".join(one.device.tags)} if one.device.tags else {}
    for name in choices.fields:
        value = one.device.fields.get(name)
        if isinstance(value, str | int | float) and str(value):
            tags[name] = str(value)
    return tags
