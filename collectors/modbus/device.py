"""One device that is read by Modbus."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from agent.clock import Clock
from agent.errors import Unavailable
from agent.model import FULLEST, MeterId, Reading, Register, power_of
from agent.units import Joules, Watts
from collectors.modbus import sunspec
from collectors.modbus.detection import Detection
from collectors.modbus.failure import (
    HOLE,
    Failure,
    NoLine,
    Refused,
    Silent,
)
from collectors.modbus.layout import OWN, Layout, Plan, Request, Wanted, layout_of, map_of
from collectors.modbus.line import Line
from collectors.modbus.numbers import Registers, place_of, text_of
from collectors.modbus.settings import AUTO, ModbusSettings
from collectors.modbus.unit import Pace, Unit
from config.profiles.modbus import Profile, RegisterMap
from config.profiles.modbus.schema import Function

# Seconds after which it is looked up again what a device is, and what it has.
RELEARN = 3600.0


class ModbusDevice:
    """Reads the meters of one unit by a map of its registers.

    The first poll finds the map and the serial number; later ones ask for the values alone. What
    the device refuses is left out for an hour.
    """

    def __init__(
        self, settings: ModbusSettings, line: Line, clock: Clock, known: Mapping[str, Profile]
    ) -> None:
        self.name = settings.name
        self.every = settings.every
        self._settings = settings
        self._line = line
        self._clock = clock
        self._known = known
        self._layout: Layout | None = None
        self._requests: tuple[Request, ...] = ()
        self._learnt = 0.0
        self._serial = ""
        self._answers = True
        line.joined(self)

    async def collect(self) -> Sequence[Reading]:
        """Return the readings of the meters that answered.

        A unit that was silent the last time is asked once, not `tries` times, and after those that
        were not. Raises Unavailable.
        """
        try:
            async with self._line.turn(silent=not self._answers):
                readings = await self._read(self._unit())
        except Failure as error:
            # Who answers after an outage may be another device.
            self._answers, self._layout = isinstance(error, NoLine) and self._answers, None
            raise Unavailable(f"{self.name}: {error}") from error
        self._answers = True
        return readings

    def _unit(self) -> Unit:
        settings = self._settings
        pace = Pace(
            timeout=settings.timeout.total_seconds(),
            tries=settings.tries if self._answers else 1,
            pause=settings.pause.total_seconds(),
        )
        return Unit(self._line, settings.unit, pace)

    async def _read(self, unit: Unit) -> Sequence[Reading]:
        layout = self._layout
        if layout is None or time.monotonic() - self._learnt > RELEARN:
            layout = await self._learn(unit)
        registers = await self._registers(unit)
        readings = self._readings(layout, registers, self._clock.now())
        if not readings:
            raise Failure(f"it answers, but with no power and no energy of {layout.name}")
        return readings

    async def _learn(self, unit: Unit) -> Layout:
        """Find the map, unless the settings hold or name it, and the serial number."""
        layout = await self._found(unit)
        # A serial number that is not given for once is still that of this meter.
        self._serial = layout.serial or self._serial
        self._layout, self._requests = layout, layout.requests
        self._learnt = time.monotonic()
        return layout

    async def _found(self, unit: Unit) -> Layout:
        settings = self._settings
        wanted = settings.wanted
        if settings.registers is not None:
            return await _laid_out(unit, OWN, settings.registers, wanted)
        if settings.profile == AUTO:
            profile = await Detection(unit).profile(self._known)
        else:
            profile = self._known[settings.profile]
        if not profile.models:
            map_ = map_of(profile, profile)
            return await _laid_out(unit, profile.name, map_, wanted)
        return await sunspec.learn(
            unit, profile, wanted, id_=settings.model, instance=settings.instance
        )

    async def _registers(self, unit: Unit) -> Registers:
        """Return what the device gave of all that is wanted.

        What is silent ends the poll; what has come before it counts. Raises Failure if nothing has.
        """
        found: dict[tuple[Function, int], int] = {}
        refusal: Refused | None = None
        for request in self._requests:
            try:
                found |= await self._part(unit, request)
            except Refused as error:
                refusal = error
            except (Silent, NoLine):
                if not found:
                    raise
                break
        if refusal and not found:
            raise refusal
        return found

    async def _part(self, unit: Unit, request: Request) -> dict[tuple[Function, int], int]:
        """Return what one request gave. What is refused is asked for in parts, and then no more.

        Raises Refused where nothing of it was given.
        """
        try:
            words = await unit.registers(request.function, request.first, request.count)
        except Refused as error:
            if error.code not in HOLE:
                raise
            found = await self._singles(unit, request)
            if not found:
                raise
            return found
        return {(request.function, request.first + at): word for at, word in enumerate(words)}

    async def _singles(self, unit: Unit, request: Request) -> dict[tuple[Function, int], int]:
        """Return what the values of a request give alone; leave out what is not there."""
        parts = request.singles if len(request.parts) > 1 else ()
        found: dict[tuple[Function, int], int] = {}
        there = list(parts)
        for part in parts:
            try:
                found |= await self._part(unit, part)
            except Refused as error:
                if error.code in HOLE:
                    there.remove(part)
        self._requests = tuple(
            one for each in self._requests for one in (there if each == request else (each,))
        )
        return found

    def _readings(self, layout: Layout, registers: Registers, at: datetime) -> list[Reading]:
        made = (self._reading(plan, registers, at, layout.name) for plan in layout.plans)
        return [reading for reading in made if reading is not None]

    def _reading(self, plan: Plan, registers: Registers, at: datetime, name: str) -> Reading | None:
        power = plan.power.value(registers) if plan.power else None
        energy = plan.energy.value(registers) if plan.energy else None
        if energy is not None and not 0 <= energy <= FULLEST:
            energy = None
        signed = -power if plan.turned and power else power
        watts = power_of(None if signed is None else float(signed))
        if watts is None and energy is None:
            return None
        values = ((name, point.value(registers)) for name, point in plan.conditions)
        return Reading(
            meter=MeterId(self.name + plan.suffix),
            at=at,
            register=self._register(plan, registers),
            energy=None if energy is None else Joules(energy.numerator // energy.denominator),
            power=watts,
            source=self._source(plan, name),
            conditions={name: float(value) for name, value in values if value is not None},
        )

    def _source(self, plan: Plan, name: str) -> str:
        """Return which counter it is: another map, another way or another meter is another one."""
        own = self._settings.registers is not None
        words = ("modbus", plan.counted if own else name, "export" if plan.turned else "")
        return " ".join(word for word in (*words, self._serial) if word)

    def _register(self, plan: Plan, registers: Registers) -> Register:
        """Return a meter's register, with the limit of the settings: no part draws more."""
        register = plan.register(registers)
        limit = self._settings.limit_watts
        if limit is None or (plan.suffix and plan.limit <= limit):
            return register
        return replace(register, limit=Watts(limit))

    async def close(self) -> None:
        """Give the connection back, if nobody else has it."""
        self._line.left(self)


async def _laid_out(unit: Unit, name: str, map_: RegisterMap, wanted: Wanted) -> Layout:
    layout = layout_of(name, map_, wanted)
    if map_.serial is None:
        return layout
    place = place_of(map_.serial, map_)
    try:
        words = await unit.registers(place.function, place.first, place.length)
    except Refused as error:
        if error.code not in HOLE:
            raise
        # Without it, it is read as before: only an exchange goes unnoticed.
        return layout
    registers = {(place.function, place.first + at): word for at, word in enumerate(words)}
    return replace(layout, serial=text_of(place, registers))
