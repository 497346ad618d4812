"""The figures of a report: each a name, a value with its unit, and what it stands on."""

from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from agent.accounting.periods.emissions import EmissionTotal
from agent.accounting.periods.figures import METHOD
from agent.accounting.periods.indicators import Indicator
from agent.accounting.periods.pue import PeriodPue
from agent.accounting.periods.totals import Totals
from agent.figures import THIN, energy, figure, mass, percent, significant
from agent.model import Coverage, Kind, Metered, Stage
from agent.reports.report import MOST_HOURS, Report
from agent.reports.terms import several
from agent.units import Millilitres, litres
from agent.wording import MISSING

Row = tuple[str, str, str]
"""A name, a value with its unit, and what is said of it."""

LEAST = 0.001
"""A smaller share is not written out."""

_METHODS: Mapping[str, str] = {
    "location": "location-based",
    "lifecycle": "lifecycle",
    "marginal": "marginal",
}

_MEASURED_AT = {
    1: "at the UPS output",
    2: "at the PDU output",
    3: "at the input of the IT equipment",
}
"""Where IT energy is measured, by category (ISO/IEC 30134-2)."""

_LOSSES: Mapping[Stage, tuple[str, str]] = {
    Stage.UPS: ("loss, UPS", "lost between input and output of UPSs"),
    Stage.DISTRIBUTION: ("loss, feeds", "lost or not metered between UPSs and racks"),
    Stage.RACK: ("loss, racks", "lost or not metered between racks and what is in them"),
    Stage.OUTLET: ("loss, outlets", "lost or not metered behind outlets"),
}

_SUMS: Mapping[Metered, str] = {
    Metered.FACILITY: "facility",
    Metered.GRID: "from the grid",
    Metered.ONSITE: "on site",
    Metered.IT: "IT",
    Metered.REUSED: "heat reused",
}

_WHOLE = 1 - 1e-9


def energy_rows(report: Report) -> Iterator[Row]:
    """Yield what flowed, what was lost on the way, and the mean power."""
    totals = report.totals
    yield from _sums(totals)
    yield from _losses(totals)
    if Metered.UNATTRIBUTED in totals.coverages:
        part = _part_of(totals.unattributed, totals.facility)
        known = _told(totals, Metered.UNATTRIBUTED)
        yield "unattributed", energy(totals.unattributed), f"{part}{part and ' · '}{known}"
    if Metered.WATER in totals.coverages:
        yield "water", _litres(totals.water), _told(totals, Metered.WATER)
    if report.watts is not None:
        yield "mean power", figure(report.watts, "W"), _highest(report)


def _sums(totals: Totals) -> Iterator[Row]:
    """Yield the energies that meters measure, and the site's where IT x PUE stands in for some."""
    if totals.counted["energy"] > totals.counted["facility"]:
        how = f"IT x PUE where nothing measures the facility; {_known(totals.coverage)}"
        value = MISSING if totals.refused else energy(totals.energy)
        yield "site", value, f"refused: {totals.refused}" if totals.refused else how
    for metered, name in _SUMS.items():
        if metered in totals.coverages:
            yield name, energy(getattr(totals, metered)), _told(totals, metered)


def _losses(totals: Totals) -> Iterator[Row]:
    for stage, (name, note) in _LOSSES.items():
        if stage in totals.losses:
            part = _part_of(totals.losses[stage], totals.facility)
            yield name, energy(totals.losses[stage]), f"{note}{part and ': '}{part}"


def _litres(water: Millilitres | None) -> str:
    return MISSING if water is None else f"{significant(litres(water))}{THIN}L"


def _told(totals: Totals, metered: Metered) -> str:
    refused = totals.refusals.get(metered)
    return f"refused: {refused}" if refused else _known(totals.coverages[metered])


def _known(coverage: Coverage) -> str:
    if coverage.measured >= _WHOLE:
        return "all measured"
    shown = f"{percent(coverage.known)} known" if coverage.known < _WHOLE else "all known"
    if coverage.interpolated > 0:
        shown += f", {percent(coverage.interpolated)} interpolated"
    return shown


def _part_of(part: float | None, whole: float | None) -> str:
    if part is None or not whole:
        return ""
    if part < 0:
        return "below zero: its meters err"
    share = part / whole
    shown = f"less than {percent(LEAST)}" if 0 < share < LEAST else percent(share)
    return f"{shown} of the facility's"


def _highest(report: Report) -> str:
    one = report.highest
    if one is None:
        return ""
    local = one.period.start.astimezone(ZoneInfo(one.period.timezone))
    when = f"{local:%H:%M}" if report.period.hours <= MOST_HOURS else f"{local:%-d %b %H:%M}"
    return f"highest {figure(one.watts, 'W')}, in the hour from {when}"


def pue_rows(report: Report) -> Iterator[Row]:
    """Yield the PUE with its category, and what stood in for it."""
    pue = report.totals.pue
    if pue.refused:
        yield pue.name, MISSING, f"refused: {pue.refused}"
    elif pue.value is not None:
        yield pue.name, f"{pue.value:.2f}", _measured(pue)
    if report.declared:
        values = " and ".join(f"{one:.2f}" for one in report.declared)
        share = percent(report.totals.pue_shares.declared)
        yield "declared", values, f"stands in for {share} of the energy"
    if pue.value is None and not pue.refused and not report.declared:
        yield "PUE", MISSING, "neither measured nor declared"


def _measured(pue: PeriodPue) -> str:
    where = (
        f"category {pue.category}: IT measured {_MEASURED_AT[pue.category]}"
        if pue.category
        else "measured"
    )
    said = f"{where}, {percent(pue.coverage)} of the time"
    if pue.declared:
        said += f"; {several(pue.declared, 'hour')} with a declared one not in it"
    if pue.others:
        said += f"; {several(sum(pue.others.values()), 'hour')} of another category not in it"
    return said


def emission_rows(report: Report) -> Iterator[Row]:
    """Yield the emissions by each kind of intensity, which are never added up."""
    for kind, method in METHOD.items():
        total = report.totals.emissions[kind]
        if total.refused:
            yield _METHODS[method], MISSING, f"refused: {total.refused}"
        elif total.grams is not None:
            yield _METHODS[method], mass(total.grams), _standing(total, kind, report)
    if all(one.grams is None and not one.refused for one in report.totals.emissions.values()):
        yield "location-based", MISSING, "no hour has an intensity"


def _standing(total: EmissionTotal, kind: Kind, report: Report) -> str:
    shares = {
        "final": total.final,
        "estimated": total.estimated,
        "a stand-in": total.fallback,
        "without an intensity": total.uncovered,
    }
    there = {word: share for word, share in shares.items() if share > 0}
    told = " · ".join(f"{percent(share)} {word}" for word, share in there.items())
    if len(there) == 1:
        told = f"all {next(iter(there))}"
    if kind is Kind.DIRECT and report.intensity is not None:
        told = f"{significant(report.intensity)} g/kWh, {told}"
    return told


def indicator_rows(report: Report) -> Iterator[Row]:
    """Yield WUE, CUE, REF and ERF, where there are meters for them."""
    for one in report.totals.indicators.values():
        if one.refused:
            yield one.name, MISSING, f"refused: {one.refused}"
        elif one.value is not None:
            yield _indicator(one)


def _indicator(one: Indicator) -> Row:
    unit = "" if one.unit == "ratio" else f"{THIN}{one.unit}"
    interim = ", interim" if one.interim else ""
    note = f"{one.means}; {percent(one.coverage)} of the hours{interim}"
    return one.name, f"{significant(one.value or 0.0)}{unit}", note
