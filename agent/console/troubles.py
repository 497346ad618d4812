"""What needs a look: what is wrong, since when, and what a person can do about it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.accounting.site import Site
from agent.console.standing import Standing
from agent.model import (
    HOUR,
    DeviceNow,
    Finding,
    Kind,
    Metered,
    MeterNow,
    Residual,
    SiteHour,
    SiteNow,
)
from agent.reports.look import ENOUGH, ODD, OF_A_DEVICE, OF_A_NODE, OF_A_REGISTER, Look, Trouble
from agent.units import kwh
from agent.wording import minute, percent

SILENT = timedelta(minutes=17)
"""A meter of a device that answers may be silent so long: some are read each quarter of an hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a site looks like now."""

    site: Site
    now: SiteNow
    at: datetime
    meters: Mapping[str, MeterNow | None]
    """The totals of its devices, by device; None of one that was never read."""

    standing: Standing
    hours: Sequence[SiteHour]
    """Of the last day, in order."""

    findings: Sequence[Finding]
    """Of the last day: what somebody should look at."""


def looks_of(scene: Scene) -> list[Look]:
    """Return what needs a look at a site, the worst first, each thing once."""
    found = [
        *_ledger(scene),
        *_devices(scene),
        *_grids(scene),
        *_exporters(scene),
        *_nodes(scene),
        *_coverage(scene),
        *_meters(scene),
    ]
    return sorted({one.key: one for one in found}.values(), key=lambda one: one.key)


def _ledger(scene: Scene) -> Iterator[Look]:
    state = scene.standing.ledger
    if state is not None and not state.up:
        yield Look(
            kind=Trouble.LEDGER,
            name="ledger",
            since=state.since,
            what=f"nothing can be booked: {state.error}",
            way_out="free some space on its disk, or lower `ledger.keep` in the settings",
        )


def _devices(scene: Scene) -> Iterator[Look]:
    for name in scene.meters:
        state = scene.standing.devices.get(name)
        if state is not None and not state.up:
            yield _down(
                Trouble.DEVICE,
                state,
                "does not answer",
                OF_A_DEVICE,
            )


def _down(kind: Trouble, state: DeviceNow, what: str, way_out: str) -> Look:
    return Look(
        kind=kind,
        name=state.name,
        since=state.since,
        what=f"{what}: {state.error}",
        way_out=way_out,
    )


def _grids(scene: Scene) -> Iterator[Look]:
    site = scene.site
    for name in filter(None, (site.grid, site.marginal_grid)):
        state = scene.standing.grids.get(name)
        if state is not None and not state.up:
            way_out = "look at its token, its quota and the way to the internet; hours are computed"
            yield _down(
                Trouble.GRID, state, "tells no intensity", f"{way_out} again once it answers"
            )
    hour = _settled(scene)
    if site.grid and hour is not None and Kind.DIRECT not in hour.intensities:
        yield Look(
            kind=Trouble.GRID,
            name=site.grid,
            since=hour.hour,
            what=f"has no intensity for the hour from {minute(hour.hour)} UTC: there are no "
            "emissions without one",
            way_out="it may only be late; else allow a stand-in with `fallback` of the site",
        )


def _settled(scene: Scene) -> SiteHour | None:
    """Return the newest hour that is over; before there is one the running hour, once it has run
    for a while: what it lacks in its first minutes is on its way.
    """
    closed = [hour for hour in scene.hours if hour.closed]
    if closed:
        return closed[-1]
    running = scene.now.hour
    return running if running and scene.at - running.hour > SILENT else None


def _exporters(scene: Scene) -> Iterator[Look]:
    for state in scene.standing.exporters.values():
        if not state.up:
            yield _down(
                Trouble.EXPORTER,
                state,
                "takes nothing",
                "look at its address and its token: what waits for it is kept, and sent once it "
                "answers",
            )


def _nodes(scene: Scene) -> Iterator[Look]:
    closed = [hour for hour in scene.hours if hour.closed]
    for one in closed[-1].broken if closed else ():
        yield Look(
            kind=Trouble.NODE,
            name=" + ".join(one.node),
            since=_broken_since(closed, one.node),
            what=f"{_excess(one)} in the hour from {minute(closed[-1].hour)} UTC",
            way_out=OF_A_NODE,
        )


def _excess(one: Residual) -> str:
    return (
        f"{kwh(one.energy):,.3f} kWh: more flows out than in, and its meters may err by "
        f"± {kwh(one.bound):,.3f} kWh"
    )


def _broken_since(hours: Sequence[SiteHour], node: tuple[str, ...]) -> datetime:
    """Return the first of the hours up to the last one in which a node was broken all the time."""
    since = hours[-1].hour
    for hour in reversed(hours):
        if hour.hour < since - HOUR or all(one.node != node for one in hour.broken):
            break
        since = hour.hour
    return since


def _coverage(scene: Scene) -> Iterator[Look]:
    known = scene.now.coverage_today
    if known is not None and known < max(scene.site.least_coverage, ENOUGH):
        refused = known < scene.site.least_coverage
        least = percent(scene.site.least_coverage)
        yield Look(
            kind=Trouble.COVERAGE,
            name="today",
            since=None,
            what=f"{percent(known)} of today's energy is known"
            + (f": totals are refused below {least}" if refused else ""),
            way_out="the coverage of each meter says which ones were silent; `carbond ledger "
            "repair` books what is known otherwise",
        )
    hour = _settled(scene)
    if hour is not None and Metered.IT in hour.coverages and hour.pue is None:
        yield Look(
            kind=Trouble.COVERAGE,
            name="pue",
            since=hour.hour,
            what=f"there is no PUE of the hour from {minute(hour.hour)} UTC: it could not be "
            "measured, and none is declared",
            way_out="it takes readings of all meters of role utility and of IT; else declare one "
            "with `pue.declared` of the site",
        )


def _meters(scene: Scene) -> Iterator[Look]:
    for device, meter in scene.meters.items():
        state = scene.standing.devices.get(device)
        is_silent = meter is not None and scene.at - meter.at > SILENT
        if meter is not None and is_silent and state is not None and state.up:
            yield Look(
                kind=Trouble.METER,
                name=device,
                since=meter.at,
                what="its device answers, and says no power and no energy any more",
                way_out="see its device's last answers: another profile or `read` may be needed",
            )
    for one in scene.findings:
        yield Look(
            kind=Trouble.METER,
            name=one.meter,
            since=one.at,
            what=ODD[one.oddity],
            way_out=OF_A_REGISTER,
        )
