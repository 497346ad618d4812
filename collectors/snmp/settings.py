"""What can be set for a device that is read by SNMP. sample.yaml shows every option."""

from datetime import timedelta
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from agent.model import Scope
from collectors.snmp.wire.usm import Digest, Extension, Privacy
from config import DeviceSettings, Duration, Secret, Strict
from config.power_only import check_polled
from config.profiles import profiles
from config.profiles.files import known

# RFC 3414 section 11.2; agents refuse shorter ones.
SHORTEST_PASSWORD = 8


class AuthSettings(Strict):
    """How messages are signed."""

    protocol: Digest
    """md5, sha1, sha224, sha256, sha384 or sha512."""

    password: Secret
    """At least eight characters."""


class PrivSettings(Strict):
    """How messages are encrypted."""

    protocol: Privacy
    """des, aes128, aes192 or aes256."""

    password: Secret
    """At least eight characters."""

    extension: Extension = Extension.BLUMENTHAL
    """How aes192 and aes256 make a short key longer: blumenthal or reeder."""


class SnmpSettings(DeviceSettings):
    """A device that is read by SNMP."""

    type: Literal["snmp"]
    """The collector that reads it."""

    address: str = Field(min_length=1)
    """Its IPv4 or IPv6 address, or its name."""

    port: int = Field(default=161, ge=1, le=65535)
    """Its UDP port."""

    version: Literal["v1", "v2c", "v3"] = "v2c"
    """The version of SNMP that it speaks."""

    community: Secret | None = None
    """The community of v1 and v2c."""

    user: str | None = Field(default=None, min_length=1, max_length=32)
    """The user of v3."""

    auth: AuthSettings | None = None
    """How messages of v3 are signed; left out, they are not."""

    priv: PrivSettings | None = None
    """How messages of v3 are encrypted; left out, they are not."""

    context: str = ""
    """The context of v3, for agents that have several."""

    timeout: Duration = timedelta(seconds=1)
    """How long to wait for each try."""

    tries: int = Field(default=3, ge=1, le=10)
    """How often to ask before it counts as silent; once while it does."""

    profile: str | None = Field(default=None, validate_default=True)
    """The profile to read it by; found by its sysObjectID where left out."""

    read: tuple[Scope, ...] = (Scope.TOTAL, Scope.INPUT, Scope.INLET, Scope.SENSOR)
    """Which parts to read: total, input, inlet, phase, branch, outlet, sensor and what else there
    is.
    """

    any_source: bool = False
    """Whether to take answers from another address than was asked."""

    @field_validator("profile")
    @classmethod
    def _known(cls, name: str | None) -> str | None:
        if name is None:
            # Read now: it takes a quarter of a second, and later the devices are being polled.
            profiles()
            return name
        return known(name, profiles, "profile", shown_by="carbond profile list")

    @field_validator("read")
    @classmethod
    def _something(cls, scopes: tuple[Scope, ...]) -> tuple[Scope, ...]:
        if not scopes:
            raise ValueError("an empty list reads nothing: write [total], or leave it out")
        return scopes

    @model_validator(mode="after")
    def _together(self) -> Self:
        if self.timeout > self.every:
            raise ValueError("timeout is longer than every: a poll ends when the next one is due")
        if self.version == "v3":
            self._check_user()
        else:
            self._check_community()
        self._check_gaps()
        return self

    def _check_gaps(self) -> None:
        """Raise ValueError where a family that is named has no register, and is read too seldom."""
        if self.profile is None:
            return
        profile = profiles()[self.profile]
        read = [block for block in profile.meters if block.scope in self.read]
        if any(block.power for block in read) and not any(block.energy for block in read):
            check_polled(
                f"profile {profile.name}",
                every=self.every,
                longest_gap=profile.longest_gap,
                way="make `every` shorter",
            )

    def _check_community(self) -> None:
        if self.community is None:
            raise ValueError(
                f"SNMP {self.version} needs a community: write community: {{file: PATH}}"
            )
        for key in ("user", "auth", "priv", "context"):
            if getattr(self, key):
                raise ValueError(f"{key} belongs to v3: write version: v3, or leave it out")

    def _check_user(self) -> None:
        if self.community is not None:
            raise ValueError("community belongs to v1 and v2c: v3 has a user; leave it out")
        if self.user is None:
            raise ValueError("SNMP v3 needs a user: write user: NAME")
        if self.priv and not self.auth:
            raise ValueError("priv needs auth: SNMPv3 does not encrypt what it does not sign")
        for key, part in (("auth", self.auth), ("priv", self.priv)):
            if part and len(part.password.reveal().encode()) < SHORTEST_PASSWORD:
                raise ValueError(
                    f"the {key} password has fewer than {SHORTEST_PASSWORD} characters: "
                    "agents refuse it (RFC 3414)"
                )
