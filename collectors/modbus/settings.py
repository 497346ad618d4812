"""What can be set for a device that is read by Modbus. sample.yaml shows every option."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import lru_cache, partial
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from agent.model import Scope
from collectors.modbus.failure import Failure
from collectors.modbus.frames import Framer
from collectors.modbus.layout import OWN, Direction, Layout, Plan, Wanted, layout_of, map_of
from config import Clash, DeviceSettings, Duration
from config.power_only import WAY_OUT, check_polled
from config.problems import quoted
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
        self._check_map()
        return self

    def _check_model(self) -> None:
        named = self.model_fields_set & {"model", "instance"}
        if not named or (self.registers is None and self.profile == AUTO):
            return
        if self.registers is not None or not profiles()[self.profile].models:
            raise ValueError(f"{' and '.join(sorted(named))}: only SunSpec devices have models")
        numbers = [number for model in profiles()[self.profile].models for number in model.ids]
        if self.model is not None and self.model not in numbers:
            there = ", ".join(map(str, numbers))
            raise ValueError(f"model: {self.profile} does not know {self.model}: it knows {there}")

    @property
    def wanted(self) -> Wanted:
        """What of the device is to be read, and which way."""
        return Wanted(scopes=self.read, role=self.role, direction=self.direction)

    def _check_map(self) -> None:
        """Raise ValueError for a map that is known and cannot be read as it is asked for.

        Which of several SunSpec models a device has is known at the first poll: one must fit.
        """
        reasons: dict[str, None] = {}
        for layout in self._layouts():
            try:
                self._check_plans(layout().plans)
            except (Failure, ValueError) as error:
                reasons[str(error)] = None
            else:
                return
        if reasons:
            raise ValueError("; ".join(reasons))

    def _check_plans(self, plans: Sequence[Plan]) -> None:
        way = WAY_OUT if self.registers is not None else "make `every` shorter"
        for plan in plans:
            if plan.energy is None:
                what = plan.suffix.removeprefix("/") or "the total"
                check_polled(what, every=self.every, longest_gap=plan.longest_gap, way=way)

    def _layouts(self) -> Iterator[Callable[[], Layout]]:
        """Yield the layouts that the settings leave open, none where the device says its own."""
        if self.registers is not None:
            yield partial(layout_of, OWN, self.registers, self.wanted)
        elif self.profile != AUTO:
            models = profiles()[self.profile].models
            numbers: list[int | None] = [
                one.ids[0] for one in models if self.model is None or self.model in one.ids
            ]
            for number in numbers or [None]:
                yield partial(_layout_by, self.profile, number, self.wanted)

    @classmethod
    def clashes(cls, devices: Sequence[Self]) -> Iterator[Clash]:
        """Yield each device whose connection another one has wrapped in another way."""
        first: dict[tuple[str, int], Self] = {}
        for number, device in enumerate(devices):
            other = first.setdefault((device.address, device.port), device)
            if device.framer != other.framer:
                yield Clash(
                    number,
                    "framer",
                    f'"framer" is {device.framer} here and {other.framer} for '
                    f"{quoted(other.name)}, at the same address and port: write the same framer "
                    "for all of one port",
                )


@lru_cache(maxsize=256)
def _layout_by(name: str, number: int | None, wanted: Wanted) -> Layout:
    """Return the layout by a profile, by the SunSpec model of that number where it has models.

    Most devices of a site are read alike. Raises Failure.
    """
    profile = profiles()[name]
    meters = next((one for one in profile.models if number in one.ids), profile)
    return layout_of(name, map_of(profile, meters), wanted)
