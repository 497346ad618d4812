"""The console: what a page waits for, and what fifty of them cost the polling."""

import asyncio
import itertools
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import aiohttp

from agent.model import HOUR
from tests.bench.comparison import Comparison, Figure, Row, Skipped, Target
from tests.bench.console_clients import (
    CLIENTS,
    EVERY,
    Server,
    Told,
    all_of,
    pages,
    serving,
    session,
)
from tests.bench.console_fleet import DEVICES, METERS, devices
from tests.bench.console_ledger import HISTORY, MINUTELY, make_ledger
from tests.bench.rounds import Side, interleaved
from tests.bench.snmp_exporter import Absent
from tests.bench.victoria import load, victoria

NAME = "console"
PEER, QUIET = "VictoriaMetrics", "nobody reads"
OURS = "console"
ROUNDS = 7
LAG_ROUNDS = 3
SECONDS = 6.0
"""That fifty pages are open, or none, in a round."""

OVERVIEW = "overview's first data"
ONE = "24 h of minutes, one meter"
ROLES = "24 h of minutes, the site by role"
FIFTY = "24 h of minutes, 50 meters"
TARGETS = {
    OVERVIEW: Target(most=200),
    ONE: Target(most=50),
    ROLES: Target(most=50),
    FIFTY: Target(most=50),
}
DAY = timedelta(days=1)
DAYS, MONTHS = (
    f'sum(increase(energy_joules_total{{scope="total"}}[{days}d])) by (role)' for days in (1, 30)
)
MS = 1_000
FIGURES: Sequence[tuple[str, str, Callable[[Told], float]]] = (
    ("the loop is late, median", "ms", lambda told: told.late(50)),
    ("the loop is late, 99 of 100", "ms", lambda told: told.late(99)),
    ("the loop is late, most", "ms", lambda told: told.late(100)),
    ("a booking waits, median", "ms", lambda told: told.waited(50)),
    ("seconds for 1,000 bookings", "s", lambda told: MS / told.rate),
)
ISO = "%Y-%m-%dT%H:%M:00Z"

Questions = Mapping[str, Callable[[int], Sequence[Sequence[str]]]]
"""What is asked for in a round, those of a wave at once; no round asks for the same as another."""


