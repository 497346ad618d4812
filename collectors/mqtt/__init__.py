"""Meters that publish over MQTT, read by maps of their messages. See README.md."""

from agent.clock import Clock
from agent.model import Collector
from collectors.mqtt.device import MqttDevice, Source
from collectors.mqtt.edge import EdgeEar, Identity
from collectors.mqtt.hearing import Ear, Hearing
from collectors.mqtt.link import Broker, Link
from collectors.mqtt.places import filled
from collectors.mqtt.plan import Plan, plan_of
from collectors.mqtt.schema import Map
from collectors.mqtt.settings import MqttSettings
from config import DeviceSettings, GridSettings

__all__ = ["Mqtt", "MqttSettings"]


class Mqtt:
    """The plug-in: one connection for each broker and who we are to it."""

    settings: type[DeviceSettings] | type[GridSettings] = MqttSettings

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._links: dict[Broker, Link] = {}

    def collector(self, settings: MqttSettings) -> Collector:
        """Return the collector of one device."""
        broker = Broker.of(settings)
        link = self._links.setdefault(broker, Link(broker, self._clock))
        one, places = settings.messages(), settings.filled()
        plan = plan_of(one, settings.keys(), places, settings.limit_watts)
        identity = _identity(one, places)
        said = str(identity or plan.said)
        hearing = Hearing(settings.name, said, one.silent_after, plan.pairs)
        source = self._source(settings, plan, hearing, identity)
        return MqttDevice(settings, hearing, source, link, self._clock)

    def _source(
        self, settings: MqttSettings, plan: Plan, hearing: Hearing, identity: Identity | None
    ) -> Source:
        own = settings.clock == "own"
        if identity is None:
            return Ear(plan, hearing, by_own_time=own)
        return EdgeEar(
            identity, plan, hearing, self._clock, by_own_time=own, may_ask=settings.rebirth
        )

    async def close(self) -> None:
        """Take leave of all brokers."""
        for link in self._links.values():
            await link.close()
        self._links.clear()


def _identity(one: Map, places: dict[str, str]) -> Identity | None:
    if one.sparkplug is None:
        return None
    return Identity(
        group=filled(one.sparkplug.group, places),
        node=filled(one.sparkplug.node, places),
        device=filled(one.sparkplug.device or "", places),
    )
