"""Alerts to whoever takes what Alertmanager sends to a webhook."""

import asyncio
import ssl
from collections.abc import Sequence

import httpx

from agent.alerts.data import MOST, webhook_data
from agent.alerts.outage import Outage
from agent.alerts.states import Alert, State
from agent.clock import Clock
from agent.errors import Rejected, Unavailable
from agent.loops import backoff
from config.alerts import AlertWebhookSettings

PATIENCE = 10.0
"""Seconds for one answer."""

MOST_WAITING = 1000
"""Alerts that wait for it; of further ones the slightest is dropped, the oldest of them, and
counted.
"""

AGAIN = frozenset({httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_MANY_REQUESTS})


class Webhook:
    """Sends one message for each name of which alerts began or ended, until it is taken; where they
    are more than a message has, several.
    """

    def __init__(self, settings: AlertWebhookSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._outage = Outage(f"webhook {httpx.URL(settings.url).netloc.decode()}")
        self._waiting: dict[str, Alert] = {}
        self._firing: Sequence[Alert] = ()
        self._told = asyncio.Event()

    def tell(self, changed: Sequence[Alert], alerts: Sequence[Alert]) -> None:
        """Take what has begun or ended, and all that fires."""
        self._firing = [one for one in alerts if one.state is State.FIRING]
        for alert in changed:
            # What came last is the last: its place in the order is that of its last change.
            self._waiting.pop(alert.id, None)
            self._waiting[alert.id] = alert
        excess = len(self._waiting) - MOST_WAITING
        if excess > 0:
            slightest = sorted(self._waiting.values(), key=lambda one: one.rank, reverse=True)
            for old in slightest[:excess]:
                del self._waiting[old.id]
            self._outage.dropped(excess, f"more than {MOST_WAITING} wait")
        if self._waiting:
            self._told.set()

    async def run(self) -> None:
        """Send what waits, and what could not be sent again, at growing intervals."""
        verify = ssl.create_default_context()
        async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False, verify=verify) as client:
            while True:
                await self._told.wait()
                self._told.clear()
                failures = 0
                while self._waiting:
                    if await self._sent(client):
                        failures = 0
                    else:
                        await self._clock.sleep(backoff(failures))
                        failures += 1

    async def _sent(self, client: httpx.AsyncClient) -> bool:
        """Send the alerts of the name that has waited longest; tell whether they are done with."""
        name = next(iter(self._waiting.values())).name
        waiting = [one for one in self._waiting.values() if one.name == name][:MOST]
        told = {one.id for one in waiting}
        ended = [one for one in waiting if one.state is State.RESOLVED]
        firing = [one for one in self._firing if one.name == name]
        # What the message is about comes first: of what fires already some may be left out.
        firing.sort(key=lambda one: one.id not in told)
        alerts = [*ended, *firing]
        try:
            # What neither fires nor was resolved has resolved while it was being sent.
            if alerts:
                await self._post(client, name, alerts)
        except Unavailable as error:
            self._outage.began(str(error))
            return False
        except Rejected as error:
            self._outage.dropped(len(alerts), str(error))
        else:
            self._outage.ended(len(alerts))
        for one in waiting:
            if self._waiting.get(one.id) is one:
                del self._waiting[one.id]
        return True

    async def _post(self, client: httpx.AsyncClient, name: str, alerts: Sequence[Alert]) -> None:
        token = self._settings.token
        headers = {} if token is None else {"Authorization": f"Bearer {token.reveal()}"}
        asked = client.stream(
            "POST", self._settings.url, json=webhook_data(name, alerts), headers=headers
        )
        try:
            # What the answer says is not read: it may have no end.
            async with asyncio.timeout(PATIENCE), asked as answer:
                pass
        except (TimeoutError, httpx.TimeoutException) as error:
            raise Unavailable(f"no answer within {PATIENCE:g} s") from error
        except httpx.HTTPError as error:
            raise Unavailable(str(error) or type(error).__name__) from error
        if answer.is_server_error or answer.status_code in AGAIN:
            raise Unavailable(f"it answers {answer.status_code}")
        if not answer.is_success:
            raise Rejected(f"it answers {answer.status_code}: check url and token")
