"""`carbond ledger`: it reaches the running daemon, does it itself where none runs, and shows it."""

import asyncio
import io
import json
import signal
import sqlite3
from collections.abc import Sequence
from contextlib import closing, redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.cli import main
from tests.daemon.processes import Process, bmcs, carbond, carbond_says, write_settings
from tests.daemon.test_end_to_end import EXPORTER, influxd_on
from tests.ledger.books import rows
from tests.servers import free_port, needs
from tests.waiting import until

WHO = ("--who", "facility-team", "--why", "read from its display")


def past_month() -> datetime:
    """The noon of the last day of the month before last.

    The last one is not over in its first minutes after: its hours still wait for readings.
    """
    noon = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    last = noon.replace(day=1) - timedelta(days=1)
    return last.replace(day=1) - timedelta(days=1)


NOON = past_month()
MONTH = f"{NOON:%Y-%m}"


def repair(settings: Path, energy: str = "3kWh", **more: str) -> list[str]:
    """The words of a repair of two hours, with other options if need be."""
    options = {
        "meter": "server-1",
        "from": f"{NOON:%Y-%m-%dT%H}",
        "to": f"{NOON + timedelta(hours=2):%Y-%m-%dT%H}",
        "energy": energy,
        **more,
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    return ["ledger", "repair", "-c", str(settings), *words, *WHO]


def month(settings: Path, *more: str, name: str = MONTH) -> list[str]:
    site = ("--site", "fra1", "--month", name)
    return ["ledger", "close", "-c", str(settings), *site, *WHO, *more]


async def says(arguments: Sequence[str]) -> tuple[int, str, str]:
    """Run a command, without a process of its own; return its exit code, output and errors."""
    out, errors = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(errors):
        code = await asyncio.to_thread(main, arguments)
    return code, out.getvalue(), errors.getvalue()


async def does(arguments: Sequence[str]) -> str:
    """Run a command that has to succeed, and return what it says."""
    code, out, errors = await says(arguments)
    assert (code, errors) == (0, "")
    return out


async def data(*arguments: str) -> Any:  # noqa: ANN401 JSON
    return json.loads(await does([*arguments, "--json"]))


def versions(folder: Path) -> list[tuple[Any, ...]]:
    """The versions of the first repaired hour: their number, and IT energy in Wh."""
    query = "SELECT version, it_j / 3600 FROM site_hour WHERE hour_s = ? ORDER BY version"
    return rows(folder, query, int(NOON.timestamp()))


async def read(process: Process, folder: Path) -> None:
    """Wait until the first server has been read, and have the settings know it for months."""
    await process.says("ready")
    await until(lambda: rows(folder, "SELECT 1 FROM account"))
    with closing(sqlite3.connect(folder / "ledger.db")) as connection:
        since = int((NOON - timedelta(hours=1)).timestamp())
        connection.execute("UPDATE membership SET since_s = ?", [since])
        connection.commit()


async def ran(folder: Path, settings: Path) -> None:
    """Have a daemon run until there is a ledger with a meter, and end."""
    async with carbond("run", "-c", str(settings)) as process:
        await read(process, folder)
        assert await process.end() == 0


@needs("influxd", "influxdb")
async def test_a_repair_reaches_the_running_daemon_and_is_exported_again(tmp_path: Path) -> None:
    port = free_port()
    async with bmcs(600) as servers:
        settings = write_settings(tmp_path, servers, EXPORTER.format(port=port))
        with influxd_on(port, tmp_path) as influx:
            async with carbond("run", "-c", str(settings)) as process:
                await read(process, tmp_path)
                said = await does(repair(settings))
                assert f"repair 1 is booked: server-1, {NOON:%Y-%m-%d} 12:00 to " in said
                assert "is 3.000 kWh, of which nothing was known" in said

                def exported() -> list[float]:
                    hours = influx.says("SELECT it_joules FROM carbond_site_hour")
                    return [one["it_joules"] for one in hours if one["time"] == NOON.timestamp()]

                await until(lambda: exported() == [1500 * 3600])
                assert "in place of 3.000 kWh" in await does(repair(settings, "5kWh"))
                await until(lambda: exported() == [2500 * 3600])
                assert versions(tmp_path) == [(1, 1500), (2, 2500)]
                await process.says("repair by facility-team: read from its display")
                assert await process.end() == 0


async def test_without_a_daemon_it_is_done_and_computed_here(tmp_path: Path) -> None:
    async with bmcs(600) as servers:
        settings = write_settings(tmp_path, servers)
        await ran(tmp_path, settings)
        polls = servers[0].seen["power"]
        await does(repair(settings))
        assert versions(tmp_path) == [(1, 1500)]
        done = await data(*repair(settings, "4kWh"))
        assert (done["repair"], done["before_j"], done["energy_j"]) == (2, 3 * 3.6e6, 4 * 3.6e6)
        assert versions(tmp_path) == [(1, 1500), (2, 2000)]
        assert servers[0].seen["power"] == polls, "no device is asked"


async def test_two_at_once_are_both_booked_with_a_daemon_and_without(tmp_path: Path) -> None:
    async with bmcs(600) as servers:
        settings = write_settings(tmp_path, servers)
        async with carbond("run", "-c", str(settings)) as process:
            await read(process, tmp_path)
            both = (carbond_says(*repair(settings, one)) for one in ("1kWh", "2kWh"))
            assert {code for code, _, _ in await asyncio.gather(*both)} == {0}
            assert await process.end() == 0
        both = (carbond_says(*repair(settings, one)) for one in ("3kWh", "4kWh"))
        assert {code for code, _, _ in await asyncio.gather(*both)} == {0}
        energies = rows(tmp_path, "SELECT energy_j / 3600000 FROM repair ORDER BY energy_j")
        assert energies == [(1,), (2,), (3,), (4,)]


async def test_the_socket_goes_with_sigterm_and_is_replaced_after_kill_9(tmp_path: Path) -> None:
    beside = tmp_path / "ledger.db.sock"
    async with bmcs(600) as servers:
        settings = write_settings(tmp_path, servers)
        async with carbond("run", "-c", str(settings)) as process:
            await read(process, tmp_path)
            assert beside.is_socket()
            assert await process.end() == 0
        assert not beside.exists()
        async with carbond("run", "-c", str(settings)) as process:
            await read(process, tmp_path)
            await process.end(signal.SIGKILL)
        assert beside.is_socket()
        await does(repair(settings))
        async with carbond("run", "-c", str(settings)) as process:
            await process.says("ready")
            await does(repair(settings, "5kWh"))
            await process.says("repair by facility-team")
            assert await process.end() == 0
        assert not beside.exists()


async def test_a_closed_month_stays_and_what_is_repaired_later_is_a_difference(
    tmp_path: Path,
) -> None:
    async with bmcs(600) as servers:
        settings = write_settings(tmp_path, servers)
        async with carbond("run", "-c", str(settings)) as process:
            await read(process, tmp_path)
            await does(repair(settings))
            await until(lambda: versions(tmp_path))
            await until(lambda: not stale(tmp_path))
            said = await does(month(settings))
            assert f"fra1 {MONTH} is closed for good: energy 4.500 kWh, IT 3.000 kWh" in said
            await does(repair(settings, "5kWh"))
            await until(lambda: len(versions(tmp_path)) > 1 and not stale(tmp_path))
            assert await process.end() == 0
        (shown,) = await data("ledger", "periods", "-c", str(settings), "--site", "fra1")
        assert shown["reported"]["it_kwh"] == 3
        assert shown["now"]["it_kwh"] == 5
        assert shown["differences"]["it_kwh"] == {"reported": 3, "now": 5, "difference": 2}
        why = "repair 2 by facility-team: read from its display"
        assert (shown["restatements"], shown["reasons"]) == (2, {why: 2})
        text = await does(["ledger", "periods", "--ledger", str(tmp_path / "ledger.db")])
        assert f"fra1 {MONTH}, closed " in text
        assert " by facility-team: read from its display" in text
        (line,) = (one for one in text.splitlines() if one.startswith("  IT  "))
        assert line.split() == ["IT", "3.000", "kWh", "5.000", "kWh", "+2.000", "kWh"]
        assert "its hours were restated 2 times since:" in text
        log = await does(["ledger", "restatements", "-c", str(settings), "--site", "fra1"])
        assert "1.500 kWh" in log
        assert log.splitlines()[-1] == "2 restatements of 2 hours: IT +2.000 kWh"


def stale(folder: Path) -> list[tuple[Any, ...]]:
    query = "SELECT 1 FROM stale_hour WHERE hour_s < ?"
    return rows(folder, query, int((NOON + timedelta(days=1)).timestamp()))


async def test_what_is_refused_is_one_line_with_a_daemon_and_without(tmp_path: Path) -> None:
    bad: list[tuple[list[str], str]] = []
    async with bmcs(600) as servers:
        settings = write_settings(tmp_path, servers)
        bad += [
            (repair(settings, meter="server-11"), "the ledger has no meter 'server-11': did you"),
            (repair(settings, "12"), "--energy '12': must be a number"),
            (repair(settings, to="2999-01-01T00"), "is not over yet"),
            (month(settings, name="1999-12"), "the ledger has nothing of that month"),
            (
                repair(settings, "-9kWh"),
                "--energy '-9kWh': must be a number that is not below zero",
            ),
            (repair(settings, "9kwh"), "such as 12.5kWh: did you mean 9kWh?"),
            (repair(settings, "9,5kWh"), "did you mean 9.5kWh?"),
            (repair(settings, "1,200kWh"), "did you mean 1.200kWh or 1200kWh?"),
            (repair(settings, "5000MWh"), "5,000,000 kWh in 2 hours is 2,500,000 kW"),
            (repair(settings, **{"from": "2001-01-01T00", "to": "2001-01-01T01"}), "earlier hours"),
            ([*repair(settings), "--ledger", "x"], "repair and close need the settings: -c"),
        ]
        async with carbond("run", "-c", str(settings)) as process:
            await read(process, tmp_path)
            await refused(bad)
            assert await process.end() == 0
            assert "Traceback" not in process.said
        await refused(bad)
        assert rows(tmp_path, "SELECT count(*) FROM repair") == [(0,)]


async def refused(commands: Sequence[tuple[Sequence[str], str]]) -> None:
    for arguments, words in commands:
        code, out, errors = await says(arguments)
        assert (code, out) == (2, "")
        assert errors.startswith("carbond: ")
        assert errors.count("\n") == 1
        assert words in errors


async def test_without_a_ledger_nothing_is_made(tmp_path: Path) -> None:
    settings = write_settings(tmp_path, [])
    await refused([(repair(settings), "there is no ledger yet")])
    assert not (tmp_path / "ledger.db").exists()


async def test_who_has_the_ledger_and_does_not_listen_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.app.asking.LONGEST_WAIT", 0.3)
    async with bmcs(600) as servers:
        settings = write_settings(tmp_path, servers)
        async with carbond("run", "-c", str(settings)) as process:
            await read(process, tmp_path)
            (tmp_path / "ledger.db.sock").unlink()
            await refused([(repair(settings), "It does not listen at ")])
            assert await process.end() == 0


async def test_repairs_and_findings_are_listed_in_columns_and_as_data(tmp_path: Path) -> None:
    async with bmcs(600) as servers:
        settings = write_settings(tmp_path, servers)
        await ran(tmp_path, settings)
        of = ("-c", str(settings))
        assert await does(["ledger", "repairs", *of]) == "nothing was repaired\n"
        assert await does(["ledger", "periods", *of]) == "no month is closed\n"
        assert await does(["ledger", "findings", *of]) == "no register did anything but count\n"
        nothing = await does(["ledger", "restatements", *of, "--site", "fra1"])
        assert nothing == "nothing was restated\n"
        await does(repair(settings, "3kWh"))
        words = repair(settings)
        where = words.index("--energy")
        await does([*words[:where], "--unknown", *words[where + 2 :]])
        found = await data("ledger", "repairs", *of, "--meter", "server-1")
        assert [one["energy_j"] for one in found] == [3 * 3.6e6, None]
        heading, first, second = (await does(["ledger", "repairs", *of])).splitlines()
        assert first.index("3.000 kWh") < heading.index("before")
        assert second.split()[6:9] == ["unknown", "3.000", "kWh"]
        with closing(sqlite3.connect(tmp_path / "ledger.db")) as connection:
            connection.execute("INSERT INTO finding VALUES (1, 0, 'reset', 7200000, 3600000, NULL)")
            connection.commit()
        _, line = (await does(["ledger", "findings", *of])).splitlines()
        assert line.split() == [
            *("1970-01-01", "00:00:00", "server-1", "reset", "2.000", "kWh", "1.000", "kWh", "–")
        ]
        (finding,) = await data("ledger", "findings", *of)
        assert (finding["oddity"], finding["before_j"], finding["energy_j"]) == (
            *("reset", 7_200_000, None),
        )


@pytest.mark.parametrize(
    "command", ["repair", "close", "repairs", "periods", "restatements", "findings"]
)
async def test_every_command_of_the_ledger_explains_itself_with_an_example(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (["ledger", command, "--help"], ["ledger", "--help"]):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 0
        said = capsys.readouterr().out
        assert f"  carbond {' '.join(words[:-1])}" in said
        assert "example" in said
        assert command in said


async def test_a_period_that_is_none_is_refused_with_its_own_option(tmp_path: Path) -> None:
    async with bmcs(600) as servers:
        settings = write_settings(tmp_path, servers)
        await ran(tmp_path, settings)
    explain = ["explain", "-c", str(settings), "--site", "fra1"]
    log = ["ledger", "restatements", "-c", str(settings), "--site", "fra1"]
    await refused(
        [
            ([*explain, "--day", "2026-11"], "--day '2026-11': must be a day, such as 2026-10-03"),
            ([*explain, "--month", "2026-11-22"], "must be a month, such as 2026-10"),
            ([*explain, "--year", "2026-11"], "--year '2026-11': must be a year, such as 2026"),
            ([*explain, "--year", "1969"], "--year '1969': years go from 1970 to 9998"),
            ([*explain, "--month", "2026-13"], "--month '2026-13': there is no such month"),
            (
                [*log, "--from", "2026-10-03T02", "--to", "2026-10-03T01"],
                "--to 2026-10-03T01 is not after --from 2026-10-03T02",
            ),
            ([*log, "--month", "2026-13"], "--month '2026-13': there is no such month"),
            (
                [*log, "--month", "2026-10", "--from", "2026-10-03T02"],
                "give a day, month or year, or --from and --to: not both",
            ),
        ]
    )


async def test_a_meter_of_the_settings_that_was_never_read_is_said_to_be_so(tmp_path: Path) -> None:
    async with bmcs(600) as servers:
        settings = write_settings(tmp_path, servers)
        await ran(tmp_path, settings)
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as connection:
        connection.execute("DELETE FROM account")
        connection.commit()
    words = "server-1 is in the settings but has never been read"
    ledger = ("--ledger", str(tmp_path / "ledger.db"), "--meter", "server-1")
    await refused(
        [
            (["ledger", "repairs", *ledger], words),
            (["ledger", "findings", *ledger], words),
            (["explain", *ledger, "--hour", f"{NOON:%Y-%m-%dT%H}"], words),
        ]
    )


async def test_a_closed_month_shows_what_most_want_and_all_if_asked(tmp_path: Path) -> None:
    async with bmcs(600) as servers:
        settings = write_settings(tmp_path, servers)
        await ran(tmp_path, settings)
    await does(repair(settings))
    said = await does(month(settings))
    assert f"fra1 {MONTH} is closed for good: energy 4.500 kWh, IT 3.000 kWh" in said
    assert said.endswith(" % known\n")
    periods = ["ledger", "periods", "-c", str(settings)]
    assert "its hours were not restated since" in await does(periods)
    await does(repair(settings, "3.00004kWh"))
    text, whole = await does(periods), await does([*periods, "--all"])
    assert "+0.00004 kWh" in text
    assert "-0.000" not in text + whole
    assert "its hours were restated 2 times since:" in text
    assert "hours of period" in whole
    assert "hours of period" not in text
    assert " other figures changed too: --all shows all" in text
    assert "changed too" not in whole
    log = await does(["ledger", "restatements", "-c", str(settings), "--site", "fra1"])
    assert log.splitlines()[-1].startswith("2 restatements of 2 hours: ")
