"""The end of a demo: what was booked, beside what was true."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from rich.table import Table

from agent.demo.site import Site
from agent.figures import mass, percent
from agent.model import DeviceNow, MeterId
from agent.units import JOULES_PER_WH, Grams, Joules, kwh
from agent.wording import MISSING

Booked = tuple[datetime, datetime, Joules]
"""When the first and the last booked reading of a meter were, and its energy between them."""

UTILITY = "utility"

GAPS = "UPSs and servers have no counter: what was not read of them is missing,\nand not guessed"

_NOISE = JOULES_PER_WH
"""So much energy no one calls missing: times are kept in milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Meters at one place of the power chain, over the time each of them was booked."""

    name: str
    meters: int
    true: Joules
    booked: Joules
    resolution: Joules
    """How far off counters of whole counts may be: a count of each meter."""

    missing: float | None = None
    """Share of the time of meters without a counter that has no interval, 0 to 1; None where it was
    not asked for, and of counters, which say afterwards what flowed meanwhile.
    """

    @property
    def difference(self) -> float | None:
        """The share of the true energy by which the booked one is off; None of nothing, and where
        more is missing than a counter's step would explain.
        """
        if not self.true or (self.missing or 0.0) * self.true > max(self.resolution, _NOISE):
            return None
        return (self.booked - self.true) / self.true


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
        gaps = any(stage.missing is not None for stage in self.stages)
        table = Table(
            title="Booked and true energy",
            title_justify="left",
            box=None,
            padding=(0, 1 if gaps else 2),
        )
        table.add_column("")
        headings = ("meters", "true kWh", "booked kWh", "difference", "counter step")
        for heading in (*headings, *(["missing"] if gaps else [])):
            table.add_column(heading, justify="right", no_wrap=True)
        for stage in self.stages:
            missing = "" if stage.missing is None else percent(stage.missing)
            table.add_row(*_row(stage), *([missing] if gaps else []))
        table.caption = self._caption()
        table.caption_justify = "left"
        return table

    def _caption(self) -> str:
        missing = any(stage.missing for stage in self.stages)
        return (
            f"emissions {mass(self.emissions_g)} (direct) · coverage {percent(self.coverage)} · "
            f"devices {self.devices_up} up, {self.devices_down} down\n"
            "counter step: what meters that count in whole steps cannot tell"
            + (f"\n{GAPS}" if missing else "")
        )


def _row(stage: Stage) -> tuple[str, ...]:
    difference = MISSING if stage.missing else ""
    if stage.difference is not None:
        difference = f"{stage.difference * 100:+.2f} %"
    return (
        stage.name,
        str(stage.meters),
        f"{kwh(stage.true):.3f}",
        f"{kwh(stage.booked):.3f}",
        difference,
        f"±{kwh(stage.resolution):.3f} kWh" if stage.resolution else "",
    )


def compare(
    site: Site,
    booked: Mapping[MeterId, Booked],
    *,
    emissions: Grams | None,
    coverage: float | None,
    devices: Sequence[DeviceNow],
    covered: Mapping[MeterId, float] | None = None,
) -> Result:
    """Return the result: the truth is asked for the very span each meter was booked over.

    With `covered`, the seconds of each meter that have an interval, it is said what is missing.

    Meters that the site does not know are passed over; of the devices only the site's own count.
    """
    own = {MeterId(name).partition("/")[0] for name in site.loads}
    answering = [device.up for device in devices if device.name in own]
    stages = tuple(_stages(site, booked, covered))
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


def _stages(
    site: Site, booked: Mapping[MeterId, Booked], covered: Mapping[MeterId, float] | None
) -> Iterator[Stage]:
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
                missing=_missing(site, known, covered),
            )


def _missing(
    site: Site, known: Mapping[str, Booked], covered: Mapping[MeterId, float] | None
) -> float | None:
    """Return the share of their time that has no interval; None if any of them counts."""
    if covered is None or any(each in site.steps for each in known):
        return None
    spans = {each: (end - start).total_seconds() for each, (start, end, _) in known.items()}
    read = sum(min(covered.get(MeterId(each), 0.0), span) for each, span in spans.items())
    whole = sum(spans.values())
    return 1 - read / whole if whole > 0 else None
