"""The rules of Grafana's dashboard-linter, by the linter's own names.

Where the linter lets kinds of panels through, or takes a value mapping for a unit, these do not.
"""

import json
import re

import promql
from catalogue import metrics
from pages import SOURCE, Messages, override_values, panels, queries, readable, rule, variable, variables

UNITS = {"none", "short", "s", "bytes", "percentunit", "reqps", "ops"}


@rule("template-datasource-rule")
def template_datasource(dashboard: dict) -> Messages:
    """One Prometheus data source variable, named and labelled as the linter wants."""
    found = [one for one in variables(dashboard) if one["type"] == "datasource"]
    if [(one["name"], one["label"], one["query"]) for one in found] != [("datasource", "Data source", "prometheus")]:
        yield f"data source variables: {found}"


def required_variable(dashboard: dict, name: str) -> Messages:
    """What the linter wants of job and of instance."""
    found = variable(dashboard, name)
    if not found:
        yield f"no variable {name}"
        return
    wanted = {"type": "query", "label": name.title(), "multi": True, "allValue": ".+", "includeAll": True}
    for key, value in wanted.items():
        if found.get(key) != value:
            yield f"variable {name}: {key} is {found.get(key)!r}, not {value!r}"
    if found["datasource"]["uid"] != SOURCE:
        yield f"variable {name} asks {found['datasource']}"


@rule("template-job-rule")
def template_job(dashboard: dict) -> Messages:
    """A variable job."""
    return required_variable(dashboard, "job")


@rule("template-instance-rule")
def template_instance(dashboard: dict) -> Messages:
    """A variable instance."""
    return required_variable(dashboard, "instance")


@rule("template-label-promql-rule")
def template_label_promql(dashboard: dict) -> Messages:
    """The query of each variable is PromQL within one of Grafana's functions."""
    for one in variables(dashboard):
        if one["type"] != "query":
            continue
        found = re.fullmatch(r"(?:label_values\((.+), (\w+)\)|query_result\((.+)\))", one["query"])
        if not found:
            yield f"variable {one['name']}: {one['query']}"
            continue
        try:
            promql.parse(found[1] or found[3])
        except ValueError as error:
            yield f"variable {one['name']}: {error}"


@rule("template-on-time-change-reload-rule")
def template_reload(dashboard: dict) -> Messages:
    """Variables are read anew when the time range changes."""
    for one in variables(dashboard):
        if one["type"] == "query" and one.get("refresh") != 2:
            yield f"variable {one['name']}: refresh is {one.get('refresh')}"


@rule("template-required-variables-rule")
def template_required(dashboard: dict) -> Messages:
    """The variables that every dashboard here has."""
    for name in ("datasource", "job", "instance", "account", "region"):
        if not variable(dashboard, name):
            yield f"no variable {name}"


@rule("template-unused-rule")
def template_unused(dashboard: dict) -> Messages:
    """No variable that nothing uses."""
    for one in variables(dashboard):
        others = [text for text in variables(dashboard) if text is not one]
        text = json.dumps([dashboard["panels"], dashboard["links"], others])
        if not re.search(rf"\${one['name']}\b|\${{{one['name']}[:}}]", text):
            yield f"variable {one['name']} is not used"


@rule("panel-datasource-rule")
def panel_datasource(dashboard: dict) -> Messages:
    """Panels and queries ask the chosen data source."""
    for panel in panels(dashboard):
        for place in (panel, *panel.get("targets", [])):
            if place.get("datasource", {}).get("uid") != SOURCE:
                yield f"{panel['title']}: {place.get('datasource')}"


@rule("panel-title-description-rule")
def panel_title_description(dashboard: dict) -> Messages:
    """A title and a description on each panel."""
    for panel in panels(dashboard):
        if not panel.get("title") or not panel.get("description"):
            yield f"panel {panel['id']}: {panel.get('title')!r}"


