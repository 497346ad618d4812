"""Panels: one number, bars, curves. Tables are in `tables`.

All of them say what the number is, in which unit, and what is missing: a missing number is a dash,
a missing stretch of a curve is a gap.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from grafana_foundation_sdk.builders import bargauge, common, stat, timeseries
from grafana_foundation_sdk.builders.dashboard import DashboardLink, FieldColor
from grafana_foundation_sdk.models.common import (
    BarGaugeDisplayMode,
    BarGaugeValueMode,
    BigValueColorMode,
    BigValueGraphMode,
    BigValueTextMode,
    GraphDrawStyle,
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    SortOrder,
    StackingMode,
    TooltipDisplayMode,
    VisibilityMode,
    VizOrientation,
)
from grafana_foundation_sdk.models.dashboard import (
    DataSourceRef,
    DynamicConfigValue,
    FieldColorModeId,
)

from deploy.grafana.parts.queries import Query, Shape
from deploy.grafana.parts.steps import NEUTRAL, Steps, thresholds

MISSING = "–"
NO_CURVE = "nothing in this time"
MINUTE = "1m"
"""A curve has no finer step: meters are read once a minute."""

REFS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
DASHES, DOTS = {"fill": "dash", "dash": [10, 8]}, {"fill": "dot", "dash": [2, 6]}
PATTERNS = {"/estimated/": DASHES, "/fallback/": DOTS, "/forecast/": DOTS, "/budget/": DASHES}
"""How curves are drawn that are no measurement: a pattern, never a colour."""

Panel = TypeVar("Panel", stat.Panel, bargauge.Panel, timeseries.Panel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a panel says about itself."""

    title: str
    says: str
    """What the number is, what it is summed over, and what is not in it."""

    unit: str
    decimals: int | None = None
    steps: Steps = NEUTRAL
    missing: str = MISSING
    """Shown where there is nothing."""

    links: Sequence[DashboardLink] = ()


@dataclass(frozen=True, slots=True)
class Panels:
    """Makes panels that ask one data source."""

    source: DataSourceRef

    def number(
        self, words: Words, *queries: Query, width: int, height: int = 4, named: bool = False
    ) -> stat.Panel:
        """Return a number of each series, as of now. It has its name where there are several, and
        always where it is `named`.
        """
        panel = self._asking(stat.Panel(), words, queries, Shape.NOW).span(width).height(height)
        panel.graph_mode(BigValueGraphMode.NONE).reduce_options(_last())
        panel.text_mode(BigValueTextMode.VALUE_AND_NAME if named else BigValueTextMode.AUTO)
        neutral = words.steps is NEUTRAL
        panel.color_mode(BigValueColorMode.NONE if neutral else BigValueColorMode.VALUE)
        return panel

    def bars(
        self, words: Words, *queries: Query, width: int, height: int = 8, most: float | None = None
    ) -> bargauge.Panel:
        """Return a bar of each series, as of now; `most` is where a bar is full."""
        panel = self._asking(bargauge.Panel(), words, queries, Shape.NOW).span(width).height(height)
        panel.display_mode(BarGaugeDisplayMode.BASIC).value_mode(BarGaugeValueMode.TEXT)
        panel.orientation(VizOrientation.HORIZONTAL).reduce_options(_last()).min(0)
        return panel if most is None else panel.max(most)

    def curves(
        self,
        words: Words,
        *queries: Query,
        width: int,
        height: int = 8,
        stacked: bool = False,
        figures: Sequence[str] = (),
        least: float | None = None,
    ) -> timeseries.Panel:
        """Return curves over the time range, one on the other where `stacked`.

        `figures` are shown in the legend, such as `mean` and `max`; `least` is where the axis
        begins at the latest.
        """
        panel = self._asking(timeseries.Panel(), words, queries, Shape.RANGE)
        panel.span(width).height(height).interval(MINUTE)
        if words.missing == MISSING:
            panel.no_value(NO_CURVE)
        panel.color_scheme(FieldColor().mode(FieldColorModeId.PALETTE_CLASSIC_BY_NAME))
        panel.draw_style(GraphDrawStyle.LINE).line_width(1).show_points(VisibilityMode.AUTO)
        panel.span_nulls(span_nulls=False).legend(_legend(figures)).tooltip(_tooltip())
        if least is not None:
            panel.axis_soft_min(least)
        if stacked:
            panel.stacking(common.StackingConfig().mode(StackingMode.NORMAL)).fill_opacity(30)
        if words.steps is not NEUTRAL:
            style = common.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.DASHED)
            panel.thresholds_style(style)
        for pattern, drawn in PATTERNS.items():
            panel.override_by_regexp(pattern, [DynamicConfigValue("custom.lineStyle", drawn)])
        return panel

    def _asking(self, panel: Panel, words: Words, queries: Sequence[Query], shape: Shape) -> Panel:
        panel.title(words.title).description(words.says).unit(words.unit).datasource(self.source)
        panel.thresholds(thresholds(words.steps)).no_value(words.missing)
        panel.data_links(list(words.links))
        if words.decimals is not None:
            panel.decimals(words.decimals)
        if isinstance(panel, stat.Panel | bargauge.Panel):
            panel.color_scheme(FieldColor().mode(FieldColorModeId.THRESHOLDS))
        for ref, query in zip(REFS, queries, strict=False):
            panel.with_target(query.of(ref, shape, self.source))
        return panel


def _last() -> common.ReduceDataOptions:
    """The last number even if it is missing: what was there before is not now."""
    return common.ReduceDataOptions().calcs(["last"]).values(values=False)


def _legend(figures: Sequence[str]) -> common.VizLegendOptions:
    legend = (
        common.VizLegendOptions().show_legend(show_legend=True).placement(LegendPlacement.BOTTOM)
    )
    legend.display_mode(LegendDisplayMode.TABLE if figures else LegendDisplayMode.LIST)
    return legend.calcs(list(figures))


def _tooltip() -> common.VizTooltipOptions:
    return common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING)
