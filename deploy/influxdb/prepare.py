"""Makes what carbond writes to in an InfluxDB of version 1 or 2. See docs/influxdb.md.

It may be run again at any time: what is as it should be is left alone, and nothing that is kept is
ever deleted. Secrets come from the environment and are never printed.
"""

import argparse
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from http import HTTPStatus
from pathlib import Path
from string import Template
from typing import Any

import httpx

FOR_GOOD = timedelta(0)
"""How InfluxDB writes that nothing expires."""

KEEP_MINUTES = timedelta(weeks=15)
"""Longer than the ledger's own 100 days: what it can still deliver is never refused as too old."""

HOURS_SHARD = timedelta(weeks=13)
MINUTES_SHARD = timedelta(weeks=1)
"""Time in one file: a restated hour rewrites no more than that, and that much expires at once."""

QUARTERS = "carbond_quarter_hour"
LOOK_BACK = timedelta(days=8)
"""What the daily down-sampling takes in again, for minutes that came late."""

TOKEN, PASSWORD = "CARBOND_INFLUX_TOKEN", "CARBOND_INFLUX_PASSWORD"
PATIENCE = 300.0
FOLDER = Path(__file__).parent


class Trouble(Exception):
    """A person must change something: names the thing, the cause and the way out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A database or bucket, and how long it keeps what is in it."""

    name: str
    keep: timedelta
    shard: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked for on the command line."""

    hours: Place
    minutes: Place
    quarters: bool
    again: tuple[date, date] | None

    def days(self) -> Iterator[tuple[str, str]]:
        """Yield start and end of each UTC day to down-sample again, the last day included."""
        if self.again is None:
            return
        first, last = self.again
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            yield f"{day}T00:00:00Z", f"{day + timedelta(days=1)}T00:00:00Z"


class Version1:
    """Databases, their retention policies and a continuous query, in InfluxQL."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def make(self, place: Place) -> str:
        """Make it, or make it keep longer; return what was done."""
        database = _quoted(place.name)
        known = {row["name"] for row in self._ask("SHOW DATABASES")}
        self._ask(f"CREATE DATABASE {database}")
        policies = self._ask(f"SHOW RETENTION POLICIES ON {database}")
        policy = next((row for row in policies if row["default"]), None)
        if policy is None:
            raise Trouble(
                f"{place.name}: has no default retention policy, and carbond writes to that: "
                f"ALTER RETENTION POLICY ... ON {database} DEFAULT"
            )
        kept = _duration(policy["duration"])
        if place.name in known and (refusal := _keeps(place, kept)):
            return refusal
        self._ask(
            f"ALTER RETENTION POLICY {_quoted(policy['name'])} ON {database}"
            f" DURATION {_influxql(place.keep)} SHARD DURATION {_influxql(place.shard)}"
        )
        return f"{place.name}: {'changed' if place.name in known else 'made'}, {_keeping(place)}"

    def map(self, place: Place) -> str | None:
        """It speaks InfluxQL by itself."""
        return None

    def sample(self, wanted: Wanted) -> str:
        """Have the quarters of an hour computed every day."""
        name, database = _quoted(QUARTERS), _quoted(wanted.minutes.name)
        # It cannot be changed; where there is none, this is no error.
        self._ask(f"DROP CONTINUOUS QUERY {name} ON {database}")
        self._ask(
            f"CREATE CONTINUOUS QUERY {name} ON {database}"
            f" RESAMPLE EVERY 1d FOR {_influxql(LOOK_BACK)} BEGIN {_select(wanted)} END"
        )
        return f"continuous query {QUARTERS}: made, once a day"

    def sample_day(self, wanted: Wanted, start: str, end: str) -> None:
        """Compute the quarters of an hour of one day now."""
        self._ask(_select(wanted, f" WHERE time >= '{start}' AND time < '{end}'"))

    def _ask(self, statement: str) -> Sequence[Mapping[str, Any]]:
        """Return the rows of one statement. Its errors come with a 200."""
        answer = _answer_of(self._client.post("/query", params={"q": statement}))
        (result,) = answer["results"]
        if "error" in result:
            raise Trouble(f"{statement}: {result['error']}")
        return [
            dict(zip(series["columns"], values, strict=True))
            for series in result.get("series", ())
            for values in series.get("values", ())
        ]


