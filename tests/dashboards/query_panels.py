#!/usr/bin/env python3
"""Asks a Prometheus every query of every panel, and counts those that return nothing.

    tests/dashboards/query_panels.py PROMETHEUS_URL... [--rate-interval 5m] [--subquery-step 10m] [--dump FILE]

Variables get the values that Grafana would give them. A dashboard of one object is asked for each object that the
Prometheus knows (up to 40); a query is empty when it is for all of them. Further servers, which have seen what the first
has not, are asked what it leaves empty. Exit 1 when a query fails, when one is empty without a reason in EXPECTED, or
when there is nothing to ask. --subquery-step makes subqueries look more often: a young server has not lived through ten
minutes. --dump keeps the answers for a look at them.
"""

import argparse
import json
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

DASHBOARDS = Path(__file__).parents[2] / "grafana" / "dashboards"
MOST_OBJECTS = 40
POINTS = 240
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}

# Panels that may be empty, and why: they list what is wrong, and a fleet may be well.
EXPECTED = {
    ("euc-fleet", "WorkSpaces images in ERROR"): "no image is in ERROR",
    ("euc-fleet", "Image builders FAILED, or with an error of the last 24 hours"): "no builder failed",
    ("euc-fleet", "AppStream images FAILED"): "no image failed",
    ("euc-fleet", "Applications not completed"): "all applications are completed",
    ("euc-fleet", "In a passing state"): "nothing moves",
    ("euc-fleet", "Updates waiting"): "AWS can update none of the images",
    ("euc-fleet", "WorkSpaces images with an update waiting"): "no update is waiting",
    ("euc-fleet", "Builders and images with an old agent"): "all agents are the latest",
    ("euc-fleet", "Running now"): "no builder is running",
    ("euc-fleet", "Running hours in the last 7 days"): "no builder has run",
    ("euc-workspaces-image", "Update available"): "AWS can update none of the images",
    ("euc-workspaces-image", "Error codes"): "no image has an error code",
    ("euc-image-builder", "Error codes"): "no builder has an error code",
    ("euc-appstream-image", "Error codes"): "no image has an error code",
    ("euc-exporter", "Failing now"): "no reading fails",
    ("euc-exporter", "Failing readings by error"): "no reading failed",
    ("euc-exporter", "Errors by target"): "no request failed",
    ("euc-exporter", "Unrecognized values"): "no such value was met",
    ("euc-exporter", "Unrecognized values by field"): "no such value was met",
}


