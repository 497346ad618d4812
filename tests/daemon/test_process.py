"""`carbond run` as a process: it starts, books, answers, reloads, and ends as it should."""

import json
import resource
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from agent.cli.run import OPEN_FILES
from tests.daemon.processes import bmcs, carbond, carbond_says, write_settings
from tests.ledger.books import rows
from tests.waiting import until


def booked(folder: Path) -> int:
    """What the first server has in the ledger, in joules; -1 before its first reading."""
    if not (folder / "ledger.db").exists():
        return -1
    found = rows(folder, "SELECT count(*) FROM sqlite_master WHERE name = 'account'")
    found = rows(folder, "SELECT booked_j FROM account WHERE meter = 1") if found[0][0] else []
    return int(found[0][0]) if found else -1


async def test_it_books_serves_metrics_and_ends_cleanly_at_sigterm(tmp_path: Path) -> None:
    async with bmcs(300, 500) as servers:
        settings = write_settings(tmp_path, servers)
        async with carbond("run", "-c", str(settings)) as process:
            await until(lambda: booked(tmp_path) > 0)
            assert (await process.get("/healthz")).text == "ok\n"
            assert (await process.get("/readyz")).status_code == 200
            page = await process.shows("carbond_meter_power_watts{")
            assert page.headers["content-type"].startswith("text/plain; version=0.0.4")
            assert 'carbond_polls_total{kind="ipmi",outcome="answered"}' in page.text
            assert await process.end() == 0
            assert process.said.splitlines()[-1].endswith("stopped")
        assert [one.sessions for one in servers] == [0, 0], "every session was given back"


@contextmanager
def few_files() -> Iterator[int]:
    """Give this process, and what it starts, few open files; yield how many may be asked for."""
    given, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, most))
    try:
        yield most
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (given, most))


async def test_it_opens_as_many_files_as_it_may(tmp_path: Path) -> None:
    async with bmcs(300) as servers:
        settings = write_settings(tmp_path, servers)
        with few_files() as most:
            async with carbond("run", "-c", str(settings)) as process:
                await process.says("ready: 1 device,")
                assert process.open_files == (min(most, OPEN_FILES), most)


async def test_kill_9_and_a_new_start_leave_no_gap_in_the_ledger(tmp_path: Path) -> None:
    async with bmcs(600) as servers:
        settings = write_settings(tmp_path, servers)
        async with carbond("run", "-c", str(settings)) as process:
            await until(lambda: booked(tmp_path) > 0)
            await process.end(signal.SIGKILL)
        before = booked(tmp_path)
        async with carbond("run", "-c", str(settings)):
            await until(lambda: booked(tmp_path) > before)
        ((first, last, total),) = rows(tmp_path, "SELECT first_ms, at_ms, booked_j FROM account")
        assert total == pytest.approx(600 * (last - first) / 1000, rel=0.01)


async def test_a_silent_server_is_two_lines_and_the_others_go_on(tmp_path: Path) -> None:
    async with bmcs(300, 500) as servers:
        settings = write_settings(tmp_path, servers)
        async with carbond("run", "-c", str(settings)) as process:
            await until(lambda: booked(tmp_path) > 0)
            servers[1].dead = True
            await process.says("server-2: no answer")
            before = booked(tmp_path)
            await until(lambda: booked(tmp_path) > before)
            down = "SELECT error FROM device WHERE name = 'server-2' AND NOT up"
            await until(lambda: rows(tmp_path, down))
            code, out, _ = await carbond_says("status", "-c", str(settings))
            assert code == 0
            assert "down     server-2 since" in out
            servers[1].dead = False
            await process.says("server-2: answers again after")
            assert process.said.count("server-2:") == 2


async def test_sighup_takes_new_settings_and_refuses_bad_ones(tmp_path: Path) -> None:
    async with bmcs(300, 500) as servers:
        settings = write_settings(tmp_path, servers[:1])
        async with carbond("run", "-c", str(settings)) as process:
            await process.says("ready: 1 device,")
            write_settings(tmp_path, servers)
            process.send(signal.SIGHUP)
            await process.says("ready: 2 devices")
            await until(lambda: rows(tmp_path, "SELECT count(*) FROM account") == [(2,)])
            settings.write_text(settings.read_text().replace("tries", "trys"))
            process.send(signal.SIGHUP)
            await process.says('unknown key "trys"')
            assert "the new settings are refused, the old ones go on" in process.said
            before = booked(tmp_path)
            await until(lambda: booked(tmp_path) > before)
            write_settings(tmp_path, servers[:1])
            process.send(signal.SIGHUP)
            polls = servers[1].seen["power"]
            await until(lambda: process.said.count("ready: 1 device,") == 2)
            assert servers[1].seen["power"] - polls <= 1
            assert await process.end() == 0


