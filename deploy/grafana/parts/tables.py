"""Tables: a row of each thing, a query of each column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import common, table
from grafana_foundation_sdk.builders.dashboard import DashboardLink
from grafana_foundation_sdk.models.common import TableCellHeight
from grafana_foundation_sdk.models.dashboard import (
    DataSourceRef,
    DataTransformerConfig,
    DynamicConfigValue,
)

from deploy.grafana.parts.panels import MISSING, REFS
from deploy.grafana.parts.queries import Query, Shape
from deploy.grafana.parts.steps import Steps, thresholds
from deploy.grafana.parts.units import TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of numbers. Its query has the keys of the table as labels, and no others."""

    title: str
    query: Query
    unit: str
    decimals: int | None = None
    steps: Steps | None = None
    gauge: bool = False
    """Drawn as a bar from 0 to 1 beside the number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A column that says which thing a row is about: a label."""

    label: str
    title: str
    links: Sequence[DashboardLink] = ()


@dataclass(frozen=True, slots=True)
class Tables:
    """Makes tables that ask one data source."""

    source: DataSourceRef

    def rows(
        self,
        title: str,
        says: str,
        keys: Sequence[Key],
        columns: Sequence[Column],
        *,
        width: int = 24,
        height: int = 8,
        by: str = "",
        missing: str = MISSING,
    ) -> table.Panel:
        """Return a table with a row of each combination of keys, the highest of `by` first."""
        panel = table.Panel().title(title).description(says).unit(TEXT).datasource(self.source)
        panel.span(width).height(height).cell_height(TableCellHeight.SM).no_value(missing)
        panel.filterable(len(keys) > 1)
        for ref, column in zip(REFS, columns, strict=False):
            panel.with_target(column.query.of(ref, Shape.TABLE, self.source))
            panel.override_by_name(column.title, _look(column))
        for key in keys:
            if key.links:
                links = [link.build() for link in key.links]
                panel.override_by_name(key.title, [DynamicConfigValue("links", links)])
        if by:
            panel.sort_by([common.TableSortByFieldState().display_name(by).desc(desc=True)])
        panel.with_transformation(DataTransformerConfig(id_val="merge", options={}))
        return panel.with_transformation(
            DataTransformerConfig(id_val="organize", options=_order(keys, columns))
        )


def _look(column: Column) -> list[DynamicConfigValue]:
    # What the table says if it is empty is not what a cell says.
    values: dict[str, object] = {"unit": column.unit, "noValue": MISSING}
    if column.decimals is not None:
        values["decimals"] = column.decimals
    if column.steps is not None:
        values["thresholds"] = thresholds(column.steps).build()
        values["color"] = {"mode": "thresholds"}
        values["custom.cellOptions"] = {"type": "color-text"}
    if column.gauge:
        values |= {"min": 0, "max": 1, "custom.cellOptions": {"type": "gauge", "mode": "basic"}}
    return [DynamicConfigValue(name, value) for name, value in values.items()]


def _order(keys: Sequence[Key], columns: Sequence[Column]) -> Mapping[str, object]:
    """Return the order and the titles. A lone query's numbers have no letter."""
    names = [key.label for key in keys]
    names += [f"Value #{ref}" for ref, _ in zip(REFS, columns, strict=False)]
    titles = [key.title for key in keys] + [column.title for column in columns]
    renamed = dict(zip(names, titles, strict=True))
    if len(columns) == 1:
        renamed["Value"] = columns[0].title
    return {
        "excludeByName": {"Time": True},
        "indexByName": {name: place for place, name in enumerate(renamed)},
        "renameByName": renamed,
    }
