"""The walk over the records: in pieces, over several polls, once, and again when they change."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import timedelta

import pytest

from agent.clock import Clock
from agent.demo.bmc import Bmc
from agent.demo.bmc_sensors import CELSIUS, OtherRecord, Record
from agent.errors import Unavailable
from agent.model import Collector
from agent.units import Watts
from collectors.ipmi import Ipmi
from tests.collectors.ipmi.conftest import (
    HASTY,
    WATTS,
    StillClock,
    eventually,
    power_of,
    sensor,
    settings_of,
)

GET, INFO, ID = (0x0A, 0x23), (0x0A, 0x20), (0x06, 0x01)
Slow = Callable[[int, int, bytes], float]


def by_sensors(ipmi: Ipmi, bmc: Bmc, **options: object) -> Collector:
    return ipmi.collector(settings_of(bmc, source="sdr", **options))


def many(count: int) -> list[Record]:
    """Records of no power, and the total as the last one."""
    others = [sensor(n, f"CPU Temp {n}", 1.0, unit=CELSIUS) for n in range(10, 10 + count)]
    return [*others, sensor(1, "Pwr Consumption", 400)]


class Counted:
    """Counts commands, and may take the collector's time for each."""

    def __init__(self, bmc: Bmc, clock: StillClock, seconds: float = 0.0) -> None:
        self.asked: list[tuple[int, int]] = []
        self.clock = clock
        self.seconds = seconds
        bmc.slow = self.slow

    def slow(self, netfn: int, command: int, _: bytes) -> float:
        self.asked.append((netfn, command))
        if (netfn, command) == GET:
            self.clock.time += timedelta(seconds=self.seconds)
        return 0.0

    def taken(self) -> list[tuple[int, int]]:
        asked, self.asked = self.asked, []
        return asked


async def test_records_of_other_types_are_skipped(bmc: Bmc, ipmi: Ipmi) -> None:
    others = [OtherRecord(name=f"PS1 {kind:02X}", kind=kind) for kind in (0x02, 0x03, 0x11, 0x12)]
    bmc.commands.sensors = [*others, sensor(1, "Pwr Consumption", 400), *others]
    assert (await power_of(by_sensors(ipmi, bmc))).power == Watts(400)


async def test_records_are_read_once_until_they_change(bmc: Bmc, ipmi: Ipmi) -> None:
    collector = by_sensors(ipmi, bmc)
    for _ in range(2):
        await power_of(collector)
    before = bmc.seen["commands"]
    await power_of(collector)
    assert bmc.seen["commands"] - before == 3, "state of the records, sensor, close"
    bmc.commands.sensors = [sensor(9, "Power Meter", 77, m=1)]
    bmc.commands.changed += 1
    assert (await power_of(collector)).power == Watts(77)


@pytest.mark.parametrize("session", ["fresh", "kept"])
async def test_records_outlive_the_session(
    bmc: Bmc, ipmi: Ipmi, clock: StillClock, session: str
) -> None:
    collector = by_sensors(ipmi, bmc, session=session, **HASTY)
    counted = Counted(bmc, clock)
    await power_of(collector)
    assert GET in counted.taken()
    bmc.slots.logins.clear()
    assert (await power_of(collector)).power == Watts(WATTS)
    bmc.dead = True
    with pytest.raises(Unavailable):
        await collector.collect()
    bmc.dead = False
    bmc.slots.logins.clear()
    assert (await power_of(collector)).power == Watts(WATTS)
    assert GET not in counted.taken()
    await collector.close()


async def test_a_new_firmware_after_silence_has_its_records_read_again(
    bmc: Bmc, ipmi: Ipmi, clock: StillClock
) -> None:
    collector = by_sensors(ipmi, bmc, **HASTY)
    for _ in range(2):
        await power_of(collector)
    counted = Counted(bmc, clock)
    bmc.commands.firmware = (2, 0x11)
    bmc.commands.sensors = [sensor(1, "Sys Power", 80), sensor(2, "Sys Power Max", 900)]
    bmc.dead = True
    with pytest.raises(Unavailable):
        await collector.collect()
    bmc.dead = False
    assert (await power_of(collector)).power == Watts(80)
    asked = counted.taken()
    assert asked[:2] == [ID, INFO]
    assert GET in asked


