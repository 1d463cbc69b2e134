"""A dashboard as a page: its variables, its links and its panels from left to right, top to bottom.

Gives every panel its place and its id. Knows nothing of what the panels show.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models import dashboard as shape

from look import DATASOURCE

WIDTH = 24
ALL = shape.VariableOption(selected=True, text="All", value="$__all")
TAG = "euc-exporter"

FLEET = "euc-fleet"
EXPORTER = "euc-exporter"

PROCESS = "${datasource:queryparam}&${job:queryparam}&${instance:queryparam}"
KEEP = f"{PROCESS}&${{__url_time_range}}"


@dataclass(frozen=True)
class Section:
    """A heading and the panels beneath it, each with its width and height."""

    title: str
    panels: Sequence[tuple[object, int, int]]


def variables(population: str) -> list:
    """Datasource, job and instance; the metric says which jobs there are."""
    datasource = (
        build.DatasourceVariable("datasource").label("Data source").type("prometheus").description("Prometheus to ask.")
    )
    job = _query("job", "Job", f"label_values({population}, job)", "Scrape job of the exporter.", all_value=".+")
    instance = _query(
        "instance",
        "Instance",
        f'label_values({population}{{job=~"$job"}}, instance)',
        "Exporter process; objects that several report are shown once.",
        all_value=".+",
    )
    return [datasource, job, instance]


def any_target() -> list:
    """Account and region, all of them unless chosen."""
    scope = 'job=~"$job", instance=~"$instance"'
    return [
        _query(
            "account",
            "Account",
            f"label_values(euc_exporter_target_info{{{scope}}}, account_id)",
            "AWS account that was asked.",
            all_value=".*",
        ),
        _query(
            "region",
            "Region",
            f'label_values(euc_exporter_target_info{{{scope}, account_id=~"$account"}}, region)',
            "AWS region that was asked.",
            all_value=".*",
        ),
    ]


def one_target() -> list:
    """Account and region, one of each: an object's name is unique only within them."""
    scope = 'job=~"$job", instance=~"$instance"'
    return [
        _query(
            "account",
            "Account",
            f"label_values(euc_exporter_target_info{{{scope}}}, account_id)",
            "AWS account that was asked.",
        ),
        _query(
            "region",
            "Region",
            f'label_values(euc_exporter_target_info{{{scope}, account_id=~"$account"}}, region)',
            "AWS region that was asked.",
        ),
    ]


def choice(name: str, label: str, query: str, description: str):
    """One value of a query."""
    return _query(name, label, query, description)


def hidden(name: str, query: str, regex: str, description: str):
    """A value that links need and nobody has to see."""
    return _query(name, name, query, description).regex(regex).hide(shape.VariableHide.HIDE_VARIABLE)


class VisibleLink(build.DashboardLink):
    """A link over the page: the builder's own hides in a menu."""

    def build(self) -> shape.DashboardLink:
        """The link."""
        link = super().build()
        link.placement = None
        return link


def page_link(title: str, uid: str, tooltip: str):
    """A link to another of these dashboards, keeping data source, job, instance and time."""
    return (
        VisibleLink(title)
        .type(shape.DashboardLinkType.LINK)
        .url(f"/d/{uid}?{PROCESS}")
        .tooltip(tooltip)
        .icon("dashboard")
        .keep_time(True)
    )


def outside_link(title: str, url: str, tooltip: str):
    """A link that leaves Grafana."""
    return (
        VisibleLink(title)
        .type(shape.DashboardLinkType.LINK)
        .url(url)
        .tooltip(tooltip)
        .icon("external link")
        .target_blank(True)
    )


def page(uid, title, description, *, variables, links, sections, since, refresh="1m") -> build.Dashboard:
    """The whole dashboard."""
    dashboard = (
        build.Dashboard(title)
        .uid(uid)
        .description(description)
        .tags([TAG, "aws", "end-user-computing"])
        .readonly()
        .tooltip(shape.DashboardCursorSync.CROSSHAIR)
        .timezone("browser")
        .time(since, "now")
        .refresh(refresh)
        .variables(variables)
        .links(links)
    )
    top = 0
    number = 0
    for section in sections:
        number += 1
        heading = build.Row(section.title).id(number).grid_pos(shape.GridPos(h=1, w=WIDTH, x=0, y=top))
        dashboard.with_row(heading)
        top += 1
        left = tallest = 0
        for panel, width, height in section.panels:
            if left + width > WIDTH:
                top, left, tallest = top + tallest, 0, 0
            number += 1
            place = shape.GridPos(h=height, w=width, x=left, y=top)
            dashboard.with_panel(panel.id(number).grid_pos(place))
            left, tallest = left + width, max(tallest, height)
        top += tallest
    return dashboard


def _query(name, label, query, description, *, all_value=None):
    variable = (
        build.QueryVariable(name)
        .label(label)
        .description(description)
        .datasource(DATASOURCE)
        .query(query)
        .definition(query)
        .refresh(shape.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(shape.VariableSort.ALPHABETICAL_ASC)
    )
    if all_value:
        variable.multi(True).include_all(True).all_value(all_value).current(ALL)
    return variable
