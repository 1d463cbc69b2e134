"""How panels look: one function for each kind of panel, with the settings all of them share.

In: title, description, queries, colours. Out: a panel builder without a place. Knows nothing of metrics.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from grafana_foundation_sdk.builders import bargauge, common, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.builders.dashboard import FieldColor, ThresholdsConfig
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.models import common as model
from grafana_foundation_sdk.models import dashboard as shape
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from kinds import BLUE, GREEN, GREY, ORANGE, RED, State

DATASOURCE = model.DataSourceRef(type_val="prometheus", uid="${datasource}")

Steps = Sequence[tuple[float | None, str]]
NEUTRAL: Steps = ((None, "text"),)
INFORM: Steps = ((None, BLUE),)
NONE_IS_GOOD: Steps = ((None, GREEN), (1, RED))
FEW_ARE_FINE: Steps = ((None, GREEN), (1, ORANGE))

EMPTY_CELL = "–"
YES_NO = {"0": ("no", GREEN), "1": ("yes", ORANGE)}
NOT_REPORTED = {"-1": ("not reported", GREY)}
# What began after the last look.
JUST_NOW = {"0": ("< 10 mins", GREEN)}


@dataclass(frozen=True)
class Query:
    """One PromQL query and the legend of its series."""

    expr: str
    legend: str = ""


@dataclass(frozen=True)
class Column:
    """A column of a table: the field it shows and how."""

    source: str
    title: str
    width: int | None = None
    unit: str | None = None
    decimals: int | None = None
    steps: Steps = ()
    texts: dict[str, tuple[str, str]] = field(default_factory=dict)
    link: tuple[str, str] | None = None
    gauge: tuple[float, float] | None = None
    hidden: bool = False

    def names(self) -> tuple[str, ...]:
        """The field's names: Grafana numbers the values of a table that has several queries."""
        if self.source == "Value #A":
            return ("Value #A", "Value")
        return (self.source,)


def state_texts(states: Sequence[State]) -> dict[str, tuple[str, str]]:
    """Each state by its name, for cells that hold the name."""
    return {state.name: (state.name, state.colour) for state in states}


def state_codes(states: Sequence[State]) -> dict[str, tuple[str, str]]:
    """Each state by its code, for panels that can only draw numbers."""
    named = {str(code): (state.name, state.colour) for code, state in enumerate(states, start=1)}
    return {"0": ("not known to this dashboard", ORANGE), **named}


def stat_panel(
    title: str,
    description: str,
    expr: str,
    *,
    steps: Steps = NEUTRAL,
    unit: str = "none",
    texts: dict[str, tuple[str, str]] | None = None,
    no_value: str = "none reported",
    link: tuple[str, str] | None = None,
    trend: bool = False,
    legend: str = "",
    decimals: int | None = None,
    coloured: bool = True,
    show_name: bool = False,
) -> stat.Panel:
    """One number, its background coloured by urgency."""
    panel = (
        stat.Panel()
        .graph_mode(model.BigValueGraphMode.AREA if trend else model.BigValueGraphMode.NONE)
        .color_mode(model.BigValueColorMode.BACKGROUND if coloured else model.BigValueColorMode.VALUE)
        .text_mode(model.BigValueTextMode.NAME if show_name else model.BigValueTextMode.VALUE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False).fields(""))
        .justify_mode(model.BigValueJustifyMode.CENTER)
    )
    query = Query(expr, legend)
    _common(panel, title, description, [query], unit, steps, texts, no_value, instant=not trend)
    if decimals is not None:
        panel.decimals(decimals)
    if link:
        panel.with_override(shape.MatcherConfig("byRegexp", ".*"), [_links(link)])
    return panel


def table_panel(
    title: str,
    description: str,
    queries: Sequence[str],
    columns: Sequence[Column],
    *,
    no_value: str,
    sort_by: str | None = None,
    descending: bool = True,
    filterable: bool = False,
) -> table.Panel:
    """Rows of things; the columns come in the order given, whatever else a query returns is left out."""
    panel = table.Panel().cell_height(model.TableCellHeight.SM).filterable(filterable)
    _common(panel, title, description, [Query(q) for q in queries], "none", NEUTRAL, None, no_value, instant=True)
    panel.with_override(shape.MatcherConfig("byRegexp", ".*"), [_value("noValue", EMPTY_CELL)])
    for column in columns:
        for name in column.names():
            panel.override_by_name(name, list(_properties(column)))
    if len(queries) > 1:
        panel.with_transformation(shape.DataTransformerConfig("merge", options={}))
    order = [name for column in columns for name in column.names()]
    panel.with_transformation(
        shape.DataTransformerConfig(
            "organize",
            options={
                "excludeByName": {"Time": True},
                "indexByName": {name: place for place, name in enumerate(order)},
                "renameByName": {},
            },
        )
    )
    if sort_by:
        panel.sort_by([common.TableSortByFieldState().display_name(sort_by).desc(descending)])
    return panel