async def test_it_tells_systemd_that_it_is_ready_alive_and_ending(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(0)
        heard: list[str] = []

        def hears(word: str) -> bool:
            with suppress(BlockingIOError):
                heard.append(listener.recv(4096).decode())
            return any(word in one for one in heard)

        async with bmcs(300) as servers:
            settings = write_settings(tmp_path, servers)
            async with carbond(
                "run",
                "-c",
                str(settings),
                NOTIFY_SOCKET=str(tmp_path / "notify"),
                WATCHDOG_USEC="200000",
            ) as process:
                await until(lambda: hears("READY=1"))
                await until(lambda: hears("WATCHDOG=1"))
                process.send(signal.SIGHUP)
                await until(lambda: hears("RELOADING=1"))
                process.send(signal.SIGTERM)
                await until(lambda: hears("STOPPING=1"))
                assert await process.ended() == 0


async def test_a_port_that_is_taken_is_said_before_anything_is_read(tmp_path: Path) -> None:
    async with bmcs(300) as servers:
        settings = write_settings(tmp_path, servers)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            settings.write_text(settings.read_text().replace("port: 0", f"port: {port}"))
            code, _, errors = await carbond_says("run", "-c", str(settings))
        assert code == 2
        assert f"http: cannot serve 127.0.0.1 port {port}" in errors
        assert "Traceback" not in errors
        assert servers[0].seen["packets"] == 0


async def test_two_daemons_do_not_share_a_ledger(tmp_path: Path) -> None:
    async with bmcs(300) as servers:
        settings = write_settings(tmp_path, servers)
        async with carbond("run", "-c", str(settings)) as process:
            await process.says("ready")
            code, _, errors = await carbond_says("run", "-c", str(settings))
    assert code == 2
    assert "another carbond (process" in errors.splitlines()[-1]


async def test_check_loads_everything_and_connects_to_nothing(tmp_path: Path) -> None:
    async with bmcs(300, 500) as servers:
        settings = write_settings(tmp_path, servers)
        code, out, _ = await carbond_says("check", "-c", str(settings))
        assert code == 0
        assert "2 devices: 2 ipmi" in out
        code, out, _ = await carbond_says("check", "-c", str(settings), "--json")
        assert code == 0
        said = json.loads(out)
        assert (said["good"], said["devices"], said["notes"]) == (True, {"ipmi": 2}, [])
        settings.write_text(settings.read_text().replace("user: admin", "usr: admin"))
        code, _, errors = await carbond_says("check", "-c", str(settings))
        assert code == 2
        assert 'unknown key "usr"' in errors
        assert all(one.seen["packets"] == 0 for one in servers)
    assert not (tmp_path / "ledger.db").exists()


async def test_once_polls_one_time_prints_and_writes_nothing(tmp_path: Path) -> None:
    async with bmcs(300, 500) as servers:
        settings = write_settings(tmp_path, servers)
        code, out, _ = await carbond_says("once", "-c", str(settings), "--json")
        assert code == 0
        polled = {one["name"]: one for one in json.loads(out)}
        assert polled["server-1"]["seen"][0]["power_watts"] == 300
        assert polled["germany"]["seen"][0]["value"] == 300
        servers[1].dead = True
        code, out, _ = await carbond_says("once", "-c", str(settings))
        assert code == 1
        assert "300.0 W" in out
        assert "no answer" in out
    assert not (tmp_path / "ledger.db").exists()


@pytest.mark.parametrize(
    "command", ["run", "check", "once", "status", "demo", "discover", "record"]
)
async def test_every_command_explains_itself_with_an_example(command: str) -> None:
    code, out, _ = await carbond_says(command, "--help")
    assert code == 0
    assert f"  carbond {command}" in out
    assert "example" in out


async def test_status_without_a_ledger_says_what_to_do(tmp_path: Path) -> None:
    code, _, errors = await carbond_says("status", "--ledger", str(tmp_path / "none.db"))
    assert code == 2
    assert "there is no ledger yet" in errors
