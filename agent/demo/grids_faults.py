"""What a simulated service is told to do wrong, and what it was asked."""

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from agent.clock import Clock

HTML = "<html><head><title>Service</title></head><body><h1>Down for a moment</h1></body></html>"


@dataclass(slots=True, kw_only=True)
class Said:
    """An answer that takes the place of the right one."""

    status: int
    text: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Faults:
    """The switches of one simulated service; all off at first."""

    answers: deque[Said] = field(default_factory=deque)
    """Given, one each, to the next requests."""

    html: bool = False
    """An HTML page with status 200 in place of JSON."""

    null: bool = False
    """Rows without a value."""

    other_place: str = ""
    """The answer is of this zone or region, whatever was asked for."""

    sandbox: bool = False
    """The account is for evaluation: its numbers are false, and say so."""

    percentile: bool = False
    """Values are ranks and not intensities."""

    delay: float = 0.0
    """Seconds of the clock before any answer."""

    past: bool = True
    """Whether the plan covers past ranges."""

    forecast: bool = True
    """Whether the plan covers forecasts."""

    model: str = "2026-03-01"
    """Date of the model that answers where the request names none."""

    asked: deque[tuple[str, Mapping[str, str]]] = field(default_factory=lambda: deque(maxlen=1000))
    """Path and parameters of the last requests."""

    async def instead_of(self, request: Request, clock: Clock) -> Response | None:
        """Note the request, and return what to answer in place of the truth, if anything."""
        self.asked.append((request.url.path, dict(request.query_params)))
        if self.delay:
            await clock.sleep(self.delay)
        else:
            await asyncio.sleep(0)
        if self.answers:
            said = self.answers.popleft()
            return Response(said.text, status_code=said.status, headers=dict(said.headers))
        return Response(HTML, media_type="text/html") if self.html else None


def faults_of(app: Starlette) -> Faults:
    """Return the switches of an app made by this package."""
    faults = app.state.faults
    if not isinstance(faults, Faults):
        raise TypeError(f"{app} is not a simulated service")
    return faults