@rule("panel-units-rule")
def panel_units(dashboard: dict) -> Messages:
    """A unit on each panel, and only units that Grafana has."""
    for panel in panels(dashboard):
        for unit in (panel["fieldConfig"]["defaults"].get("unit"), *override_values(panel, "unit")):
            if unit not in UNITS:
                yield f"{panel['title']}: unit {unit!r}"


@rule("panel-no-targets-rule")
def panel_no_targets(dashboard: dict) -> Messages:
    """A query on each panel."""
    for panel in panels(dashboard):
        if not panel.get("targets"):
            yield panel["title"]


@rule("target-promql-rule")
def target_promql(dashboard: dict) -> Messages:
    """Each query is PromQL."""
    for title, query in queries(dashboard):
        try:
            promql.parse(query)
        except (ValueError, KeyError) as error:
            yield f"{title}: {error}"


@rule("target-logql-rule")
def target_logql(dashboard: dict) -> Messages:
    """No Loki here, so that the linter's two rules for LogQL (this and target-logql-auto-rule) hold."""
    for panel in panels(dashboard):
        for target in panel.get("targets", []):
            if target["datasource"]["type"] != "prometheus":
                yield f"{panel['title']}: {target['datasource']}"


@rule("target-rate-interval-rule")
def target_rate_interval(dashboard: dict) -> Messages:
    """rate and irate over $__rate_interval and nothing else."""
    for title, query in readable(dashboard):
        for node, above in promql.walk(promql.parse(query)):
            if promql.is_range(node) and promql.is_call(above[-1], "rate", "irate"):
                if node.range != promql.RATE_INTERVAL:
                    yield f"{title}: {node}"


def required_matcher(dashboard: dict, name: str) -> Messages:
    """The matcher of the variable in each selector."""
    for title, query in readable(dashboard):
        for selector, _ in promql.selectors(query):
            if promql.matchers(selector).get(name) != ("=~", f"${name}"):
                yield f'{title}: no {name}=~"${name}" in {selector}'


@rule("target-job-rule")
def target_job(dashboard: dict) -> Messages:
    """job=~"$job" in each selector."""
    return required_matcher(dashboard, "job")


@rule("target-instance-rule")
def target_instance(dashboard: dict) -> Messages:
    """instance=~"$instance" in each selector."""
    return required_matcher(dashboard, "instance")


@rule("target-required-matchers-rule")
def target_required_matchers(dashboard: dict) -> Messages:
    """Account and region in each selector of a metric that has them."""
    for title, query in readable(dashboard):
        for selector, _ in promql.selectors(query):
            known = metrics().get(selector.name)
            for label, name in (("account_id", "account"), ("region", "region")):
                if known and label in known.labels and promql.matchers(selector).get(label) != ("=~", f"${name}"):
                    yield f'{title}: no {label}=~"${name}" in {selector}'


@rule("target-counter-agg-rule")
def target_counter(dashboard: dict) -> Messages:
    """A counter only within rate, irate or increase."""
    for title, query in readable(dashboard):
        for selector, above in promql.selectors(query):
            if selector.name.endswith("_total"):
                if len(above) < 2 or not promql.is_call(above[-2], "rate", "irate", "increase"):
                    yield f"{title}: {selector}"


@rule("target-histogram-rule")
def target_histogram(dashboard: dict) -> Messages:
    """Buckets only within histogram_quantile."""
    for title, query in readable(dashboard):
        for selector, above in promql.selectors(query):
            if selector.name.endswith("_bucket"):
                if not any(promql.is_call(node, "histogram_quantile") for node in above):
                    yield f"{title}: {selector}"


@rule("uneditable-dashboard-rule")
def uneditable(dashboard: dict) -> Messages:
    """Nobody edits what is generated."""
    if dashboard.get("editable") is not False:
        yield f"editable is {dashboard.get('editable')}"


@rule("v2-required-fields-rule")
def classic(dashboard: dict) -> Messages:
    """The classic form: this and element-reference-rule are the linter's rules for the second form."""
    if {"apiVersion", "spec", "elements"} & dashboard.keys():
        yield "the dashboard has the second form"
