"""How figures are written wherever people read them."""

from datetime import datetime

MISSING = "–"
"""Stands for what is not known, which is never zero."""

_NOISE = 1e-9
"""What is left where shares were added up as floats."""

_LEAST, _MOST = 0.1, 99.9


def percent(share: float) -> str:
    """Return `98.4 %` of 0.984: only all is `100.0 %`, and only nothing is `0.0 %`."""
    shown = share * 100
    if _NOISE < share < 1 - _NOISE:
        shown = min(max(shown, _LEAST), _MOST)
    return f"{shown:.1f} %"


def minute(at: datetime) -> str:
    """Return `2026-10-03 14:37`, without its zone."""
    return f"{at:%Y-%m-%d %H:%M}"
