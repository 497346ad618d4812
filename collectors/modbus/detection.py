"""Finding the profile of a device that the settings do not name.

Only what is certain counts: the SunSpec marker, identification registers, and the names of the
device identification (function 43/14). No profile is guessed from a value.
"""

import re
from collections.abc import Mapping

from collectors.modbus.failure import Failure, Refused, Silent
from collectors.modbus.numbers import Place, place_of, raw_of, text_of, value_of
from collectors.modbus.sunspec import base_of
from collectors.modbus.unit import Unit
from config.profiles.modbus import Identity, Names, Profile, Sign
from config.profiles.modbus.schema import Function


class Detection:
    """What has been asked for, so that nothing is asked for twice."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._read: dict[tuple[Function, int, int], tuple[int, ...] | None] = {}
        self._names: tuple[str, str] | None = None
        self._asked_names = False

    async def profile(self, known: Mapping[str, Profile]) -> Profile:
        """Return the profile. Raises Failure, with the way out, if it is not certain."""
        sunspec = next((one for one in known.values() if one.models), None)
        if sunspec is not None and await self._has_marker():
            return sunspec
        for profile in known.values():
            for identity in profile.identify:
                if await self._is(identity, profile):
                    return profile
        names = await self._named()
        said = f" It says that it is {' '.join(names)!r}." if names and any(names) else ""
        raise Failure(
            "it does not say what it is in a way that a profile knows: write profile: NAME "
            f"(there are {', '.join(known)}), or its registers.{said}"
        )

    async def _has_marker(self) -> bool:
        try:
            return await base_of(self._unit) is not None
        except Silent as error:
            raise Silent(
                f"{error}; some devices say nothing to what they do not have, and must be named: "
                "write profile: NAME"
            ) from error

    async def _is(self, identity: Identity, profile: Profile) -> bool:
        for sign in identity.registers:
            if not await self._has(sign, place_of(sign, profile)):
                return False
        return identity.names is None or _match(identity.names, await self._named())

    async def _has(self, sign: Sign, place: Place) -> bool:
        words = await self._words(place.function, place.first, place.length)
        if words is None:
            return False
        registers = {(place.function, place.first + at): word for at, word in enumerate(words)}
        if sign.pattern is not None:
            return re.match(sign.pattern, text_of(place, registers)) is not None
        raw = raw_of(place, registers)
        return raw is not None and value_of(place.type, raw) in sign.values

    async def _words(self, function: Function, first: int, count: int) -> tuple[int, ...] | None:
        key = (function, first, count)
        if key not in self._read:
            try:
                self._read[key] = await self._unit.registers(function, first, count)
            except Refused:
                self._read[key] = None
            except Silent:
                # Some devices say nothing to what they do not have.
                if not self._unit.heard:
                    raise
                self._read[key] = None
        return self._read[key]

    async def _named(self) -> tuple[str, str] | None:
        if not self._asked_names:
            self._asked_names = True
            try:
                self._names = await self._unit.names()
            except (Refused, Silent):
                if not self._unit.heard:
                    raise
        return self._names


def _match(names: Names, said: tuple[str, str] | None) -> bool:
    if said is None:
        return False
    vendor, product = said
    return bool(re.match(names.vendor, vendor) and re.match(names.product, product))
