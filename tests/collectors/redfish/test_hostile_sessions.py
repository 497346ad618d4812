"""Sessions that a service ends, refuses or does not give all rights."""

import pytest
from aiohttp import web

from agent.errors import Unavailable
from collectors.redfish import Redfish
from tests.clocks import HandClock
from tests.collectors.redfish.conftest import reading, recording
from tests.collectors.redfish.layouts import SERVER, tree_of
from tests.collectors.redfish.service import Certificate, Service, error


async def test_a_session_that_ends_in_the_middle_of_a_poll_costs_no_reading(
    certificate: Certificate, redfish: Redfish
) -> None:
    case = recording("pdu-mains")
    async with (
        Service(case["tree"], certificate) as service,
        reading(redfish, service, read=case["read"]) as collector,
    ):
        full = await collector.collect()
        service.asked.clear()

        async def expiring(request: web.Request) -> web.StreamResponse | None:
            if request.path.endswith("/A1") and service.count("POST") == 0:
                service.tokens.clear()
            return None

        service.fault = expiring
        assert len(await collector.collect()) == len(full)
        assert service.count("POST") == 1


async def test_a_service_that_ends_each_session_at_once_is_logged_in_to_once_a_poll(
    certificate: Certificate, redfish: Redfish
) -> None:
    case = recording("pdu-mains")
    async with (
        Service(case["tree"], certificate) as service,
        reading(redfish, service, read=case["read"]) as collector,
    ):
        await collector.collect()

        async def forgetful(request: web.Request) -> web.StreamResponse | None:
            if "/Outlets/" in request.path:
                service.tokens.clear()
            return None

        service.fault = forgetful
        service.asked.clear()
        for polls in (1, 2, 3):
            meters = {one.meter for one in await collector.collect()}
            assert "server-1" in meters
            assert service.count("POST") == polls


async def test_a_resource_that_needs_other_rights_takes_no_session_and_no_other_meter(
    certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    async def private(request: web.Request) -> web.StreamResponse | None:
        return error(401, "Not you.") if request.path.endswith("/A1") else None

    case = recording("pdu-mains")
    async with (
        Service(case["tree"], certificate) as service,
        reading(redfish, service, read=case["read"]) as collector,
    ):
        service.fault = private
        for _ in range(10):
            meters = {one.meter for one in await collector.collect()}
            assert meters == {"server-1", "server-1/inlet/AC1", "server-1/outlet/A2"}
            assert len(service.tokens) == 1, "those that are not used any more are given back"
            clock.move(minutes=1)


async def test_a_service_that_refuses_a_token_at_once_has_its_session_back(
    certificate: Certificate, redfish: Redfish
) -> None:
    async def nothing_but_logins(request: web.Request) -> web.StreamResponse | None:
        is_root = request.path == "/redfish/v1/"
        return error(401, "No.") if request.method == "GET" and not is_root else None

    async with (
        Service(tree_of(SERVER), certificate) as service,
        reading(redfish, service) as collector,
    ):
        service.fault = nothing_but_logins
        with pytest.raises(Unavailable, match="refuses the user or the password"):
            await collector.collect()
        assert service.tokens == {}
