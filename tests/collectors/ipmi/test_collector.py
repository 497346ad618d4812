"""One BMC from good to failing to good, over each kind of failure."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from datetime import timedelta

import pytest

from agent.demo.bmc import Bmc
from agent.errors import Unavailable
from agent.model import MeterId
from agent.units import Watts
from collectors import DEVICES
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


def test_it_is_in_the_table() -> None:
    assert DEVICES["ipmi"] is Ipmi


async def test_a_bmc_gives_one_power_by_dcmi(bmc: Bmc, ipmi: Ipmi, clock: StillClock) -> None:
    collector = ipmi.collector(settings_of(bmc, limit_watts=900, longest_gap="10m"))
    reading = await power_of(collector)
    assert reading.meter == MeterId("server-1")
    assert (reading.power, reading.energy) == (Watts(WATTS), None)
    assert (reading.source, reading.flags) == ("dcmi", ())
    assert reading.at == clock.now()
    assert reading.register.limit == Watts(900)
    assert reading.register.longest_gap == timedelta(minutes=10)


def silence(bmc: Bmc) -> None:
    bmc.dead = True


def nothing_in_session(bmc: Bmc) -> None:
    bmc.distort = lambda packet: [packet] if packet[5] < 0x40 else []


def no_rakp(bmc: Bmc) -> None:
    bmc.distort = lambda packet: [packet] if packet[5] == 0x11 else []


def truncation(bmc: Bmc) -> None:
    bmc.distort = lambda packet: [packet[:20]]


def noise(bmc: Bmc) -> None:
    bmc.distort = lambda packet: [b"\xff" * 900]


def oversize(bmc: Bmc) -> None:
    bmc.distort = lambda packet: [packet[:14] + b"\xff\xff" + packet[16:] + b"\0" * 5000]


def short_rakp(bmc: Bmc) -> None:
    def cut(packet: bytes) -> Iterable[bytes]:
        body = packet[16:36] if packet[5] == 0x13 else packet[16:]
        yield packet[:14] + len(body).to_bytes(2, "little") + body

    bmc.distort = cut


def another_suite(bmc: Bmc) -> None:
    bmc.distort = lambda packet: [packet[:32] + b"\x02" + packet[33:]]


def wrong_code(bmc: Bmc) -> None:
    bmc.distort = lambda packet: (
        [packet[:-1] + bytes([packet[-1] ^ 1])] if packet[5] == 0xC0 else [packet]
    )


def another_session(bmc: Bmc) -> None:
    bmc.distort = lambda packet: [packet[:20] + b"\1\2\3\4" + packet[24:]]


def no_suite(bmc: Bmc) -> None:
    bmc.slots.suites = ()


def higher_privilege(bmc: Bmc) -> None:
    bmc.commands.level = 4


def not_measuring(bmc: Bmc) -> None:
    bmc.commands.inactive, bmc.commands.always = True, 0


def unspecified(bmc: Bmc) -> None:
    bmc.commands.dcmi_code = 0xFF


def no_power_at_all(bmc: Bmc) -> None:
    bmc.commands.dcmi_code = 0xC1
    bmc.commands.sensors.clear()


FAILURES = [
    (silence, "server-1: no answer within 0.2 s"),
    (nothing_in_session, "server-1: no answer within 0.2 s"),
    (no_rakp, "server-1: it opens a session, but no answer to the login within 0.2 s"),
    (truncation, "server-1: no answer within 0.2 s"),
    (noise, "server-1: no answer within 0.2 s"),
    (oversize, "server-1: no answer within 0.2 s"),
    (wrong_code, "server-1: no answer within 0.2 s"),
    (short_rakp, "server-1: RAKP message 2 has 20 bytes in place of 72"),
    (another_suite, "server-1: it opened another suite than the 17 asked for"),
    (another_session, "server-1: the answer to Open Session is for another session"),
    (no_suite, "server-1: login refused: it does not have cipher suite 17 nor 3"),
    (higher_privilege, "the privilege is too low, set a higher `privilege` (D4h)"),
    (not_measuring, "server-1: DCMI says that it is not measuring"),
    (unspecified, "server-1: command 2Ch/02h refused: an unspecified error (FFh)"),
    (no_power_at_all, "(C1h); and it has no power sensor of the system or of a supply's input"),
]


@pytest.mark.parametrize(("fault", "message"), FAILURES, ids=[f.__name__ for f, _ in FAILURES])
@pytest.mark.parametrize("session", ["fresh", "kept"])
async def test_a_bmc_is_good_then_failing_then_good_again(
    bmc: Bmc, ipmi: Ipmi, fault: Callable[[Bmc], None], message: str, session: str
) -> None:
    sensors = list(bmc.commands.sensors)
    collector = ipmi.collector(settings_of(bmc, session=session, **HASTY))
    assert (await power_of(collector)).power == Watts(WATTS)
    if session == "kept":
        await collector.close()
    fault(bmc)
    with pytest.raises(Unavailable) as raised:
        await collector.collect()
    assert message in str(raised.value)
    bmc.dead, bmc.distort, bmc.slots.suites = False, None, (17, 3)
    bmc.commands.level, bmc.commands.inactive = 2, False
    bmc.commands.always, bmc.commands.dcmi_code = None, 0
    bmc.commands.sensors = sensors
    bmc.slots.logins.clear()
    assert (await power_of(collector)).power == Watts(WATTS)
    await collector.close()
    assert bmc.sessions == 0


async def test_what_cannot_be_read_is_dropped_counted_and_said_once(
    bmc: Bmc, ipmi: Ipmi, caplog: pytest.LogCaptureFixture
) -> None:
    noise(bmc)
    collector = ipmi.collector(settings_of(bmc, **HASTY))
    with caplog.at_level(logging.WARNING, logger="carbond.collectors.ipmi"):
        for _ in range(2):
            with pytest.raises(Unavailable):
                await collector.collect()
    assert ipmi.dropped == {"no RMCP+ packet": 4}
    assert caplog.messages == [
        "127.0.0.1 sent no RMCP+ packet; it is dropped, more are only counted"
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"password": Secret("wrong")}, "login refused: the password is wrong;"),
        ({"password": Secret("wrong"), "suite": 3}, "login refused: the password is wrong;"),
        ({"user": "nobody"}, "login refused: it does not know the user (0Dh);"),
        ({"kg": Secret("another")}, "login refused: the BMC's key `kg` is wrong;"),
    ],
)
async def test_a_wrong_login_is_never_tried_again(
    bmc: Bmc, ipmi: Ipmi, clock: StillClock, options: dict[str, object], message: str
) -> None:
    collector = ipmi.collector(settings_of(bmc, **options))
    with pytest.raises(Unavailable) as first:
        await collector.collect()
    assert message in str(first.value)
    packets = bmc.seen["packets"]
    assert bmc.seen["open"] == 1
    for _ in range(3):
        clock.time += timedelta(days=1)
        with pytest.raises(Unavailable) as again:
            await collector.collect()
        assert str(again.value) == str(first.value)
        assert "not tried again until the settings change" in str(again.value)
    # What was sent before has come once a later poll is through: five packets, and the farewell.
    await power_of(ipmi.collector(settings_of(bmc, name="server-2")))
    assert bmc.seen["packets"] - packets <= 5 + 1


async def test_a_wrong_password_frees_the_half_open_session(bmc: Bmc, ipmi: Ipmi) -> None:
    collector = ipmi.collector(settings_of(bmc, password=Secret("wrong")))
    with pytest.raises(Unavailable):
        await collector.collect()
    await eventually(lambda: not bmc.sessions)
    assert bmc.seen["given-up"] == 1
    assert bmc.seen["rakp3"] == 0


async def test_a_secret_is_in_no_message(bmc: Bmc, ipmi: Ipmi) -> None:
    settings = settings_of(bmc, password=Secret("hunter2"))
    with pytest.raises(Unavailable) as raised:
        await ipmi.collector(settings).collect()
    assert "hunter2" not in f"{raised.value} {settings!r} {settings.account!r}"


async def test_a_bmc_without_a_free_session_is_left_alone_for_a_while(
    bmc: Bmc, ipmi: Ipmi, clock: StillClock
) -> None:
    bmc.slots.slots = 0
    collector = ipmi.collector(settings_of(bmc))
    for rest in (60, 120, 240, 480, 900, 900):
        sent = bmc.seen["packets"]
        with pytest.raises(Unavailable, match="it has no free session") as raised:
            await collector.collect()
        assert raised.value.retry_after == rest
        assert bmc.seen["packets"] == sent + 1
        with pytest.raises(Unavailable, match="had no free session, and is asked again"):
            await collector.collect()
        assert bmc.seen["packets"] == sent + 1
        clock.time += timedelta(seconds=rest)
    bmc.slots.slots = 4
    assert (await power_of(collector)).power == Watts(WATTS)


async def test_an_unknown_host_is_named(bmc: Bmc, ipmi: Ipmi) -> None:
    collector = ipmi.collector(settings_of(bmc, address="bmc.invalid"))
    with pytest.raises(Unavailable, match=r"server-1: cannot resolve bmc\.invalid: "):
        await collector.collect()


async def test_a_host_is_found_by_its_name(bmc: Bmc, ipmi: Ipmi) -> None:
    collector = ipmi.collector(settings_of(bmc, address="localhost"))
    bmc.host = "localhost"
    assert (await power_of(collector)).power == Watts(WATTS)


async def test_a_silent_bmc_holds_up_nobody(ipmi: Ipmi) -> None:
    async with Bmc(lambda: 1.0) as dead, Bmc(lambda: 2.0) as live:
        dead.dead = True
        waiting = asyncio.ensure_future(ipmi.collector(settings_of(dead)).collect())
        await eventually(lambda: dead.seen["packets"] > 0)
        collector = ipmi.collector(settings_of(live))
        for _ in range(20):
            assert (await power_of(collector)).power == Watts(2)
        assert not waiting.done()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting


async def test_two_devices_at_one_address_do_not_disturb_each_other(bmc: Bmc, ipmi: Ipmi) -> None:
    collectors = [ipmi.collector(settings_of(bmc, name=f"server-{n}")) for n in range(4)]
    readings = await asyncio.gather(*(power_of(collector) for collector in collectors))
    assert [reading.meter for reading in readings] == [f"server-{n}" for n in range(4)]
    assert bmc.sessions == 0