async def test_silence_without_a_new_firmware_changes_nothing(
    bmc: Bmc, ipmi: Ipmi, clock: StillClock
) -> None:
    collector = by_sensors(ipmi, bmc, **HASTY)
    for _ in range(2):
        await power_of(collector)
    counted = Counted(bmc, clock)
    bmc.dead = True
    with pytest.raises(Unavailable):
        await collector.collect()
    bmc.dead = False
    # While it is being updated it says so in the same byte.
    bmc.commands.firmware = (0x82, 0x10)
    assert (await power_of(collector)).power == Watts(WATTS)
    asked = counted.taken()
    assert ID in asked
    assert GET not in asked


async def test_the_firmware_is_looked_at_each_hour(bmc: Bmc, ipmi: Ipmi, clock: StillClock) -> None:
    bmc.commands.dcmi_code = 0xC1
    collector = ipmi.collector(settings_of(bmc))
    for _ in range(2):
        assert (await power_of(collector)).source == "sdr"
    bmc.commands.dcmi_code, bmc.commands.firmware = 0, (3, 0)
    assert (await power_of(collector)).source == "sdr"
    clock.time += timedelta(hours=1)
    assert (await power_of(collector)).source == "dcmi"


async def test_a_bmc_that_has_dcmi_is_not_asked_for_its_firmware(
    bmc: Bmc, ipmi: Ipmi, clock: StillClock
) -> None:
    collector = ipmi.collector(settings_of(bmc))
    counted = Counted(bmc, clock)
    for _ in range(3):
        clock.time += timedelta(hours=2)
        await power_of(collector)
    assert ID not in counted.taken()


@pytest.mark.parametrize("code", [0xCA, 0xC8])
@pytest.mark.parametrize("largest", [16, 8, 5, 3])
async def test_smaller_pieces_are_asked_for_where_the_bmc_gives_no_larger(
    bmc: Bmc, ipmi: Ipmi, largest: int, code: int
) -> None:
    bmc.commands.largest, bmc.commands.too_many = largest, code
    assert (await power_of(by_sensors(ipmi, bmc))).power == Watts(WATTS)


async def test_a_bmc_without_reservations_is_read_all_the_same(bmc: Bmc, ipmi: Ipmi) -> None:
    bmc.commands.reserves = False
    assert (await power_of(by_sensors(ipmi, bmc))).power == Watts(WATTS)


async def test_a_lost_reservation_is_made_again(bmc: Bmc, ipmi: Ipmi) -> None:
    bmc.commands.lost = 5
    assert (await power_of(by_sensors(ipmi, bmc))).power == Watts(WATTS)


async def test_two_that_walk_at_once_let_each_other_through(bmc: Bmc) -> None:
    bmc.commands.sensors = many(20)
    plugin = Ipmi(Clock(speed=20))
    collectors = [
        by_sensors(plugin, bmc, name=f"server-{n}", every="10m", longest_gap="11m")
        for n in range(3)
    ]
    powers = await asyncio.gather(*(power_of(one) for one in collectors))
    assert [one.power for one in powers] == [400] * 3
    await plugin.close()


async def test_records_that_change_all_the_time_are_given_up(bmc: Bmc, ipmi: Ipmi) -> None:
    bmc.commands.lost = 1000
    with pytest.raises(Unavailable, match="its sensor records change, or others read them"):
        await by_sensors(ipmi, bmc).collect()
    assert bmc.sessions == 0


async def test_a_walk_that_was_cut_off_goes_on_where_it_was(bmc: Bmc, ipmi: Ipmi) -> None:
    bmc.commands.sensors = many(50)
    collector = by_sensors(ipmi, bmc)

    def stop(packet: bytes) -> Iterable[bytes]:
        return [packet] if bmc.seen["commands"] < 80 else []

    bmc.distort = stop
    poll = asyncio.ensure_future(collector.collect())
    await eventually(lambda: bmc.seen["commands"] == 80)
    poll.cancel()
    with pytest.raises(asyncio.CancelledError):
        await poll
    await eventually(lambda: bmc.sessions == 0)
    bmc.distort = None
    before = bmc.seen["commands"]
    assert (await power_of(collector)).power == Watts(400)
    assert bmc.seen["commands"] - before < 40


