"""A server that answers as WattTime v3 does, for one simulated grid."""

import asyncio
import base64
import math
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from agent.clock import Clock
from agent.demo.grids_faults import Faults
from agent.demo.grids_simulated import FIVE_MINUTES, Published, SimulatedGrid, lb_per_mwh
from agent.model import Kind

COVERED_LATITUDES = (0, 60)
TOKEN_LIFE = timedelta(minutes=30)
LONGEST = timedelta(days=32)
LONGEST_FORECAST_HOURS = 72
UNITS = "lbs_co2_per_mwh"

Json = dict[str, object]


class _Denied(Exception):
    """What the service answers in place of rows."""

    def __init__(self, status: int, body: Json) -> None:
        super().__init__(status)
        self.answer = JSONResponse(body, status_code=status)


def watttime_app(grid: SimulatedGrid, clock: Clock, user: str, password: str) -> Starlette:
    """Return the server; its switches are `faults_of(app)`."""
    server = _Server(grid, clock, user, password)
    endpoints: Sequence[tuple[str, Callable[[_Query], Json]]] = (
        ("historical", server.historical),
        ("forecast", server.forecast),
        ("my-access", server.my_access),
        ("region-from-loc", server.region_from_loc),
    )
    routes = [Route(f"/v3/{name}", server.guarded(endpoint)) for name, endpoint in endpoints]
    app = Starlette(routes=[Route("/login", server.login), *routes])
    app.state.faults = server.faults
    return app


class _Query:
    """The parameters of one request, checked as the service checks them."""

    def __init__(self, params: Mapping[str, str]) -> None:
        self._params = params

    def text(self, name: str) -> str:
        if name not in self._params:
            raise _unprocessable(name, "Field required")
        return self._params[name]

    def optional(self, name: str) -> str | None:
        return self._params.get(name)

    def moment(self, name: str) -> datetime:
        try:
            moment = datetime.fromisoformat(self.text(name))
        except ValueError:
            raise _unprocessable(name, "Input should be a valid datetime") from None
        if moment.tzinfo is None:
            raise _refused(f"{name} must have an offset from UTC")
        return moment.astimezone(UTC)

    def hours(self) -> int:
        hours = self._params.get("horizon_hours", "24")
        if not hours.isdigit() or int(hours) > LONGEST_FORECAST_HOURS:
            raise _unprocessable("horizon_hours", "Input should be from 0 to 72")
        return int(hours)