def lines(
    title: str,
    description: str,
    queries: Sequence[Query],
    *,
    unit: str,
    no_value: str,
    stacked: bool = False,
    bars: bool = False,
    limit: Steps = (),
    colours: Sequence[State] = (),
    interval: str | None = None,
    soft_max: float | None = None,
    steady: bool = False,
) -> timeseries.Panel:
    """Values over time, the legend with the last and the highest value."""
    panel = (
        timeseries.Panel()
        .line_width(1)
        .fill_opacity(70 if bars else 25 if stacked else 0)
        .show_points(model.VisibilityMode.NEVER)
        .tooltip(common.VizTooltipOptions().mode(model.TooltipDisplayMode.MULTI).sort(model.SortOrder.DESCENDING))
        .legend(
            common.VizLegendOptions()
            .display_mode(model.LegendDisplayMode.TABLE)
            .placement(model.LegendPlacement.RIGHT)
            .show_legend(True)
            .calcs(["lastNotNull", "max"])
        )
        .axis_soft_min(0)
    )
    steps = limit or ((None, GREEN),)
    _common(panel, title, description, queries, unit, steps, None, no_value, instant=False)
    panel.color_scheme(FieldColor().mode(shape.FieldColorModeId.PALETTE_CLASSIC))
    if bars:
        panel.draw_style(model.GraphDrawStyle.BARS)
    if stacked:
        panel.stacking(common.StackingConfig().mode(model.StackingMode.NORMAL))
    if steady:
        panel.line_interpolation(model.LineInterpolation.STEP_AFTER)
    if limit:
        panel.thresholds_style(common.GraphThresholdsStyleConfig().mode(model.GraphThresholdsStyleMode.DASHED))
    if interval:
        panel.interval(interval)
    if soft_max is not None:
        panel.axis_soft_max(soft_max)
    for state in colours:
        panel.override_by_name(state.name, [_value("color", {"mode": "fixed", "fixedColor": state.colour})])
    return panel


def timeline(
    title: str,
    description: str,
    query: Query,
    states: Sequence[State],
    *,
    no_value: str,
    link: tuple[str, str] | None = None,
) -> statetimeline.Panel:
    """A bar for each object, coloured by its state over time."""
    panel = (
        statetimeline.Panel()
        .merge_values(True)
        .show_value(model.VisibilityMode.AUTO)
        .row_height(0.85)
        .fill_opacity(75)
        .line_width(0)
        .per_page(20)
        .tooltip(common.VizTooltipOptions().mode(model.TooltipDisplayMode.SINGLE))
        .legend(common.VizLegendOptions().show_legend(False).display_mode(model.LegendDisplayMode.LIST))
    )
    _common(panel, title, description, [query], "none", NEUTRAL, state_codes(states), no_value, instant=False)
    if link:
        panel.with_override(shape.MatcherConfig("byRegexp", ".*"), [_links(link)])
    return panel


def ranking(
    title: str,
    description: str,
    query: Query,
    *,
    unit: str,
    steps: Steps,
    no_value: str,
    decimals: int = 0,
    top: float | None = None,
    link: tuple[str, str] | None = None,
) -> bargauge.Panel:
    """A bar for each object, the longest first (the query sorts)."""
    panel = (
        bargauge.Panel()
        .orientation(model.VizOrientation.HORIZONTAL)
        .display_mode(model.BarGaugeDisplayMode.BASIC)
        .value_mode(model.BarGaugeValueMode.COLOR)
        .show_unfilled(True)
        .name_placement(model.BarGaugeNamePlacement.LEFT)
        .sizing(model.BarGaugeSizing.MANUAL)
        .max_viz_height(22)
        .min_viz_height(16)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False).fields(""))
        .min(0)
    )
    _common(panel, title, description, [query], unit, steps, None, no_value, instant=True)
    panel.decimals(decimals)
    if top is not None:
        panel.max(top)
    if link:
        panel.with_override(shape.MatcherConfig("byRegexp", ".*"), [_links(link)])
    return panel


def _common(panel, title, description, queries, unit, steps, texts, no_value, *, instant) -> None:
    panel.title(title).description(description).datasource(DATASOURCE).unit(unit).no_value(no_value)
    panel.thresholds(ThresholdsConfig().mode(shape.ThresholdsMode.ABSOLUTE).steps(_steps(steps)))
    panel.color_scheme(FieldColor().mode(shape.FieldColorModeId.THRESHOLDS))
    if texts:
        panel.mappings([_mapping(texts)])
    for ref, query in zip("ABCDEFGH", queries, strict=False):
        target = Dataquery().datasource(DATASOURCE).expr(query.expr).ref_id(ref)
        target = target.instant() if instant else target.range()
        if isinstance(panel, table.Panel):
            target.format(PromQueryFormat.TABLE)
        panel.with_target(target.legend_format(query.legend or "__auto"))


def _properties(column: Column):
    yield _value("displayName", column.title)
    if column.hidden:
        yield _value("custom.hidden", True)
    if column.width:
        yield _value("custom.width", column.width)
    if column.unit:
        yield _value("unit", column.unit)
    if column.decimals is not None:
        yield _value("decimals", column.decimals)
    if column.texts:
        yield _value("mappings", [_mapping(column.texts)])
    if column.gauge:
        low, high = column.gauge
        yield _value("min", low)
        yield _value("max", high)
        yield _value("custom.cellOptions", {"type": "gauge", "mode": "basic", "valueDisplayMode": "text"})
    elif column.steps or column.texts:
        yield _value("custom.cellOptions", {"type": "color-text"})
    if column.steps:
        yield _value("thresholds", {"mode": "absolute", "steps": _steps(column.steps)})
        yield _value("color", {"mode": "thresholds"})
    if column.link:
        yield _links(column.link)


def _steps(steps: Steps) -> list[shape.Threshold]:
    return [shape.Threshold(value=value, color=colour) for value, colour in steps]


def _mapping(texts: dict[str, tuple[str, str]]) -> shape.ValueMap:
    return shape.ValueMap(
        options={
            value: shape.ValueMappingResult(text=text, color=colour, index=place)
            for place, (value, (text, colour)) in enumerate(texts.items())
        }
    )


def _links(link: tuple[str, str]) -> shape.DynamicConfigValue:
    title, url = link
    return _value("links", [{"title": title, "url": url, "targetBlank": url.startswith("https:")}])


def _value(name: str, value: object) -> shape.DynamicConfigValue:
    return shape.DynamicConfigValue(name, value)
