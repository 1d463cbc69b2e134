#!/usr/bin/env python3
"""Writes deploy/kubernetes/prometheusrule.yaml, the PrometheusRule of the Prometheus Operator, from the plain rule files.

    render_prometheusrule.py            write it
    render_prometheusrule.py --check    fail when the committed one is not current
    render_prometheusrule.py --runbook-base https://wiki.example/runbooks --stdout
                                        print one with your own runbook addresses
"""
import argparse
import pathlib
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES, TARGET = ROOT / "deploy/prometheus/rules", ROOT / "deploy/kubernetes/prometheusrule.yaml"
HEAD = """\
# Written by tests/ops/render_prometheusrule.py from deploy/prometheus/rules/, where the reasons stand. Do not edit.
# The labels in metadata must fit the ruleSelector of your Prometheus; job=~".*euc-exporter.*" its scrape job.
"""


class Dumper(yaml.SafeDumper):
    """Expressions of several lines stay readable."""

    def ignore_aliases(self, data):
        return True


Dumper.add_representer(str, lambda dumper, text: dumper.represent_scalar(
    "tag:yaml.org,2002:str", text, style="|" if "\n" in text else None))


def rendering(runbook_base=None):
    groups = [group for path in sorted(RULES.glob("*.yaml")) for group in yaml.safe_load(path.read_text())["groups"]]
    names = [group["name"] for group in groups]
    if not groups or len(names) != len(set(names)):
        sys.exit(f"{len(groups)} groups, of which {len(set(names))} names are distinct")
    for group in groups:
        for rule in group["rules"]:
            notes = rule.get("annotations", {})
            if runbook_base and "runbook_url" in notes:
                notes["runbook_url"] = f"{runbook_base.rstrip('/')}/{notes['runbook_url'].rsplit('/', 1)[1]}"
    manifest = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "euc-exporter", "labels": {"app.kubernetes.io/name": "euc-exporter"}},
        "spec": {"groups": groups},
    }
    count = sum(len(group["rules"]) for group in groups)
    return HEAD + yaml.dump(manifest, Dumper=Dumper, sort_keys=False, width=118, allow_unicode=True), count


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--stdout", action="store_true")
    parser.add_argument("--runbook-base")
    arguments = parser.parse_args()
    text, count = rendering(arguments.runbook_base)
    if arguments.stdout:
        print(text, end="")
    elif arguments.check:
        if not TARGET.exists() or TARGET.read_text() != text:
            sys.exit(f"{TARGET.relative_to(ROOT)} is not current: run tests/ops/render_prometheusrule.py")
        print(f"{count:6} rules in the PrometheusRule, current")
    else:
        TARGET.parent.mkdir(parents=True, exist_ok=True)
        TARGET.write_text(text)
        print(f"{count:6} rules written to {TARGET.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
