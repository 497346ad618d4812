"""The versions of a site's hours, as rows."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from agent.ledger.times import from_millis, from_seconds, millis_of, seconds_of
from agent.model import (
    HOUR,
    Coverage,
    Fallback,
    HourIntensity,
    Kind,
    Metered,
    Pue,
    Residual,
    SiteHour,
    Stage,
)
from agent.units import Grams, GramsPerKwh, Joules, Millilitres

_COLUMNS = (
    "hour_s, version, facility_j, it_j, coverage, interpolated, grid_j, onsite_j, water_ml,"
    " reused_j, unattributed_j, coverages, pue, pue_measured, pue_category, pue_coverage"
)

Key = tuple[str, int, int]
"""A site, an hour in seconds since 1970, and a version."""


def write(connection: sqlite3.Connection, hour: SiteHour, now: datetime) -> None:
    """Keep a version (version 0 is written over), and the entry that tells the exporters."""
    key = (hour.site, seconds_of(hour.hour), hour.version)
    booked = _after_closing(connection, hour.site, key[1], millis_of(now))
    pue = hour.pue
    connection.execute(
        f"INSERT OR REPLACE INTO site_hour (site, booked_ms, {_COLUMNS})"  # noqa: S608 a constant
        f" VALUES ({', '.join('?' * 18)})",
        (
            *(hour.site, booked, *key[1:], hour.facility, hour.it),
            *(hour.coverage.known, hour.coverage.interpolated),
            *(hour.grid, hour.onsite, hour.water, hour.reused, hour.unattributed),
            _coverages_text(hour.coverages),
            *((pue.value, int(pue.measured), pue.category, pue.coverage) if pue else (None,) * 4),
        ),
    )
    _write_parts(connection, key, hour)
    connection.execute(
        "INSERT INTO entry (booked_ms, kind, site, hour_s, version) VALUES (?, 'hour', ?, ?, ?)",
        (millis_of(now), *key),
    )


def _after_closing(connection: sqlite3.Connection, site: str, hour_s: int, booked: int) -> int:
    """Return when a version was booked: after its period was closed, if it is closed.

    A clock that is put back must not slip a restatement into what was reported.
    """
    (closed,) = connection.execute(
        "SELECT max(closed_ms) FROM closed_period WHERE site = ? AND start_s <= ? AND end_s > ?",
        (site, hour_s, hour_s),
    ).fetchone()
    return booked if closed is None else max(booked, closed + 1)


def _write_parts(connection: sqlite3.Connection, key: Key, hour: SiteHour) -> None:
    """Write what an hour has several of: losses, broken nodes, emissions by kind."""
    rows: dict[str, list[tuple[object, ...]]] = {
        "site_loss": [(*key, stage, energy) for stage, energy in hour.losses.items()],
        "broken_node": [
            (*key, " ".join(one.node), one.stage, one.energy, one.bound) for one in hour.broken
        ],
        "site_emission": [(*key, *_emission_row(hour, used)) for used in hour.intensities.values()],
    }
    for table, found in rows.items():
        connection.execute(
            f"DELETE FROM {table} WHERE site = ? AND hour_s = ? AND version = ?",  # noqa: S608 a constant
            key,
        )
        if found:
            marks = ", ".join("?" * len(found[0]))
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", found)  # noqa: S608 constants


def _emission_row(hour: SiteHour, used: HourIntensity) -> tuple[object, ...]:
    return (
        used.kind,
        hour.emissions.get(used.kind),
        used.value,
        used.source,
        millis_of(used.version),
        int(used.estimated),
        used.coverage,
        int(used.period.total_seconds()),
        used.fallback,
        used.grid,
    )


def latest(
    connection: sqlite3.Connection, site: str, hour: datetime, *, known: datetime | None = None
) -> SiteHour | None:
    """Return the newest version of a site's hour, or of those known then, without its meters."""
    found = newest(connection, site, hour, hour + HOUR, known=known)
    return found[0] if found else None


