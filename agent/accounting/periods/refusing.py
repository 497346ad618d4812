"""Refusing a total of which too little is known, in words: it is never shown smaller instead."""

from math import floor

from agent.accounting.site import Site

ROUNDING = 1e-6
"""A share this much under the least one is under it by rounding only."""


def refusal(site: Site, what: str, known: float) -> str | None:
    """Return why a figure of which this share is known is refused; None if it is not."""
    if known >= site.least_coverage - ROUNDING:
        return None
    return (
        f"{what}: {_percent(known)} is known, less than the least coverage of "
        f"{_percent(site.least_coverage)} that the settings ask of {site.name}"
    )


def _percent(share: float) -> str:
    """Return it rounded down, so that what is under a limit never reads as the limit."""
    return f"{floor(share * 10_000 + ROUNDING) / 100:g} %"
