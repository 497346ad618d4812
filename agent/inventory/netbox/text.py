"""The import as a file of `conf.d`: nothing in it changes but what has changed in NetBox."""

from collections.abc import Iterator, Mapping
from pathlib import PurePath

from agent.inventory.netbox.importing import Import, Left
from agent.inventory.values import Value
from agent.inventory.yaml_text import comment, device_lines, flow

MARK = "# Devices from NetBox, written by `carbond inventory netbox`."

_HEAD = (
    MARK,
    "# The next import writes this file anew: change NetBox, or put devices into another file.",
    "#",
    "# The settings need these sites:",
)
_DEFAULTS = (
    "# The secrets stand in these files. A type can have its defaults in one file only: with",
    "# --no-defaults this part is left out.",
)


def settings_text(found: Import, secrets: PurePath | None) -> str:
    """Return the file. `secrets` is the folder of the files with the secrets; None leaves the
    defaults of the types, in which these stand, to another file.
    """
    lines = [*_HEAD, *_sites(found)]
    kinds = sorted({str(device["type"]) for device in found.taken})
    defaults = {} if secrets is None else _defaults(secrets)
    if any(kind in defaults for kind in kinds):
        lines += ["", *_DEFAULTS, "defaults:"]
        lines += [f"  {kind}: {flow(defaults[kind])}" for kind in kinds if kind in defaults]
    return "\n".join([*lines, "", "devices:", *_devices(found)]) + "\n"


def _sites(found: Import) -> Iterator[str]:
    for name, zone in found.sites.items():
        site: dict[str, Value] = {"name": name, "timezone": zone} if zone else {"name": name}
        yield comment(f"  - {flow(site)}")


def _defaults(secrets: PurePath) -> Mapping[str, Value]:
    return {
        "ipmi": {"user": "carbond", "password": {"file": str(secrets / "ipmi-password")}},
        "redfish": {"user": "carbond", "password": {"file": str(secrets / "redfish-password")}},
        "snmp": {"community": {"file": str(secrets / "snmp-community")}},
    }


def _devices(found: Import) -> Iterator[str]:
    for device in found.devices:
        if isinstance(device, Left):
            yield comment(f"{device.name} is left out: {device.reason}.", "  ")
        else:
            yield from device_lines(device)
