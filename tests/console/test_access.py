"""Who may ask: tokens, hosts, pace, size; and what browsers are told."""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agent.console import Console
from agent.console.access import pace, slow
from agent.console.access.hosts import host_in, is_own
from agent.console.access.pace import Pace
from agent.console.access.tokens import hash_of, new_token, scope_of
from agent.errors import ConfigError
from config.http import AccessScope, HttpSettings, TlsSettings, TokenSettings
from tests.console.desks import Calls, desk_in

EVERYWHERE = "0.0.0.0"  # noqa: S104 it is refused, or nothing listens
READ, ADMIN = "a token that reads", "a token that may do more"
TOKENS = (
    TokenSettings(name="reader", sha256=hash_of(READ)),
    TokenSettings(name="ops", scope=AccessScope.ADMIN, sha256=hash_of(ADMIN)),
)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@asynccontextmanager
async def serving(
    folder: Path, calls: Calls | None = None, **options: object
) -> AsyncIterator[httpx.AsyncClient]:
    settings = HttpSettings.model_validate({"port": 0, **options})
    with desk_in(folder, calls) as desk:
        console = Console(settings, desk)
        async with console, httpx.AsyncClient(base_url=console.address, trust_env=False) as client:
            yield client


async def test_this_machine_may_read_without_a_token_and_change_nothing(tmp_path: Path) -> None:
    calls = Calls()
    async with serving(tmp_path, calls) as client:
        assert (await client.get("/api/v1/meters")).json() == {"items": [], "next": None}
        refused = await client.post("/-/reload")
    assert (refused.status_code, calls.reloads) == (403, 0)
    assert refused.headers["content-type"] == "application/problem+json"
    assert "carbond token --scope admin" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("headers", "status", "kind"),
    [
        ({}, 401, "no-token"),
        (bearer("something else"), 401, "no-token"),
        ({"Authorization": f"Basic {READ}"}, 401, "no-token"),
        (bearer(READ), 200, ""),
        ({"Authorization": f"bearer  {READ}"}, 200, ""),
        (bearer(ADMIN), 200, ""),
    ],
)
async def test_where_there_are_tokens_one_is_wanted(
    tmp_path: Path, headers: dict[str, str], status: int, kind: str
) -> None:
    async with serving(tmp_path, tokens=TOKENS) as client:
        answer = await client.get("/api/v1/meters", headers=headers)
        assert answer.status_code == status
        assert kind in answer.text
        assert (await client.get("/metrics", headers=headers)).status_code in {status, 404}
        assert (await client.get("/healthz")).text == "ok\n"


async def test_a_reload_takes_a_token_of_scope_admin(tmp_path: Path) -> None:
    calls = Calls()
    async with serving(tmp_path, calls, tokens=TOKENS) as client:
        assert (await client.post("/-/reload", headers=bearer(READ))).status_code == 403
        assert calls.reloads == 0
        assert (await client.post("/-/reload", headers=bearer(ADMIN))).status_code == 202
        assert (await client.get("/-/reload", headers=bearer(ADMIN))).status_code == 405
    assert calls.reloads == 1


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:9464", 200),
        ("[::1]:9464", 200),
        ("localhost", 200),
        ("console.example", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("", 421),
    ],
)
async def test_only_our_own_names_are_answered(tmp_path: Path, host: str, status: int) -> None:
    async with serving(tmp_path, names="console.example") as client:
        answer = await client.get("/api/v1/meters", headers={"Host": host})
    assert answer.status_code == status
    if status != 200:
        assert "http.names" in answer.json()["detail"]


@given(st.text(max_size=40))
def test_no_host_header_breaks_anything(header: str) -> None:
    assert is_own(header, {"console.example"}) in {True, False}
    assert host_in(header) == host_in(header).lower()


async def test_every_answer_tells_the_browser_to_trust_nothing_else(tmp_path: Path) -> None:
    async with serving(tmp_path) as client:
        for path in ("/api/v1/meters", "/healthz", "/nothing/there"):
            headers = (await client.get(path)).headers
            policy = headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert headers["x-content-type-options"] == "nosniff"
            assert "set-cookie" not in headers
            assert "server" not in headers


