"""NVIDIA's library without a GPU: the functions that are used, with its own errors."""

from dataclasses import dataclass, field

from pynvml import NVMLError  # type: ignore[import-untyped]  # it has no types


@dataclass
class FakeGpu:
    """What a GPU answers; None is a value that it does not have, a number below zero an error."""

    uuid: str
    millijoules: int | None = None
    milliwatts: int | None = None
    error: int = 0


@dataclass
class FakeNvml:
    """Answers as libnvidia-ml.so.1 does."""

    gpus: list[FakeGpu] = field(default_factory=list)
    missing: int = 0
    """The code that nvmlInit fails with; 0 is none."""

    opened: int = 0
    NVMLError: type[Exception] = NVMLError

    def nvmlInit(self) -> None:  # noqa: N802 the library's name
        if self.missing:
            raise NVMLError(self.missing)
        self.opened += 1

    def nvmlShutdown(self) -> None:  # noqa: N802 the library's name
        self.opened -= 1

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802 the library's name
        return len(self.gpus)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> FakeGpu:  # noqa: N802 the library's name
        gpu = self.gpus[index]
        if gpu.error:
            raise NVMLError(gpu.error)
        return gpu

    def nvmlDeviceGetUUID(self, handle: FakeGpu) -> str:  # noqa: N802 the library's name
        return handle.uuid

    def nvmlDeviceGetTotalEnergyConsumption(self, handle: FakeGpu) -> int:  # noqa: N802 the library's name
        return _said(handle.millijoules)

    def nvmlDeviceGetPowerUsage(self, handle: FakeGpu) -> int:  # noqa: N802 the library's name
        return _said(handle.milliwatts)


def _said(value: int | None) -> int:
    if value is None:
        raise NVMLError(3)
    return value
