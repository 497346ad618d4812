"""`carbond discover`: it finds what is there, says how to read it, and asks nobody else.

All addresses are of loopback: agents, BMCs and services stand on several of them, and listeners
that must hear nothing on others.
"""

import asyncio
import json
import os
import pty
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.cli import main
from tests.daemon.network import INSIDE, NETWORK, PDU, SERVER, SERVICE, SILENT, STRANGE, Net
from tests.daemon.processes import CARBOND, carbond_says
from tests.waiting import until

AUDIT = """
import sys
asked = []
def hook(event, details):
    if event in ("socket.sendto", "socket.connect", "socket.sendmsg"):
        asked.append(details[1])
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        asked.append(details[:1])
sys.addaudithook(hook)
from agent.cli import main
code = main(sys.argv[2:])
with open(sys.argv[1], "w") as file:
    file.writelines(f"{one[0]}\\n" for one in asked if isinstance(one, tuple))
sys.exit(code)
"""


async def audited(folder: Path, *arguments: str) -> tuple[list[Any], str, set[str]]:
    """Discover; return what was found, what was said, and all addresses that were sent to."""
    log = folder / "asked"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", AUDIT, str(log), "discover", *arguments, "--json"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return json.loads(out), errors.decode(), set(log.read_text().split())


async def test_it_finds_each_kind_where_it_is_and_asks_nobody_else(
    net: Net, tmp_path: Path
) -> None:
    shown, errors, asked = await audited(tmp_path, NETWORK, *net.options)
    found = {one["address"]: one for one in shown}
    assert {address: one["type"] for address, one in found.items()} == {
        SERVICE: "redfish",
        PDU: "snmp",
        SERVER: "ipmi",
    }
    assert found[PDU]["profile"] == "ups-mib"
    assert found[PDU]["hostname"] == "UPS Hall 3/a"
    assert found[PDU]["settings"]["name"] == "ups-hall-3-a"
    assert "asking 6 addresses for snmp, ipmi, redfish: about" in errors
    assert "at 2000 packets a second" in errors
    assert asked == set(INSIDE)
    assert len(net.inside[SILENT].heard) == 6, "two tries of three questions"
    assert_nobody_outside_was_asked(net)


async def test_between_what_was_given_nobody_is_asked(net: Net, tmp_path: Path) -> None:
    given = ("127.0.0.3-127.0.0.4", "127.0.0.1", "--only", "ipmi")
    shown, _, asked = await audited(tmp_path, *given, *net.options)
    assert [one["address"] for one in shown] == [SERVER]
    assert asked == {"127.0.0.1", "127.0.0.3", "127.0.0.4"}
    assert not net.inside[SILENT].heard
    assert_nobody_outside_was_asked(net)


def assert_nobody_outside_was_asked(net: Net) -> None:
    assert all(not one.heard for one in net.outside.values())
    assert not net.connected


async def test_several_communities_are_tried_and_none_is_shown(net: Net, tmp_path: Path) -> None:
    (tmp_path / "community").write_text("another\n")
    options = [*net.options, "--only", "snmp", "--community", "sesame", "--yaml"]
    options += ["--community-file", str(tmp_path / "community")]
    code, out, errors = await carbond_says("discover", STRANGE, *options)
    assert code == 0
    (device,) = yaml.safe_load(out)["devices"]
    assert device["community"] == {"file": str(tmp_path / "community")}
    assert "another" not in out + errors
    assert "sesame" not in out + errors


async def test_the_table_shows_what_was_found(net: Net) -> None:
    options = [*net.options, "--only", "redfish"]
    code, out, _ = await carbond_says("discover", SERVICE, *options)
    assert code == 0
    heading, line = out.splitlines()
    assert heading.split() == ["address", "type", "name", "profile", "about", "note"]
    assert line.split()[:2] == [SERVICE, "redfish"]
    assert "Acme Rack [31m PDU Redfish 1.18.0" in line


async def test_nothing_found_says_so_and_is_no_failure(net: Net) -> None:
    options = [*net.options, "--only", "redfish"]
    code, out, errors = await carbond_says("discover", SILENT, *options)
    assert (code, out) == (0, "")
    assert "nothing was found" in errors
    assert "\x1b" not in errors, "no bar without a terminal"


async def test_ctrl_c_ends_it_with_what_was_found_so_far(net: Net) -> None:
    options = [*net.options, "--only", "snmp", "--at-once", "1", "--rate", "20", "--json"]
    process = await asyncio.create_subprocess_exec(
        *(*CARBOND, "discover", PDU, "127.0.0.5-127.0.0.60", *options),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    await until(lambda: net.inside[SILENT].heard)
    process.send_signal(signal.SIGINT)
    out, errors = await process.communicate()
    assert process.returncode == 1
    assert [one["address"] for one in json.loads(out)] == [PDU]
    assert "carbond: ended after 1 of 57 addresses" in errors.decode()
    assert "Traceback" not in errors.decode()


async def test_a_terminal_gets_a_bar(net: Net) -> None:
    options = [*net.options, "--only", "ipmi,redfish"]
    async with on_a_terminal("discover", NETWORK, *options) as shown:
        await until(lambda: b"6/6" in b"".join(shown) and b"found 2" in b"".join(shown))


@asynccontextmanager
async def on_a_terminal(*arguments: str) -> AsyncIterator[Sequence[bytes]]:
    """Run it with a terminal for its errors, and yield what comes to it."""
    parent, child = pty.openpty()
    shown: list[bytes] = []
    loop = asyncio.get_running_loop()

    def read() -> None:
        with suppress(OSError):
            shown.append(os.read(parent, 65536))

    loop.add_reader(parent, read)
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    process = await asyncio.create_subprocess_exec(
        *CARBOND, *arguments, stdout=asyncio.subprocess.DEVNULL, stderr=child, env=environment
    )
    try:
        yield shown
        assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        loop.remove_reader(parent)
        os.close(parent)
        os.close(child)


@pytest.mark.parametrize(
    ("options", "cause"),
    [
        (["--only", "snmp,http"], "--only: there is no 'http': there are snmp, ipmi, redfish"),
        (["--rate", "0"], "--rate 0: write a number from 0.1 to 10000"),
        (["--rate", "nan"], "--rate nan"),
        (["--at-once", "0"], "--at-once 0"),
        (["--most", "-1"], "--most -1"),
        (["--snmp-port", "70000"], "--snmp-port 70000"),
        (["--timeout", "soon"], "--timeout: "),
        (["--community-file", "nowhere"], "there is no secret file nowhere"),
    ],
)
def test_options_that_cannot_be_are_refused_before_anything_is_sent(
    options: list[str], cause: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["discover", "127.0.0.1", *options]) == 2
    said = capsys.readouterr()
    assert not said.out
    assert cause in said.err
