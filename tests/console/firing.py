"""Alerts that fire for tests: the real rules, of moments made up."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from agent.alerts import Watch
from agent.alerts.catalogue import rules_of
from agent.model import MINUTE, Backlog, DeviceNow, MeterNow, Now, Role
from agent.units import Watts
from config.alerts import AlertsSettings
from tests.accounting.places import meter
from tests.clocks import HandClock
from tests.console.floor import END

RUNBOOK = "https://runbooks.example/carbond"


def watch_with(**alerts: object) -> Watch:
    """The agent's own look at alerts, with these settings; a test hands it each moment."""

    async def never() -> Now:
        raise AssertionError("the test looks by itself")

    return Watch(AlertsSettings.model_validate(alerts), never, HandClock(END))


def switched_off() -> Watch:
    """A look at alerts whose settings switch off each of them."""
    return watch_with(disabled=[rule.name for rule in rules_of(AlertsSettings())])


def mute(name: str, kind: str, at: datetime) -> DeviceNow:
    """Whoever has been silent for a quarter of an hour."""
    return DeviceNow(
        name=name, kind=kind, up=False, since=at - 15 * MINUTE, error="no answer", missed=15
    )


def moment(
    at: datetime,
    *,
    silent: Sequence[tuple[str, str]] = (),
    behind: str = "",
    loads: Sequence[tuple[str, str, float]] = (),
) -> Now:
    """A moment with silent devices by name and kind, an exporter that is far behind, and the loads
    of meters, by their names and sites.
    """
    late = at - timedelta(hours=7)
    return Now(
        at=at,
        sites=(),
        meters=tuple(_loaded(*one, at) for one in loads),
        devices=tuple(mute(name, kind, at) for name, kind in silent),
        backlogs=(Backlog(exporter=behind, entries=9, oldest=late),) if behind else (),
    )


def _loaded(name: str, site: str, load: float, at: datetime) -> MeterNow:
    return MeterNow(
        meter=meter(name, Role.RACK, site=site),
        since=END,
        at=at,
        power=Watts(1000.0),
        booked=None,
        conditions={"load_ratio": load},
    )
