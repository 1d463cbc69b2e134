#!/usr/bin/env python3
"""Loads the rules into a real Prometheus that scrapes two exporters of every metric in the catalogue.

promtool does not show an evaluation that fails (a join with duplicates on one side, say): here each rule must have been
evaluated and be healthy, and the alerts that the made-up fleet deserves must be pending or firing once each, though two
exporters show it. Loopback only, ports that the kernel chose, ended by pid.
"""
import http.server
import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

import yaml

from promql import catalogue

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ROOT / "deploy/prometheus/rules"
VALUES = {"account_id": "111111111111", "region": "eu-west-1", "image_id": "wsi-1", "image_name": "golden", "ownership": "OWNED",
          "required_tenancy": "DEFAULT", "visibility": "PRIVATE", "application_id": "wsa-1", "image_builder": "win-build",
          "image_arn": "arn:1", "error_code": "X", "code": "X", "collector": "workspaces_images", "service": "workspaces",
          "operation": "x", "handler": "x", "le": "+Inf", "field": "State"}
VARIANTS = {"state": ["ERROR", "FAILED", "PENDING", "INSTALLING"], "error": ["access_denied", "credentials", "throttling"]}
# What this fleet must raise at once, pending or firing: so often, whatever the number of exporters.
RAISED = {"WorkspacesImageError": 1, "WorkspacesImageApplicationError": 1, "AppStreamImageBuilderFailed": 1,
          "AppStreamImageFailed": 1, "AppStreamBaseImageOld": 2, "EucExporterAccessDenied": 1,
          "EucExporterCredentialsFailing": 1, "EucExporterDataStale": 1}
SILENT = ["EucExporterDown", "EucExporterAbsent", "EucExporterTargetGone", "WorkspacesImageQuotaNearlyFull"]


def exposition(metrics, which):
    """One sample of each metric, one for each variant of a label; the two exporters differ in a property."""
    lines = []
    for name, labels in sorted(metrics.items()):
        shown = [label for label in VARIANTS if label in labels]
        for variant in VARIANTS[shown[0]] if shown else [None]:
            values = {label: VALUES.get(label, f"exporter {which}") for label in sorted(labels)}
            if shown:
                values[shown[0]] = variant
            inner = ",".join(f'{key}="{value}"' for key, value in values.items())
            lines.append(f"{name}{{{inner}}} 1")
    return "\n".join(lines) + "\n"


def exporter(text):
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_):
            pass
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def configure(folder, servers):
    for path in RULES.glob("*.yaml"):
        rules = yaml.safe_load(path.read_text())
        for group in rules["groups"]:
            group.pop("interval", None)
        (folder / path.name).write_text(yaml.safe_dump(rules))
    (folder / "prometheus.yml").write_text(yaml.safe_dump({
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [f"{folder}/[ar]*.yaml"],
        "scrape_configs": [{"job_name": "euc-exporter", "static_configs": [
            {"targets": [f"127.0.0.1:{server.server_port}" for server in servers]}]}]}))


def rules_of(base):
    with urllib.request.urlopen(f"{base}/api/v1/rules", timeout=5) as answer:
        return [rule for group in json.load(answer)["data"]["groups"] for rule in group["rules"]]


def settled(rules):
    """Every rule was evaluated, and the alerts that need the others' samples have seen them."""
    raised = {rule["name"] for rule in rules if rule.get("alerts")}
    return rules and all(rule["health"] != "unknown" for rule in rules) and set(RAISED) <= raised


def main():
    metrics = catalogue((ROOT / "src/catalogue.rs").read_text())
    servers = [exporter(exposition(metrics, which)) for which in ("a", "b")]
    failures = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        configure(folder, servers)
        port = free_port()
        with open(folder / "log", "w") as log:
            process = subprocess.Popen(
                ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
                 f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log)
            rules, deadline = [], time.monotonic() + 60
            while time.monotonic() < deadline and process.poll() is None and not settled(rules):
                time.sleep(0.5)
                try:
                    rules = rules_of(f"http://127.0.0.1:{port}")
                except OSError:
                    continue
            time.sleep(2 if rules else 0)
            rules = rules_of(f"http://127.0.0.1:{port}") if rules else []
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if not rules:
            failures.append(f"no rules: {(folder / 'log').read_text()[-500:]}")
    for server in servers:
        server.shutdown()
    for rule in rules:
        if rule["health"] != "ok":
            failures.append(f"{rule['name']}: {rule['health']}: {rule.get('lastError')}")
    counted = {}
    for rule in rules:
        counted[rule["name"]] = counted.get(rule["name"], 0) + len(rule.get("alerts", []))
    for alert, number in RAISED.items():
        if counted.get(alert) != number:
            failures.append(f"{alert}: {counted.get(alert)} alerts, not {number}")
    for alert in SILENT:
        if counted.get(alert) != 0:
            failures.append(f"{alert}: {counted.get(alert)} alerts, not 0")
    print(f"{len(rules):6} rules evaluated by Prometheus\n{sum(r['health'] == 'ok' for r in rules):6} of them healthy")
    print(f"{len(RAISED):6} alerts raised as often as they should\n{len(SILENT):6} alerts silent as they should be")
    for failure in failures:
        print(f"FAIL {failure}")
    sys.exit(f"check_prometheus: {len(failures)} failures" if failures else None)


if __name__ == "__main__":
    main()
