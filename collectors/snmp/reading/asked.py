"""Who is asked: a device on the wire, or the recorded walk of one."""

from collections.abc import Sequence
from typing import Protocol

from collectors.snmp.wire.ber import Value


class Asked(Protocol):
    """Answers as an SNMP agent does. Its calls never overlap, and all raise Failure."""

    @property
    def address(self) -> str:
        """What to call it."""

    @property
    def bulk(self) -> bool:
        """Whether it can be asked for many rows at once."""

    async def get(self, oids: tuple[bytes, ...], *, whole: bool = False) -> dict[bytes, Value]:
        """Return the values of those OIDs that have one."""

    async def after(self, name: bytes) -> bytes:
        """Return the OID of the first object behind an OID, nothing where there is none."""

    async def walk(self, columns: Sequence[bytes], rows: int = 0) -> dict[bytes, Value]:
        """Return all values below columns."""
