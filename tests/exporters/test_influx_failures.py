"""What each failure of a server comes to, on each of the three write paths."""

import asyncio
import socket
import ssl
from collections.abc import Mapping
from datetime import timedelta
from email.utils import format_datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pydantic import ValidationError

from agent.clock import Clock
from agent.errors import Unavailable
from agent.model import Entry
from config import Secret
from exporters.influxdb import Influx, InfluxSettings
from exporters.influxdb.answers import seconds_of
from tests.exporters.entries import PDU, START, everything, minutes, with_tags
from tests.servers import Reply, Request, fake_server, free_port, says, taken

PATHS: Mapping[int, Mapping[str, Any]] = {
    1: {"version": 1, "database": "dc", "user": "carbond", "password": Secret("s3cr3t")},
    2: {"version": 2, "bucket": "dc", "org": "home", "token": Secret("s3cr3t")},
    3: {"version": 3, "database": "dc", "token": Secret("s3cr3t")},
}
HTML = "<html><body>please log in</body></html>"


def influx(url: str, version: int, **options: object) -> Influx:
    named: dict[str, object] = (
        {"name": "db", "type": "influxdb", "url": url} | dict(PATHS[version]) | options
    )
    return Influx(InfluxSettings.model_validate(named), Clock())


def batch(count: int, *, bad: int | None = None) -> list[Entry]:
    """Return an entry of as many lines, one of which the fake server does not read."""
    lines = minutes(count)
    if bad is not None:
        lines[bad : bad + 1] = minutes(1, with_tags(PDU, {"rack": "bad"}))
    return [Entry(position=1, minutes=lines)]


def reads_all_but_bad(status: int, text: str) -> Reply:
    """Refuse a whole request for one line in it."""
    return lambda sent: (
        web.Response(status=status, text=text)
        if any("bad" in line for line in sent.lines)
        else web.Response(status=204)
    )


every_path = pytest.mark.parametrize("version", [1, 2, 3])


@every_path
async def test_a_request_is_what_the_path_asks_for(version: int) -> None:
    async with fake_server() as fake:
        exporter = influx(fake.url, version)
        assert await exporter.export(everything()) == []
        await exporter.close()
    (sent,) = fake.requests
    path, query, authorization = {
        1: ("/write", {"db": "dc", "precision": "s"}, "Basic Y2FyYm9uZDpzM2NyM3Q="),
        2: ("/api/v2/write", {"bucket": "dc", "org": "home", "precision": "s"}, "Token s3cr3t"),
        3: ("/api/v3/write_lp", {"db": "dc", "precision": "second"}, "Bearer s3cr3t"),
    }[version]
    assert (sent.path, sent.query) == (path, query)
    assert sent.headers["Authorization"] == authorization
    assert sent.headers["Content-Encoding"] == "gzip"
    assert sent.headers["Content-Type"].startswith("text/plain")
    assert len(sent.lines) == 10


@every_path
async def test_nothing_to_write_is_no_request(version: int) -> None:
    async with fake_server() as fake:
        exporter = influx(fake.url, version)
        assert await exporter.export([Entry(position=1)]) == []
        await exporter.close()
    assert fake.requests == []


@every_path
@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (says(401, '{"error":"unauthorized"}'), "401 Unauthorized .*: check the token"),
        (says(403), "403 Forbidden: the token or user may not write there"),
        (says(404, '{"error":"no dc"}'), "404 Not Found .*no dc.*: check the name of the database"),
        (says(405), "405 Method Not Allowed: check `url` and `version`"),
        (says(408), "408 Request Timeout: the server is too slow"),
        (says(429), "429 Too Many Requests: the server takes no more"),
        (says(500, "boom"), r"500 Internal Server Error \(boom\): see the server's own log"),
        (says(503), "503 Service Unavailable: see the server's own log"),
        (says(200, HTML), "200 OK.*: it is no InfluxDB that answers"),
        (says(302, Location="/login"), "302 Found: it is no InfluxDB that answers"),
        (says(400, HTML), r"400 Bad Request \(an HTML page\): it is no InfluxDB"),
        (says(422, HTML), r"422 Unprocessable \w+ \(an HTML page\)"),
        (says(599), "599"),
        (None, "no answer from http"),
    ],
)
async def test_good_then_failing_then_good_again(
    version: int, reply: Reply | None, message: str
) -> None:
    async with fake_server() as fake:
        exporter = influx(fake.url, version)
        assert await exporter.export(everything()) == []
        fake.reply = reply
        with pytest.raises(Unavailable, match=f"^db: (the server answers )?{message}") as caught:
            await exporter.export(everything())
        assert "s3cr3t" not in str(caught.value)
        fake.reply = taken
        assert await exporter.export(everything()) == []
        await exporter.close()


