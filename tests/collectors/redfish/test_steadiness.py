"""What is learnt again is the same: no meter changes its register without a reason."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from agent.errors import Unavailable
from collectors.redfish import Redfish
from tests.clocks import HandClock
from tests.collectors.redfish.conftest import reading, recording, total_of
from tests.collectors.redfish.service import Certificate, Service, error

METRICS = "/redfish/v1/Chassis/chassis/EnvironmentMetrics"
RACK = "/redfish/v1/PowerEquipment/RackPDUs/PDU-A"
SERVER = "server-environment"

Tree = dict[str, Any]


def tree_of(name: str) -> Tree:
    tree: Tree = recording(name)["tree"]
    return tree


def two_inlets() -> Tree:
    """A PDU with two mains that have lines of their own, and are read one by one."""
    tree = tree_of("pdu-mains")
    mains = [f"{RACK}/Mains/{key}" for key in "AB"]
    tree[f"{RACK}/Mains"] = {"Members": [{"@odata.id": path} for path in mains]}
    for number, path in enumerate(mains, 1):
        line = {"Line1ToNeutral": {"Reading": number * 1000}}
        tree[path] = {
            "Id": path[-1],
            "EnergykWh": {"Reading": number * 1000},
            "PolyPhaseEnergykWh": line,
            "PolyPhasePowerWatts": {"Line1ToNeutral": {"Reading": number * 100}},
        }
    return tree


def busy_at(path: str) -> Callable[[web.Request], Awaitable[web.StreamResponse | None]]:
    async def busy(request: web.Request) -> web.StreamResponse | None:
        return error(503, "Busy.") if request.path == path else None

    return busy


async def test_a_register_is_the_same_whichever_way_its_power_is_read(
    certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    async with (
        Service(tree_of(SERVER), certificate) as service,
        reading(redfish, service) as collector,
    ):
        before = total_of(await collector.collect())
        service.tree[METRICS]["PowerWatts"]["Reading"] = None
        clock.move(hours=1)
        after = total_of(await collector.collect())
    assert (before.power, after.power) == (391.75, 399.5)
    assert (before.energy, before.source) == (after.energy, after.source)


async def test_a_first_reset_makes_another_register_at_once(
    certificate: Certificate, redfish: Redfish
) -> None:
    async with (
        Service(tree_of(SERVER), certificate) as service,
        reading(redfish, service) as collector,
    ):
        energy = service.tree[METRICS]["EnergykWh"]
        energy["SensorResetTime"] = None
        before = total_of(await collector.collect())
        energy |= {"SensorResetTime": "2026-03-01T12:00:00Z", "Reading": 0.5}
        after = total_of(await collector.collect())
    assert before.source == "environment/resettable:OB0001"
    assert after.source == "environment/resettable:OB0001@2026-03-01T12:00Z"


async def test_what_is_refused_for_a_moment_changes_no_meter(
    certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    async with (
        Service(two_inlets(), certificate) as service,
        reading(redfish, service, read=["total", "inlet", "phase"]) as collector,
    ):
        before = {one.meter: (one.source, one.energy) for one in await collector.collect()}
        service.fault = busy_at(f"{RACK}/Mains/A")
        clock.move(hours=1)
        during = {one.meter: (one.source, one.energy) for one in await collector.collect()}
        service.fault = None
        clock.move(minutes=5)
        after = {one.meter: (one.source, one.energy) for one in await collector.collect()}
    assert sorted(before) == [
        "server-1",
        "server-1/inlet/A",
        "server-1/inlet/B",
        "server-1/phase/1",
        "server-1/phase/B.1",
    ]
    assert during == {name: before[name] for name in ("server-1/inlet/B", "server-1/phase/B.1")}  # type: ignore[index]  # MeterId
    assert after == before


async def test_a_tree_that_is_refused_for_a_moment_costs_no_poll(
    certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    async with (
        Service(tree_of(SERVER), certificate) as service,
        reading(redfish, service) as collector,
    ):
        before = total_of(await collector.collect())
        service.fault = busy_at("/redfish/v1/Chassis")
        clock.move(hours=1)
        during = total_of(await collector.collect())
    assert (during.energy, during.source) == (before.energy, before.source)


async def test_a_line_without_a_power_leaves_no_sum(
    certificate: Certificate, redfish: Redfish
) -> None:
    tree = two_inlets()
    tree[f"{RACK}/Mains/A"]["PolyPhasePowerWatts"]["Line2ToNeutral"] = {"DataSourceUri": "/x"}
    async with (
        Service(tree, certificate) as service,
        reading(redfish, service, read=["inlet"]) as collector,
    ):
        powers = {one.meter: one.power for one in await collector.collect()}
    assert powers == {"server-1/inlet/A": None, "server-1/inlet/B": 200}


async def test_an_integer_that_no_float_can_hold_is_no_reading(
    certificate: Certificate, redfish: Redfish
) -> None:
    async with (
        Service(tree_of(SERVER), certificate) as service,
        reading(redfish, service) as collector,
    ):
        service.tree[METRICS]["EnergykWh"]["Reading"] = 10**400
        total = total_of(await collector.collect())
    assert (total.energy, total.power) == (None, 391.75)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("pdu-mains", {"unit": "9"}, "nothing with the Id '9': there are RackPDUs PDU-A;"),
        (
            SERVER,
            {"read": ["outlet"]},
            "is a server, and has no outlet: write total in `read`",
        ),
    ],
)
async def test_what_is_not_there_is_said_with_what_is(
    name: str, options: Tree, message: str, certificate: Certificate, redfish: Redfish
) -> None:
    async with (
        Service(tree_of(name), certificate) as service,
        reading(redfish, service, **options) as collector,
    ):
        with pytest.raises(Unavailable, match=message):
            await collector.collect()


async def test_without_one_of_its_inlets_a_device_has_no_sum_and_no_first_lines(
    certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    async with (
        Service(two_inlets(), certificate) as service,
        reading(redfish, service, read=["total", "inlet", "phase"]) as collector,
    ):
        service.fault = busy_at(f"{RACK}/Mains/A")
        assert [one.meter for one in await collector.collect()] == ["server-1/inlet/B"]
        service.fault = None
        clock.move(minutes=5)
        assert len(await collector.collect()) == 5


async def test_without_one_of_its_units_nothing_is_summed_or_named(
    certificate: Certificate, redfish: Redfish
) -> None:
    racks = "/redfish/v1/PowerEquipment/RackPDUs"
    async with Service(tree_of("pdu-linked"), certificate) as service:
        service.fault = busy_at(f"{racks}/1")
        async with reading(redfish, service, read=["total", "outlet"]) as collector:
            with pytest.raises(Unavailable, match=r"the service is busy \(503\): Busy"):
                await collector.collect()
            service.fault = None
            assert total_of(await collector.collect()).power == 1500
        service.fault = busy_at(f"{racks}/1")
        async with reading(redfish, service, unit="2") as collector:
            assert total_of(await collector.collect()).power == 500


@pytest.mark.parametrize("part", ["", "/Metrics"])
async def test_without_one_of_its_supplies_a_machine_has_no_sum(
    part: str, certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    supply = "/redfish/v1/Chassis/chassis/PowerSubsystem/PowerSupplies/powersupply1"
    async with (
        Service(tree_of(SERVER), certificate) as service,
        reading(redfish, service) as collector,
    ):
        del service.tree[METRICS]["PowerWatts"]
        service.fault = busy_at(supply + part)
        assert total_of(await collector.collect()).power is None
        service.fault = None
        clock.move(minutes=5)
        assert total_of(await collector.collect()).power == 399.5
