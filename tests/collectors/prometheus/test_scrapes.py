"""Fetching pages: shared, bounded, and what is said when one does not come."""

import asyncio
import base64
import ssl
import subprocess
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web

from agent.errors import Unavailable
from collectors.prometheus import Prometheus, PrometheusSettings, scrapes
from collectors.prometheus.endpoint import Endpoint
from config import Secret
from tests.collectors.prometheus.conftest import Start, by_part, page, watts
from tests.collectors.stopped import StoppedClock
from tests.servers import Fake, Request, fake_server, needs, says

GOOD = page('power_watts{server="a"} 100\npower_watts{server="b"} 200\n')


def of(server: str) -> list[dict[str, object]]:
    return [watts("power_watts", server=server)]


async def test_devices_of_one_page_share_one_scrape_in_a_cycle(
    server: Fake, start: Start, clock: StoppedClock
) -> None:
    server.reply = GOOD
    first, second = start(meters=of("a")), start(name="server-2", meters=of("b"))
    for cycle in (1, 2, 3):
        assert by_part(await first.collect())[""].power == 100
        clock.move(seconds=30)
        late = by_part(await second.collect())[""]
        assert late.power == 200
        assert (clock.now() - late.at).total_seconds() == 30
        clock.move(seconds=30)
        assert len(server.requests) == cycle


async def test_a_slow_answer_is_not_taken_for_that_of_the_next_cycle(
    server: Fake, start: Start, clock: StoppedClock
) -> None:
    def slowly(request: Request) -> web.Response:
        clock.move(seconds=8)
        return GOOD(request)

    server.reply = slowly
    first, second = start(meters=of("a")), start(name="server-2", meters=of("b"))
    times = set()
    for _ in range(3):
        due = clock.now() + timedelta(seconds=60)
        times.add(by_part(await first.collect())[""].at)
        assert await second.collect()
        clock.move(seconds=(due - clock.now()).total_seconds())
    assert len(times) == len(server.requests) == 3


async def test_devices_that_ask_at_once_wait_for_one_scrape(server: Fake, start: Start) -> None:
    server.reply = GOOD
    many = [start(name=f"server-{number}", meters=of("a")) for number in range(50)]
    readings = await asyncio.gather(*(one.collect() for one in many))
    assert len(readings) == 50
    assert len(server.requests) == 1


async def test_a_failure_is_shared_in_its_cycle_and_forgotten_after_it(
    server: Fake, start: Start, clock: StoppedClock
) -> None:
    server.reply = says(500, "no answer from 10.0.0.7")
    first, second = start(meters=of("a")), start(name="server-2", meters=of("b"))
    for one in (first, second):
        with pytest.raises(Unavailable, match=rf"^{one.name}: .*answers 500: no answer from 10"):
            await one.collect()
    assert len(server.requests) == 1
    clock.move(seconds=60)
    server.reply = GOOD
    assert await first.collect()
    assert await second.collect()
    assert len(server.requests) == 2


async def test_other_parameters_and_other_logins_are_other_pages(
    server: Fake, start: Start
) -> None:
    server.reply = GOOD
    await start(meters=of("a"), url=f"{server.url}/snmp?target=10.0.0.7&module=m").collect()
    await start(meters=of("a"), url=f"{server.url}/snmp?target=10.0.0.8&module=m").collect()
    await start(
        meters=of("a"), url=f"{server.url}/snmp", user="me", password=Secret("pw")
    ).collect()
    await start(meters=of("a"), url=f"{server.url}/snmp", token=Secret("a-token")).collect()
    assert [one.query.get("target") for one in server.requests] == [
        "10.0.0.7",
        "10.0.0.8",
        None,
        None,
    ]
    assert [one.headers.get("Authorization") for one in server.requests] == [
        None,
        None,
        f"Basic {base64.b64encode(b'me:pw').decode()}",
        "Bearer a-token",
    ]


@pytest.mark.parametrize(
    ("status", "text", "words"),
    [
        (401, "no a-token here", "answers 401: no <secret> here: check `user` and `password`"),
        (403, "", "answers 403: check `user` and `password`, or `token`"),
        (404, "<html>gone</html>", "answers 404: check `url` and its parameters"),
        (400, "Unknown module 'x'", "answers 400: Unknown module 'x': check `url`"),
        (503, "busy", "answers 503: busy: the exporter could not read its target"),
        (200, "<!doctype html>", "an HTML page came back and no metrics: check the path in `url`"),
        (200, "", "power_watts is not there, or has no value: check `meters`"),
    ],
)
async def test_a_page_that_does_not_come_is_said_and_read_again(
    status: int, text: str, words: str, server: Fake, start: Start
) -> None:
    server.reply = GOOD
    one = start(meters=of("a"), token=Secret("a-token"))
    assert await one.collect()
    server.reply = says(status, text)
    with pytest.raises(Unavailable) as raised:
        await one.collect()
    assert str(raised.value).startswith("server-1: ")
    assert words in str(raised.value)
    server.reply = GOOD
    assert await one.collect()


