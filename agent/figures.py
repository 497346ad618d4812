"""Numbers as people read them: three significant digits, SI prefixes, a unit, a dash if missing."""

import math
from collections.abc import Sequence

from agent import wording
from agent.units import JOULES_PER_WH

THIN = "\N{THIN SPACE}"
PREFIXES = ("", "k", "M", "G", "T")
MASSES = ("g", "kg", "t", "kt", "Mt")
BARS = "▁▂▃▄▅▆▇█"


def figure(value: float | None, unit: str) -> str:
    """Return `165 kW` of 164,800 and `W`; a dash of None, never a zero."""
    if value is None:
        return wording.MISSING
    power, digits = _scaled(value)
    return f"{digits}{THIN}{PREFIXES[power]}{unit}"


def energy(joules: float | None) -> str:
    """Return `1.72 MWh` of joules."""
    return figure(None if joules is None else joules / JOULES_PER_WH, "Wh")


def mass(grams: float | None) -> str:
    """Return `412 kg` or `1.84 t`: above a thousand kilograms it is tonnes."""
    if grams is None:
        return wording.MISSING
    power, digits = _scaled(grams)
    return f"{digits}{THIN}{MASSES[power]}"


def percent(ratio: float | None) -> str:
    """Return `98.4 %` of 0.984; all but all is not `100 %`."""
    if ratio is None:
        return wording.MISSING
    return wording.percent(ratio).replace(" ", THIN)


def significant(value: float) -> str:
    """Return three significant digits, and all digits in front of the point."""
    if value == 0:
        return "0"
    before = math.floor(math.log10(abs(value))) + 1
    rounded = round(value, 3 - before)
    if abs(rounded) >= 10**before:
        before += 1
    return f"{rounded:.{min(max(3 - before, 0), 3)}f}"


def sparkline(values: Sequence[float | None]) -> str:
    """Return the values as bars between their least and most; gaps stay gaps."""
    known = [value for value in values if value is not None]
    if not known:
        return ""
    least, most = min(known), max(known)
    step = (most - least) / (len(BARS) - 1) or math.inf
    return "".join(
        " " if value is None else BARS[round((value - least) / step)] for value in values
    )


def _scaled(value: float) -> tuple[int, str]:
    power = 0
    while abs(value) >= 999.5 and power < len(PREFIXES) - 1:  # noqa: PLR2004 999.5 is read as 1.00 k
        value /= 1000
        power += 1
    return power, significant(value)
