"""The agent's own look at its alerts: once a minute, and to whom it tells them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

from pydantic import BaseModel

from agent.alerts.catalogue import rules_of, runbook_of
from agent.alerts.matching import passing_of
from agent.alerts.mqtt import Mqtt
from agent.alerts.outlet import Outlet
from agent.alerts.rule import Rule, Severity
from agent.alerts.states import Alert, State, States
from agent.alerts.webhook import Webhook
from agent.clock import Clock
from agent.measures import samples
from agent.model import Now
from config.alerts import AlertName, AlertsSettings

log = logging.getLogger("carbond.alerts")

AFTER_A_BUG = 60.0
"""Seconds after which a place that failed in a way that carbond does not know is tried again."""

MOST_LINES = 20
"""Lines of the log for one look: a switch that fails silences a thousand devices."""

LEVELS: Mapping[Severity, int] = {
    Severity.CRITICAL: logging.ERROR,
    Severity.WARNING: logging.WARNING,
    Severity.INFO: logging.INFO,
}


class Watch:
    """Evaluates the rules of the settings, and knows what fires. State does not outlast a run."""

    def __init__(
        self, settings: AlertsSettings, now: Callable[[], Awaitable[Now]], clock: Clock
    ) -> None:
        """`now` returns what is shown of this moment."""
        self._now = now
        self._clock = clock
        self._states = States()
        self._outlets: dict[str, tuple[BaseModel, Outlet]] = {}
        self._changed = asyncio.Event()
        self._looking = asyncio.Lock()
        self._take(settings)

    @property
    def alerts(self) -> Sequence[Alert]:
        """What is pending or fires, the gravest first."""
        return self._states.alerts

    @property
    def evaluates(self) -> bool:
        """Whether any rule is left to evaluate: the settings can switch off each of them."""
        return bool(self._rules)

    def follow(self, settings: AlertsSettings) -> None:
        """Take new settings: what fires goes on, unless its rule is gone."""
        if settings != self._settings:
            self._take(settings)
            self._changed.set()

    def _take(self, settings: AlertsSettings) -> None:
        self._settings = settings
        self._rules = rules_of(settings)
        self._runbooks = {rule.name: runbook_of(rule, settings) for rule in self._rules}
        to = settings.to
        made: dict[str, Callable[[], Outlet]] = {}
        if (mqtt := to.mqtt) is not None:
            made["mqtt"] = lambda: Mqtt(mqtt, self._clock)
        if (webhook := to.webhook) is not None:
            made["webhook"] = lambda: Webhook(webhook, self._clock)
        before, self._outlets = self._outlets, {}
        for key, make in made.items():
            own = getattr(to, key)
            known = before.get(key)
            # What has not changed goes on: alerts may be waiting for it.
            if known is not None and known[0] == own:
                self._outlets[key] = known
                continue
            outlet = make()
            self._outlets[key] = own, outlet
            if self.alerts:
                outlet.tell([one for one in self.alerts if one.state is State.FIRING], self.alerts)

    async def run(self) -> None:
        """Look and tell until cancelled."""
        while True:
            self._changed.clear()
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._look_forever(), name="alerts")]
                for name, (_, outlet) in self._outlets.items():
                    running = _guarded(name, outlet, self._clock)
                    tasks.append(group.create_task(running, name=f"alerts to {name}"))
                await self._changed.wait()
                # What a look finds is found once: it is told before the look is ended.
                async with self._looking:
                    for task in tasks:
                        task.cancel()

    async def _look_forever(self) -> None:
        async for _ in self._clock.ticks(self._settings.every):
            now = await self._now()
            try:
                await self.look(now)
            except Exception:  # A bug in a rule must not end the daemon.
                log.exception("the alerts cannot be evaluated in a way that is a bug; report it")

    async def look(self, now: Now) -> Sequence[Alert]:
        """Evaluate all rules once, tell what has changed, and return it."""
        async with self._looking:
            changed = await asyncio.to_thread(self._after, now, self._rules, self._runbooks)
            if self._settings.to.log:
                _say(changed)
            for _, outlet in self._outlets.values():
                outlet.tell(changed, self.alerts)
        return changed

    def _after(
        self, now: Now, rules: Sequence[Rule], runbooks: Mapping[AlertName, str]
    ) -> Sequence[Alert]:
        """Look in a thread of its own: settings that come meanwhile are for the next look."""
        passing = passing_of(rules)
        found = samples(now, passing, passing=passing)
        return self._states.after(rules, found, now.at, runbooks)


def _say(changed: Sequence[Alert]) -> None:
    """Have the log say what has begun and what has ended, the gravest first."""
    ordered = sorted(changed, key=lambda one: one.order)
    for alert in ordered[:MOST_LINES]:
        extra = {"alert": alert.name, "severity": str(alert.severity)}
        if alert.state is State.RESOLVED:
            log.info("resolved: %s", alert.summary, extra=extra)
        else:
            log.log(LEVELS[alert.severity], "%s", alert.summary, extra=extra)
    if len(ordered) > MOST_LINES:
        more = len(ordered) - MOST_LINES
        log.warning("and %d more alerts: `carbond alerts` lists those that fire", more)


async def _guarded(name: str, outlet: Outlet, clock: Clock) -> None:
    """Run an outlet for ever; a bug in it must not end the daemon."""
    while True:
        try:
            await outlet.run()
        except Exception:
            log.exception("alerts to %s: failed in a way that carbond does not know", name)
        await clock.sleep(AFTER_A_BUG)
