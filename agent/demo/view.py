"""The live view of the demo: the present in a terminal, or a line a minute where there is none."""

import io
from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self
from zoneinfo import ZoneInfo

from rich.console import Console, RenderableType
from rich.live import Live

from agent.clock import Clock
from agent.demo.screen import Frame, screen_of
from agent.demo.wording import devices_in_words, intensity_in_words, pue_in_words
from agent.figures import energy, figure, mass, percent
from agent.model import MINUTE, Kind, Now, SiteNow

REMEMBERED = 400
"""Points of the trend; more than any screen is wide."""

APART = timedelta(seconds=30)
"""The least between two of them on the clock."""

REFRESHES_PER_SECOND = 2


class LiveView:
    """Shows what it is handed, as a context manager: it takes the screen and gives it back.

    On a terminal it is one screen that changes in place, in the size the terminal has; elsewhere
    one plain line per minute of the clock.
    """

    name = "demo"

    def __init__(
        self, clock: Clock, *, address: str, ledger: str, zone: str, console: Console | None = None
    ) -> None:
        """`address` is the console's, `zone` the site's IANA time zone."""
        self._clock = clock
        self._console = console or Console()
        self._zone = ZoneInfo(zone)
        self._address = address
        self._ledger = ledger
        self._now: Now | None = None
        self._powers: deque[tuple[datetime, float | None]] = deque(maxlen=REMEMBERED)
        self._said: datetime | None = None
        self._live: Live | None = None

    def __enter__(self) -> Self:
        if isinstance(self._console.file, io.TextIOWrapper):
            self._console.file.reconfigure(errors="replace")
        if self._console.is_terminal:
            self._live = Live(
                console=self._console,
                screen=True,
                get_renderable=self._screen,
                refresh_per_second=REFRESHES_PER_SECOND,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start(refresh=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    async def show(self, now: Now) -> None:
        """Show this instead of what was shown before."""
        self._now = now
        if now.sites and (not self._powers or now.at - self._powers[-1][0] >= APART):
            self._powers.append((now.at, now.sites[0].power))
        if self._live is None and not self._console.is_terminal:
            self._say(now)

    def _screen(self) -> RenderableType:
        frame = Frame(
            now=self._now,
            at=self._clock.now().astimezone(self._zone),
            speed=self._clock.speed,
            powers=tuple(self._powers),
            console=self._address,
            ledger=self._ledger,
            width=self._console.width,
            height=self._console.height,
        )
        return screen_of(frame)

    def _say(self, now: Now) -> None:
        """Write a line if the last one is a minute old, as soon as anything has answered."""
        if not now.devices or (self._said is not None and now.at - self._said < MINUTE):
            return
        self._said = now.at
        at = now.at.astimezone(self._zone)
        for site in now.sites:
            parts = (f"{at:%Y-%m-%d %H:%M %Z}", *_words(site), devices_in_words(now.devices))
            self._console.print(" · ".join(parts), soft_wrap=True, highlight=False, markup=False)


def _words(site: SiteNow) -> Iterable[str]:
    hour = site.hour
    yield f"power {figure(site.power, 'W')} (IT {figure(site.it_power, 'W')})"
    yield f"energy today {energy(site.energy_today)}"
    yield " ".join(("PUE", *pue_in_words(hour.pue if hour else None))).strip()
    yield " ".join(("grid", *intensity_in_words(hour, Kind.DIRECT)))
    yield f"emissions today {mass(site.emissions_today.get(Kind.DIRECT))} direct"
    yield f"coverage {percent(site.coverage_today)}"
