"""For each rule a way to break a dashboard: a rule that keeps silent over it is no rule."""

from collections.abc import Callable
from copy import deepcopy

from pages import RULES, Messages, variable


def breakages() -> dict[str, Callable[[dict], object]]:
    """For each rule a way to break the fleet's dashboard."""

    def panel(dashboard: dict, kind: str) -> dict:
        return next(one for one in dashboard["panels"] if one["type"] == kind)

    def query(text: str):
        return lambda d: panel(d, "stat")["targets"][0].update(expr=text)

    def named(which: str, **change):
        return lambda d: variable(d, which).update(change)

    scope = 'job=~"$job", instance=~"$instance"'
    full = f'{scope}, account_id=~"$account", region=~"$region"'
    return {
        "template-datasource-rule": named("datasource", name="source"),
        "template-job-rule": named("job", allValue=".*"),
        "template-instance-rule": named("instance", multi=False),
        "template-label-promql-rule": named("job", query="label_values(up{, job)"),
        "template-on-time-change-reload-rule": named("job", refresh=1),
        "template-required-variables-rule": named("region", name="place"),
        "template-unused-rule": named("region", name="place"),
        "panel-datasource-rule": lambda d: panel(d, "stat").update(datasource={"uid": "prometheus"}),
        "panel-title-description-rule": lambda d: panel(d, "table").update(description=""),
        "panel-units-rule": lambda d: panel(d, "stat")["fieldConfig"]["defaults"].pop("unit"),
        "panel-no-targets-rule": lambda d: panel(d, "stat").update(targets=[]),
        "target-promql-rule": query("sum(up"),
        "target-logql-rule": lambda d: panel(d, "stat")["targets"][0].update(datasource={"type": "loki"}),
        "target-rate-interval-rule": query(f"sum(rate(euc_exporter_aws_api_requests_total{{{full}}}[5m]))"),
        "target-job-rule": query('up{job="$job", instance=~"$instance"}'),
        "target-instance-rule": query('up{job=~"$job"}'),
        "target-required-matchers-rule": query(f"max by (region) (euc_exporter_target_info{{{scope}}})"),
        "target-counter-agg-rule": query(f"sum(process_cpu_seconds_total{{{scope}}})"),
        "target-histogram-rule": query(
            f"sum(rate(euc_exporter_aws_api_request_duration_seconds_bucket{{{scope}}}[$__rate_interval]))"
        ),
        "uneditable-dashboard-rule": lambda d: d.update(editable=True),
        "v2-required-fields-rule": lambda d: d.update(apiVersion="dashboard.grafana.app/v2"),
        "own-catalogue-rule": query(f"max by (colour) (euc_exporter_target_info{{{full}}})"),
        "own-once-rule": query(f"sum(aws_workspaces_image_state{{{full}}})"),
        "own-layout-rule": lambda d: panel(d, "stat")["gridPos"].update(w=4),
        "own-title-rule": lambda d: panel(d, "stat").update(title="How many there are of them"),
        "own-uid-rule": lambda d: d.update(uid="fleet"),
        "own-link-rule": lambda d: d["links"][0].update(url="/d/nowhere?a"),
        "own-visible-link-rule": lambda d: d["links"][0].update(placement="inControlsMenu"),
        "own-no-value-rule": lambda d: panel(d, "table")["fieldConfig"]["defaults"].pop("noValue"),
        "own-colour-rule": lambda d: panel(d, "stat")["fieldConfig"]["defaults"].pop("thresholds"),
        "own-column-rule": lambda d: panel(d, "table")["fieldConfig"]["overrides"].pop(),
    }


def silent_rules(dashboard: dict) -> Messages:
    """Rules that keep silent over what they forbid, and rules that nothing breaks."""
    ways = breakages()
    for name in RULES.keys() ^ ways.keys():
        yield f"{name} is not in both tables"
    for name in RULES.keys() & ways.keys():
        broken = deepcopy(dashboard)
        ways[name](broken)
        if not list(RULES[name](broken)):
            yield f"{name} keeps silent"
