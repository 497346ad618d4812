"""Variables: what a person chooses at the top of a board. Each depends on those left of it."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders.dashboard import DatasourceVariable, QueryVariable
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import (
    DataSourceRef,
    VariableModel,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

ALL = VariableOption(text="All", value="$__all", selected=True)
ANY_OR_NONE = ".*"
"""All means those without the label too."""

SOME = ".+"


def datasource(kind: str) -> Builder[VariableModel]:
    """Return the choice of a data source of a kind, such as `prometheus`."""
    return DatasourceVariable("datasource").label("Data source").type(kind)


def ref(kind: str) -> DataSourceRef:
    """Return what stands for the chosen data source in panels and queries."""
    return DataSourceRef(type_val=kind, uid="${datasource}")


def choice(
    name: str,
    query: str | dict[str, object],
    source: DataSourceRef,
    *,
    every: str = SOME,
    says: str,
) -> Builder[VariableModel]:
    """Return a choice of some or all of what a query finds; `every` is what All stands for."""
    variable = (
        _found(name, query, source, says=says).multi(multi=True).include_all(include_all=True)
    )
    return variable.all_value(every).current(ALL)


def one(
    name: str, query: str | dict[str, object], source: DataSourceRef, *, says: str
) -> Builder[VariableModel]:
    """Return a choice of one of what a query finds: the first, until somebody chooses."""
    return _found(name, query, source, says=says)


def _found(
    name: str, query: str | dict[str, object], source: DataSourceRef, *, says: str
) -> QueryVariable:
    variable = QueryVariable(name).label(name.capitalize()).description(says)
    variable.datasource(source).query(query).allow_custom_value(allow_custom_value=False)
    return variable.refresh(VariableRefresh.ON_TIME_RANGE_CHANGED).sort(VariableSort.NATURAL_ASC)


def label_values(metric: str, label: str) -> dict[str, object]:
    """Return the query to Prometheus for what a label is found to be."""
    return {"query": f"label_values({metric}, {label})", "refId": label}


Variables = Sequence[Builder[VariableModel]]
