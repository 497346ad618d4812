"""Meters and sites by the names that people type: the nearest one is said if there is none."""

import difflib
import sqlite3

from agent.accounting.site import Site
from agent.errors import ConfigError
from agent.ledger.places.meters import COLUMNS, meter_of
from agent.ledger.places.sites import sites_in
from agent.model import Meter

_LONGEST = 200
"""Letters of a name that are compared, and said again."""


def meter_named(connection: sqlite3.Connection, name: str) -> Meter:
    """Return a meter of the ledger, in its newest place. Raises ConfigError if there is none."""
    row = connection.execute(
        f"SELECT {COLUMNS} FROM meter WHERE id = ?",  # noqa: S608 a constant
        (name,),
    ).fetchone()
    if row is not None:
        return meter_of(row)
    # Parts are compared only within their device: there may be a hundred thousand outlets.
    others = connection.execute(
        "SELECT id FROM meter WHERE scope = 'total' OR device = ?", (name.partition("/")[0],)
    )
    near = difflib.get_close_matches(name[:_LONGEST], [one for (one,) in others], n=1)
    hint = f"did you mean {near[0]}?" if near else "a meter is there once it was read"
    raise ConfigError(f"the ledger has no meter {name[:_LONGEST]!r}: {hint}")


def check_read(connection: sqlite3.Connection, name: str) -> None:
    """Raise ConfigError unless a meter was read, or something was said of it."""
    meter = meter_named(connection, name)
    found = connection.execute(
        "SELECT 1 FROM meter WHERE id = ? AND (number IN (SELECT meter FROM account)"
        " OR number IN (SELECT meter FROM repair))",
        (meter.id,),
    ).fetchone()
    if found is None:
        raise ConfigError(f"{meter.id} is in the settings but has never been read")


def site_named(connection: sqlite3.Connection, name: str) -> Site:
    """Return a site of the ledger. Raises ConfigError if there is none."""
    sites = {site.name: site for site in sites_in(connection)}
    if name not in sites:
        known = ", ".join(sites) or "none yet"
        raise ConfigError(f"the ledger has no site {name[:_LONGEST]!r}: it has {known}")
    return sites[name]
