"""The newest versions of a site's hours: found by their span, however many others there are."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime

from agent.ledger.hours.site_hours import newest
from agent.ledger.schema import migrate
from agent.model import HOUR
from tests.ledger.steps import counted

DAY_1 = datetime(1970, 1, 1, tzinfo=UTC)


def test_two_hours_are_looked_up_without_reading_the_others() -> None:
    """What it costs must not grow with what is booked: each hour that is restated pays it."""

    def steps(hours: int) -> int:
        with closing(sqlite3.connect(":memory:")) as connection:
            migrate(connection)
            connection.executemany(
                "INSERT INTO site_hour (site, hour_s, version, booked_ms, coverage)"
                " VALUES ('fra', ?, ?, 0, 1)",
                [(number * 3600, version) for number in range(hours) for version in (1, 2)],
            )
            found = newest(connection, "fra", DAY_1, DAY_1 + 2 * HOUR)
            assert [one.version for one in found] == [2, 2]
            return counted(connection, lambda: newest(connection, "fra", DAY_1, DAY_1 + 2 * HOUR))

    assert steps(1000) < steps(3) * 1.1
