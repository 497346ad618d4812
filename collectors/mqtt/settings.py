"""What can be set for a meter that is heard over MQTT. sample.yaml shows every option."""

import ssl
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from agent.model import Role, Scope
from collectors.mqtt.maps import maps
from collectors.mqtt.plan import counts_water, keys_of
from collectors.mqtt.schema import (
    ANYWHERE,
    Availabilities,
    Map,
    Meters,
    SparkplugMap,
    Times,
    Topic,
    places_of,
)
from config import DeviceSettings, Duration, Secret, Strict
from config.power_only import check_polled
from config.profiles.files import known

PLAIN_PORT = 1883
TLS_PORT = 8883
SHIPPED = (*sorted(ANYWHERE), Scope.INLET)
"""What is read of a ready map where the settings do not say."""

INLINE = ("topic", "meters", "availability", "time", "sparkplug")


class _Socket(ssl.SSLSocket):
    """A socket that is closed when the handshake fails: the library would leave it open."""

    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 as it is called
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


class TlsSettings(Strict):
    """How the connection is encrypted, and who proves what."""

    ca_file: Path | None = None
    """The certificates to check the broker's against, in PEM; the system's where left out."""

    certificate_file: Path | None = None
    """Our own certificate, in PEM, where the broker asks for one."""

    key_file: Path | None = None
    """The key of our own certificate, in PEM."""

    verify: bool = True
    """Whether the broker's certificate is checked."""

    @model_validator(mode="after")
    def _loads(self) -> Self:
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError("certificate_file and key_file belong together: name both")
        if self.ca_file is not None and not self.verify:
            raise ValueError("ca_file has no use with verify: false: leave one out")
        try:
            self.context()
        except OSError as error:
            reason = error.strerror or str(error)
            raise ValueError(f"the files cannot be used: {reason}: name files in PEM") from error
        return self

    def context(self) -> ssl.SSLContext:
        """Return a context for one connection. Raises OSError for files that cannot be used."""
        context = ssl.create_default_context(cafile=self.ca_file)
        context.sslsocket_class = _Socket
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if self.certificate_file is not None:
            context.load_cert_chain(self.certificate_file, self.key_file)
        return context


class MqttSettings(DeviceSettings):
    """A meter that is heard over MQTT."""

    type: Literal["mqtt"]
    """The collector: `mqtt`."""

    address: str = Field(min_length=1, max_length=253)
    """Address or name of the broker."""

    port: int | None = Field(default=None, ge=1, le=65535)
    """Its TCP port: 1883, or 8883 with tls, where left out."""

    user: str | None = Field(default=None, min_length=1)
    """The user to log in as."""

    password: Secret | None = None
    """The password of the user."""

    client_id: str | None = Field(default=None, min_length=1, max_length=200)
    """What the broker knows the connection by; a new one each time where left out."""

    version: Annotated[Literal["5", "3.1.1"], BeforeValidator(str)] = "5"
    """The version of MQTT that the broker speaks."""

    tls: TlsSettings | None = None
    """How the connection is encrypted; left out, it is not."""

    map: str | None = None
    """The ready map to read its messages by."""

    places: dict[str, str] = Field(default_factory=dict)
    """What stands in the places of the map: `{device}` is the device's name where left out."""

    read: tuple[Scope, ...] | None = None
    """Which parts to read: total, input and inlet of a ready map, all of your own."""

    topic: Topic | None = None
    """In place of a map: the topic of all numbers that name none."""

    meters: Meters = Field(default_factory=dict)
    """In place of a map: the meters, by scope and key."""

    availability: Availabilities = ()
    """In place of a map: the messages that say whether the device is there."""

    time: Times = ()
    """In place of a map: where a message says the time of its values."""

    sparkplug: SparkplugMap | None = None
    """In place of a map: which device of Sparkplug B it is."""

    clock: Literal["own", "arrival"] = "own"
    """Whose time a reading has: the message's own where it says one, or when it came."""

    silent_after: Duration | None = None
    """After how long without a value it counts as silent; the map's where left out."""

    longest_gap: Duration | None = None
    """Over which its power may be integrated; the map's where left out."""

    rebirth: bool = False
    """Whether a Sparkplug edge node may be asked for its birth certificates again."""

    @field_validator("map")
    @classmethod
    def _known(cls, name: str | None) -> str | None:
        return name if name is None else known(name, maps, "map")

    @field_validator("places")
    @classmethod
    def _usable(cls, places: dict[str, str]) -> dict[str, str]:
        for name, text in places.items():
            if not text or any(sign in text for sign in "+#\0"):
                raise ValueError(f"{name}: write the text that stands there, without + and #")
        return places

    @model_validator(mode="after")
    def _together(self) -> Self:
        if self.password is not None and self.user is None:
            raise ValueError("password needs a user: write user: NAME")
        for problem in self._problems():
            raise ValueError(problem)
        one = self.messages()
        for key in self.keys():
            if not one.meters[key].energy:
                what = f"meters.{key}"
                check_polled(what, every=self.every, longest_gap=one.longest_gap)
        return self

    def _problems(self) -> Iterator[str]:
        if self.map is None and not self.meters:
            yield f"write map: NAME ({', '.join(maps())}), or the meters: they say what is sent"
        if self.map is not None:
            yield from (
                f"{key} stands in place of a map: leave out one of the two"
                for key in INLINE
                if getattr(self, key)
            )
        yield from self._misfits(self.messages(), self.keys())

    def _misfits(self, one: Map, keys: Sequence[str]) -> Iterator[str]:
        if not keys:
            scopes = sorted({key.partition("/")[0] for key in one.meters})
            yield f"read names nothing that the map has: it has {', '.join(scopes)}"
        needed = places_of(one, tuple(keys))
        for name in sorted(needed - self.filled().keys()):
            yield f"nothing stands for {{{name}}}: write places: {{{name}: TEXT}}"
        if strange := self.places.keys() - places_of(one, tuple(one.meters)) - {"device"}:
            yield f"{{{min(strange)}}} stands nowhere in the map: leave it out of places"
        for key in keys:
            water = counts_water(one, key)
            if water is not None and water != (self.role is Role.WATER):
                yield f"meters.{key}: litres and cubic metres are of the role water, and it of them"

    def messages(self) -> Map:
        """Return the map to read its messages by: a ready one, or what stands here."""
        own = {
            "silent_after": self.silent_after,
            "longest_gap": self.longest_gap,
        }
        given = {key: value for key, value in own.items() if value is not None}
        if self.map is not None:
            return maps()[self.map].model_copy(update=given)
        body = {key: getattr(self, key) for key in INLINE}
        return Map(name=self.name, title=self.name, **body, **given)

    def keys(self) -> tuple[str, ...]:
        """Return the keys of the map's meters to read."""
        one = self.messages()
        if self.read is None:
            return keys_of(one, SHIPPED) if self.map is not None else tuple(one.meters)
        return keys_of(one, self.read)

    def filled(self) -> dict[str, str]:
        """Return what stands in the places."""
        return {"device": self.name, **self.messages().places, **self.places}
