"""A small site for the tests: one utility meter, two UPSs, racks and servers."""

from collections.abc import Mapping
from datetime import UTC, datetime

from agent.accounting.metering.chain import chain_of
from agent.accounting.metering.tree import Tree
from agent.accounting.site import Site
from agent.model import HourEnergy, Meter, MeterId, Role
from agent.units import JOULES_PER_KWH, Joules

HOUR_9 = datetime(2026, 3, 10, 9, tzinfo=UTC)


def meter(
    device: str,
    role: Role,
    upstream: str = "",
    site: str = "fra",
    *,
    accuracy: float | None = None,
    **tags: str,
) -> Meter:
    """The total of a device; several feeds are parted by spaces."""
    return Meter(
        id=MeterId(device),
        device=device,
        site=site,
        role=role,
        upstream=tuple(upstream.split()),
        tags=tags,
        accuracy=accuracy,
    )


TOTALS = [
    meter("grid", Role.UTILITY),
    meter("ups-a", Role.UPS_OUTPUT, "grid"),
    meter("rack-1-a", Role.RACK, "ups-a"),
    meter("rack-2-a", Role.RACK, "ups-a"),
    meter("server-1", Role.DEVICE, "rack-1-a"),
    meter("chiller", Role.COOLING, "grid"),
]


def tree(**site: object) -> Tree:
    options: dict[str, object] = {"grid": "de", "marginal_grid": "wt", **site}
    return Tree.of([Site(name="fra", **options)], TOTALS)  # type: ignore[arg-type] # options


def planted(*meters: Meter, parts: str = "", **site: object) -> Tree:
    """A tree of these totals and of parts of them, which are parted by spaces."""
    sites = [Site(name="fra", **site)]  # type: ignore[arg-type] # options of any type
    totals = Tree.of(sites, meters)
    found = [totals.meter(MeterId(name)) for name in parts.split()]
    return Tree.of(sites, [*(one for one in found if one), *meters])


def all_upstream(tree: Tree, device: str) -> list[str]:
    """The meters of its site whose energy contains that of this one, the nearest first."""
    known = [*tree.totals.values(), *tree.parts.values()]
    site = next((one.site for one in known if one.id == device and one.site in tree.sites), None)
    chain = chain_of(one for one in known if one.site == site)
    found: dict[MeterId, None] = {}
    left = list(chain.upstream.get(MeterId(device), ()))
    for each in left:
        if each not in found:
            found[each] = None
            left += chain.upstream.get(each, ())
    return list(found)


def read(tree: Tree, kwh: Mapping[str, float], **seconds: float) -> dict[MeterId, HourEnergy]:
    """An hour of these meters: measured for all of it, or for these seconds by device."""
    hours = {}
    for name, energy in kwh.items():
        found = tree.meter(MeterId(name))
        assert found is not None
        hours[found.id] = HourEnergy(
            meter=found,
            hour=HOUR_9,
            energy=Joules(round(energy * JOULES_PER_KWH)),
            measured=seconds.get(name.replace("-", "_"), 3600.0),
            interpolated=0.0,
        )
    return hours


def energy(device: str, kwh: float, seconds: float = 3600.0) -> HourEnergy:
    (found,) = (one for one in TOTALS if one.device == device)
    return HourEnergy(
        meter=found,
        hour=HOUR_9,
        energy=Joules(int(kwh * JOULES_PER_KWH)),
        measured=seconds,
        interpolated=0.0,
    )


def by_id(*energies: HourEnergy) -> dict[MeterId, HourEnergy]:
    return {one.meter.id: one for one in energies}
