#!/usr/bin/env python3
"""Breaks each rule in turn and sees that a promtool case goes red.

A mutant is one rule with one change: a threshold, the wait, a window, a label that selects, the folding of duplicates, or the
rule gone. It is tried on the cases that name the rule. Prints how many were caught of how many; fails when one lives, unless
it stands in EQUAL with the reason why no case could tell.
"""
import concurrent.futures
import copy
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES, TESTS = ROOT / "deploy/prometheus/rules", ROOT / "deploy/prometheus/tests"
# rule, change → why it makes no difference
EQUAL = {}


def wait(text, factor):
    number, unit = int(text[:-1]), text[-1]
    seconds = number * {"m": 60, "h": 3600, "d": 86400}[unit] * factor
    return f"{int(seconds)}s"


def thresholds(expression):
    """Each number that is compared or multiplied, halved and doubled; `== 0` and `== 1` turned."""
    pattern = r"(?<![\w\[:.])(\d+(?:\.\d+)?)(?![\w\]:.])"
    for found in re.finditer(pattern, re.sub(r'"[^"]*"|\[[^\]]*\]|topk by \([^)]*\) \(1', lambda m: "_" * len(m[0]), expression)):
        value = float(found[1])
        others = [1 - value] if value in (0, 1) else [value / 2, value * 2]
        for other in others:
            yield f"{found[1]} → {other:g}", expression[:found.start()] + f"{other:g}" + expression[found.end():]


def selectors(expression):
    """Each matcher dropped."""
    for found in re.finditer(r'(\w+)(=~|!~|!=|=)"([^"]*)"(,?)', expression):
        yield f"without {found[0].rstrip(',')}", expression[:found.start()] + expression[found.end():]


def windows(expression):
    for found in re.finditer(r"last_over_time\(([^\[\]]*)\[\w+\]\)", expression):
        yield f"no window on {found[1][:50]}", expression[:found.start()] + found[1] + expression[found.end():]
    for found in re.finditer(r"\[1d:5m\]|\[7d:15m\]", expression):
        yield f"{found[0]} → [3h:5m]", expression[:found.start()] + "[3h:5m]" + expression[found.end():]


def folding(expression):
    """The outermost aggregation dropped: a pair of exporters would be two alerts."""
    found = re.match(r"(?:max|sum|count) by \([^)]*\) (?=\()", expression)
    if found and closes_at_end(expression[found.end():].strip()):
        yield f"without {found[0].strip()}", expression[found.end():]
    for found in re.finditer(r"topk by \([^)]*\) \(1, ", expression):
        yield "without topk", expression[:found.start()] + "(" + expression[found.end():]


def closes_at_end(text):
    depth = 0
    for place, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            return place == len(text) - 1
    return False


def mutants(rule):
    for make in (thresholds, selectors, windows, folding):
        for change, expression in make(rule["expr"]):
            yield make.__name__, change, {**rule, "expr": expression}
    if "for" in rule:
        for factor in (0.5, 2):
            yield "wait", f"for × {factor:g}", {**rule, "for": wait(rule["for"], factor)}
    yield "gone", "rule gone", None


def groups_naming(tests, name):
    kept = []
    for group in tests["tests"]:
        group = copy.deepcopy(group)
        group["alert_rule_test"] = [t for t in group.get("alert_rule_test", []) if t["alertname"] == name]
        group["promql_expr_test"] = [t for t in group.get("promql_expr_test", []) if name in t["expr"]]
        if group["alert_rule_test"] or group["promql_expr_test"]:
            kept.append(group)
    return kept


def survives(job):
    """True when all cases stay green, None when the mutant is not PromQL."""
    file, groups, name, others = job
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "rules.yaml").write_text(yaml.safe_dump({"groups": groups}))
        if subprocess.run(["promtool", "check", "rules", "--lint=none", folder / "rules.yaml"], capture_output=True).returncode:
            return None
        for path in sorted(TESTS.glob("*.yaml"), key=lambda p: "slow" in p.name):
            tests = yaml.safe_load(path.read_text())
            if tests["rule_files"] != [f"../rules/{file}"]:
                continue
            kept = [g for one in [name, *others] for g in groups_naming(tests, one)]
            if not kept:
                continue
            (folder / "tests.yaml").write_text(yaml.safe_dump({**tests, "rule_files": ["rules.yaml"], "tests": kept}))
            if subprocess.run(["promtool", "test", "rules", "tests.yaml"], cwd=folder, capture_output=True).returncode:
                return False
    return True


def main():
    wanted = sys.argv[1:]
    jobs = []
    for path in sorted(RULES.glob("*.yaml")):
        groups = yaml.safe_load(path.read_text())["groups"]
        for g, group in enumerate(groups):
            for r, rule in enumerate(group["rules"]):
                name = rule.get("alert") or rule["record"]
                if wanted and name not in wanted:
                    continue
                # a recording may be tried through the alert that uses it
                users = [x["alert"] for y in groups for x in y["rules"] if "alert" in x and name in x["expr"]] \
                    + [x["record"] for y in groups for x in y["rules"] if "record" in x and x is not rule and name in x["expr"]]
                for kind, change, mutant in mutants(rule):
                    changed = copy.deepcopy(groups)
                    if mutant is None:
                        del changed[g]["rules"][r]
                    else:
                        changed[g]["rules"][r] = mutant
                    # only what the mutant needs: the rules of its name, and recordings
                    for y in changed:
                        y["rules"] = [x for x in y["rules"] if "record" in x or x["alert"] in (name, *users)]
                    jobs.append((f"{name} ({rule.get('for', '')})", kind, change, (path.name, [y for y in changed if y["rules"]], name, users)))
    caught, alive, broken, equal, by_kind = 0, [], 0, 0, {}
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for (name, kind, change, _), result in zip(jobs, pool.map(survives, [job[3] for job in jobs])):
            tally = by_kind.setdefault(kind, [0, 0])
            if result is None:
                broken += 1
                continue
            if (name.split(" (")[0], change) in EQUAL:
                equal += 1
                continue
            tally[1] += 1
            if result:
                alive.append(f"{name}: {change}")
            elif not result:
                caught += 1
                tally[0] += 1
    for kind, (good, total) in by_kind.items():
        print(f"{good:5} of {total} mutants caught: {kind}")
    print(f"{caught} of {caught + len(alive)} mutants caught, {broken} not PromQL, {equal} known to make no difference")
    for name in alive:
        print(f"ALIVE {name}")
    if not caught or alive:
        sys.exit("mutate_rules: some mutants live" if alive else "mutate_rules: no mutant tried")


if __name__ == "__main__":
    main()
