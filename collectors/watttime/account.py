"""One account of WattTime: logging in, asking, and what its errors mean."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

import httpx

from agent import web
from agent.clock import Clock
from agent.errors import Unavailable
from collectors.watttime.settings import WattTimeSettings

# The token holds 30 minutes: a new one is fetched before the other side notices.
TOKEN_LIFE = timedelta(minutes=25)
# 3000 requests in any 5 minutes are allowed.
SPACING = timedelta(minutes=5) / 3000


class Account:
    """A login that all regions read with it share: connections, token and pace."""

    def __init__(
        self,
        settings: WattTimeSettings,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._login = httpx.BasicAuth(settings.user, settings.password.reveal())
        self._clock = clock
        self._pace = web.Pace(clock)
        self._client = web.client_of(settings.url, transport)
        self._lock = asyncio.Lock()
        self._token = ""
        self._token_from: datetime | None = None

    async def get(
        self, name: str, path: str, params: Mapping[str, str], deadline: datetime
    ) -> Mapping[str, object]:
        """Return the answer's JSON object.

        Raises Unavailable, in its kinds of `agent.web`, naming the grid and the cause. A token that
        is not taken any more is renewed once.
        """
        token = await self._token_for(name, deadline, refused="")
        answer = await self._ask(name, path, params, token, deadline)
        if _is_logged_out(answer):
            token = await self._token_for(name, deadline, refused=token)
            answer = await self._ask(name, path, params, token, deadline)
        if _is_logged_out(answer):
            said = f": {answer.said}" if answer.said else ""
            raise web.NoService(
                f"{name}: the login is good, its token is not taken ({answer.status}){said}"
            )
        if answer.status == httpx.codes.FORBIDDEN:
            raise web.NotInPlan(
                f"{name}: the account's plan does not cover {params.get('signal_type')} of "
                f"{params.get('region')} (403): {answer.said}"
            )
        return web.object_of(name, answer)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _ask(
        self, name: str, path: str, params: Mapping[str, str], token: str, deadline: datetime
    ) -> web.Answer:
        request = self._client.build_request(
            "GET", path, params=params, headers={"authorization": f"Bearer {token}"}
        )
        return await self._send(name, request, deadline)

    async def _send(self, name: str, request: httpx.Request, deadline: datetime) -> web.Answer:
        await self._pace.turn(name, SPACING, deadline)
        answer = await web.ask(self._client, name, request, self._clock)
        self._pace.heed(answer)
        return answer

    async def _token_for(self, name: str, deadline: datetime, *, refused: str) -> str:
        """Return a token, not the refused one; one login serves all who wait for it."""
        async with self._lock:
            now = self._clock.now()
            held = self._token_from
            fresh = held is not None and timedelta(0) <= now - held < TOKEN_LIFE
            if not fresh or self._token == refused:
                self._token = await self._new_token(name, deadline)
                self._token_from = now
            return self._token

    async def _new_token(self, name: str, deadline: datetime) -> str:
        request = self._client.build_request("GET", "login")
        request = next(self._login.auth_flow(request))
        answer = await self._send(name, request, deadline)
        if answer.status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
            said = f": {answer.said}" if answer.said else ""
            raise web.NoService(
                f"{name}: the login is refused ({answer.status}){said}: check `user` and `password`"
            )
        token = _closing(name, answer).get("token")
        if not isinstance(token, str) or not token:
            raise web.NoService(f"{name}: the login is answered without a token: check `url`")
        return token


def _closing(name: str, answer: web.Answer) -> Mapping[str, object]:
    """Return the login's JSON object; without it no other request can be answered."""
    try:
        return web.object_of(name, answer)
    except Unavailable as error:
        raise web.NoService(str(error), retry_after=error.retry_after) from error


def _is_logged_out(answer: web.Answer) -> bool:
    """Whether a new login may help: a 403 in JSON is about the plan, one in HTML is not."""
    if answer.status == httpx.codes.FORBIDDEN:
        return not isinstance(answer.body, dict)
    return answer.status == httpx.codes.UNAUTHORIZED
