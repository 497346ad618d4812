"""Sessions and Basic: what is tried, what is given back, and what is not repeated."""

import asyncio
import logging

import pytest
from aiohttp import web

from agent.errors import Unavailable
from collectors.redfish import Redfish
from tests.clocks import HandClock
from tests.collectors.redfish.conftest import power_of, reading, recording, settings_of
from tests.collectors.redfish.service import PASSWORD, Certificate, Service, error

WATTS = 312.0
TREE = recording("server-power-control")["tree"]


async def test_one_session_is_kept_from_poll_to_poll_and_deleted_at_the_end(
    certificate: Certificate, redfish: Redfish
) -> None:
    async with Service(TREE, certificate) as service:
        async with reading(redfish, service) as collector:
            for _ in range(3):
                assert await power_of(collector) == WATTS
            assert service.count("POST") == 1
            assert len(service.tokens) == 1
        assert service.tokens == {}
        assert set(service.authorizations) == {""}


async def test_a_session_that_has_run_out_is_opened_again_once(
    certificate: Certificate, redfish: Redfish
) -> None:
    async with Service(TREE, certificate) as service, reading(redfish, service) as collector:
        await collector.collect()
        service.tokens.clear()
        assert await power_of(collector) == WATTS
        assert service.count("POST") == 2


@pytest.mark.parametrize("status", [400, 404, 405, 501])
async def test_without_sessions_basic_stands_in(
    status: int, certificate: Certificate, redfish: Redfish
) -> None:
    async with Service(TREE, certificate) as service, reading(redfish, service) as collector:
        service.no_sessions = status
        for _ in range(2):
            assert await power_of(collector) == WATTS
        assert service.count("POST") == 1


async def test_a_service_without_a_link_to_sessions_is_read_with_basic(
    certificate: Certificate, redfish: Redfish
) -> None:
    async with Service(TREE, certificate) as service, reading(redfish, service) as collector:
        del service.tree["/redfish/v1/"]["Links"]
        assert await power_of(collector) == WATTS
        assert service.count("POST") == 0


async def test_without_a_free_session_basic_stands_in_until_the_tree_is_learnt_again(
    certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    async with Service(TREE, certificate) as service, reading(redfish, service) as collector:
        service.most_sessions = 0
        assert await power_of(collector) == WATTS
        service.most_sessions = 8
        clock.move(minutes=30)
        assert await power_of(collector) == WATTS
        assert service.tokens == {}
        clock.move(minutes=31)
        assert await power_of(collector) == WATTS
        assert len(service.tokens) == 1


async def test_without_a_free_session_and_without_basic_it_rests(
    certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    async with (
        Service(TREE, certificate) as service,
        reading(redfish, service, auth="session") as collector,
    ):
        service.most_sessions = 0
        with pytest.raises(Unavailable, match=r"has no free session.*asks it again in 300 s"):
            await collector.collect()
        service.most_sessions = 8
        service.asked.clear()
        with pytest.raises(Unavailable, match=r"has no free session.*asks it again in 300 s"):
            await collector.collect()
        assert service.asked == []
        clock.move(minutes=5)
        assert await power_of(collector) == WATTS


async def test_session_alone_says_that_there_is_none(
    certificate: Certificate, redfish: Redfish
) -> None:
    async with (
        Service(TREE, certificate) as service,
        reading(redfish, service, auth="session") as collector,
    ):
        service.no_sessions = 405
        with pytest.raises(Unavailable, match="it has no sessions: write `auth: auto` or"):
            await collector.collect()


async def test_basic_alone_never_opens_a_session(
    certificate: Certificate, redfish: Redfish
) -> None:
    async with (
        Service(TREE, certificate) as service,
        reading(redfish, service, auth="basic") as collector,
    ):
        assert await power_of(collector) == WATTS
        assert service.count("POST") == 0


@pytest.mark.parametrize("auth", ["auto", "session", "basic"])
async def test_a_wrong_password_is_tried_once_and_then_rests_ever_longer(
    auth: str, certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    async with (
        Service(TREE, certificate) as service,
        reading(redfish, service, auth=auth) as collector,
    ):
        service.password = "changed"  # noqa: S105 of a simulated service
        for seconds in (300, 600, 1200, 2400, 3600, 3600):
            service.asked.clear()
            with pytest.raises(Unavailable, match=rf"refuses the user.*again in {seconds} s") as no:
                await collector.collect()
            assert no.value.retry_after == seconds
            assert PASSWORD not in str(no.value)
            refused = [path for _, path in service.asked if path != "/redfish/v1/"]
            assert len(refused) == 1
            clock.move(seconds=seconds - 1)
            service.asked.clear()
            with pytest.raises(Unavailable, match="again in 1 s"):
                await collector.collect()
            assert service.asked == []
            clock.move(seconds=1)
        service.password = PASSWORD
        assert await power_of(collector) == WATTS


async def test_a_password_that_is_changed_meanwhile_logs_in_once_and_rests(
    certificate: Certificate, redfish: Redfish
) -> None:
    async with Service(TREE, certificate) as service, reading(redfish, service) as collector:
        await collector.collect()
        service.asked.clear()
        service.password = "changed"  # noqa: S105 of a simulated service
        service.tokens.clear()
        with pytest.raises(Unavailable, match="refuses the user or the password"):
            await collector.collect()
        assert service.count("POST") == 1


async def test_a_token_that_is_refused_at_once_is_not_asked_for_again_and_again(
    certificate: Certificate, redfish: Redfish
) -> None:
    async def nothing_but_logins(request: web.Request) -> web.StreamResponse | None:
        is_root = request.path == "/redfish/v1/"
        return error(401, "No.") if request.method == "GET" and not is_root else None

    async with Service(TREE, certificate) as service, reading(redfish, service) as collector:
        service.fault = nothing_but_logins
        with pytest.raises(Unavailable, match=r"refuses the user or the password \(401\)"):
            await collector.collect()
        assert service.count("POST") == 2


async def test_a_service_that_hides_its_root_is_read(
    certificate: Certificate, redfish: Redfish
) -> None:
    async with Service(TREE, certificate) as service, reading(redfish, service) as collector:
        service.strict = True
        assert await power_of(collector) == WATTS
        assert len(service.tokens) == 1


async def test_what_a_service_repeats_of_the_password_is_not_said(
    certificate: Certificate, redfish: Redfish, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with Service(TREE, certificate) as service, reading(redfish, service) as collector:
        service.password = "another"  # noqa: S105 of a simulated service
        with pytest.raises(Unavailable, match="The login <secret> is not valid"):
            await collector.collect()
    assert PASSWORD not in caplog.text


async def test_a_service_that_is_gone_does_not_keep_the_end_waiting(
    certificate: Certificate, redfish: Redfish
) -> None:
    async with Service(TREE, certificate) as service:
        collector = redfish.collector(settings_of(service))
        await collector.collect()
    await collector.close()
    async with Service(TREE, certificate, service.port) as again:
        assert await power_of(collector) == WATTS
        assert again.count("POST") == 1, "the session of before is forgotten"
        await collector.close()


async def test_a_service_that_does_not_answer_does_not_keep_the_end_waiting(
    certificate: Certificate, redfish: Redfish, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(request: web.Request) -> web.StreamResponse | None:
        await asyncio.sleep(3600)
        return None

    monkeypatch.setattr("collectors.redfish.session.CLOSING_SECONDS", 0.1)
    async with Service(TREE, certificate) as service:
        collector = redfish.collector(settings_of(service, timeout="50s"))
        await collector.collect()
        service.fault = never
        async with asyncio.timeout(20):
            await collector.close()
        assert service.count("DELETE") == 1
