"""Power from sensors: of the whole machine, where DCMI gives none, and of its supplies."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from agent.model import Scope
from agent.units import Watts
from collectors.ipmi.chassis import is_off
from collectors.ipmi.choice import inputs_of, outputs_of, total_of
from collectors.ipmi.dcmi import Power
from collectors.ipmi.failures import Failure
from collectors.ipmi.poll import Poll
from collectors.ipmi.repository import Repository
from collectors.ipmi.sdr import AIR_INLET, Sensor, Unit
from collectors.ipmi.values import Values

SOURCE = "sdr"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The power at one side of a supply."""

    scope: Scope
    key: str
    name: str
    """What the maker calls the sensor: `PSU1 Power In`."""

    power: Power


class Sensors:
    """Reads the sensors of one BMC. Its records are learnt once, over several polls if need be."""

    def __init__(self, name: str | None) -> None:
        """`name` is the one sensor to read for the total, in place of a choice."""
        self._name = name
        self._repository = Repository()
        self._values = Values()
        self._has_measured = False

    @property
    def are_known(self) -> bool:
        return self._repository.is_known

    def forget(self) -> None:
        """Learn them again at the next poll."""
        self._repository.forget()
        self._values = Values()

    async def total(self, poll: Poll) -> Power:
        """Return the power of the whole. Raises Failure if there is none.

        A supply without a value is left out of the sum, and the power is flagged `partial`. The
        sum is never added to the sensor of the whole.
        """
        choice = total_of(await self._repository.sensors(poll), self._name)
        readings = [await self._values.of(sensor, poll) for sensor in choice.sensors]
        known = [value for value in readings if value is not None]
        if not known:
            names = ", ".join(sensor.name for sensor in choice.sensors)
            raise Failure(f"no reading of {names} is available")
        power = sum(known)
        if not power and not self._has_measured and not await is_off(poll.session):
            raise Failure("its sensors say 0 W, but the machine is on")
        self._has_measured = self._has_measured or power > 0
        # A record that could not be read may be that of one more supply.
        supplies = not choice.is_sum or (choice.whole and self._repository.complete)
        whole = supplies and len(known) == len(readings)
        return Power(watts=Watts(power), source=SOURCE, flags=() if whole else ("partial",))

    async def parts(self, poll: Poll, scopes: Collection[Scope]) -> Sequence[Part]:
        """Return the powers of supplies that have a value. Raises Failure if none has."""
        sensors = await self._repository.sensors(poll)
        wanted: Mapping[Scope, Mapping[str, Sensor]] = {
            scope: side(sensors)
            for scope, side in ((Scope.PSU_INPUT, inputs_of), (Scope.PSU_OUTPUT, outputs_of))
            if scope in scopes
        }
        parts = [
            Part(
                scope=scope,
                key=key,
                name=sensor.name,
                power=Power(watts=Watts(value), source=SOURCE),
            )
            for scope, supplies in wanted.items()
            for key, sensor in supplies.items()
            if (value := await self._values.of(sensor, poll)) is not None
        ]
        if not parts:
            names = " and ".join(f"of scope {scope}" for scope in wanted)
            raise Failure(f"it has no power sensor {names} with a reading")
        return parts

    async def inlet(self, poll: Poll) -> float | None:
        """Return the temperature of the air inlet, in degrees Celsius. Raises Failure."""
        for sensor in await self._repository.sensors(poll):
            if sensor.unit is Unit.CELSIUS and sensor.entity in AIR_INLET:
                return await self._values.of(sensor, poll)
        return None
