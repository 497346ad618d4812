"""Logging in, keeping a session and ending it."""

import asyncio
import socket
from collections.abc import Callable, Iterable

import pytest

from agent.demo.bmc import Bmc
from agent.errors import Unavailable
from agent.units import Watts
from collectors.ipmi import Ipmi
from config import Secret
from tests.collectors.ipmi.conftest import (
    HASTY,
    WATTS,
    StillClock,
    eventually,
    power_of,
    settings_of,
)


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.parametrize("suite", ["17", "3"])
@pytest.mark.parametrize("kg", [None, "a key of the bmc"])
async def test_it_logs_in_with_both_suites_and_one_or_two_keys(
    ipmi: Ipmi, suite: str, kg: str | None
) -> None:
    async with Bmc(lambda: WATTS, kg=kg) as bmc:
        key = None if kg is None else Secret(kg)
        collector = ipmi.collector(settings_of(bmc, suite=suite, kg=key))
        assert (await power_of(collector)).power == Watts(WATTS)


async def test_a_key_may_be_hexadecimal(ipmi: Ipmi) -> None:
    async with Bmc(lambda: WATTS, kg=b"\x01\xff\x00\x7f") as bmc:
        collector = ipmi.collector(settings_of(bmc, kg=Secret("0x01ff007f")))
        assert (await power_of(collector)).power == Watts(WATTS)


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
async def test_a_bmc_may_have_an_ipv6_address(ipmi: Ipmi) -> None:
    async with Bmc(lambda: 1.0, host="::1") as six, Bmc(lambda: 2.0) as four:
        assert (await power_of(ipmi.collector(settings_of(six)))).power == Watts(1)
        assert (await power_of(ipmi.collector(settings_of(four)))).power == Watts(2)
        spelled = settings_of(six, address="0:0::0:1")
        assert (await power_of(ipmi.collector(spelled))).power == Watts(1)


async def test_a_poll_is_five_exchanges(bmc: Bmc, ipmi: Ipmi) -> None:
    await power_of(ipmi.collector(settings_of(bmc)))
    assert bmc.seen["packets"] == 5


async def test_suite_3_is_tried_after_17_and_remembered(bmc: Bmc, ipmi: Ipmi) -> None:
    bmc.slots.suites = (3,)
    collector = ipmi.collector(settings_of(bmc))
    await power_of(collector)
    assert bmc.seen["open"] == 2
    await power_of(collector)
    assert bmc.seen["open"] == 3


async def test_a_suite_that_is_set_is_the_only_one_tried(bmc: Bmc, ipmi: Ipmi) -> None:
    bmc.slots.suites = (3,)
    with pytest.raises(Unavailable, match="it does not have cipher suite 17"):
        await ipmi.collector(settings_of(bmc, suite=17)).collect()
    assert bmc.seen["open"] == 1


async def test_the_privilege_rises_only_when_asked_for_and_is_remembered(
    bmc: Bmc, ipmi: Ipmi
) -> None:
    bmc.commands.level = 3
    collector = ipmi.collector(settings_of(bmc, privilege="operator"))
    await power_of(collector)
    assert (bmc.seen["open"], bmc.seen["close"]) == (2, 2)
    await power_of(collector)
    assert (bmc.seen["open"], bmc.seen["close"]) == (3, 3)


async def test_a_user_who_may_not_rise_is_told_so(bmc: Bmc, ipmi: Ipmi) -> None:
    bmc.commands.level, bmc.commands.highest = 4, 2
    with pytest.raises(Unavailable, match="the user may not rise to this `privilege`"):
        await ipmi.collector(settings_of(bmc, privilege="administrator")).collect()
    assert bmc.seen["close"] == 2
    assert bmc.sessions == 0


@pytest.mark.parametrize("lost", [1, 2])
async def test_open_session_is_repeated(bmc: Bmc, ipmi: Ipmi, lost: int) -> None:
    bmc.drop = lost
    collector = ipmi.collector(settings_of(bmc, timeout="100ms"))
    assert (await power_of(collector)).power == Watts(WATTS)


@pytest.mark.parametrize("kind", [0x13, 0x15])
async def test_a_lost_rakp_message_begins_the_login_again(bmc: Bmc, ipmi: Ipmi, kind: int) -> None:
    bmc.distort = once(lambda packet: packet[5] == kind)
    collector = ipmi.collector(settings_of(bmc, timeout="300ms"))
    assert (await power_of(collector)).power == Watts(WATTS)
    assert bmc.seen["open"] == 2
    assert bmc.seen["rakp1"] == 2
    assert bmc.sessions == 0


async def test_a_repeated_command_is_done_once(bmc: Bmc, ipmi: Ipmi) -> None:
    bmc.distort = once(lambda packet: packet[5] == 0xC0)
    collector = ipmi.collector(settings_of(bmc, timeout="300ms"))
    assert (await power_of(collector)).power == Watts(WATTS)
    assert (bmc.seen["power"], bmc.seen["open"]) == (1, 1)


async def test_packets_that_come_twice_count_once(bmc: Bmc, ipmi: Ipmi) -> None:
    bmc.distort = lambda packet: [packet, packet]
    collector = ipmi.collector(settings_of(bmc, session="kept"))
    for _ in range(3):
        assert (await power_of(collector)).power == Watts(WATTS)
    replays = "a packet that came before or out of its window"
    await eventually(lambda: ipmi.dropped[replays] >= 3)
    await collector.close()


