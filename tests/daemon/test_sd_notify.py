"""What systemd hears, on a real socket of its kind."""

import logging
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.sd_notify import Notifier


@pytest.fixture(params=["path", "abstract"])
def listener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """Listen as systemd does, and yield the socket and how NOTIFY_SOCKET names it."""
    name = str(tmp_path / "notify") if request.param == "path" else f"@carbond-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(f"\0{name[1:]}" if name.startswith("@") else name)
        heard.settimeout(5)
        yield heard, name


def test_systemd_hears_each_state(listener: tuple[socket.socket, str]) -> None:
    heard, name = listener
    notifier = Notifier({"NOTIFY_SOCKET": name})
    notifier.ready("24 devices")
    assert heard.recv(1000) == b"READY=1\nSTATUS=24 devices"
    notifier.status("two\nlines")
    assert heard.recv(1000) == b"STATUS=two lines"
    notifier.watchdog()
    assert heard.recv(1000) == b"WATCHDOG=1"
    notifier.stopping()
    assert heard.recv(1000) == b"STOPPING=1"


def test_a_reload_says_when_it_began(listener: tuple[socket.socket, str]) -> None:
    heard, name = listener
    notifier = Notifier({"NOTIFY_SOCKET": name})
    notifier.reloading()
    state, _, since = heard.recv(1000).decode().partition("\n")
    assert state == "RELOADING=1"
    assert int(since.removeprefix("MONOTONIC_USEC=")) > 0
    notifier.ready()
    assert heard.recv(1000) == b"READY=1"


@pytest.mark.parametrize("environment", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "vsock:2:1"}])
def test_without_a_socket_nothing_happens(environment: dict[str, str]) -> None:
    notifier = Notifier(environment)
    notifier.ready("status")
    notifier.watchdog()
    assert notifier.watchdog_every is None


@pytest.mark.parametrize("name", ["nobody", "x" * 200])
def test_a_socket_that_nobody_listens_to_is_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / name)})
    with caplog.at_level(logging.WARNING, "carbond"):
        notifier.ready()
        notifier.watchdog()
    (said,) = caplog.messages
    assert said.startswith("systemd: cannot send our state: ")


def test_a_listener_that_does_not_read_stops_nobody(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(tmp_path / "notify"))
        notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "notify")})
        for _ in range(2000):
            notifier.watchdog()


@pytest.mark.parametrize(
    ("environment", "every"),
    [
        ({"WATCHDOG_USEC": "30000000"}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid() + 1)}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_the_watchdog_is_fed_twice_in_its_time(
    environment: dict[str, str], every: float | None
) -> None:
    assert Notifier(environment).watchdog_every == every
