#!/usr/bin/env python3
"""Sees that the checks can fail: copies the tree, breaks one thing at a time, expects the check to go red."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES, AM = "deploy/prometheus/rules", "deploy/alertmanager/alertmanager.yaml"
WS, AS, EX = f"{RULES}/alerts-workspaces.yaml", f"{RULES}/alerts-appstream.yaml", f"{RULES}/alerts-exporter.yaml"
QUOTAS, BOOKS = f"{RULES}/alerts-quotas.yaml", "docs/runbooks"
DASHBOARD = '{"panels": [{"targets": [{"expr": "%s"}]}]}'

# check, file, pattern (None: delete the file; "": write it anew), replacement, what the check must say
BREAKS = [
    ("check_rules", WS, r"aws_workspaces_image_state\{state=\"ERROR\"", 'aws_workspaces_image_status{state="ERROR"', "neither in the catalogue"),
    ("check_rules", WS, r"state=\"ERROR\"\}\[10m\]\) == 1", 'condition="ERROR"}[10m]) == 1', "label 'condition'"),
    ("check_rules", WS, r"state=\"ERROR\"\}\[10m\]\) == 1", 'state="EROR"}[10m]) == 1', "no state 'EROR'"),
    ("check_rules", WS, r"group_left \(image_name\)", "group_left (name)", "label 'name'"),
    ("check_rules", AS, r"max by \(account_id, region, image_builder\)", "max by (account_id, region, builder)", "label 'builder'"),
    ("check_rules", AS, r"\$labels\.image_builder \}\} of", "$labels.builder }} of", "label 'builder', which the alert lacks"),
    ("check_rules", AS, r"\$labels\.error_code \}\}", "$value }}", "changes with every scrape"),
    ("check_rules", AS, "severity: critical", "severity: page", "severity is none of"),
    ("check_rules", AS, "summary: An AppStream image is in state FAILED.", 'summary: "{{ $labels.image_name }} FAILED"', "not static"),
    ("check_rules", AS, r"runbooks/AppStreamImageFailed\.md", "runbooks/Other.md", "runbook_url does not end"),
    ("check_rules", AS, r"alert: AppStreamImageFailed", "alert: AppStreamImageBroken", "no runbook docs/runbooks/AppStreamImageBroken.md"),
    ("check_rules", f"{BOOKS}/EucExporterDown.md", None, "", "no runbook docs/runbooks/EucExporterDown.md"),
    ("check_rules", f"{BOOKS}/Other.md", "", "# Other\n", "there is no such alert"),
    ("check_rules", f"{BOOKS}/EucExporterDown.md", "## Impact", "## Effect", "sections are"),
    ("check_rules", f"{BOOKS}/AppStreamImageFailed.md", r"aws_appstream_image_errors", "aws_appstream_image_faults", "aws_appstream_image_faults"),
    ("check_rules", f"{BOOKS}/AppStreamImageFailed.md", r"describe-images --region", "describe-picture --region", "no such operation"),
    ("check_rules", f"{BOOKS}/AppStreamImageFailed.md", r"--arns ARN", "--arn ARN", "no option --arn"),
    ("check_rules", f"{BOOKS}/error-codes-workspaces.md", r"\| `DiskFreeSpace` .*\n", "", "DiskFreeSpace is missing"),
    ("check_rules", f"{BOOKS}/error-codes-workspaces.md", r"`DeploymentError.InternalServerError`", "`DeploymentError.Other`", "has no DeploymentError.Other"),
    ("check_rules", f"{BOOKS}/error-codes-appstream.md", r"(\| `VALIDATION_ERROR` \|)[^|]*\|", r"\1 |", "needs cause, remedy and source"),
    ("check_rules", "deploy/prometheus/tests/exporter.yaml", r"alertname: EucExporterThrottled", "alertname: EucExporterDown", "no case in which it"),
    ("check_rules", "deploy/prometheus/tests/workspaces.yaml", r"operating_system=\"WINDOWS\",", "", "the catalogue says"),
    ("check_rules", "src/catalogue.rs", r"\"aws_workspaces_image_state\"", '"aws_workspaces_image_phase"', "aws_workspaces_image_state"),
    ("check_rules", "src/catalogue.rs", r"    COLLECTOR_ERROR\.row\(\),\n", "", "rows read"),
    ("check_rules", "grafana/a.json", "", DASHBOARD % 'up{job=~\\"$job\\"} / aws_workspaces_image_stat', "aws_workspaces_image_stat"),
    ("check_rules", "grafana/a.json", "", DASHBOARD % "sum by (nowhere) (aws_workspaces_image_state)", "'nowhere'"),
    ("check_rules", "deploy/prometheus/tests", None, "", "nothing found: cases"),
    ("rule_cases --check", WS, "An own|A WorkSpaces image is in state ERROR", "Some image is in ERROR", "not current"),
    ("render_prometheusrule --check", WS, "for: 5m", "for: 6m", "not current"),
    ("check_prometheus", WS, r"topk by \(account_id, region, image_id\) \(1, ", "(", "many-to-many"),
    ("check_prometheus", AS, r"max by \(account_id, region, image_builder\) ", "", "2 alerts, not 1"),
    ("check_alertmanager", AM, r"  - source_matchers: \[alertname=\"EucExporterAccessDenied\"\]\n.*\n.*\n", "", "does not hide"),
    ("check_alertmanager", AM, r"  - source_matchers: \[alertname=\"WorkspacesImageError\"\]\n.*\n.*\n", "", "does not hide"),
    ("check_alertmanager", AM, r"equal: \[account_id, region, collector\]", "equal: [account_id, region]", "of another scope"),
    ("check_alertmanager", AM, r"equal: \[account_id, region, image_id\]", "equal: [account_id, image_id]", "of another scope"),
    ("check_alertmanager", AM, r"inhibit_rules:\n", 'inhibit_rules:\n  - source_matchers: [alertname="EucExporterDataStale"]\n'
     '    target_matchers: [component="appstream"]\n    equal: [account_id, region]\n', "EucExporterDataStale hides"),
    ("check_alertmanager", AM, r"receiver: exporter-pager", "receiver: exporter-ticket", "route of EucExporterDown"),
]


def main():
    red = 0
    for check, file, pattern, replacement, says in BREAKS:
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder)
            for part in ("deploy", "docs/runbooks", "tests/ops", "grafana"):
                if (ROOT / part).exists():
                    shutil.copytree(ROOT / part, copy / part)
            (copy / "src").mkdir()
            shutil.copy(ROOT / "src/catalogue.rs", copy / "src")
            target = copy / file
            if pattern is None:
                target.unlink() if target.is_file() else shutil.rmtree(target)
            elif pattern == "":
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(replacement)
            else:
                text, number = re.subn(pattern, replacement if "\\1" in replacement else lambda _: replacement, target.read_text())
                if not number:
                    print(f"FAIL nothing to break: {file}: {pattern}")
                    continue
                target.write_text(text)
            name, *arguments = check.split()
            done = subprocess.run([sys.executable, copy / f"tests/ops/{name}.py", *arguments], capture_output=True, text=True)
            output = done.stdout + done.stderr
            if done.returncode and says in output:
                red += 1
            else:
                print(f"FAIL {check} does not say {says!r} when in {file} {pattern!r} is broken (exit {done.returncode})")
    print(f"{red:6} of {len(BREAKS)} breaks seen by the checks")
    sys.exit(red != len(BREAKS))


if __name__ == "__main__":
    main()