class _Server:
    def __init__(self, grid: SimulatedGrid, clock: Clock, user: str, password: str) -> None:
        self.faults = Faults()
        self._grid = grid
        self._clock = clock
        self._login = base64.b64encode(f"{user}:{password}".encode()).decode()
        self._tokens: dict[str, datetime] = {}

    async def login(self, request: Request) -> Response:
        """Give a token for thirty minutes to who knows the password."""
        instead = await self.faults.instead_of(request, self._clock)
        if instead is not None:
            return instead
        if request.headers.get("authorization") != f"Basic {self._login}":
            return PlainTextResponse("Unauthorized", status_code=401)
        now = self._clock.now()
        self._tokens = {token: end for token, end in self._tokens.items() if end > now}
        token = secrets.token_hex(16)
        self._tokens[token] = now + TOKEN_LIFE
        return JSONResponse({"token": token})

    def guarded(
        self, endpoint: Callable[[_Query], Json]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            instead = await self.faults.instead_of(request, self._clock)
            if instead is not None:
                return instead
            if not self._is_logged_in(request):
                return PlainTextResponse("Unauthorized", status_code=401)
            try:
                # A month of points is thousands of rows: off the event loop of the demo.
                return await asyncio.to_thread(_answered, endpoint, _Query(request.query_params))
            except _Denied as denied:
                return denied.answer

        return answer

    def historical(self, query: _Query) -> Json:
        kind, region = self._signal(query)
        start, end = query.moment("start"), query.moment("end")
        if end - start > LONGEST:
            raise _refused("The range from start to end is longer than 32 days")
        since = query.moment("updated_since") if query.optional("updated_since") else None
        now = self._clock.now()
        # Both ends are inclusive, and nothing is said of what is to come.
        until = min(end, now) + timedelta(microseconds=1)
        published = self._grid.published(kind, start, until, now, FIVE_MINUTES, since=since)
        marked = query.optional("include_imputed_marker") == "true"
        rows = [self._row(row, marked=marked) for row in published]
        return {"data": rows, "meta": self._meta(query, region)}

    def forecast(self, query: _Query) -> Json:
        kind, region = self._signal(query)
        if kind is not Kind.MARGINAL:
            raise _refused(f"There is no forecast of {query.text('signal_type')}")
        if not self.faults.forecast:
            raise _Denied(403, _NO_SCOPE)
        now = self._clock.now()
        start = _start_of(now)
        end = start + max(timedelta(hours=query.hours()), FIVE_MINUTES)
        published = self._grid.published(kind, start, end, now, FIVE_MINUTES)
        rows = [self._valued(_pair_of(row)) for row in published]
        generated: Json = {
            "generated_at": start.isoformat(),
            "generated_at_period_seconds": 300,
        }
        return {"data": rows, "meta": {**self._meta(query, region), **generated}}

    def my_access(self, query: _Query) -> Json:
        models = [{"model": self.faults.model, "data_start": "2021-01-01"}]
        signals = [
            {
                "signal_type": signal,
                "regions": [
                    {
                        "region": region,
                        "region_full_name": region.replace("_", " ").title(),
                        "data_point_period_seconds": 300,
                        "endpoints": [{"endpoint": "v3/historical", "models": models}],
                    }
                ],
            }
            for signal, (_, region) in self._signals().items()
        ]
        return {"signal_types": signals}

    def region_from_loc(self, query: _Query) -> Json:
        """Everything between the equator and 60 degrees north is in the region."""
        signal = query.text("signal_type")
        place = {name: query.text(name) for name in ("latitude", "longitude")}
        _, region = self._signals().get(signal, (None, ""))
        south, north = COVERED_LATITUDES
        if not region or not south < _degrees_of(place["latitude"]) < north:
            missing = "No coverage available for these coordinates and signal_type"
            raise _Denied(404, {"error": missing, **place, "signal_type": signal})
        name = region.replace("_", " ").title()
        return {"region": region, "region_full_name": name, "signal_type": signal}

    def _signals(self) -> Mapping[str, tuple[Kind, str]]:
        return {
            "co2_moer": (Kind.MARGINAL, self._grid.region),
            "co2_aoer": (Kind.DIRECT, self._grid.average_region),
        }

    def _signal(self, query: _Query) -> tuple[Kind, str]:
        asked, signal = query.text("region"), query.text("signal_type")
        kind, region = self._signals().get(signal, (Kind.MARGINAL, ""))
        if asked != region:
            raise _Denied(403, _NO_SCOPE)
        model = query.optional("model")
        if model is not None and model > self.faults.model:
            raise _refused(f"model {model} does not exist")
        return kind, region

    def _row(self, row: Published, *, marked: bool) -> Json:
        imputed: Json = {"imputed_data_used": row.estimated} if marked else {}
        changed: Json = {"last_updated": row.updated_at.isoformat()}
        return {**self._valued(_pair_of(row)), **changed, **imputed}

    def _valued(self, row: Json) -> Json:
        if self.faults.null:
            return {**row, "value": None}
        return {**row, "value": 64.0} if self.faults.percentile else row

    def _meta(self, query: _Query, region: str) -> Json:
        return {
            "region": self.faults.other_place or region,
            "signal_type": query.text("signal_type"),
            "units": "percentile" if self.faults.percentile else UNITS,
            "data_point_period_seconds": 300,
            "model": {
                "date": query.optional("model") or self.faults.model,
                "type": "binned_regression",
            },
            "warnings": [],
        }

    def _is_logged_in(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        end = self._tokens.get(token)
        return scheme == "Bearer" and end is not None and self._clock.now() < end


_NO_SCOPE: Json = {
    "error": "FORBIDDEN",
    "message": "Invalid scope. You do not have sufficient access to this resource.",
}


def _answered(endpoint: Callable[[_Query], Json], query: _Query) -> Response:
    return JSONResponse(endpoint(query))


def _refused(message: str) -> _Denied:
    return _Denied(400, {"error": "INVALID_QUERY_PARAMS", "message": message})


def _unprocessable(name: str, message: str) -> _Denied:
    detail = {"loc": ["query", name], "msg": message, "type": "value_error"}
    return _Denied(422, {"detail": [detail]})


def _pair_of(row: Published) -> Json:
    return {"point_time": row.start.isoformat(), "value": round(lb_per_mwh(row.value), 1)}


def _start_of(moment: datetime) -> datetime:
    seconds = FIVE_MINUTES.total_seconds()
    return datetime.fromtimestamp(moment.timestamp() // seconds * seconds, UTC)


def _degrees_of(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
