"""The socket beside the ledger: whatever a client does, the daemon goes on."""

import asyncio
import json
import logging
import os
import socket
import stat
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.app import asking, control
from agent.app.control import Control
from agent.app.unix_socket import beside, bound, connected
from agent.errors import ConfigError, Unavailable
from agent.ledger import Ledger, Repair
from agent.model import HOUR
from tests.clocks import HandClock
from tests.ledger.books import START, day, open_ledger, rows
from tests.waiting import until

REPAIR = {
    "do": "repair",
    "meter": "grid",
    "from": "2026-03-10T09",
    "to": "2026-03-10T10",
    "energy": "15kWh",
    "who": "facility-team",
    "why": "read by hand",
}


@asynccontextmanager
async def listening(folder: Path) -> AsyncIterator[Ledger]:
    """A ledger with one hour, and its control."""
    ledger = open_ledger(folder, HandClock(START + HOUR + timedelta(minutes=3)))
    try:
        await ledger.book(day("grid", START, 60, 14_000))
        await ledger.tend()
        async with Control(ledger.path, ledger):
            yield ledger
    finally:
        ledger.close()


async def says(folder: Path, sent: bytes, *, ends: bool = False) -> dict[str, Any]:
    """Send bytes to the socket, and return the answer."""
    calling = await asyncio.to_thread(connected, beside(folder / "ledger.db"), timeout=30)
    assert calling is not None
    reader, writer = await asyncio.open_unix_connection(sock=calling)
    writer.write(sent)
    if ends:
        writer.write_eof()
    answer = await reader.read()
    writer.close()
    found: dict[str, Any] = json.loads(answer)
    return found


def line(**words: object) -> bytes:
    return json.dumps({**REPAIR, **words}).encode() + b"\n"


def facility(folder: Path) -> list[tuple[Any, ...]]:
    return rows(folder, "SELECT version, facility_j / 3600000 FROM site_hour ORDER BY version")


async def test_a_request_is_on_disk_when_it_is_answered_and_computed_soon(tmp_path: Path) -> None:
    async with listening(tmp_path):
        answer = await says(tmp_path, line())
        assert rows(tmp_path, "SELECT who, why FROM repair") == [("facility-team", "read by hand")]
        assert answer["done"]["energy_j"] == 15 * 3_600_000
        await until(lambda: len(facility(tmp_path)) > 1)
        assert facility(tmp_path) == [(1, 14), (2, 15)]


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (b"\n", "a request is a line of JSON"),
        (b"rubbish\n", "a request is a line of JSON"),
        (b"\xff\xfe\n", "a request is a line of JSON"),
        (b"[" * 60_000 + b"\n", "a request is a line of JSON"),
        (b"x" * 200_000 + b"\n", "a request is a line of JSON of at most 65536 bytes"),
        (b"[1]\n", "a request is a JSON object"),
        (b"{}\n", "no such request 'None'"),
        (line(do="reopen"), "no such request 'reopen': this carbond knows repair and close"),
        (line(meter=["grid"]), "--meter must be text of one line"),
        (line(meter="grib"), "did you mean grid?"),
        (line(energy="-1kWh"), "--energy '-1kWh': must be a number that is not below zero"),
        (line(energy="12"), "with its unit, one of J, Wh, kWh and MWh, of water L and m3"),
        (line(energy=12), "--energy '12': must be"),
        (line(energy="nankWh"), "--energy 'nankWh': must be"),
        (line(energy="2L"), "grid measures electricity: give --energy in J, Wh, kWh or MWh"),
        (line(energy="999999999999999999MWh"), "must be from 0 to"),
        (line(who=" "), "--who must be text of one line, from 1 to 100 letters: an auditor"),
        (line(why="x" * 1001), "--why must be text of one line, from 1 to 1000 letters"),
        (line(why="two\nlines"), "--why must be text of one line"),
        (line(why="\ud800"), "--why must be text of one line"),
        (line(**{"from": "2026-03-10T09:30"}), "--from '2026-03-10T09:30': must be a whole hour"),
        (line(**{"from": "2026-03-10T09+05:30"}), "must be a whole hour in UTC"),
        (line(**{"from": "0001-01-01T00+14:00"}), "must be a whole hour in UTC"),
        (line(**{"from": None}), "--from 'None': must be a whole hour"),
        (line(to="yesterday"), "--to 'yesterday': must be a whole hour"),
        (line(do="close", site="fra", month="May"), "--month 'May': must be a month"),
    ],
)
async def test_a_bad_request_gets_one_line_and_harms_nobody(
    tmp_path: Path, sent: bytes, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(tmp_path):
        answer = await says(tmp_path, sent)
        assert words in answer["refused"]
        assert len(answer["refused"]) < 400
        assert "done" in await says(tmp_path, line())
    assert [one for one in caplog.records if one.levelno >= logging.WARNING] == []


async def test_an_hour_with_an_offset_is_the_hour_in_utc(tmp_path: Path) -> None:
    async with listening(tmp_path):
        words = {"from": "2026-03-10T14:30+05:30", "to": "2026-03-10T10:00Z"}
        answer = await says(tmp_path, line(energy="0.5 MWh", despite_size=True, **words))
        assert answer["done"]["from"] == "2026-03-10T09:00:00+00:00"
        assert answer["done"]["energy_j"] == 1_800_000_000


async def test_a_client_that_ends_in_the_middle_is_nobodys_loss(tmp_path: Path) -> None:
    async with listening(tmp_path):
        answer = await says(tmp_path, line()[:20], ends=True)
        assert "a line of JSON" in answer["refused"]
        for sent in (b"", line()[:20], line()):
            calling = connected(beside(tmp_path / "ledger.db"), timeout=30)
            assert calling is not None
            calling.sendall(sent)
            calling.close()
        assert "done" in await says(tmp_path, line())


async def test_a_client_that_says_nothing_is_sent_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "PATIENCE", 0.1)
    async with listening(tmp_path):
        answer = await says(tmp_path, b"{")
        assert answer == {"failed": "no whole request within 0.1 s"}


