"""What the two families of rack PDUs answer, by their MIBs: PowerNet-MIB and PDU2-MIB."""

from collections.abc import Iterator

from agent.demo.electric import (
    FREQUENCY_HERTZ,
    POWER_FACTOR,
    apparent,
    constant,
    current,
    mean_current,
    volts,
)
from agent.demo.faults import Condition
from agent.demo.load import Load
from agent.demo.objects import Quantity, Value, fixed, gauge, integer, text
from agent.demo.registers import Registers
from agent.demo.site import RackPdu

POWERNET_IDENTITY = "1.3.6.1.4.1.318.1.3.4.6"
POWERNET = "1.3.6.1.4.1.318.1.1"
NORMAL_LOAD = 2

PDU2_IDENTITY = "1.3.6.1.4.1.13742.6"
PDU2 = "1.3.6.1.4.1.13742.6"
AVAILABLE = 1
NORMAL = 4

Objects = Iterator[tuple[str, Value]]


def powernet_objects(pdu: RackPdu, registers: Registers, condition: Condition) -> Objects:
    """Yield the second-generation rack PDU (rPDU2): power in 10 W, energy in 0.1 kWh."""
    yield f"{POWERNET}.12.1.5.0", fixed("SIM-RPDU2")
    yield f"{POWERNET}.12.1.6.0", _serial(pdu, condition)
    yield f"{POWERNET}.12.1.16.0", integer(pdu.load.power)
    yield f"{POWERNET}.12.1.18.0", integer(apparent(pdu.load))
    yield f"{POWERNET}.26.2.1.8.1", fixed("SIM-RPDU2")
    yield f"{POWERNET}.26.2.1.9.1", _serial(pdu, condition)
    device = {
        1: fixed(1),
        2: fixed(1),
        3: fixed(pdu.name),
        4: fixed(NORMAL_LOAD),
        5: integer(pdu.load.power, 10),
        9: integer(registers.counts(pdu.name, pdu.load, pdu.register)),
        16: integer(apparent(pdu.load), 10),
        17: integer(constant(POWER_FACTOR), 0.01),
    }
    yield from ((f"{POWERNET}.26.4.3.1.{column}.1", value) for column, value in device.items())
    for number, load in enumerate(pdu.phases, start=1):
        for column, value in _powernet_phase(number, load).items():
            yield f"{POWERNET}.26.6.3.1.{column}.{number}", value
    if pdu.by_outlet:
        yield from _powernet_outlets(pdu, registers)


def _powernet_phase(number: int, load: Load) -> dict[int, Value]:
    return {
        1: fixed(number),
        2: fixed(1),
        3: fixed(number),
        4: fixed(NORMAL_LOAD),
        5: integer(current(load), 0.1),
        6: integer(volts),
        7: integer(load.power, 10),
        8: integer(apparent(load), 10),
        9: integer(constant(POWER_FACTOR), 0.01),
    }


def _powernet_outlets(pdu: RackPdu, registers: Registers) -> Objects:
    loads = zip(pdu.outlets, pdu.outlet_registers, strict=True)
    for number, (load, register) in enumerate(loads, start=1):
        columns = {
            1: fixed(number),
            2: fixed(1),
            3: fixed(f"Outlet {number}"),
            4: fixed(number),
            5: fixed(NORMAL_LOAD),
            6: integer(current(load), 0.1),
            7: integer(load.power),
            11: integer(registers.counts(f"{pdu.name}/outlet/{number}", load, register)),
        }
        for column, value in columns.items():
            yield f"{POWERNET}.26.9.4.3.1.{column}.{number}", value


AMPERES, VOLTS, WATTS, VOLTAMPERES, FACTOR, WATT_HOURS, HERTZ = 1, 4, 5, 6, 7, 8, 23
"""SensorTypeEnumeration of PDU2-MIB."""

UNIT = {AMPERES: 2, VOLTS: 1, WATTS: 3, VOLTAMPERES: 4, FACTOR: -1, WATT_HOURS: 5, HERTZ: 8}
"""SensorUnitsEnumeration, by type of sensor."""

DIGITS = {AMPERES: 3, FACTOR: 2, HERTZ: 1}
"""Decimal digits where there are some, by type of sensor."""


def pdu2_objects(pdu: RackPdu, registers: Registers, condition: Condition) -> Objects:
    """Yield the PDU with one three-phase inlet: power in W, energy in Wh."""
    yield f"{PDU2}.3.1.0", fixed(1)
    yield f"{PDU2}.3.2.1.1.3.1", fixed("SIM-PDU2")
    yield f"{PDU2}.3.2.1.1.4.1", _serial(pdu, condition)
    yield f"{PDU2}.3.2.2.1.13.1", fixed(pdu.name)
    yield f"{PDU2}.3.3.3.1.2.1.1", fixed("I1")
    inlet = _sensors(pdu.load) | {
        WATT_HOURS: registers.counts(pdu.name, pdu.load, pdu.register),
        AMPERES: mean_current(pdu.load),
        HERTZ: constant(FREQUENCY_HERTZ),
    }
    yield from _pdu2_sensors(inlet, config="3.3.4.1", status="5.2.3.1", index="1.1")
    for number, load in enumerate(pdu.phases, start=1):
        pole = _sensors(load)
        yield from _pdu2_sensors(pole, config="3.3.6.1", status="5.2.4.1", index=f"1.1.{number}")
    if pdu.by_outlet:
        yield from _pdu2_outlets(pdu, registers)


def _pdu2_outlets(pdu: RackPdu, registers: Registers) -> Objects:
    loads = zip(pdu.outlets, pdu.outlet_registers, strict=True)
    for number, (load, register) in enumerate(loads, start=1):
        yield f"{PDU2}.3.5.3.1.2.1.{number}", fixed(str(number))
        yield f"{PDU2}.3.5.3.1.3.1.{number}", fixed("")
        outlet = {
            AMPERES: current(load),
            WATTS: load.power,
            WATT_HOURS: registers.counts(f"{pdu.name}/outlet/{number}", load, register),
        }
        yield from _pdu2_sensors(outlet, config="3.5.4.1", status="5.4.3.1", index=f"1.{number}")


def _sensors(load: Load) -> dict[int, Quantity]:
    return {
        AMPERES: current(load),
        VOLTS: volts,
        WATTS: load.power,
        VOLTAMPERES: apparent(load),
        FACTOR: constant(POWER_FACTOR),
    }


def _pdu2_sensors(sensors: dict[int, Quantity], *, config: str, status: str, index: str) -> Objects:
    for kind, quantity in sensors.items():
        row = f"{index}.{kind}"
        digits = DIGITS.get(kind, 0)
        yield f"{PDU2}.{config}.6.{row}", fixed(UNIT[kind])
        yield f"{PDU2}.{config}.7.{row}", gauge(constant(digits))
        yield f"{PDU2}.{status}.2.{row}", fixed(AVAILABLE)
        yield f"{PDU2}.{status}.3.{row}", fixed(NORMAL)
        yield f"{PDU2}.{status}.4.{row}", gauge(quantity, 10**-digits)
        yield f"{PDU2}.{status}.6.{row}", integer(quantity, 10**-digits)


def _serial(pdu: RackPdu, condition: Condition) -> Value:
    first = serial_of(pdu)
    return text(lambda seconds: condition.serial(first, seconds))


def serial_of(pdu: RackPdu) -> str:
    """Return the serial number of the PDU that stands in its place at the site's midnight."""
    return f"SIM{pdu.name.replace('-', '').upper()}"
