"""The quantities beside power: what a device of this load shows of voltage, current and counters.

The power factor is the same everywhere and the voltage strays a little: they are there to be read,
nothing is accounted from them.
"""

import math

from agent.demo.load import Load
from agent.demo.objects import Quantity

POWER_FACTOR = 0.96
FREQUENCY_HERTZ = 50.0
NOMINAL_VOLTS = 230.0
STRAY_VOLTS = 2.5
STRAY_SECONDS = 4_000.0


def constant(number: float) -> Quantity:
    """Return a quantity that does not change."""
    return lambda _: number


def volts(seconds: float) -> float:
    """Return the voltage of a phase against neutral, the same for all of the site."""
    return NOMINAL_VOLTS + STRAY_VOLTS * math.sin(2 * math.pi * seconds / STRAY_SECONDS)


def volts_between_phases(seconds: float) -> float:
    """Return the voltage of one phase against another."""
    return volts(seconds) * math.sqrt(3)


def apparent(load: Load) -> Quantity:
    """Return the apparent power of a load in volt-amperes."""
    return lambda seconds: load.power(seconds) / POWER_FACTOR


def current(load: Load) -> Quantity:
    """Return the current of a load on one phase, in amperes."""
    return lambda seconds: load.power(seconds) / POWER_FACTOR / volts(seconds)


def mean_current(load: Load) -> Quantity:
    """Return the current in each phase of a load that is shared evenly by three."""
    return current(load * (1 / 3))
