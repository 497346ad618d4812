"""Examples of what others publish: rows of region metadata, and values in a provider's unit."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from agent.accounting.emissions.available import available
from agent.accounting.emissions.sci import energy_with_overhead
from agent.model import Kind
from agent.units import GramsPerKwh, Joules, grams_of
from collectors.watttime.rows import Series as Signal
from collectors.watttime.rows import intensities_of
from config.region_metadata import PUE, Row
from tests.accounting.examples.answers import Answer
from tests.accounting.examples.inputs import Absent, Inputs
from tests.accounting.examples.quantities import Dimension

NOW = datetime(2026, 3, 10, tzinfo=UTC)
COLUMNS = ("power-usage", "grid-carbon-intensity", "provider-c", "water-usage", "total-", "cloud-")
ASKED = ("field", "column", "use", "metric", "intensity field", "intensity column")


def region(inputs: Inputs) -> Iterator[Answer]:
    """A row of region metadata: what is blank or NA fails whatever touches it."""
    cells = {
        name: "" if value is None else str(value)
        for name, value in inputs.given.items()
        if "-" in name and name.startswith(COLUMNS)
    }
    if not cells:
        raise Absent("columns of region metadata")
    row = Row(
        path=Path("example"),
        line=2,
        year=int(inputs.maybe("year") or NOW.year),
        provider=cells.get("cloud-provider", "provider"),
        region=cells.get("cloud-region", "region"),
        cells=cells,
    )
    factors = [name for name in cells if name.startswith(("grid-carbon", "provider-carbon"))]
    asked = inputs.maybe(*ASKED) or next(iter(factors), None) or PUE
    if factors:
        energy = inputs.first(Dimension.ENERGY, "it energy | it | energy | load | facility | ")
        ask = partial(_grams, row, str(asked), energy)
        yield Answer(("emissions",), Dimension.MASS, ask)
        intensity = partial(row.number, str(asked))
        yield Answer(("intensity", "grid intensity"), Dimension.INTENSITY, intensity)
    yield Answer((str(asked), "result", ""), Dimension.PLAIN, partial(row.number, str(asked)))
    yield Answer(("pue", PUE), Dimension.RATIO, partial(row.number, PUE))


def _grams(row: Row, factor: str, energy: Joules | None) -> float:
    used = available("the energy", energy)
    if PUE in row.cells:
        used = energy_with_overhead(used, row.number(PUE))
    return grams_of(used, GramsPerKwh(row.number(factor)))


def provider_unit(inputs: Inputs) -> Iterator[Answer]:
    """A value in the unit that an answer of the marginal provider says, or refused for its unit."""
    value, units = inputs.raw("value", "point value"), inputs.raw("units", "unit")
    meta = {"units": units, "region": "R", "signal_type": "S", "data_point_period_seconds": 300}
    body = {"data": [{"point_time": NOW.isoformat(), "value": value}], "meta": meta}
    signal = Signal(grid="example", kind=Kind.MARGINAL, signal="S", region="R", model=None)

    def intensity() -> GramsPerKwh:
        rows, faults = intensities_of(body, signal, NOW)
        if faults:
            raise ValueError(faults[0])
        return rows[0].value

    yield Answer(("intensity", "", "result"), Dimension.INTENSITY, intensity)
    energy = inputs.first(Dimension.ENERGY, "energy | load | ")
    if energy is not None:
        yield Answer(("emissions",), Dimension.MASS, lambda: grams_of(energy, intensity()))
