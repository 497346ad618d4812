"""Which port is cabled to what: NetBox says it at the port, at its peer, and in the list of cables.

Versions differ in where and how: 3.3 has lists of peers, 3.0 to 3.2 have one, and the connected
end point of a power port is its peer, since no patch panel stands between the two.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from agent.inventory.netbox.answers import Object, id_at, objects_at, text_at

_KINDS = frozenset({"powerport", "poweroutlet", "powerfeed"})
_PEERS = (
    ("link_peers", "link_peers_type"),
    ("link_peer", "link_peer_type"),
    ("connected_endpoints", "connected_endpoints_type"),
    ("connected_endpoint", "connected_endpoint_type"),
)
_IN_USE = "connected"


class End(NamedTuple):
    """An end of a cable: a kind of object and its id."""

    kind: str
    id: int


@dataclass(slots=True)
class Cables:
    """What is known of cables from elsewhere than their power ports."""

    ends: dict[End, list[End]] = field(default_factory=dict)
    idle: set[End] = field(default_factory=set)
    """Power ports of cables that are not, or no longer, connected."""

    def add(self, ports: Iterable[End], others: Sequence[End], *, idle: bool) -> None:
        for port in ports:
            if port.kind == "powerport":
                self.ends.setdefault(port, []).extend(others)
                self.idle |= {port} if idle else set()


def peers_of(one: Object) -> list[End]:
    """Return what a port, outlet or feed says that it is cabled to."""
    for key, kind in _PEERS:
        found = list(_ends(text_at(one, kind), objects_at(one, key)))
        if found:
            return found
    return []


def cables_of(
    outlets: Iterable[Object], feeds: Iterable[Object], cables: Iterable[Object]
) -> Cables:
    """Return what outlets, feeds and cables say of the power ports that they lead to."""
    known = Cables()
    for kind, objects in (("poweroutlet", outlets), ("powerfeed", feeds)):
        for one in objects:
            known.add(peers_of(one), [End(kind, one["id"])], idle=False)
    for cable in cables:
        first, second = (list(_terminations(cable, side)) for side in "ab")
        idle = (text_at(cable, "status", "value") or text_at(cable, "status") or _IN_USE) != _IN_USE
        known.add(first, second, idle=idle)
        known.add(second, first, idle=idle)
    return known


def _ends(kind: str, objects: Iterable[Object]) -> Iterator[End]:
    name = kind.rpartition(".")[2]
    for one in objects:
        number = id_at(one, "id")
        if name in _KINDS and number is not None:
            yield End(name, number)


def _terminations(cable: Mapping[str, object], side: str) -> Iterator[End]:
    for one in objects_at(cable, f"{side}_terminations"):
        number = id_at(one, "object_id")
        if number is not None:
            yield from _ends(text_at(one, "object_type"), [{"id": number}])
    number = id_at(cable, f"termination_{side}_id")
    if number is not None:
        yield from _ends(text_at(cable, f"termination_{side}_type"), [{"id": number}])