async def test_a_redirect_is_not_followed_and_says_where_it_leads(
    server: Fake, start: Start
) -> None:
    server.reply = says(301, Location="http://127.0.0.1:9/metrics?token=x")
    with pytest.raises(Unavailable, match=r"points to http://127.0.0.1:9/metrics: write that"):
        await start(meters=of("a")).collect()
    assert len(server.requests) == 1


async def test_an_exporter_that_says_when_to_come_again_is_heeded(
    server: Fake, start: Start
) -> None:
    server.reply = says(503, "busy", **{"Retry-After": "120"})
    with pytest.raises(Unavailable) as raised:
        await start(meters=of("a")).collect()
    assert raised.value.retry_after == 120


async def test_a_connection_that_breaks_is_unavailable_and_read_again(
    server: Fake, start: Start
) -> None:
    one = start(meters=of("a"))
    server.reply = None
    with pytest.raises(Unavailable, match=r"server-1: no answer from http://127.0.0.1"):
        await one.collect()
    server.reply = GOOD
    assert await one.collect()


async def test_an_exporter_that_is_too_slow_is_unavailable(start: Start) -> None:
    async def slow(_: web.Request) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    app = web.Application()
    app.router.add_get("/metrics", slow)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    one = start(url=f"http://{host}:{port}/metrics", meters=of("a"), timeout="200ms")
    with pytest.raises(Unavailable, match=r"no answer from .*/metrics within 0.2 s"):
        await one.collect()
    await runner.cleanup()


async def test_a_page_is_bounded_in_bytes_and_in_samples(
    server: Fake, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scrapes, "LARGEST_PAGE", 1_000_000)
    server.reply = page("x 1\n" * 300_000)
    with pytest.raises(Unavailable, match="the page is larger than 1 MB"):
        await start(meters=of("a")).collect()
    lines = "".join(f'power_watts{{n="{number}"}} 1\n' for number in range(20_001))
    server.reply = page(lines)
    with pytest.raises(Unavailable, match="more than 20000 samples: narrow the page"):
        await start(meters=of("a")).collect()


async def test_a_device_that_leaves_lets_go_of_its_page(
    server: Fake, start: Start, plugin: Prometheus
) -> None:
    server.reply = GOOD
    first, second = start(meters=of("a")), start(name="server-2", meters=of("b"))
    await first.collect()
    assert len(plugin._scrapes._addresses) == 1
    await first.close()
    await second.collect()
    await second.close()
    assert plugin._scrapes._addresses == {}


@pytest.fixture
async def safe(tmp_path: Path) -> AsyncIterator[Fake]:
    """A server with a certificate of its own for 127.0.0.1."""
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    names = ["-subj", "/CN=here", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "cert.pem")]
    await asyncio.to_thread(
        subprocess.run, [*command.split(), *names, *files], check=True, capture_output=True
    )
    both = (tmp_path / "key.pem").read_text() + (tmp_path / "cert.pem").read_text()
    (tmp_path / "both.pem").write_text(both)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "both.pem")
    context.load_verify_locations(tmp_path / "cert.pem")
    context.verify_mode = ssl.CERT_OPTIONAL
    async with fake_server(context) as fake:
        yield fake


@needs("openssl", "openssl")
async def test_a_certificate_is_checked_unless_the_settings_say_otherwise(
    safe: Fake, plugin: Prometheus, tmp_path: Path
) -> None:
    safe.reply = GOOD

    def make(**options: object) -> Endpoint:
        given = {
            "name": "server-1",
            "type": "prometheus",
            "url": f"{safe.url}/m",
            "meters": of("a"),
        }
        one = plugin.collector(PrometheusSettings(**given | options))
        assert isinstance(one, Endpoint)
        return one

    with pytest.raises(Unavailable, match=r"(?i)certificate verify failed"):
        await make().collect()
    assert await make(ca_file=tmp_path / "cert.pem").collect()
    assert await make(verify_tls=False).collect()
    shown = {"ca_file": tmp_path / "cert.pem", "client_cert": tmp_path / "both.pem"}
    assert await make(**shown).collect()


async def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    one = Prometheus(StoppedClock())
    settings = PrometheusSettings(
        name="a", type="prometheus", url="http://127.0.0.1:9/metrics", map="ipmi-exporter"
    )
    assert not one._scrapes._client(settings)._mounts
    await one.close()
