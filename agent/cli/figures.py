"""Figures in words for people, by the unit that their names end with."""

from collections.abc import Callable, Mapping

from agent.accounting.periods.figures import Figure
from agent.units import MILLILITRES_PER_LITRE, Grams, Joules, kilograms, kwh

MISSING = "–"

_UNITS: Mapping[str, Callable[[float], str]] = {
    "_g_per_kwh": lambda value: f"{value:,.1f} g/kWh",
    "_kg_per_kwh": lambda value: f"{value:,.4f} kg/kWh",
    "_l_per_kwh": lambda value: f"{value:,.3f} L/kWh",
    "_kwh": lambda value: f"{value:,.3f} kWh",
    "_kg": lambda value: f"{value:,.3f} kg",
    "_l": lambda value: f"{value:,.1f} L",
    "_j": lambda value: f"{kwh(Joules(round(value))):,.3f} kWh",
    "_ml": lambda value: f"{value / MILLILITRES_PER_LITRE:,.1f} L",
    "_g": lambda value: f"{kilograms(Grams(value)):,.3f} kg",
    "_hours": lambda value: f"{value:,.0f}",
    "_share": lambda value: f"{value * 100:.1f} %",
    "coverage": lambda value: f"{value * 100:.1f} %",
    "pue": lambda value: f"{value:.3f}",
}


_WORDS = ("_hours", "_share", "coverage", "pue")
"""Ends that are no unit, and stay in the name."""


def name_of(figure: str) -> str:
    """Return a figure's name without its unit."""
    unit = _unit(figure)
    return (figure if unit in _WORDS else figure.removesuffix(unit)).replace("_", " ")


def text_of(figure: str, value: Figure) -> str:
    """Return a figure's value with its unit; what is not known is a dash."""
    match value:
        case None:
            return MISSING
        case bool():
            return "yes" if value else "no"
        case str():
            return value
    unit = _unit(figure)
    return _UNITS[unit](value) if unit else f"{value:,.6g}"


def change_of(figure: str, before: Figure, after: Figure) -> str:
    """Return by how much a figure has changed, with its sign; nothing where that is no number."""
    if not _is_number(before) or not _is_number(after):
        return ""
    change = float(after) - float(before)  # type: ignore[arg-type] # numbers, as asked above
    text = text_of(figure, change).replace(" %", " points")
    return text if change < 0 else f"+{text}"


def _is_number(value: Figure) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _unit(figure: str) -> str:
    return next((unit for unit in _UNITS if figure.endswith(unit)), "")
