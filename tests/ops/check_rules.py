#!/usr/bin/env python3
"""Holds rules, promtool cases, runbooks, code tables and dashboards to each other, to the catalogue and to AWS's model.

Every check counts what it looked at, and fails when it found nothing to look at.
"""
import json
import pathlib
import re
import sys

import botocore.exceptions
import botocore.loaders
import yaml
from botocore import xform_name

from promql import Checker, catalogue, known_values, models

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES, TESTS = ROOT / "deploy/prometheus/rules", ROOT / "deploy/prometheus/tests"
RUNBOOKS, DASHBOARDS = ROOT / "docs/runbooks", ROOT / "grafana"
SEVERITIES = {"critical", "warning", "info"}
COMPONENTS = {"workspaces", "appstream", "euc-exporter"}
SECTIONS = ["Meaning", "Impact", "Diagnosis", "Fix", "When to silence"]
# An account's own quota is a rule that the operator adds, with these labels.
QUOTA_LABELS = {"account_id", "region"}
# What service discovery may add to every series.
DISCOVERY = {"pod", "namespace"}
NOT_ALERTS = {"README", "error-codes-workspaces", "error-codes-appstream"}
METRIC = re.compile(r"(?<![:\w])(?:aws_(?:workspaces|appstream)_|euc_exporter_)\w+(?![:\w])")

problems, counts = [], {}


def note(what, number):
    counts[what] = counts.get(what, 0) + number


def wrong(text):
    problems.append(text)


def load_rules():
    """(file, rule) of every rule."""
    loaded = []
    for path in sorted(RULES.glob("*.yaml")):
        for group in yaml.safe_load(path.read_text())["groups"]:
            loaded += [(path.name, rule) for rule in group["rules"]]
    return loaded


def expressions(rule):
    """The rule's expression and the ones in its annotations' queries."""
    yield rule["expr"]
    for text in rule.get("annotations", {}).values():
        for query in re.findall(r'printf\s+"(.*?)"\s', text, re.S):
            yield query.replace("%q", '"$any"')


def check_expressions(rules, checker):
    # recordings first: alerts may use them
    for _, rule in rules:
        if "record" in rule:
            labels = checker.check(rule["record"], rule["expr"])
            found = (labels or set()) | set(rule.get("labels", {}))
            checker.metrics[rule["record"]] = found | (QUOTA_LABELS if rule["record"].endswith(":quota") else set())
            note("recordings", 1)
    for _, rule in rules:
        if "alert" not in rule:
            continue
        main, *others = expressions(rule)
        labels = checker.check(rule["alert"], main)
        for other in others:
            checker.check(f"{rule['alert']}, annotation", other)
        check_alert(rule, (labels or set()) | set(rule["labels"]), known=labels is not None)


def check_alert(rule, labels, known):
    name = rule["alert"]
    note("alert rules", 1)
    if not re.fullmatch(r"(Workspaces|AppStream|EucExporter)([A-Z][a-z]+)+", name):
        wrong(f"{name}: not CamelCase with one of our prefixes")
    if rule["labels"].get("severity") not in SEVERITIES:
        wrong(f"{name}: severity is none of {', '.join(sorted(SEVERITIES))}")
    if rule["labels"].get("component") not in COMPONENTS:
        wrong(f"{name}: component is none of {', '.join(sorted(COMPONENTS))}")
    notes = rule["annotations"]
    if set(notes) != {"summary", "description", "runbook_url"}:
        wrong(f"{name}: annotations are {sorted(notes)}")
    if "{{" in notes.get("summary", ""):
        wrong(f"{name}: the summary is not static")
    for key, text in notes.items():
        if re.search(r"\$value|\.Value\b|humanize|\bnow\b", text):
            wrong(f"{name}: {key} carries a value that changes with every scrape")
        if known:
            for label in set(re.findall(r"\$labels\.(\w+)", text)) - labels:
                wrong(f"{name}: {key} names label {label!r}, which the alert lacks")
    if not notes.get("runbook_url", "").endswith(f"/docs/runbooks/{name}.md"):
        wrong(f"{name}: runbook_url does not end in /docs/runbooks/{name}.md")


