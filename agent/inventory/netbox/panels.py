"""What feeds a power panel. NetBox has no cable to one: a custom field says it, or its name."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from agent.inventory.netbox.answers import id_at
from agent.inventory.netbox.naming import natural
from agent.inventory.netbox.notes import Notes
from agent.inventory.netbox.stock import Panel, Stock
from agent.inventory.netbox.taken import Taken
from agent.model import Role

_BEFORE = frozenset({"in", "input", "bypass", "mains"})
"""Words of the name of a panel that feeds the UPS it is called after."""

_SOURCES = frozenset({Role.UPS_OUTPUT, Role.FEED, Role.UTILITY, Role.GENERATOR})


class Panels:
    """Finds the devices that feed a panel, each panel once."""

    def __init__(self, stock: Stock, taken: Mapping[int, Taken], field: str, notes: Notes) -> None:
        """`field` is the custom field of panels that names what feeds them."""
        self._stock = stock
        self._taken = taken
        self._field = field
        self._notes = notes
        self._found: dict[int, Sequence[int]] = {}

    def sources(self, panel: int) -> Sequence[int]:
        """Return the ids of the devices that feed a panel; none if that is not known."""
        if panel not in self._found:
            known = self._stock.panels.get(panel)
            self._found[panel] = [] if known is None else self._sources(known)
        return self._found[panel]

    def miss(self, panel: int) -> None:
        """Note that nothing says what feeds a panel."""
        known = self._stock.panels.get(panel)
        self._notes.miss(
            f"power panel {known.name if known else panel}",
            "nothing says what feeds it, so what is behind it has no upstream",
            f'name the UPS in its custom field "{self._field}", or in its name',
        )

    def _sources(self, panel: Panel) -> Sequence[int]:
        said = panel.fields.get(self._field)
        if said:
            return self._said(panel, said)
        found = self._by_name(panel)
        if found is not None:
            self._notes.note(
                f"power panel {panel.name}: taken to be fed by {found.name}, since its name says "
                f'so; its custom field "{self._field}" would decide it'
            )
            return [found.device.id]
        return []

    def _said(self, panel: Panel, said: object) -> Sequence[int]:
        wanted = list(_named(said))
        by_name = {one.device.name.lower(): one.device.id for one in self._of_site(panel)}
        ids = {one.device.id for one in self._of_site(panel)}
        found = {one for word in wanted if (one := _id_of(word, by_name)) in ids}
        if len(found) < len(wanted):
            self._notes.miss(
                f"power panel {panel.name}",
                f'its custom field "{self._field}" names a device that is not taken',
                "name devices of its site, and say with --role what they are if that is not known",
            )
        return sorted(found)

    def _of_site(self, panel: Panel) -> Iterable[Taken]:
        return (one for one in self._taken.values() if one.device.site == panel.site)

    def _by_name(self, panel: Panel) -> Taken | None:
        """Return the one source whose name stands in the panel's name, as words of it."""
        if _BEFORE & set(re.split(r"[^a-z]+", panel.name.lower())):
            return None
        found = [
            one
            for one in self._of_site(panel)
            if one.kind.role in _SOURCES and _contains(panel.name, one.device.name)
        ]
        found.sort(key=lambda one: (-len(one.device.name), natural(one.name)))
        if not found or not all(_contains(found[0].device.name, one.device.name) for one in found):
            return None
        alike = [one for one in found if len(one.device.name) == len(found[0].device.name)]
        return found[0] if len(alike) == 1 else None


def _contains(text: str, name: str) -> bool:
    pattern = rf"(?<![a-z0-9]){re.escape(name.lower())}(?![a-z0-9])"
    return bool(name) and re.search(pattern, text.lower()) is not None


def _named(said: object) -> Iterator[object]:
    """Yield the devices that a custom field names: objects, their ids, or a text of names."""
    if isinstance(said, list):
        for one in said:
            yield from _named(one)
    elif isinstance(said, str):
        yield from (word.strip() for word in re.split(r"[,;]", said) if word.strip())
    else:
        yield said


def _id_of(word: object, by_name: Mapping[str, int]) -> int | None:
    if isinstance(word, str):
        return by_name.get(word.lower())
    if isinstance(word, Mapping):
        return id_at(word, "id")
    return word if isinstance(word, int) else None
