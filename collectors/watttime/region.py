"""The collector of one region."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from agent import web
from agent.clock import Clock
from agent.errors import Unavailable
from agent.model import HOUR, Intensity, Kind
from collectors.watttime.account import Account
from collectors.watttime.rows import Series, intensities_of, model_of
from collectors.watttime.schedule import Piece, Schedule
from collectors.watttime.settings import WattTimeSettings

log = logging.getLogger("carbond.watttime")

HISTORICAL = "v3/historical"
FORECAST = "v3/forecast"
SIGNALS = {Kind.MARGINAL: "co2_moer", Kind.DIRECT: "co2_aoer"}

Poll = web.Poll[Intensity]


class Region:
    """Reads the marginal intensity of one region, and the average one where configured."""

    def __init__(self, settings: WattTimeSettings, account: Account, clock: Clock) -> None:
        self._settings = settings
        self._account = account
        self._clock = clock
        self._series = {kind: _series_of(kind, settings) for kind in settings.kinds}
        self._schedules = {kind: Schedule(backfill=settings.backfill) for kind in settings.kinds}
        self._partly = web.Partly(log, settings.name)
        self._blank: set[Kind] = set()
        self._ahead = replace(_series_of(Kind.MARGINAL, settings), forecast=True)
        self._outside_plan = False

    @property
    def name(self) -> str:
        """The grid's name in the settings."""
        return self._settings.name

    @property
    def every(self) -> timedelta:
        """How often to poll it."""
        return self._settings.every

    async def collect(self) -> Sequence[Intensity]:
        """Return the points that are new or have changed; all of the backfill at the first time.

        Raises Unavailable if nothing was read and something failed. What failed is due again.
        """
        now = self._clock.now().replace(microsecond=0)
        poll = Poll(self._clock, self.every)
        try:
            for kind, schedule in self._schedules.items():
                await self._read_recent(poll, kind, schedule, now)
            await self._read_forecast(poll, now)
            for kind, schedule in self._schedules.items():
                await self._read_old(poll, kind, schedule, now)
        except web.NoService as error:
            poll.failed(error)
        rows, reason = poll.end()
        self._partly.now(reason)
        return rows

    async def close(self) -> None:
        """Nothing to give back: the connections belong to all regions of the account."""

    async def _read_recent(self, poll: Poll, kind: Kind, schedule: Schedule, now: datetime) -> None:
        if await self._read(poll, kind, schedule.recent(now)):
            poll.read((), lambda: schedule.recent_was_read(now))

    async def _read_old(self, poll: Poll, kind: Kind, schedule: Schedule, now: datetime) -> None:
        if schedule.old_is_due(now) and await self._read(poll, kind, schedule.old(now)):
            poll.read((), lambda: schedule.old_was_read(now))

    async def _read(self, poll: Poll, kind: Kind, pieces: Sequence[Piece]) -> bool:
        """Return whether all was read; what failed is in the poll. Raises NoService."""
        for piece in pieces:
            try:
                rows = await self._rows_of(poll, kind, piece)
            except web.NoService:
                raise
            except Unavailable as error:
                poll.failed(error)
                return False
            poll.read(rows, lambda: None)
        return True

    async def _read_forecast(self, poll: Poll, now: datetime) -> None:
        ahead = self._settings.forecast
        if ahead is None or not self._schedules[Kind.MARGINAL].forecast_is_due(now):
            return
        schedule = self._schedules[Kind.MARGINAL]
        params = {**_place_of(self._ahead), "horizon_hours": str(ahead // HOUR)}
        try:
            rows, self._ahead = await self._answered(poll, FORECAST, params, self._ahead)
        except web.NoService:
            raise
        except web.NotInPlan as error:
            schedule.forecast_was_refused(now)
            self._note_plan(str(error), outside=True)
        except Unavailable as error:
            if isinstance(error, web.WrongRequest):
                schedule.forecast_was_refused(now)
            poll.failed(error)
        else:
            self._note_plan("", outside=False)
            poll.read(rows, lambda: schedule.forecast_was_read(now))

    async def _rows_of(self, poll: Poll, kind: Kind, piece: Piece) -> Sequence[Intensity]:
        series = self._series[kind]
        params = _params_of(series, piece)
        rows, self._series[kind] = await self._answered(poll, HISTORICAL, params, series)
        return rows

    async def _answered(
        self, poll: Poll, path: str, params: Mapping[str, str], series: Series
    ) -> tuple[Sequence[Intensity], Series]:
        """Return the rows of an answer, and its series with the model that it has named."""
        body = await self._account.get(self.name, path, params, poll.deadline)
        # A month of points is thousands of rows: off the event loop.
        rows, faults = await asyncio.to_thread(intensities_of, body, series, self._clock.now())
        for fault in faults[:1]:
            poll.failed(Unavailable(f"{fault} ({len(faults)} in all)"))
        if body.get("data") and not faults and not series.forecast:
            self._note_blank(series.kind, blank=not rows)
        if series.model is None and (model := model_of(body)):
            log.info("%s: %s is of the model of %s", self.name, series.title, model)
            series = replace(series, model=model)
        return rows, series

    def _note_plan(self, reason: str, *, outside: bool) -> None:
        """Say in two log lines that the plan does not cover the forecast."""
        if outside and not self._outside_plan:
            log.warning("%s: it goes on without the forecast", reason)
        elif self._outside_plan and not outside:
            log.info("%s: the plan now covers the forecast", self.name)
        self._outside_plan = outside

    def _note_blank(self, kind: Kind, *, blank: bool) -> None:
        """Say in two log lines that the service answers with points and without one value."""
        series = self._series[kind]
        if blank and kind not in self._blank:
            self._blank.add(kind)
            log.warning(
                "%s: region %s has no value of %s in all that has come (null): its hours have no "
                "%s emission until it does; see whether the service is down for the region",
                *(self.name, series.region, series.signal, kind),
            )
        elif not blank and kind in self._blank:
            self._blank.discard(kind)
            log.info(
                "%s: region %s has values of %s again", self.name, series.region, series.signal
            )


def _series_of(kind: Kind, settings: WattTimeSettings) -> Series:
    marginal = kind is Kind.MARGINAL
    return Series(
        grid=settings.name,
        kind=kind,
        signal=SIGNALS[kind],
        region=(settings.region if marginal else settings.average_region) or "",
        model=settings.model if marginal else settings.average_model,
    )


def _place_of(series: Series) -> dict[str, str]:
    place = {"region": series.region, "signal_type": series.signal}
    # Without it the newest model answers, which one day is another than that of the series.
    return place if series.model is None else {**place, "model": series.model}


def _params_of(series: Series, piece: Piece) -> dict[str, str]:
    params = {
        **_place_of(series),
        "start": _text_of(piece.start),
        "end": _text_of(piece.end),
        "include_imputed_marker": "true",
    }
    if piece.since is not None:
        params["updated_since"] = _text_of(piece.since)
    return params


def _text_of(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
