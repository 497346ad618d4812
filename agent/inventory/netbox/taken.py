"""The devices that are taken: named, with what they are, whether or not they can be read."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from agent.errors import ConfigError
from agent.inventory.netbox.choices import Choices
from agent.inventory.netbox.kinds import BMC_TYPES, Kind, Rules, kind_of
from agent.inventory.netbox.naming import names_of
from agent.inventory.netbox.stock import Device, Stock
from config.problems import quoted, way_out


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A device of NetBox that belongs into the settings."""

    device: Device
    kind: Kind
    name: str
    site: str
    """Name of its site in the settings."""

    @property
    def address(self) -> str:
        """Where it is read; empty where NetBox does not know."""
        if self.kind.type in BMC_TYPES:
            return self.device.oob
        return self.device.address or self.device.oob


@dataclass(slots=True)
class Selection:
    """What is taken, by NetBox's id, and how many devices are not, by the reason."""

    taken: dict[int, Taken] = field(default_factory=dict)
    passed: Counter[str] = field(default_factory=Counter)
    sites: dict[str, str] = field(default_factory=dict)
    """The sites that devices are taken of: their names in the settings and their zones of time."""


def sites_of(stock: Stock, wanted: Mapping[str, str]) -> Mapping[str, str]:
    """Return the names in the settings of the sites to take, by slug.

    Raises ConfigError for a site that NetBox does not have.
    """
    if not wanted:
        return {slug: slug for slug in stock.sites}
    by_name = {site.name.lower(): slug for slug, site in stock.sites.items()}
    found = {}
    for word, name in wanted.items():
        slug = word if word in stock.sites else by_name.get(word.lower())
        if slug is None:
            near = way_out("site", word, stock.sites)
            raise ConfigError(f"netbox: --site: there is no site {quoted(word)}{near}")
        found[slug] = name if name != word else slug
    return found


def selection_of(stock: Stock, choices: Choices) -> Selection:
    """Return the devices to take: of the sites and statuses that are wanted, and of a known kind.

    Raises ConfigError for a site that NetBox does not have.
    """
    sites = sites_of(stock, choices.sites)
    selection = Selection()
    wanted = [
        device
        for device in stock.devices.values()
        if device.site in sites and _is_wanted(device, choices, selection)
    ]
    kinds = dict(_kinds(wanted, stock, choices, selection))
    devices = [device for device in wanted if device.id in kinds]
    names = names_of(devices)
    for device in devices:
        selection.taken[device.id] = Taken(
            device=device, kind=kinds[device.id], name=names[device.id], site=sites[device.site]
        )
        selection.sites[sites[device.site]] = stock.sites[device.site].timezone
    return selection


def _is_wanted(device: Device, choices: Choices, selection: Selection) -> bool:
    if device.status not in choices.statuses:
        selection.passed[f"status {device.status or 'unknown'}"] += 1
        return False
    return True


def _kinds(
    devices: Iterable[Device], stock: Stock, choices: Choices, selection: Selection
) -> Iterator[tuple[int, Kind]]:
    rules = Rules(roles=choices.roles, bmc=choices.bmc)
    for device in devices:
        outlets, ports = device.id in stock.outlets, device.id in stock.ports
        kind = kind_of(device, rules, outlets=outlets, ports=ports)
        if kind is None:
            selection.passed[f"role {device.role or 'unknown'}"] += 1
        else:
            yield device.id, kind
