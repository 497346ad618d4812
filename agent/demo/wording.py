"""What is said of a site in a few words, on the screen and in a line alike."""

from collections.abc import Sequence

from agent.figures import significant
from agent.model import HOUR, MINUTE, DeviceNow, Kind, Pue, SiteHour
from agent.wording import MISSING
from collectors import DEVICES

ESTIMATED = "~"


def pue_in_words(pue: Pue | None) -> tuple[str, str]:
    """Return the number of the running hour, such as `1.35`, and how it is known."""
    if pue is None:
        return MISSING, ""
    if not pue.measured:
        return f"{pue.value:.2f}", "declared"
    category = "" if pue.category is None else f", category {pue.category}"
    minutes = pue.coverage * HOUR / MINUTE
    over = f"{minutes:.0f} min" if minutes >= 1 else "less than a minute"
    return f"{pue.value:.2f}", f"measured over {over}{category}"


def intensity_in_words(hour: SiteHour | None, kind: Kind) -> tuple[str, str]:
    """Return the number, such as `~312 g/kWh` where it is estimated, and of what kind it is."""
    found = None if hour is None else hour.intensities.get(kind)
    if found is None:
        return MISSING, str(kind)
    if not found.estimated:
        return f"{significant(found.value)} g/kWh", str(kind)
    return f"{ESTIMATED}{significant(found.value)} g/kWh", f"{kind}, estimated"


def devices_in_words(devices: Sequence[DeviceNow]) -> str:
    """Return `66 devices up, 1 down: rack-07-b`, with the grids and others that are down."""
    up, down = counts_of(devices)
    names = ", ".join(device.name for device in troubles_of(devices))
    return f"{up} devices up, {down} down{f': {names}' if names else ''}"


def counts_of(devices: Sequence[DeviceNow]) -> tuple[int, int]:
    """Return how many devices are up and down; grids and exporters are none."""
    answering = [device.up for device in devices if device.kind in DEVICES]
    return sum(answering), len(answering) - sum(answering)


def troubles_of(devices: Sequence[DeviceNow]) -> Sequence[DeviceNow]:
    """Return all that is down, what is not a device first: there is less of it."""
    down = [device for device in devices if not device.up]
    return sorted(down, key=lambda device: device.kind in DEVICES)
