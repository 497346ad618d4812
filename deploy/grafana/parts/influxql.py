"""Questions in InfluxQL. All three versions of InfluxDB understand it, the second by a mapping."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.dashboard import DataSourceRef

from deploy.grafana.parts.queries import Shape

RANGE = "$timeFilter"
RECENT = "time > ${__to}ms - 10m AND time <= ${__to}ms"
"""As of the end of the time range: what said nothing for ten minutes is not known now."""

FINE, STEP = "$__interval", "$step"
"""Times that numbers are taken together over: as fine as the panel is wide, or as chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """Numbers of each series first, as a table that a question is asked of: an inner SELECT.

    In `numbers` each has a name: `last("power_watts") AS "watts"`.
    """

    numbers: str
    table: str
    where: str = ""
    by: Sequence[str] = ()
    time: str = RANGE

    def text(self, shape: Shape, step: str) -> str:
        """Return it in parentheses, in the same steps of time as what is around it."""
        grouped = _grouped(self.by, step if shape is Shape.RANGE else "")
        where = _where(self.where, self.time)
        head = f'SELECT {self.numbers} FROM "{self.table}"'  # noqa: S608 no SQL, and all is ours
        return f"({head} WHERE {where}{grouped})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Influxql:
    """A question: one number, of a measurement or of what was selected before, by some tags.

    `legend` names the series, tags as `$tag_rack`. `step` is the time between numbers of a curve.
    """

    number: str
    table: str | Selected
    where: str = ""
    by: Sequence[str] = ()
    legend: str = ""
    step: str = STEP
    time: str = RANGE
    absent: int | None = None
    """What a field that nothing has counts as: for a difference of counts, which else is none."""

    def text(self, ref: str, shape: Shape) -> str:
        """Return its text. In a table its number has the name that tables count on."""
        name = f"Value #{ref}" if shape is Shape.TABLE else "value"
        inner = self.table
        table = inner.text(shape, self.step) if isinstance(inner, Selected) else f'"{inner}"'
        text = f'SELECT {self.number} AS "{name}" FROM {table}'  # noqa: S608 no SQL, and all is ours
        text += f" WHERE {_where(self.where, self.time)}"
        if shape is not Shape.RANGE:
            filled = "" if self.absent is None else f" fill({self.absent})"
            return text + _grouped(self.by) + filled
        # A gap is a null: without one Grafana would draw a line across it.
        text += f"{_grouped(self.by, self.step)} fill(null)"
        # A day begins at midnight of the chosen zone.
        return f"{text} tz('$zone')" if self.step == STEP else text

    def of(self, ref: str, shape: Shape, source: DataSourceRef) -> Builder[Dataquery]:
        """Return it as a target of a panel."""
        kind = "table" if shape is Shape.TABLE else "time_series"
        return _Target(
            {
                "refId": ref,
                "datasource": source,
                "query": self.text(ref, shape),
                "rawQuery": True,
                "resultFormat": kind,
                # The columns of a table have names of their own.
                **({"alias": self.legend} if self.legend and shape is not Shape.TABLE else {}),
            }
        )


class _Target(Builder[Dataquery], Dataquery):
    """A question as Grafana's data source for InfluxDB keeps it; the library knows none of it."""

    def __init__(self, json: Mapping[str, object]) -> None:
        self._json = json

    def build(self) -> Dataquery:
        return self

    def to_json(self) -> Mapping[str, object]:
        """Return what the file holds of it."""
        return self._json


def _where(where: str, time: str) -> str:
    return f"{where} AND {time}" if where else time


def _grouped(by: Sequence[str], step: str = "") -> str:
    found = [f"time({step})"] if step else []
    found += [f'"{tag}"' for tag in by]
    return f" GROUP BY {', '.join(found)}" if found else ""
