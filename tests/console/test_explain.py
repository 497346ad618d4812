"""Where a figure comes from: the tree that the command line prints."""

import json

import httpx
import pytest

from agent.cli import main
from agent.ledger import Ledger
from agent.model import HOUR
from tests.console.asking import asked, refused
from tests.console.floor import END
from tests.ledger.books import START

HOUR_9 = "2026-03-10T09"
KNOWN = ["--known", "2026-03-10T12:20"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"meter": "rack-1-a", "hour": START}, ["--meter", "rack-1-a", "--hour", HOUR_9]),
        (
            {"meter": "rack-1-a/outlet/1", "hour": START, "as_of": END},
            ["--meter", "rack-1-a/outlet/1", "--hour", HOUR_9, *KNOWN],
        ),
        ({"site": "fra", "hour": START}, ["--site", "fra", "--hour", HOUR_9]),
        ({"hour": START + HOUR}, ["--site", "fra", "--hour", "2026-03-10T10"]),
        ({"day": "2026-03-10", "as_of": END}, ["--site", "fra", "--day", "2026-03-10", *KNOWN]),
        ({"month": "2026-03", "as_of": END}, ["--site", "fra", "--month", "2026-03", *KNOWN]),
        (
            {"year": "2026", "as_of": END},
            ["--site", "fra", "--year", "2026", *KNOWN],
        ),
        (
            {"rolling_year": "true", "as_of": END},
            ["--site", "fra", "--rolling-year", *KNOWN],
        ),
    ],
)
async def test_an_answer_is_what_the_command_line_prints(
    client: httpx.AsyncClient,
    ledger: Ledger,
    capsys: pytest.CaptureFixture[str],
    query: dict[str, object],
    words: list[str],
) -> None:
    assert main(["explain", "--ledger", str(ledger.path), "--json", *words]) == 0
    printed = json.loads(capsys.readouterr().out)
    found = await asked(client, "/explain", **query)
    assert found == printed
    assert found["terms"]


async def test_rows_are_in_the_answer(client: httpx.AsyncClient) -> None:
    found = await asked(client, "/explain", meter="rack-1-a", hour=START)
    energy = next(one for one in found["terms"] if one["key"] == "energy")
    minutes = next(one for one in energy["terms"] if one["key"] == "minutes")
    assert len(minutes["rows"]) == 60


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ({}, 400, "name one of hour, day, month, year"),
        ({"hour": START, "day": "2026-03-10"}, 400, "name one of"),
        ({"rolling_year": "false"}, 400, "name one of"),
        ({"meter": "grid", "day": "2026-03-10"}, 400, "meter and hour alone"),
        ({"meter": "grid", "site": "fra", "hour": START}, 400, "meter and hour alone"),
        ({"hour": END}, 400, "full hour"),
        ({"day": "2026-02-30"}, 400, "no such day"),
        ({"month": "2026"}, 400, "that is no month"),
        ({"year": ""}, 400, "that is no year"),
        ({"meter": "grit", "hour": START}, 404, "did you mean grid?"),
        ({"site": "ham", "hour": START}, 404, "it has fra"),
        ({"meter": "x" * 401, "hour": START}, 422, "meter"),
    ],
)
async def test_what_cannot_be_explained_says_why(
    client: httpx.AsyncClient, query: dict[str, object], status: int, says: str
) -> None:
    found, detail = await refused(client, "/explain", **query)
    assert (found, says in detail) == (status, True), detail
