"""What a service may send that means harm, or was never tried: none of it stops the daemon."""

import asyncio
import json
import threading

import pytest
from aiohttp import web

from agent.errors import Unavailable
from collectors.redfish import Redfish, session
from collectors.redfish.documents import Document, document_of
from collectors.redfish.reader import MOST_EXPANDED
from tests.clocks import HandClock
from tests.collectors.redfish.conftest import eventually, power_of, reading, total_of
from tests.collectors.redfish.layouts import CHASSIS, OPENBMC, SERVER, Tree, tree_of
from tests.collectors.redfish.service import Certificate, Service, error

METRICS = f"{OPENBMC}/EnvironmentMetrics"
PDU = "/redfish/v1/PowerEquipment/RackPDUs/PDU-A"
OUTLETS = f"{PDU}/Outlets"


def many_outlets(count: int, page: int) -> Tree:
    """A PDU whose outlets stand in a list of several pages."""
    tree = tree_of("pdu-mains")
    paths = [f"{OUTLETS}/{number}" for number in range(count)]
    for number, path in enumerate(paths):
        tree[path] = {"Id": str(number), "PowerWatts": {"Reading": number}}
    for start in range(0, count, page):
        members = [{"@odata.id": path} for path in paths[start : start + page]]
        following = f"{OUTLETS}?$skip={start + page}"
        more = {"Members@odata.nextLink": following} if start + page < count else {}
        tree[f"{OUTLETS}?$skip={start}" if start else OUTLETS] = {"Members": members} | more
    return tree


def paging(service: Service, *, inner: bool = False) -> None:
    """Serve the pages under their queries, with their members in them or as links."""

    async def page(request: web.Request) -> web.StreamResponse | None:
        document = service.tree.get(request.raw_path)
        if document is None or "?" not in request.raw_path:
            return None
        if inner:
            members = [{**one, **service.tree[one["@odata.id"]]} for one in document["Members"]]
            document = {**document, "Members": members}
        return web.json_response(document)

    service.fault = page


@pytest.mark.parametrize("inner", [False, True], ids=["linked", "expanded"])
async def test_all_pages_of_a_list_are_read(
    inner: bool,  # noqa: FBT001 pytest hands it in by name
    certificate: Certificate,
    redfish: Redfish,
) -> None:
    async with (
        Service(many_outlets(7, 3), certificate) as service,
        reading(redfish, service, read=["outlet"]) as collector,
    ):
        paging(service, inner=inner)
        for polled in range(2):
            powers = [one.power for one in await collector.collect()]
            assert sorted(powers, key=lambda power: power or 0) == list(range(7))
            pages = sum("?" in path for path in service.gets())
            assert polled == 0 or pages == (2 if inner else 0)


