"""What can be set for a device that is read by Redfish. sample.yaml shows every option."""

import re
import ssl
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from agent.errors import ConfigError
from agent.model import Scope
from config import DeviceSettings, Duration, Secret, Strict

READABLE = (
    Scope.TOTAL,
    Scope.UNIT,
    Scope.INLET,
    Scope.PHASE,
    Scope.BRANCH,
    Scope.OUTLET,
    Scope.PSU_INPUT,
    Scope.PSU_OUTPUT,
)
"""The parts of a device that Redfish has resources for."""

_SHA256 = re.compile(r"[0-9A-F]{64}")


def _bare(value: object) -> object:
    """Return the digits of a fingerprint as tools print it, with colons and perhaps a label."""
    if not isinstance(value, str):
        return value
    return value.rpartition("=")[2].replace(":", "").replace(" ", "").upper()


class TlsSettings(Strict):
    """How the device's certificate is verified."""

    ca: Path | None = None
    """File with the certificates (PEM) that may have signed it; the system's where left out."""

    verify: bool = True
    """Whether to verify it at all; without, anybody in between reads the password."""

    fingerprint: Annotated[str, BeforeValidator(_bare)] | None = None
    """SHA-256 of its certificate, which is all that is verified then."""

    @field_validator("ca")
    @classmethod
    def _there(cls, ca: Path | None) -> Path | None:
        if ca is not None:
            try:
                context_of(ca)
            except ConfigError as error:
                raise ValueError(str(error)) from error
        return ca

    @field_validator("fingerprint")
    @classmethod
    def _whole(cls, digits: str | None) -> str | None:
        if digits is not None and _SHA256.fullmatch(digits) is None:
            raise ValueError(
                "a fingerprint is the 64 hexadecimal digits of SHA-256, as "
                "`openssl x509 -noout -fingerprint -sha256` prints them"
            )
        return digits

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.ca is not None and (self.fingerprint is not None or not self.verify):
            raise ValueError("`ca` has no use with `fingerprint` or `verify: false`: leave one out")
        if self.fingerprint is not None and not self.verify:
            raise ValueError("`fingerprint` has no use with `verify: false`: leave one out")
        return self


class RedfishSettings(DeviceSettings):
    """A server, PDU or power shelf that is read by Redfish."""

    type: Literal["redfish"]
    """The collector that reads it."""

    address: str = Field(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9._:%-]+$")
    """Its IPv4 or IPv6 address, or its name. Redfish is always read over HTTPS."""

    port: int = Field(default=443, ge=1, le=65535)
    """Its TCP port."""

    user: str = Field(min_length=1)
    """User of the service; the role ReadOnly is enough."""

    password: Secret
    """The user's password."""

    auth: Literal["auto", "session", "basic"] = "auto"
    """How to log in; auto opens a session, and uses Basic where there is none to be had."""

    tls: TlsSettings = TlsSettings()
    """How its certificate is verified: `ca`, `verify`, `fingerprint`."""

    timeout: Duration = timedelta(seconds=10)
    """How long to wait for each answer."""

    read: tuple[Scope, ...] = (Scope.TOTAL, Scope.INLET)
    """Which parts to read: total, unit, inlet, phase, branch, outlet, psu-input, psu-output."""

    unit: str | None = None
    """Id of the one chassis or PDU to read, where the service has several."""

    step_kwh: float = Field(default=1.0, gt=0)
    """Energy of one count of its registers, in kWh; Redfish does not say it."""

    longest_gap: Duration = timedelta(minutes=5)
    """Over which its power may be integrated where it counts no energy."""

    @field_validator("read")
    @classmethod
    def _known(cls, scopes: tuple[Scope, ...]) -> tuple[Scope, ...]:
        if not scopes:
            raise ValueError("an empty list reads nothing: write [total], or leave it out")
        for scope in scopes:
            if scope not in READABLE:
                raise ValueError(f"Redfish has no {scope}: there are {', '.join(READABLE)}")
        return scopes

    @field_validator("user")
    @classmethod
    def _sendable(cls, user: str) -> str:
        if ":" in user:
            raise ValueError("a user with a colon cannot log in (RFC 7617)")
        return user

    @model_validator(mode="after")
    def _patient(self) -> Self:
        if self.timeout >= self.every:
            raise ValueError("`timeout` must be shorter than `every`")
        return self


def context_of(ca: Path) -> ssl.SSLContext:
    """Return what verifies certificates by a file of CAs. Raises ConfigError."""
    try:
        return ssl.create_default_context(cafile=ca)
    except ssl.SSLError as error:
        raise ConfigError(f"there are no certificates in {ca}: it must be PEM") from error
    except OSError as error:
        raise ConfigError(
            f"cannot read the certificates in {ca}: {error.strerror}: create the file, or correct "
            "the path"
        ) from error
