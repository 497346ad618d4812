"""Reading what registers did beside counting, as it was found."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from agent.ledger.file import open_reader
from agent.ledger.meters import COLUMNS, meter_of
from agent.ledger.names import meter_named
from agent.ledger.times import from_millis
from agent.model import Finding, Meter, MeterId, Oddity
from agent.units import Joules


def findings_of(path: Path, meter: str | None = None) -> list[tuple[Meter, Finding]]:
    """Return the findings of all meters, or of one, each with its meter, in order of time.

    Raises ConfigError if there is no ledger that can be read, or no such meter in it.
    """
    with closing(open_reader(path)) as connection:
        if meter is not None:
            meter_named(connection, meter)
        rows = connection.execute(
            f"SELECT at_ms, oddity, before_j, now_j, energy_j, {COLUMNS} FROM finding"  # noqa: S608 a constant
            " JOIN meter ON number = meter WHERE ?1 IS NULL OR id = ?1 ORDER BY at_ms, id",
            (meter,),
        )
        return [(found := meter_of(row[5:]), _finding(found.id, row[:5])) for row in rows]


def _finding(name: MeterId, row: Sequence[Any]) -> Finding:
    at, oddity, before, now, energy = row
    return Finding(
        meter=name,
        at=from_millis(at),
        oddity=Oddity(oddity),
        before=_joules(before),
        now=_joules(now),
        energy=_joules(energy),
    )


def _joules(value: int | None) -> Joules | None:
    return None if value is None else Joules(value)
