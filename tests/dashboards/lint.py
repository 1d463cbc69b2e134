#!/usr/bin/env python3
"""Holds every dashboard to the rules of Grafana's dashboard-linter and ours, and every rule to a broken dashboard."""

import sys

import yaml
from query_panels import EXPECTED

from pages import PROVISIONING, ROOT, RULES, Messages, load, panels, queries

sys.path.insert(0, str(ROOT / "grafana" / "src"))

import linter_rules  # noqa: E402, F401  its rules enter themselves
import own_rules  # noqa: E402
import self_test  # noqa: E402


def provisioning() -> Messages:
    """The files that Grafana mounts are read and fit together."""
    files = {
        path.parent.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in PROVISIONING.glob("*/*.yaml")
    }
    if files.keys() != {"datasources", "dashboards"}:
        yield f"files for {sorted(files)}"
        return
    for source in files["datasources"]["datasources"]:
        if source["type"] != "prometheus" or not source["uid"] or source["editable"] is not False:
            yield f"data source {source}"
    for provider in files["dashboards"]["providers"]:
        if provider["type"] != "file" or provider["allowUiUpdates"] or not provider["options"]["path"].startswith("/"):
            yield f"provider {provider}"


def main() -> int:
    """Returns the exit code."""
    found = load()
    messages = [f"provisioning: {text}" for text in provisioning()]
    if found.keys() != own_rules.UIDS:
        messages.append(f"dashboards {sorted(found)}, not {sorted(own_rules.UIDS)}")
    for name, dashboard in found.items():
        if name != dashboard["uid"]:
            messages.append(f"{name}.json has the uid {dashboard['uid']}")
        messages += [f"{name}: {which}: {text}" for which, check in RULES.items() for text in check(dashboard)]
    if found:
        messages += [f"self-test: {text}" for text in self_test.silent_rules(found["euc-fleet"])]
    titles = {(uid, panel["title"]) for uid, dashboard in found.items() for panel in panels(dashboard)}
    messages += [f"query_panels.py excuses a panel that is not there: {one}" for one in EXPECTED.keys() - titles]
    for message in messages:
        print(message, file=sys.stderr)
    shown = sum(1 for dashboard in found.values() for _ in panels(dashboard))
    asked = sum(1 for dashboard in found.values() for _ in queries(dashboard))
    print(
        f"dashboards: {len(found)}, panels: {shown}, queries: {asked}, rules: {len(RULES)}, messages: {len(messages)}"
    )
    return 1 if messages or not shown or not asked else 0


if __name__ == "__main__":
    sys.exit(main())
