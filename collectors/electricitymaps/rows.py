"""From an answer's rows to intensities. Pure: what is refused here is refused without the network.

Shapes differ by temporality and version, so the reader takes a bare object, `history`, `data` and
`forecast` alike, and every field but `datetime` may be absent.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.errors import Unavailable
from agent.model import Intensity, Kind, Mix
from agent.units import GramsPerKwh
from agent.web import NoService, amount_of, moment_of
from collectors.electricitymaps.settings import PERIODS

SOURCE = "electricitymaps"
SANDBOX_METHOD = "SANDBOX_MODE_DATA"
SANDBOX_WORDS = "SANDBOX MODE"
FORECAST = "forecast"
CONTAINERS = ("history", "data", FORECAST)

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an answer must be of."""

    grid: str
    zone: str
    kind: Kind
    granularity: str
    mix: Mix = Mix.CONSUMPTION
    forecast: bool = False
    """What is to come, the hour that runs included."""

    @property
    def flow_traced(self) -> bool:
        """The word of the service for the mix: with imports traced to where they were made."""
        return self.mix is Mix.CONSUMPTION


def intensities_of(
    body: Row, asked: Asked, fetched_at: datetime
) -> tuple[Sequence[Intensity], Sequence[str]]:
    """Return the intensities of an answer, and what is wrong with the rows left out.

    A null intensity is missing and nothing is wrong with it. Raises Unavailable for an answer that
    is not of what was asked for: nothing of it is taken.
    """
    rows = list(_rows_of(body, asked))
    _check_sandbox(body, rows, asked)
    for row in (body, *rows):
        _check_identity(row, asked)
    seen: list[Intensity] = []
    faults: list[str] = []
    for row in rows:
        try:
            intensity = _intensity_of(row, body, asked, fetched_at)
        except ValueError as error:
            faults.append(f"{asked.grid}: a row of {row.get('datetime')} is left out: {error}")
        else:
            seen += [] if intensity is None else [intensity]
    return seen, faults


def _rows_of(body: Row, asked: Asked) -> Iterator[Row]:
    rows = next((body[key] for key in CONTAINERS if isinstance(body.get(key), list)), None)
    if rows is None and "datetime" in body:
        rows = [body]
    if not isinstance(rows, list):
        raise Unavailable(f"{asked.grid}: the answer has no rows: check the version in `url`")
    for row in rows:
        if not isinstance(row, dict):
            raise Unavailable(f"{asked.grid}: a row of the answer is no object: {row!r:.60}")
        yield row


def _check_sandbox(body: Row, rows: Sequence[Row], asked: Asked) -> None:
    disclaimed = SANDBOX_WORDS in str(body.get("_disclaimer", ""))
    if disclaimed or any(row.get("estimationMethod") == SANDBOX_METHOD for row in (body, *rows)):
        # A forecast's rows bear no sign of it: no answer to this key can be believed.
        raise NoService(
            f"{asked.grid}: the key is for the sandbox, whose numbers are false on purpose: "
            "set a production key in `key`"
        )


def _check_identity(row: Row, asked: Asked) -> None:
    zone = row.get("zone") or asked.zone
    if zone != asked.zone:
        raise Unavailable(
            f"{asked.grid}: asked for zone {asked.zone}, answered for zone {zone}: "
            "nothing of it is taken, check `zone`"
        )
    factor = row.get("emissionFactorType") or asked.kind
    if factor != asked.kind:
        raise Unavailable(
            f"{asked.grid}: asked for {asked.kind} intensities, answered with {factor}: "
            "nothing of it is taken"
        )
    traced = row.get("flowTraced")
    if isinstance(traced, bool) and traced is not asked.flow_traced:
        answered = Mix.CONSUMPTION if traced else Mix.PRODUCTION
        raise Unavailable(
            f"{asked.grid}: asked for the {asked.mix} mix of {asked.zone}, answered with its "
            f"{answered} mix (flowTraced is {str(traced).lower()}): nothing of it is taken"
        )


def _intensity_of(row: Row, body: Row, asked: Asked, fetched_at: datetime) -> Intensity | None:
    start = moment_of(row.get("datetime"))
    if start is None:
        raise ValueError("it has no datetime")
    value = amount_of(row.get("carbonIntensity"))
    if value is None:
        return None
    method = str(row.get("estimationMethod") or "")
    forecast = asked.forecast or isinstance(body.get(FORECAST), list)
    # The rows of a forecast have no version of their own: it is made as a whole.
    updated = row.get("updatedAt") or (body.get("updatedAt") if forecast else None)
    return Intensity(
        grid=asked.grid,
        kind=asked.kind,
        source=SOURCE,
        zone=asked.zone,
        start=start,
        period=_period_of(row, body, asked),
        value=GramsPerKwh(value),
        fetched_at=fetched_at,
        updated_at=moment_of(updated),
        estimated=forecast or _is_estimated(row, method),
        method=method or (FORECAST if forecast else ""),
        mix=asked.mix,
        forecast=forecast,
    )


def _period_of(row: Row, body: Row, asked: Asked) -> timedelta:
    granularity = row.get("temporalGranularity") or body.get("temporalGranularity")
    word = str(granularity or asked.granularity)
    if word not in PERIODS:
        raise ValueError(f"its granularity {word} is not one of {', '.join(PERIODS)}")
    return PERIODS[word]


def _is_estimated(row: Row, method: str) -> bool:
    said = row.get("isEstimated")
    return said if isinstance(said, bool) else method not in {"", "MEASURED"}
