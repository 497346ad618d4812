"""What a look-up costs, in steps of SQLite's machine: a figure that no other load changes."""

import sqlite3
from collections.abc import Callable


def counted(connection: sqlite3.Connection, job: Callable[[], object]) -> int:
    """Return how many steps of SQLite's machine a job takes."""
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    connection.set_progress_handler(step, 1)
    job()
    connection.set_progress_handler(None, 1)
    return steps
