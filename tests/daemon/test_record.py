"""`carbond record`: a walk that can be sent to others, and that carbond reads again."""

import asyncio
import json
import signal
from pathlib import Path
from typing import Any

import pytest

from agent.cli import main
from tests.collectors.snmp.conftest import (
    Address,
    Recorded,
    Row,
    Snmpd,
    Start,
    Untyped,
    needs_snmpd,
    snmpd,
    start,
)
from tests.daemon.processes import CARBOND, carbond_says
from tests.waiting import until

__all__ = ["snmpd", "start"]

SYSTEM: list[Row] = [
    ("1.3.6.1.2.1.1.1.0", "4", "A PDU, SN: K7-4711, rack-12-a"),
    ("1.3.6.1.2.1.1.2.0", "6", "1.3.6.1.4.1.99999.1"),
    ("1.3.6.1.2.1.1.4.0", "4", "jane@acme.example"),
    ("1.3.6.1.2.1.1.5.0", "4", "rack-12-a"),
    ("1.3.6.1.2.1.1.6.0", "4", "Hall 3"),
]
NETWORK: list[Row] = [
    ("1.3.6.1.2.1.2.2.1.2.1", "4", "eth-secret"),
    ("1.3.6.1.2.1.4.20.1.1.10.1.2.3", "64", "10.1.2.3"),
    ("1.3.6.1.2.1.47.1.2.1.1.4.1", "4", "entity-community"),
    ("1.3.6.1.6.3.18.1.1.1.2.1", "4", "snmp-community"),
]
POWER: list[Row] = [
    ("1.3.6.1.2.1.47.1.1.1.1.2.1", "4", "Outlet 1"),
    ("1.3.6.1.2.1.47.1.1.1.1.11.1", "4", "K7-4711"),
    ("1.3.6.1.2.1.99.1.1.1.4.1", "2", "480"),
    ("1.3.6.1.4.1.99999.1.1.0", "65", "12345"),
    ("1.3.6.1.4.1.99999.1.2.0", "4x", "00c0b7a1b2c3"),
    ("1.3.6.1.4.1.99999.1.3.0", "4", "traps as sesame to 10.1.2.3"),
]
DEVICE = SYSTEM + NETWORK + POWER


class Counting(Recorded):
    """A device that says what it was asked for."""

    def __init__(self, rows: list[Row]) -> None:
        super().__init__(rows)
        self.port = 0
        self.asked: list[str] = []
        self.community = b"sesame"

    def bulk(self, names: list[tuple[int, ...]], repetitions: int) -> list[Any]:
        self.asked += [".".join(map(str, name)) for name in names]
        return super().bulk(names, repetitions)


@pytest.fixture
async def device(start: Start) -> Counting:
    return await started(start, DEVICE)


async def started(start: Start, rows: list[Row]) -> Counting:
    agent = Counting(rows)
    agent.port = await start(agent)
    return agent


def options(device: Counting, *more: str) -> list[str]:
    return [
        "127.0.0.1",
        "--port",
        str(device.port),
        "--rate",
        "1000",
        "--community",
        "sesame",
        *more,
    ]


async def test_a_walk_has_what_matters_and_nothing_that_is_private(device: Counting) -> None:
    code, out, errors = await carbond_says("record", *options(device))
    assert code == 0, errors
    assert out.splitlines() == [
        "1.3.6.1.2.1.1.1.0|4|A PDU, SN: <serial-1>, <name-1>",
        "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.99999.1",
        "1.3.6.1.2.1.1.4.0|4|<contact-1>",
        "1.3.6.1.2.1.1.5.0|4|<name-1>",
        "1.3.6.1.2.1.1.6.0|4|<location-1>",
        "1.3.6.1.2.1.47.1.1.1.1.2.1|4|Outlet 1",
        "1.3.6.1.2.1.47.1.1.1.1.11.1|4|<serial-1>",
        "1.3.6.1.2.1.99.1.1.1.4.1|2|480",
        "1.3.6.1.4.1.99999.1.1.0|65|12345",
        "1.3.6.1.4.1.99999.1.2.0|4x|020000000001",
        "1.3.6.1.4.1.99999.1.3.0|4|traps as <credential-1> to 192.0.2.1",
    ]
    for said in (
        "11 objects",
        "removed: serial number, 2 times",
        "removed: community, user or password, 1 time",
        "removed: MAC address, 1 time",
        "Look at the file before you send it",
    ):
        assert said in errors
    for name in device.asked:
        assert not name.startswith(("1.3.6.1.2.1.2.", "1.3.6.1.2.1.4.", "1.3.6.1.6."))


async def test_a_file_is_written_once_and_names_are_kept_where_that_is_wished(
    device: Counting, tmp_path: Path
) -> None:
    file, words = tmp_path / "pdu.snmprec", tmp_path / "words"
    words.write_text("traps\n\n")
    wanted = options(device, "-o", str(file), "--keep-names", "--remove", str(words))
    code, out, _ = await carbond_says("record", *wanted)
    assert (code, out) == (0, "")
    text = file.read_text()
    assert "1.3.6.1.2.1.1.5.0|4|rack-12-a\n" in text
    assert "|<word-1> as <credential-1> to 192.0.2.1\n" in text
    asked = len(device.requests)
    code, _, errors = await carbond_says("record", *wanted)
    assert code == 2
    assert f"{file} is there already" in errors
    assert len(device.requests) == asked


