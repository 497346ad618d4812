"""A server that answers as Electricity Maps v4 and v3 do, for one simulated grid."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from agent.clock import Clock
from agent.demo.grids_faults import Faults
from agent.demo.grids_simulated import Published, SimulatedGrid
from agent.model import Kind, Mix

PERIODS = {
    "hourly": timedelta(hours=1),
    "15_minutes": timedelta(minutes=15),
    "5_minutes": timedelta(minutes=5),
}
LONGEST = timedelta(days=10)
HORIZONS = {"6", "24", "48", "72"}
CALLERS_ZONE = "XX-CALLER"
NO_ACCESS = "You do not have access to this specific endpoint for this specific zone."

Json = dict[str, object]


class BadRequest(Exception):
    """What the service answers with status 400."""


def electricitymaps_app(grid: SimulatedGrid, clock: Clock, key: str) -> Starlette:
    """Return the server; its switches are `faults_of(app)`."""
    server = _Server(grid, clock, key)
    endpoints: Sequence[tuple[str, Callable[[_Query], Json]]] = (
        ("latest", server.latest),
        ("history", server.history),
        ("past", server.past),
        ("past-range", server.past_range),
        ("forecast", server.forecast),
    )
    routes = [
        Route(f"/{{version:str}}/carbon-intensity/{name}", server.guarded(name, endpoint))
        for name, endpoint in endpoints
    ]
    app = Starlette(routes=[*routes, Route("/{version:str}/zones", server.zones)])
    app.state.faults = server.faults
    return app


class _Query:
    """The parameters of one request, checked as the service checks them."""

    def __init__(self, params: Mapping[str, str], grid: SimulatedGrid) -> None:
        self._params = params
        self.zone = self._zone(grid)
        factor = params.get("emissionFactorType", Kind.LIFECYCLE)
        if factor not in {Kind.DIRECT, Kind.LIFECYCLE}:
            raise BadRequest("Valid emission factor types are: lifecycle, direct")
        self.kind = Kind(factor)
        traced = params.get("flowTraced", "true")
        if traced not in {"true", "false"}:
            raise BadRequest("Valid values of flowTraced are: true, false")
        self.mix = Mix.CONSUMPTION if traced == "true" else Mix.PRODUCTION
        self.granularity = params.get("temporalGranularity", "hourly")
        if self.granularity not in PERIODS:
            raise BadRequest(f"Valid granularities are: {', '.join(PERIODS)}")

    @property
    def period(self) -> timedelta:
        return PERIODS[self.granularity]

    @property
    def horizon(self) -> int:
        hours = self._params.get("horizonHours", "24")
        if hours not in HORIZONS:
            raise BadRequest("Valid horizons are: 6, 24, 48, 72")
        return int(hours)

    def moment(self, name: str) -> datetime:
        try:
            moment = datetime.fromisoformat(self._params[name])
        except (KeyError, ValueError):
            raise BadRequest(f'Missing or invalid date parameter "{name}"') from None
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)

    def _zone(self, grid: SimulatedGrid) -> str:
        """Return the zone asked for, else that of the caller's address, as the service does."""
        if self._params.get("zone") == grid.zone:
            return grid.zone
        if self._params.get("disableCallerLookup") == "true":
            raise BadRequest(f"Zone '{self._params.get('zone', '')}' does not exist")
        return CALLERS_ZONE