@every_path
async def test_a_server_that_is_not_there_is_unavailable(version: int) -> None:
    exporter = influx(f"http://127.0.0.1:{free_port()}", version)
    with pytest.raises(Unavailable, match=r"^db: no answer from http://127\.0\.0\.1:"):
        await exporter.export(everything())
    await exporter.close()


@every_path
async def test_a_name_that_is_not_known_is_unavailable(
    version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", unknown)
    exporter = influx("http://influx.invalid:8086", version)
    with pytest.raises(
        Unavailable, match=r"^db: no answer from http://influx\.invalid:8086: .*not known"
    ):
        await exporter.export(everything())
    await exporter.close()


@every_path
async def test_a_silent_server_is_unavailable_after_the_timeout(version: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host, port = silent.getsockname()
        exporter = influx(f"http://{host}:{port}", version, timeout="200ms")
        with pytest.raises(Unavailable, match=r"^db: no answer from http://\S+ within 0.2 s$"):
            await exporter.export(everything())
        await exporter.close()


@every_path
async def test_a_server_that_says_when_to_come_back_is_heard(version: int) -> None:
    async with fake_server() as fake:
        fake.reply = says(429, **{"Retry-After": "7"})
        exporter = influx(fake.url, version)
        with pytest.raises(Unavailable) as caught:
            await exporter.export(everything())
        await exporter.close()
    assert caught.value.retry_after == 7


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, None),
        ("", None),
        ("12", 12.0),
        (format_datetime(START + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(START - timedelta(seconds=90), usegmt=True), 0.0),
        ("Sun Nov  6 08:49:37 1994", 0.0),
        ("soon", None),
        ("-5", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(text: str | None, seconds: float | None) -> None:
    assert seconds_of(text, START) == seconds


@every_path
async def test_what_is_too_large_is_halved_until_it_fits(version: int) -> None:
    def small_only(sent: Request) -> web.Response:
        return web.Response(status=413 if len(sent.lines) > 10 else 204, text=HTML)

    async with fake_server() as fake:
        fake.reply = small_only
        exporter = influx(fake.url, version)
        assert await exporter.export(batch(64)) == []
        await exporter.close()
    through = [line for sent in fake.requests if len(sent.lines) <= 10 for line in sent.lines]
    assert len(through) == len(set(through)) == 64


@every_path
async def test_a_bad_line_is_found_and_all_others_are_in(version: int) -> None:
    async with fake_server() as fake:
        fake.reply = reads_all_but_bad(400, '{"error": "unable to parse"}')
        exporter = influx(fake.url, version)
        (refused,) = await exporter.export(batch(100, bad=61))
        await exporter.close()
    assert "rack=bad" in refused.line
    assert "400 Bad Request" in refused.reason
    assert "unable to parse" in refused.reason
    through = {
        line
        for sent in fake.requests
        if not any("bad" in line for line in sent.lines)
        for line in sent.lines
    }
    assert len(through) == 99
    assert len(fake.requests) <= 2 * 7 + 1


@every_path
@pytest.mark.parametrize(
    ("status", "text"),
    [
        (422, '{"code":"unprocessable entity","message":"points beyond retention policy"}'),
        (400, '{"error":"partial write: field type conflict: dropped=1"}'),
        (500, '{"error":"partial write: points beyond retention policy dropped=1"}'),
    ],
)
async def test_a_partial_write_is_counted_and_not_sent_again(
    version: int, status: int, text: str
) -> None:
    async with fake_server() as fake:
        fake.reply = says(status, text)
        exporter = influx(fake.url, version, batch_lines=50)
        first, second = await exporter.export(batch(100))
        await exporter.close()
    assert len(fake.requests) == 2
    assert str(status) in first.reason
    assert first.line.startswith("some of 50 lines: carbond_minute,")
    assert second.line != first.line


@every_path
async def test_the_lines_that_version_3_names_are_the_ones_refused(version: int) -> None:
    text = """{"error": "partial write of line protocol occurred", "data": [
        {"original_line": "x", "line_number": 3, "error_message": "no such column"},
        {"original_line": "y", "line_number": 999, "error_message": "beyond"}]}"""
    async with fake_server() as fake:
        fake.reply = says(400, text)
        exporter = influx(fake.url, version)
        (refused,) = await exporter.export(batch(10))
        await exporter.close()
    assert refused.line == fake.requests[0].lines[2]
    assert refused.reason == "no such column"


@every_path
async def test_the_lines_that_version_1_could_not_read_are_the_ones_refused(version: int) -> None:
    def partial(sent: Request) -> web.Response:
        quoted = f"partial write: unable to parse '{sent.lines[4]}': invalid number dropped=0"
        return web.json_response({"error": quoted}, status=400)

    async with fake_server() as fake:
        fake.reply = partial
        exporter = influx(fake.url, version)
        (refused,) = await exporter.export(batch(10))
        await exporter.close()
    assert refused.line == fake.requests[0].lines[4]


@every_path
@pytest.mark.parametrize("count", [1, 3, 500])
async def test_a_server_that_has_never_taken_a_line_is_not_believed(
    version: int, count: int
) -> None:
    async with fake_server() as fake:
        fake.reply = says(400, '{"error": "what is this?"}')
        exporter = influx(fake.url, version)
        with pytest.raises(Unavailable, match=r"^db: .*what is this.* to every line: check"):
            await exporter.export(batch(count))
        assert len(fake.requests) < 60
        fake.reply = taken
        assert await exporter.export(batch(count)) == []
        await exporter.close()


async def test_a_single_bad_line_does_not_hold_up_a_server_that_is_known() -> None:
    async with fake_server() as fake:
        exporter = influx(fake.url, 2)
        await exporter.export(batch(1))
        fake.reply = reads_all_but_bad(400, "unable to parse")
        (refused,) = await exporter.export(batch(1, bad=0))
        await exporter.close()
    assert "rack=bad" in refused.line


async def test_a_server_that_refuses_everything_all_at_once_is_unavailable() -> None:
    async with fake_server() as fake:
        exporter = influx(fake.url, 2)
        await exporter.export(batch(1))
        fake.reply = says(400, "what is this?")
        with pytest.raises(Unavailable, match="to every line"):
            await exporter.export(batch(500))
        await exporter.close()


async def test_an_exporter_can_be_closed_before_its_first_export_and_opens_again() -> None:
    async with fake_server() as fake:
        exporter = influx(fake.url, 2)
        await exporter.close()
        for _ in range(2):
            assert await exporter.export(everything()) == []
            await exporter.close()
    assert len(fake.requests) == 2


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """Return a new certificate of 127.0.0.1 that nobody has signed, and a server's use of it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "influx")])
    address = x509.IPAddress(ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(START - timedelta(days=1))
        .not_valid_after(START + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, both = folder / "certificate.pem", folder / "both.pem"
    pem.write_bytes(made.public_bytes(Encoding.PEM))
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    both.write_bytes(secret + pem.read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    return pem, context


@every_path
async def test_a_certificate_is_checked_unless_told_otherwise(version: int, tmp_path: Path) -> None:
    pem, context = certificate(tmp_path)
    async with fake_server(context) as fake:
        strict = influx(fake.url, version)
        with pytest.raises(Unavailable, match=r"^db: no answer from https:.*`ca_file`"):
            await strict.export(everything())
        await strict.close()
        for options in ({"ca_file": str(pem)}, {"verify_tls": False}):
            exporter = influx(fake.url, version, **options)
            assert await exporter.export(everything()) == []
            await exporter.close()
    assert len(fake.requests) == 2


def test_a_file_without_certificates_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    wrong = tmp_path / "ca.pem"
    wrong.write_text("nothing of the kind")
    with pytest.raises(ValidationError, match="must be a file of certificates in PEM"):
        influx("https://127.0.0.1", 2, ca_file=str(wrong))
