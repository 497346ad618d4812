"""The daemon among devices, services and settings that are wrong: one message each, none lost."""

import asyncio
import resource
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from tests.daemon.bad_ends import BadEnd, bad_ends
from tests.daemon.processes import Process, bmcs, carbond, carbond_says, write_settings
from tests.ledger.books import rows
from tests.waiting import until

FAULTS = {
    "unknown key": ("every: 1s", "evry: 1s", 'unknown key "evry"; did you mean "every"?'),
    "wrong type": ("{port: 0}", "{port: many}", '"port" must be a whole number, not many'),
    "two of one id": ("name: server-2", "name: server-1", "there is another device of this name"),
    "a circle": ("name: server-3,", "name: server-3, upstream: server-3,", "goes in a circle"),
    "no secret": ("file: secret", "file: nowhere", "there is no secret file"),
}


def among(ends: Sequence[BadEnd], settings: Path) -> None:
    """Write the bad ends into the settings beside what is good."""
    (settings.parent / "community").write_text("public\n")
    (settings.parent / "key").write_text("a-good-key\n")
    devices = "".join(f"{one.settings}\n" for one in ends if not one.grid)
    grids = "".join(f"{one.settings}\n" for one in ends if one.grid)
    text = settings.read_text()
    text = text.replace("grids:\n", f"{devices}grids:\n")
    settings.write_text(text.replace("exporters:\n", f"{grids}exporters:\n"))


AMID_A_POLL = ("; the rest was read", ": all of it is read again")
"""What a grid says besides that was mended between two requests of one poll."""


def lines_of(process: Process, end: BadEnd) -> list[str]:
    said = [line for line in process.said.splitlines() if f" {end.name}: " in line]
    return [line for line in said if not line.endswith(AMID_A_POLL)]


def is_booked(folder: Path, end: BadEnd) -> bool:
    if end.grid:
        return bool(rows(folder, "SELECT 1 FROM intensity WHERE grid = ?", end.name))
    query = "SELECT 1 FROM account JOIN meter ON number = meter WHERE id = ? AND booked_j > 0"
    return bool(rows(folder, query, end.name))


def energy(folder: Path) -> int:
    """What the good server has in the ledger, in joules; 0 before its first interval."""
    query = "SELECT booked_j FROM account JOIN meter ON number = meter WHERE id = 'server-1'"
    return int((rows(folder, query) or [(0,)])[0][0])


async def rendered(process: Process) -> str:
    """When the page of metrics was made, as it says."""
    name = "carbond_metrics_updated_timestamp_seconds "
    lines = (await process.get("/metrics")).text.splitlines()
    return next((line for line in lines if line.startswith(name)), "")


async def test_each_bad_end_is_one_line_and_one_more_when_it_is_mended_and_the_good_goes_on(
    tmp_path: Path,
) -> None:
    async with bmcs(300) as servers, bad_ends() as ends:
        settings = write_settings(tmp_path, servers)
        among(ends, settings)
        async with carbond("run", "-c", str(settings)) as process:
            await process.says("ready: ")
            await until(lambda: all(lines_of(process, one) for one in ends))
            before = energy(tmp_path)
            await until(lambda: energy(tmp_path) > before + 300)
            noted = "SELECT count(*), sum(NOT up) FROM device WHERE kind != 'ledger'"
            await until(lambda: rows(tmp_path, noted) == [(len(ends) + 2, len(ends) - 1)])
            _, status, _ = await carbond_says("status", "-c", str(settings))
            words = [line.split() for line in status.splitlines()]
            down = [
                one for one in ends if ["down", one.name, "since"] in (row[:3] for row in words)
            ]
            assert f"answering  {len(ends) + 2 - len(down)} of {len(ends) + 2} devices" in status
            assert [one.name for one in ends if one not in down] == ["no-values"]
            for one in ends:
                (line,) = lines_of(process, one)
                assert one.words in line
                assert not is_booked(tmp_path, one), one.name
                one.mend()
            mended = [one for one in ends if not one.rests]
            await until(lambda: all(is_booked(tmp_path, one) for one in mended))
            await until(lambda: all(len(lines_of(process, one)) > 1 for one in mended))
            for one in mended:
                said = lines_of(process, one)
                assert len(said) == 2, said
                last = said[1]
                assert "answers again after" in last or "intensities again" in last
            assert await process.end() == 0
        assert "Traceback" not in process.said


async def test_all_that_is_wrong_with_the_settings_is_said_at_once_and_nothing_starts(
    tmp_path: Path,
) -> None:
    async with bmcs(300, 400, 500) as servers:
        settings = write_settings(tmp_path, servers)
        text = settings.read_text()
        for right, wrong, _ in FAULTS.values():
            assert right in text
            text = text.replace(right, wrong, 1)
        settings.write_text(text)
        code, _, errors = await carbond_says("run", "-c", str(settings))
        assert code == 2
        lines = errors.splitlines()
        for _, _, words in FAULTS.values():
            (line,) = (line for line in lines if words in line)
            assert "carbond.yaml:" in line
        assert len(lines) == len(FAULTS)
        assert all(one.seen["packets"] == 0 for one in servers)
    assert not (tmp_path / "ledger.db").exists()


async def test_a_full_disk_is_two_lines_and_the_counters_are_booked_once_there_is_space(
    tmp_path: Path,
) -> None:
    async with bmcs(300, 400) as servers:
        settings = write_settings(tmp_path, servers)
        async with carbond("run", "-c", str(settings)) as process:
            await process.says("ready: ")
            await until(lambda: energy(tmp_path) > 0)
            # The kernel refuses what would make any file longer, as a quota does.
            process.limit_files(1)
            await process.says("ledger: the disk takes no more")
            assert "nothing is booked until there is space; free some" in process.said
            ready = await process.get("/readyz")
            assert ready.status_code == 503
            assert "the disk takes no more" in ready.text
            before = energy(tmp_path)
            shown = await rendered(process)
            async with asyncio.timeout(30):
                while await rendered(process) == shown:  # noqa: ASYNC110 the page is all there is
                    await asyncio.sleep(0.1)
            process.limit_files(resource.RLIM_INFINITY)
            await process.says("ledger: answers again after")
            await until(lambda: energy(tmp_path) > before)
            assert process.said.count("ledger: ") == 2
            assert await process.end() == 0


async def test_a_ledger_of_a_newer_version_is_left_as_it_is(tmp_path: Path) -> None:
    async with bmcs(300) as servers:
        settings = write_settings(tmp_path, servers)
        with closing(sqlite3.connect(tmp_path / "ledger.db")) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA user_version = 99")
        before = (tmp_path / "ledger.db").read_bytes()
        for command in ("run", "status"):
            code, _, errors = await carbond_says(command, "-c", str(settings))
            assert code == 2
            assert errors.count("\n") == 1
            assert "the ledger has version 99, this carbond knows up to" in errors
            assert "install the newer carbond again, or name another" in errors
        assert servers[0].seen["packets"] == 0
    assert (tmp_path / "ledger.db").read_bytes() == before