async def test_a_walk_has_an_end(device: Counting) -> None:
    device.change([(f"1.3.6.1.4.1.99999.2.{number}", "2", "1") for number in range(500)])
    code, out, errors = await carbond_says("record", *options(device, "--most", "100"))
    assert code == 1
    assert len(out.splitlines()) == 100
    assert "not whole: it has more than 100 objects (--most)" in errors


async def test_a_device_that_goes_in_circles_is_left_where_it_does(device: Counting) -> None:
    first = (1, 3, 6, 1, 4, 1, 99999, 1, 1, 0)

    def next_of(name: tuple[int, ...]) -> tuple[tuple[int, ...], Untyped]:
        found = Recorded.next(device, name)
        return (first, device.values[first]) if found[0] == (*first[:-2], 3, 0) else found

    device.next = next_of  # type: ignore[method-assign]  # a fault of this device
    code, out, errors = await carbond_says("record", *options(device))
    assert code == 1
    assert "1.3.6.1.4.1.99999.1.2.0|4x|" in out
    assert "1.3.6.1.4.1.99999.1.2.0: the next object is no later one" in errors


async def test_a_device_that_answers_only_short_questions_is_asked_those(
    device: Counting,
) -> None:
    heard = device.datagram_received

    def received(data: bytes, address: Address) -> None:
        before = len(device.requests)
        sent: list[bytes] = []
        device.transport, real = Caught(sent), device.transport
        heard(data, address)
        device.transport = real
        if sent and (len(sent[0]) < 150 or len(device.requests) == before):
            real.sendto(sent[0], address)

    device.datagram_received = received  # type: ignore[method-assign]  # a fault of this device
    code, out, errors = await carbond_says("record", *options(device, "--timeout", "500ms"))
    assert code == 0, errors
    assert len(out.splitlines()) == 11


class Caught(asyncio.DatagramTransport):
    """Keeps what is sent."""

    def __init__(self, sent: list[bytes]) -> None:
        self._sent = sent

    def sendto(self, data: bytes, addr: Address | None = None) -> None:  # type: ignore[override]  # bytes alone
        self._sent.append(data)


async def test_a_silent_device_is_said_to_be(device: Counting) -> None:
    wanted = [*options(device, "--timeout", "50ms"), "--community", "wrong"]
    code, out, errors = await carbond_says("record", *wanted)
    assert (code, out) == (1, "")
    assert "carbond: 127.0.0.1: no answer within 0.15 s" in errors
    assert "wrong community" in errors


async def test_ctrl_c_writes_what_was_read_so_far(device: Counting) -> None:
    process = await asyncio.create_subprocess_exec(
        *(*CARBOND, "record", *options(device), "--rate", "5"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    await until(lambda: len(device.requests) > 3)
    process.send_signal(signal.SIGINT)
    out, errors = await process.communicate()
    assert process.returncode == 1
    assert out.startswith(b"1.3.6.1.2.1.1.1.0|4|A PDU")
    assert b"not whole: it was ended by a signal" in errors
    assert b"Traceback" not in errors


@needs_snmpd
async def test_a_real_agent_of_v3_is_recorded_and_read_again(snmpd: Snmpd, tmp_path: Path) -> None:
    snmpd.start(
        "createUser operator SHA-256 aut-secret AES priv-secret\nrouser operator priv\n"
        "sysname rack-12-a\nsyslocation Hall 3\n"
        'override .1.3.6.1.4.1.318.1.1.26.2.1.9.1 octet_str "5A1638E01463"\n'
        'override .1.3.6.1.4.1.318.1.1.26.2.1.8.1 octet_str "operator priv-secret"\n'
    )
    for name in ("aut", "priv"):
        (tmp_path / name).write_text(f"{name}-secret\n")
    file = tmp_path / "pdu.snmprec"
    access = ["--user", "operator", "--auth", f"sha256:{tmp_path}/aut"]
    access += ["--priv", f"aes128:{tmp_path}/priv", "--port", str(snmpd.port)]
    code, _, errors = await carbond_says(
        "record", "127.0.0.1", *access, "--rate", "1000", "--output", str(file)
    )
    text = file.read_text()
    for secret in ("rack-12-a", "Hall 3", "5A1638E01463", "operator", "secret"):
        assert secret not in text, errors
    assert "\n1.3.6.1.4.1.318.1.1.26.4.3.1.5.1|2|117\n" in text
    code, out, errors = await carbond_says("probe", "--walk", str(file), "--json")
    assert code == 0, errors
    assert json.loads(out)["active_power_w"]["total"] == 1170


@pytest.mark.parametrize(
    ("given", "cause"),
    [
        (["--rate", "0"], "--rate 0: write a number from 0.1 to 1000"),
        (["--most", "0"], "--most 0: write a number from 1"),
        (["--longest", "soon"], "--longest: "),
        (["--remove", "nowhere"], "cannot read the words in nowhere"),
        (["--community-file", "nowhere"], "there is no secret file nowhere"),
        (["--user", "me", "--auth", "sha256"], "write PROTOCOL:FILE"),
        (["--port", "0"], "port: "),
    ],
)
def test_options_that_cannot_be_are_refused(
    given: list[str], cause: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["record", "127.0.0.1", *given]) == 2
    said = capsys.readouterr()
    assert not said.out
    assert cause in said.err
