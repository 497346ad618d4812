"""Whether a BMC is somewhere: one packet and a retry, never a login."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pytest

from agent.demo.bmc import Bmc
from collectors.ipmi.finding import BmcFinding, FoundBmc
from tests.collectors.ipmi.test_openipmi import port as simulator  # noqa: F401 the fixture
from tests.servers import needs


async def at_once() -> None:
    """Every packet has its turn at once."""


@pytest.fixture
async def finding(bmc: Bmc) -> AsyncIterator[BmcFinding]:
    one = BmcFinding(at_once, port=bmc.port, timeout=5)
    yield one
    await one.close()


async def test_a_bmc_is_found_with_one_packet_and_no_session(finding: BmcFinding, bmc: Bmc) -> None:
    assert await finding.at("127.0.0.1") == FoundBmc(version="2.0", maker=0)
    assert bmc.seen == {"packets": 1}
    assert bmc.sessions == 0


async def test_a_lost_packet_is_sent_once_more_and_then_no_more(bmc: Bmc) -> None:
    finding = BmcFinding(at_once, port=bmc.port, timeout=0.05)
    bmc.drop = 1
    assert await finding.at("127.0.0.1") is not None
    bmc.dead = True
    assert await finding.at("127.0.0.1") is None
    assert bmc.seen == {"packets": 4}
    assert finding.packets == 2
    await finding.close()


async def test_many_addresses_are_asked_at_the_same_time(bmc: Bmc) -> None:
    async with Bmc(lambda: 1.0, host="127.0.0.2", port=bmc.port):
        finding = BmcFinding(partial(asyncio.sleep, 0.01), port=bmc.port, timeout=5)
        asked = ("127.0.0.1", "127.0.0.2")
        found = [asyncio.ensure_future(finding.at(address)) for address in asked]
        assert all([await one for one in found])
        await finding.close()
    assert bmc.seen == {"packets": 1}


async def test_a_packet_waits_for_its_turn(bmc: Bmc) -> None:
    turn = asyncio.Event()

    async def wait() -> None:
        await turn.wait()

    finding = BmcFinding(wait, port=bmc.port, timeout=5)
    asking = asyncio.ensure_future(finding.at("127.0.0.1"))
    await asyncio.sleep(0.05)
    assert bmc.seen["packets"] == 0
    turn.set()
    assert await asking is not None
    await finding.close()


@pytest.mark.parametrize(
    "noise",
    [
        b"",
        b"\x06",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        bytes.fromhex("0600ff07") + bytes(10),
        bytes.fromhex("0600ff07") + bytes(9) + b"\xff" + bytes(200),
    ],
)
async def test_noise_is_no_bmc_and_does_not_hide_one(
    finding: BmcFinding, bmc: Bmc, noise: bytes
) -> None:
    bmc.distort = lambda answer: [noise, answer]
    assert await finding.at("127.0.0.1") is not None


@pytest.mark.parametrize("byte", range(14, 24))
async def test_an_answer_with_one_wrong_byte_is_no_answer(bmc: Bmc, byte: int) -> None:
    finding = BmcFinding(at_once, port=bmc.port, timeout=0.02)
    bmc.distort = lambda answer: [answer[:byte] + bytes([answer[byte] ^ 0x55]) + answer[byte + 1 :]]
    assert await finding.at("127.0.0.1") is None
    await finding.close()


async def test_a_bmc_that_refuses_is_one_all_the_same(finding: BmcFinding, bmc: Bmc) -> None:
    def refused(answer: bytes) -> list[bytes]:
        message = answer[14:20] + b"\xd4"
        body = bytes([8]) + message + bytes([-sum(message[3:]) & 0xFF])
        return [answer[:13] + body]

    bmc.distort = refused
    assert await finding.at("127.0.0.1") == FoundBmc(version="1.5", maker=0)


async def test_a_name_is_not_looked_up(finding: BmcFinding) -> None:
    assert await finding.at("localhost") is None


@needs("ipmi_sim", "openipmi")
async def test_a_simulator_of_others_is_found(simulator: int) -> None:  # noqa: F811 the fixture
    finding = BmcFinding(at_once, port=simulator, timeout=5)
    found = await finding.at("127.0.0.1")
    await finding.close()
    assert found is not None
    assert found.version == "2.0"
