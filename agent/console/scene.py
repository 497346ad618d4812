"""What a site looks like now, from the present and from the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from agent.accounting.metering.tree import Tree
from agent.console.desk import Desk
from agent.console.standing import Standing, standing_of
from agent.console.troubles import Scene
from agent.ledger import Connection
from agent.ledger.accounts.findings import findings_to_look_at
from agent.ledger.hours.site_hours import newest
from agent.ledger.readers import Budget
from agent.model import HOUR, MeterNow, Now, Scope, SiteNow

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Outlook:
    """The present of all sites, taken in the loop and looked at in a reader's thread: of a hundred
    thousand outlets that takes a while.
    """

    now: Now
    tree: Tree
    standing: Standing

    @cached_property
    def read(self) -> Mapping[str, MeterNow]:
        """What the totals of devices said last, by device."""
        return {one.meter.device: one for one in self.now.meters if one.meter.scope is Scope.TOTAL}

    def scene(self, connection: Connection, budget: Budget, site: SiteNow) -> Scene:
        """Return what a site looks like. Raises TooMuch."""
        at = self.now.at
        budget.spend(DAY // HOUR)
        own = [name for name, one in self.tree.totals.items() if one.site == site.site]
        return Scene(
            site=self.tree.sites[site.site],
            now=site,
            at=at,
            meters={name: self.read.get(name) for name in own},
            standing=self.standing,
            hours=newest(connection, site.site, at - DAY, at),
            findings=findings_to_look_at(connection, site.site, at - DAY),
        )


async def outlook_of(desk: Desk) -> Outlook:
    """Return the present of all sites."""
    return Outlook(now=await desk.now(), tree=desk.ledger.tree, standing=standing_of(desk))
