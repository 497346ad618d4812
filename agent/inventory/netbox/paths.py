"""The way of the power up from a device, along the cables, to the next devices that are read.

    server ─ power port ─ outlet ─ PDU ─ power port ─ power feed ─ power panel ─ UPS

A device on the way that is not in the settings is passed through, from its outlet to the ports
that feed it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from agent.inventory.netbox.cabling import End
from agent.inventory.netbox.notes import Notes
from agent.inventory.netbox.outlets import numbers_of
from agent.inventory.netbox.panels import Panels
from agent.inventory.netbox.stock import Feed, Port, Stock
from agent.inventory.netbox.taken import Taken
from agent.model import Role

_FED_BY_GRID = frozenset({Role.UPS_OUTPUT, Role.UTILITY, Role.GENERATOR, Role.ONSITE})
"""What feeds these is often in no NetBox, which is no fault."""


@dataclass(slots=True)
class Way:
    """What was met on the way up from one device."""

    start: int
    upstream: dict[str, int] = field(default_factory=dict)
    """The devices that feed it, or outlets of them, as the settings name them; and their ids."""

    feeds: dict[int, Feed] = field(default_factory=dict)
    passed: set[tuple[int, int | None]] = field(default_factory=set)
    """Devices that were passed through, each once by each of its ports."""

    left: list[tuple[int, Sequence[Port]]] = field(default_factory=list)
    """Devices to go on from, and those of their ports that matter."""


class Paths:
    """Walks up from devices. What stops it on the way is noted."""

    def __init__(
        self, stock: Stock, taken: Mapping[int, Taken], panels: Panels, notes: Notes
    ) -> None:
        self._stock = stock
        self._taken = taken
        self._panels = panels
        self._notes = notes
        self._numbers: dict[int, Mapping[int, str] | None] = {}

    def way_up(self, device: int) -> Way:
        """Return what feeds a device."""
        way = Way(start=device, left=[(device, self._stock.ports.get(device, ()))])
        while way.left:
            self._up(*way.left.pop(0), way)
        return way

    def _up(self, device: int, ports: Sequence[Port], way: Way) -> None:
        known = self._stock.devices.get(device)
        if not ports and known is not None and known.parent is not None:
            # A blade has no power ports: its chassis feeds it.
            self._at(known.parent, way)
        elif not ports:
            self._miss(device, "it has no power ports", "add them and their cables")
        for port in ports:
            self._through(device, port, way)

    def _through(self, device: int, port: Port, way: Way) -> None:
        if port.idle:
            self._notes.note(
                f"{self._called(device)}: power port {port.name}: its cable is not connected, so "
                "nothing is upstream of it"
            )
            return
        if not port.ends:
            cause = "its cable leads to nothing that is known" if port.cabled else "it has no cable"
            self._miss(device, cause, "cable it to an outlet or a power feed", port)
        for end in port.ends:
            self._end(device, port, end, way)

    def _end(self, device: int, port: Port, end: End, way: Way) -> None:
        feed = self._stock.feeds.get(end.id) if end.kind == "powerfeed" else None
        outlet = self._stock.outlet.get(end.id) if end.kind == "poweroutlet" else None
        if feed is not None:
            way.feeds[feed.id] = feed
            if feed.panel is not None:
                self._behind_panel(device, feed.panel, way)
        elif outlet is not None:
            self._at(outlet.device, way, outlet.id)
        else:
            self._miss(
                device, "it leads to what is not among the answers", "take its site too", port
            )

    def _behind_panel(self, device: int, panel: int, way: Way) -> None:
        sources = self._panels.sources(panel)
        if not sources and not self._is_fed_by_grid(device):
            self._panels.miss(panel)
        for source in sources:
            self._at(source, way)

    def _at(self, device: int, way: Way, outlet: int | None = None) -> None:
        """Note a device upstream, or pass through one that is not read."""
        found = self._taken.get(device)
        feeding = None if outlet is None else self._stock.outlet[outlet].port
        if device == way.start or (device, feeding) in way.passed:
            return
        if found is not None and found.address:
            way.upstream[self._part(found, outlet)] = device
            return
        way.passed.add((device, feeding))
        ports = self._stock.ports.get(device, ())
        way.left.append((device, [one for one in ports if feeding in (None, one.id)]))

    def _part(self, taken: Taken, outlet: int | None) -> str:
        """Return how the settings name an outlet; those of a UPS are its output."""
        if outlet is None or taken.kind.role is not Role.RACK:
            return taken.name
        number = (self._numbers_of(taken) or {}).get(outlet)
        return taken.name if number is None else f"{taken.name}/outlet/{number}"

    def _numbers_of(self, taken: Taken) -> Mapping[int, str] | None:
        device = taken.device.id
        if device not in self._numbers:
            self._numbers[device] = numbers_of(self._stock.outlets.get(device, ()))
            if self._numbers[device] is None:
                self._notes.note(
                    f"{taken.name}: the names of its outlets do not end with numbers that differ, "
                    "so what is plugged in stands behind the whole of it"
                )
        return self._numbers[device]

    def _is_fed_by_grid(self, device: int) -> bool:
        found = self._taken.get(device)
        return found is not None and found.kind.role in _FED_BY_GRID

    def _miss(self, device: int, cause: str, way_out: str, port: Port | None = None) -> None:
        if not self._is_fed_by_grid(device):
            thing = self._called(device) + (f": power port {port.name}" if port else "")
            self._notes.miss(thing, cause, f"{way_out} in NetBox")

    def _called(self, device: int) -> str:
        found, known = self._taken.get(device), self._stock.devices.get(device)
        if found is not None:
            return found.name
        return known.name if known is not None and known.name else f"device {device}"
