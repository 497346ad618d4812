"""The OpenAPI document says what is true: the real API is asked all that it allows, and what it
does not.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qsl

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Ok
from schemathesis.generation.modes import GenerationMode
from schemathesis.python.asgi import ASGIClient
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.schemas import OpenApiSchema

from agent.console import Desk
from agent.console.access import pace
from agent.console.access.guard import Guard
from agent.console.access.tokens import hash_of
from agent.console.api import api_of, coverage
from agent.console.api.document import document_of
from agent.ledger import readers
from agent.ledger.series.sums import MOST_SERIES
from config.http import AccessScope, HttpSettings, TokenSettings
from tests.console.floor import END
from tests.ledger.books import START

Operation = APIOperation[Any, Any, Any, Any]

TOKEN = "one that may do all"  # noqa: S105 of the test
EXAMPLES = {GenerationMode.POSITIVE: 20, GenerationMode.NEGATIVE: 6}
"""Questions for each path: as it is allowed, and as it is not."""

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
TIME = START.isoformat()
THERE: Mapping[str, Any] = {
    "site": "fra",
    "name": "rack-1-a",
    "id": "rack-1-a/outlet/1",
    "from": TIME,
    "to": END.isoformat(),
    "at": TIME,
    "as_of": END.isoformat(),
}
"""What the ledger has: of names made up it has none, which is soon tried."""

EXPLAINED: Sequence[dict[str, Any]] = (
    {"meter": "rack-1-a", "hour": TIME},
    {"hour": TIME, "as_of": END.isoformat()},
    {"site": "fra", "day": "2026-03-10"},
    {"month": "2026-03"},
    {"rolling_year": True},
)
"""Of all times exactly one is to be named, which a document cannot say."""

REFUSED = ("400", "401", "403", "404", "405", "406", "409", "415", "422", "428", "429", "5xx")
CHECKS = {
    "checks": {
        # What fits each by itself may not fit together: a time that ends before it begins.
        "positive_data_acceptance": {"expected-statuses": ["2xx", "304", "400", "404"]},
        # What is wrong may be too long as well: 431 beside those that are usual.
        "negative_data_rejection": {"expected-statuses": [*REFUSED, "431"]},
    }
}


@pytest.fixture
def document(desk: Desk) -> dict[str, Any]:
    return document_of(api_of(desk))


@pytest.fixture
def guarded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Guard:
    monkeypatch.setattr(pace, "BURST", 1e9)
    known = TokenSettings(name="test", scope=AccessScope.ADMIN, sha256=hash_of(TOKEN))
    return Guard(api_of(desk), HttpSettings(tokens=(known,), names=("testserver",)))


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_the_api_is_as_its_document_says(
    guarded: Guard, document: dict[str, Any], mode: GenerationMode
) -> None:
    schema = schemathesis.openapi.from_dict(document, config=SchemathesisConfig.from_dict(CHECKS))
    schema.app = guarded
    with ASGIClient(cast(Any, guarded)) as client:
        for operation in operations(schema, mode):
            ask(operation, mode, client)


def operations(schema: OpenApiSchema, mode: GenerationMode) -> Iterator[Operation]:
    """The paths; where nothing can be said there is nothing that is not allowed."""
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        if mode is GenerationMode.POSITIVE or operation.query or operation.path_parameters:
            yield operation


def ask(operation: Operation, mode: GenerationMode, client: ASGIClient) -> None:
    """Ask one path what it allows, or what it does not, and check each answer."""

    @given(operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES[mode],
        database=None,
        derandomize=True,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    def asked(case: Case[Any]) -> None:
        if mode is GenerationMode.POSITIVE:
            place(case)
        case.call_and_validate(session=client, headers={"Authorization": f"Bearer {TOKEN}"})

    run: Callable[[], None] = asked
    run()


def place(case: Case[Any]) -> None:
    """Have most questions be about something that is there, at a time that has been."""
    number = len(str(case.query))
    for part in (case.path_parameters, case.query) if number % 4 else ():
        for name in (part or {}).keys() & THERE.keys():
            part[name] = THERE[name]
    if case.path.endswith("/explain") and number % 4:
        case.query = EXPLAINED[number % len(EXPLAINED)]


def test_the_document_says_what_all_answers_have_in_common(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    parts = document["components"]
    assert parts["schemas"]["Problem"]["required"] == ["type", "title", "status", "detail"]
    assert parts["securitySchemes"]["token"]["scheme"] == "bearer"
    meters = document["paths"]["/api/v1/meters"]["get"]
    assert meters["security"] == [{"token": []}, {}]
    assert set(meters["responses"]["200"]["content"]) == {"application/json", "text/csv"}
    assert set(meters["responses"]["200"]["headers"]) == {"ETag", "Link"}
    assert "ETag" in meters["responses"]["304"]["headers"]
    assert "application/problem+json" in meters["responses"]["404"]["content"]
    probe = document["paths"]["/api/v1/devices/{name}/probe"]["post"]
    assert probe["security"] == [{"token": []}]


def test_every_path_is_described_and_every_parameter_that_its_name_does_not_explain(
    document: dict[str, Any],
) -> None:
    plain = {"site", "device", "role", "scope", "rack", "name", "kind"}
    for path, methods in document["paths"].items():
        for one in methods.values():
            assert all(one[name] for name in ("summary", "description", "tags")), path
            bare = {own["name"] for own in one.get("parameters", ()) if "description" not in own}
            assert bare <= plain | {"quantity", "step"}, path


async def test_the_document_is_served_and_known_again(client: httpx.AsyncClient) -> None:
    first = await client.get("/api/v1/openapi.json")
    assert first.json()["info"]["title"] == "carbond"
    again = await client.get(
        "/api/v1/openapi.json", headers={"If-None-Match": first.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


def test_the_page_on_the_api_names_each_path_and_no_other(document: dict[str, Any]) -> None:
    page = PAGE.read_text()
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `/")]
    named = {name for row in rows for name in re.findall(r"`([^`]+)`", row)}
    assert named == {path.removeprefix("/api/v1") for path in document["paths"]}


def test_what_the_page_asks_can_be_asked(document: dict[str, Any]) -> None:
    page = PAGE.read_text()
    questions = re.findall(r"\$A(/[a-z.]+)\??([^\s\"]*)", page)
    assert len(questions) > 3
    for path, query in questions:
        if path != "/openapi.json":
            known = document["paths"][f"/api/v1{path}"]["get"]["parameters"]
            assert {name for name, _ in parse_qsl(query)} <= {one["name"] for one in known}


def test_the_page_says_the_limits_that_there_are() -> None:
    page = PAGE.read_text()
    for words in (
        f"{readers.MOST:,} rows",
        f"{readers.LONGEST:g} seconds",
        f"at most {MOST_SERIES} of",
        f"{coverage.LONGEST_IN_HOURS.days} days",
        f"{pace.RATE:g} requests",
        f"{pace.BURST:g} at once",
    ):
        assert words in page
