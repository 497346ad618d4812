"""From the settings of a site to what may stand in for its intensities."""

from agent.accounting.site import Annual, Estimate, Forecast, LastYear, OtherSource, StandIn
from agent.units import GramsPerKwh
from config import AnnualSettings, StandInSettings

WORDS: dict[str, StandIn] = {
    "estimate": Estimate(),
    "forecast": Forecast(),
    "last-year": LastYear(),
}


def stand_in_of(item: str | StandInSettings) -> StandIn:
    """Return what an item of `fallback` means."""
    if isinstance(item, str):
        return WORDS[item]
    if item.annual is not None:
        return _annual_of(item.annual)
    if item.forecast is not None:
        return Forecast(oldest=item.forecast)
    # Each item has exactly one of the three.
    return OtherSource(grid=item.grid or "")


def _annual_of(annual: AnnualSettings) -> Annual:
    return Annual(
        value=GramsPerKwh(annual.found.value),
        year=annual.found.year,
        source=annual.found.source,
        kind=annual.kind,
        oldest=annual.oldest,
    )
