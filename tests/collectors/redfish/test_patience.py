"""Learning that takes longer than a poll: it goes on in the next ones, and leaves no gap."""

import asyncio
from collections.abc import Sequence

import pytest
from aiohttp import web

from agent.errors import Unavailable
from agent.model import Reading
from collectors.redfish import Redfish
from collectors.redfish.device import RedfishDevice
from collectors.redfish.reader import MOST_CUTS
from tests.clocks import HandClock
from tests.collectors.redfish.conftest import power_of, reading, total_of
from tests.collectors.redfish.layouts import OPENBMC, tree_of
from tests.collectors.redfish.service import Certificate, Service

MAINS = "/redfish/v1/PowerEquipment/RackPDUs/PDU-A"
METRICS = f"{OPENBMC}/EnvironmentMetrics"
EVERY = {"every": "1500ms", "timeout": "1400ms"}


class Slowness:
    """Answers at once for as many requests as a poll may have, and then not before the next."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.left = 0
        self.stopped: list[str] = []
        service.fault = self

    async def __call__(self, request: web.Request) -> web.StreamResponse | None:
        if request.method != "GET" or request.path == "/redfish/v1/":
            return None
        if self.left <= 0:
            self.stopped.append(request.path)
            await asyncio.sleep(3600)
        self.left -= 1
        return None


async def polled(collector: RedfishDevice, slowness: Slowness, requests: int) -> Sequence[Reading]:
    """One poll as the daemon makes it, in which so many requests are answered.

    One in which a busy machine found no time for a single request does not count.
    """
    slowness.left = requests
    while True:
        try:
            async with asyncio.timeout(collector.every.total_seconds() + 5):
                return await collector.collect()
        except Unavailable:
            if slowness.left < requests or not requests:
                raise


async def test_a_first_learning_goes_on_from_poll_to_poll(
    certificate: Certificate, redfish: Redfish
) -> None:
    async with (
        Service(tree_of("pdu-mains"), certificate) as service,
        reading(redfish, service, read=["total", "outlet"], **EVERY) as collector,
    ):
        slowness = Slowness(service)
        for _ in range(2):
            with pytest.raises(
                Unavailable, match=r"still being learnt, \d+ resources so far: the n"
            ):
                await polled(collector, slowness, 3)
        slowness.left = 100
        assert len(await collector.collect()) == 3


async def test_a_poll_after_a_long_learning_has_the_values_of_its_own_time(
    certificate: Certificate, redfish: Redfish
) -> None:
    async with (
        Service(tree_of("server-environment"), certificate) as service,
        reading(redfish, service, **EVERY) as collector,
    ):
        slowness = Slowness(service)
        with pytest.raises(Unavailable, match="still being learnt"):
            await polled(collector, slowness, 3)
        assert METRICS in service.gets()
        service.tree[METRICS]["PowerWatts"]["Reading"] = 500
        slowness.left = 100
        assert await power_of(collector) == 500


async def test_relearning_that_takes_long_leaves_no_gap(
    certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    async with (
        Service(tree_of("pdu-mains"), certificate) as service,
        reading(redfish, service, read=["total", "outlet"], **EVERY) as collector,
    ):
        before = await collector.collect()
        outlets = f"{MAINS}/Outlets"
        service.tree[f"{outlets}/A3"] = service.tree[f"{outlets}/A2"] | {"Id": "A3"}
        service.tree[outlets]["Members"].append({"@odata.id": f"{outlets}/A3"})
        clock.move(hours=1)
        slowness = Slowness(service)
        counts: list[int] = []
        while len(counts) < 40 and (not counts or counts[-1] == len(before)):
            clock.move(seconds=1)
            counts.append(len(await polled(collector, slowness, 5)))
        assert counts[-1] == len(before) + 1, "learnt in the end"
        assert len(counts) > 2, "over several polls"
        assert set(counts[:-1]) == {len(before)}, "and read meanwhile"


async def test_relearning_after_an_outage_leaves_no_gap_if_the_device_is_the_same(
    certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    async with (
        Service(tree_of("server-environment"), certificate) as service,
        reading(redfish, service, **EVERY) as collector,
    ):
        before = total_of(await collector.collect())
        slowness = Slowness(service)
        with pytest.raises(Unavailable, match=r"no answer within 1\.4 s"):
            await polled(collector, slowness, 0)
        again = await polled(collector, slowness, 3)
        assert slowness.stopped[1:], "learning was cut off"
        total = total_of(again)
        assert (total.source, total.power) == (before.source, before.power)


async def test_after_an_outage_another_device_is_not_read_before_it_is_learnt(
    certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    async with (
        Service(tree_of("server-environment"), certificate) as service,
        reading(redfish, service, **EVERY) as collector,
    ):
        await collector.collect()
        slowness = Slowness(service)
        with pytest.raises(Unavailable, match="no answer"):
            await polled(collector, slowness, 0)
        service.tree[OPENBMC]["SerialNumber"] = "OB0002"
        with pytest.raises(Unavailable, match="still being learnt"):
            await polled(collector, slowness, 2)
        slowness.left = 100
        assert total_of(await collector.collect()).source.startswith(
            "environment/resettable:OB0002"
        )


async def test_one_resource_that_never_answers_does_not_keep_the_rest_from_being_learnt(
    certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    async def silent(request: web.Request) -> web.StreamResponse | None:
        if request.path.endswith("/A1"):
            await asyncio.sleep(3600)
        return None

    async with (
        Service(tree_of("pdu-mains"), certificate) as service,
        reading(redfish, service, read=["total", "outlet"], timeout="200ms") as collector,
    ):
        service.fault = silent
        with pytest.raises(Unavailable, match=r"no answer within 0\.2 s"):
            await collector.collect()
        assert [one.meter for one in await collector.collect()] == [
            "server-1",
            "server-1/outlet/A2",
        ]
        service.fault = None
        clock.move(minutes=5)
        assert len(await collector.collect()) == 3


async def test_one_resource_that_no_poll_has_the_time_for_is_done_without(
    certificate: Certificate, redfish: Redfish
) -> None:
    async def slow(request: web.Request) -> web.StreamResponse | None:
        if request.path.endswith("/A1"):
            await asyncio.sleep(3600)
        return None

    async with (
        Service(tree_of("pdu-mains"), certificate) as service,
        reading(redfish, service, read=["total", "outlet"], **EVERY) as collector,
    ):
        service.fault = slow
        for _ in range(MOST_CUTS):
            with pytest.raises(Unavailable, match="still being learnt"):
                await collector.collect()
        assert {one.meter for one in await collector.collect()} == {
            "server-1",
            "server-1/outlet/A2",
        }


async def test_one_resource_that_never_answers_is_asked_for_last(
    certificate: Certificate, redfish: Redfish
) -> None:
    async def silent(request: web.Request) -> web.StreamResponse | None:
        if request.path.endswith("/A1"):
            await asyncio.sleep(3600)
        return None

    async with (
        Service(tree_of("pdu-mains"), certificate) as service,
        reading(redfish, service, read=["outlet"], timeout="200ms") as collector,
    ):
        assert len(await collector.collect()) == 2
        service.fault = silent
        with pytest.raises(Unavailable, match="no answer"):
            await collector.collect()
        for _ in range(2):
            assert [one.meter for one in await collector.collect()] == ["server-1/outlet/A2"]


async def test_one_resource_that_never_answers_does_not_keep_new_ones_from_being_found(
    certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    async def silent(request: web.Request) -> web.StreamResponse | None:
        if request.path.endswith("/A1"):
            await asyncio.sleep(3600)
        return None

    async with (
        Service(tree_of("pdu-mains"), certificate) as service,
        reading(redfish, service, read=["outlet"], timeout="200ms") as collector,
    ):
        await collector.collect()
        outlets = f"{MAINS}/Outlets"
        service.tree[f"{outlets}/A3"] = service.tree[f"{outlets}/A2"] | {"Id": "A3"}
        service.tree[outlets]["Members"].append({"@odata.id": f"{outlets}/A3"})
        service.fault = silent
        with pytest.raises(Unavailable, match="no answer"):
            await collector.collect()
        meters: set[str] = set()
        for _ in range(6):
            clock.move(minutes=40)
            meters |= {one.meter for one in await collector.collect()}
        assert meters == {"server-1/outlet/A2", "server-1/outlet/A3"}
