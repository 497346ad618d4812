"""`carbond top`: its screen, its view, and what it asks of a daemon."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.cli import main
from agent.cli.top_data import Kind, Line, Snapshot, lines_in, silent_in
from agent.cli.top_screen import Frame, screen_of
from agent.cli.top_source import Source, checked_url, reachable, token_in
from agent.cli.top_view import Sort, View
from agent.console import Console, Desk
from agent.console.access.tokens import hash_of, new_token
from agent.errors import ConfigError
from config.http import HttpSettings, TokenSettings
from tests.cli.serving import served
from tests.daemon.processes import carbond_says, write_settings
from tests.servers import free_port

AT = datetime(2026, 3, 10, 12, 20, tzinfo=UTC)


def meter(name: str, power: float | None, rack: str = "", role: str = "rack") -> dict[str, Any]:
    feed = name[-1].upper()
    return {
        "id": name,
        "device": name,
        "site": "fra",
        "role": role,
        "tags": {"rack": rack, "feed": feed} if rack else {},
        "at": AT.isoformat(),
        "power_watts": power,
    }


def device(name: str, error: str = "") -> dict[str, Any]:
    since = (AT - timedelta(hours=1)).isoformat()
    return {
        "name": name,
        "kind": "snmp",
        "role": "rack",
        "up": not error,
        "since": since,
        "error": error,
        "last_reading_at": AT.isoformat(),
    }


SITE = {
    "name": "fra",
    "timezone": "Europe/Berlin",
    "meters": {"total": 4, "reporting": 3},
    "power_watts": 14_000.0,
    "it_power_watts": 10_000.0,
    "hour": {
        "pue": 1.4,
        "pue_measured": True,
        "intensities": {"direct": {"value_g_per_kwh": 287.0, "estimated": True, "fallback": None}},
    },
    "today": {"emissions_kg": {"location": 1840.0}, "coverage": 0.984},
    "troubles": 1,
}

SNAPSHOT = Snapshot(
    at=AT,
    sites=[SITE],
    meters=[
        meter("rack-1-a", 4_000.0, "rack-1"),
        meter("rack-1-b", 2_000.0, "rack-1"),
        meter("rack-2-a", 3_000.0, "rack-2"),
        meter("rack-2-b", 1_000.0, "rack-2"),
        meter("utility", 14_000.0, role="utility"),
    ],
    devices=[
        *(device(name) for name in ("rack-1-a", "rack-1-b", "rack-2-a", "utility")),
        device("rack-2-b", "rack-2-b: no answer within 3 s"),
    ],
    site_history={"fra": [13_000.0, None, 14_000.0]},
    meter_history={"rack-1-a": [1.0, 2.0], "rack-1-b": [3.0, None]},
)


def shown(
    view: View | None = None, *, width: int = 100, height: int | None = 24, trouble: str = ""
) -> list[str]:
    frame = Frame(
        snapshot=SNAPSHOT, at=AT, where="http://h", trouble=trouble, width=width, height=height
    )
    return [line.plain.replace("\N{THIN SPACE}", " ") for line in screen_of(frame, view or View())]


SCREEN = """\
carbond top · http://h                                                       Tue 10 Mar 13:20:00 CET
────────────────────────────────────────────────────────────────────────────────────────────────────
site             power        IT    PUE        grid  CO2e today  coverage  answering  to look at
fra            14.0 kW   10.0 kW   1.40  ~287 g/kWh      1.84 t    98.4 %        3/4           1
            ▁ █  13.0 kW to 14.0 kW in 3 min

2 racks by power
                  power    read  last 30 min
rack-1          6.00 kW     0 s  ▁                               A 4.00 kW + B 2.00 kW
rack-2                –     0 s                                  A 3.00 kW + B –

1 device does not answer
rack-2-b  since 12:20  no answer within 3 s

