"""Units in types, and the only place that converts between them.

Inside, energy is whole joules: a counter floored to joules has differences that add up exactly,
which kilowatt-hours as floats do not. Power is watts, intensity grams CO2e per kilowatt-hour.
"""

from typing import NewType

Joules = NewType("Joules", int)
Watts = NewType("Watts", float)
Millilitres = NewType("Millilitres", int)
Grams = NewType("Grams", float)
GramsPerKwh = NewType("GramsPerKwh", float)

SECONDS_PER_HOUR = 3_600
JOULES_PER_WH = 3_600
JOULES_PER_KWH = 3_600_000
MILLILITRES_PER_LITRE = 1_000
GRAMS_PER_KILOGRAM = 1_000
GRAMS_PER_TONNE = 1_000_000
# One international pound is exactly 453.59237 g, so lb/MWh x 0.45359237 is g/kWh.
GRAMS_PER_KWH_OF_LB_PER_MWH = 0.45359237


def kwh(energy: Joules) -> float:
    """Return kilowatt-hours, for people and reports."""
    return energy / JOULES_PER_KWH


def energy_of(power: Watts, seconds: float) -> Joules:
    """Return the energy of a constant power, rounded to the nearest joule."""
    return Joules(round(power * seconds))


def grams_of(energy: Joules, intensity: GramsPerKwh) -> Grams:
    """Return grams CO2e: kWh x g/kWh."""
    return Grams(energy * intensity / JOULES_PER_KWH)


def grams_per_hour(power: Watts, intensity: GramsPerKwh) -> float:
    """Return grams CO2e per hour of a constant power."""
    return power * SECONDS_PER_HOUR * intensity / JOULES_PER_KWH


def intensity_from_lb_per_mwh(value: float) -> GramsPerKwh:
    """Return g/kWh of WattTime's unit `lbs_co2_per_mwh`."""
    return GramsPerKwh(value * GRAMS_PER_KWH_OF_LB_PER_MWH)


def intensity_from_kg_per_kwh(value: float) -> GramsPerKwh:
    """Return g/kWh of kg/kWh, which is t/MWh too."""
    return GramsPerKwh(value * GRAMS_PER_KILOGRAM)


def kilograms(mass: Grams) -> float:
    """Return kilograms, for people and reports."""
    return mass / GRAMS_PER_KILOGRAM


def litres(millilitres: float) -> float:
    """Return litres of millilitres, or of what flows of them in a time, for people and reports."""
    return millilitres / MILLILITRES_PER_LITRE


def tonnes(mass: Grams) -> float:
    """Return metric tonnes: kWh x kg/kWh are kilograms and never these."""
    return mass / GRAMS_PER_TONNE
