"""What is read of a service: which chassis, by which links, and when that is learnt again."""

import json

import pytest
from aiohttp import web

from agent.errors import Unavailable
from collectors.redfish import Redfish
from tests.clocks import HandClock
from tests.collectors.redfish.conftest import power_of, reading, recording
from tests.collectors.redfish.layouts import CHASSIS, SERVER, Tree, tree_of
from tests.collectors.redfish.service import Certificate, Service, error

BLADES = ("/redfish/v1/Chassis/a", "/redfish/v1/Chassis/b")
PDU = "/redfish/v1/PowerEquipment/RackPDUs/1"


def two_blades() -> Tree:
    """Two computers of their own behind one service."""
    tree = tree_of(SERVER)
    members = [{"@odata.id": path} for path in BLADES]
    tree["/redfish/v1/Chassis"] = {"Members": members}
    for number, path in enumerate(BLADES):
        power = {"PowerControl": [{"PowerConsumedWatts": 100 + number}]}
        tree[path] = {**tree[CHASSIS], "Id": path[-1], "Power": {"@odata.id": f"{path}/Power"}}
        tree[f"{path}/Power"] = power
    return tree


async def test_of_several_machines_none_is_guessed_at(
    certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    async with Service(two_blades(), certificate) as service:
        async with reading(redfish, service) as collector:
            with pytest.raises(Unavailable, match=r"several chassis.*, a, b: name one with `unit`"):
                await collector.collect()
            service.asked.clear()
            with pytest.raises(Unavailable, match="name one with `unit`"):
                await collector.collect()
            assert service.asked == [], "learning takes many requests, and would end the same"
        async with reading(redfish, service, unit="b") as collector:
            assert await power_of(collector) == 101
        async with reading(redfish, service, unit="c") as collector:
            with pytest.raises(Unavailable, match="it has nothing with the Id 'c': there are a, b"):
                await collector.collect()


async def test_of_several_kinds_of_equipment_none_is_guessed_at(
    certificate: Certificate, redfish: Redfish
) -> None:
    shelf = "/redfish/v1/PowerEquipment/PowerShelves"
    tree = tree_of("pdu-linked") | {
        shelf: {"Members": [{"@odata.id": f"{shelf}/S"}]},
        f"{shelf}/S": {"Id": "S", "Metrics": {"@odata.id": f"{shelf}/S/Metrics"}},
        f"{shelf}/S/Metrics": {"PowerWatts": {"Reading": 77}},
    }
    tree["/redfish/v1/PowerEquipment"]["PowerShelves"] = {"@odata.id": shelf}
    async with Service(tree, certificate) as service:
        async with reading(redfish, service) as collector:
            message = "RackPDUs 1, RackPDUs 2, PowerShelves S: name one with `unit`"
            with pytest.raises(Unavailable, match=message):
                await collector.collect()
        async with reading(redfish, service, unit="S") as collector:
            assert await power_of(collector) == 77
        async with reading(redfish, service, unit="2") as collector:
            assert await power_of(collector) == 500


async def test_the_tree_is_learnt_again_each_hour(
    certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    async with (
        Service(tree_of("pdu-mains"), certificate) as service,
        reading(redfish, service, read=["outlet"]) as collector,
    ):
        pdu = "/redfish/v1/PowerEquipment/RackPDUs/PDU-A/Outlets"
        assert len(await collector.collect()) == 2
        service.tree[f"{pdu}/A3"] = service.tree[f"{pdu}/A2"] | {"Id": "A3"}
        service.tree[pdu]["Members"].append({"@odata.id": f"{pdu}/A3"})
        clock.move(minutes=59)
        assert len(await collector.collect()) == 2
        clock.move(minutes=1)
        assert len(await collector.collect()) == 3


async def test_the_tree_is_learnt_again_when_a_link_fails(
    certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    async with (
        Service(tree_of(SERVER), certificate) as service,
        reading(redfish, service) as collector,
    ):
        await collector.collect()
        service.tree[f"{CHASSIS}/PowerMeter"] = service.tree.pop(f"{CHASSIS}/Power")
        service.tree[CHASSIS]["Power"] = {"@odata.id": f"{CHASSIS}/PowerMeter"}
        clock.move(minutes=6)
        with pytest.raises(Unavailable, match=r"Power is not there \(404\)"):
            await collector.collect()
        assert await power_of(collector) == 312


async def test_what_could_not_be_read_while_learning_is_looked_for_again_soon(
    certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    async def without_one(request: web.Request) -> web.StreamResponse | None:
        return web.Response(text="{") if request.path.endswith("/A1") else None

    async with (
        Service(tree_of("pdu-mains"), certificate) as service,
        reading(redfish, service, read=["outlet"]) as collector,
    ):
        service.fault = without_one
        assert len(await collector.collect()) == 1
        service.fault = None
        clock.move(minutes=4)
        assert len(await collector.collect()) == 1
        clock.move(minutes=1)
        assert len(await collector.collect()) == 2


async def test_what_has_no_power_because_it_is_refused_says_so(
    certificate: Certificate, redfish: Redfish
) -> None:
    async def no_power(request: web.Request) -> web.StreamResponse | None:
        return error(403, "Insufficient.") if request.path.endswith("/Power") else None

    async with (
        Service(tree_of(SERVER), certificate) as service,
        reading(redfish, service) as collector,
    ):
        service.fault = no_power
        message = r"none of its chassis has a power or an energy: the user may not read /\S*/Power"
        with pytest.raises(Unavailable, match=message):
            await collector.collect()


async def test_a_service_that_expands_badly_is_asked_one_by_one(
    certificate: Certificate, redfish: Redfish
) -> None:
    async def refusing(request: web.Request) -> web.StreamResponse | None:
        return error(501, "No.") if "$expand" in request.raw_path else None

    async def ignoring(request: web.Request) -> web.StreamResponse | None:
        return web.json_response(service.tree[request.path]) if "$" in request.raw_path else None

    for fault in (refusing, ignoring):
        case = recording("pdu-three-phase")
        async with (
            Service(case["tree"], certificate) as service,
            reading(redfish, service, read=case["read"]) as collector,
        ):
            service.fault = fault
            for _ in range(2):
                assert len(await collector.collect()) == len(case["meters"])
            assert f"{PDU}/Outlets/2" in service.gets()


@pytest.mark.parametrize("name", ["server-environment", "pdu-three-phase", "pdu-mains"])
async def test_links_are_followed_and_paths_never_built(
    name: str, certificate: Certificate, redfish: Redfish
) -> None:
    case = recording(name)
    text = json.dumps(case["tree"]).replace('"/redfish/v1/', '"/bmc/api%202/x|')
    elsewhere: Tree = json.loads(text)
    elsewhere["/redfish/v1/"] = elsewhere.pop("/bmc/api%202/x|")
    async with (
        Service(elsewhere, certificate) as service,
        reading(redfish, service, read=case["read"], auth="basic") as collector,
    ):
        assert len(await collector.collect()) == len(case["meters"])


async def test_nothing_of_what_is_asked_for_says_what_is_read(
    certificate: Certificate, redfish: Redfish
) -> None:
    async with (
        Service(tree_of("pdu-mains"), certificate) as service,
        reading(redfish, service, read=["psu-output"]) as collector,
    ):
        with pytest.raises(
            Unavailable, match="it answers, but has none of psu-output with a power"
        ):
            await collector.collect()
