"""Asking Electricity Maps, and what its errors mean."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import httpx

from agent import web
from agent.clock import Clock
from agent.errors import Unavailable
from collectors.electricitymaps.settings import ElectricityMapsSettings

SECOND_TRY_SECONDS = 2.0
# What the service says where the key is good and its plan is not: both its wordings.
PLAN_WORDS = ("unauthorized for zonekey", "do not have access")
BAD_KEY_WORDS = "invalid auth-token"


class Service:
    """One key at one URL: its connections and its pace, shared by all zones read with it."""

    def __init__(
        self,
        settings: ElectricityMapsSettings,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._key = settings.key.reveal()
        self._clock = clock
        self._pace = web.Pace(clock)
        self._client = web.client_of(settings.url, transport)

    async def get(
        self,
        settings: ElectricityMapsSettings,
        temporality: str,
        params: Mapping[str, str],
        deadline: datetime,
    ) -> Mapping[str, object]:
        """Return the answer's JSON object.

        Raises Unavailable, in its kinds of `agent.web`, naming the grid and the cause.
        """
        name = settings.name
        answer = await self._ask(settings, temporality, params, deadline)
        if answer.status == httpx.codes.UNAUTHORIZED and not _is_explained(answer):
            # Seen under concurrent load although the key was right: once more before it is bad.
            await self._clock.sleep(SECOND_TRY_SECONDS)
            answer = await self._ask(settings, temporality, params, deadline)
        if answer.status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
            raise _denial_of(name, answer)
        return web.object_of(name, answer)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _ask(
        self,
        settings: ElectricityMapsSettings,
        temporality: str,
        params: Mapping[str, str],
        deadline: datetime,
    ) -> web.Answer:
        spacing = timedelta(minutes=1) / settings.requests_per_minute
        await self._pace.turn(settings.name, spacing, deadline)
        request = self._client.build_request(
            "GET",
            f"carbon-intensity/{temporality}",
            # Without it an unresolved zone is answered with that of the caller's address.
            params={**params, "zone": settings.zone, "disableCallerLookup": "true"},
            headers={"auth-token": self._key},
        )
        answer = await web.ask(self._client, settings.name, request, self._clock)
        self._pace.heed(answer)
        return answer


def _is_explained(answer: web.Answer) -> bool:
    return _is_plan(answer) or BAD_KEY_WORDS in answer.text.lower()


def _is_plan(answer: web.Answer) -> bool:
    return any(words in answer.text.lower() for words in PLAN_WORDS)


def _denial_of(name: str, answer: web.Answer) -> Unavailable:
    said = f": {answer.said}" if answer.said else ""
    if answer.status == httpx.codes.FORBIDDEN:
        return web.NoService(
            f"{name}: the service's front door lets nothing through (403){said}: "
            "check `url` and the address this host goes out from"
        )
    if _is_plan(answer):
        return web.NotInPlan(f"{name}: the key is good, its plan does not cover this (401){said}")
    return web.NoService(f"{name}: the key is not accepted (401){said}: check `key`")
