"""Whether an SNMP agent is somewhere, and which profile reads it."""

import pytest

from collectors.snmp.finding import AgentFinding
from config import Secret
from config.profiles import profiles
from tests.collectors.snmp.conftest import (
    Recorded,
    Scripted,
    Snmpd,
    Start,
    needs_snmpd,
    walk,
)

SYSTEM = [
    ("1.3.6.1.2.1.1.1.0", "4", "A device\x1b[2J of nobody"),
    ("1.3.6.1.2.1.1.2.0", "6", "1.3.6.1.4.1.99999.1"),
    ("1.3.6.1.2.1.1.5.0", "4", "pdu-7.example"),
]


class Turns:
    """Counts the packets."""

    def __init__(self) -> None:
        self.count = 0

    async def __call__(self) -> None:
        self.count += 1


def finding(
    port: int, *communities: str, timeout: float = 5, turns: Turns | None = None
) -> AgentFinding:
    return AgentFinding(
        [Secret(one) for one in communities],
        profiles(),
        turns or Turns(),
        port=port,
        timeout=timeout,
    )


@needs_snmpd
async def test_a_real_agent_is_found_with_its_name_and_profile(snmpd: Snmpd) -> None:
    snmpd.start("rocommunity sesame 127.0.0.1\nsysname rack-12-a\n")
    one = finding(snmpd.port, "wrong", "sesame", timeout=1)
    found = await one.at("127.0.0.1")
    await one.close()
    assert found is not None
    assert (found.version, found.community, found.name) == ("v2c", 1, "rack-12-a")
    assert found.profile is not None
    assert found.profile.name == "apc-rpdu2"


@needs_snmpd
async def test_a_real_agent_without_a_right_community_is_found_by_its_v3_engine(
    snmpd: Snmpd,
) -> None:
    snmpd.start("rocommunity sesame 127.0.0.1\n")
    one = finding(snmpd.port, "wrong", timeout=0.3)
    found = await one.at("127.0.0.1")
    await one.close()
    assert found is not None
    assert (found.version, found.community, found.profile) == ("v3", None, None)
    assert "write its user" in found.note


async def test_an_agent_that_no_profile_is_for_is_found_and_says_so(start: Start) -> None:
    one = finding(await start(Recorded(SYSTEM)), "public")
    found = await one.at("127.0.0.1")
    await one.close()
    assert found is not None
    assert found.profile is None
    assert "no profile for sysObjectID 1.3.6.1.4.1.99999.1" in found.note
    assert "carbond record 127.0.0.1" in found.note
    assert found.description == "A device [2J of nobody", "nothing in it reaches a terminal"
    assert found.note.isprintable()


async def test_a_recorded_device_is_found_with_its_profile(start: Start) -> None:
    one = finding(await start(Recorded(walk("apc_ap8959eu3.snmprec"))), "public")
    found = await one.at("127.0.0.1")
    await one.close()
    assert found is not None
    assert found.profile is not None
    assert found.profile.name == "apc-rpdu2"


async def test_an_agent_of_v1_alone_is_found(start: Start) -> None:
    class OnlyV1(Recorded):
        def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
            if data[4] == 0:
                super().datagram_received(data, address)

    one = finding(await start(OnlyV1(SYSTEM)), "public", timeout=0.2)
    found = await one.at("127.0.0.1")
    await one.close()
    assert found is not None
    assert (found.version, found.name) == ("v1", "pdu-7.example")


@pytest.mark.parametrize("noise", [b"", b"\x30", b"HTTP/1.1 400\r\n", bytes(64)])
async def test_a_silent_or_noisy_port_gets_as_many_packets_as_were_said(
    start: Start, noise: bytes
) -> None:
    agent = Scripted(lambda data, count: [noise])
    turns = Turns()
    one = finding(await start(agent), "public", "other", timeout=0.02, turns=turns)
    assert await one.at("127.0.0.1") is None
    await one.close()
    assert len(agent.requests) == turns.count == one.packets == 10


async def test_a_name_is_not_looked_up() -> None:
    one = finding(1, "public")
    assert await one.at("localhost") is None
    await one.close()
