"""Readings as plain values, for JSON."""

from typing import Any

from agent.model import Reading, Role
from agent.units import litres


def plain(reading: Reading, role: Role | None) -> dict[str, Any]:
    """Return a reading for JSON; a value that is missing is null."""
    return {
        "meter": reading.meter,
        "at": reading.at.isoformat(),
        **_amounts(reading, role),
        "conditions": dict(reading.conditions),
        "source": reading.source,
        "flags": list(reading.flags),
    }


def _amounts(reading: Reading, role: Role | None) -> dict[str, float | None]:
    """Return register and power, named by what they are of."""
    if role is not Role.WATER:
        return {"energy_joules": reading.energy, "power_watts": reading.power}
    amount, flow = reading.energy, reading.power
    return {
        "water_litres": None if amount is None else litres(amount),
        "water_litres_per_second": None if flow is None else litres(flow),
    }
