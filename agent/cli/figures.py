"""Figures in words for people, by the unit that their names end with."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from agent.accounting.periods.figures import Figure
from agent.units import JOULES_PER_KWH, MILLILITRES_PER_LITRE
from agent.wording import MISSING, percent


@dataclass(frozen=True, slots=True)
class _Unit:
    """How numbers of a unit are written: divided, with so many digits behind the point."""

    digits: int
    name: str = ""
    divisor: float = 1.0

    def text(self, value: float, digits: int | None = None) -> str:
        places = self.digits if digits is None else digits
        return f"{value / self.divisor:,.{places}f}{self.name}"


_SHARE = _Unit(1, " points", 0.01)
"""Of differences; a share itself is a percentage."""

_UNITS: Mapping[str, _Unit] = {
    "_g_per_kwh": _Unit(1, " g/kWh"),
    "_kg_per_kwh": _Unit(4, " kg/kWh"),
    "_l_per_kwh": _Unit(3, " L/kWh"),
    "_kwh": _Unit(3, " kWh"),
    "_kg": _Unit(3, " kg"),
    "_l": _Unit(1, " L"),
    "_j": _Unit(3, " kWh", JOULES_PER_KWH),
    "_ml": _Unit(1, " L", MILLILITRES_PER_LITRE),
    "_g": _Unit(3, " kg", 1000.0),
    "_hours": _Unit(0),
    "_share": _SHARE,
    "coverage": _SHARE,
    "pue": _Unit(3),
}

_WORDS = ("_hours", "_share", "coverage", "pue")
"""Ends that are no unit, and stay in the name."""

_STATES: Mapping[str, tuple[str, str]] = {
    "_final": ("estimated", "final"),
    "_measured": ("declared", "measured"),
}
"""Ends of figures that are 0 or 1, and what people call these."""

_NAMES: Mapping[str, str] = {
    "emissions_location": "location-based emissions",
    "it": "IT",
    "pue": "PUE",
}
"""Beginnings of names that people write otherwise."""

_NOISE = 1e-9
"""Of a figure, what is left where its parts were added up in another order."""


def name_of(figure: str) -> str:
    """Return a figure's name without its unit."""
    unit = _unit(figure)
    end = "" if unit in _WORDS else unit or _state(figure)
    bare = figure.removesuffix(end)
    for beginning, name in _NAMES.items():
        if bare == beginning or bare.startswith(f"{beginning}_"):
            bare = name + bare.removeprefix(beginning)
    return bare.replace("_", " ")


def text_of(figure: str, value: Figure) -> str:
    """Return a figure's value with its unit; what is not known is a dash."""
    match value:
        case None:
            return MISSING
        case bool():
            return "yes" if value else "no"
        case str():
            return value
    if state := _state(figure):
        return _STATES[state][bool(value)]
    unit = _UNITS.get(_unit(figure))
    if unit is None:
        return f"{value:,.6g}"
    return percent(value) if unit is _SHARE else unit.text(value)


def difference_of(before: Figure, after: Figure) -> float | None:
    """Return by how much a figure has changed; None where that is no number, as of yes and no."""
    if isinstance(before, bool | str | None) or isinstance(after, bool | str | None):
        return None
    return after - before


def change_of(figure: str, before: Figure, after: Figure) -> str:
    """Return the difference of a figure with its sign and unit, if need be with more digits than
    the figure, up to its first one that is not zero; nothing where there is none.
    """
    change = difference_of(before, after)
    if change is None or abs(change) <= _NOISE * max(abs(before or 0), abs(after or 0)):  # type: ignore[arg-type] # numbers, as asked above
        return ""
    unit = _UNITS.get(_unit(figure), _Unit(0))
    first = -math.floor(math.log10(abs(change) / unit.divisor))
    text = unit.text(abs(change), max(unit.digits, first))
    return f"{'-' if change < 0 else '+'}{text}"


def _unit(figure: str) -> str:
    return next((unit for unit in _UNITS if figure.endswith(unit)), "")


def _state(figure: str) -> str:
    return next((end for end in _STATES if figure.endswith(end)), "")
