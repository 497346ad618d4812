"""From an answer's rows to intensities. Pure: nothing here needs the network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.errors import Unavailable
from agent.model import Intensity, Kind
from agent.units import intensity_from_lb_per_mwh
from agent.web import amount_of, moment_of

SOURCE = "watttime"
UNITS = "lbs_co2_per_mwh"

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """What an answer must be of: one signal of one region by one model."""

    grid: str
    kind: Kind
    signal: str
    region: str
    model: str | None
    """The date of the model; None until an answer has named it."""

    forecast: bool = False
    """Of what is to come, the point that runs included."""

    @property
    def title(self) -> str:
        """What to call it in a message."""
        return f"the forecast of {self.signal}" if self.forecast else self.signal


def model_of(body: Row) -> str:
    """Return the date of the model that computed the answer, empty where it does not say."""
    model = _meta_of(body).get("model")
    return str(model.get("date") or "") if isinstance(model, dict) else ""


def intensities_of(
    body: Row, series: Series, fetched_at: datetime
) -> tuple[Sequence[Intensity], Sequence[str]]:
    """Return the intensities of an answer, and what is wrong with the rows left out.

    Raises Unavailable for an answer that is not of the series, or not of an intensity: nothing of
    it is taken.
    """
    rows = body.get("data")
    if not isinstance(rows, list):
        raise Unavailable(f"{series.grid}: the answer has no rows: check `url`")
    if not rows:
        return (), ()
    _check(body, series)
    period = _period_of(body, series)
    seen: list[Intensity] = []
    faults: list[str] = []
    for row in rows:
        try:
            intensity = _intensity_of(row, body, series, period, fetched_at)
        except ValueError as error:
            faults.append(f"{series.grid}: a row is left out: {error}")
        else:
            seen += [] if intensity is None else [intensity]
    return seen, faults


def _check(body: Row, series: Series) -> None:
    meta = _meta_of(body)
    units = meta.get("units")
    if units != UNITS:
        meaning = "a rank from 0 to 100" if units == "percentile" else "which is unknown here"
        raise Unavailable(
            f"{series.grid}: the answer is in {units}, {meaning}, and no intensity in {UNITS}: "
            "nothing of it is taken"
        )
    for word, asked in (("region", series.region), ("signal_type", series.signal)):
        answered = meta.get(word) or asked
        if answered != asked:
            raise Unavailable(
                f"{series.grid}: asked for {word} {asked}, answered for {answered}: "
                "nothing of it is taken"
            )
    model = model_of(body)
    if series.model is not None and model != series.model:
        option = "model" if series.kind is Kind.MARGINAL else "average_model"
        raise Unavailable(
            f"{series.grid}: this series is of the model of {series.model}, the answer is of that "
            f"of {model or 'no date'}: two models are never mixed, so nothing of it is taken; to "
            f"go over to the other, write its date in `{option}`"
        )


def _meta_of(body: Row) -> Row:
    meta = body.get("meta")
    return meta if isinstance(meta, dict) else {}


def _period_of(body: Row, series: Series) -> timedelta:
    seconds = _meta_of(body).get("data_point_period_seconds")
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 < seconds <= 86400:  # noqa: PLR2004 a day
        raise Unavailable(
            f"{series.grid}: the answer does not say how long a value holds "
            f"(data_point_period_seconds is {seconds}): nothing of it is taken"
        )
    return timedelta(seconds=seconds)


def _intensity_of(
    row: object, body: Row, series: Series, period: timedelta, fetched_at: datetime
) -> Intensity | None:
    if not isinstance(row, dict):
        raise ValueError(f"{row!r:.60} is no object")  # noqa: TRY004 one error for a bad row
    start = moment_of(row.get("point_time"))
    if start is None:
        raise ValueError("it has no point_time")
    value = amount_of(row.get("value"))
    if value is None:
        return None
    model = model_of(body)
    method = f"model {model}" if model else ""
    if series.forecast:
        method = f"forecast, {method}" if model else "forecast"
    # The points of a forecast have no version of their own: it is made as a whole.
    updated = _meta_of(body).get("generated_at") if series.forecast else row.get("last_updated")
    return Intensity(
        grid=series.grid,
        kind=series.kind,
        source=SOURCE,
        zone=series.region,
        start=start,
        period=period,
        value=intensity_from_lb_per_mwh(value),
        fetched_at=fetched_at,
        updated_at=moment_of(updated),
        estimated=series.forecast or row.get("imputed_data_used") is True,
        method=method,
        forecast=series.forecast,
    )