q quit   s sort   r racks/devices/meters   / filter   ↑↓ scroll"""


def test_the_screen_reads_like_this() -> None:
    lines = [line.rstrip() for line in shown(height=17)]
    assert "\n".join(one for at, one in enumerate(lines) if one or lines[at - 1]) == SCREEN


def test_a_daemon_that_is_silent_is_told_with_the_time_of_what_is_shown() -> None:
    lines = shown(trouble="asked again each 2 s: no answer within 5 s")
    assert lines[1] == "as of 13:20:00, asked again each 2 s: no answer within 5 s"


@pytest.mark.parametrize("width", [40, 80, 100, 120])
@pytest.mark.parametrize("height", [8, 24, 40])
def test_it_fits_a_terminal_of_any_size(width: int, height: int) -> None:
    for kind in Kind:
        lines = shown(View(kind=kind), width=width, height=height)
        assert len(lines) <= height
        assert max(map(len, lines)) <= width


def test_a_rack_with_a_silent_feed_has_no_power_and_is_the_last() -> None:
    racks = View().chosen(lines_in(SNAPSHOT, Kind.RACKS))
    assert [(one.name, one.power) for one in racks] == [("rack-1", 6_000.0), ("rack-2", None)]
    assert racks[0].history == [4.0, None], "what one feed lacks the sum lacks"


def test_racks_of_one_name_are_not_added_up() -> None:
    def stands(name: str, power: float, site: str, **tags: str) -> dict[str, Any]:
        one = meter(name, power, "rack-1")
        return one | {"site": site, "tags": one["tags"] | tags}

    meters = [
        stands("n-a", 1.0, "fra", room="north"),
        stands("s-a", 2.0, "fra", room="south"),
        stands("s-b", 4.0, "fra", room="south"),
        stands("m-a", 8.0, "muc"),
        meter("rack-2-a", 16.0, "rack-2"),
    ]
    found = lines_in(replace(SNAPSHOT, meters=meters), Kind.RACKS)
    assert {one.name: one.power for one in found} == {
        "fra / north / rack-1": 1.0,
        "fra / south / rack-1": 6.0,
        "muc / rack-1": 8.0,
        "rack-2": 16.0,
    }
    found = lines_in(replace(SNAPSHOT, meters=meters[:3]), Kind.RACKS)
    assert {one.name for one in found} == {"north / rack-1", "south / rack-1"}


def test_who_does_not_answer_is_told_since_when_and_why() -> None:
    (silent,) = silent_in(SNAPSHOT)
    assert (silent.name, silent.why) == ("rack-2-b", "no answer within 3 s")
    assert silent.since == AT - timedelta(hours=1)


def lines(count: int) -> list[Line]:
    return [
        Line(name=f"pdu-{n:02}", what="rack", power=float(n), at=AT - timedelta(minutes=n))
        for n in range(count)
    ]


def test_keys_sort_filter_turn_and_scroll() -> None:
    view = View()
    assert view.chosen(lines(3))[0].name == "pdu-02"
    view.pressed("s")
    assert (view.sort, view.chosen(lines(3))[0].name) == (Sort.NAME, "pdu-00")
    view.pressed("s")
    assert (view.sort, view.chosen(lines(3))[0].name) == (Sort.OLDEST, "pdu-02")
    view.pressed("rr")
    assert view.kind is Kind.METERS
    view.pressed("/1q")
    assert (view.typing, view.wanted, view.ended) == (True, "1q", False), "q is a letter here"
    view.pressed("\x7f\r")
    assert [one.name for one in view.chosen(lines(12))] == ["pdu-11", "pdu-10", "pdu-01"]
    view.pressed("\x1b")
    assert (view.typing, view.wanted) == (False, "")
    view.pressed("\x1b[B\x1b[B\x1b[A\x1b[6~")
    assert view.first == 11
    assert view.clamp(15, 10) == 5, "the last page is full"
    view.pressed("\x1b[H")
    assert view.first == 0
    view.pressed("q")
    assert view.ended


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("http://127.0.0.1:9464/x?y", "http://127.0.0.1:9464"),
        ("https://carbond.example", "https://carbond.example"),
        ("http://[::1]:9464", "http://[::1]:9464"),
    ],
)
def test_an_address_is_taken_without_its_path(given: str, meant: str) -> None:
    assert checked_url(given) == meant


@pytest.mark.parametrize("text", ["", "9464", "ftp://h", "http://u:p@h", "http://h:x", "http://["])
def test_what_is_no_address_is_told(text: str) -> None:
    with pytest.raises(ConfigError, match="--url"):
        checked_url(text)


def test_a_daemon_on_all_addresses_is_asked_on_loopback() -> None:
    hosts = ("0.0.0.0", "::", "10.0.0.7", "fe80::1", "localhost")  # noqa: S104 nothing listens
    assert [reachable(one) for one in hosts] == [
        "127.0.0.1",
        "[::1]",
        "10.0.0.7",
        "[fe80::1]",
        "localhost",
    ]


def test_a_token_is_the_text_of_its_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("abc\n")
    assert token_in(file) == "abc"
    for bad in ("", "two\nlines", "ä"):
        file.write_text(bad)
        with pytest.raises(ConfigError, match="must hold one token"):
            token_in(file)
    with pytest.raises(ConfigError, match="No such file"):
        token_in(tmp_path / "none")


def test_without_a_daemon_it_says_how_to_have_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["top", "--url", f"http://127.0.0.1:{free_port()}"]) == 2
    said = capsys.readouterr().err
    assert "nothing answers there" in said
    assert "start it with `carbond run`" in said
    assert "Traceback" not in said


async def test_without_a_terminal_it_is_one_moment_as_text_or_as_data(desk: Desk) -> None:
    async with served(desk) as url:
        code, text, errors = await carbond_says("top", "--url", url)
        assert (code, errors) == (0, "")
        assert "\x1b" not in text
        assert "1 device does not answer" in text
        assert "rack-2-a  since 13:20  no answer within 3 s" in text
        code, data, _ = await carbond_says("top", "--url", url, "--json")
        assert code == 0
        said = json.loads(data)
    assert [one["name"] for one in said["sites"]] == ["fra"]
    powers = {one["id"]: one["power_watts"] for one in said["meters"]}
    assert powers["rack-1-a"] == 6_000
    assert "6.00\N{THIN SPACE}kW" in text


async def test_all_pages_are_read_and_the_power_of_the_last_hour(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.cli.top_source.PAGE", 2)
    async with served(desk) as url:
        source = Source(url, None)
        try:
            found = await source.snapshot()
        finally:
            await source.close()
    assert len(found.meters) == len(found.devices) == 6
    assert found.site_history["fra"][-1] == pytest.approx(14_000)
    assert set(found.meter_history) == {one["id"] for one in found.meters}


async def test_where_a_token_is_wanted_it_says_how_to_give_one_and_takes_it(
    desk: Desk, tmp_path: Path
) -> None:
    token, file = new_token(), tmp_path / "token"
    file.write_text(f"{token}\n")
    settings = HttpSettings(port=0, tokens=(TokenSettings(name="ops", sha256=hash_of(token)),))
    async with Console(settings, desk) as console:
        code, _, errors = await carbond_says("top", "--url", console.address)
        assert code == 2
        assert "name one with --token-file" in errors
        code, out, errors = await carbond_says(
            *("top", "--url", console.address, "--token-file", str(file))
        )
    assert (code, errors) == (0, "")
    assert "2 racks by power" in out
    assert token not in out


async def test_with_the_settings_it_finds_the_daemon(desk: Desk, tmp_path: Path) -> None:
    port = free_port()
    settings = write_settings(tmp_path, [])
    settings.write_text(settings.read_text().replace("devices:\n", ""))
    code, _, errors = await carbond_says("top", "-c", str(settings))
    assert code == 2
    assert "http.port 0 is another one each time: name it with --url" in errors
    settings.write_text(settings.read_text().replace("{port: 0}", f"{{port: {port}}}"))
    async with served(desk, port):
        code, out, errors = await carbond_says("top", "-c", str(settings))
    assert (code, errors) == (0, "")
    assert f"carbond top · http://127.0.0.1:{port}" in out


async def test_what_is_no_carbond_is_told() -> None:
    port = free_port()

    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", port):
        url = f"http://127.0.0.1:{port}"
        code, _, errors = await carbond_says("top", "--url", url)
    assert code == 2
    assert "it answers 404: is it a carbond?" in errors
