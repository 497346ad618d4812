"""Counters of a site's energy and emissions that never go back.

They accrue what is shown of a day, from zero at the start of the process. A total that is restated
downward stands still until it is passed again. What is booked for a day after it has ended is not
in them: the ledger is the authority.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil

from agent.model import Kind, SiteNow

ENERGY = "energy"
Quantity = Kind | str


@dataclass(slots=True, kw_only=True)
class _Site:
    started: bool = False
    energy: float = 0.0
    highest: dict[Quantity, float] = field(default_factory=dict)
    accrued: dict[Quantity, float] = field(default_factory=dict)


class Accrual:
    """What has accrued of each site and quantity since the process began."""

    def __init__(self) -> None:
        self._sites: dict[str, _Site] = {}

    def after(self, now: SiteNow) -> Mapping[Quantity, float]:
        """Return the counters of a site after what is shown of it now: `ENERGY` in joules, grams
        by kind. A kind that has never been known is absent.
        """
        site = self._sites.setdefault(now.site, _Site())
        energy = now.energy_today
        # A day's energy that is refused for a while says nothing of which day it is.
        if energy is not None:
            if energy < site.energy and energy <= _of_last_hour(now):
                # Energy is added to a day and not taken away: this is another, in its first hour.
                site.highest.clear()
            site.energy = energy
        for quantity, today in _known(now).items():
            self._accrue(site, quantity, today)
        site.started = True
        return dict(site.accrued)

    @staticmethod
    def _accrue(site: _Site, quantity: Quantity, today: float) -> None:
        before = site.highest.get(quantity, 0.0)
        if not site.started:
            # What was booked before this process is in the counter of the one before it.
            before = today
        site.accrued.setdefault(quantity, 0.0)
        site.accrued[quantity] += max(today - before, 0.0)
        site.highest[quantity] = max(today, before)


def _known(now: SiteNow) -> Mapping[Quantity, float]:
    known: dict[Quantity, float] = {kind: grams for kind, grams in now.emissions_today.items()}
    if now.energy_today is not None:
        known[ENERGY] = now.energy_today
    return known


def _of_last_hour(now: SiteNow) -> float:
    """Return the energy of the day's last hour, which is all of today in a day's first hour."""
    hour = now.hour
    if hour is None:
        return 0.0
    if hour.facility is not None:
        return hour.facility
    # Rounded up: today's sum is in whole joules.
    return ceil(hour.it * hour.pue.value) if hour.it is not None and hour.pue is not None else 0.0
