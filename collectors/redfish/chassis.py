"""Servers: which chassis is the machine, and what in it says the power of the whole."""

import re
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from yarl import URL

from agent.model import Scope
from collectors.redfish.documents import (
    Document,
    Point,
    link_of,
    number_of,
    path_of,
    places_of,
    text_of,
    value_at,
)
from collectors.redfish.failures import Status, Unsuited
from collectors.redfish.keys import key_of, keys_of
from collectors.redfish.layout import READING, Condition, Plan, with_serial
from collectors.redfish.quantities import (
    Energy,
    Pointer,
    conditions_at,
    energy_at,
    joules_at,
    power_at,
)
from collectors.redfish.reader import Reader, Refusal
from collectors.redfish.supplies import Supply, inputs_of, plans_of, supplies_in, supplies_of
from collectors.redfish.values import sum_at

POWER_LINKS = ("EnvironmentMetrics", "Power", "PowerMetrics", "PowerSubsystem")
SERVER_SCOPES = frozenset({Scope.TOTAL, Scope.PSU_INPUT, Scope.PSU_OUTPUT})
WATTS = "PowerConsumedWatts"
OEM_WATTS = (("ChassisPowerConsumption", "CurrentPowerConsumptionW"), ("TotalPower",))
"""Where makers write the power of the whole under Oem of a Power resource."""

_WHOLE = re.compile(r"(?<!sub)(?<!sub.)system|server|chassis|total", re.IGNORECASE)
_AIR: tuple[tuple[str, Pointer, float], ...] = (
    ("temperature_celsius", ("TemperatureCelsius", READING), 1),
    ("humidity_ratio", ("HumidityPercent", READING), 0.01),
)


class Chassis(NamedTuple):
    """One member of the Chassis collection."""

    path: str
    document: Document

    @property
    def key(self) -> str:
        return key_of(self.document, self.path)


class Source(NamedTuple):
    """One way in which a chassis says its power."""

    way: str
    power: tuple[Point, ...]
    flags: tuple[str, ...] = ()


class Machine(NamedTuple):
    """What a chassis has of itself as a whole, and of its supplies."""

    source: Source | None
    energy: Energy
    conditions: tuple[Condition, ...]
    supplies: list[Supply]


async def server_plans(
    reader: Reader, scopes: frozenset[Scope], unit: str | None, others: Sequence[str]
) -> list[Plan]:
    """Return the meters of a server, of its chassis or of the one that is named.

    `others` are what may be named beside chassis. Raises Failure.
    """
    chassis, machine = await _machine(reader, scopes, unit, others)
    plans = list(plans_of(machine.supplies, scopes))
    if Scope.TOTAL in scopes and (machine.source or machine.energy.points):
        plans.insert(0, _total(machine))
    serial = reader.serial_of(chassis.path, chassis.document)
    return [with_serial(plan, serial) for plan in plans]


def _total(machine: Machine) -> Plan:
    source = machine.source or Source("environment", ())
    energy = machine.energy
    # With a register it is the register that is told apart: the way to the power may change.
    way = f"environment/{energy.kind}" if energy.points else source.way
    return Plan(
        suffix="",
        power=source.power,
        energy=energy.points,
        worth=energy.worth,
        resets=energy.resets,
        conditions=machine.conditions,
        source=way,
        flags=source.flags,
    )


async def _machine(
    reader: Reader, scopes: frozenset[Scope], unit: str | None, others: Sequence[str]
) -> tuple[Chassis, Machine]:
    """Return the chassis that is the machine; of several none is guessed at."""
    before = len(reader.refusals)
    members = await reader.members(await reader.root(), "Chassis")
    unread = reader.refusals[before:]
    chassis = [Chassis(*member) for member in members]
    if unit is not None:
        chassis = [one for one in chassis if unit in (one.key, one.document.get("Id"))]
        if not chassis:
            known = ", ".join([*(Chassis(*member).key for member in members), *others]) or "none"
            raise Unsuited(f"it has nothing with the Id {unit!r}: there are {known}")
    found = []
    for one in _outermost(chassis, reader):
        before = len(reader.refusals)
        machine = await _read(reader, one, scopes)
        if machine.source or machine.energy.points or machine.supplies:
            found.append((one, machine))
        else:
            unread += reader.refusals[before:]
    only = _only(found, scopes)
    if unit is None:
        _check_whole(only[0], unread, reader)
    return only


def _only(
    found: list[tuple[Chassis, Machine]], scopes: frozenset[Scope]
) -> tuple[Chassis, Machine]:
    if not found and not scopes & SERVER_SCOPES:
        names = ", ".join(sorted(scopes))
        raise Unsuited(f"it is a server, and has no {names}: write total in `read`")
    if not found:
        raise Unsuited("it answers, but none of its chassis has a power or an energy")
    if len(found) > 1:
        keys = ", ".join(keys_of([(one.path, one.document) for one, _ in found]))
        raise Unsuited(f"several chassis have a power of their own, {keys}: name one with `unit`")
    return found[0]


def _check_whole(chassis: Chassis, unread: Sequence[Refusal], reader: Reader) -> None:
    """Raise Status if a chassis that could not be read may be the machine, and this one a part."""
    inside = _inside(chassis, reader.origin) if _links(chassis, "ComputerSystems") else set()
    for path, failure in unread:
        if path.rstrip("/") not in inside:
            raise Status(
                f"{failure}: as long as not all of its chassis can be read, which of them is the "
                f"whole is not known: name it with `unit`, such as {chassis.key}",
                retry_after=failure.retry_after,
            )