class Version2:
    """Buckets, a task in Flux, and mappings under which InfluxQL finds the buckets."""

    def __init__(self, client: httpx.Client, org: str) -> None:
        self._client = client
        self._org = org
        found = self._get("orgs", {"org": org})["orgs"]
        if len(found) != 1:
            raise Trouble(f"{org}: there is no such organisation: give its name with --org")
        self._org_id = found[0]["id"]

    def make(self, place: Place) -> str:
        bucket = self._bucket(place)
        rule = {
            "type": "expire",
            "everySeconds": round(place.keep.total_seconds()),
            "shardGroupDurationSeconds": round(place.shard.total_seconds()),
        }
        if bucket is None:
            body = {"orgID": self._org_id, "name": place.name, "retentionRules": [rule]}
            self._send("POST", "buckets", body)
            return f"{place.name}: made, {_keeping(place)}"
        rules = bucket["retentionRules"]
        kept = timedelta(seconds=rules[0]["everySeconds"] if rules else 0)
        if refusal := _keeps(place, kept):
            return refusal
        self._send("PATCH", f"buckets/{bucket['id']}", {"retentionRules": [rule]})
        return f"{place.name}: changed, {_keeping(place)}"

    def map(self, place: Place) -> str | None:
        """A newer server maps a bucket under its own name by itself: then nothing is done."""
        bucket = self._bucket(place)
        if bucket is None:
            raise Trouble(f"{place.name}: the bucket was deleted meanwhile: run this again")
        query = {"orgID": self._org_id, "db": place.name}
        mappings = self._get("dbrps", query)["content"]
        if any(one["default"] and one["bucketID"] == bucket["id"] for one in mappings):
            return None
        body = {
            "orgID": self._org_id,
            "bucketID": bucket["id"],
            "database": place.name,
            "retention_policy": "autogen",
            "default": True,
        }
        self._send("POST", "dbrps", body)
        return f"{place.name}: mapped, InfluxQL finds it as the database {place.name}"

    def sample(self, wanted: Wanted) -> str:
        start = f"date.truncate(t: -{LOOK_BACK.days}d, unit: 1h)"
        task = f'\noption task = {{name: "{QUARTERS}", every: 1d, offset: 30m}}\n'
        flux = self._flux(wanted, start, "date.truncate(t: now(), unit: 1h)", task)
        query = {"orgID": self._org_id, "name": QUARTERS}
        tasks = self._get("tasks", query)["tasks"]
        if not tasks:
            self._send("POST", "tasks", {"orgID": self._org_id, "flux": flux, "status": "active"})
            return f"task {QUARTERS}: made, once a day"
        self._send("PATCH", f"tasks/{tasks[0]['id']}", {"flux": flux, "status": "active"})
        return f"task {QUARTERS}: renewed"

    def sample_day(self, wanted: Wanted, start: str, end: str) -> None:
        body = {"query": self._flux(wanted, start, end), "type": "flux"}
        answer = self._client.post("/api/v2/query", params={"orgID": self._org_id}, json=body)
        if not answer.is_success:
            raise _refusal(answer)

    def _flux(self, wanted: Wanted, start: str, end: str, task: str = "") -> str:
        template = Template((FOLDER / "quarter_hours.flux").read_text())
        return template.substitute(
            minutes=_escaped(wanted.minutes.name),
            hours=_escaped(wanted.hours.name),
            org=_escaped(self._org),
            start=start,
            stop=end,
            task=task,
        )

    def _bucket(self, place: Place) -> Mapping[str, Any] | None:
        query = {"orgID": self._org_id, "name": place.name}
        answer = self._client.get("/api/v2/buckets", params=query)
        # Some versions say 404 where others give an empty list.
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return None
        found: Sequence[Mapping[str, Any]] = _answer_of(answer)["buckets"]
        return next((bucket for bucket in found if bucket["name"] == place.name), None)

    def _get(self, kind: str, query: Mapping[str, str]) -> Mapping[str, Any]:
        return _answer_of(self._client.get(f"/api/v2/{kind}", params=query))

    def _send(self, method: str, path: str, body: Mapping[str, object]) -> None:
        _answer_of(self._client.request(method, f"/api/v2/{path}", json=body))


Server = Version1 | Version2


def _answer_of(answer: httpx.Response) -> Mapping[str, Any]:
    if not answer.is_success:
        raise _refusal(answer)
    try:
        body = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Trouble(f"{answer.url.host}: is no InfluxDB: check --url and --version")
    return body


def _refusal(answer: httpx.Response) -> Trouble:
    reason = answer.text.strip()[:200]
    with suppress(ValueError):
        body = answer.json()
        if isinstance(body, dict):
            reason = body.get("message") or body.get("error") or reason
    ways: Mapping[int, str] = {
        HTTPStatus.UNAUTHORIZED: f": check {TOKEN}, or --user and {PASSWORD}",
        HTTPStatus.FORBIDDEN: ": it takes an administrator's token or user",
        HTTPStatus.NOT_FOUND: ": check --url, --version and --org",
    }
    way = ways.get(answer.status_code, "")
    return Trouble(f"{answer.url.path}: {answer.status_code} {reason}{way}")


def _keeps(place: Place, kept: timedelta) -> str | None:
    """Return what to say of a place that is left alone: as it should be, or keeping longer."""
    if kept == place.keep:
        return f"{place.name}: is as it should be, {_keeping(place)}"
    if kept == FOR_GOOD or (place.keep != FOR_GOOD and kept > place.keep):
        return (
            f"{place.name}: left alone, {_keeping(place, kept)}: {place.keep.days} days would "
            "delete what is in it"
        )
    return None


