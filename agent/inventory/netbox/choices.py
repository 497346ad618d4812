"""What a person chooses of an import."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from agent.inventory.netbox.kinds import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """The options of `carbond inventory netbox`."""

    sites: Mapping[str, str] = field(default_factory=dict)
    """The sites to take, by slug or name, and their names in the settings; all where empty."""

    statuses: Sequence[str] = ("active",)
    """The statuses that devices are taken of."""

    roles: Mapping[str, Kind | None] = field(default_factory=dict)
    """What the devices of a role are, by its slug; None is not to be taken."""

    bmc: str = "redfish"
    """How servers are read, where a tag of theirs does not say."""

    panel_field: str = "ups"
    """The custom field of power panels that names what feeds them."""

    fields: Sequence[str] = ()
    """The custom fields of devices that become tags."""
