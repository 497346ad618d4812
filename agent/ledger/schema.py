"""The tables, and how an older ledger becomes a newer one.

Minutes are packed in the bodies of `entry`; all else is plain rows that `sqlite3` can query. Times
are UTC: `_s` seconds, `_ms` milliseconds since 1970. Units are in the names.
"""

import sqlite3
from pathlib import Path

from agent.errors import ConfigError

MIGRATIONS: tuple[str, ...] = (
    """
CREATE TABLE meter (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, device TEXT NOT NULL, site TEXT NOT NULL,
    role TEXT NOT NULL, scope TEXT NOT NULL, upstream TEXT, tags TEXT NOT NULL);
CREATE TABLE account (
    meter INTEGER PRIMARY KEY REFERENCES meter, first_ms INTEGER NOT NULL, at_ms INTEGER NOT NULL,
    register_j INTEGER, power_w REAL, source TEXT NOT NULL, least_j INTEGER NOT NULL,
    most_j INTEGER NOT NULL, booked_j INTEGER NOT NULL, minute_s INTEGER NOT NULL,
    minute_j INTEGER, minute_covered_s REAL NOT NULL, minute_basis TEXT, minute_power_w REAL);
CREATE TABLE entry (
    position INTEGER PRIMARY KEY AUTOINCREMENT, booked_ms INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('minutes', 'hour', 'intensities')),
    site TEXT, hour_s INTEGER, version INTEGER, body BLOB);
CREATE TABLE hour (
    hour_s INTEGER NOT NULL, meter INTEGER NOT NULL REFERENCES meter, energy_j INTEGER NOT NULL,
    measured_s REAL NOT NULL, interpolated_s REAL NOT NULL,
    PRIMARY KEY (hour_s, meter)) WITHOUT ROWID;
CREATE TABLE stale_hour (
    site TEXT NOT NULL, hour_s INTEGER NOT NULL, PRIMARY KEY (site, hour_s)) WITHOUT ROWID;
CREATE TABLE site_hour (
    site TEXT NOT NULL, hour_s INTEGER NOT NULL, version INTEGER NOT NULL,
    booked_ms INTEGER NOT NULL, facility_j INTEGER, it_j INTEGER, coverage REAL NOT NULL,
    pue REAL, pue_measured INTEGER, pue_category INTEGER, pue_coverage REAL,
    PRIMARY KEY (site, hour_s, version)) WITHOUT ROWID;
CREATE TABLE site_emission (
    site TEXT NOT NULL, hour_s INTEGER NOT NULL, version INTEGER NOT NULL, kind TEXT NOT NULL,
    emission_g REAL, intensity_g_per_kwh REAL NOT NULL, source TEXT NOT NULL,
    intensity_version_ms INTEGER NOT NULL, estimated INTEGER NOT NULL, coverage REAL NOT NULL,
    PRIMARY KEY (site, hour_s, version, kind)) WITHOUT ROWID;
CREATE TABLE intensity (
    grid TEXT NOT NULL, kind TEXT NOT NULL, source TEXT NOT NULL, start_s INTEGER NOT NULL,
    period_s INTEGER NOT NULL, version_ms INTEGER NOT NULL, zone TEXT NOT NULL,
    g_per_kwh REAL NOT NULL, updated_ms INTEGER, fetched_ms INTEGER NOT NULL,
    estimated INTEGER NOT NULL, method TEXT NOT NULL,
    PRIMARY KEY (grid, kind, start_s, source, period_s, version_ms)) WITHOUT ROWID;
CREATE TABLE cursor (
    name TEXT PRIMARY KEY, position INTEGER NOT NULL, lost INTEGER NOT NULL DEFAULT 0);
CREATE TABLE dead_letter (
    number INTEGER PRIMARY KEY, exporter TEXT NOT NULL, position INTEGER NOT NULL,
    line TEXT NOT NULL, reason TEXT NOT NULL, buried_ms INTEGER NOT NULL);
CREATE TABLE device (
    name TEXT PRIMARY KEY, kind TEXT NOT NULL, up INTEGER NOT NULL, since_ms INTEGER NOT NULL,
    error TEXT NOT NULL);
CREATE INDEX entry_booked ON entry (booked_ms);
""",
    # A device and a grid may have one name.
    """
DROP TABLE device;
CREATE TABLE device (
    kind TEXT NOT NULL, name TEXT NOT NULL, up INTEGER NOT NULL, since_ms INTEGER NOT NULL,
    error TEXT NOT NULL, PRIMARY KEY (kind, name)) WITHOUT ROWID;
""",
)

VERSION = len(MIGRATIONS)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the tables up to this version, each step in one transaction."""
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    for number, script in enumerate(MIGRATIONS[found:], found + 1):
        connection.executescript(f"BEGIN; {script} PRAGMA user_version = {number}; COMMIT;")


def check_version(connection: sqlite3.Connection, path: Path) -> None:
    """Raise ConfigError if the ledger was written by a newer carbond than this one."""
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found > VERSION:
        raise ConfigError(
            f"ledger.path {path}: the ledger has version {found}, this carbond knows up to "
            f"{VERSION}: install the newer carbond again, or name another path"
        )
