"""What fires, beside what needs a look: what each alert is about, and which ones say the same."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, TypeAlias

from agent.alerts import Alert, State
from agent.console.standing import LEDGER, Standing
from agent.console.troubles import Scene
from agent.measures.sites import node_name
from agent.model import DeviceNow
from agent.reports.look import Look, Trouble
from config.alerts import AlertName

AboutKind = Literal["device", "meter", "grid", "exporter", "rack", "node", "site", "ledger"]
About: TypeAlias = tuple[AboutKind, str]
"""What an alert is about: the kind of a thing, and its name."""

NAMED_BY: Sequence[AboutKind] = ("meter", "rack", "exporter", "node", "site")
"""Labels that name what an alert is about: the first that is there does."""


def about(alert: Alert, standing: Standing) -> About:
    """Return what an alert is about; `standing` tells devices from grids that have their name."""
    if alert.name is AlertName.DEVICE_SILENT:
        return _silent(alert.labels, standing)
    for kind in NAMED_BY:
        if name := alert.labels.get(kind):
            return kind, name
    return "ledger", LEDGER


def _silent(labels: Mapping[str, str], standing: Standing) -> About:
    name, kind = labels.get("device", ""), labels.get("kind", "")
    if kind == LEDGER:
        return "ledger", name
    others: Mapping[AboutKind, Mapping[str, DeviceNow]] = {
        "grid": standing.grids,
        "exporter": standing.exporters,
    }
    for drawer, states in others.items():
        if name in states and states[name].kind == kind:
            return drawer, name
    return "device", name


def graver(alerts: Iterable[Alert]) -> Mapping[str, str]:
    """Return the alerts of which a graver one of the same name and thing fires: its id, by theirs.

    What is above the critical threshold is above that of the warning too.
    """
    gravest: dict[tuple[str, tuple[tuple[str, str], ...]], str] = {}
    found = {}
    for one in sorted(alerts, key=lambda one: one.order):
        thing = one.name, tuple(sorted(one.labels.items()))
        if thing in gravest:
            found[one.id] = gravest[thing]
        elif one.state is State.FIRING:
            gravest[thing] = one.id
    return found


def said_twice(
    looks: Iterable[Look], scene: Scene, alerts: Sequence[Alert]
) -> Mapping[str, Sequence[str]]:
    """Return the ids of the alerts that say what a look says, by its key: of none an empty list."""
    found: dict[str, list[str]] = {one.key: [] for one in looks}
    for alert in alerts:
        kind, name = _look_of(alert, scene)
        key = None if kind is None else Look(kind=kind, name=name, what="", way_out="").key
        if key in found:
            found[key].append(alert.id)
    return found


def _look_of(alert: Alert, scene: Scene) -> tuple[Trouble | None, str]:
    """Return the kind and the name of the look that would say the same; no kind for none."""
    kind, name = about(alert, scene.standing)
    if alert.name in (AlertName.DEVICE_SILENT, AlertName.EXPORTER_BACKLOG):
        return Trouble(kind), name
    if alert.labels.get("site") != scene.site.name:
        return None, ""
    if alert.name is AlertName.INTENSITY_STALE:
        return Trouble.GRID, scene.site.grid or ""
    if alert.name is AlertName.RESIDUAL_OUT_OF_BOUNDS:
        broken = (one for hour in scene.hours[::-1] for one in hour.broken)
        nodes = (" + ".join(one.node) for one in broken if node_name(one) == name)
        return Trouble.NODE, next(nodes, "")
    return None, ""