def check_cases(rules, metrics):
    """Every alert rule has a case that fires and one that is silent; every recording has an expected sample."""
    alerts = [rule for _, rule in rules if "alert" in rule]
    fired, quiet, recorded = set(), set(), set()
    texts = {id(rule): re.compile(description(rule), re.S) for rule in alerts}
    for path in sorted(TESTS.glob("*.yaml")):
        for group in yaml.safe_load(path.read_text())["tests"]:
            note("cases", 1)
            where = f"{path.name}: {group['name']}"
            inputs = check_inputs(where, group["input_series"], metrics)
            for expectation in group.get("alert_rule_test", []):
                note("expectations of alerts", 1)
                named = [rule for rule in alerts if rule["alert"] == expectation["alertname"]]
                if not named:
                    wrong(f"{where}: there is no alert {expectation['alertname']}")
                got = expectation.get("exp_alerts") or []
                for rule in named:
                    hits = [a for a in got if texts[id(rule)].fullmatch(a["exp_annotations"]["description"])]
                    if hits:
                        fired.add(id(rule))
                    # silence proves something only where the rule had something to look at
                    elif inputs & {m for m in re.findall(r"[a-z_]\w*", rule["expr"])} or uses_recording(rule):
                        quiet.add(id(rule))
            for expectation in group.get("promql_expr_test", []):
                note("expectations of samples", 1)
                if expectation.get("exp_samples"):
                    recorded |= {r["record"] for _, r in rules if "record" in r and r["record"] in expectation["expr"]}
    for rule in alerts:
        what = f"{rule['alert']} ({rule['labels']['severity']}, for {rule.get('for', '0')})"
        if id(rule) not in fired:
            wrong(f"{what}: no case in which it fires")
        if id(rule) not in quiet:
            wrong(f"{what}: no case in which it is silent")
    for _, rule in rules:
        if "record" in rule and rule["record"] not in recorded:
            wrong(f"{rule['record']}: no case expects a sample of it")


def uses_recording(rule):
    return ":" in rule["expr"]


def description(rule):
    """The rule's description as a pattern for what it renders to."""
    text = rule["annotations"]["description"]
    parts = re.split(r"\{\{ range .*?\{\{ end \}\}|\{\{.*?\}\}", text, flags=re.S)
    return ".*?".join(map(re.escape, parts))


def check_inputs(where, inputs, metrics):
    """Each input has exactly the labels that the exporter writes."""
    names = set()
    for item in inputs:
        name, inner = re.fullmatch(r"([\w:]+)\{(.*)\}", item["series"]).groups()
        labels = set(re.findall(r'(\w+)="', inner))
        names.add(name)
        note("input series", 1)
        labels -= DISCOVERY
        wanted = {"job", "instance"} if name == "up" else None
        if name in metrics:
            wanted = metrics[name] | {"job", "instance"}
        elif name != "up" and not name.endswith(":quota"):
            wrong(f"{where}: input {name} is not in the catalogue")
        if wanted is not None and labels != wanted:
            wrong(f"{where}: input {name} has labels {sorted(labels)}, the catalogue says {sorted(wanted)}")
    return names


def check_runbooks(rules, checker):
    alerts = {rule["alert"]: rule for _, rule in rules if "alert" in rule}
    pages = {path.stem: path.read_text() for path in RUNBOOKS.glob("*.md")}
    for name in sorted(set(alerts) - set(pages)):
        wrong(f"{name}: no runbook docs/runbooks/{name}.md")
    for name in sorted(set(pages) - set(alerts) - NOT_ALERTS):
        wrong(f"docs/runbooks/{name}.md: there is no such alert")
    index = pages.get("README", "")
    for name in sorted(alerts):
        if f"({name}.md)" not in index:
            wrong(f"docs/runbooks/README.md does not list {name}")
            continue
        listed = set(re.search(rf"\({name}\.md\) \| ([\w, ]+) \|", index)[1].split(", "))
        real = {rule["labels"]["severity"] for _, rule in rules if rule.get("alert") == name}
        if listed != real:
            wrong(f"docs/runbooks/README.md: {name} is {sorted(real)}, not {sorted(listed)}")
    for name, text in sorted(pages.items()):
        if name in alerts:
            note("runbooks", 1)
            check_page(name, text, alerts[name])
        for query in re.findall(r"```promql\n(.*?)```", text, re.S):
            for part in query.strip().split("\n\n"):
                note("queries in runbooks", 1)
                checker.check(f"docs/runbooks/{name}.md", re.sub(r"^#.*\n?", "", part, flags=re.M))
        check_commands(name, text)
        for metric in set(METRIC.findall(text)) - set(checker.metrics):
            if not any(known.startswith(metric) for known in checker.metrics):
                wrong(f"docs/runbooks/{name}.md: metric {metric} is not in the catalogue")
        for link in re.findall(r"\]\((?!https?:)([^)#]+)", text):
            if not (RUNBOOKS / link).exists():
                wrong(f"docs/runbooks/{name}.md: link to {link}, which is not there")


def check_commands(name, text):
    """Each `aws` command names an operation of AWS's model, and parameters that it has."""
    loader = botocore.loaders.Loader()
    for block in re.findall(r"```sh\n(.*?)```", text, re.S):
        for command in re.findall(r"(?:^|[;|] *)aws +(.+?)(?:$|(?<!-) [|;] | +# )", block.replace("\\\n", " "), re.M):
            note("aws commands in runbooks", 1)
            service, operation, *_ = command.split()
            where = f"docs/runbooks/{name}.md: aws {service} {operation}"
            try:
                model = loader.load_service_model(service, "service-2")
            except botocore.exceptions.UnknownServiceError:
                wrong(f"{where}: there is no such service")
                continue
            operations = {xform_name(known, "-"): known for known in model["operations"]}
            if operation not in operations:
                wrong(f"{where}: there is no such operation")
                continue
            shape = model["operations"][operations[operation]].get("input", {}).get("shape")
            members = {xform_name(member, "-") for member in model["shapes"].get(shape, {}).get("members", {})}
            for option in re.findall(r" --([a-z0-9-]+)", command):
                if option not in members | {"region", "query", "output"}:
                    wrong(f"{where}: there is no option --{option}")


