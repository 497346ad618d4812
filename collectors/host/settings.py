"""What can be set for the host itself. sample.yaml shows every option."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import model_validator

from config import Clash, DeviceSettings, Duration
from config.in_band import check_placed, placed
from config.problems import quoted


class HostSettings(DeviceSettings):
    """The machine that the daemon runs on, as it reads itself."""

    type: Literal["host"]
    """The collector that reads it."""

    alone: bool = False
    """Whether nothing else in the settings reads this machine: only then is its energy counted."""

    rapl: bool = True
    """Whether to read the processors' and the memory's counters."""

    powercap: Path = Path("/sys/class/powercap")
    """The folder of those counters."""

    total: Literal["auto", "psys", "parts"] = "auto"
    """What its total is: the counter of the platform (psys), the sum of the parts, or auto, which
    takes psys on a machine without GPUs alone.
    """

    gpus: bool | Literal["auto"] = "auto"
    """Whether to read NVIDIA GPUs; auto reads them where there is a driver."""

    longest_gap: Duration = timedelta(minutes=5)
    """Over which power may be integrated where there is no counter."""

    @model_validator(mode="before")
    @classmethod
    def _placed(cls, values: Any) -> Any:  # noqa: ANN401 what was written may be anything
        return placed(values) if isinstance(values, dict) else values

    @model_validator(mode="after")
    def _counted_once(self) -> Self:
        check_placed(self, alone=self.alone)
        if not self.rapl and not self.gpus:
            raise ValueError("with `rapl: false` and `gpus: false` nothing is left to read")
        if not self.rapl and self.total == "psys":
            raise ValueError("`total: psys` is a counter of RAPL: leave `rapl: false` out")
        return self

    @classmethod
    def clashes(cls, devices: Sequence[Self]) -> Iterator[Clash]:
        """Yield all but the first: there is one machine, and its energy is counted once."""
        for number, _ in enumerate(devices[1:], start=1):
            yield Clash(
                number,
                "type",
                f'"type" host is this machine, which {quoted(devices[0].name)} reads already: '
                "leave one of the two out",
            )
