"""Stands in for an InfluxDB 2, of which there is no package.

Its answers are those that its interface is documented to give. What it is sent must be what
InfluxData's own client would send: no key that the client's models do not have, and all that they
need.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from influxdb_client.domain.bucket_retention_rules import BucketRetentionRules
from influxdb_client.domain.dbrp_create import DBRPCreate
from influxdb_client.domain.patch_bucket_request import PatchBucketRequest
from influxdb_client.domain.patch_retention_rule import PatchRetentionRule
from influxdb_client.domain.post_bucket_request import PostBucketRequest
from influxdb_client.domain.query import Query
from influxdb_client.domain.task_create_request import TaskCreateRequest
from influxdb_client.domain.task_update_request import TaskUpdateRequest

TOKEN = "a-token-of-an-administrator"  # noqa: S105 of this stand-in alone
ORG, ORG_ID = "operations", "0123456789abcdef"
Json = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Stand:
    """What it holds, and what it was sent."""

    url: str = ""
    by_itself: bool = True
    """Whether buckets are mapped under their own names, as newer servers do."""

    buckets: dict[str, Json] = field(default_factory=dict)
    mappings: list[Json] = field(default_factory=list)
    tasks: dict[str, Json] = field(default_factory=dict)
    queries: list[str] = field(default_factory=list)
    changes: int = 0

    def answer(self, method: str, address: str, token: str, body: Json) -> tuple[int, object]:
        """Return status and body."""
        if token != f"Token {TOKEN}":
            return 401, {"code": "unauthorized", "message": "unauthorized access"}
        parts = urlsplit(address)
        name = re.sub(r"/[0-9a-f]{16}$", "/ID", parts.path)
        known: Mapping[tuple[str, str], Callable[[Json, str, Json], tuple[int, object]]] = {
            ("GET", "/api/v2/orgs"): self._orgs,
            ("GET", "/api/v2/buckets"): self._buckets,
            ("POST", "/api/v2/buckets"): self._new_bucket,
            ("PATCH", "/api/v2/buckets/ID"): self._change_bucket,
            ("GET", "/api/v2/dbrps"): self._mappings,
            ("POST", "/api/v2/dbrps"): self._new_mapping,
            ("GET", "/api/v2/tasks"): self._tasks,
            ("POST", "/api/v2/tasks"): self._new_task,
            ("PATCH", "/api/v2/tasks/ID"): self._change_task,
            ("POST", "/api/v2/query"): self._query,
        }
        if (method, name) not in known:
            return 404, {"code": "not found", "message": f"no {method} {name}"}
        self.changes += method != "GET"
        asked: Json = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
        return known[method, name](asked, parts.path.rpartition("/")[2], body)

    def _orgs(self, asked: Json, _id: str, _: Json) -> tuple[int, object]:
        if asked.get("org", ORG) != ORG:
            return 404, {"code": "not found", "message": 'organization name "x" not found'}
        return 200, {"orgs": [{"id": ORG_ID, "name": ORG}]}

    def _buckets(self, asked: Json, _id: str, _: Json) -> tuple[int, object]:
        found = [one for one in self.buckets.values() if one["name"] == asked["name"]]
        if not found:
            return 404, {"code": "not found", "message": "bucket not found"}
        return 200, {"buckets": found}

    def _new_bucket(self, _asked: Json, _id: str, body: Json) -> tuple[int, object]:
        fits(body, PostBucketRequest, "orgID", "name")
        fits(body["retentionRules"][0], BucketRetentionRules, "type", "everySeconds")
        bucket = {"id": f"{len(self.buckets) + 1:016x}", **body}
        self.buckets[bucket["id"]] = bucket
        return 201, bucket

    def _change_bucket(self, _asked: Json, bucket: str, body: Json) -> tuple[int, object]:
        fits(body, PatchBucketRequest)
        fits(body["retentionRules"][0], PatchRetentionRule, "type", "everySeconds")
        self.buckets[bucket] |= body
        return 200, self.buckets[bucket]

    def _mappings(self, asked: Json, _id: str, _: Json) -> tuple[int, object]:
        assert asked["orgID"] == ORG_ID
        own = [
            {"database": one["name"], "bucketID": number, "default": True, "virtual": True}
            for number, one in self.buckets.items()
            if self.by_itself
        ]
        found = [one for one in own + self.mappings if one["database"] == asked["db"]]
        return 200, {"content": found}

    def _new_mapping(self, _asked: Json, _id: str, body: Json) -> tuple[int, object]:
        fits(body, DBRPCreate, "bucketID", "database", "retention_policy", "orgID")
        self.mappings.append(body)
        return 201, {"id": f"{len(self.mappings):016x}", **body}

    def _tasks(self, asked: Json, _id: str, _: Json) -> tuple[int, object]:
        return 200, {"tasks": [one for one in self.tasks.values() if one["name"] == asked["name"]]}

    def _new_task(self, _asked: Json, _id: str, body: Json) -> tuple[int, object]:
        fits(body, TaskCreateRequest, "flux", "orgID")
        name = re.findall(r'^option task = \{name: "(\w+)", every: \w+', body["flux"], re.M)
        task = {"id": f"{len(self.tasks) + 1:016x}", "name": name[0], **body}
        self.tasks[task["id"]] = task
        return 201, task

    def _change_task(self, _asked: Json, task: str, body: Json) -> tuple[int, object]:
        fits(body, TaskUpdateRequest)
        self.tasks[task] |= body
        return 200, self.tasks[task]

    def _query(self, asked: Json, _id: str, body: Json) -> tuple[int, object]:
        assert asked == {"orgID": ORG_ID}
        fits(body, Query, "query", "type")
        self.queries.append(body["query"])
        return 200, "\r\n"


def fits(body: Json, model: Any, *needed: str) -> None:  # noqa: ANN401 its classes share none
    """Fail where a body is not what InfluxData's client would send."""
    assert set(body) <= set(model.attribute_map.values()), body
    assert set(needed) <= set(body), body


@contextmanager
def standing() -> Iterator[Stand]:
    """Run it on a free port of the loopback."""
    stand = Stand()
    failures: list[BaseException] = []

    class Asked(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(length) or b"{}")
            token = self.headers.get("Authorization", "")
            try:
                status, answer = stand.answer(self.command, self.path, token, body)
            except (AssertionError, KeyError) as failure:
                failures.append(failure)
                status, answer = 400, {"message": repr(failure)}
            text = answer if isinstance(answer, str) else json.dumps(answer)
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        do_POST = do_PATCH = do_GET  # noqa: N815 the names are the standard library's

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Asked)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    stand.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield stand
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert not failures, failures