class Prometheus:
    """The query API of one server."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def values(self, label: str, selector: str) -> list[str]:
        """What Grafana's label_values returns."""
        return self._get(f"/api/v1/label/{label}/values", {"match[]": selector})

    def instant(self, expr: str) -> list[dict]:
        """The series of the expression now."""
        return self._get("/api/v1/query", {"query": expr})["result"]

    def range(self, expr: str, seconds: int) -> list[dict]:
        """The series of the expression over the last seconds."""
        now = int(time.time())
        step = max(15, seconds // POINTS)
        query = {"query": expr, "start": now - seconds, "end": now, "step": step}
        return self._get("/api/v1/query_range", query)["result"]

    def _get(self, path: str, query: dict):
        address = f"{self.url}{path}"
        data = urllib.parse.urlencode(query).encode()
        request = (
            urllib.request.Request(f"{address}?{data.decode()}")
            if "/label/" in path
            else (urllib.request.Request(address, data=data))
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise ValueError(json.load(error).get("error", str(error))) from error


def panels(dashboard: dict) -> Iterator[dict]:
    """Every panel, those inside rows too."""
    for panel in dashboard["panels"]:
        yield panel
        yield from panel.get("panels", [])


def seconds(duration: str) -> int:
    """now-24h and 5m as seconds."""
    number, unit = re.fullmatch(r"(?:now-)?(\d+)([smhd])", duration).groups()
    return int(number) * UNITS[unit]


def substitute(text: str, values: dict[str, str]) -> str:
    """The text with every variable's value in its place."""

    def value(found: re.Match) -> str:
        name = found["braced"] or found["plain"]
        if name.isdigit():
            return found[0]
        return values[name]

    return re.sub(r"\$(?:\{(?P<braced>\w+)\}|(?P<plain>\w+))", value, text)


def resolve(prometheus: Prometheus, variables: list[dict], values: dict[str, str]) -> Iterator[dict[str, str]]:
    """Each choice of the variables: all of those that offer All, each value of the others."""
    if not variables:
        yield values
        return
    variable, *rest = variables
    for option in options(prometheus, variable, values):
        yield from resolve(prometheus, rest, {**values, variable["name"]: option})


def options(prometheus: Prometheus, variable: dict, values: dict[str, str]) -> list[str]:
    """What the variable may be."""
    if variable.get("includeAll"):
        return [variable["allValue"]]
    if variable["type"] == "datasource":
        return ["prometheus"]
    query = substitute(variable["query"], values)
    if found := re.fullmatch(r"label_values\((?P<selector>.+), (?P<label>\w+)\)", query):
        return prometheus.values(found["label"], found["selector"])
    expr = re.fullmatch(r"query_result\((?P<expr>.+)\)", query)["expr"]
    pattern = variable["regex"].strip("/")
    lines = ["{" + ",".join(f'{k}="{v}"' for k, v in row["metric"].items()) + "}" for row in prometheus.instant(expr)]
    return sorted({found[1] for line in lines if (found := re.search(pattern, line))})[:1]


def fullest(prometheus: Prometheus, target: dict, choices: list[dict[str, str]], span: int, step: str) -> list[dict]:
    """The answer with the most series among those for each choice of the variables."""
    most: list[dict] = []
    for values in choices[:MOST_OBJECTS]:
        expr = substitute(target["expr"], values)
        if step:
            expr = re.sub(r"(\[\w+):\w+\]", rf"\1:{step}]", expr)
        most = max(most, prometheus.instant(expr) if target.get("instant") else prometheus.range(expr, span), key=len)
    return most


def main() -> int:
    """Returns the exit code."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("prometheus_url", nargs="+")
    arguments.add_argument("--rate-interval", default="5m")
    arguments.add_argument("--subquery-step", default="")
    arguments.add_argument("--dump", type=Path)
    given = arguments.parse_args()
    servers = [Prometheus(url) for url in given.prometheus_url]

    counts = {"dashboards": 0, "panels": 0, "queries": 0}
    failed, unexplained, explained, elsewhere, dump = [], [], [], [], {}
    for path in sorted(DASHBOARDS.glob("*.json")):
        dashboard = json.loads(path.read_text(encoding="utf-8"))
        counts["dashboards"] += 1
        span = seconds(dashboard["time"]["from"])
        fixed = {"__rate_interval": given.rate_interval, "__range": f"{span}s", "__interval": "5m"}
        choices = [list(resolve(server, dashboard["templating"]["list"], fixed)) for server in servers]
        if not choices[0]:
            unexplained.append(f"{dashboard['uid']}: its variables have no value")
        for panel in panels(dashboard):
            counts["panels"] += panel["type"] != "row"
            for target in panel.get("targets", []):
                counts["queries"] += 1
                name = f"{dashboard['uid']}: {panel['title']} {target['refId']}"
                answer: list[dict] = []
                try:
                    for place, server in enumerate(servers):
                        answer = fullest(server, target, choices[place], span, given.subquery_step)
                        if answer:
                            break
                except ValueError as error:
                    failed.append(f"{name}: {error}")
                    continue
                dump[f"{dashboard['uid']}/{panel['id']}/{target['refId']}"] = answer
                if not answer:
                    reason = EXPECTED.get((dashboard["uid"], panel["title"]))
                    (explained if reason else unexplained).append(f"{name}{f': {reason}' if reason else ''}")
                elif place:
                    elsewhere.append(name)

    for line in elsewhere:
        print(f"second only  {line}")
    for line in failed:
        print(f"failed       {line}")
    for line in unexplained:
        print(f"empty        {line}")
    for line in explained:
        print(f"empty, fine  {line}")
    if given.dump:
        given.dump.write_text(json.dumps(dump), encoding="utf-8")
    print(
        ", ".join(f"{name}: {count}" for name, count in counts.items())
        + f", failed: {len(failed)}, empty: {len(unexplained)}, empty with a reason: {len(explained)}"
    )
    return 1 if failed or unexplained or not counts["queries"] else 0


if __name__ == "__main__":
    sys.exit(main())
