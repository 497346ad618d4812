"""WattTime: marginal intensity of a region, and its average where the plan covers that."""

import httpx

from agent.clock import Clock
from collectors.watttime.account import Account
from collectors.watttime.region import Region
from collectors.watttime.settings import WattTimeSettings
from config import DeviceSettings, GridSettings, Secret

__all__ = ["WattTime", "WattTimeSettings"]


class WattTime:
    """Makes the collectors of `type: watttime`; regions of one account share its login."""

    settings: type[DeviceSettings] | type[GridSettings] = WattTimeSettings

    def __init__(self, clock: Clock, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """`transport` takes the place of the network."""
        self._clock = clock
        self._transport = transport
        self._accounts: dict[tuple[str, str, Secret], Account] = {}

    def collector(self, settings: WattTimeSettings) -> Region:
        """Return the collector of one region."""
        login = (settings.url, settings.user, settings.password)
        if login not in self._accounts:
            self._accounts[login] = Account(settings, self._clock, self._transport)
        return Region(settings, self._accounts[login], self._clock)

    async def close(self) -> None:
        """Close the connections."""
        for account in self._accounts.values():
            await account.close()
        self._accounts.clear()
