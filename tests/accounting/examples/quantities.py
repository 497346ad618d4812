"""The units of the examples, and of the functions that answer them.

The daemon counts whole joules; the examples are exact to the ninth decimal of a kilowatt-hour. The
functions do not know how large a joule is, so they are handed billionths of joules, of grams, of
millilitres and of watts, and their rounding to a whole one is far below any tolerance.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from agent.units import (
    JOULES_PER_KWH,
    JOULES_PER_WH,
    MILLILITRES_PER_LITRE,
    Grams,
    Joules,
    intensity_from_kg_per_kwh,
    intensity_from_lb_per_mwh,
    kilograms,
    kwh,
    tonnes,
)

FINE = 10**9
"""How many of the examples' joules, grams, millilitres and watts are one."""


class Dimension(StrEnum):
    ENERGY = "energy"
    MASS = "mass"
    VOLUME = "volume"
    POWER = "power"
    TIME = "time"
    INTENSITY = "intensity"
    WATER = "water per energy"
    RATIO = "ratio"
    PLAIN = "number, text or truth"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of the examples: how a number in it is read, and how one is written in it."""

    dimension: Dimension
    read: Callable[[float], float]
    write: Callable[[float], float]


def _fine(dimension: Dimension, per: float) -> Unit:
    return Unit(
        dimension,
        lambda said: round(Fraction(str(said)) * Fraction(str(per)) * FINE),
        lambda value: float(Fraction(value) / Fraction(str(per)) / FINE),
    )


def _plain(dimension: Dimension, per: float = 1) -> Unit:
    return Unit(
        dimension,
        lambda said: float(Fraction(str(said)) * Fraction(str(per))),
        lambda value: float(Fraction(value) / Fraction(str(per))),
    )


def _energy(per: float, write: Callable[[Joules], float]) -> Unit:
    read = _fine(Dimension.ENERGY, per).read
    return Unit(Dimension.ENERGY, read, lambda value: write(Joules(round(value))) / FINE)


def _mass(per: float, write: Callable[[Grams], float]) -> Unit:
    read = _fine(Dimension.MASS, per).read
    return Unit(Dimension.MASS, read, lambda value: write(Grams(value)) / FINE)


_WATT, _SECOND = Dimension.POWER, Dimension.TIME
_KG_PER_KWH = Unit(Dimension.INTENSITY, intensity_from_kg_per_kwh, lambda value: value / 1000)
_G_PER_KWH = _plain(Dimension.INTENSITY)
_LB_PER_MWH = Unit(
    Dimension.INTENSITY,
    intensity_from_lb_per_mwh,
    lambda value: value / intensity_from_lb_per_mwh(1),
)
_L_PER_KWH = _plain(Dimension.WATER)
_ML_PER_KWH = _plain(Dimension.WATER, 0.001)

UNITS: dict[tuple[str, ...], Unit] = {
    ("gwh",): _energy(JOULES_PER_KWH * 10**6, lambda value: kwh(value) / 10**6),
    ("mwh",): _energy(JOULES_PER_KWH * 1000, lambda value: kwh(value) / 1000),
    ("kwh",): _energy(JOULES_PER_KWH, kwh),
    ("wh",): _energy(JOULES_PER_WH, lambda value: kwh(value) * 1000),
    ("j",): _energy(1, lambda value: value),
    ("kj",): _energy(1000, lambda value: value / 1000),
    ("mj",): _energy(10**6, lambda value: value / 10**6),
    ("gj",): _energy(10**9, lambda value: value / 10**9),
    ("g",): _mass(1, lambda value: value),
    ("mg",): _mass(0.001, lambda value: value * 1000),
    ("kg",): _mass(1000, kilograms),
    ("t",): _mass(10**6, tonnes),
    ("lb",): _mass(453.59237, lambda value: value / 453.59237),
    ("ml",): _fine(Dimension.VOLUME, 1),
    ("l",): _fine(Dimension.VOLUME, MILLILITRES_PER_LITRE),
    ("m3",): _fine(Dimension.VOLUME, MILLILITRES_PER_LITRE * 1000),
    ("w",): _fine(_WATT, 1),
    ("kw",): _fine(_WATT, 1000),
    ("mw",): _fine(_WATT, 10**6),
    ("s",): _plain(_SECOND),
    ("min",): _plain(_SECOND, 60),
    ("h",): _plain(_SECOND, 3600),
    ("d",): _plain(_SECOND, 86_400),
    ("percent",): _plain(Dimension.RATIO, 0.01),
    ("share",): _plain(Dimension.RATIO),
    ("g", "per", "kwh"): _G_PER_KWH,
    ("kg", "per", "mwh"): _G_PER_KWH,
    ("kg", "per", "kwh"): _KG_PER_KWH,
    ("t", "per", "mwh"): _KG_PER_KWH,
    ("g", "per", "mwh"): _plain(Dimension.INTENSITY, 0.001),
    ("g", "per", "wh"): _plain(Dimension.INTENSITY, 1000),
    ("lb", "per", "mwh"): _LB_PER_MWH,
    ("l", "per", "kwh"): _L_PER_KWH,
    ("m3", "per", "mwh"): _L_PER_KWH,
    ("ml", "per", "kwh"): _ML_PER_KWH,
    ("l", "per", "mwh"): _ML_PER_KWH,
}
"""Units by their words, as they end a name."""

SPELT = {
    "grams": "g",
    "gram": "g",
    "gco2": "g",
    "gco2e": "g",
    "gco2eq": "g",
    "kgco2": "kg",
    "kgco2e": "kg",
    "kilograms": "kg",
    "tco2": "t",
    "tco2e": "t",
    "tonnes": "t",
    "tonne": "t",
    "tons": "t",
    "lbs": "lb",
    "pounds": "lb",
    "joules": "j",
    "litres": "l",
    "liters": "l",
    "litre": "l",
    "seconds": "s",
    "second": "s",
    "sec": "s",
    "minutes": "min",
    "minute": "min",
    "watts": "w",
    "pct": "percent",
    "percentage": "percent",
    "fraction": "share",
    "proportion": "share",
}


def unit_of(words: tuple[str, ...]) -> tuple[tuple[str, ...], Unit | None]:
    """Return the words of a name without its unit, and the unit that it ends with.

    What a quantity is per (`kwh_per_count`, `g_per_request`) stays with the words.
    """
    spelt = tuple(SPELT.get(word, word) for word in words)
    for start in range(len(spelt)):
        tail = tuple(word for word in spelt[start:] if word not in {"co2", "co2e", "co2eq"})
        if tail in UNITS:
            return spelt[:start], UNITS[tail]
        if len(tail) > 2 and tail[1] == "per" and tail[:1] in UNITS and tail[2] not in _OF_ENERGY:
            return spelt[:start] + tail[1:], UNITS[tail[:1]]
    return words, None


_OF_ENERGY = {"wh", "kwh", "mwh", "gwh"}
