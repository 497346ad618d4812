"""The names by which the things of the settings refer to each other."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from config.items import Item
from config.nodes import Node
from config.power_chain import check_power_chain
from config.problems import Problems, listed, quoted, way_out

_ONE = {"sites": "site", "devices": "device", "grids": "grid", "exporters": "exporter"}

FORECAST = "forecast"
ROWS = "file"
"""Grids of this type have no such key: a column of their file says which rows are a forecast."""


def check_names(items: Mapping[str, Sequence[Item]], problems: Problems) -> None:
    """Note names that two things of one list have, and names that nothing has."""
    named = {key: _named(key, found, problems) for key, found in items.items()}
    _fill_sites(items["devices"], named["sites"], problems)
    for site in items["sites"]:
        for key in ("grid", "marginal_grid"):
            _check(site, key, named["grids"], "grid", problems)
        _check_fallback(site, named["grids"], problems)
    check_power_chain(items["devices"], named["devices"], problems)


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
        text = f'"{key}" names no {what}: there is no {quoted(name)}{way_out(what, name, named)}'
        problems.add(item.keys[key].place, text, item.thing_with(key))


def _check_fallback(site: Item, grids: Mapping[str, Item], problems: Problems) -> None:
    node = site.keys.get("fallback")
    for number, item in enumerate(node.value if node and isinstance(node.value, list) else ()):
        if item.text == FORECAST or FORECAST in item.mapping:
            _check_forecast(site, number, item, grids, problems)
        grid = item.mapping.get("grid")
        name = None if grid is None else grid.text
        if grid is None or name is None:
            continue
        key = f'"fallback[{number}].grid"'
        if name not in grids:
            text = f"{key} names no grid: there is no {quoted(name)}{way_out('grid', name, grids)}"
            problems.add(grid.place, text, site.thing)
        elif name == site.text("grid"):
            text = f"{key} is the site's own grid, which cannot stand in for itself: name another"
            problems.add(grid.place, text, site.thing)


def _check_forecast(
    site: Item, number: int, item: Node, grids: Mapping[str, Item], problems: Problems
) -> None:
    """Note a forecast that is to stand in where the site's grid is not asked for any."""
    grid = grids.get(site.text("grid") or "")
    if grid is None or grid.text(FORECAST) is not None or grid.text("type") in (None, ROWS):
        return
    name = quoted(grid.text("name") or "")
    text = (
        f'"fallback[{number}]": grid {name} reads no forecast: give it forecast: 24h, or leave the '
        "stand-in out"
    )
    problems.add(item.place, text, site.thing)


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
