"""What can be set for a device that is read by Modbus. sample.yaml shows every option."""

from datetime import timedelta
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from agent.model import Scope
from collectors.modbus.frames import Framer
from collectors.modbus.layout import Direction
from config import DeviceSettings, Duration
from config.profiles.files import known
from config.profiles.modbus import RegisterMap, profiles

AUTO = "auto"


class ModbusSettings(DeviceSettings):
    """A device that is read by Modbus."""

    type: Literal["modbus"]
    """The collector that reads it."""

    address: str = Field(min_length=1)
    """Its IPv4 or IPv6 address, or its name; behind a gateway, the gateway's."""

    port: int = Field(default=502, ge=1, le=65535)
    """Its TCP port."""

    unit: int = Field(default=1, ge=0, le=255)
    """Its unit; behind a gateway, its address on the serial line."""

    framer: Framer = "tcp"
    """How requests are wrapped: tcp, or rtu-over-tcp where a serial line is passed on as it is."""

    profile: str = AUTO
    """The register map to read it by; auto where it says itself what it is."""

    registers: RegisterMap | None = None
    """A register map of its own, in place of a profile."""

    model: int | None = Field(default=None, ge=1, le=65534)
    """The SunSpec model to read, where a device has several; the first one where left out."""

    instance: int = Field(default=1, ge=1, le=100)
    """Which one to read of several equal SunSpec models."""

    direction: Direction = "auto"
    """Whether what flows into the load is measured, or out of it: auto, import or export."""

    timeout: Duration = timedelta(seconds=2)
    """How long to wait for each try; a gateway must have given up before."""

    tries: int = Field(default=2, ge=1, le=10)
    """How often to ask before it counts as silent; once while it does."""

    pause: Duration = timedelta(milliseconds=20)
    """How long to leave the connection alone between an answer and the next request."""

    read: tuple[Scope, ...] = (Scope.TOTAL,)
    """Which parts to read: total, phase."""

    @field_validator("profile")
    @classmethod
    def _known(cls, name: str) -> str:
        return known(name, lambda: [AUTO, *profiles()], "profile")

    @field_validator("read")
    @classmethod
    def _something(cls, scopes: tuple[Scope, ...]) -> tuple[Scope, ...]:
        if not scopes:
            raise ValueError("an empty list reads nothing: write [total], or leave it out")
        return scopes

    @model_validator(mode="after")
    def _together(self) -> Self:
        if self.registers is not None and self.profile != AUTO:
            raise ValueError("registers is a map of its own: leave profile out")
        self._check_model()
        if self.timeout * self.tries >= self.every:
            raise ValueError("timeout x tries must be shorter than every")
        return self

    def _check_model(self) -> None:
        named = self.model_fields_set & {"model", "instance"}
        if not named or (self.registers is None and self.profile == AUTO):
            return
        if self.registers is not None or not profiles()[self.profile].models:
            raise ValueError(f"{' and '.join(sorted(named))}: only SunSpec devices have models")
