"""What of an account is seldom there, in one column: a count that is held, a stuck register, where
a daily one stands in its day.

{"day": {"at_ms": …, "eve_j": …, "gaps": [[start_ms, end_ms], …]},
 "stuck": true, "since_ms": …, "shape_j": …, "held": [[minute_s, at_ms, power_w], …],
 "suspect": {"at_ms": …, "energy_j": …, "shape_j": …, "after_j": …, "seen": …,
             "others": [[at_ms, energy_j], …]}}
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from agent.accounting.registers.marks import Day, Mark, Pending, Suspect
from agent.ledger.times import from_millis, from_seconds, millis_of, seconds_of
from agent.units import Joules, Watts

NOTHING = "{}"

Held = Mapping[datetime, tuple[datetime, Watts | None]]
"""By minute, times and powers of readings whose count is held back."""


def state_of(mark: Mark, held: Held) -> str:
    """Return the column's text; NOTHING for nearly all accounts."""
    if mark.pending is None and mark.day is None and not mark.stuck:
        return NOTHING
    found: dict[str, Any] = {}
    if mark.stuck:
        found["stuck"] = True
    if mark.day is not None:
        found["day"] = _day_row(mark.day)
    if mark.pending is not None:
        found["since_ms"] = millis_of(mark.pending.since)
        found["shape_j"] = mark.pending.shape
        found["held"] = [
            [seconds_of(minute), millis_of(at), power] for minute, (at, power) in held.items()
        ]
        if mark.pending.suspect is not None:
            found["suspect"] = _suspect_row(mark.pending.suspect)
    return json.dumps(found)


def _day_row(day: Day) -> dict[str, Any]:
    return {
        "at_ms": millis_of(day.at),
        "eve_j": day.eve,
        "gaps": [[millis_of(start), millis_of(end)] for start, end in day.gaps],
    }


def read_day(text: str) -> Day | None:
    """Return where a daily register stands in its day; None of all others."""
    found = None if text == NOTHING else json.loads(text).get("day")
    if found is None:
        return None
    return Day(
        at=from_millis(found["at_ms"]),
        eve=found["eve_j"],
        gaps=tuple((from_millis(start), from_millis(end)) for start, end in found["gaps"]),
    )


def _suspect_row(suspect: Suspect) -> dict[str, Any]:
    return {
        "at_ms": millis_of(suspect.at),
        "energy_j": suspect.energy,
        "shape_j": suspect.shape,
        "after_j": suspect.after,
        "seen": suspect.seen,
        "others": [[millis_of(at), energy] for at, energy in suspect.others],
    }


def read_state(
    text: str,
) -> tuple[bool, Pending | None, dict[datetime, tuple[datetime, Watts | None]]]:
    """Return whether the register is stuck, what waits for the next count, and what was held."""
    if text == NOTHING:
        return False, None, {}
    found = json.loads(text)
    pending = None
    if "since_ms" in found:
        suspect = found.get("suspect")
        pending = Pending(
            since=from_millis(found["since_ms"]),
            shape=found["shape_j"],
            suspect=None if suspect is None else _suspect(suspect),
        )
    held = {
        from_seconds(minute): (from_millis(at), None if power is None else Watts(power))
        for minute, at, power in found.get("held", ())
    }
    return bool(found.get("stuck")), pending, held


def _suspect(row: Mapping[str, Any]) -> Suspect:
    return Suspect(
        at=from_millis(row["at_ms"]),
        energy=Joules(row["energy_j"]),
        shape=row["shape_j"],
        after=row["after_j"],
        seen=row["seen"],
        others=tuple((from_millis(at), Joules(energy)) for at, energy in row["others"]),
    )
