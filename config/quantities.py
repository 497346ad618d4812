"""Times, sizes, shares, masses, ratings and zones of time as people write them.

Each function raises ValueError in words that go on from the name of the key: `must be a time ...`.
"""

import difflib
import re
from collections.abc import Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

SHORTEST = timedelta(milliseconds=1)
LONGEST = timedelta(days=36_525)
LARGEST = 10**18

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
_SIZES = {"kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_MASSES = {"g": 1.0, "kg": 10.0**3, "t": 10.0**6, "kt": 10.0**9}
_POWERS = {"W": 1.0, "kW": 10.0**3, "MW": 10.0**6}
_CURRENTS = {"A": 1.0, "kA": 10.0**3}
_TIME = "must be a time with its unit, such as 60s, 5m, 1h or 100d"
_SHARE = "must be a share such as 0.01, or 1 %"
_SIZE = "must be a size with its unit, such as 500MB or 20GB"
_MASS = "must be a mass with its unit, such as 800 kg or 2 t"
_POWER = "must be a power with its unit, such as 7.4 kW"
_CURRENT = "must be a current with its unit, such as 32 A"


def duration_of(value: object) -> timedelta:
    """Return the time of `60s`, `5m`, `1h`, `100d` or `250ms`: above zero, at most a century."""
    if isinstance(value, timedelta):
        return value
    match = re.fullmatch(r"([0-9]{1,12}(?:\.[0-9]{1,9})?)\s*(ms|s|m|h|d)", _text(value))
    if match is None:
        raise ValueError(f"{_TIME}, not {_shown(value)}")
    seconds = float(match[1]) * _UNITS[match[2]]
    if not SHORTEST.total_seconds() <= seconds <= LONGEST.total_seconds():
        raise ValueError(f"must be from 1ms to {LONGEST.days}d, not {_shown(value)}")
    return timedelta(seconds=seconds)


def size_of(value: object) -> int:
    """Return the bytes of `500MB` or `20GB`; the prefixes are decimal."""
    match = re.fullmatch(r"([0-9]{1,18}(?:\.[0-9]{1,9})?)\s*(kB|MB|GB|TB)", _text(value))
    if match is None:
        raise ValueError(f"{_SIZE}, not {_shown(value)}")
    size = int(float(match[1]) * _SIZES[match[2]])
    if not 0 < size <= LARGEST:
        raise ValueError(f"must be above zero and at most 1000000TB, not {_shown(value)}")
    return size


def share_of(value: object) -> float:
    """Return the share of `0.01`, `1%` or `1 %`: from 0 to 1."""
    match = re.fullmatch(
        r"([0-9]{1,3}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})((?:e-[0-9]{1,3})?)\s*(%?)", _text(value)
    )
    if match is None:
        raise ValueError(f"{_SHARE}, not {_shown(value)}")
    share = float(match[1] + match[2]) / (100 if match[3] else 1)
    if share > 1:
        raise ValueError(f"{_SHARE}, from 0 to 1, not {_shown(value)}")
    return share


def mass_of(value: object) -> float:
    """Return the grams of `800 kg` or `2 t`: above zero."""
    return _measured(value, _MASSES, _MASS)


def power_of(value: object) -> float:
    """Return the watts of `7.4 kW`: above zero."""
    return _measured(value, _POWERS, _POWER)


def current_of(value: object) -> float:
    """Return the amperes of `32 A`: above zero."""
    return _measured(value, _CURRENTS, _CURRENT)


def _measured(value: object, units: Mapping[str, float], text: str) -> float:
    match = re.fullmatch(r"([0-9]{1,12}(?:\.[0-9]{1,9})?)\s*([A-Za-z]{1,2})", _text(value))
    if match is None or match[2] not in units:
        raise ValueError(f"{text}, not {_shown(value)}")
    amount = float(match[1]) * units[match[2]]
    if not amount:
        raise ValueError(f"must be above zero, not {_shown(value)}")
    return amount


def timezone_of(name: str) -> str:
    """Return the name if the IANA data base of time zones has it."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError, ValueError) as error:
        near = difflib.get_close_matches(name[:80], available_timezones(), n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        example = "must be a zone of the IANA data base, such as Europe/Berlin"
        raise ValueError(f"{example}, not {_shown(name)}{hint}") from error
    return name


def _text(value: object) -> str:
    return str(value).strip() if isinstance(value, str | int | float) else ""


def _shown(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case dict():
            return "a mapping"
        case list() | tuple():
            return "a list"
        case str():
            return f'"{value[:40]}"' if value.isprintable() else "what stands here"
    return str(value)[:40]