def _keeping(place: Place, keep: timedelta | None = None) -> str:
    keep = place.keep if keep is None else keep
    return "keeps for good" if keep == FOR_GOOD else f"keeps {keep.days} days"


def _select(wanted: Wanted, between: str = "") -> str:
    template = Template((FOLDER / "quarter_hours.influxql").read_text())
    names = {"hours": wanted.hours.name, "minutes": wanted.minutes.name}
    return " ".join(template.substitute(names, between=between).split())


def _influxql(duration: timedelta) -> str:
    return "INF" if duration == FOR_GOOD else f"{duration.days}d"


def _duration(text: str) -> timedelta:
    """Read `2520h0m0s`."""
    found = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", text)
    if found is None:
        raise Trouble(f"{text}: is no duration of InfluxDB 1: check --version")
    hours, minutes, seconds = (int(number or 0) for number in found.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def _quoted(name: str) -> str:
    return f'"{name}"'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _plain(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z][\w.-]*", text, re.ASCII):
        raise argparse.ArgumentTypeError(
            f"{text!r} must begin with a letter and hold letters, digits, `_`, `.` and `-` alone"
        )
    return text


def parser() -> argparse.ArgumentParser:
    """Return what the command takes."""
    made = argparse.ArgumentParser(
        prog="prepare.py",
        description="Make the databases or buckets of carbond in an InfluxDB, and what goes with "
        "them. May be run again; deletes nothing.",
        epilog=f"Secrets come from the environment: {TOKEN} (version 2), {PASSWORD} (version 1).",
    )
    made.add_argument("--url", default="http://127.0.0.1:8086", help="the server's address")
    made.add_argument("--version", type=int, choices=(1, 2), default=2, help="the server's: 2")
    made.add_argument("--org", help="the organisation; version 2 needs it")
    made.add_argument("--user", help="an administrator to log in as, of version 1")
    made.add_argument("--hours", type=_plain, default="carbond", help="what keeps the hours")
    made.add_argument(
        "--minutes", type=_plain, default="carbond_minutes", help="what keeps the minutes"
    )
    made.add_argument(
        "--quarters", action="store_true", help="down-sample minutes to quarters of an hour"
    )
    made.add_argument(
        "--again",
        nargs=2,
        type=date.fromisoformat,
        metavar=("FROM", "TO"),
        help="down-sample these UTC days again, now: for minutes that came more than a week late",
    )
    return made


def wanted_of(asked: argparse.Namespace) -> Wanted:
    """Return what is asked for. Raises Trouble where it does not fit together."""
    if asked.hours == asked.minutes:
        raise Trouble(
            f"{asked.hours}: cannot keep both: with the minutes the hours would be deleted after "
            f"{KEEP_MINUTES.days} days; give --hours and --minutes a name each"
        )
    if asked.version == 2 and not asked.org:  # noqa: PLR2004 it is a version
        raise Trouble("version 2 needs an organisation: give its name with --org")
    if asked.again and asked.again[0] > asked.again[1]:
        raise Trouble(f"--again: {asked.again[0]} is after {asked.again[1]}: turn them round")
    return Wanted(
        hours=Place(name=asked.hours, keep=FOR_GOOD, shard=HOURS_SHARD),
        minutes=Place(name=asked.minutes, keep=KEEP_MINUTES, shard=MINUTES_SHARD),
        quarters=asked.quarters,
        again=tuple(asked.again) if asked.again else None,
    )


def prepare(server: Server, wanted: Wanted) -> Iterator[str]:
    """Do all that is wanted, and yield what was done."""
    for place in (wanted.hours, wanted.minutes):
        yield server.make(place)
        if mapped := server.map(place):
            yield mapped
    if wanted.quarters:
        yield server.sample(wanted)
    for start, end in wanted.days():
        server.sample_day(wanted, start, end)
        yield f"{start[:10]}: down-sampled again"


def server_of(asked: argparse.Namespace, client: httpx.Client) -> Server:
    """Return the server, with what it takes to get in."""
    if asked.version == 1:
        if asked.user:
            client.auth = httpx.BasicAuth(asked.user, os.environ.get(PASSWORD, ""))
        return Version1(client)
    client.headers["Authorization"] = f"Token {os.environ.get(TOKEN, '')}"
    return Version2(client, asked.org)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    asked = parser().parse_args(arguments)
    try:
        wanted = wanted_of(asked)
        url = asked.url.rstrip("/")
        with httpx.Client(base_url=url, timeout=PATIENCE, trust_env=False) as client:
            for line in prepare(server_of(asked, client), wanted):
                sys.stdout.write(f"{line}\n")
    except Trouble as trouble:
        sys.stderr.write(f"{trouble}\n")
        return 2
    except httpx.HTTPError as error:
        sys.stderr.write(f"{asked.url}: {error}: check --url\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
