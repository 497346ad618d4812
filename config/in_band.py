"""Machines that read themselves (in-band): what keeps their energy from being counted twice.

A processor's or an exporter's own counters tell of energy that flows through an outlet, and that a
BMC may read too. So a device that is read in-band says what meters it from outside, and then stands
in no sum, or says in so many words that nothing does.
"""

from collections.abc import Mapping
from typing import Any

from agent.model import Role
from config.settings import DeviceSettings

SOURCE = "in-band"
"""What `Reading.source` begins with for all that a machine says of itself."""


def placed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys of a device that is read in-band with the role it has where none is said.

    That is `device` for one that is alone, and else `other`, which no sum takes.
    """
    role = Role.DEVICE if values.get("alone") else Role.OTHER
    return {"role": role, **values}


def check_placed(device: DeviceSettings, *, alone: bool) -> None:
    """Raise ValueError for a device that is read in-band and might be counted twice."""
    if alone:
        return
    if not device.upstream:
        raise ValueError(
            "it is read in-band: name what meters it from outside (its BMC, its outlet, else its "
            "rack PDU) as `upstream`, or write `alone: true` where nothing else reads it"
        )
    if device.role is not Role.OTHER:
        raise ValueError(
            f"it is read in-band, and as role {device.role} its energy would be added to what "
            "`upstream` has measured: leave `role` out, or write `alone: true` where nothing else "
            "reads this machine"
        )
