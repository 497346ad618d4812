"""The daemon: one TaskGroup, ended by SIGTERM, told of new settings by SIGHUP."""

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager, suppress
from typing import Any

from agent.alerts import Watch
from agent.app.control import Control
from agent.app.once import collect_once
from agent.app.parts import keep_of, number_of, tree_of
from agent.app.roster import Roster, Thing
from agent.clock import Clock
from agent.console import Console, Desk, Probed
from agent.errors import ConfigError, Rejected, Unavailable
from agent.health import Health
from agent.ledger import Ledger, Readers
from agent.loops import retire_forever, tend_forever, unless_full
from agent.model import MINUTE, Now
from agent.sd_notify import Notifier
from config import DeviceSettings, Settings

log = logging.getLogger("carbond.app")

LAST_TEND = 5.0
"""Seconds of computing hours at the end."""

Load = Callable[[], Settings]


class Daemon:
    """Everything that runs, from the first connection to the last byte on disk."""

    def __init__(
        self,
        load: Load,
        clock: Clock,
    ) -> None:
        """`load` reads the settings, again at each reload."""
        self._load = load
        self._clock = clock
        self._notifier = Notifier()
        self._reload = asyncio.Event()
        self._devices: Mapping[str, DeviceSettings] = {}
        self.ready = asyncio.Event()
        """Set once everything runs."""

        self.ending = asyncio.Event()
        """Set when `stop` was called, while all is still there."""

    def stop(self) -> None:
        """End in order: nothing that has been booked is lost."""
        self.ending.set()

    def reload(self) -> None:
        """Read the settings again; what has not changed goes on."""
        self._reload.set()

    async def run(self) -> None:
        """Run until `stop`, SIGTERM or SIGINT. Raises ConfigError before the first connection."""
        settings = self._load()
        async with AsyncExitStack() as stack:
            # First in, last out: a second SIGTERM must not break into the closing of the ledger.
            stack.enter_context(_signals(self))
            ledger = self._ledger(settings)
            stack.callback(ledger.close)
            self.ledger = ledger
            self.health = Health(self._clock, ledger.note)
            self._alerts = Watch(settings.alerts, self._shown, self._clock)
            readers = Readers(ledger.path)
            stack.callback(readers.close)
            desk = Desk(
                ledger=ledger,
                health=self.health,
                clock=self._clock,
                readers=readers,
                reload=self.reload,
                probe=self._probe,
                started=self._clock.now(),
                alerts=self._alerts,
            )
            self._desk = desk
            self.console = Console(settings.http, desk)
            await stack.enter_async_context(self.console)
            await stack.enter_async_context(Control(settings.ledger.path, ledger))
            await unless_full(_forgotten(ledger, settings), self.health)
            await self._run(settings, ledger)

    def _ledger(self, settings: Settings) -> Ledger:
        tree, keep = tree_of(settings), keep_of(settings)
        return Ledger(settings.ledger.path, tree, self._clock, keep=keep)

    async def _run(self, settings: Settings, ledger: Ledger) -> None:
        async with asyncio.TaskGroup() as group:
            roster = Roster(group, ledger, self.health, self._clock)
            own: list[asyncio.Task[None]] = []
            try:
                await roster.follow(settings)
                self._tell(roster, settings)
                own = [
                    group.create_task(loop, name=name)
                    for name, loop in self._own_loops(roster, ledger, settings)
                ]
                self._say_ready(settings)
                await self.ending.wait()
                self._notifier.stopping("closing sessions and the ledger")
                log.info("stopping")
            finally:
                for task in own:
                    task.cancel()
                await roster.close()
            await self._tend_last(ledger)

    async def _tend_last(self, ledger: Ledger) -> None:
        """Leave the hours as they are now; what the time is too short for stays marked."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_TEND):
                await unless_full(ledger.tend(), self.health)

    def _own_loops(
        self, roster: Roster, ledger: Ledger, settings: Settings
    ) -> Iterator[tuple[str, Coroutine[Any, Any, None]]]:
        yield "tend", tend_forever(ledger, self.health, self._clock)
        yield "retire", retire_forever(ledger, self.health, self._clock)
        yield "reload", self._reload_forever(roster, ledger, settings)
        yield "minutes", self._remember_forever()
        yield "alerts", self._alerts.run()
        yield "watchdog", self._watchdog_forever()

    def _say_ready(self, settings: Settings) -> None:
        things = {
            "device": settings.devices,
            "grid": settings.grids,
            "exporter": settings.exporters,
        }
        words = ", ".join(number_of(len(some), word) for word, some in things.items())
        log.info("ready: %s, ledger %s", words, settings.ledger.path)
        self._notifier.ready(words)
        self.ready.set()

    async def _reload_forever(self, roster: Roster, ledger: Ledger, settings: Settings) -> None:
        while True:
            await self._reload.wait()
            self._reload.clear()
            self._notifier.reloading()
            self.console.renew()
            try:
                fresh = await asyncio.to_thread(self._load)
            except ConfigError as error:
                log.error("the new settings are refused, the old ones go on:\n%s", error)
            else:
                if await self._follow(settings, fresh, roster, ledger):
                    settings = fresh
            self._say_ready(settings)

    async def _follow(
        self, before: Settings, fresh: Settings, roster: Roster, ledger: Ledger
    ) -> bool:
        """Take new settings, and tell whether that was done: on a full disk the old ones go on."""
        if not await unless_full(ledger.replant(tree_of(fresh)), self.health):
            log.error("the new settings cannot be booked, the old ones go on: reload again later")
            return False
        for name in ("ledger", "http", "log"):
            if getattr(before, name) != getattr(fresh, name):
                log.warning("%s: its new settings apply after a restart", name)
        await roster.follow(fresh)
        await unless_full(_forgotten(ledger, fresh), self.health)
        self._tell(roster, fresh)
        return True

    def _tell(self, roster: Roster, settings: Settings) -> None:
        """Tell the console what runs."""
        self._devices = {one.name: one for one in settings.devices}
        self.console.show(roster.parts)
        self._alerts.follow(settings.alerts)

    async def _shown(self) -> Now:
        """Return what is shown of this moment."""
        return await self.ledger.now(self.health.now())

    async def _probe(self, name: str) -> Probed:
        """Read a device once, beside its polls. Raises KeyError for one that is not there."""
        at = self._clock.now()
        (once,) = await collect_once([self._devices[name]], self._clock)
        return Probed(at=at, seconds=once.seconds, readings=once.seen, error=once.error)

    async def _remember_forever(self) -> None:
        """Keep the minutes of the last day in memory: charts are drawn of them."""
        async for _ in self._clock.ticks(MINUTE):
            with suppress(Unavailable, Rejected):
                await self._desk.recent.follow(self._desk.readers)

    async def _watchdog_forever(self) -> None:
        """Tell systemd that the loop comes round."""
        every = self._notifier.watchdog_every
        while every is not None:
            self._notifier.watchdog()
            await asyncio.sleep(every)


async def _forgotten(ledger: Ledger, settings: Settings) -> None:
    """Have the ledger forget the exporters and devices that have left the settings."""
    things: list[Thing] = [*settings.devices, *settings.grids, *settings.exporters]
    await ledger.forget_others(
        {one.name for one in settings.exporters},
        {("ledger", "ledger"), *((one.type, one.name) for one in things)},
    )


@contextmanager
def _signals(daemon: Daemon) -> Iterator[None]:
    """SIGTERM and SIGINT end the daemon in order, SIGHUP reads the settings again."""
    loop = asyncio.get_running_loop()
    actions = {
        signal.SIGTERM: daemon.stop,
        signal.SIGINT: daemon.stop,
        signal.SIGHUP: daemon.reload,
    }
    for number, action in actions.items():
        loop.add_signal_handler(number, action)
    try:
        yield
    finally:
        for number in actions:
            loop.remove_signal_handler(number)
