"""What is asked of one device at each poll, and which meter each number belongs to."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from agent.units import JOULES_PER_KWH
from collectors.redfish.documents import Point

READING = "Reading"
PERCENT = 0.01

Condition = tuple[str, Point, float]
"""Name of a condition, where it is, and what one of it is worth in the base unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One meter: the properties that are added up to its power, and to its register."""

    suffix: str
    """What follows the device's name: nothing, or `/outlet/12`."""

    power: tuple[Point, ...] = ()
    energy: tuple[Point, ...] = ()
    """Registers, in kWh unless `worth` says otherwise."""

    worth: int = JOULES_PER_KWH
    """Joules of one of what the registers count."""

    resets: tuple[Point, ...] = ()
    """When the registers were last set to zero; none of those that never are."""

    conditions: tuple[Condition, ...] = ()
    state: Point | None = None
    """Whether an outlet or a circuit is on."""

    source: str
    """In which way it is read."""

    serial: str = ""
    """Of the equipment that it is in; empty where none is known."""

    flags: tuple[str, ...] = ()
    name: str = ""
    """What people call it."""

    @property
    def points(self) -> tuple[Point, ...]:
        """All that is read of it."""
        state = () if self.state is None else (self.state,)
        conditions = tuple(point for _, point, _ in self.conditions)
        return (*self.power, *self.energy, *self.resets, *conditions, *state)

    @property
    def measured(self) -> tuple[Point, ...]:
        """What it cannot do without."""
        return (*self.power, *self.energy, *self.resets)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A metric report (TelemetryService) that has what several resources have."""

    path: str
    covers: Mapping[str, tuple[Point, ...]]
    """Requests that need not be sent while the report has these points of them."""

    keys: Mapping[Point, str]
    """By what URI the report calls a point."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The meters of one device, and the requests that bring all their numbers."""

    plans: tuple[Plan, ...]
    requests: tuple[str, ...]
    identity: Mapping[str, str] = field(default_factory=dict)
    """Serial numbers of the equipment, by the paths of the resources that say them."""

    report: Report | None = None


def with_serial(plan: Plan, serial: str) -> Plan:
    """Return a plan whose registers are those of one piece of equipment, not of its place."""
    source = f"{plan.source}:{serial}" if serial and plan.energy else plan.source
    return replace(plan, source=source, serial=serial)
