"""Whether a Redfish service is somewhere: its root, over TLS, with nothing secret sent."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from collectors.redfish.finding import FoundService, ServiceFinding
from collectors.redfish.transport import LARGEST
from tests.collectors.redfish.service import Certificate, Service

ROOT = {
    "/redfish/v1/": {
        "@odata.id": "/redfish/v1/",
        "@odata.type": "#ServiceRoot.v1_15_0.ServiceRoot",
        "RedfishVersion": "1.18.0",
        "Vendor": "Acme",
        "Product": "Rack\u001b[31m\nPDU",
    }
}


async def at_once() -> None:
    """Every connection has its turn at once."""


@pytest.fixture
async def service(certificate: Certificate) -> AsyncIterator[Service]:
    async with Service(ROOT, certificate) as running:
        yield running


@pytest.fixture
async def finding(service: Service) -> AsyncIterator[ServiceFinding]:
    one = ServiceFinding(at_once, port=service.port, timeout=10)
    yield one
    await one.close()


async def test_a_service_is_found_by_its_root_without_any_login(
    finding: ServiceFinding, service: Service
) -> None:
    found = await finding.at("127.0.0.1")
    assert found == FoundService(version="1.18.0", product="Acme Rack [31m PDU")
    assert service.asked == [("GET", "/redfish/v1/")]
    assert service.authorizations == [""]


async def test_a_service_that_wants_a_login_for_its_root_is_one_all_the_same(
    finding: ServiceFinding, service: Service
) -> None:
    async def strict(_: web.Request) -> web.Response:
        return web.json_response({}, status=401, headers={"OData-Version": "4.0"})

    service.fault = strict
    assert await finding.at("127.0.0.1") == FoundService(version="", product="")


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (200, "<html>a printer</html>"),
        (200, "[]"),
        (200, '{"name": "an API"}'),
        (200, "[" * 20_000),
        (404, "{}"),
        (401, "{}"),
        (302, ""),
        (500, '{"RedfishVersion": "1.0"}'),
    ],
)
async def test_what_is_no_root_is_no_service(
    finding: ServiceFinding, service: Service, status: int, text: str
) -> None:
    async def other(_: web.Request) -> web.Response:
        return web.Response(status=status, text=text, headers={"Location": "/elsewhere"})

    service.fault = other
    assert await finding.at("127.0.0.1") is None
    assert len(service.asked) == 1, "no redirect is followed"


async def test_an_answer_without_end_is_dropped(finding: ServiceFinding, service: Service) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        for _ in range(4 * LARGEST // 2**16):
            await answer.write(b" " * 2**16)
        return answer

    service.fault = endless
    assert await finding.at("127.0.0.1") is None


async def test_nobody_there_is_nothing_found(finding: ServiceFinding, service: Service) -> None:
    assert await finding.at("127.0.0.7") is None
    assert not service.asked


async def test_a_port_that_speaks_no_tls_is_nothing_found() -> None:
    async def plain(_: web.BaseRequest) -> web.Response:
        return web.Response(text="hello")

    runner = web.ServerRunner(web.Server(plain), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    finding = ServiceFinding(at_once, port=runner.addresses[0][1], timeout=10)
    assert await finding.at("127.0.0.1") is None
    await finding.close()
    await runner.cleanup()
