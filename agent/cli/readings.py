"""Readings as `once` and `probe` show them to people: rows of a table."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields

from agent.cli.tables import Table, table_of
from agent.model import Reading, Role
from agent.units import Joules, Watts, kwh, litres
from agent.wording import MISSING

UNITS = {
    "apparent_power_voltamperes": "VA",
    "voltage_volts": "V",
    "current_amperes": "A",
    "frequency_hertz": "Hz",
    "temperature_celsius": "°C",
}
ALWAYS = frozenset({"meter", "power", "energy"})
"""Columns that are shown even if no meter fills them; the others are then left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One meter as a line of text. The fields are the columns, in their order."""

    meter: str
    power: str
    energy: str
    name: str = ""
    conditions: str = ""
    source: str = ""
    note: str = ""


def row_of(reading: Reading, role: Role | None, name: str = "") -> Row:
    """Return what a meter said; its place is that below its device."""
    water = role is Role.WATER
    return Row(
        meter=reading.meter.partition("/")[2] or "total",
        power=power_text(reading.power, water=water),
        energy=energy_text(reading.energy, water=water),
        name=name,
        conditions=conditions_text(reading.conditions),
        source=reading.source,
        note=" ".join(reading.flags),
    )


def table_of_rows(rows: Sequence[Row]) -> Table:
    """Return a table without the columns that nobody fills."""
    names = [one.name for one in fields(Row)]
    filled = [any(column) for column in zip(*map(astuple, rows), strict=True)]
    shown = [
        at
        for at, (name, full) in enumerate(zip(names, filled, strict=True))
        if full or name in ALWAYS
    ]
    table = table_of([names[at] for at in shown], numbers={"power", "energy"})
    for row in map(astuple, rows):
        table.add_row(*(row[at] for at in shown))
    return table


def power_text(power: Watts | None, *, water: bool = False) -> str:
    """Return a power; of a water meter its flow."""
    if power is None:
        return MISSING
    return f"{litres(power):,.3f} L/s" if water else f"{power:,.1f} W"


def energy_text(energy: Joules | None, *, water: bool = False) -> str:
    """Return what a register counts: energy, or water."""
    if energy is None:
        return MISSING
    return f"{litres(energy):,.1f} L" if water else f"{kwh(energy):,.3f} kWh"


def conditions_text(conditions: Mapping[str, float]) -> str:
    """Return all of them with their units, shares as percentages."""
    return " ".join(_condition(*item) for item in conditions.items())


def _condition(name: str, value: float) -> str:
    if name.endswith("_ratio") and name != "power_factor_ratio":
        return f"{name.removesuffix('_ratio')} {value:.0%}"
    unit = UNITS.get(name)
    return f"{value:g} {unit}" if unit else f"{name.removesuffix('_ratio')} {value:g}"
