"""One service from good to failing to good, over each kind of failure."""

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from aiohttp import web

from agent.errors import Unavailable
from collectors import DEVICES
from collectors.redfish import Redfish
from collectors.redfish.transport import KEPT, LARGEST
from tests.clocks import HandClock
from tests.collectors.redfish.conftest import eventually, power_of, reading, recording
from tests.collectors.redfish.service import Certificate, Service, error

WATTS = 312.0
TREE = recording("server-power-control")["tree"]
HASTY = {"timeout": "200ms"}

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def slowness(request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(3600)
    return error(500, "Too late.")


async def reset(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def a_cut(request: web.Request) -> web.StreamResponse:
    return web.Response(body=json.dumps(TREE[request.path])[:60], content_type="application/json")


async def half_a_body(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Length": "500"})
    await answer.prepare(request)
    await answer.write(b'{"PowerControl":')
    assert request.transport is not None
    request.transport.close()
    return answer


async def a_flood(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse()
    await answer.prepare(request)
    try:
        for _ in range(3 * LARGEST // 2**20):
            await answer.write(b" " * 2**20)
    except ConnectionError:
        pass  # The other side has had enough.
    return answer


async def a_bomb(request: web.Request) -> web.StreamResponse:
    body = gzip.compress(b" " * 2**22)
    return web.Response(body=body, headers={"Content-Encoding": "gzip"})


async def depth(request: web.Request) -> web.StreamResponse:
    return web.Response(text='{"a":' * 100 + "1" + "}" * 100)


async def an_abyss(request: web.Request) -> web.StreamResponse:
    return web.Response(text="[" * 100_000)


async def a_page(request: web.Request) -> web.StreamResponse:
    return web.Response(text="<html>Log in</html>")


async def a_list(request: web.Request) -> web.StreamResponse:
    return web.json_response([])


async def a_busy_service(request: web.Request) -> web.StreamResponse:
    return error(503, "Initialising.", **{"Retry-After": "30"})


async def a_bug(request: web.Request) -> web.StreamResponse:
    return error(500, "Internal error.")


async def a_ban(request: web.Request) -> web.StreamResponse:
    return error(403, "There are insufficient privileges.")


async def a_circle(request: web.Request) -> web.StreamResponse:
    return web.Response(status=308, headers={"Location": request.path})


FAILURES = [
    (slowness, "no answer within 0.2 s"),
    (
        reset,
        "it closed the connection in the middle of an answer|connection failed|Connection reset",
    ),
    (a_cut, "is no JSON, or ends in the middle"),
    (half_a_body, "it closed the connection in the middle of an answer"),
    (a_flood, f"an answer is larger than {LARGEST} bytes"),
    (a_bomb, "it sends compressed answers, which were not asked for"),
    (depth, "is deeper than 40 levels"),
    (an_abyss, "is no JSON, or ends in the middle"),
    (a_page, "is no JSON, or ends in the middle"),
    (a_list, "is no JSON object"),
    (a_busy_service, r"the service is busy \(503\): Initialising\."),
    (a_bug, r"the service failed at /redfish/v1/\S* \(500\): Internal error\."),
    (a_ban, r"the user may not read /redfish/v1/\S* \(403\): There are .*: give it the role"),
    (a_circle, "it redirects /redfish/v1/.* in a circle"),
]


def test_it_is_in_the_table() -> None:
    assert DEVICES["redfish"] is Redfish


@pytest.mark.parametrize("learnt", [True, False], ids=["learnt", "unlearnt"])
@pytest.mark.parametrize("failure", FAILURES, ids=[one.__name__ for one, _ in FAILURES])
async def test_it_reads_fails_with_the_reason_and_reads_again(
    failure: tuple[Answer, str],
    learnt: bool,  # noqa: FBT001 pytest hands it in by name
    certificate: Certificate,
    redfish: Redfish,
    clock: HandClock,
) -> None:
    answer, message = failure
    async with (
        Service(TREE, certificate) as service,
        reading(redfish, service, **HASTY) as collector,
    ):
        if learnt:
            assert await power_of(collector) == WATTS
        service.fault = answer
        with pytest.raises(Unavailable, match=f"^server-1: .*({message})"):
            await collector.collect()
        service.fault = None
        clock.move(minutes=10)
        assert await power_of(collector) == WATTS


async def test_a_service_that_names_a_time_has_it_handed_on(
    certificate: Certificate, redfish: Redfish
) -> None:
    async with Service(TREE, certificate) as service, reading(redfish, service) as collector:
        await collector.collect()
        service.fault = a_busy_service
        with pytest.raises(Unavailable) as raised:
            await collector.collect()
        assert raised.value.retry_after == 30


async def test_a_service_that_is_not_there_says_so_and_is_read_when_it_is(
    certificate: Certificate, redfish: Redfish
) -> None:
    async with Service(TREE, certificate) as first:
        port = first.port
    async with reading(redfish, first) as collector:
        with pytest.raises(Unavailable, match=r"^server-1: no connection: Connection refused$"):
            await collector.collect()
        async with Service(TREE, certificate, port):
            assert await power_of(collector) == WATTS


async def test_an_unknown_name_is_said(certificate: Certificate, redfish: Redfish) -> None:
    async with Service(TREE, certificate) as service:
        where = {"address": "bmc.invalid"}
        async with reading(redfish, service, **where) as collector:
            with pytest.raises(Unavailable, match=r"^server-1: the address 'bmc\.invalid' is not"):
                await collector.collect()


async def test_what_is_no_redfish_service_says_what_is_missing(
    certificate: Certificate, redfish: Redfish
) -> None:
    async with Service({}, certificate) as service, reading(redfish, service) as collector:
        with pytest.raises(Unavailable, match=r"^server-1: /redfish/v1/ is not there \(404\)"):
            await collector.collect()


@pytest.mark.parametrize(
    "target",
    ["https://192.0.2.9/redfish/v1/", "//192.0.2.9/redfish/v1/", "https://127.0.0.1:1/x", ""],
)
async def test_a_redirect_to_another_host_is_never_followed(
    target: str, certificate: Certificate, redfish: Redfish
) -> None:
    async def elsewhere(request: web.Request) -> web.StreamResponse | None:
        if request.path.endswith("/Power"):
            return web.Response(status=302, headers={"Location": target})
        return None

    async with (
        Service(TREE, certificate) as service,
        Service(TREE, certificate) as other,
        reading(redfish, service) as collector,
    ):
        target = target.replace("127.0.0.1:1", f"127.0.0.1:{other.port}")
        service.fault = elsewhere
        with pytest.raises(Unavailable, match="where the password is not sent"):
            await collector.collect()
        assert not other.asked


async def test_a_redirect_on_the_same_service_is_followed(
    certificate: Certificate, redfish: Redfish
) -> None:
    async with Service(TREE, certificate) as service, reading(redfish, service) as collector:

        async def moved(request: web.Request) -> web.StreamResponse | None:
            if not request.path.endswith("/Power"):
                return None
            there = f"https://127.0.0.1:{service.port}{request.path}/"
            return web.Response(status=308, headers={"Location": there})

        path = "/redfish/v1/Chassis/System.Embedded.1/Power"
        service.tree[f"{path}/"] = service.tree[path]
        service.fault = moved
        assert await power_of(collector) == WATTS


async def test_a_link_to_another_host_is_not_followed(
    certificate: Certificate, redfish: Redfish
) -> None:
    async with (
        Service(TREE, certificate) as service,
        Service(TREE, certificate) as other,
        reading(redfish, service) as collector,
    ):
        chassis = service.tree["/redfish/v1/Chassis/System.Embedded.1"]
        there = f"https://127.0.0.1:{other.port}{chassis['Power']['@odata.id']}"
        chassis["Power"] = {"@odata.id": there}
        with pytest.raises(Unavailable, match="none of its chassis has a power"):
            await collector.collect()
        assert not other.asked


async def test_links_in_a_circle_come_to_an_end(certificate: Certificate, redfish: Redfish) -> None:
    async def endless(request: web.Request) -> web.StreamResponse | None:
        if not request.path.startswith("/redfish/v1/Chassis"):
            return None
        number = len(service.asked)
        return web.json_response(
            {"Members": [], "Members@odata.nextLink": f"/redfish/v1/Chassis?page={number}"}
        )

    async with Service(TREE, certificate) as service, reading(redfish, service) as collector:
        service.fault = endless
        with pytest.raises(Unavailable, match="it links to more than 1000 resources"):
            await collector.collect()


async def test_what_fails_of_several_resources_is_left_out(
    certificate: Certificate, redfish: Redfish
) -> None:
    case = recording("pdu-mains")
    async with (
        Service(case["tree"], certificate) as service,
        reading(redfish, service, read=case["read"], **HASTY) as collector,
    ):
        assert len(await collector.collect()) == 4

        async def refused(request: web.Request) -> web.StreamResponse | None:
            return error(500, "No.") if request.path.endswith("/A1") else None

        async def silent(request: web.Request) -> web.StreamResponse | None:
            return await slowness(request) if "/Outlets" in request.path else None

        for fault, meters in (
            (refused, {"", "/inlet/AC1", "/outlet/A2"}),
            (silent, {"", "/inlet/AC1"}),
        ):
            service.fault = fault
            readings = await collector.collect()
            assert {one.meter.removeprefix("server-1") for one in readings} == meters
        service.fault = None
        assert len(await collector.collect()) == 4


async def test_connections_are_kept_between_polls_or_closed_after_each(
    certificate: Certificate, redfish: Redfish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collectors.redfish.transport.LINGER", timedelta(milliseconds=50))
    async with Service(TREE, certificate) as service:
        async with reading(redfish, service, every="60s") as collector:
            for _ in range(3):
                await collector.collect()
            assert len(service.connections) == 1
        service.connections.clear()
        async with reading(redfish, service, every="2m") as collector:
            for polls in (1, 2, 3):
                await collector.collect()
                await eventually(lambda: all(one.is_closing() for one in service.connections))
                assert len(service.connections) >= polls


async def test_only_so_many_devices_keep_a_connection(redfish: Redfish) -> None:
    transport, minute = redfish._transport, timedelta(minutes=1)
    assert not transport.keep("seldom", timedelta(minutes=2))
    assert all(transport.keep(f"device-{number}", minute) for number in range(KEPT))
    assert not transport.keep("late", minute)
    transport.drop("device-7")
    assert transport.keep("late", minute)
