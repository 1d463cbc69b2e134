"""Reading a dashboard: its panels, queries, variables and links; and the table into which rules enter themselves."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import promql

ROOT = Path(__file__).parents[2]
DASHBOARDS = ROOT / "grafana" / "dashboards"
PROVISIONING = ROOT / "grafana" / "provisioning"
SOURCE = "${datasource}"

Messages = Iterator[str]
Rule = Callable[[dict], Messages]
RULES: dict[str, Rule] = {}


def rule(name: str):
    """Enters the function into the table of rules."""

    def enter(check: Rule) -> Rule:
        RULES[name] = check
        return check

    return enter


def load() -> dict[str, dict]:
    """Every dashboard by its file's name."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(DASHBOARDS.glob("*.json"))}


def all_panels(dashboard: dict) -> Iterator[dict]:
    """Rows and panels, those inside rows too."""
    for panel in dashboard["panels"]:
        yield panel
        yield from panel.get("panels", [])


def panels(dashboard: dict) -> Iterator[dict]:
    """Panels without the rows."""
    return (panel for panel in all_panels(dashboard) if panel["type"] != "row")


def queries(dashboard: dict) -> Iterator[tuple[str, str]]:
    """Every query with its panel's title."""
    for panel in panels(dashboard):
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"]


def readable(dashboard: dict) -> Iterator[tuple[str, str]]:
    """Queries that are PromQL: whether all are is a rule of its own."""
    for title, query in queries(dashboard):
        try:
            promql.parse(query)
        except (ValueError, KeyError):
            continue
        yield title, query


def variables(dashboard: dict) -> list[dict]:
    """The dashboard's variables."""
    return dashboard["templating"]["list"]


def variable(dashboard: dict, name: str) -> dict | None:
    """The variable of that name."""
    return next((one for one in variables(dashboard) if one["name"] == name), None)


def override_values(panel: dict, name: str) -> Iterator[object]:
    """The values that overrides give to the property."""
    for override in panel["fieldConfig"].get("overrides", []):
        for setting in override["properties"]:
            if setting["id"] == name:
                yield setting.get("value")


def links(dashboard: dict) -> Iterator[str]:
    """Every address that the dashboard leads to."""
    for link in dashboard.get("links", []):
        yield link["url"]
    for panel in panels(dashboard):
        for value in override_values(panel, "links"):
            yield from (link["url"] for link in value)
