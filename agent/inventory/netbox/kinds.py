"""What a device is to carbond: where it stands in the power chain, and how it is read."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from agent.inventory.netbox.stock import Device
from agent.model import Role

BMC_TYPES = ("redfish", "ipmi")
"""Types of the settings that read a server by its BMC, at its out-of-band address."""

TYPES = (*BMC_TYPES, "snmp", "modbus")
"""Types of the settings for which NetBox knows all that is needed but secrets."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A place in the power chain, and the type of the settings that reads it."""

    role: Role
    type: str


_PDU = Kind(Role.RACK, "snmp")
_UPS = Kind(Role.UPS_OUTPUT, "snmp")
_FEED = Kind(Role.FEED, "snmp")

_WORDS: tuple[tuple[frozenset[str], Kind | None], ...] = (
    (frozenset({"ups"}), _UPS),
    (frozenset({"ats", "sts", "rpp", "floor", "busway"}), _FEED),
    (frozenset({"pdu", "rpdu", "epdu", "ipdu"}), _PDU),
    (
        frozenset({"server", "hypervisor", "compute", "host", "esxi", "gpu", "hpc", "blade"}),
        None,
    ),
)
"""Words of roles and models, those that decide first on top; None is a server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a person has said of roles, and how servers are read."""

    roles: Mapping[str, Kind | None]
    """By the slug of the role; None is not to be taken."""

    bmc: str


def kind_of(device: Device, rules: Rules, *, outlets: bool, ports: bool) -> Kind | None:
    """Return what a device is; None if it is nothing that carbond reads.

    A person's word on its role decides, then the words of its role, then those of its model where
    it has outlets, and then whether it has both outlets and power ports as a PDU has.
    """
    if device.role in rules.roles:
        return rules.roles[device.role]
    found = _by_words(device.role, device, rules)
    if found is None and outlets:
        found = _by_words(device.model, device, rules)
    return _PDU if found is None and outlets and ports else found


def _by_words(text: str, device: Device, rules: Rules) -> Kind | None:
    words = set(_words(text))
    for known, kind in _WORDS:
        if words & known:
            return kind or Kind(Role.DEVICE, _bmc(device, rules))
    return None


def _bmc(device: Device, rules: Rules) -> str:
    """Return how a server is read: as its tags say, or as most are."""
    return next((kind for kind in BMC_TYPES if kind in device.tags), rules.bmc)


def _words(text: str) -> Iterable[str]:
    for word in re.split(r"[^a-z0-9]+", text.lower()):
        yield word
        yield word.removesuffix("s")
