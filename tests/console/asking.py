"""Asking the API, page after page."""

import csv
import io
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx

API = "/api/v1"


async def asked(client: httpx.AsyncClient, path: str, **query: object) -> dict[str, Any]:
    """What it answers, as JSON."""
    answer = await client.get(f"{API}{path}", params=_written(query))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def refused(client: httpx.AsyncClient, path: str, **query: object) -> tuple[int, str]:
    """With which status, and what it says to do."""
    answer = await client.get(f"{API}{path}", params=_written(query))
    assert answer.headers["content-type"] == "application/problem+json"
    said = answer.json()
    assert said["status"] == answer.status_code
    return answer.status_code, said["detail"]


async def walked(client: httpx.AsyncClient, path: str, **query: object) -> list[Any]:
    """The items of all pages."""
    found = await asked(client, path, **query)
    items = list(found["items"])
    while found["next"]:
        answer = await client.get(found["next"])
        found = answer.json()
        items += found["items"]
    return items


def table(answer: httpx.Response) -> list[dict[str, str]]:
    """The rows of an answer in CSV."""
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text)))


def _written(query: Mapping[str, object]) -> dict[str, str]:
    """Times in ISO 8601, all else as it is said."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else str(value)
        for name, value in query.items()
    }
