"""What is shown of devices, grids and exporters: whether they answer."""

from collections.abc import Callable

from agent.measures.family import Measure
from agent.model import DeviceNow, Now


def _of_devices(
    name: str,
    help: str,
    value_of: Callable[[DeviceNow, Now], float | None],
) -> Measure:
    return Measure(
        name=name,
        help=help,
        of=lambda now, _: (
            ({"device": one.name, "kind": one.kind}, value_of(one, now)) for one in now.devices
        ),
    )


def _silent(device: DeviceNow, now: Now) -> float:
    if device.up:
        return 0.0
    return max((now.at - (device.answered or device.since)).total_seconds(), 0.0)


DEVICE_MEASURES: tuple[Measure, ...] = (
    _of_devices(
        "carbond_device_up",
        "1 if the device, grid or exporter answered last time, 0 if not.",
        lambda device, _: int(device.up),
    ),
    _of_devices(
        "carbond_device_answer_seconds",
        "How long the last answer took, in seconds; absent while there is none.",
        lambda device, _: device.seconds if device.up else None,
    ),
    _of_devices(
        "carbond_device_silent_seconds",
        "Time since the last answer, in seconds, 0 while it answers; since it was first asked where"
        " it has never answered.",
        _silent,
    ),
    _of_devices(
        "carbond_device_missed_polls",
        "Polls in a row without an answer, 0 while it answers.",
        lambda device, _: device.missed,
    ),
)