async def test_a_slow_walk_stops_at_half_the_poll_and_goes_on_at_the_next(
    bmc: Bmc, ipmi: Ipmi, clock: StillClock
) -> None:
    bmc.commands.sensors = many(19)
    counted = Counted(bmc, clock, seconds=2.5)
    collector = by_sensors(ipmi, bmc, every="60s")
    progress: list[str] = []
    powers: list[float | None] = []
    while not powers and len(progress) < 10:
        begin = clock.now()
        try:
            powers.append((await power_of(collector)).power)
        except Unavailable as failure:
            progress.append(str(failure))
        assert clock.now() - begin <= timedelta(seconds=30 + 5)
    assert powers == [400]
    assert progress == [
        f"server-1: it has read {read} of 20 sensor records, and reads on at the next poll"
        for read in (6, 12, 18)
    ]
    counted.taken()
    assert (await power_of(collector)).power == Watts(400)
    assert GET not in counted.taken()


async def test_a_busy_bmc_is_waited_for_as_long_as_the_poll_has_time(
    bmc: Bmc, ipmi: Ipmi, clock: StillClock
) -> None:
    bmc.commands.records_busy = 3
    collector = by_sensors(ipmi, bmc)
    assert (await power_of(collector)).power == Watts(WATTS)
    assert clock.slept == [1.0] * 3
    bmc.commands.records_busy = 1000
    bmc.commands.changed += 1
    with pytest.raises(Unavailable, match=r"busy \(C0h\)"):
        await collector.collect()
    assert sum(clock.slept[3:]) == pytest.approx(30, abs=2)


def of_record(number: int, seconds: float) -> Slow:
    """Let one record take long in truth."""

    def slow(netfn: int, command: int, data: bytes) -> float:
        is_it = (netfn, command) == GET and data[2] == number
        return seconds if is_it else 0.0

    return slow


async def test_a_record_that_is_slower_than_the_timeout_is_waited_for_next_time(
    bmc: Bmc, ipmi: Ipmi
) -> None:
    bmc.commands.sensors = many(3)
    bmc.slow = of_record(4, 0.25)
    collector = by_sensors(ipmi, bmc, **HASTY)
    with pytest.raises(Unavailable, match="no answer within"):
        await collector.collect()
    assert (await power_of(collector)).power == Watts(400)


async def test_a_record_that_never_answers_ends_the_walk_for_a_day(
    bmc: Bmc, ipmi: Ipmi, clock: StillClock
) -> None:
    supplies = [sensor(1, "PSU1 PIN", 200, entity=(10, 1)), sensor(2, "PSU2 PIN", 100)]
    bmc.commands.sensors = [*supplies, sensor(3, "PSU3 PIN", 60, entity=(10, 3))]
    bmc.slow = of_record(3, 60)
    collector = by_sensors(ipmi, bmc, every="500ms", session="fresh", **HASTY)
    for _ in range(2):
        with pytest.raises(Unavailable, match="no answer within"):
            await collector.collect()
    reading = await power_of(collector)
    assert (reading.power, reading.flags) == (Watts(300), ("partial",))
    bmc.slow = lambda *_: 0.0
    clock.time += timedelta(days=1)
    assert (await power_of(collector)).power == Watts(360)


async def test_a_record_whose_end_never_comes_is_left_out_for_a_day(
    bmc: Bmc, ipmi: Ipmi, clock: StillClock
) -> None:
    supplies = [sensor(n, f"PSU{n} PIN", 100, entity=(10, n)) for n in (1, 2, 3)]
    bmc.commands.sensors = list(supplies)
    bmc.slow = lambda netfn, command, data: (
        60.0 if (netfn, command) == GET and data[2] == 2 and data[4] > 30 else 0.0
    )
    collector = by_sensors(ipmi, bmc, every="500ms", session="fresh", **HASTY)
    with pytest.raises(Unavailable, match="no answer within"):
        await collector.collect()
    reading = await power_of(collector)
    assert (reading.power, reading.flags) == (Watts(200), ("partial",))
    bmc.slow = lambda *_: 0.0
    clock.time += timedelta(hours=23)
    assert (await power_of(collector)).power == Watts(200)
    clock.time += timedelta(hours=1)
    reading = await power_of(collector)
    assert (reading.power, reading.flags) == (Watts(300), ())


async def test_a_record_that_is_refused_for_good_ends_the_walk_before_it(
    bmc: Bmc, ipmi: Ipmi
) -> None:
    class Refusing:
        def record(self, _: int) -> bytes:
            return b""

    bmc.commands.sensors = [sensor(1, "Sys Power", 200), Refusing()]  # type: ignore[list-item]  # broken on purpose
    collector = by_sensors(ipmi, bmc)
    for _ in range(2):
        with pytest.raises(Unavailable, match="a part of a sensor record has a wrong length"):
            await collector.collect()
    assert (await power_of(collector)).power == Watts(200)
