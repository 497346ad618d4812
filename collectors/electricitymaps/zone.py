"""The collector of one zone."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from agent import web
from agent.clock import Clock
from agent.errors import Unavailable
from agent.model import Intensity, Kind
from collectors.electricitymaps.rows import FORECAST, Asked, intensities_of
from collectors.electricitymaps.schedule import DAY, FORECASTS, Schedule, Window
from collectors.electricitymaps.service import Service
from collectors.electricitymaps.settings import HORIZONS, ElectricityMapsSettings

log = logging.getLogger("carbond.electricitymaps")

LONGEST_HOURLY = 10 * DAY
LONGEST_FINER = DAY
LATEST = "latest"
HISTORY = "history"


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request of a poll, and what to remember when it was read or refused for today."""

    kind: Kind
    temporality: str
    span: Mapping[str, str] = field(default_factory=dict)
    was_read: Callable[[], None] = _nothing
    was_refused: Callable[[], None] = _nothing


class Zone:
    """Reads the direct and life-cycle intensity of one zone: new hours, and old ones again."""

    def __init__(self, settings: ElectricityMapsSettings, service: Service, clock: Clock) -> None:
        self._settings = settings
        self._service = service
        self._clock = clock
        longest = LONGEST_HOURLY if settings.granularity == "hourly" else LONGEST_FINER
        self._schedules = {
            kind: Schedule(backfill=settings.backfill, longest=longest) for kind in settings.kinds
        }
        self._outside_plan: dict[str, datetime] = {}
        self._partly = web.Partly(log, settings.name)
        self._blank: set[Kind] = set()

    @property
    def name(self) -> str:
        """The grid's name in the settings."""
        return self._settings.name

    @property
    def every(self) -> timedelta:
        """How often to poll it; most polls make one small request per kind."""
        return self._settings.every

    async def collect(self) -> Sequence[Intensity]:
        """Return every row that was read, known ones included: their versions tell them apart.

        Raises Unavailable if nothing was read and something failed. What failed is due again.
        """
        now = self._clock.now()
        poll = web.Poll[Intensity](self._clock, self.every)
        try:
            for kind, schedule in self._schedules.items():
                await self._read_recent(poll, kind, schedule, now)
            for kind, schedule in self._schedules.items():
                await self._read_forecast(poll, kind, schedule, now)
            for kind, schedule in self._schedules.items():
                await self._read_again(poll, kind, schedule, now)
        except web.NoService as error:
            poll.failed(error)
        rows, reason = poll.end()
        self._partly.now(reason)
        return rows

    async def close(self) -> None:
        """Nothing to give back: the connections belong to all zones of the key."""

    async def _read_recent(
        self, poll: web.Poll[Intensity], kind: Kind, schedule: Schedule, now: datetime
    ) -> None:
        if schedule.history_is_due(now) and self._is_in_plan(HISTORY, now):
            history = Request(
                kind=kind,
                temporality=HISTORY,
                was_read=lambda: schedule.history_was_read(now),
            )
            if await self._read(poll, history, now):
                return
        await self._read(poll, Request(kind=kind, temporality=LATEST), now)

    async def _read_forecast(
        self, poll: web.Poll[Intensity], kind: Kind, schedule: Schedule, now: datetime
    ) -> None:
        ahead = self._settings.forecast
        if (
            ahead is None
            or not schedule.forecast_is_due(now)
            or not self._is_in_plan(FORECAST, now)
        ):
            return
        forecast = Request(
            kind=kind,
            temporality=FORECAST,
            span={"horizonHours": str(HORIZONS[ahead])},
            was_read=lambda: schedule.forecast_was_read(now),
            was_refused=lambda: schedule.put_off(FORECASTS, now),
        )
        await self._read(poll, forecast, now)

    async def _read_again(
        self, poll: web.Poll[Intensity], kind: Kind, schedule: Schedule, now: datetime
    ) -> None:
        for window in list(schedule.windows(now)):
            if not self._is_in_plan("past-range", now):
                return
            await self._read(poll, _request_of(kind, window, schedule, now), now)

    async def _read(self, poll: web.Poll[Intensity], request: Request, now: datetime) -> bool:
        """Return whether it was read. What failed is in the poll; raises NoService."""
        try:
            rows = await self._rows_of(poll, request)
        except web.NoService:
            raise
        except web.NotInPlan as error:
            self._leave_out(poll, request.temporality, error, now)
            return False
        except Unavailable as error:
            if isinstance(error, web.WrongRequest):
                request.was_refused()
            poll.failed(error)
            return False
        if self._outside_plan.pop(request.temporality, None):
            log.info("%s: the plan now covers %s", self.name, request.temporality)
        # A day without a value is due again at the next poll, and not in an hour.
        blank = request.temporality == HISTORY and request.kind in self._blank
        poll.read(rows, _nothing if blank else request.was_read)
        return True

    async def _rows_of(self, poll: web.Poll[Intensity], request: Request) -> Sequence[Intensity]:
        asked = Asked(
            grid=self.name,
            zone=self._settings.zone,
            kind=request.kind,
            granularity=self._settings.granularity,
            mix=self._settings.mix,
            forecast=request.temporality == FORECAST,
        )
        params = {
            **request.span,
            "emissionFactorType": asked.kind.value,
            "flowTraced": "true" if asked.flow_traced else "false",
            "temporalGranularity": asked.granularity,
        }
        body = await self._service.get(self._settings, request.temporality, params, poll.deadline)
        rows, faults = intensities_of(body, asked, self._clock.now())
        for fault in faults[:1]:
            poll.failed(Unavailable(f"{fault} ({len(faults)} in all)"))
        if body.get(HISTORY) and not faults:
            self._note_blank(request.kind, blank=not rows)
        return rows

    def _note_blank(self, kind: Kind, *, blank: bool) -> None:
        """Say in two log lines that the service answers a whole day without one intensity."""
        if blank and kind not in self._blank:
            self._blank.add(kind)
            log.warning(
                "%s: zone %s has no %s intensity in the last 24 hours (null): its hours have no "
                "emission until it comes; see whether the service is down for the zone",
                *(self.name, self._settings.zone, kind),
            )
        elif not blank and kind in self._blank:
            self._blank.discard(kind)
            log.info("%s: zone %s has %s intensities again", self.name, self._settings.zone, kind)

    def _is_in_plan(self, temporality: str, now: datetime) -> bool:
        until = self._outside_plan.get(temporality)
        return until is None or not timedelta(0) < until - now <= DAY

    def _leave_out(
        self, poll: web.Poll[Intensity], temporality: str, error: Unavailable, now: datetime
    ) -> None:
        """Go on without what the plan lacks, say so once, and try it again tomorrow."""
        if temporality == LATEST:
            poll.failed(error)
            return
        if temporality not in self._outside_plan:
            log.warning("%s: it goes on without %s", error, temporality)
        self._outside_plan[temporality] = now + DAY


def _request_of(kind: Kind, window: Window, schedule: Schedule, now: datetime) -> Request:
    return Request(
        kind=kind,
        temporality="past-range",
        span={"start": _text_of(window.start), "end": _text_of(window.end)},
        was_read=lambda: schedule.was_read(window),
        was_refused=lambda: schedule.put_off(window.age, now),
    )


def _text_of(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
