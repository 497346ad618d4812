"""What needs a look in a period of a site, as its ledger alone tells it."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from agent.accounting.periods.calendar import Period
from agent.accounting.site import Site
from agent.ledger import Connection
from agent.ledger.accounts.findings import findings_to_look_at
from agent.ledger.hours.meter_coverage import meter_coverages
from agent.model import Coverage, DeviceNow, MeterId, SiteHour
from agent.reports.look import ENOUGH, ODD, OF_A_DEVICE, OF_A_NODE, OF_A_REGISTER, Look, Trouble
from agent.reports.shares import NO_LIMIT
from agent.reports.terms import several
from agent.units import Joules, kwh
from agent.wording import percent


def looks_in(
    connection: Connection,
    site: Site,
    period: Period,
    hours: Sequence[SiteHour],
    states: Sequence[DeviceNow],
    *,
    now: datetime,
) -> list[Look]:
    """Return what needs a look: who is down, if the period runs; and what was wrong in it."""
    known = meter_coverages(connection, NO_LIMIT, site.name, period.start, period.end, now=now)
    own = {site.grid, site.marginal_grid, *known}
    down = [one for one in states if not one.up and one.name in own and now < period.end]
    return [
        *(_down(one) for one in down),
        *_broken(hours),
        *_odd(connection, site, period),
        *_silent(known, {one.name for one in down}),
    ]


def _down(one: DeviceNow) -> Look:
    return Look(
        kind=Trouble.DEVICE,
        name=one.name,
        since=one.since,
        what=one.error.removeprefix(f"{one.name}: ") or "does not answer",
        way_out=OF_A_DEVICE,
    )


def _broken(hours: Sequence[SiteHour]) -> Iterator[Look]:
    """Yield the nodes out of which more flows than into them, the most frequent first."""
    closed = [hour for hour in hours if hour.closed]
    times = Counter(one.node for hour in closed for one in hour.broken)
    most: dict[tuple[str, ...], int] = {}
    for one in (one for hour in closed for one in hour.broken):
        most[one.node] = max(most.get(one.node, 0), -one.energy)
    for node, count in times.most_common():
        yield Look(
            kind=Trouble.NODE,
            name=" + ".join(node),
            what=f"more flows out than in, in {several(count, 'hour')}, by "
            f"{kwh(Joules(most[node])):,.3f} kWh at most",
            way_out=OF_A_NODE,
        )


def _odd(connection: Connection, site: Site, period: Period) -> Iterator[Look]:
    found = findings_to_look_at(connection, site.name, period.start)
    times = Counter((one.meter, one.oddity) for one in found if one.at < period.end)
    for (meter, oddity), count in times.most_common():
        yield Look(
            kind=Trouble.METER,
            name=meter,
            what=ODD[oddity] + (f", {count:,} times" if count > 1 else ""),
            way_out=OF_A_REGISTER,
        )


def _silent(known: Mapping[MeterId, Coverage], down: Collection[str]) -> Iterator[Look]:
    """Yield the meters that were silent for long, the longest first."""
    least = sorted(known.items(), key=lambda item: (item[1].known, item[0]))
    for name, coverage in least:
        if coverage.known < ENOUGH and name not in down:
            yield Look(
                kind=Trouble.COVERAGE,
                name=name,
                what=f"{percent(coverage.known)} of its time is known",
                way_out="`carbond ledger repair` books what is known otherwise",
            )