class _Server:
    def __init__(self, grid: SimulatedGrid, clock: Clock, key: str) -> None:
        self.faults = Faults()
        self._grid = grid
        self._clock = clock
        self._key = key

    def guarded(
        self, temporality: str, endpoint: Callable[[_Query], Json]
    ) -> Callable[[Request], object]:
        async def answer(request: Request) -> Response:
            instead = await self.faults.instead_of(request, self._clock)
            if instead is not None:
                return instead
            if request.headers.get("auth-token") != self._key:
                return JSONResponse({"error": "Invalid auth-token"}, status_code=401)
            try:
                query = _Query(request.query_params, self._grid)
                if not self._is_in_plan(temporality):
                    return JSONResponse(_outside_plan(query.zone, temporality), status_code=401)
                return JSONResponse(self._finished(endpoint(query)))
            except BadRequest as error:
                return JSONResponse({"error": str(error)}, status_code=400)

        return answer

    def _is_in_plan(self, temporality: str) -> bool:
        if temporality == "forecast":
            return self.faults.forecast
        return self.faults.past or not temporality.startswith("past")

    async def zones(self, request: Request) -> Response:
        """With a key it also says what the key may read."""
        zone: Json = {
            "zoneName": "East",
            "countryName": "Exland",
            "zoneKey": self._grid.zone,
            "countryCode": "XX",
            "isCommerciallyAvailable": True,
            "tier": "TIER_A",
        }
        if request.headers.get("auth-token") == self._key:
            zone["access"] = [
                f"carbon-intensity/{temporality}"
                for temporality in ("latest", "history", "forecast", "past", "past-range")
                if self._is_in_plan(temporality)
            ]
        return JSONResponse({self._grid.zone: zone})

    def latest(self, query: _Query) -> Json:
        return self._row_at(query, self._clock.now())

    def past(self, query: _Query) -> Json:
        return self._row_at(query, query.moment("datetime"))

    def history(self, query: _Query) -> Json:
        now = self._clock.now()
        newest = _start_of(now, query.period)
        day = timedelta(days=1)
        rows = self._rows(query, newest + query.period - day, newest + query.period)
        return {"zone": query.zone, "history": rows, "temporalGranularity": query.granularity}

    def past_range(self, query: _Query) -> Json:
        start, end = query.moment("start"), query.moment("end")
        if end < start:
            raise BadRequest('Invalid date parameter "end": it is before "start"')
        if end - start > LONGEST:
            raise BadRequest("The time range is longer than 10 days")
        until = min(end, self._clock.now())
        rows = self._rows(query, start, until)
        return {"zone": query.zone, "temporalGranularity": query.granularity, "data": rows}

    def forecast(self, query: _Query) -> Json:
        now = self._clock.now()
        start = _start_of(now, query.period)
        end = start + timedelta(hours=query.horizon) + query.period
        rows = [
            {key: row[key] for key in ("carbonIntensity", "datetime")}
            for row in self._rows(query, start, end)
        ]
        return {
            "zone": query.zone,
            "forecast": rows,
            "updatedAt": _text_of(now),
            "temporalGranularity": query.granularity,
        }

    def _row_at(self, query: _Query, moment: datetime) -> Json:
        start = _start_of(moment, query.period)
        row = self._rows(query, start, start + query.period)[0]
        return {**row, "temporalGranularity": query.granularity}

    def _rows(self, query: _Query, start: datetime, end: datetime) -> list[Json]:
        now = self._clock.now()
        published = self._grid.published(query.kind, start, end, now, query.period, mix=query.mix)
        return [self._row(query, row) for row in published]

    def _row(self, query: _Query, row: Published) -> Json:
        method = "FORECASTS_HIERARCHY" if row.estimated else None
        return {
            "zone": query.zone,
            "carbonIntensity": None if self.faults.null else round(row.value),
            "datetime": _text_of(row.start),
            "updatedAt": _text_of(row.updated_at),
            "createdAt": _text_of(row.created_at),
            "emissionFactorType": query.kind.value,
            "flowTraced": query.mix is Mix.CONSUMPTION,
            "isEstimated": row.estimated,
            "estimationMethod": "SANDBOX_MODE_DATA" if self.faults.sandbox else method,
        }

    def _finished(self, body: Json) -> Json:
        if self.faults.other_place:
            body = {**body, "zone": self.faults.other_place}
        if self.faults.sandbox:
            body = {**body, "_disclaimer": "You are in SANDBOX MODE: this is no real data."}
        return body


def _outside_plan(zone: str, temporality: str) -> Json:
    place = f"zoneKey={zone},requestType={temporality},dataType=carbon-intensity"
    return {"error": f"Request unauthorized for {place}.", "message": NO_ACCESS}


def _start_of(moment: datetime, period: timedelta) -> datetime:
    seconds = period.total_seconds()
    return datetime.fromtimestamp(moment.timestamp() // seconds * seconds, UTC)


def _text_of(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
