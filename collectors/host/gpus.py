"""NVIDIA GPUs by their driver's library (NVML): energy since the driver was loaded, and power."""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

from collectors.host.powercap import Unreadable

NOT_SUPPORTED = 3
NO_PERMISSION = 4
DRIVER_NOT_LOADED = 9
LIBRARY_NOT_FOUND = 12
FUNCTION_NOT_FOUND = 13
VERSION_MISMATCH = 18

NO_GPUS = frozenset({DRIVER_NOT_LOADED, LIBRARY_NOT_FOUND})
"""What the library says on a machine without GPUs."""

NO_VALUE = frozenset({NOT_SUPPORTED, FUNCTION_NOT_FOUND})
"""What it says of a value that this GPU, or this driver, does not have."""

_WAYS = {
    LIBRARY_NOT_FOUND: "libnvidia-ml.so.1 is missing: install the driver, or write `gpus: false`",
    DRIVER_NOT_LOADED: "the driver is not loaded: run nvidia-smi to see why, and load it",
    VERSION_MISMATCH: "the driver was upgraded: restart the machine, or reload its modules",
    NO_PERMISSION: "let the daemon open /dev/nvidiactl and /dev/nvidia0, see its README.md",
}


class Library(Protocol):
    """What is used of NVML, by its own names."""

    NVMLError: type[Exception]

    def nvmlInit(self) -> None: ...  # noqa: N802 the library's name
    def nvmlShutdown(self) -> None: ...  # noqa: N802 the library's name
    def nvmlDeviceGetCount(self) -> int: ...  # noqa: N802 the library's name
    def nvmlDeviceGetHandleByIndex(self, index: int) -> Any: ...  # noqa: ANN401, N802 the library's
    def nvmlDeviceGetUUID(self, handle: Any) -> str: ...  # noqa: ANN401, N802 the library's
    def nvmlDeviceGetTotalEnergyConsumption(self, handle: Any) -> int: ...  # noqa: ANN401, N802 the library's
    def nvmlDeviceGetPowerUsage(self, handle: Any) -> int: ...  # noqa: ANN401, N802 the library's


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpu:
    """What one GPU said. A slice of it (MIG) has no power of its own."""

    key: str
    uuid: str
    microjoules: int | None
    """Since the driver was loaded; None where the GPU does not count."""

    watts: float | None


class Gpus:
    """All GPUs of the machine. Its calls block, and none of them is made in the event loop."""

    def __init__(self, library: Library | None = None) -> None:
        """`library` takes the place of the driver's."""
        self._library = library
        self._open = False

    def read(self, *, wanted: bool) -> tuple[Sequence[Gpu], Sequence[str]]:
        """Return what could be read, and what could not and why.

        Without a driver there are no GPUs, which is a failure only if they are `wanted`. Raises
        Unreadable if none can be read.
        """
        if self._library is None:
            self._library = cast(Library, importlib.import_module("pynvml"))
        library = self._library
        try:
            if not self._open:
                library.nvmlInit()
                self._open = True
            count = library.nvmlDeviceGetCount()
        except library.NVMLError as error:
            self.close()
            if not wanted and _code(error) in NO_GPUS:
                return (), ()
            raise Unreadable(_words("GPUs", error)) from error
        if wanted and not count:
            raise Unreadable("cannot read GPUs: there is none: leave `gpus: true` out")
        return self._all(library, count)

    def close(self) -> None:
        """Let go of the driver."""
        if self._open and self._library is not None:
            self._open = False
            try:
                self._library.nvmlShutdown()
            except self._library.NVMLError:
                # It is gone already, which is all that was wanted.
                return

    def _all(self, library: Library, count: int) -> tuple[Sequence[Gpu], Sequence[str]]:
        found, problems = [], []
        for index in range(count):
            key = f"gpu-{index}"
            try:
                gpu = _gpu(library, key, library.nvmlDeviceGetHandleByIndex(index))
            except library.NVMLError as error:
                problems.append(_words(key, error))
                continue
            if gpu.microjoules is None and gpu.watts is None:
                problems.append(f"{key} measures neither energy nor power: write `gpus: false`")
            else:
                found.append(gpu)
        if len(found) < count:
            # The next poll opens it anew: a GPU that was reset answers again only then.
            self.close()
        return found, problems


def _gpu(library: Library, key: str, handle: object) -> Gpu:
    energy = _value(library, library.nvmlDeviceGetTotalEnergyConsumption, handle)
    power = _value(library, library.nvmlDeviceGetPowerUsage, handle)
    return Gpu(
        key=key,
        uuid=library.nvmlDeviceGetUUID(handle),
        microjoules=None if energy is None else energy * 1000,
        watts=None if power is None else power / 1000,
    )


def _value(library: Library, ask: Any, handle: object) -> int | None:  # noqa: ANN401 one of two
    """Return what the library says, None for what this GPU does not have."""
    try:
        return int(ask(handle))
    except library.NVMLError as error:
        if _code(error) in NO_VALUE:
            return None
        raise


def _code(error: Exception) -> int | None:
    return getattr(error, "value", None)


def _words(what: str, error: Exception) -> str:
    way = _WAYS.get(_code(error) or 0, "run nvidia-smi to see what ails it")
    return f"cannot read {what}: NVML says {error}: {way}"
