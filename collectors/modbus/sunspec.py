"""SunSpec devices: the marker, the chain of models behind it, and the model that is read.

SunSpec Information Model Specification V1.9, section 6.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from collectors.modbus.failure import HOLE, Failure, Refused, Silent
from collectors.modbus.layout import Layout, Wanted, layout_of, map_of
from collectors.modbus.numbers import Place, text_of
from collectors.modbus.unit import Unit
from config.profiles.modbus import Model, Profile

MARKER = (0x5375, 0x6E53)
"""`SunS`."""

BASES = (40000, 50000, 0)
"""Where the marker may stand."""

COMMON = 1
LAST = 0xFFFF
HEAD = 2
_SERIAL = 50
_SERIAL_LENGTH = 16
# No device has so many; one that says so has a chain that goes in a circle.
_MOST_MODELS = 200


@dataclass(frozen=True, slots=True)
class Found:
    """One model of a chain."""

    id: int
    first: int
    """The register with its number."""
    length: int
    """Of what follows its number and its length."""

    @property
    def after(self) -> int:
        """The register behind it, where the next model begins."""
        return self.first + HEAD + self.length


async def base_of(unit: Unit) -> int | None:
    """Return the register with the marker; None without one. Raises Failure if it is silent."""
    for base in BASES:
        try:
            if await unit.registers("holding", base, len(MARKER)) == MARKER:
                return base
        except Refused:
            continue
        except Silent:
            # Some devices say nothing to what they do not have.
            if not unit.heard:
                raise
    return None


async def chain_of(unit: Unit, base: int) -> tuple[Found, ...]:
    """Return the models of a device, in order. Raises Failure for a chain that does not end."""
    found: list[Found] = []
    first = base + len(MARKER)
    while len(found) < _MOST_MODELS and first < LAST:
        try:
            id_, length = await unit.registers("holding", first, HEAD)
        except Refused as error:
            if error.code not in HOLE:
                raise
            # Some devices have no end of the chain.
            break
        if id_ == LAST:
            break
        found.append(Found(id_, first, length))
        first = found[-1].after
    else:
        raise Failure("its chain of SunSpec models has no end")
    return tuple(found)


def chosen(
    profile: Profile, chain: Sequence[Found], id_: int | None, instance: int
) -> tuple[Model, Found]:
    """Return the model to read: the first one that the profile knows, or the one that is asked for.

    Raises Failure, with the models that there are.
    """
    known = {number: model for model in profile.models for number in model.ids}
    fitting = [one for one in chain if one.id in known and id_ in (None, one.id)]
    if len(fitting) >= instance:
        one = fitting[instance - 1]
        return known[one.id], one
    there = ", ".join(str(one.id) for one in chain) or "none"
    wanted = "no SunSpec model of the profile" if id_ is None else f"no SunSpec model {id_}"
    which = f" number {instance}" if instance > 1 else ""
    raise Failure(f"it has {wanted}{which}: there are {there}")


async def learn(
    unit: Unit, profile: Profile, wanted: Wanted, *, id_: int | None, instance: int
) -> Layout:
    """Find the marker and the models, and return the layout. Raises Failure."""
    base = await base_of(unit)
    if base is None:
        places = ", ".join(map(str, BASES))
        raise Failure(f"it has no SunSpec marker in register {places}")
    chain = await chain_of(unit, base)
    model, found = chosen(profile, chain, id_, instance)
    # Only what the device says it has of the model is read, also of a shorter, older one.
    map_ = map_of(profile, model, blocks=((0, HEAD + found.length - 1),))
    name = f"{profile.name} model {found.id}"
    layout = layout_of(name, map_, wanted, offset=found.first, end=found.after)
    return replace(layout, serial=await _serial(unit, chain, found))


async def _serial(unit: Unit, chain: Sequence[Found], found: Found) -> str:
    """Return the serial number of the common model that a model follows; empty where there is none.

    Each device behind an inverter brings a common model of its own.
    """
    before = [one for one in chain if one.id == COMMON and one.first < found.first]
    common = before[-1] if before else None
    if common is None or common.first + _SERIAL + _SERIAL_LENGTH > common.after:
        return ""
    first = common.first + _SERIAL
    try:
        words = await unit.registers("holding", first, _SERIAL_LENGTH)
    except Refused as error:
        if error.code not in HOLE:
            raise
        return ""
    place = Place("holding", first, _SERIAL_LENGTH, "string", "high-first", "high-first")
    return text_of(place, {("holding", first + at): word for at, word in enumerate(words)})
