"""The API: `/api/v1/...`, read-only, JSON or CSV, described by its own OpenAPI document.

One module for each thing that can be asked for. Each makes its answer in a reader's thread.
"""

from importlib.metadata import version

from fastapi import Depends, FastAPI

from agent.console.api import (
    alerts,
    coverage,
    devices,
    emissions,
    explain,
    findings,
    intensity,
    meter_coverage,
    meters,
    one_meter,
    repairs,
    restatements,
    series,
    site,
    status,
    tree,
    troubles,
)
from agent.console.api.document import describe
from agent.console.api.head import Heads
from agent.console.api.parameters import known_alone
from agent.console.api.problems import RESPONSES, Problem, catch
from agent.console.api.shared import Shared
from agent.console.desk import Desk

PREFIX = "/api/v1"
ROUTERS = (
    site.router,
    tree.router,
    troubles.router,
    alerts.router,
    meters.router,
    one_meter.router,
    devices.router,
    series.router,
    emissions.router,
    intensity.router,
    coverage.router,
    meter_coverage.router,
    restatements.router,
    findings.router,
    repairs.router,
    explain.router,
    status.router,
)


def api_of(desk: Desk) -> FastAPI:
    """Return the application that answers from a desk."""
    app = FastAPI(
        title="carbond",
        version=version("carbond"),
        summary="Power, energy and carbon of data centres, and where each number comes from.",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        responses=RESPONSES,
    )
    app.state.desk = desk
    app.state.shared = Shared()
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX, dependencies=[Depends(known_alone)])
    catch(app)
    describe(app, f"{PREFIX}/openapi.json")
    app.add_middleware(Heads)
    return app


__all__ = ["PREFIX", "Problem", "api_of"]
