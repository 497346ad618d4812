"""A small site for the tests: one utility meter, two UPSs, racks and servers."""

from datetime import UTC, datetime

from agent.accounting.site import Site
from agent.accounting.tree import Tree
from agent.model import HourEnergy, Meter, MeterId, Role
from agent.units import JOULES_PER_KWH, Joules

HOUR_9 = datetime(2026, 3, 10, 9, tzinfo=UTC)


def _names(upstream: str | None) -> tuple[str, ...]:
    return (upstream,) if upstream else ()


def meter(device: str, role: Role, upstream: str | None = None, site: str = "fra") -> Meter:
    return Meter(id=MeterId(device), device=device, site=site, role=role, upstream=_names(upstream))


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
