"""Shares of a site's IT energy: by tenant, rack, room, feed, or any other tag."""

from agent.accounting.metering.pue import Hours
from agent.accounting.metering.tree import Tree
from agent.units import Joules


def shares_of(tree: Tree, site: str, hours: Hours, tag: str) -> dict[str, Joules]:
    """Return a site's IT energy by the values of a tag; what has none is under "".

    The shares add up to the site's IT energy: they are of the meters that measure it, so a server
    on two feeds belongs to the racks, or to itself, by the role that IT is measured at.
    """
    shares: dict[str, Joules] = {}
    for meter in tree.it(site):
        if meter.id in hours:
            value = meter.tags.get(tag, "")
            shares[value] = Joules(shares.get(value, 0) + hours[meter.id].energy)
    return shares
