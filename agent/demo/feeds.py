"""What stands above the racks: UPSs by RFC 1628, and the three-phase meter of the utility."""

from collections.abc import Iterator

from agent.demo.electric import (
    FREQUENCY_HERTZ,
    POWER_FACTOR,
    apparent,
    constant,
    current,
    volts,
    volts_between_phases,
)
from agent.demo.load import Load
from agent.demo.objects import Value, fixed, integer
from agent.demo.registers import Registers
from agent.demo.site import PHASES, Ups
from agent.units import Joules

UPS_IDENTITY = UPS_MIB = "1.3.6.1.2.1.33"
UPS_RATED_WATTS = 160_000.0
SHARES = (0.342, 0.331, 0.327)
"""How the load lies on the three lines."""

ON_LINE = 3
BATTERY_NORMAL = 2

METER_IDENTITY = "1.3.6.1.4.1.34278.8.6"
METER = "1.3.6.1.4.1.34278"

Objects = Iterator[tuple[str, Value]]


def ups_objects(ups: Ups) -> Objects:
    """Yield the UPS-MIB: true power of each line in and out, percent load, the battery."""
    yield f"{UPS_MIB}.1.1.1.0", fixed("Simulated")
    yield f"{UPS_MIB}.1.1.2.0", fixed("SIM-UPS 160 kW")
    yield f"{UPS_MIB}.1.1.5.0", fixed(ups.name)
    yield from _battery()
    yield f"{UPS_MIB}.1.3.2.0", fixed(PHASES)
    yield f"{UPS_MIB}.1.4.1.0", fixed(ON_LINE)
    yield f"{UPS_MIB}.1.4.2.0", integer(constant(FREQUENCY_HERTZ), 0.1)
    yield f"{UPS_MIB}.1.4.3.0", fixed(PHASES)
    yield f"{UPS_MIB}.1.6.1.0", fixed(0)
    for line, share in enumerate(SHARES, start=1):
        drawn, given = ups.input * share, ups.output * share
        yield f"{UPS_MIB}.1.3.3.1.2.{line}", integer(constant(FREQUENCY_HERTZ), 0.1)
        yield f"{UPS_MIB}.1.3.3.1.3.{line}", integer(volts)
        yield f"{UPS_MIB}.1.3.3.1.4.{line}", integer(current(drawn), 0.1)
        yield f"{UPS_MIB}.1.3.3.1.5.{line}", integer(drawn.power)
        yield f"{UPS_MIB}.1.4.4.1.2.{line}", integer(constant(230))
        yield f"{UPS_MIB}.1.4.4.1.3.{line}", integer(current(given), 0.1)
        yield f"{UPS_MIB}.1.4.4.1.4.{line}", integer(given.power)
        yield f"{UPS_MIB}.1.4.4.1.5.{line}", integer(given.power, UPS_RATED_WATTS / PHASES / 100)


def _battery() -> Objects:
    yield f"{UPS_MIB}.1.2.1.0", fixed(BATTERY_NORMAL)
    yield f"{UPS_MIB}.1.2.2.0", fixed(0)
    yield f"{UPS_MIB}.1.2.3.0", fixed(18)
    yield f"{UPS_MIB}.1.2.4.0", fixed(100)
    yield f"{UPS_MIB}.1.2.5.0", fixed(5_430)
    yield f"{UPS_MIB}.1.2.6.0", fixed(0)
    yield f"{UPS_MIB}.1.2.7.0", fixed(24)


def meter_objects(load: Load, register: Joules, registers: Registers) -> Objects:
    """Yield the power meter: power in W, energy in 0.1 kWh, by phase and in all."""
    for line, share in enumerate(SHARES, start=1):
        phase = load * share
        yield f"{METER}.1.{line}.0", integer(volts, 0.1)
        yield f"{METER}.1.{line + 3}.0", integer(volts_between_phases, 0.1)
        yield f"{METER}.1.{line + 6}.0", integer(current(phase), 0.001)
        yield f"{METER}.1.{line + 12}.0", integer(phase.power)
        yield f"{METER}.1.{line + 18}.0", integer(apparent(phase))
        yield f"{METER}.1.{line + 21}.0", integer(constant(POWER_FACTOR), 0.001)
        yield (
            f"{METER}.3.{line}.0",
            integer(
                registers.counts(f"utility/phase/{line}", phase, Joules(int(register * share)))
            ),
        )
    yield f"{METER}.2.1.0", integer(load.power)
    yield f"{METER}.2.3.0", integer(apparent(load))
    yield f"{METER}.2.4.0", integer(constant(POWER_FACTOR), 0.001)
    yield f"{METER}.4.1.0", integer(registers.counts("utility", load, register))
    yield f"{METER}.6.1.0", integer(constant(FREQUENCY_HERTZ), 0.01)
