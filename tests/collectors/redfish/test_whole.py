"""A part is never taken for the whole: what cannot be read decides nothing."""

import pytest
from aiohttp import web

from agent.errors import Unavailable
from collectors.redfish import Redfish
from tests.clocks import HandClock
from tests.collectors.redfish.conftest import power_of, reading, total_of
from tests.collectors.redfish.layouts import CHASSIS, SERVER, Tree, tree_of
from tests.collectors.redfish.service import Certificate, Fault, Service, error
from tests.collectors.redfish.test_layout import BLADES, two_blades

A, B = BLADES
ONE = "as long as not all of its chassis can be read, which of them is the whole is not known"


def broken_at(*paths: str, status: int = 500) -> Fault:
    async def broken(request: web.Request) -> web.StreamResponse | None:
        return error(status, "Not now.") if request.path in paths else None

    return broken


def a_sled() -> Tree:
    """A machine with a tray in it that has a power of its own."""
    tree = two_blades()
    tree[A] |= {"Links": {"ComputerSystems": [{"@odata.id": "/x"}]}}
    tree[B]["Links"] = {"ContainedBy": {"@odata.id": A}}
    return tree


@pytest.mark.parametrize("status", [401, 403, 404, 405, 500, 501, 503])
async def test_a_chassis_that_is_refused_at_first_leaves_no_other_as_the_whole(
    status: int, certificate: Certificate, redfish: Redfish
) -> None:
    async with Service(a_sled(), certificate) as service, reading(redfish, service) as collector:
        service.fault = broken_at(A, status=status)
        with pytest.raises(Unavailable, match=rf"\({status}\).*{ONE}: name it with `unit`, such"):
            await collector.collect()
        service.fault = None
        assert await power_of(collector) == 100


@pytest.mark.parametrize("status", [401, 403, 500, 503])
async def test_a_chassis_whose_power_is_refused_at_first_leaves_no_other_as_the_whole(
    status: int, certificate: Certificate, redfish: Redfish
) -> None:
    async with (
        Service(two_blades(), certificate) as service,
        reading(redfish, service) as collector,
    ):
        service.fault = broken_at(f"{A}/Power", status=status)
        with pytest.raises(Unavailable, match=rf"\({status}\).*{ONE}: name it with `unit`, such"):
            await collector.collect()
        service.fault = None
        with pytest.raises(Unavailable, match="several chassis have a power of their own, a, b"):
            await collector.collect()


async def test_a_chassis_that_is_refused_for_ever_is_not_asked_for_at_each_poll(
    certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    async with Service(a_sled(), certificate) as service, reading(redfish, service) as collector:
        service.fault = broken_at(A)
        polls = []
        for _ in range(17):
            service.asked.clear()
            with pytest.raises(Unavailable, match=ONE):
                await collector.collect()
            polls.append(bool(service.asked))
            clock.move(minutes=1)
        assert polls == [*[True] * 3, *[False] * 4, *[True] * 3, *[False] * 4, *[True] * 3]


async def test_a_chassis_that_is_named_needs_no_other(
    certificate: Certificate, redfish: Redfish
) -> None:
    async with Service(two_blades(), certificate) as service:
        service.fault = broken_at(A)
        async with reading(redfish, service, unit="b") as collector:
            assert await power_of(collector) == 101


async def test_a_chassis_that_is_inside_the_machine_may_be_refused(
    certificate: Certificate, redfish: Redfish
) -> None:
    tree = a_sled()
    tree[A]["Links"]["Contains"] = [{"@odata.id": f"{B}/"}]
    async with Service(tree, certificate) as service, reading(redfish, service) as collector:
        service.fault = broken_at(B)
        assert await power_of(collector) == 100


async def test_a_page_of_chassis_that_is_refused_leaves_no_other_as_the_whole(
    certificate: Certificate, redfish: Redfish
) -> None:
    tree = two_blades()
    page = "/redfish/v1/Chassis?page=2"
    first, second = tree["/redfish/v1/Chassis"]["Members"]
    tree["/redfish/v1/Chassis"] = {"Members": [second], "Members@odata.nextLink": page}

    async def busy(request: web.Request) -> web.StreamResponse | None:
        return error(503, "Busy.") if request.raw_path == page else None

    async with Service(tree, certificate) as service, reading(redfish, service) as collector:
        service.fault = busy
        with pytest.raises(Unavailable, match=rf"busy \(503\): Busy\.: {ONE}"):
            await collector.collect()
        service.fault = None
        service.tree[page] = {"Members": [first]}
        with pytest.raises(Unavailable, match="several chassis have a power of their own, b, a"):
            await collector.collect()


async def test_equipment_that_is_refused_leaves_no_chassis_in_its_place(
    certificate: Certificate, redfish: Redfish
) -> None:
    tree = tree_of("pdu-mains")
    server = tree_of("server-power-control")
    tree |= {path: server[path] for path in server if path.startswith("/redfish/v1/Chassis")}
    tree["/redfish/v1/"]["Chassis"] = {"@odata.id": "/redfish/v1/Chassis"}
    for path in ("/redfish/v1/PowerEquipment", "/redfish/v1/PowerEquipment/RackPDUs"):
        async with Service(tree, certificate) as service, reading(redfish, service) as collector:
            service.fault = broken_at(path)
            with pytest.raises(Unavailable, match=rf"the service failed at {path} \(500\)"):
                await collector.collect()
            service.fault = None
            assert await power_of(collector) == 812.5


async def test_a_whole_that_is_refused_later_is_missing_and_no_part_stands_for_it(
    certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    async with Service(a_sled(), certificate) as service, reading(redfish, service) as collector:
        assert await power_of(collector) == 100
        service.fault = broken_at(A, f"{A}/Power")
        for _ in range(200):
            clock.move(minutes=1)
            with pytest.raises(Unavailable, match=r"\(500\)"):
                await collector.collect()
        service.fault = None
        clock.move(minutes=5)
        assert await power_of(collector) == 100


async def test_what_is_refused_for_long_takes_no_reading_from_the_rest(
    certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    async with (
        Service(tree_of("pdu-linked"), certificate) as service,
        reading(redfish, service, read=["total", "unit"]) as collector,
    ):
        before = await collector.collect()
        service.fault = broken_at("/redfish/v1/PowerEquipment/RackPDUs/1/Metrics")
        for _ in range(20):
            clock.move(minutes=30)
            assert [one.meter for one in await collector.collect()] == ["server-1/unit/2"]
        service.fault = None
        clock.move(minutes=5)
        after = await collector.collect()
        assert [(one.meter, one.source) for one in after] == [
            (one.meter, one.source) for one in before
        ]


async def test_chassis_that_are_in_one_another_in_a_circle_are_looked_into(
    certificate: Certificate, redfish: Redfish
) -> None:
    tree = two_blades()
    tree[A]["Links"] = {"ContainedBy": {"@odata.id": B}}
    tree[B]["Links"] = {"ContainedBy": {"@odata.id": A}}
    async with Service(tree, certificate) as service, reading(redfish, service) as collector:
        with pytest.raises(Unavailable, match="several chassis have a power of their own, a, b"):
            await collector.collect()
    lonely = tree_of(SERVER)
    lonely[CHASSIS]["Links"] = {"ContainedBy": {"@odata.id": CHASSIS}}
    async with Service(lonely, certificate) as service, reading(redfish, service) as collector:
        assert total_of(await collector.collect()).power == 312
