"""TLS: what is spoken, what is refused, and a certificate that is renewed."""

import asyncio
import logging
import os
import ssl
from pathlib import Path

import httpx
import pytest

from agent.cli import main
from agent.console import Console
from agent.console.access import door
from agent.console.access.tls import context_of
from agent.errors import ConfigError
from config.http import HttpSettings, TlsSettings
from tests.console.desks import desk_in
from tests.console.serving import certified, console_in, port_of, sent
from tests.waiting import until

ONE_SITE = "sites: [{name: home}]\n"


@pytest.fixture
def certificate(tmp_path: Path) -> TlsSettings:
    return certified(tmp_path)


async def seen_at(console: Console) -> bytes:
    """Return the certificate that a client is shown."""
    anybody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    anybody.check_hostname = False
    anybody.verify_mode = ssl.CERT_NONE
    _, writer = await asyncio.open_connection("127.0.0.1", port_of(console), ssl=anybody)
    found: bytes = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.transport.abort()
    return found


async def test_it_speaks_tls(tmp_path: Path, certificate: TlsSettings) -> None:
    trust = ssl.create_default_context(cafile=str(certificate.certificate))
    async with console_in(tmp_path, tls=certificate) as console:
        assert console.address.startswith("https://")
        async with httpx.AsyncClient(verify=trust, trust_env=False) as client:
            answer = await client.get(f"{console.address}/healthz")
    assert answer.text == "ok\n"
    assert "max-age" in answer.headers["strict-transport-security"]


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize(
    ("version", "ciphers"),
    [
        (ssl.TLSVersion.TLSv1, "ALL:@SECLEVEL=0"),
        (ssl.TLSVersion.TLSv1_1, "ALL:@SECLEVEL=0"),
        (ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0"),
    ],
)
async def test_what_is_old_is_not_spoken(
    tmp_path: Path, certificate: TlsSettings, version: ssl.TLSVersion, ciphers: str
) -> None:
    old = ssl.create_default_context(cafile=str(certificate.certificate))
    old.set_ciphers(ciphers)
    old.minimum_version = old.maximum_version = version
    async with console_in(tmp_path, tls=certificate) as console:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await asyncio.open_connection("127.0.0.1", port_of(console), ssl=old)
        await until(lambda: console._crowd._all == 0)


async def test_who_does_not_agree_on_tls_is_dropped_and_leaves_its_place(
    tmp_path: Path,
    certificate: TlsSettings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(door, "TO_AGREE", 0.3)
    with caplog.at_level(logging.WARNING):
        async with console_in(tmp_path, tls=certificate) as console:
            assert b"HTTP" not in await sent(console, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert await sent(console, b"\x16\x03\x01") == b""
            await until(lambda: console._crowd._all == 0)
    assert caplog.records == []


async def test_a_renewed_certificate_is_shown_and_a_broken_one_is_not(
    tmp_path: Path, certificate: TlsSettings, caplog: pytest.LogCaptureFixture
) -> None:
    async with console_in(tmp_path, tls=certificate) as console:
        before = await seen_at(console)
        good = certificate.key.read_bytes()
        certified(tmp_path, "renewed")
        console.renew()
        renewed = await seen_at(console)
        assert renewed != before
        certificate.key.write_bytes(good)
        console.renew()
        assert await seen_at(console) == renewed
    assert "the key belongs to another certificate" in caplog.text
    assert "the certificate before goes on" in caplog.text


async def test_without_tls_there_is_nothing_to_renew(tmp_path: Path) -> None:
    async with console_in(tmp_path) as console:
        console.renew()


def no_key(settings: TlsSettings) -> None:
    settings.key.write_text("no key")


def another_key(settings: TlsSettings) -> None:
    key = settings.key.read_bytes()
    certified(settings.key.parent)
    settings.key.write_bytes(key)


def no_file(settings: TlsSettings) -> None:
    settings.certificate.unlink()


def unreadable(settings: TlsSettings) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    settings.key.chmod(0)


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (no_key, "one of them is no PEM"),
        (another_key, "the key belongs to another certificate"),
        (no_file, "http.tls.certificate: .*c.pem cannot be read .No such file"),
        (unreadable, "http.tls.key: .*k.pem cannot be read .Permission denied"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_said(
    certificate: TlsSettings, broken: object, says: str
) -> None:
    context_of(certificate)
    assert callable(broken)
    broken(certificate)
    with pytest.raises(ConfigError, match=says):
        context_of(certificate)


async def test_a_certificate_that_cannot_be_used_is_said_before_anything_runs(
    tmp_path: Path, certificate: TlsSettings
) -> None:
    no_key(certificate)
    refused = pytest.raises(ConfigError, match=r"http\.tls: .*without a passphrase")
    with desk_in(tmp_path) as desk, refused:
        async with Console(HttpSettings(port=0, tls=certificate), desk):
            pytest.fail("it serves")


def test_check_says_what_is_wrong_with_a_certificate(
    tmp_path: Path, certificate: TlsSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = tmp_path / "carbond.yaml"
    tls = f"http: {{tls: {{certificate: {certificate.certificate}, key: {certificate.key}}}}}\n"
    settings.write_text(ONE_SITE + tls)
    assert main(["check", "-c", str(settings)]) == 0
    no_key(certificate)
    assert main(["check", "-c", str(settings)]) == 2
    assert "http.tls:" in capsys.readouterr().err
