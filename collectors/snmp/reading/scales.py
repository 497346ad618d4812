"""What one count of a quantity is worth: units, scales that the device states, scales to decide."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from math import exp, log

from agent.units import JOULES_PER_KWH, JOULES_PER_WH, MILLILITRES_PER_LITRE
from collectors.snmp.reading.numbers import last_digit, number_of
from collectors.snmp.reading.pattern import Row, column_of, filled, row_of
from collectors.snmp.reading.plan import Values, text_or_number
from collectors.snmp.wire.ber import Value, arcs_of
from config.profiles import Check, EnergyQuantity, PowerQuantity, Quantity, ScaleBy

MILLI = Fraction(1, 1000)
WATTS = {"W": Fraction(1), "kW": Fraction(1000), "MW": Fraction(10**6), "mW": MILLI}
WATTS |= {"watt": Fraction(1), "watts": Fraction(1)}
# Of water, millilitres.
JOULES = {
    "J": Fraction(1),
    "Wh": Fraction(JOULES_PER_WH),
    "kWh": Fraction(JOULES_PER_KWH),
    "MWh": Fraction(1000 * JOULES_PER_KWH),
    "L": Fraction(MILLILITRES_PER_LITRE),
    "m3": Fraction(1000 * MILLILITRES_PER_LITRE),
}
WATER = frozenset({"L", "m3"})
# By the unit in which the name of a condition ends.
CONDITIONS: Mapping[str, Mapping[str, Fraction]] = {
    "volts": {"V": Fraction(1), "mV": MILLI, "kV": Fraction(1000)},
    "amperes": {"A": Fraction(1), "mA": MILLI},
    "hertz": {"Hz": Fraction(1)},
    "voltamperes": {"VA": Fraction(1), "kVA": Fraction(1000)},
    "voltamperehours": {"VAh": Fraction(1), "kVAh": Fraction(1000)},
    "ratio": {"%": Fraction(1, 100), "": Fraction(1)},
    "celsius": {"C": Fraction(1), "°C": Fraction(1), "degC": Fraction(1)},
}
# RFC 3433: the code of 10^0, and how many powers of ten a code is apart from the next.
UNITS_CODE, CODE_STEP = 9, 3
# Codes, digits and exponents beyond it are no scale but something else.
LARGEST_SCALE = 30


def units_of(quantity: Quantity, name: str) -> Mapping[str, Fraction]:
    """Return the units a quantity can be in, and what they are worth inside."""
    if isinstance(quantity, PowerQuantity):
        return WATTS
    if isinstance(quantity, EnergyQuantity):
        return JOULES
    return CONDITIONS.get(name.rpartition("_")[2], {})


def unit_of(quantity: Quantity, name: str) -> Fraction:
    """Return what the unit that a quantity is stated in is worth inside."""
    if isinstance(quantity, PowerQuantity | EnergyQuantity) and quantity.unit != "own":
        return units_of(quantity, name)[quantity.unit]
    return Fraction(1)


def worth_of(quantity: Quantity, name: str, row: Row, found: Values) -> Fraction | None:
    """Return what one count is worth in one row, but for `scale`; None if the device does not say.

    Of a number with its own unit behind it, it is what one of that unit is multiplied by.
    """
    unit: Fraction | None = unit_of(quantity, name)
    digits: Value = 0
    if quantity.digits:
        digits = found.get(filled(quantity.digits, row), quantity.digits_else)
    if not isinstance(digits, int) or abs(digits) > LARGEST_SCALE:
        return None
    scale = Fraction(1, 10 ** max(digits, 0))
    for one in quantity.scale_by:
        if one.says == "unit":
            unit = _unit(one, units_of(quantity, name), row, found)
            continue
        said = _number(one, row, found)
        if said is None or abs(said) > max(LARGEST_SCALE, 10**9 * (one.says == "factor")):
            return None
        scale *= _factor(one.says, said)
    return None if unit is None else scale * unit


def _number(one: ScaleBy, row: Row, found: Values) -> int | None:
    number = number_of(found.get(filled(one.oid, row)))
    if number is None:
        return one.otherwise if isinstance(one.otherwise, int) else None
    return int(number)


def _factor(says: str, said: int) -> Fraction:
    match says:
        case "digits":
            return Fraction(1, 10 ** max(said, 0))
        case "exponent":
            return Fraction(10) ** said
        case "sensor-scale":
            return Fraction(10) ** (CODE_STEP * (said - UNITS_CODE))
        case _:
            return Fraction(1, -said) if said < 0 else Fraction(said or 1)


def _unit(one: ScaleBy, known: Mapping[str, Fraction], row: Row, found: Values) -> Fraction | None:
    said = text_or_number(found.get(filled(one.oid, row)))
    text = str(said).strip() if said not in (None, "") else one.otherwise
    return known.get(str(text))


def step_of(quantity: Quantity, raw: Value) -> Fraction:
    """Return by how many counts a number goes on at least: less than one, if it has decimals."""
    step, unit = last_digit(raw)
    own = isinstance(quantity, PowerQuantity | EnergyQuantity) and quantity.unit == "own"
    return step * units_of(quantity, "").get(unit, Fraction(1)) if own else step


def estimate_of(check: Check, row: Row, found: Values) -> float | None:
    """Return what a quantity must be about, in its unit, by what else the device says.

    None if it says nothing else, or 0.
    """
    for product in check.against:
        terms = [dict(_terms(term.oid, row, found)) for term in product]
        rows = set().union(*terms) - {()}
        total = sum(
            _product(terms, sub) * _scales(term.scale for term in product) for sub in rows or {()}
        )
        if total > 0:
            return float(total)
    return None


def _scales(scales: Iterable[Fraction]) -> Fraction:
    product = Fraction(1)
    for scale in scales:
        product *= scale
    return product


def _product(
    terms: Sequence[Mapping[tuple[object, ...], Fraction]], sub: tuple[object, ...]
) -> Fraction:
    product = Fraction(1)
    for term in terms:
        product *= term.get(sub, term.get((), Fraction(0)))
    return product


def _terms(pattern: str, row: Row, found: Values) -> Iterator[tuple[tuple[object, ...], Fraction]]:
    """Yield the numbers of a pattern in the rows below `row`, by what tells them apart in it."""
    column = column_of(pattern)
    for name, value in found.items():
        if name.startswith(column) and (number := number_of(value)) is not None:
            below = row_of(pattern, arcs_of(name))
            if below is not None and all(below[key] == row[key] for key in below if key in row):
                rest = tuple((key, arcs) for key, arcs in below.items() if key not in row)
                yield rest, Fraction(number)


def nearest(
    scales: Sequence[Fraction], counts: Fraction, estimate: float
) -> tuple[Fraction, float]:
    """Return the scale that brings a number nearest to an estimate, and the factor it is off by."""
    offs = [(abs(log(abs(float(scale * counts)) / estimate)), scale) for scale in scales]
    off, scale = min(offs)
    return scale, exp(off)
