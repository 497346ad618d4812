"""The versions of a site's hours, as rows."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from agent.ledger.times import from_millis, from_seconds, millis_of, seconds_of
from agent.model import HOUR, HourIntensity, Kind, Pue, SiteHour
from agent.units import Grams, GramsPerKwh, Joules


def write(connection: sqlite3.Connection, hour: SiteHour, now: datetime) -> None:
    """Keep a version (version 0 is written over), and the entry that tells the exporters."""
    key = (hour.site, seconds_of(hour.hour), hour.version)
    pue = hour.pue
    connection.execute(
        f"INSERT OR REPLACE INTO site_hour VALUES ({', '.join('?' * 11)})",  # noqa: S608 only marks
        (
            *(*key, millis_of(now), hour.facility, hour.it, hour.coverage),
            *((pue.value, int(pue.measured), pue.category, pue.coverage) if pue else (None,) * 4),
        ),
    )
    connection.execute(
        "DELETE FROM site_emission WHERE site = ? AND hour_s = ? AND version = ?", key
    )
    connection.executemany(
        f"INSERT INTO site_emission VALUES ({', '.join('?' * 10)})",  # noqa: S608 only marks
        [(*key, *_emission_row(hour, used)) for used in hour.intensities.values()],
    )
    connection.execute(
        "INSERT INTO entry (booked_ms, kind, site, hour_s, version) VALUES (?, 'hour', ?, ?, ?)",
        (millis_of(now), *key),
    )


def _emission_row(hour: SiteHour, used: HourIntensity) -> tuple[object, ...]:
    return (
        used.kind,
        hour.emissions.get(used.kind),
        used.value,
        used.source,
        millis_of(used.version),
        int(used.estimated),
        used.coverage,
    )


def latest(connection: sqlite3.Connection, site: str, hour: datetime) -> SiteHour | None:
    """Return the newest version of a site's hour, without its meters."""
    found = newest(connection, site, hour, hour + HOUR)
    return found[0] if found else None


def newest(
    connection: sqlite3.Connection, site: str, start: datetime, end: datetime
) -> list[SiteHour]:
    """Return the newest versions of a site's hours that start in [start, end), in order."""
    rows = connection.execute(
        "SELECT s.hour_s, version, facility_j, it_j, coverage, pue, pue_measured, pue_category,"
        " pue_coverage FROM site_hour s JOIN (SELECT hour_s, max(version) AS newest FROM site_hour"
        " WHERE site = ?1 AND hour_s >= ?2 AND hour_s < ?3 GROUP BY hour_s) n"
        " ON s.hour_s = n.hour_s AND version = newest WHERE site = ?1 ORDER BY s.hour_s",
        (site, seconds_of(start), seconds_of(end)),
    ).fetchall()
    return [_site_hour(connection, site, row) for row in rows]


def _site_hour(connection: sqlite3.Connection, site: str, row: Sequence[Any]) -> SiteHour:
    hour, version, facility, it, coverage, *pue = row
    used, emissions = _factors(connection, site, hour, version)
    return SiteHour(
        site=site,
        hour=from_seconds(hour),
        version=version,
        closed=version > 0,
        facility=None if facility is None else Joules(facility),
        it=None if it is None else Joules(it),
        pue=_pue(*pue),
        intensities=used,
        emissions=emissions,
        coverage=coverage,
        meters=(),
    )


def _pue(
    value: float | None, measured: int | None, category: int | None, coverage: float | None
) -> Pue | None:
    if value is None:
        return None
    return Pue(value=value, measured=bool(measured), category=category, coverage=coverage or 0.0)


def _factors(
    connection: sqlite3.Connection, site: str, hour: int, version: int
) -> tuple[dict[Kind, HourIntensity], dict[Kind, Grams]]:
    used: dict[Kind, HourIntensity] = {}
    emissions: dict[Kind, Grams] = {}
    for kind, grams, value, source, known, estimated, coverage in connection.execute(
        "SELECT kind, emission_g, intensity_g_per_kwh, source, intensity_version_ms, estimated,"
        " coverage FROM site_emission WHERE site = ? AND hour_s = ? AND version = ?",
        (site, hour, version),
    ):
        used[Kind(kind)] = HourIntensity(
            kind=Kind(kind),
            value=GramsPerKwh(value),
            source=source,
            version=from_millis(known),
            estimated=bool(estimated),
            coverage=coverage,
        )
        if grams is not None:
            emissions[Kind(kind)] = Grams(grams)
    return used, emissions
