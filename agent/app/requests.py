"""What a person may ask of the ledger: from words to a request, and from its result to data.

The words are those of the command line, and of the JSON that reaches a running daemon.
"""

import re
from collections.abc import Mapping
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from agent.accounting.hours import hour_of
from agent.errors import ConfigError
from agent.ledger import ClosedPeriod, Closure, Ledger, Repair, Repaired
from agent.model import Finding, Meter, MeterId, Quantity
from agent.units import JOULES_PER_KWH, JOULES_PER_WH, MILLILITRES_PER_LITRE, Joules

Request = Repair | Closure

LONGEST_NAME = 100
LONGEST_REASON = 1000
LONGEST_METER = 400

_ENERGY = frozenset({Quantity.ELECTRICITY, Quantity.HEAT})
_WATER = frozenset({Quantity.WATER})

_UNITS: Mapping[str, tuple[int, frozenset[Quantity]]] = {
    "J": (1, _ENERGY),
    "Wh": (JOULES_PER_WH, _ENERGY),
    "kWh": (JOULES_PER_KWH, _ENERGY),
    "MWh": (1000 * JOULES_PER_KWH, _ENERGY),
    "L": (MILLILITRES_PER_LITRE, _WATER),
    "m3": (1000 * MILLILITRES_PER_LITRE, _WATER),
}
_AMOUNT = re.compile(rf"([0-9]{{1,18}}(?:\.[0-9]{{1,18}})?) ?({'|'.join(_UNITS)})")

_NEARLY = re.compile(r"([0-9]{1,18})([.,][0-9]{1,18})? ?([A-Za-z]{1,3}3?)")


def request_of(words: Mapping[str, object]) -> Request:
    """Return what the words ask for. Raises ConfigError for what nobody can do."""
    match words.get("do"):
        case "repair":
            return _repair(words)
        case "close":
            return _closing(words)
    raise ConfigError(
        f"no such request {str(words.get('do'))[:40]!r}: this carbond knows repair and close; is "
        "the other one of the same version?"
    )


async def carry_out(request: Request, ledger: Ledger) -> dict[str, Any]:
    """Do what is asked, and return the result as data. It is on disk then.

    Raises ConfigError if it cannot be done, Unavailable if the disk is full.
    """
    if isinstance(request, Repair):
        return repair_data(await ledger.repair(request))
    return period_data(await ledger.close_period(request))


def _repair(words: Mapping[str, object]) -> Repair:
    energy, measures = _amount(words.get("energy"))
    return Repair(
        meter=MeterId(_words(words, "meter", LONGEST_METER)),
        start=hour_in(words.get("from"), "--from"),
        end=hour_in(words.get("to"), "--to"),
        energy=energy,
        measures=measures,
        despite_size=words.get("despite_size") is True,
        who=_words(words, "who", LONGEST_NAME),
        why=_words(words, "why", LONGEST_REASON),
    )


def _closing(words: Mapping[str, object]) -> Closure:
    return Closure(
        site=_words(words, "site", LONGEST_NAME),
        month=_words(words, "month", LONGEST_NAME),
        who=_words(words, "who", LONGEST_NAME),
        why=_words(words, "why", LONGEST_REASON),
        despite_coverage=words.get("despite_coverage") is True,
    )


def _words(words: Mapping[str, object], name: str, longest: int) -> str:
    """Return text of one line that people can read: it is what an auditor will see."""
    text = words.get(name)
    text = text.strip() if isinstance(text, str) else ""
    if not text or len(text) > longest or not text.isprintable():
        raise ConfigError(
            f"--{name} must be text of one line, from 1 to {longest} letters: an auditor reads it"
        )
    return text


def hour_in(text: object, option: str) -> datetime:
    """Return the UTC hour of `2026-10-03T14`, or with an offset of `2026-10-03T16+02:00`.

    Raises ConfigError, which names the option, for what is none.
    """
    hour = _utc(text)
    if hour is None or hour != hour_of(hour):
        raise ConfigError(
            f"{option} {str(text)[:40]!r}: must be a whole hour in UTC, such as 2026-10-03T14, or "
            "with an offset that makes it one, such as 2026-10-03T16:00+02:00"
        )
    return hour


def moment_in(text: object, option: str) -> datetime:
    """Return the time of `2026-10-03T14:37`, which is UTC where no offset says otherwise.

    A day is its beginning. Raises ConfigError, which names the option, for what is none.
    """
    at = _utc(text)
    if at is None:
        raise ConfigError(
            f"{option} {str(text)[:40]!r}: must be a time in UTC, such as 2026-10-20 or "
            "2026-10-20T08:00, or with its offset, such as 2026-10-20T10:00+02:00"
        )
    return at


def _utc(text: object) -> datetime | None:
    """Return the time that a text is; None if it is none that has years before it and after it."""
    try:
        at = datetime.fromisoformat(text if isinstance(text, str) else "")
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at if MINYEAR < at.year < MAXYEAR else None


def _amount(text: object) -> tuple[Joules | None, frozenset[Quantity]]:
    """Return joules or millilitres, and what can be measured in their unit; None for unknown."""
    if text is None:
        return None, frozenset(Quantity)
    match = _AMOUNT.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise ConfigError(
            f"--energy {str(text)[:40]!r}: must be a number that is not below zero with its unit, "
            f"one of J, Wh, kWh and MWh, of water L and m3, such as 12.5kWh{_meant(text)}"
        )
    factor, measures = _UNITS[match[2]]
    return Joules(round(Decimal(match[1]) * factor)), measures


def _meant(text: object) -> str:
    """Return the question after what is an amount but for its letters' case or its comma."""
    near = _NEARLY.fullmatch(text.strip()) if isinstance(text, str) else None
    units = {unit.lower(): unit for unit in _UNITS}
    if near is None or near[3].lower() not in units:
        return ""
    whole, part, unit = near[1], near[2] or "", units[near[3].lower()]
    meant = [f"{whole}.{part[1:]}{unit}" if part else f"{whole}{unit}"]
    # One comma before three digits may stand for thousands as well.
    if part.startswith(",") and len(part) == len(",000"):
        meant.append(f"{whole}{part[1:]}{unit}")
    return f": did you mean {' or '.join(meant)}?"


def repair_data(repaired: Repaired) -> dict[str, Any]:
    """Return a booked repair as data for programs."""
    unit = repaired.quantity.suffix
    return {
        "repair": repaired.number,
        "meter": repaired.meter,
        "from": repaired.start.isoformat(),
        "to": repaired.end.isoformat(),
        "hours": (repaired.end - repaired.start) // timedelta(hours=1),
        f"energy_{unit}": repaired.energy,
        f"before_{unit}": repaired.before,
        "who": repaired.who,
        "why": repaired.why,
        "at": repaired.at.isoformat(),
    }


def finding_data(meter: Meter, found: Finding) -> dict[str, Any]:
    """Return what a register did beside counting as data for programs."""
    unit = meter.quantity.suffix
    return {
        "meter": found.meter,
        "at": found.at.isoformat(),
        "oddity": found.oddity,
        f"before_{unit}": found.before,
        f"now_{unit}": found.now,
        f"energy_{unit}": found.energy,
    }


def period_data(closed: ClosedPeriod) -> dict[str, Any]:
    """Return a closed period as data for programs."""
    return {
        "site": closed.site,
        "month": closed.name,
        "from": closed.start.isoformat(),
        "to": closed.end.isoformat(),
        "closed_at": closed.at.isoformat(),
        "who": closed.who,
        "why": closed.why,
        "reported": dict(closed.figures),
    }
