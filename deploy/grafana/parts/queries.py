"""Queries: what a panel asks its data source."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from grafana_foundation_sdk.builders.prometheus import Dataquery as PrometheusQuery
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.dashboard import DataSourceRef
from grafana_foundation_sdk.models.prometheus import PromQueryFormat, QueryEditorMode


class Shape(StrEnum):
    """What a panel wants of a query."""

    NOW = "now"
    """One number of each series, as of the end of the time range."""

    RANGE = "range"
    """Numbers over the time range."""

    TABLE = "table"
    """One row of each series, its labels in columns, as of the end of the time range."""


class Query(Protocol):
    """A question in one query language. A data source of another kind brings its own class."""

    def of(self, ref: str, shape: Shape, source: DataSourceRef) -> Builder[Dataquery]:
        """Return it as a target of a panel."""
        ...


@dataclass(frozen=True, slots=True)
class Promql:
    """A question to Prometheus; `legend` names its series, labels in double braces."""

    text: str
    legend: str = ""

    def of(self, ref: str, shape: Shape, source: DataSourceRef) -> Builder[Dataquery]:
        """Return it as a target of a panel."""
        query = PrometheusQuery().ref_id(ref).datasource(source).expr(self.text)
        query.editor_mode(QueryEditorMode.CODE)
        table = shape is Shape.TABLE
        query.format(PromQueryFormat.TABLE if table else PromQueryFormat.TIME_SERIES)
        query.range() if shape is Shape.RANGE else query.instant()
        return query.legend_format(self.legend) if self.legend else query