async def test_the_session_is_closed_after_success(bmc: Bmc, ipmi: Ipmi) -> None:
    await power_of(ipmi.collector(settings_of(bmc)))
    assert (bmc.seen["close"], bmc.sessions) == (1, 0)


async def test_the_session_is_closed_after_an_error(bmc: Bmc, ipmi: Ipmi) -> None:
    bmc.commands.dcmi_code = 0xFF
    with pytest.raises(Unavailable):
        await ipmi.collector(settings_of(bmc)).collect()
    assert (bmc.seen["close"], bmc.sessions) == (1, 0)


async def test_the_session_is_closed_after_silence(bmc: Bmc, ipmi: Ipmi) -> None:
    bmc.distort = lambda packet: [packet] if packet[5] != 0xC0 else []
    with pytest.raises(Unavailable):
        await ipmi.collector(settings_of(bmc, **HASTY)).collect()
    await eventually(lambda: bmc.seen["close"] == 1)
    assert bmc.sessions == 0


@pytest.mark.parametrize("stage", ["open", "rakp1", "rakp3", "power", "close"])
async def test_a_cancelled_poll_leaves_no_session(bmc: Bmc, ipmi: Ipmi, stage: str) -> None:
    answered = {"open": 0, "rakp1": 1, "rakp3": 2, "power": 3, "close": 4}[stage]
    bmc.distort = only_first(answered)
    poll = asyncio.ensure_future(ipmi.collector(settings_of(bmc)).collect())
    await eventually(lambda: bmc.seen[stage] == 1)
    poll.cancel()
    with pytest.raises(asyncio.CancelledError):
        await poll
    if stage == "open":
        # Its answer never came, so nobody but the BMC knows the id.
        assert bmc.sessions == 1
        return
    await eventually(lambda: bmc.sessions == 0)
    assert bmc.seen["close"] + bmc.seen["given-up"] == 1


async def test_a_kept_session_is_used_for_all_polls_and_closed_at_the_end(
    bmc: Bmc, ipmi: Ipmi
) -> None:
    collector = ipmi.collector(settings_of(bmc, session="kept"))
    for _ in range(5):
        await power_of(collector)
    assert (bmc.seen["open"], bmc.seen["power"], bmc.seen["close"]) == (1, 5, 0)
    await collector.close()
    assert (bmc.seen["close"], bmc.sessions) == (1, 0)
    await collector.close()
    assert bmc.seen["close"] == 1


@pytest.mark.parametrize(("every", "opened"), [("60s", 2), ("30s", 2), ("29s", 1)])
async def test_sessions_are_kept_by_themselves_under_30_s(
    bmc: Bmc, ipmi: Ipmi, every: str, opened: int
) -> None:
    collector = ipmi.collector(settings_of(bmc, every=every))
    await power_of(collector)
    await power_of(collector)
    assert bmc.seen["open"] == opened
    await collector.close()


async def test_a_kept_session_is_kept_alive_between_polls(bmc: Bmc) -> None:
    ipmi = Ipmi(StillClock(speed=1000))
    collector = ipmi.collector(settings_of(bmc, session="kept"))
    await power_of(collector)
    await eventually(lambda: bmc.seen["commands"] >= 6)
    assert (bmc.seen["open"], bmc.seen["power"]) == (1, 1)
    assert (await power_of(collector)).power == Watts(WATTS)
    await collector.close()
    commands = bmc.seen["commands"]
    await asyncio.sleep(0.1)
    assert bmc.seen["commands"] == commands, "a closed session is not kept alive"
    await ipmi.close()


async def test_a_keep_alive_without_an_answer_does_not_disturb_the_next_poll(bmc: Bmc) -> None:
    ipmi = Ipmi(StillClock(speed=1000))
    collector = ipmi.collector(settings_of(bmc, session="kept", timeout="100ms"))
    await power_of(collector)
    bmc.drop = 1
    await eventually(lambda: not bmc.drop)
    assert (await power_of(collector)).power == Watts(WATTS)
    assert bmc.seen["open"] == 1
    await collector.close()
    await ipmi.close()


async def test_a_kept_session_that_the_bmc_has_lost_is_opened_again(bmc: Bmc, ipmi: Ipmi) -> None:
    collector = ipmi.collector(settings_of(bmc, session="kept", **HASTY))
    await power_of(collector)
    bmc.slots.logins.clear()
    assert (await power_of(collector)).power == Watts(WATTS)
    assert bmc.seen["open"] == 2
    await collector.close()


async def test_a_network_that_is_not_there_is_said(bmc: Bmc, ipmi: Ipmi) -> None:
    collector = ipmi.collector(settings_of(bmc, address="255.255.255.255"))
    with pytest.raises(Unavailable, match="server-1: cannot send: "):
        await collector.collect()


def once(lost: Callable[[bytes], bool]) -> Callable[[bytes], Iterable[bytes]]:
    """Lose the first packet of a kind."""
    left = [1]

    def distort(packet: bytes) -> Iterable[bytes]:
        if left[0] and lost(packet):
            left[0] = 0
            return
        yield packet

    return distort


def only_first(count: int) -> Callable[[bytes], Iterable[bytes]]:
    """Lose all but the first packets."""
    left = [count]

    def distort(packet: bytes) -> Iterable[bytes]:
        if left[0]:
            left[0] -= 1
            yield packet

    return distort
