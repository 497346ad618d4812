"""What stands upstream of each device: names that there are, of the same site, in no circle."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from agent.model import Role
from config.fitting import items_of
from config.items import Item
from config.nodes import Node
from config.problems import Problems, quoted, way_out
from config.settings import UPSTREAM

KEY = "upstream"

NOT_ELECTRIC = frozenset({Role.WATER, Role.HEAT_REUSE})
"""Roles of meters that stand in no power chain."""


def check_power_chain(
    devices: Iterable[Item], named: Mapping[str, Item], problems: Problems
) -> None:
    """Note each `upstream` that is no place in the power chain. `named` are the devices by name."""
    for device in devices:
        nodes = _upstreams(device)
        if nodes and device.text("role") in NOT_ELECTRIC:
            text = f'"upstream" is for electricity, and the role is {device.text("role")}'
            _note(device, nodes[0], f"{text}: leave it out", problems)
            continue
        seen: set[str] = set()
        for node in nodes:
            fault = _fault(device, _text(node), seen, named)
            if fault is not None:
                _note(device, node, fault, problems)
            seen.add(_text(node))
    for circle in _circles(named):
        first = named[circle[0]]
        way = " -> ".join([*circle, circle[0]])
        text = f'"upstream" goes in a circle: {way}; give one of them another, or none'
        _note(first, first.keys[KEY], text, problems)


def _note(device: Item, node: Node, text: str, problems: Problems) -> None:
    problems.add(node.place, text, device.thing_with(KEY))


def _fault(device: Item, name: str, seen: set[str], named: Mapping[str, Item]) -> str | None:
    """Return what is wrong with one name; None if nothing is."""
    above = name.partition("/")[0]
    if above not in named:
        instead = way_out("device", above, named)
        return f'"upstream" names no device: there is no {quoted(above)}{instead}'
    if name in seen:
        return f'"upstream" names {quoted(name)} twice: name it once'
    role, site, own = named[above].text("role"), named[above].text("site"), device.text("site")
    if role in NOT_ELECTRIC:
        return f'"upstream" names {quoted(above)}, whose role is {role}: it feeds nothing'
    if site is not None and own is not None and site != own:
        text = f'"upstream" names {quoted(above)}, which is of another site, {quoted(site)}'
        return f"{text}: each site is accounted for on its own; leave it out"
    return None


def _upstreams(device: Item) -> Sequence[Node]:
    """Return the nodes of the names upstream, those that are no names left out."""
    node = device.keys.get(KEY)
    if node is None:
        return ()
    return [one for one in items_of(node) if one.text and re.match(UPSTREAM, one.text)]


def _text(node: Node) -> str:
    return node.text or ""


def _circles(named: Mapping[str, Item]) -> Iterator[list[str]]:
    """Yield the names of each circle that is met once, from the device on it that stands first."""
    order = {name: number for number, name in enumerate(named)}
    above = {name: _devices_above(device, named) for name, device in named.items()}
    done: set[str] = set()
    for start in named:
        way: dict[str, Iterator[str]] = {}
        name: str | None = None if start in done else start
        while name is not None:
            if name not in way:
                way[name] = iter(above[name])
            following = next(way[name], None)
            if following is None:
                done.add(name)
                del way[name]
                name = next(reversed(way), None)
            elif following in way:
                names = list(way)
                yield _from_first(names[names.index(following) :], order)
            elif following not in done:
                name = following


def _devices_above(device: Item, named: Mapping[str, Item]) -> list[str]:
    names = (_text(node).partition("/")[0] for node in _upstreams(device))
    return [name for name in dict.fromkeys(names) if name in named]


def _from_first(circle: list[str], order: Mapping[str, int]) -> list[str]:
    first = circle.index(min(circle, key=order.__getitem__))
    return circle[first:] + circle[:first]
