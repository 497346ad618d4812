"""Numbers of outlets: the settings name them as the device does, NetBox as people do."""

import re
from collections.abc import Mapping, Sequence

from agent.inventory.netbox.stock import Outlet

_CONNECTOR = re.compile(
    r"(?<![A-Za-z0-9])(?:IEC[ -]?)?C(?:5|7|13|15|19|21|39)(?![A-Za-z0-9])", re.I
)
"""What people call an outlet's shape by (IEC 60320): `Outlet 1 (C13)` is the first one."""


def numbers_of(outlets: Sequence[Outlet]) -> Mapping[int, str] | None:
    """Return the number of each outlet of a device by its id: the last one in its name.

    None if not all have one, or two have the same: a wrong outlet would be worse than none.
    """
    numbers: dict[int, str] = {}
    for outlet in outlets:
        found = re.findall(r"[0-9]+", _CONNECTOR.sub("", outlet.name))
        if not found:
            return None
        numbers[outlet.id] = str(int(found[-1]))
    return numbers if len(set(numbers.values())) == len(numbers) else None