def _inside(chassis: Chassis, origin: URL) -> set[str]:
    """Return the paths of the chassis that one says are in it."""
    listed = [place.get("Contains") for place in places_of(chassis.document)]
    links = chain.from_iterable(one for one in listed if isinstance(one, list))
    paths = (path_of(link, origin) for link in links)
    return {path.rstrip("/") for path in paths if path is not None}


def _outermost(chassis: list[Chassis], reader: Reader) -> list[Chassis]:
    """Return those that hold a computer, else all that link to a power, less what is in another."""
    powered = [one for one in chassis if _links(one, *POWER_LINKS)]
    pool = [one for one in powered if _links(one, "ComputerSystems")] or powered
    paths = {one.path.rstrip("/") for one in pool}
    outer = [one for one in pool if _owner_of(one, reader.origin) not in paths]
    # Those that are in one another in a circle are all as good.
    return outer or pool


def _owner_of(chassis: Chassis, origin: URL) -> str | None:
    """Return the path of the chassis that one is in; none for one that is said to be in itself."""
    owner = (link_of(chassis.document, "ContainedBy", origin) or "").rstrip("/")
    return owner if owner and owner != chassis.path.rstrip("/") else None


def _links(chassis: Chassis, *names: str) -> bool:
    return any(place.get(name) for place in places_of(chassis.document) for name in names)


async def _read(reader: Reader, chassis: Chassis, scopes: frozenset[Scope]) -> Machine:
    environment = await reader.follow(chassis.document, "EnvironmentMetrics")
    energy = Energy()
    conditions: tuple[Condition, ...] = ()
    if environment is not None:
        energy = energy_at(*environment, "EnergykWh")
        energy = energy if energy.points else joules_at(*environment)
        conditions = conditions_at(*environment, _AIR)
    wanted = scopes & {Scope.PSU_INPUT, Scope.PSU_OUTPUT}
    supplies = await _supplies(reader, chassis) if wanted else []
    source = await _source(reader, chassis) if Scope.TOTAL in scopes else None
    if Scope.TOTAL not in scopes:
        energy = Energy()
    return Machine(source, energy, conditions, supplies)


async def _supplies(reader: Reader, chassis: Chassis) -> list[Supply]:
    subsystem = await reader.follow(chassis.document, "PowerSubsystem")
    found = await supplies_in(reader, subsystem[1]) if subsystem else []
    if any(supply.input or supply.output for supply in found):
        return found
    power = await _power(reader, chassis)
    return supplies_of(*power) if power else found


async def _source(reader: Reader, chassis: Chassis) -> Source | None:
    """Return the first way that gives a power now.

    A machine that is on draws more than nothing: 0 W counts only of one that may be off.
    """
    silent, idle = None, None
    on = chassis.document.get("PowerState") == "On"
    async for source in _sources(reader, chassis):
        watts = sum_at(reader.documents, source.power)
        if watts:
            return source
        if watts is None:
            silent = silent or source
        elif not on:
            idle = idle or source
    return idle or silent


async def _sources(reader: Reader, chassis: Chassis) -> AsyncIterator[Source]:
    environment = await reader.follow(chassis.document, "EnvironmentMetrics")
    if environment is not None:
        for point in await _sensor(reader, *environment):
            yield Source("environment", (point,))
    power = await _power(reader, chassis)
    if power is not None:
        for point in await _control(reader, *power):
            yield Source("power-control", (point,))
    inputs = inputs_of(reader, await _supplies(reader, chassis))
    if inputs is not None:
        points, partial = inputs
        yield Source("power-supplies", points, ("partial",) if partial else ())
    if power is not None:
        for pointer in _oem(power[1]):
            yield Source("oem", (Point(power[0], pointer),))


async def _power(reader: Reader, chassis: Chassis) -> tuple[str, Document] | None:
    found = await reader.follow(chassis.document, "Power")
    return found or await reader.follow(chassis.document, "PowerMetrics")


async def _sensor(reader: Reader, path: str, document: Document) -> tuple[Point, ...]:
    """Return the power of EnvironmentMetrics, or of the sensor that it only points to."""
    points = power_at(path, document, ("PowerWatts", READING))
    uri = path_of(value_at(document, ("PowerWatts", "DataSourceUri")), reader.origin)
    if points or uri is None:
        return points
    sensor = await reader.try_get(uri)
    return power_at(*sensor, (READING,)) if sensor else ()


async def _control(reader: Reader, path: str, power: Document) -> tuple[Point, ...]:
    """Return the one PowerControl that is the whole: the others are parts of it."""
    controls = power.get("PowerControl")
    found: list[tuple[str, Point]] = []
    for index, control in enumerate(controls if isinstance(controls, list) else ()):
        point = await _control_point(reader, path, index, control)
        if point is not None:
            found.append((text_of(control, "Name"), point))
    if not found:
        return (Point(path, (WATTS,)),) if WATTS in power else ()
    whole = [point for name, point in found if _WHOLE.search(name)]
    return ((whole or [point for _, point in found])[0],)


async def _control_point(reader: Reader, path: str, index: int, control: object) -> Point | None:
    if not isinstance(control, dict):
        return None
    if WATTS in control:
        return Point(path, ("PowerControl", index, WATTS))
    # A link with a fragment points back into this document; one without is a resource of its own.
    link = path_of(control, reader.origin)
    if link is None or "#" in link or link == path:
        return None
    resource = await reader.try_get(link)
    return Point(link, (WATTS,)) if resource and WATTS in resource[1] else None


def _oem(power: Document) -> Iterator[Pointer]:
    oem = power.get("Oem")
    for maker in oem if isinstance(oem, dict) else ():
        for pointer in OEM_WATTS:
            if number_of(value_at(power, ("Oem", maker, *pointer))) is not None:
                yield ("Oem", maker, *pointer)
