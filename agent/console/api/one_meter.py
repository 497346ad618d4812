"""One meter: its last reading, its register, its last minutes, and what its register did."""

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from agent.console.api.answers import answer, desk_of
from agent.console.api.asked import Moment
from agent.console.api.findings import FindingSaid
from agent.console.api.findings import said_of as finding_said
from agent.console.api.meters import MeterSaid, said_of
from agent.console.api.minutes import FINDINGS, MinuteSaid, minutes_said
from agent.console.api.problems import Refusal
from agent.ledger import Connection
from agent.ledger.accounts.findings import newest_findings
from agent.ledger.accounts.registers import register_shown
from agent.ledger.names import meter_named
from agent.ledger.readers import Budget
from agent.model import MeterNow, Quantity
from agent.units import kwh, litres

router = APIRouter(tags=["meters"])


class RegisterSaid(BaseModel):
    """What the meter's register showed last."""

    at: Moment
    unit: str = Field(description="kWh, or of a water meter l.")
    value: float | None = Field(description="Null of a meter that has no register.")
    source: str = Field(description="Which way of reading it is, where there are several.")
    stuck: bool = Field(description="Whether it stands still while power flows.")


class MeterWhole(MeterSaid):
    """A meter with all that it said last."""

    register_shown: RegisterSaid | None = Field(
        serialization_alias="register", description="Null of one that has conditions alone."
    )
    bases: dict[str, int] = Field(description="On which basis how many of its last minutes stand.")
    minutes: list[MinuteSaid] = Field(description="Its last 60.")
    findings: list[FindingSaid] = Field(description="The newest 20.")


@router.get("/meters/{id:path}", response_model=MeterWhole, summary="One meter")
async def meter(
    request: Request,
    id: Annotated[str, Path(max_length=400, description="Such as rack-07-a/outlet/12.")],
) -> Response:
    """Return a meter with its register, its last minutes and what its register did."""
    desk = desk_of(request)
    now, names = await desk.now(), desk.names()

    def work(connection: Connection, budget: Budget) -> MeterWhole:
        read = (one for one in now.meters if one.meter.id == id)
        found = next(read, None) or _nobody(connection, id)
        minutes = minutes_said(connection, budget, found)
        findings = newest_findings(connection, meter=id, limit=FINDINGS)
        return MeterWhole(
            **dict(said_of(found, names)),
            register_shown=_register(connection, found),
            bases=dict(Counter(one.basis for one in minutes if one.basis is not None)),
            minutes=minutes,
            findings=[finding_said(*one) for one in findings],
        )

    return await answer(request, work)


def _nobody(connection: Connection, name: str) -> MeterNow:
    """Raises ConfigError for a meter that the ledger has never seen, else Refusal."""
    meter_named(connection, name)
    raise Refusal(
        404,
        "not-there",
        f"{name} was not read since the settings were last read: series, explain and findings know "
        "what the ledger has of it",
    )


def _register(connection: Connection, meter: MeterNow) -> RegisterSaid | None:
    shown = register_shown(connection, meter.meter.id)
    if shown is None:
        return None
    water = meter.meter.quantity is Quantity.WATER
    return RegisterSaid(
        at=shown.at,
        unit="l" if water else "kWh",
        value=None if shown.energy is None else (litres if water else kwh)(shown.energy),
        source=shown.source,
        stuck=shown.stuck,
    )
