"""One machine behind its BMC: what is read of it in a poll, and what has been learnt of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from agent.clock import Clock
from agent.model import Scope
from collectors.ipmi.dcmi import Power
from collectors.ipmi.failures import PRIVILEGE, Completion, Failure, Silent
from collectors.ipmi.firmware import Firmware
from collectors.ipmi.poll import Poll
from collectors.ipmi.power import PowerSource
from collectors.ipmi.sensors import Sensors
from collectors.ipmi.settings import IpmiSettings
from collectors.ipmi.temperature import Temperature


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A power, and which part of the machine has it."""

    power: Power
    scope: Scope = Scope.TOTAL
    key: str = ""
    name: str = ""
    """What the maker calls the sensor of a part."""

    conditions: Mapping[str, float] = field(default_factory=dict)

    @property
    def part(self) -> str:
        """The end of a part's meter id."""
        return f"{self.scope}/{self.key}"


class Server:
    """Reads the total and the parts that are asked for. One of them failing leaves the other."""

    def __init__(self, settings: IpmiSettings, clock: Clock) -> None:
        self._sensors = Sensors(settings.sensor)
        self._source = PowerSource(settings.source, self._sensors, clock)
        self._firmware = Firmware(clock)
        inlet = settings.temperature == "inlet"
        self._temperature = Temperature(self._sensors, clock) if inlet else None
        self._total = Scope.TOTAL in settings.read
        self._parts = frozenset(settings.read) - {Scope.TOTAL}

    def doubt(self) -> None:
        """Look at the next poll whether it has another firmware."""
        self._firmware.doubt()

    async def read(self, poll: Poll, *, can_rise: bool) -> Sequence[Measured]:
        """Return what could be read. Raises Failure if nothing could.

        Raises Completion as well where the refusal may be mended by a higher privilege, which is
        to be had if `can_rise`.
        """
        await self._look_for_new_firmware(poll)
        measured: list[Measured] = []
        failures: list[Failure] = []
        for wanted, read in ((self._total, self._of_total), (self._parts, self._of_parts)):
            try:
                measured += await read(poll) if wanted else ()
            except Silent:
                if not measured:
                    raise
            except Failure as failure:
                if can_rise and isinstance(failure, Completion) and failure.code == PRIVILEGE:
                    raise
                failures.append(failure)
        if not measured:
            raise failures[0]
        return measured

    async def _look_for_new_firmware(self, poll: Poll) -> None:
        learnt = self._source.has_fallen_back or self._sensors.are_known
        if learnt and await self._firmware.has_changed(poll.session):
            self._source.forget()
            self._sensors.forget()

    async def _of_total(self, poll: Poll) -> Sequence[Measured]:
        power = await self._source.read(poll)
        conditions = {}
        if self._temperature is not None:
            celsius = await self._temperature.read(poll)
            if celsius is not None:
                conditions["temperature_celsius"] = float(celsius)
        return [Measured(power=power, conditions=conditions)]

    async def _of_parts(self, poll: Poll) -> Sequence[Measured]:
        parts = await self._sensors.parts(poll, self._parts)
        return [
            Measured(power=one.power, scope=one.scope, key=one.key, name=one.name) for one in parts
        ]
