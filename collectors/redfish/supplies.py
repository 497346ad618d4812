"""Power supplies: of a server by two generations of the schema, and of a power shelf."""

from collections.abc import Iterator
from dataclasses import dataclass

from agent.model import Scope
from collectors.redfish.documents import Document, Point, number_of, text_of, value_at
from collectors.redfish.keys import keys_of
from collectors.redfish.layout import READING, Condition, Plan
from collectors.redfish.quantities import Energy, Pointer, conditions_at, energy_at, power_at
from collectors.redfish.reader import Reader
from collectors.redfish.values import sum_at

ABSENT = "Absent"
WORKING = frozenset({"", "Enabled"})
"""States in which a supply must say its power; one that says no state is taken to work."""

WAY = "power-supply"
NO_ENERGY = Energy()

_METRICS: tuple[tuple[str, Pointer, float], ...] = (
    ("voltage_volts", ("InputVoltage", READING), 1),
    ("current_amperes", ("InputCurrentAmps", READING), 1),
    ("frequency_hertz", ("FrequencyHz", READING), 1),
    ("temperature_celsius", ("TemperatureCelsius", READING), 1),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """One power supply that is there."""

    key: str
    name: str
    state: str
    input: tuple[Point, ...]
    output: tuple[Point, ...]
    energy: Energy = NO_ENERGY
    conditions: tuple[Condition, ...] = ()


UNREAD = Supply(key="", name="", state="", input=(), output=())


async def supplies_in(reader: Reader, owner: Document) -> list[Supply]:
    """Return the supplies of a PowerSubsystem or a power shelf, by their metrics.

    One that cannot be read now is among them, and says nothing: without it there is no sum.
    """
    found = []
    refusals = len(reader.refusals)
    members = await reader.members(owner, "PowerSupplies")
    if len(reader.refusals) > refusals:
        found.append(UNREAD)
    for key, (place, document) in zip(keys_of(members), members, strict=True):
        if value_at(document, ("Status", "State")) != ABSENT:
            path, metrics = await reader.follow(document, "Metrics") or (place, {})
            found.append(_of_metrics(key, document, path, metrics))
    return found


def _of_metrics(key: str, document: Document, path: str, metrics: Document) -> Supply:
    return Supply(
        key=key,
        name=text_of(document, "UserLabel", "Name"),
        state=_state_of(document),
        input=power_at(path, metrics, ("InputPowerWatts", READING)),
        output=power_at(path, metrics, ("OutputPowerWatts", READING)),
        energy=energy_at(path, metrics, "EnergykWh"),
        conditions=conditions_at(path, metrics, _METRICS),
    )


def supplies_of(path: str, power: Document) -> list[Supply]:
    """Return the supplies that stand in a Power resource (deprecated in 2020.4, still common)."""
    supplies = power.get("PowerSupplies")
    listed = enumerate(supplies if isinstance(supplies, list) else ())
    there = [(str(index), one) for index, one in listed if isinstance(one, dict)]
    return [
        _of_power(path, key, int(index), document, power)
        for key, (index, document) in zip(keys_of(there), there, strict=True)
        if value_at(document, ("Status", "State")) != ABSENT
    ]


def _of_power(path: str, key: str, index: int, document: Document, power: Document) -> Supply:
    place: Pointer = ("PowerSupplies", index)
    inputs = [(*place, *one) for one in (("PowerInputWatts",), *_oem(document, "PowerInputWatts"))]
    outputs = [(*place, name) for name in ("PowerOutputWatts", "LastPowerOutputWatts")]
    voltage = ("voltage_volts", (*place, "LineInputVoltage"), 1.0)
    return Supply(
        key=key,
        name=text_of(document, "Name"),
        state=_state_of(document),
        input=() if _is_rating(document) else power_at(path, power, *inputs),
        output=power_at(path, power, *outputs),
        conditions=conditions_at(path, power, (voltage,)),
    )


def _oem(document: Document, name: str) -> Iterator[Pointer]:
    """Yield where a property stands under Oem, whoever the maker is."""
    oem = document.get("Oem")
    for maker, part in oem.items() if isinstance(oem, dict) else ():
        if isinstance(part, dict) and name in part:
            yield ("Oem", maker, name)


def _is_rating(document: Document) -> bool:
    """Tell whether PowerInputWatts is what the supply can take: older BMCs write it there.

    They know no output, and the number is more than the supply can give.
    """
    power, most = (
        number_of(document.get(name)) for name in ("PowerInputWatts", "PowerCapacityWatts")
    )
    outputs = [document.get(name) for name in ("PowerOutputWatts", "LastPowerOutputWatts")]
    known = any(number_of(one) is not None for one in outputs)
    return not known and power is not None and most is not None and power >= most


def _state_of(document: Document) -> str:
    return str(value_at(document, ("Status", "State")) or "")


def plans_of(supplies: list[Supply], scopes: frozenset[Scope], prefix: str = "") -> Iterator[Plan]:
    """Yield the meters of supplies: what goes in, and what comes out."""
    for supply in supplies:
        if Scope.PSU_INPUT in scopes and (supply.input or supply.energy.points):
            yield Plan(
                suffix=f"/{Scope.PSU_INPUT}/{prefix}{supply.key}",
                power=supply.input,
                energy=supply.energy.points,
                worth=supply.energy.worth,
                resets=supply.energy.resets,
                conditions=supply.conditions,
                source="/".join(filter(None, (WAY, supply.energy.kind))),
                name=supply.name,
            )
        if Scope.PSU_OUTPUT in scopes and supply.output:
            yield Plan(
                suffix=f"/{Scope.PSU_OUTPUT}/{prefix}{supply.key}",
                power=supply.output,
                source=WAY,
                name=supply.name,
            )


def inputs_of(reader: Reader, supplies: list[Supply]) -> tuple[tuple[Point, ...], bool] | None:
    """Return the inputs that add up to what a machine draws, and whether one is left out.

    One that does not work and says nothing is left out; None if one that works says nothing.
    """
    points: list[Point] = []
    partial = False
    for supply in supplies:
        if supply.input and sum_at(reader.documents, supply.input) is not None:
            points += supply.input
        elif supply.state in WORKING:
            return None
        else:
            partial = True
    return (tuple(points), partial) if points else None