def check_page(name, text, rule):
    headings = re.findall(r"^## (.+)$", text, re.M)
    if headings != SECTIONS:
        wrong(f"docs/runbooks/{name}.md: sections are {headings}, not {SECTIONS}")
    if not text.startswith(f"# {name}\n"):
        wrong(f"docs/runbooks/{name}.md: does not begin with its name")
    if "```promql" not in text:
        wrong(f"docs/runbooks/{name}.md: no PromQL")
    if rule["labels"]["component"] != "euc-exporter" and not re.search(r"^aws (workspaces|appstream) ", text, re.M):
        wrong(f"docs/runbooks/{name}.md: no aws command")


def check_codes(enums):
    """The tables name every code of the service model, each with cause and remedy, and none besides."""
    tables = {
        ("error-codes-workspaces", "Image codes"): "WorkspaceImageErrorDetailCode",
        ("error-codes-workspaces", "Application codes"): "AssociationErrorCode",
        ("error-codes-appstream", "Error codes"): "FleetErrorCode",
        ("error-codes-appstream", "State change reasons of builders"): "ImageBuilderStateChangeReasonCode",
        ("error-codes-appstream", "State change reasons of images"): "ImageStateChangeReasonCode",
    }
    for (page, title), shape in tables.items():
        path = RUNBOOKS / f"{page}.md"
        text = path.read_text() if path.exists() else ""
        section = re.search(rf"^## {title}$(.*?)(?=^## |\Z)", text, re.M | re.S)
        rows = re.findall(r"^\| `([^`]+)` \|(.*)\|$", section[1] if section else "", re.M)
        for missing in sorted(enums[shape] - {code for code, _ in rows}):
            wrong(f"{path.name}, {title}: {missing} is missing")
        for code, cells in rows:
            note(f"codes of {shape}", 1)
            cells = [cell.strip() for cell in cells.split("|")]
            if code not in enums[shape]:
                wrong(f"{path.name}, {title}: AWS's model has no {code}")
            if len(cells) != 3 or not all(len(cell) > 2 for cell in cells):
                wrong(f"{path.name}, {title}: {code} needs cause, remedy and source")
            elif cells[2] not in ("AWS", "AWS, in part", "AWS is silent"):
                wrong(f"{path.name}, {title}: {code}: source is {cells[2]!r}")
        if len(rows) != len({code for code, _ in rows}):
            wrong(f"{path.name}, {title}: a code stands twice")
        if not rows:
            wrong(f"{path.name}, {title}: no code found")


def check_dashboards(checker):
    """Every query of every dashboard, variables replaced. There may be none yet."""
    def walk(node, key=""):
        if isinstance(node, dict):
            for name, value in node.items():
                yield from walk(value, name)
        elif isinstance(node, list):
            for value in node:
                yield from walk(value, key)
        elif isinstance(node, str) and key in ("expr", "query", "definition"):
            yield key, node
    for path in sorted(DASHBOARDS.rglob("*.json")) if DASHBOARDS.exists() else []:
        note("dashboards", 1)
        for key, text in walk(json.loads(path.read_text())):
            values = re.fullmatch(r"label_values\((.*),\s*(\w+)\)|query_result\((.*)\)", text.strip(), re.S)
            if key != "expr" and not values:
                continue
            query = (values[1] or values[3]) if values else text
            query = re.sub(r"\$__(rate_interval|interval|range)\b|\$\{__(rate_interval|interval|range)\}", "5m", query)
            note("queries of dashboards", 1)
            labels = checker.check(f"grafana/{path.relative_to(DASHBOARDS)}", query)
            if values and values[2] and labels is not None and values[2] not in labels:
                wrong(f"grafana/{path.name}: label_values asks for label {values[2]!r}, which {query} lacks")


def main():
    metrics = catalogue((ROOT / "src/catalogue.rs").read_text())
    note("metrics of the catalogue", len(metrics))
    enums = models()
    checker = Checker(metrics, known_values(enums))
    rules = load_rules()
    check_expressions(rules, checker)
    check_cases(rules, metrics)
    check_runbooks(rules, checker)
    check_codes(enums)
    check_dashboards(checker)
    note("selectors", checker.selectors)
    note("metrics in use", len(checker.named & set(metrics)))
    problems.extend(checker.problems)
    for must in ("alert rules", "recordings", "cases", "expectations of alerts", "expectations of samples", "input series",
                 "runbooks", "queries in runbooks", "aws commands in runbooks", "codes of FleetErrorCode", "metrics of the catalogue", "selectors"):
        if not counts.get(must):
            wrong(f"nothing found: {must}")
    for what, number in counts.items():
        print(f"{number:6} {what}")
    for problem in dict.fromkeys(problems):
        print(f"FAIL {problem}")
    sys.exit(f"check_rules: {len(set(problems))} problems" if problems else None)


if __name__ == "__main__":
    main()