async def test_one_address_may_not_ask_all_the_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "BURST", 5.0)
    monkeypatch.setattr(pace, "RATE", 0.001)
    async with serving(tmp_path) as client:
        answers = [await client.get("/healthz") for _ in range(7)]
    assert [one.status_code for one in answers] == [200] * 5 + [429] * 2
    assert int(answers[-1].headers["retry-after"]) > 0


def test_addresses_that_are_quiet_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "MOST", 10)
    one = Pace()
    for number in range(50):
        assert one.wait_of(f"192.0.2.{number}") == 0.0
    assert len(one._buckets) == 10


async def test_a_body_that_is_too_large_is_refused(tmp_path: Path) -> None:
    async with serving(tmp_path, tokens=TOKENS) as client:
        answer = await client.post("/-/reload", headers=bearer(ADMIN), content=b"x" * 100_000)
    assert answer.status_code == 413


async def test_who_sends_a_request_drop_by_drop_is_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slow, "TO_ASK", 0.3)
    async with serving(tmp_path) as client:
        port = client.base_url.port
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        async with asyncio.timeout(10):
            assert await reader.read() == b""
        writer.close()
        assert (await client.get("/healthz")).text == "ok\n"


async def test_a_connection_that_is_kept_may_ask_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(tmp_path) as client:
        for _ in range(3):
            assert (await client.get("/healthz")).text == "ok\n"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"host": EVERYWHERE}, "carbond token"),
        ({"host": "10.0.0.9", "tokens": TOKENS}, "tls"),
        ({"host": "console.example", "allow": ["no-tls"]}, "no-tokens"),
        ({"tokens": [TOKENS[0], TOKENS[0]]}, "two tokens are called reader"),
        ({"tokens": [{"name": "x", "sha256": "secret"}]}, "sha256"),
    ],
)
def test_what_others_can_reach_is_guarded_or_said_not_to_be(
    options: dict[str, object], says: str
) -> None:
    with pytest.raises(ValidationError, match=says):
        HttpSettings.model_validate(options)
    HttpSettings.model_validate({"host": EVERYWHERE, "allow": ["no-tls", "no-tokens"]})


def test_a_token_is_known_by_its_hash_alone() -> None:
    token = new_token()
    known = [TokenSettings(name="x", scope=AccessScope.ADMIN, sha256=hash_of(token))]
    assert scope_of(f"Bearer {token}", known) is AccessScope.ADMIN
    assert scope_of(f"Bearer {hash_of(token)}", known) is None
    assert token not in repr(known)
    assert new_token() != token


@pytest.fixture
def certificate(tmp_path: Path) -> TlsSettings:
    made = TlsSettings(certificate=tmp_path / "c.pem", key=tmp_path / "k.pem")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    subprocess.run(
        [
            *command.split(),
            *("-keyout", str(made.key), "-out", str(made.certificate), "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )
    return made


async def test_it_speaks_tls(tmp_path: Path, certificate: TlsSettings) -> None:
    settings = HttpSettings(port=0, tls=certificate)
    trust = ssl.create_default_context(cafile=str(certificate.certificate))
    with desk_in(tmp_path) as desk:
        async with Console(settings, desk) as console:
            assert console.address.startswith("https://")
            async with httpx.AsyncClient(verify=trust, trust_env=False) as client:
                answer = await client.get(f"{console.address}/healthz")
    assert answer.text == "ok\n"
    assert "max-age" in answer.headers["strict-transport-security"]


async def test_a_certificate_that_cannot_be_used_is_said_before_anything_runs(
    tmp_path: Path, certificate: TlsSettings
) -> None:
    certificate.key.write_text("no key")
    refused = pytest.raises(ConfigError, match=r"http\.tls: .*without a passphrase")
    with desk_in(tmp_path) as desk, refused:
        async with Console(HttpSettings(port=0, tls=certificate), desk):
            pytest.fail("it serves")
