"""Hours of meters, with what was said of them afterwards, and hours of a site."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from agent.ledger.hours.meter_hours import EACH_HOUR, SAID, SAID_BY
from agent.ledger.series.asked import HOUR_S, Source, Span
from agent.ledger.series.columns import Block, Floats
from agent.ledger.times import millis_of
from agent.model import Kind

# One meter's hours are looked up hour by hour: the table is sorted by hour first.
_HOURS = (
    f"{EACH_HOUR}, wanted (number, place) AS (SELECT value, key FROM json_each(?1))"  # noqa: S608 constants
    " SELECT place, (hour_s - ?2) / 3600, energy_j, measured_s + interpolated_s"
    " FROM asked CROSS JOIN wanted CROSS JOIN hour ON hour_s = asked_s AND meter = number"
)

_ROW = np.dtype([("place", "i8"), ("hour", "i8"), ("energy", "i8"), ("covered", "f8")])

_REPAIRED = (
    f"SELECT meter, hour_s, {SAID} FROM repair_hour WHERE hour_s >= ?1 AND hour_s < ?2"  # noqa: S608 constants
    f" AND (?3 IS NULL OR {SAID_BY.replace('?', '?3')}) ORDER BY repair"
)


def meter_hours(source: Source, numbers: Sequence[int], span: Span) -> Block:
    """Return the hours of meters that start in a span.

    They are what `hour_rows` says of each hour, repairs counted. Raises TooMuch.
    """
    start_s, end_s, connection = span.start_s, span.end_s, source.connection
    shape = len(numbers), span.hours
    source.budget.spend(shape[0] * shape[1])
    energy, covered = np.zeros(shape, np.int64), np.zeros(shape)
    found = connection.execute(_HOURS, (json.dumps(list(numbers)), start_s, end_s))
    rows = np.fromiter(found, _ROW)
    energy[rows["place"], rows["hour"]] = rows["energy"]
    covered[rows["place"], rows["hour"]] = rows["covered"]
    place = {number: at for at, number in enumerate(numbers)}
    upto = None if span.known is None else millis_of(span.known)
    for number, hour, said in connection.execute(_REPAIRED, (start_s, end_s, upto)):
        if number in place:
            at = place[number], (hour - start_s) // HOUR_S
            energy[at], covered[at] = (0, 0.0) if said is None else (said, HOUR_S)
    return Block(energy, covered)


# The numbers of an hour, of its newest version, and what its emissions of a kind stand on.
_SITE_HOURS = """
SELECT (s.hour_s - ?2) / 3600, s.version, (s.booked_ms - s.hour_s * 1000) / 1000.0, facility_j,
    it_j, grid_j, s.coverage, pue, pue_coverage, emission_g, intensity_g_per_kwh, e.coverage,
    estimated OR fallback IS NOT NULL
FROM (SELECT hour_s AS h, max(version) AS newest FROM site_hour
    WHERE site = ?1 AND hour_s >= ?2 AND hour_s < ?3 AND (?4 IS NULL OR booked_ms <= ?4)
    GROUP BY hour_s)
JOIN site_hour s ON s.site = ?1 AND s.hour_s = h AND s.version = newest
LEFT JOIN site_emission e ON e.site = ?1 AND e.hour_s = h AND e.version = newest AND e.kind = ?5
"""


@dataclass(frozen=True, slots=True)
class SiteHours:
    """A site's hours by columns: NaN is what is not known."""

    version: Floats
    """0 of an hour that runs."""

    until: Floats
    """Seconds of the hour up to which one that runs was computed."""

    facility: Floats
    """Joules, as the next two."""

    it: Floats
    grid: Floats
    coverage: Floats
    pue: Floats
    pue_coverage: Floats
    grams: Floats
    """Of the whole facility."""

    intensity: Floats
    """g/kWh."""

    intensity_coverage: Floats
    estimated: Floats
    """1 where the intensity is estimated, or a stand-in."""

    @property
    def energy(self) -> Floats:
        """The facility's energy, else IT x PUE, in joules."""
        return np.where(np.isnan(self.facility), np.rint(self.it * self.pue), self.facility)

    @property
    def span(self) -> Floats:
        """Seconds of each hour that its coverage is of."""
        return np.where(self.version == 0, np.clip(self.until, 0.0, HOUR_S), HOUR_S)


def site_hours(source: Source, site: str, kind: Kind, span: Span) -> SiteHours:
    """Return the newest versions of a site's hours that start in a span, with one kind of
    intensity; or those that were the newest when it was known. Raises TooMuch.
    """
    source.budget.spend(span.hours)
    upto = None if span.known is None else millis_of(span.known)
    asked = (site, span.start_s, span.end_s, upto, kind)
    found = source.connection.execute(_SITE_HOURS, asked).fetchall()
    names = [one.name for one in fields(SiteHours)]
    columns = np.full((len(names), span.hours), np.nan)
    if found:
        table = np.array(found, np.float64)
        columns[:, table[:, 0].astype(np.intp)] = table[:, 1:].T
    return SiteHours(*columns)
