"""One device, as an exporter tells of it."""

import asyncio
import logging
from collections.abc import Sequence

from agent.errors import Unavailable
from agent.model import MeterId, Reading
from agent.web import Partly
from collectors.prometheus.meters import Meters
from collectors.prometheus.page import Unfit
from collectors.prometheus.picking import Nothing, Picking
from collectors.prometheus.scrapes import Scrapes
from collectors.prometheus.settings import PrometheusSettings

log = logging.getLogger("carbond.prometheus")


class Endpoint:
    """Reads the meters of one device from the page of its exporter."""

    def __init__(self, settings: PrometheusSettings, scrapes: Scrapes) -> None:
        self.name = settings.name
        self.every = settings.every
        self._settings = settings
        self._map = settings.exporter
        self._scrapes = scrapes
        self._address = scrapes.join(settings)
        self._partly = Partly(log, settings.name)
        self._meters = [Meters(one, self._map, settings) for one in settings.wanted]

    async def collect(self) -> Sequence[Reading]:
        """Return the readings of all meters that have a value. Raises Unavailable."""
        page = await self._scrapes.page(self._address, self.name, self.every)
        try:
            # A page may be large, and others want the loop.
            picking = await asyncio.to_thread(
                Picking, page, self._settings.labels, self._map, self._settings.max_age
            )
        except (Unfit, Nothing) as error:
            raise Unavailable(f"{self.name}: {error}") from error
        readings, reason = self._read(picking)
        if not readings:
            way = "check `map` and `labels`" if self._settings.map else "check `meters`"
            raise Unavailable(f"{self.name}: the page does not tell of it: {reason}: {way}")
        self._partly.now(f"{self.name}: {reason}" if reason else "")
        return readings

    def _read(self, picking: Picking) -> tuple[Sequence[Reading], str]:
        """Return the readings, one for each meter, and why there are no more."""
        readings: dict[MeterId, Reading] = {}
        reasons: dict[str, None] = {}
        for meters in self._meters:
            try:
                for one in meters.readings(picking):
                    if readings.setdefault(one.meter, one) is not one:
                        part = one.meter.removeprefix(f"{self.name}/")
                        reasons[f"{part} comes by two labels: the first one is read"] = None
            except Nothing as nothing:
                reasons[f"{meters.scope}: {nothing}"] = None
        return list(readings.values()), "; ".join([*reasons, *picking.lost])

    async def close(self) -> None:
        """Let go of the page."""
        self._scrapes.leave(self._address)
