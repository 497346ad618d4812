"""The options of a BMC."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from agent.model import Scope
from collectors.ipmi.crypto import SUITES, Account, Suite
from config import DeviceSettings, Duration, Secret
from config.power_only import check_polled

KEPT_UNDER = timedelta(seconds=30)
"""Polls closer than this keep a session alive by themselves."""

READABLE = (Scope.TOTAL, Scope.PSU_INPUT, Scope.PSU_OUTPUT)

_LONGEST_USER = 16
_LONGEST_KEY = 20
_HEX = "0x"
_LEVELS = {"user": 2, "operator": 3, "administrator": 4}


class IpmiSettings(DeviceSettings):
    """A server read by its BMC over RMCP+ (IPMI 2.0 `lanplus`)."""

    address: str = Field(min_length=1, max_length=253)
    """Address or name of the BMC."""

    port: int = Field(default=623, ge=1, le=65535)
    """UDP port of the BMC."""

    user: str
    """User of the BMC; the privilege USER is enough for most."""

    password: Secret
    """The user's password, 20 bytes at most."""

    kg: Secret | None = None
    """The BMC's own key, where one is set: a text, or `0x` and hexadecimal digits."""

    suite: Annotated[Literal["auto", "17", "3"], BeforeValidator(str)] = "auto"
    """Cipher suite; auto tries 17 (SHA-256), then 3 (SHA-1)."""

    privilege: Literal["user", "operator", "administrator"] = "user"
    """The privilege to rise to if the BMC refuses to answer a USER."""

    session: Literal["auto", "fresh", "kept"] = "auto"
    """Whether a session is opened for each poll or kept; auto keeps it if polled under 30 s."""

    source: Literal["auto", "dcmi", "sdr"] = "auto"
    """What the total is read from; auto takes DCMI, and the sensors of a BMC without it."""

    sensor: str | None = None
    """Name of the one power sensor to read for the total, in place of a choice among them."""

    read: tuple[Scope, ...] = (Scope.TOTAL,)
    """Which parts to read: total, psu-input, psu-output."""

    temperature: Literal["none", "inlet"] = "none"
    """Whether to read the temperature of the air inlet together with the total."""

    timeout: Duration = timedelta(seconds=1)
    """How long to wait for an answer before the request is sent again."""

    tries: int = Field(default=3, ge=1, le=10)
    """How often a request is sent before the BMC counts as silent."""

    longest_gap: Duration = timedelta(minutes=5)
    """Over which its power may be integrated; a longer gap has no energy."""

    @field_validator("user")
    @classmethod
    def _short_user(cls, user: str) -> str:
        if not 0 < len(user.encode()) <= _LONGEST_USER:
            raise ValueError("a user of a BMC has 1 to 16 bytes")
        return user

    @field_validator("password")
    @classmethod
    def _short_password(cls, password: Secret) -> Secret:
        if len(password.reveal().encode()) > _LONGEST_KEY:
            raise ValueError("it is longer than the 20 bytes that a BMC takes")
        return password

    @field_validator("kg")
    @classmethod
    def _short_key(cls, kg: Secret | None) -> Secret | None:
        if kg is not None and len(key_of(kg)) > _LONGEST_KEY:
            raise ValueError("it is longer than the 20 bytes that a BMC takes")
        return kg

    @field_validator("read")
    @classmethod
    def _known(cls, scopes: tuple[Scope, ...]) -> tuple[Scope, ...]:
        if not scopes:
            raise ValueError("an empty list reads nothing: write [total], or leave it out")
        for scope in scopes:
            if scope not in READABLE:
                raise ValueError(f"a BMC has no {scope}: there are {', '.join(READABLE)}")
        return scopes

    @model_validator(mode="after")
    def _shown_somewhere(self) -> "IpmiSettings":
        if self.temperature != "none" and Scope.TOTAL not in self.read:
            raise ValueError("`temperature` comes with the total: add total to `read`")
        return self

    @model_validator(mode="after")
    def _patient(self) -> "IpmiSettings":
        if self.timeout * self.tries >= self.every:
            raise ValueError("timeout x tries must be shorter than `every`")
        check_polled("a BMC", every=self.every, longest_gap=self.longest_gap)
        return self

    @property
    def account(self) -> Account:
        """Who logs in."""
        kg = None if self.kg is None else key_of(self.kg)
        password = self.password.reveal().encode()
        return Account(user=self.user.encode(), password=password, kg=kg)

    @property
    def suites(self) -> tuple[Suite, ...]:
        """The suites to try, in order."""
        if self.suite == "auto":
            return tuple(SUITES.values())
        return (SUITES[int(self.suite)],)

    @property
    def level(self) -> int:
        return _LEVELS[self.privilege]

    @property
    def kept(self) -> bool:
        """Whether a session is kept from poll to poll."""
        return self.session == "kept" or (self.session == "auto" and self.every < KEPT_UNDER)


def key_of(key: Secret) -> bytes:
    """Return the bytes of a key. Raises ValueError for wrong hexadecimal digits."""
    text = key.reveal()
    if not text.startswith(_HEX):
        return text.encode()
    try:
        return bytes.fromhex(text.removeprefix(_HEX))
    except ValueError:
        raise ValueError("after 0x there must be pairs of hexadecimal digits") from None
