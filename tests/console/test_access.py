"""Who may ask: tokens, hosts, pace, size; and what browsers are told."""

import asyncio
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agent.console import Probed
from agent.console.access import pace
from agent.console.access.hosts import address_of, host_in, is_own
from agent.console.access.pace import Pace
from agent.console.access.tokens import hash_of, new_token, scope_of
from agent.errors import ConfigError
from config.http import AccessScope, HttpSettings, TokenSettings
from tests.config.kinds import ONE_SITE, load_text
from tests.console.desks import Calls
from tests.console.serving import ADMIN, EVERYWHERE, READ, TOKENS, bearer, console_in, sent, serving

SAME = {"name": "x", "sha256": hash_of(READ)}


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
        ("LOCALHOST.:9464", 200),
        ("[fe80::1%25eth0]:9464", 200),
        ("localhost:80@evil.example", 421),
        ("localhost:80/evil.example", 421),
        ("[::1]evil.example", 421),
        ("user@localhost", 421),
    ],
)
async def test_only_our_own_names_are_answered(tmp_path: Path, host: str, status: int) -> None:
    async with serving(tmp_path, names="console.example") as client:
        answer = await client.get("/api/v1/meters", headers={"Host": host})
    assert answer.status_code == status
    if status != 200:
        assert "http.names" in answer.json()["detail"]


async def test_a_probe_that_says_no_host_is_answered_as_no_browser_is_one(tmp_path: Path) -> None:
    async with console_in(tmp_path) as console:
        assert b" 200 OK" in await sent(console, b"GET /healthz HTTP/1.0\r\n\r\n")


async def test_what_is_behind_a_token_is_kept_by_no_proxy(tmp_path: Path) -> None:
    async with serving(tmp_path) as client:
        kept = {
            path: (await client.get(path)).headers["cache-control"]
            for path in ("/api/v1/meters", "/metrics", "/healthz", "/")
        }
    assert kept == {
        "/api/v1/meters": "private, no-cache",
        "/metrics": "no-store",
        "/healthz": "no-store",
        "/": "no-cache",
    }


async def test_pages_from_elsewhere_are_told_nothing(tmp_path: Path) -> None:
    origin = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    async with serving(tmp_path) as client:
        for method, path in (("OPTIONS", "/-/reload"), ("GET", "/api/v1/meters"), ("HEAD", "/")):
            answer = await client.request(method, path, headers=origin)
            assert not [one for one in answer.headers if one.startswith("access-control")]


@pytest.mark.parametrize(
    "path",
    [
        "/page/../api/v1/meters",
        "/page/%2e%2e/api/v1/meters",
        "/page/..%2fapi%2fv1%2fmeters",
        "//api/v1/meters",
        "/healthz/../metrics",
        "/healthz;/../metrics",
        "/%2f/metrics",
        "/page/..;/metrics",
    ],
)
async def test_no_path_leads_round_the_token(tmp_path: Path, path: str) -> None:
    async with console_in(tmp_path, tokens=TOKENS) as console:
        request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        answer = await sent(console, request.encode())
    assert answer.split(b" ")[1] in {b"401", b"404"}
    assert b"items" not in answer


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PUT", "get", "DELETE", "PROPFIND"])
async def test_another_method_leads_nowhere(tmp_path: Path, method: str) -> None:
    headers = {"X-HTTP-Method-Override": "GET", "X-Method-Override": "GET"}
    async with serving(tmp_path, tokens=TOKENS) as client:
        path = "x:1" if method == "CONNECT" else "/metrics"
        assert (await client.request(method, path, headers=headers)).status_code == 401


async def test_no_more_than_two_change_something_at_once(tmp_path: Path) -> None:
    most = 0

    class Slow(Calls):
        asked = 0

        async def probe(self, name: str) -> Probed:
            nonlocal most
            self.asked += 1
            most = max(most, self.asked)
            await asyncio.sleep(0.05)
            self.asked -= 1
            return await super().probe(name)

    calls = Slow()
    async with serving(tmp_path, calls, tokens=TOKENS) as client:
        asked = [
            client.post("/api/v1/devices/rack-1-a/probe", headers=bearer(ADMIN)) for _ in range(8)
        ]
        answers = await asyncio.gather(*asked)
    assert {one.status_code for one in answers} == {200}
    assert (most, len(calls.probes)) == (2, 8)


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


@pytest.mark.parametrize(
    ("client", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::1"),
        ("x" * 8000, ""),
        ("", ""),
    ],
)
def test_who_has_many_addresses_is_one(client: str, counted: str) -> None:
    assert address_of(client) == counted


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"host": EVERYWHERE}, "carbond token"),
        ({"host": "10.0.0.9", "tokens": TOKENS}, "tls"),
        ({"host": "console.example", "allow": ["no-tls"]}, "no-tokens"),
        ({"tokens": [TOKENS[0], TOKENS[0]]}, "two tokens are called reader"),
        ({"tokens": [{"name": "x", "sha256": "secret"}]}, "never the token itself"),
        ({"tokens": [SAME, {**SAME, "name": "y"}]}, "x and y have the same token"),
        ({"host": "::ffff:127.0.0.1"}, "carbond token"),
        ({"host": "127.1"}, "carbond token"),
        ({"host": "::"}, "carbond token"),
        ({"host": "0"}, "carbond token"),
        ({"host": "x y"}, "host"),
        ({"names": "https://console.example:9464"}, "no name of a host"),
    ],
)
def test_what_others_can_reach_is_guarded_or_said_not_to_be(
    options: dict[str, object], says: str
) -> None:
    with pytest.raises(ValidationError, match=says):
        HttpSettings.model_validate(options)
    HttpSettings.model_validate({"host": EVERYWHERE, "allow": ["no-tls", "no-tokens"]})


def test_what_only_this_machine_can_reach_needs_no_guard() -> None:
    for host in ("127.0.0.1", "127.0.0.2", "::1", "[::1]", "localhost"):
        assert HttpSettings.model_validate({"host": host}).is_local


def test_a_token_that_stands_where_its_hash_should_is_not_said_again(tmp_path: Path) -> None:
    token = new_token()
    settings = f"http: {{tokens: [{{name: x, sha256: {token}}}]}}"
    with pytest.raises(ConfigError) as error:
        load_text(tmp_path, ONE_SITE + settings)
    assert token[:16] not in str(error.value)
    assert "carbond token" in str(error.value)


def test_a_hash_may_be_in_capitals() -> None:
    settings = TokenSettings(name="x", sha256=hash_of(READ).upper())
    assert scope_of(f"Bearer {READ}", [settings]) is AccessScope.READ


def test_a_token_is_known_by_its_hash_alone() -> None:
    token = new_token()
    known = [TokenSettings(name="x", scope=AccessScope.ADMIN, sha256=hash_of(token))]
    assert scope_of(f"Bearer {token}", known) is AccessScope.ADMIN
    assert scope_of(f"Bearer {hash_of(token)}", known) is None
    assert token not in repr(known)
    assert new_token() != token


def test_the_settings_of_a_service_that_others_reach_load(tmp_path: Path) -> None:
    folder = Path(__file__).parents[2] / "deploy" / "systemd"
    (example,) = re.findall(r"```yaml\n(.*?)```", (folder / "README.md").read_text(), re.DOTALL)
    credentials = (folder / "carbond.service.d" / "credentials.conf.example").read_text()
    http = load_text(tmp_path, ONE_SITE + example).http
    assert not http.is_local
    assert http.tls is not None
    assert http.tls.key.parent == Path("/run/credentials/carbond.service")
    assert f"LoadCredential={http.tls.key.name}:" in credentials