async def test_a_page_that_is_no_longer_kept_is_looked_for_again(
    certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    async with (
        Service(many_outlets(4, 2), certificate) as service,
        reading(redfish, service, read=["outlet"]) as collector,
    ):
        paging(service, inner=True)
        assert len(await collector.collect()) == 4
        pages = service.fault
        assert pages is not None
        old = f"{OUTLETS}?$skip=2"

        async def renamed(request: web.Request) -> web.StreamResponse | None:
            return error(400, "No such token.") if request.raw_path == old else await pages(request)

        service.tree[f"{OUTLETS}?$token=x"] = service.tree[old]
        service.tree[OUTLETS]["Members@odata.nextLink"] = f"{OUTLETS}?$token=x"
        service.fault = renamed
        clock.move(minutes=5)
        assert len(await collector.collect()) == 2
        assert len(await collector.collect()) == 4


@pytest.mark.parametrize("following", [OUTLETS, f"{OUTLETS}#x", f"{OUTLETS}?$skip=2"])
async def test_a_list_whose_pages_go_round_in_a_circle_ends(
    following: str, certificate: Certificate, redfish: Redfish
) -> None:
    async with (
        Service(many_outlets(4, 2), certificate) as service,
        reading(redfish, service, read=["outlet"]) as collector,
    ):
        paging(service)
        service.tree[f"{OUTLETS}?$skip=2"]["Members@odata.nextLink"] = following
        service.tree[OUTLETS]["Members@odata.nextLink"] = f"{OUTLETS}?$skip=2"
        # A loop without a request never lets go of the event loop: no timeout of its own ends it.
        assert len(await collector.collect()) == 4


async def test_more_resources_in_one_answer_than_any_device_has_are_refused(
    certificate: Certificate, redfish: Redfish
) -> None:
    async with (
        Service(tree_of("pdu-mains"), certificate) as service,
        reading(redfish, service, read=["outlet"]) as collector,
    ):
        service.tree[OUTLETS]["Members"] = [
            {"@odata.id": f"/{number}", "PowerWatts": {"Reading": 1}}
            for number in range(MOST_EXPANDED + 1)
        ]
        with pytest.raises(Unavailable, match=f"it has more than {MOST_EXPANDED} resources"):
            await collector.collect()


async def test_more_reports_than_are_looked_into_cost_no_meter(
    certificate: Certificate, redfish: Redfish
) -> None:
    reports = "/redfish/v1/TelemetryService/MetricReports"
    async with (
        Service(tree_of("server-report"), certificate) as service,
        reading(redfish, service, read=["total", "psu-input"]) as collector,
    ):
        members = [{"@odata.id": f"{reports}/{number}"} for number in range(1500)]
        service.tree |= {one["@odata.id"]: {"MetricValues": []} for one in members}
        service.tree[reports] = {"Members": members}
        assert await power_of(collector) == 391.75
        assert len([path for path in service.gets() if path.startswith(f"{reports}/")]) == 32


async def test_reports_that_are_refused_are_no_reason_to_learn_again_soon(
    certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    async def unlicensed(request: web.Request) -> web.StreamResponse | None:
        return error(403, "No licence.") if "Telemetry" in request.path else None

    async with (
        Service(tree_of("server-report"), certificate) as service,
        reading(redfish, service, read=["total", "psu-input"]) as collector,
    ):
        service.fault = unlicensed
        await collector.collect()
        service.gets()
        clock.move(minutes=6)
        assert await power_of(collector) == 391.75
        assert "/redfish/v1/Chassis" not in service.gets()


@pytest.mark.parametrize("part", ["Outlets", "Mains"])
async def test_two_parts_with_one_id_are_two_meters(
    part: str, certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    scope = {"Outlets": "outlet", "Mains": "inlet"}[part]
    paths = [f"{PDU}/{part}/left", f"{PDU}/{part}/right"]
    async with (
        Service(tree_of("pdu-mains"), certificate) as service,
        reading(redfish, service, read=[scope]) as collector,
    ):
        service.tree[f"{PDU}/{part}"] = {"Members": [{"@odata.id": path} for path in paths]}
        for watts, path in enumerate(paths, 1):
            service.tree[path] = {"Id": "1", "PowerWatts": {"Reading": watts}}
        for _ in range(2):
            powers = {one.meter: one.power for one in await collector.collect()}
            assert powers == {f"server-1/{scope}/left": 1, f"server-1/{scope}/right": 2}
            clock.move(hours=1)


async def test_two_supplies_with_one_id_are_two_meters(
    certificate: Certificate, redfish: Redfish
) -> None:
    async with (
        Service(tree_of(SERVER), certificate) as service,
        reading(redfish, service, read=["psu-input"]) as collector,
    ):
        for supply in service.tree[f"{CHASSIS}/Power"]["PowerSupplies"]:
            supply["MemberId"] = "PSU"
            supply.pop("Id", None)
        powers = {one.meter: one.power for one in await collector.collect()}
    assert powers == {"server-1/psu-input/0": 166.5, "server-1/psu-input/1": 148}


async def test_two_units_with_one_id_are_two_units(
    certificate: Certificate, redfish: Redfish
) -> None:
    racks = "/redfish/v1/PowerEquipment/RackPDUs"
    async with (
        Service(tree_of("pdu-linked"), certificate) as service,
        reading(redfish, service, read=["total", "unit"]) as collector,
    ):
        service.tree[f"{racks}/2"]["Id"] = "1"
        powers = {one.meter: one.power for one in await collector.collect()}
    assert powers == {"server-1": 1500, "server-1/unit/1": 1000, "server-1/unit/2": 500}


@pytest.mark.parametrize(
    "said", [(503, "90", 90), (429, "90", 90), (503, "86400", 300), (503, "0", 0), (503, "soon", 0)]
)
async def test_a_busy_service_is_left_alone_for_as_long_as_it_says_but_no_longer_than_it_may(
    said: tuple[int, str, int], certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    status, later, rest = said

    async def busy(request: web.Request) -> web.StreamResponse | None:
        return error(status, "Starting.", **{"Retry-After": later})

    async with (
        Service(tree_of(SERVER), certificate) as service,
        reading(redfish, service) as collector,
    ):
        await collector.collect()
        service.fault = busy
        with pytest.raises(Unavailable, match=rf"the service is busy \({status}\): Starting"):
            await collector.collect()
        service.fault = None
        if rest:
            clock.move(seconds=rest - 1)
            service.asked.clear()
            with pytest.raises(Unavailable, match="Starting; the daemon asks it again in 1 s"):
                await collector.collect()
            assert service.asked == []
            clock.move(seconds=1)
        assert await power_of(collector) == 312


async def test_an_answer_that_comes_drop_by_drop_ends_with_its_time(
    certificate: Certificate, redfish: Redfish
) -> None:
    ended = []

    async def drip(request: web.Request) -> web.StreamResponse | None:
        answer = web.StreamResponse()
        await answer.prepare(request)
        try:
            while True:
                await answer.write(b" ")
                await asyncio.sleep(0.01)
        finally:
            ended.append(request.path)

    async with (
        Service(tree_of(SERVER), certificate) as service,
        reading(redfish, service, timeout="300ms") as collector,
    ):
        await collector.collect()
        service.fault = drip
        with pytest.raises(Unavailable, match=r"no answer within 0\.3 s"):
            await collector.collect()
        await eventually(lambda: bool(ended))
        service.fault = None
        assert await power_of(collector) == 312


async def test_a_redirect_of_the_login_takes_no_password_elsewhere(
    certificate: Certificate, redfish: Redfish
) -> None:
    async with (
        Service(tree_of(SERVER), certificate) as service,
        Service(tree_of(SERVER), certificate) as other,
        reading(redfish, service, auth="session") as collector,
    ):

        async def elsewhere(request: web.Request) -> web.StreamResponse | None:
            there = f"https://127.0.0.1:{other.port}{request.path}"
            moved = web.Response(status=307, headers={"Location": there})
            return moved if request.method == "POST" else None

        service.fault = elsewhere
        with pytest.raises(Unavailable, match="it has no sessions"):
            await collector.collect()
        assert other.asked == []


async def test_a_text_without_an_end_is_cut_and_one_that_moves_the_cursor_is_bare(
    certificate: Certificate, redfish: Redfish
) -> None:
    async with (
        Service(tree_of("server-environment"), certificate) as service,
        reading(redfish, service, read=["total", "psu-input"]) as collector,
    ):
        supplies = f"{OPENBMC}/PowerSubsystem/PowerSupplies"
        service.tree[OPENBMC]["SerialNumber"] = "S\x1b[31m\r\n9" + "x" * 100_000
        service.tree[f"{supplies}/powersupply0"]["Name"] = "left\n" + "y" * 100_000
        total = total_of(await collector.collect())
        assert total.source.startswith("environment/resettable:S[31m 9xx")
        assert len(total.source) < 300
        names = collector.names
        assert any(name.startswith("left yy") and len(name) == 200 for name in names.values())


@pytest.mark.parametrize("watts", [1e10, -1e10, 1e299])
async def test_a_power_that_nothing_can_draw_is_no_reading(
    watts: float, certificate: Certificate, redfish: Redfish
) -> None:
    async with (
        Service(tree_of("server-environment"), certificate) as service,
        reading(redfish, service) as collector,
    ):
        await collector.collect()
        service.tree[METRICS]["PowerWatts"]["Reading"] = watts
        total = total_of(await collector.collect())
    assert (total.power, total.energy) == (None, 5767650000)


async def test_a_large_answer_is_taken_apart_beside_the_event_loop(
    certificate: Certificate, redfish: Redfish, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: dict[str, int] = {}

    def noted(body: bytes, path: str) -> Document:
        threads[path] = threading.get_ident()
        return document_of(body, path)

    monkeypatch.setattr(session, "document_of", noted)
    async with (
        Service(tree_of(SERVER), certificate) as service,
        reading(redfish, service) as collector,
    ):
        service.tree[f"{CHASSIS}/Power"]["Oem"] = {"Noise": ["x" * 50] * 10_000}
        assert len(json.dumps(service.tree[f"{CHASSIS}/Power"])) > session.LONG
        assert await power_of(collector) == 312
    here = threading.get_ident()
    assert threads.pop(f"{CHASSIS}/Power") != here
    assert set(threads.values()) == {here}


async def test_what_a_service_once_called_its_parts_is_not_remembered_for_ever(
    certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    async with (
        Service(tree_of("pdu-mains"), certificate) as service,
        reading(redfish, service, read=["outlet"]) as collector,
    ):
        path = f"{OUTLETS}/A1"
        service.tree[path]["EnergykWh"] |= {"SensorResetTime": "2026-01-01T00:00:00Z"}
        for number in range(50):
            service.tree[path]["Id"] = f"name-{number}"
            await collector.collect()
            clock.move(hours=1)
        tree = collector._tree
        kept = len(tree._registers._known), len(tree._serials), len(collector._resets._known)
    assert max(kept) < 10
