"""A register that says nothing for a time is the same register when it does again."""

from collections.abc import Sequence
from typing import Any

import pytest
from aiohttp import web

from agent.accounting.registers.intervals import interval_between
from agent.accounting.registers.marks import mark_of
from agent.errors import Unavailable
from agent.model import Basis, Interval, Reading
from collectors.redfish import Redfish
from collectors.redfish.device import RedfishDevice
from tests.clocks import HandClock
from tests.collectors.redfish.conftest import reading, total_of
from tests.collectors.redfish.layouts import OPENBMC, Tree, tree_of
from tests.collectors.redfish.service import Certificate, Service

METRICS = f"{OPENBMC}/EnvironmentMetrics"
KWH = 3_600_000


def counting() -> Tree:
    """A server that counts for life, beside a register that people set to zero."""
    tree = tree_of("server-environment")
    tree[METRICS]["EnergykWh"] = {"LifetimeReading": 5000, "Reading": 12}
    tree[METRICS]["PowerWatts"] = {"Reading": 60_000}
    return tree


async def reset(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def outage(service: Service, collector: RedfishDevice, clock: HandClock) -> None:
    service.fault = reset
    clock.move(minutes=1)
    with pytest.raises(Unavailable):
        await collector.collect()
    service.fault = None
    clock.move(minutes=1)


async def minutes(collector: RedfishDevice, clock: HandClock, count: int) -> list[Reading]:
    found = []
    for _ in range(count):
        found.append(total_of(await collector.collect()))
        clock.move(minutes=1)
    return found


def booked(readings: Sequence[Reading]) -> list[Basis]:
    """The bases of all intervals, whose energy must be what the count says, or less than a step."""
    mark = mark_of(readings[0])
    intervals: list[Interval] = []
    for one in readings[1:]:
        outcome = interval_between(mark, one)
        intervals += outcome.intervals
        assert not outcome.findings
        mark = outcome.mark
    counted = (readings[-1].energy or 0) - (readings[0].energy or 0)
    assert abs(sum(one.energy for one in intervals) - counted) <= readings[0].register.step
    return sorted({one.basis for one in intervals})


@pytest.mark.parametrize("silence", [{"LifetimeReading": None}, {"LifetimeReading": 0}, {}])
async def test_a_register_that_is_null_after_an_outage_stays_the_source(
    silence: dict[str, Any], certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    async with Service(counting(), certificate) as service, reading(redfish, service) as collector:
        before = await minutes(collector, clock, 3)
        service.tree[METRICS]["EnergykWh"] = {"Reading": 13} | silence
        await outage(service, collector, clock)
        during = await minutes(collector, clock, 7)
        service.tree[METRICS]["EnergykWh"] = {"LifetimeReading": 5012, "Reading": 24}
        after = await minutes(collector, clock, 2)
    assert {one.source for one in before + during + after} == {"environment/lifetime:OB0001"}
    assert {(one.energy or None, one.power) for one in during} == {(None, 60_000)}
    assert [one.energy for one in after] == [5012 * KWH] * 2
    if "LifetimeReading" not in silence or silence["LifetimeReading"] is None:
        assert booked(before + during + after) == ["counter", "integrated"]


async def test_a_register_that_is_null_without_a_power_tells_of_the_whole_time_later(
    certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    async with Service(counting(), certificate) as service, reading(redfish, service) as collector:
        for name in ("PowerWatts", "PowerLimitWatts"):
            service.tree[METRICS].pop(name, None)
        service.tree[OPENBMC].pop("PowerSubsystem")
        before = await minutes(collector, clock, 1)
        energy = service.tree[METRICS]["EnergykWh"]
        energy["LifetimeReading"] = None
        await outage(service, collector, clock)
        with pytest.raises(Unavailable, match="all its values are null"):
            await collector.collect()
        energy["LifetimeReading"] = 5002
        after = await minutes(collector, clock, 1)
        assert after[0].source == before[0].source
        (interval,) = interval_between(mark_of(before[0]), after[0]).intervals
        assert interval.energy == 2 * KWH


async def test_a_lost_register_is_looked_for_every_five_minutes_and_then_seldom(
    certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    async with Service(counting(), certificate) as service, reading(redfish, service) as collector:
        await minutes(collector, clock, 1)
        service.tree[METRICS]["EnergykWh"] = None
        await outage(service, collector, clock)
        service.gets()
        learnt = []
        for minute in range(150):
            await minutes(collector, clock, 1)
            if "/redfish/v1/Chassis" in service.gets():
                learnt.append(minute)
    assert learnt == [*range(0, 61, 5), 120]


async def test_another_register_takes_the_place_of_one_that_is_lost_for_an_hour(
    certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    async with Service(counting(), certificate) as service, reading(redfish, service) as collector:
        await minutes(collector, clock, 1)
        service.tree[METRICS]["EnergykWh"]["LifetimeReading"] = None
        await outage(service, collector, clock)
        sources = [one.source for one in await minutes(collector, clock, 70)]
    assert (
        sources == ["environment/lifetime:OB0001"] * 60 + ["environment/resettable:OB0001"] * 10
    ), "one break, and not two"


async def test_a_lost_register_of_another_device_is_not_kept(
    certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    async with Service(counting(), certificate) as service, reading(redfish, service) as collector:
        await minutes(collector, clock, 1)
        service.tree[METRICS]["EnergykWh"]["LifetimeReading"] = None
        service.tree[OPENBMC]["SerialNumber"] = "OB0002"
        await outage(service, collector, clock)
        (after,) = await minutes(collector, clock, 1)
    assert (after.source, after.energy) == ("environment/resettable:OB0002", 12 * KWH)


@pytest.mark.parametrize("said", [None, "", "  ", 7])
async def test_a_serial_number_that_is_not_said_for_a_time_is_the_one_of_before(
    said: object, certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    async with Service(counting(), certificate) as service, reading(redfish, service) as collector:
        before = await minutes(collector, clock, 1)
        service.tree[OPENBMC]["SerialNumber"] = said
        during = []
        for _ in range(3):
            clock.move(hours=1)
            during += await minutes(collector, clock, 1)
        await outage(service, collector, clock)
        during += await minutes(collector, clock, 1)
        service.tree[OPENBMC]["SerialNumber"] = "OB0001"
        clock.move(hours=1)
        after = await minutes(collector, clock, 1)
    assert {one.source for one in before + during + after} == {"environment/lifetime:OB0001"}


async def test_a_pdu_and_its_outlets_keep_their_serial_number_too(
    certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    async with (
        Service(tree_of("pdu-mains"), certificate) as service,
        reading(redfish, service, read=["total", "outlet"]) as collector,
    ):
        before = {one.meter: one.source for one in await collector.collect()}
        service.tree["/redfish/v1/PowerEquipment/RackPDUs/PDU-A"]["SerialNumber"] = None
        clock.move(hours=1)
        assert {one.meter: one.source for one in await collector.collect()} == before
    assert all("G20001" in source for source in before.values())


async def test_a_time_of_reset_that_is_left_out_for_a_time_is_the_one_of_before(
    certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    async with (
        Service(tree_of("server-environment"), certificate) as service,
        reading(redfish, service) as collector,
    ):
        before = total_of(await collector.collect())
        del service.tree[METRICS]["EnergykWh"]["SensorResetTime"]
        clock.move(hours=1)
        assert total_of(await collector.collect()).source == before.source
    assert before.source.endswith("@2026-01-05T08:00Z")


async def test_a_device_that_is_replaced_in_an_outage_is_never_read_as_the_one_before(
    certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    async with Service(counting(), certificate) as service, reading(redfish, service) as collector:
        await minutes(collector, clock, 1)
        service.tree[OPENBMC]["SerialNumber"] = "OB0002"
        await outage(service, collector, clock)
        (after,) = await minutes(collector, clock, 1)
    assert after.source == "environment/lifetime:OB0002"