async def rows() -> list[Row]:
    """Measure the answers beside VictoriaMetrics, and the loop beside itself when nobody reads."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        path = Path(folder, "ledger.db")
        began = time.perf_counter()
        await make_ledger(path, now)
        took = time.perf_counter() - began
        _say(f"a ledger of {METERS:,} meters and {HISTORY.days} days is made in {took:.0f} s")
        peer = reason = ""
        try:
            peer = stack.enter_context(victoria(Path(folder)))
            await asyncio.to_thread(load, peer, devices(), now, (MINUTELY, HISTORY))
        except Absent as absent:
            reason = str(absent)
        async with serving(path) as (server, url), session() as client:
            theirs = _theirs(peer, now) if peer else None
            found = await _answers(server, client, _ours(url, now), theirs)
            found += [] if peer else [_skipped(what, reason) for what in TARGETS]
            return [*found, *await _reading(server, url, now)]


def _say(words: str) -> None:
    sys.stderr.write(f"{NAME}: {words}\n")


def _skipped(what: str, reason: str) -> Skipped:
    return Skipped(bench=NAME, what=what, peer=PEER, reason=reason)


def _ours(url: str, now: datetime) -> Questions:
    """Return the questions: in each round of other meters, or from another minute on.

    An overview is what its page asks for: the page, its files, the sites, and then all that they
    show, at once.
    """
    api, files = f"{url}/api/v1", ("main.js", "page.css", "views/overview.js")

    def series(number: int, step: str, *more: tuple[str, str]) -> str:
        start = now - DAY + timedelta(minutes=number)
        return f"{api}/series?{urlencode([('step', step), ('from', f'{start:{ISO}}'), *more])}"

    def overview(number: int) -> Sequence[Sequence[str]]:
        forecast = {"kind": "direct", "forecast": "true", "from": f"{now:{ISO}}", "limit": number}
        return [
            [f"{url}/"],
            [f"{url}/page/{name}" for name in files],
            [f"{api}/sites?limit={number}"],
            [
                series(number, "minute", ("by", "role")),
                series(number, "hour", ("quantity", "intensity")),
                f"{api}/intensity?{urlencode(forecast)}",
                f"{api}/sites/site/tree?at={now - timedelta(minutes=number):{ISO}}",
                f"{api}/sites/site/troubles?limit={number}",
            ],
        ]

    return {
        OVERVIEW: overview,
        ONE: lambda number: [[series(number, "minute", ("meter", _one(number)))]],
        # An overview has asked for those of the first minutes.
        ROLES: lambda number: [[series(number + 100, "minute", ("by", "role"))]],
        FIFTY: lambda number: [
            [series(number, "minute", *(("meter", one) for one in _fifty(number)))]
        ],
    }


def _one(number: int) -> str:
    return f"pdu-{number % (DEVICES - 3) + 3:04}"


def _fifty(number: int) -> list[str]:
    return [_one(number + place) for place in range(50)]


def _theirs(url: str, now: datetime) -> Questions:
    """Return the same in its words. An overview there is the powers of a day by role, all powers
    now, and the energy of a day and of 30: the rest is not in it.
    """
    total = 'scope="total"'

    def instant(query: str) -> str:
        return f"{url}/api/v1/query?{urlencode({'query': query, 'time': now.timestamp()})}"

    def between(number: int, query: str) -> Sequence[Sequence[str]]:
        start = now - DAY + timedelta(minutes=number)
        words = {"query": query, "start": start.timestamp(), "end": now.timestamp(), "step": "60s"}
        return [[f"{url}/api/v1/query_range?{urlencode(words)}"]]

    return {
        OVERVIEW: lambda number: [
            [
                *between(number, f"sum(power_watts{{{total}}}) by (role)")[0],
                *(instant(f"{query} + {number}") for query in ("power_watts", DAYS, MONTHS)),
            ]
        ],
        ONE: lambda number: between(number, f'power_watts{{meter="{_one(number)}"}}'),
        ROLES: lambda number: between(number + 100, f"sum(power_watts{{{total}}}) by (role)"),
        FIFTY: lambda number: between(
            number, f'power_watts{{meter=~"{"|".join(_fifty(number))}"}}'
        ),
    }


async def _answers(
    server: Server, client: aiohttp.ClientSession, ours: Questions, theirs: Questions | None
) -> list[Row]:
    """Ask right after the start, when the minutes are on the disk alone; then have them read."""
    own, other = _asking(client, ours), _asking(client, theirs or {})
    cold = {what: await own[what]() for what in (OVERVIEW, ONE)}
    cold_theirs = {what: await other[what]() for what in cold} if theirs else {}
    followed = await server.tell("follow")
    _say(f"the minutes of the last day are in memory after {followed['seconds']:.1f} s")
    if theirs is None:
        return []
    found: list[Row] = [
        _row(f"{what}, right after the start", [cold[what]], [cold_theirs[what]]) for what in cold
    ]
    for what, target in TARGETS.items():
        figures = await interleaved({OURS: own[what], PEER: other[what]}, ROUNDS)
        found.append(_row(what, figures[OURS], figures[PEER], target))
    return found


def _asking(client: aiohttp.ClientSession, questions: Questions) -> Mapping[str, Side]:
    """Return what asks once and tells the milliseconds until the last answer is there."""

    def side(what: str) -> Side:
        numbers = itertools.count(1)

        async def asked() -> Figure:
            start = time.perf_counter()
            for wave in questions[what](next(numbers)):
                await all_of(client, wave)
            return Figure((time.perf_counter() - start) * MS)

        return asked

    return {what: side(what) for what in questions}


def _row(
    what: str, ours: Sequence[Figure], theirs: Sequence[Figure], target: Target | None = None
) -> Row:
    return Comparison(
        bench=NAME, what=what, unit="ms", peer=PEER, ours=ours, theirs=theirs, target=target
    )


async def _reading(server: Server, url: str, now: datetime) -> list[Row]:
    """Measure the loop and the bookings while fifty pages are open, beside the time in between."""
    ours = _ours(url, now)
    hour = (now - 3 * HOUR).replace(minute=0)
    explained = f"{url}/api/v1/explain?{urlencode({'site': 'site', 'hour': f'{hour:{ISO}}'})}"

    def url_of(place: int, turn: int) -> str:
        if (place + turn) % 4 == 0:
            return ours[ONE](place + turn)[0][0]
        shown = [
            f"{url}/api/v1/meters?limit=200",
            explained,
            *itertools.chain(*ours[OVERVIEW](100)[2:]),
        ]
        return shown[(place + turn) % len(shown)]

    async def quiet() -> None:
        await asyncio.sleep(SECONDS)

    async def open_pages() -> None:
        await pages(url_of, SECONDS, EVERY)

    counted: dict[str, list[Told]] = {QUIET: [], OURS: []}
    for _ in range(LAG_ROUNDS):
        for side, work in ((QUIET, quiet), (OURS, open_pages)):
            await server.tell("mark")
            await work()
            counted[side].append(Told.of(await server.tell("told")))
    await server.tell("mark")
    answers = await pages(url_of, SECONDS, 0.0)
    crowd = Told.of(await server.tell("told"))
    _say(
        f"{CLIENTS} that ask again at once: {answers / SECONDS:.0f} answers a second, the loop late"
        f" by {crowd.late(50):.1f} ms (median), {crowd.late(99):.0f} (p99), {crowd.rate:.0f}"
        f" bookings a second; {crowd.megabytes:.0f} MB at most"
    )
    return [
        Comparison(
            bench=NAME,
            what=f"{CLIENTS} open pages: {what}",
            unit=unit,
            peer=QUIET,
            ours=[Figure(figure(one)) for one in counted[OURS]],
            theirs=[Figure(figure(one)) for one in counted[QUIET]],
        )
        for what, unit, figure in FIGURES
    ]
