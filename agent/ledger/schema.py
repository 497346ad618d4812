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
    # What an auditor asks: where meters stood, what registers showed, who changed what and why.
    """
ALTER TABLE meter ADD COLUMN accuracy REAL;
CREATE TABLE site (name TEXT PRIMARY KEY, policy TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE former_site (
    site TEXT NOT NULL, until_s INTEGER NOT NULL, policy TEXT NOT NULL,
    PRIMARY KEY (site, until_s)) WITHOUT ROWID;
CREATE TABLE membership (
    meter INTEGER NOT NULL REFERENCES meter, since_s INTEGER NOT NULL, until_s INTEGER,
    PRIMARY KEY (meter, since_s)) WITHOUT ROWID;
INSERT INTO membership SELECT number, first_ms / 3600000 * 3600, NULL
    FROM account JOIN meter ON number = meter WHERE scope = 'total';
CREATE TABLE former_place (
    meter INTEGER NOT NULL REFERENCES meter, until_s INTEGER NOT NULL, site TEXT NOT NULL,
    role TEXT NOT NULL, upstream TEXT NOT NULL, tags TEXT NOT NULL, accuracy REAL,
    PRIMARY KEY (meter, until_s)) WITHOUT ROWID;
ALTER TABLE account ADD COLUMN state TEXT NOT NULL DEFAULT '{}';
ALTER TABLE account ADD COLUMN uptime_ms INTEGER;
ALTER TABLE account ADD COLUMN still_ms INTEGER;
ALTER TABLE account ADD COLUMN withheld_j INTEGER NOT NULL DEFAULT 0;
ALTER TABLE hour ADD COLUMN register_j INTEGER;
ALTER TABLE hour ADD COLUMN register_ms INTEGER;
CREATE TABLE slot (
    site TEXT NOT NULL, start_s INTEGER NOT NULL, energy_j INTEGER NOT NULL,
    PRIMARY KEY (site, start_s)) WITHOUT ROWID;
CREATE TABLE finding (
    meter INTEGER NOT NULL REFERENCES meter, at_ms INTEGER NOT NULL, oddity TEXT NOT NULL,
    before_j INTEGER, now_j INTEGER, energy_j INTEGER,
    PRIMARY KEY (meter, at_ms, oddity)) WITHOUT ROWID;
CREATE TABLE repair (
    number INTEGER PRIMARY KEY, meter INTEGER NOT NULL REFERENCES meter,
    start_s INTEGER NOT NULL, end_s INTEGER NOT NULL, energy_j INTEGER, who TEXT NOT NULL,
    why TEXT NOT NULL, repaired_ms INTEGER NOT NULL);
CREATE TABLE repair_hour (
    repair INTEGER NOT NULL REFERENCES repair, meter INTEGER NOT NULL, hour_s INTEGER NOT NULL,
    before_j INTEGER, energy_j INTEGER, PRIMARY KEY (hour_s, meter, repair)) WITHOUT ROWID;
ALTER TABLE stale_hour ADD COLUMN energy INTEGER NOT NULL DEFAULT 1;
ALTER TABLE stale_hour ADD COLUMN why TEXT NOT NULL DEFAULT '';
ALTER TABLE site_hour ADD COLUMN interpolated REAL NOT NULL DEFAULT 0;
ALTER TABLE site_hour ADD COLUMN grid_j INTEGER;
ALTER TABLE site_hour ADD COLUMN onsite_j INTEGER;
ALTER TABLE site_hour ADD COLUMN water_ml INTEGER;
ALTER TABLE site_hour ADD COLUMN reused_j INTEGER;
ALTER TABLE site_hour ADD COLUMN unattributed_j INTEGER;
CREATE TABLE site_loss (
    site TEXT NOT NULL, hour_s INTEGER NOT NULL, version INTEGER NOT NULL, stage TEXT NOT NULL,
    energy_j INTEGER NOT NULL, PRIMARY KEY (site, hour_s, version, stage)) WITHOUT ROWID;
CREATE TABLE broken_node (
    site TEXT NOT NULL, hour_s INTEGER NOT NULL, version INTEGER NOT NULL, node TEXT NOT NULL,
    stage TEXT NOT NULL, energy_j INTEGER NOT NULL, bound_j INTEGER NOT NULL,
    PRIMARY KEY (site, hour_s, version, node)) WITHOUT ROWID;
ALTER TABLE site_emission ADD COLUMN period_s INTEGER NOT NULL DEFAULT 3600;
ALTER TABLE site_emission ADD COLUMN fallback TEXT;
ALTER TABLE site_emission ADD COLUMN grid TEXT NOT NULL DEFAULT '';
CREATE TABLE restatement (
    number INTEGER PRIMARY KEY, site TEXT NOT NULL, hour_s INTEGER NOT NULL,
    version INTEGER NOT NULL, restated_ms INTEGER NOT NULL, figure TEXT NOT NULL, before REAL,
    after REAL, why TEXT NOT NULL);
CREATE INDEX restatement_hour ON restatement (site, hour_s);
CREATE TABLE closed_period (
    site TEXT NOT NULL, name TEXT NOT NULL, start_s INTEGER NOT NULL, end_s INTEGER NOT NULL,
    closed_ms INTEGER NOT NULL, who TEXT NOT NULL, why TEXT NOT NULL, figures TEXT NOT NULL,
    PRIMARY KEY (site, name)) WITHOUT ROWID;
ALTER TABLE intensity RENAME TO former_intensity;
CREATE TABLE intensity (
    grid TEXT NOT NULL, kind TEXT NOT NULL, source TEXT NOT NULL, start_s INTEGER NOT NULL,
    period_s INTEGER NOT NULL, version_ms INTEGER NOT NULL, zone TEXT NOT NULL,
    g_per_kwh REAL NOT NULL, updated_ms INTEGER, fetched_ms INTEGER NOT NULL,
    estimated INTEGER NOT NULL, method TEXT NOT NULL, mix TEXT NOT NULL, forecast INTEGER NOT NULL,
    PRIMARY KEY (grid, kind, forecast, period_s, start_s, source, mix, version_ms)) WITHOUT ROWID;
INSERT INTO intensity SELECT grid, kind, source, start_s, period_s, version_ms, zone, g_per_kwh,
    updated_ms, fetched_ms, estimated, method, 'consumption', 0 FROM former_intensity;
DROP TABLE former_intensity;
""",
    # Coverage of each sum of a site's hour; what a source says of one value under one version.
    """
ALTER TABLE site_hour ADD COLUMN coverages TEXT NOT NULL DEFAULT '{}';
UPDATE site_hour SET coverages = json_object('it', json_array(coverage - interpolated,
    interpolated)) WHERE facility_j IS NULL AND it_j IS NOT NULL;
UPDATE site_hour SET coverages = json_object('it', json_array(0, pue_coverage))
    WHERE facility_j IS NOT NULL AND it_j IS NOT NULL AND pue_measured;
ALTER TABLE intensity RENAME TO former_intensity;
CREATE TABLE intensity (
    grid TEXT NOT NULL, kind TEXT NOT NULL, source TEXT NOT NULL, start_s INTEGER NOT NULL,
    period_s INTEGER NOT NULL, version_ms INTEGER NOT NULL, zone TEXT NOT NULL,
    g_per_kwh REAL NOT NULL, updated_ms INTEGER, fetched_ms INTEGER NOT NULL,
    said_ms INTEGER NOT NULL, said_between TEXT NOT NULL, estimated INTEGER NOT NULL,
    method TEXT NOT NULL, mix TEXT NOT NULL, forecast INTEGER NOT NULL,
    PRIMARY KEY (grid, kind, forecast, period_s, start_s, source, mix, version_ms, fetched_ms))
    WITHOUT ROWID;
INSERT INTO intensity SELECT grid, kind, source, start_s, period_s, version_ms, zone, g_per_kwh,
    updated_ms, fetched_ms, fetched_ms, '[]', estimated, method, mix, forecast
    FROM former_intensity;
DROP TABLE former_intensity;
""",
)

VERSION = len(MIGRATIONS)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the tables up to this version, each step in one transaction."""
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    for number, script in enumerate(MIGRATIONS[found:], found + 1):
        connection.executescript(f"BEGIN; {script} PRAGMA user_version = {number}; COMMIT;")


def check_version(connection: sqlite3.Connection, path: Path) -> None:
    """Raise ConfigError if the file was written by a newer carbond than this one, or by another
    program.
    """
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found > VERSION:
        raise ConfigError(
            f"ledger.path {path}: the ledger has version {found}, this carbond knows up to "
            f"{VERSION}: install the newer carbond again, or name another path"
        )
    if found == 0 and connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
        raise ConfigError(
            f"ledger.path {path}: it is the database of another program: name another path"
        )
