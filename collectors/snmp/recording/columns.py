"""Columns whose values are private by what they mean, and columns of numbers."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from collectors.snmp.reading.pattern import column_of, row_of
from collectors.snmp.recording.forms import Kind
from collectors.snmp.wire.ber import arcs_of, oid
from config.profiles import Profile

STANDARD: Mapping[str, Kind] = {
    "1.3.6.1.2.1.1.4.{row}": Kind.CONTACT,
    "1.3.6.1.2.1.1.5.{row}": Kind.NAME,
    "1.3.6.1.2.1.1.6.{row}": Kind.LOCATION,
    # UPS-MIB: upsIdentName, upsIdentAttachedDevices.
    "1.3.6.1.2.1.33.1.1.5.{row}": Kind.NAME,
    "1.3.6.1.2.1.33.1.1.6.{row}": Kind.NAME,
    # ENTITY-MIB: entPhysicalSerialNum, Alias, AssetID, Uris, UUID.
    "1.3.6.1.2.1.47.1.1.1.1.11.{row}": Kind.SERIAL,
    "1.3.6.1.2.1.47.1.1.1.1.14.{row}": Kind.ASSET,
    "1.3.6.1.2.1.47.1.1.1.1.15.{row}": Kind.ASSET,
    "1.3.6.1.2.1.47.1.1.1.1.18.{row}": Kind.SERIAL,
    "1.3.6.1.2.1.47.1.1.1.1.19.{row}": Kind.UUID,
    # ENERGY-OBJECT-CONTEXT-MIB: eoMgmtDNSName, eoDomainName, eoRoleDescription, eoKeywords,
    # eoAlternateKey.
    "1.3.6.1.2.1.231.1.1.1.7.{row}": Kind.HOST,
    "1.3.6.1.2.1.231.1.1.1.8.{row}": Kind.NAME,
    "1.3.6.1.2.1.231.1.1.1.9.{row}": Kind.NAME,
    "1.3.6.1.2.1.231.1.1.1.10.{row}": Kind.NAME,
    "1.3.6.1.2.1.231.1.1.1.13.{row}": Kind.NAME,
}

_SYSTEM = oid("1.3.6.1.2.1.1")
_ENTITY = oid("1.3.6.1.2.1.47")
_PATTERN = re.compile(r'"(1\.3\.6\.1\.[0-9a-z.{}]+)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which columns are private, and which hold numbers or models, by patterns of OIDs."""

    private: Sequence[tuple[bytes, str, Kind]]
    numbers: tuple[bytes, ...]
    models: tuple[bytes, ...]

    def kind_of(self, name: bytes) -> Kind | None:
        """Return what the value of an object is, None for what is not private by its column."""
        for column, pattern, kind in self.private:
            if name.startswith(column) and row_of(pattern, arcs_of(name)) is not None:
                return kind
        return None

    def is_number(self, name: bytes) -> bool:
        """Return whether a profile reads the object as a number."""
        return name.startswith(self.numbers)

    def is_model(self, name: bytes) -> bool:
        """Return whether a profile reads the object as a maker or a model."""
        return name.startswith(self.models)


def columns_of(known: Iterable[Profile]) -> Columns:
    """Return the columns of the standard MIBs and of all profiles."""
    profiles = list(known)
    private = dict(STANDARD)
    private |= {name: Kind.NAME for name in _names(profiles)}
    private |= {one.serial: Kind.SERIAL for one in profiles if one.serial}
    numbers = {
        column_of(quantity.oid)
        for profile in profiles
        for meter in profile.meters
        for quantity in meter.quantities
    }
    return Columns(
        private=[(column_of(pattern), pattern, kind) for pattern, kind in private.items()],
        numbers=tuple(numbers),
        models=tuple(
            column_of(fact.oid)
            for profile in profiles
            for fact in (*profile.vendor, *profile.model)
            if fact.oid and not column_of(fact.oid).startswith(_SYSTEM)
        ),
    )


def _names(profiles: Sequence[Profile]) -> Iterator[str]:
    """Yield the columns of names that people gave, but for those that tell a row's meaning.

    ENTITY-MIB's names are its parts', and other profiles know rows by them.
    """
    named = Counter(
        meter.name for profile in profiles for meter in profile.meters if meter.name is not None
    )
    written = Counter(
        column_of(pattern)
        for profile in profiles
        for pattern in _PATTERN.findall(profile.model_dump_json())
    )
    of_names = Counter({column_of(pattern): 0 for pattern in named})
    for pattern, count in named.items():
        of_names[column_of(pattern)] += count
    for pattern in named:
        column = column_of(pattern)
        if written[column] == of_names[column] and not column.startswith(_ENTITY):
            yield pattern
