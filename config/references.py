"""The names by which the things of the settings refer to each other."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from config.items import Item
from config.problems import Problems, listed, nearest, quoted
from config.settings import UPSTREAM

_FEW = 10
"""Names that a message can list."""

_ONE = {"sites": "site", "devices": "device", "grids": "grid", "exporters": "exporter"}


def check_names(items: Mapping[str, Sequence[Item]], problems: Problems) -> None:
    """Note names that two things of one list have, and names that nothing has."""
    named = {key: _named(key, found, problems) for key, found in items.items()}
    _fill_sites(items["devices"], named["sites"], problems)
    for site in items["sites"]:
        for key in ("grid", "marginal_grid"):
            _check(site, key, named["grids"], "grid", problems)
    _check_upstream(items["devices"], named["devices"], problems)


def _named(key: str, items: Iterable[Item], problems: Problems) -> dict[str, Item]:
    """Return the items of a list by name: of two of one name, the first."""
    named: dict[str, Item] = {}
    for item in items:
        name = item.text("name")
        if name is None:
            continue
        first = named.setdefault(name, item)
        if first is not item:
            text = f"there is another {_ONE[key]} of this name at {first.at('name')}"
            problems.add(item.at("name"), f"{text}: names must differ", item.thing)
    return named


def _check(item: Item, key: str, named: Mapping[str, Item], what: str, problems: Problems) -> None:
    name = item.text(key)
    if name is not None and name not in named:
        way_out = nearest(name, named) or _known(what, named)
        text = f'"{key}" names no {what}: there is no {quoted(name)}{way_out}'
        problems.add(item.keys[key].place, text, item.thing_with(key))


def _known(what: str, named: Mapping[str, Item]) -> str:
    """Return the way out where no name is near: those there are, or where to add it."""
    if len(named) <= _FEW and named:
        return f"; name one of these: {listed(named)}"
    return f"; add it to `{what}s:`, or correct the name"


def _fill_sites(devices: Iterable[Item], sites: Mapping[str, Item], problems: Problems) -> None:
    """Set the site of each device that names none, where there is only one."""
    for device in devices:
        if device.text("site") is not None:
            _check(device, "site", sites, "site", problems)
        elif len(sites) == 1:
            name = next(iter(sites.values())).keys["name"]
            device.keys["site"] = replace(name, place=device.place, key=device.place)
        elif sites:
            text = f'"site" is missing, and there are several: {listed(sites)}'
            problems.add(device.at("site"), text, device.thing)


def _check_upstream(devices: Iterable[Item], named: Mapping[str, Item], problems: Problems) -> None:
    for device in devices:
        above = upstream_of(device)
        if above is not None and above not in named:
            way_out = nearest(above, named) or _known("device", named)
            text = f'"upstream" names no device: there is no {quoted(above)}{way_out}'
            place, thing = device.keys["upstream"].place, device.thing_with("upstream")
            problems.add(place, text, thing)
    for circle in _circles(named):
        first = named[circle[0]]
        way = " -> ".join([*circle, circle[0]])
        text = f'"upstream" goes in a circle: {way}; give one of them another, or none'
        problems.add(first.keys["upstream"].place, text, first.thing_with("upstream"))


def upstream_of(device: Item) -> str | None:
    """Return the name of the device upstream, without the part of it; None for what is no name."""
    text = device.text("upstream")
    if text is None or re.match(UPSTREAM, text) is None:
        return None
    return text.partition("/")[0]


def _circles(named: Mapping[str, Item]) -> Iterator[list[str]]:
    """Yield the names of each circle once, from the device on it that stands first."""
    order = {name: number for number, name in enumerate(named)}
    done: set[str] = set()
    for start in named:
        way: list[str] = []
        here: dict[str, int] = {}
        name: str | None = start
        while name is not None and name in named and name not in done:
            if name in here:
                circle = way[here[name] :]
                first = circle.index(min(circle, key=order.__getitem__))
                yield circle[first:] + circle[:first]
                break
            here[name] = len(way)
            way.append(name)
            name = upstream_of(named[name])
        done.update(way)