async def test_a_bug_in_a_request_is_said_and_logged_and_the_daemon_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def bug(*_: object) -> None:
        raise KeyError("a bug")

    async with listening(tmp_path):
        with monkeypatch.context() as patched:
            patched.setattr(Ledger, "repair", bug)
            answer = await says(tmp_path, line())
        assert answer == {"failed": "a bug in carbond, see the daemon's log"}
        assert "please report it" in caplog.text
        assert "done" in await says(tmp_path, line())


async def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(_: Ledger, __: Repair) -> None:
        raise Unavailable("ledger: the disk takes no more")

    async with listening(tmp_path):
        monkeypatch.setattr(Ledger, "repair", full)
        assert await says(tmp_path, line()) == {"failed": "ledger: the disk takes no more"}


async def test_many_at_once_are_all_answered_and_booked_one_after_the_other(
    tmp_path: Path,
) -> None:
    async with listening(tmp_path):
        asked = (says(tmp_path, line(energy=f"{n}kWh")) for n in range(20))
        answers = await asyncio.gather(*asked)
    assert sorted(one["done"]["repair"] for one in answers) == list(range(1, 21))


async def test_the_socket_is_its_users_own_and_gone_at_the_end(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        async with listening(tmp_path) as ledger:
            path = beside(ledger.path)
            assert path.name == "ledger.db.sock"
            mode = path.stat().st_mode
            assert stat.S_ISSOCK(mode)
            assert stat.S_IMODE(mode) == 0o600
    finally:
        os.umask(before)
    assert [name for name in os.listdir(tmp_path) if "sock" in name] == []


async def test_a_ledger_may_lie_deep(tmp_path: Path) -> None:
    deep = tmp_path / ("a" * 100) / ("b" * 100)
    deep.mkdir(parents=True)
    async with listening(deep):
        assert "done" in await says(deep, line())


def test_a_name_may_be_long_too(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 240 + ".sock")
    with bound(path):
        calling = connected(path, timeout=5)
        assert calling is not None
        calling.close()


async def test_a_stale_socket_is_replaced(tmp_path: Path) -> None:
    bound(tmp_path / "ledger.db.sock").close()
    assert connected(tmp_path / "ledger.db.sock", timeout=5) is None, "nobody listens there"
    async with listening(tmp_path):
        assert "done" in await says(tmp_path, line())


async def test_a_file_of_its_name_is_left_alone_and_measuring_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "ledger.db.sock"
    path.write_text("not ours")
    async with listening(tmp_path) as ledger:
        assert "cannot listen there (there is a file of this name)" in caplog.text
        await ledger.tend()
    assert path.read_text() == "not ours"


async def test_at_the_end_nobody_is_waited_for(tmp_path: Path) -> None:
    async with listening(tmp_path):
        calling = await asyncio.to_thread(connected, beside(tmp_path / "ledger.db"), timeout=30)
        assert calling is not None
        calling.sendall(b"{")
        assert "done" in await says(tmp_path, line())
    assert calling.recv(100) == b""
    calling.close()


@contextmanager
def a_daemon_that(answers: bytes | None, path: Path) -> Iterator[None]:
    """One that answers this to whatever it is asked, or nothing at all."""
    listener = bound(beside(path))

    def serve() -> None:
        calling, _ = listener.accept()
        calling.recv(65536)
        if answers is None:
            done.wait(30)
        else:
            calling.sendall(answers)
        calling.close()

    done = threading.Event()
    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        listener.close()


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (None, "the daemon has not answered (timed out)"),
        (b"", "the daemon has not answered (it has ended)"),
        (b'{"done": {', "the daemon has not answered (it has ended)"),
        (b"[1]\n", "the daemon has not answered"),
        (b"rubbish\n", "the daemon has not answered"),
        (b"{}\n", "no answer"),
        (b'{"failed": "the disk is full"}\n', "the disk is full"),
        (b"x" * 100_000, "the daemon has not answered"),
    ],
)
def test_a_daemon_that_answers_badly_or_not_is_one_clear_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers: bytes | None, words: str
) -> None:
    monkeypatch.setattr(asking, "PATIENCE", 0.3)
    path = tmp_path / "ledger.db"
    with a_daemon_that(answers, path), pytest.raises(ConfigError) as refused:
        asking._asked(path, REPAIR)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_another_users_daemon_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    with bound(beside(tmp_path / "ledger.db")):
        monkeypatch.setattr(socket.socket, "connect", forbidden)
        with pytest.raises(ConfigError, match="the daemon is another user's"):
            asking._asked(tmp_path / "ledger.db", REPAIR)
