"""The end of a demo: what was booked, beside what was true."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from rich.table import Table

from agent.demo.figures import mass, percent
from agent.demo.site import Site
from agent.model import DeviceNow, MeterId
from agent.units import Grams, Joules, kwh

Booked = tuple[datetime, datetime, Joules]
"""When the first and the last booked reading of a meter were, and its energy between them."""

UTILITY = "utility"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Meters at one place of the power chain, over the time each of them was booked."""

    name: str
    meters: int
    true: Joules
    booked: Joules
    resolution: Joules
    """How far off counters of whole counts may be: a count of each meter."""

    @property
    def difference(self) -> float | None:
        """The share of the true energy by which the booked one is off; None of nothing."""
        return (self.booked - self.true) / self.true if self.true else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a demo comes to. The two energies are the site's, by its utility meter.

    None is what is not known: nothing was booked, or no intensity came.
    """

    true_kwh: float | None
    booked_kwh: float | None
    emissions_g: float | None
    coverage: float | None
    devices_up: int
    devices_down: int
    stages: tuple[Stage, ...] = ()

    def json(self) -> str:
        """Return the six figures, without the stages, as one line of JSON."""
        figures = asdict(self)
        del figures["stages"]
        return json.dumps(figures)

    def table(self) -> Table:
        """Return both energies of each stage for people, with the difference in percent."""
        table = Table(
            title="Booked and true energy", title_justify="left", box=None, padding=(0, 2)
        )
        table.add_column("")
        for heading in ("meters", "true kWh", "booked kWh", "difference", "counter step"):
            table.add_column(heading, justify="right")
        for stage in self.stages:
            table.add_row(
                stage.name,
                str(stage.meters),
                f"{kwh(stage.true):.3f}",
                f"{kwh(stage.booked):.3f}",
                "" if stage.difference is None else f"{stage.difference * 100:+.2f} %",
                f"±{kwh(stage.resolution):.3f} kWh" if stage.resolution else "",
            )
        table.caption = self._caption()
        table.caption_justify = "left"
        return table

    def _caption(self) -> str:
        return (
            f"emissions {mass(self.emissions_g)} (direct) · coverage {percent(self.coverage)} · "
            f"devices {self.devices_up} up, {self.devices_down} down\n"
            "counter step: what meters that count in whole steps cannot tell"
        )


def compare(
    site: Site,
    booked: Mapping[MeterId, Booked],
    *,
    emissions: Grams | None,
    coverage: float | None,
    devices: Sequence[DeviceNow],
) -> Result:
    """Return the result: the truth is asked for the very span each meter was booked over.

    Meters that the site does not know are passed over; of the devices only the site's own count.
    """
    own = {MeterId(name).partition("/")[0] for name in site.loads}
    answering = [device.up for device in devices if device.name in own]
    stages = tuple(_stages(site, booked))
    whole = next((stage for stage in stages if stage.name == UTILITY), None)
    return Result(
        true_kwh=None if whole is None else kwh(whole.true),
        booked_kwh=None if whole is None else kwh(whole.booked),
        emissions_g=emissions,
        coverage=coverage,
        devices_up=sum(answering),
        devices_down=len(answering) - sum(answering),
        stages=stages,
    )


def _stages(site: Site, booked: Mapping[MeterId, Booked]) -> Iterator[Stage]:
    """Yield the stages that anything was booked for, from the utility down."""
    outlets = [f"{pdu.name}/outlet/{n + 1}" for pdu in site.pdus for n in range(len(pdu.outlets))]
    chain = {
        UTILITY: [UTILITY],
        "UPS input": [f"{ups.name}/input" for ups in site.upses],
        "UPS output": [ups.name for ups in site.upses],
        "racks (IT)": [pdu.name for pdu in site.pdus],
        "outlets": outlets,
        "servers": [server.name for server in site.servers],
    }
    for name, elements in chain.items():
        known = {element: booked[MeterId(element)] for element in elements if element in booked}
        if known:
            yield Stage(
                name=name,
                meters=len(known),
                true=Joules(sum(site.energy(each, *span[:2]) for each, span in known.items())),
                booked=Joules(sum(energy for _, _, energy in known.values())),
                resolution=Joules(sum(site.steps.get(each, 0) for each in known)),
            )