def newest(
    connection: sqlite3.Connection,
    site: str,
    start: datetime,
    end: datetime,
    *,
    known: datetime | None = None,
) -> list[SiteHour]:
    """Return the newest versions of a site's hours that start in [start, end), in order.

    With `known`, the versions that were the newest at that time.
    """
    rows = connection.execute(
        f"SELECT booked_ms, {_COLUMNS} FROM site_hour s"  # noqa: S608 a constant
        " JOIN (SELECT hour_s AS h, max(version) AS newest FROM site_hour"
        " WHERE site = ?1 AND hour_s >= ?2 AND hour_s < ?3"
        " AND (?4 IS NULL OR booked_ms <= ?4) GROUP BY hour_s) n"
        # Without the span here too, SQLite reads all hours that the site ever had.
        " ON s.hour_s = h AND version = newest"
        " WHERE site = ?1 AND hour_s >= ?2 AND hour_s < ?3 ORDER BY hour_s",
        (site, seconds_of(start), seconds_of(end), None if known is None else millis_of(known)),
    ).fetchall()
    return [_site_hour(connection, site, row) for row in rows]


def _site_hour(connection: sqlite3.Connection, site: str, row: Sequence[Any]) -> SiteHour:
    booked, hour, version, facility, it, known, interpolated, *rest = row
    grid, onsite, water, reused, unattributed, coverages, *pue = rest
    key = (site, hour, version)
    used, emissions = _factors(connection, key)
    return SiteHour(
        site=site,
        hour=from_seconds(hour),
        version=version,
        closed=version > 0,
        facility=_joules(facility),
        it=_joules(it),
        pue=_pue(*pue),
        intensities=used,
        emissions=emissions,
        coverage=Coverage(measured=known - interpolated, interpolated=interpolated),
        coverages=_coverages(coverages),
        grid=_joules(grid),
        onsite=_joules(onsite),
        water=None if water is None else Millilitres(water),
        reused=_joules(reused),
        losses=_losses(connection, key),
        unattributed=_joules(unattributed),
        broken=_broken(connection, key),
        until=None if version else from_millis(booked),
    )


def _coverages_text(coverages: Mapping[Metered, Coverage]) -> str:
    """Return the coverage of each sum as JSON: its name, and the shares measured, interpolated."""
    return json.dumps({name: (one.measured, one.interpolated) for name, one in coverages.items()})


def _coverages(text: str) -> dict[Metered, Coverage]:
    return {
        Metered(name): Coverage(measured=measured, interpolated=interpolated)
        for name, (measured, interpolated) in json.loads(text).items()
    }


def _joules(value: int | None) -> Joules | None:
    return None if value is None else Joules(value)


def _pue(
    value: float | None, measured: int | None, category: int | None, coverage: float | None
) -> Pue | None:
    if value is None:
        return None
    return Pue(value=value, measured=bool(measured), category=category, coverage=coverage or 0.0)


def _losses(connection: sqlite3.Connection, key: Key) -> dict[Stage, Joules]:
    rows = connection.execute(
        "SELECT stage, energy_j FROM site_loss WHERE site = ? AND hour_s = ? AND version = ?", key
    )
    return {Stage(stage): Joules(energy) for stage, energy in rows}


def _broken(connection: sqlite3.Connection, key: Key) -> list[Residual]:
    rows = connection.execute(
        "SELECT node, stage, energy_j, bound_j FROM broken_node"
        " WHERE site = ? AND hour_s = ? AND version = ?",
        key,
    )
    return [
        Residual(
            node=tuple(node.split()), stage=Stage(stage), energy=Joules(energy), bound=Joules(bound)
        )
        for node, stage, energy, bound in rows
    ]


def _factors(
    connection: sqlite3.Connection, key: Key
) -> tuple[dict[Kind, HourIntensity], dict[Kind, Grams]]:
    """Return the intensities of an hour and the grams by them, by kind."""
    rows = connection.execute(
        "SELECT emission_g, kind, intensity_g_per_kwh, source, intensity_version_ms, estimated,"
        " coverage, period_s, fallback, grid FROM site_emission"
        " WHERE site = ? AND hour_s = ? AND version = ?",
        key,
    )
    found = [(grams, _hour_intensity(row)) for grams, *row in rows]
    used = {one.kind: one for _, one in found}
    return used, {one.kind: Grams(grams) for grams, one in found if grams is not None}


def _hour_intensity(row: Sequence[Any]) -> HourIntensity:
    kind, value, source, known, estimated, coverage, period, fallback, grid = row
    return HourIntensity(
        kind=Kind(kind),
        value=GramsPerKwh(value),
        source=source,
        version=from_millis(known),
        estimated=bool(estimated),
        coverage=coverage,
        period=timedelta(seconds=period),
        fallback=None if fallback is None else Fallback(fallback),
        grid=grid,
    )
