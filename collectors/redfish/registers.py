"""Registers that were there: a meter keeps its register while that says nothing for a time."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime, timedelta

from collectors.redfish.documents import Document
from collectors.redfish.layout import Plan
from collectors.redfish.values import joules_at

GIVEN_UP = timedelta(hours=1)
"""How long a register may say nothing before another one takes its place."""


class Registers:
    """Remembers the registers of one device's meters from one learning to the next.

    A service that has just started says null where it counts. Another register, or the power alone,
    would be another source: two breaks in the count. A reading with the same source and no energy
    is none: the power is integrated, and the next count puts it right.
    """

    def __init__(self) -> None:
        self._known: dict[str, Plan] = {}
        self._lost: dict[str, datetime] = {}

    @property
    def suffixes(self) -> Set[str]:
        """Return the meters whose registers are remembered."""
        return self._known.keys()

    def kept(
        self, plans: Sequence[Plan], documents: Mapping[str, Document], now: datetime
    ) -> tuple[list[Plan], bool]:
        """Return the meters with the registers they had, and whether one has been lost so lately
        that it is to be looked for soon.

        A register that says nothing is kept until another has said something for GIVEN_UP, or
        another serial number stands in its place.
        """
        found = {plan.suffix: self._with_register(plan, documents, now) for plan in plans}
        for suffix in self._known.keys() - found.keys():
            self._lost.setdefault(suffix, now)
        lost = {suffix for suffix, since in self._lost.items() if now - since < GIVEN_UP}
        known = self._known | found
        self._known = {
            suffix: plan
            for suffix, plan in known.items()
            if plan.energy and (suffix in found or suffix in lost)
        }
        self._lost = {suffix: at for suffix, at in self._lost.items() if suffix in self._known}
        return list(found.values()), not lost.isdisjoint(self._known)

    def _with_register(self, plan: Plan, documents: Mapping[str, Document], now: datetime) -> Plan:
        before = self._known.get(plan.suffix)
        if before is None or not before.energy or before.serial != plan.serial:
            self._lost.pop(plan.suffix, None)
            return plan
        if plan.source == before.source:
            self._lost.pop(plan.suffix, None)
            # The time of a reset that is not said now still tells one register from another.
            same = plan.energy == before.energy and not plan.resets
            return replace(plan, resets=before.resets) if same else plan
        # 0 is what a lifetime shows that is not counted.
        if joules_at(documents, before.energy, before.worth):
            self._lost.pop(plan.suffix, None)
            return plan
        since = self._lost.setdefault(plan.suffix, now)
        if joules_at(documents, plan.energy, plan.worth) and now - since >= GIVEN_UP:
            del self._lost[plan.suffix]
            return plan
        return replace(
            plan,
            energy=before.energy,
            worth=before.worth,
            resets=before.resets,
            source=before.source,
        )
