"""What the pages ask of the API with curl is understood: its paths, parameters and values."""

import json
import re
import shlex
from datetime import UTC, datetime

import httpx

from tests.clocks import HandClock
from tests.console.asking import API
from tests.docs.pages import SHELL, blocks

ASKED = re.compile(r"^(?:\$A|https?://[^/]+/api/v1)(/.*)$")
AFTERWARDS = datetime(2026, 12, 1, tzinfo=UTC)
NOT_UNDERSTOOD = {400, 405, 422}


def questions() -> set[tuple[str, str]]:
    """Return each path with its query that a block of commands asks for, and the page it is on."""
    lines = [
        (block.page, line)
        for block in blocks()
        if block.kind in SHELL
        for line in block.text.splitlines()
        if line.startswith("curl ") and "POST" not in line
    ]
    return {
        (page, found[1])
        for page, line in lines
        for word in shlex.split(line, comments=True)
        if (found := ASKED.match(word))
    }


async def test_a_question_that_a_page_asks_is_understood(
    client: httpx.AsyncClient, clock: HandClock
) -> None:
    # The pages ask for times after those of the ledger here.
    clock.at = AFTERWARDS
    asked = questions()
    assert {page for page, _ in asked} >= {"docs/api.md", "docs/reporting.md"}
    for page, question in sorted(asked):
        answer = await client.get(f"{API}{question}")
        told = f"{page}: {question}: {answer.text}"
        assert answer.status_code not in NOT_UNDERSTOOD, told
        assert "there is nothing at" not in answer.text, told


async def test_a_problem_has_the_form_that_a_page_shows(client: httpx.AsyncClient) -> None:
    (shown,) = [json.loads(one.text) for one in blocks() if one.kind == "json"]
    answer = await client.get(f"{API}/emissions", params={"perod": "month"})
    assert answer.json() == shown
