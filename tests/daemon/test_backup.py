"""`carbond ledger backup` beside a daemon that books, and what is restored from it."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.daemon.processes import bmcs, carbond, carbond_says, write_settings
from tests.daemon.test_ledger_command import does, says
from tests.waiting import until


def restore(copy: Path, ledger: Path) -> None:
    """Do what docs/operating.md says."""
    for end in ("", "-wal", "-shm"):
        ledger.with_name(ledger.name + end).unlink(missing_ok=True)
    shutil.copy(copy, ledger)


def last_reading(ledger: Path) -> int:
    """When the last reading in it was made, in milliseconds since 1970; 0 where there is none."""
    if not ledger.exists():
        return 0
    with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as connection:
        try:
            (at,) = connection.execute("SELECT max(at_ms) FROM account").fetchone()
        except sqlite3.OperationalError:
            return 0  # its tables are being made
    return int(at or 0)


async def test_a_copy_made_while_the_daemon_runs_is_a_ledger_it_goes_on_with(
    tmp_path: Path,
) -> None:
    ledger, copy = tmp_path / "ledger.db", tmp_path / "copy.db"
    async with bmcs(300.0) as servers:
        settings = write_settings(tmp_path, servers)
        async with carbond("run", "-c", str(settings)) as process:
            await until(lambda: last_reading(ledger) > 0)
            said = await does(["ledger", "backup", str(copy), "-c", str(settings)])
            assert said.startswith(f"{copy}: ")
            assert "bytes, checked, up to 20" in said
            code, _, errors = await says(["ledger", "backup", str(copy), "--ledger", str(ledger)])
            assert (code, "is there already" in errors) == (2, True)
            assert await process.end() == 0
        restore(copy, ledger)
        kept = last_reading(ledger)
        async with carbond("run", "-c", str(settings)) as process:
            await until(lambda: last_reading(ledger) > kept)
            assert await process.end() == 0
    assert kept > 0
    assert "WARN" not in process.said


async def test_without_a_ledger_it_says_so(tmp_path: Path) -> None:
    code, _, errors = await carbond_says(
        "ledger", "backup", str(tmp_path / "copy.db"), "--ledger", str(tmp_path / "none.db")
    )
    assert code == 2
    assert "there is no ledger yet" in errors
