#!/usr/bin/env python3
"""Tries the example of Alertmanager: its routes with amtool, its inhibitions on a running Alertmanager.

The Alertmanager listens on loopback, on ports that the kernel chose, with the committed file; only the receivers' addresses
(a listener of this test) and the waits for grouping are replaced. It is ended by its pid. Posts alerts with the labels that
the rules give them, and asks twice what became of them: Alertmanager's API (suppressed, by which), and the listener (was
it told).
"""
import http.server
import itertools
import json
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONFIG = ROOT / "deploy/alertmanager/alertmanager.yaml"
ALERTS = {}
for file in sorted((ROOT / "deploy/prometheus/rules").glob("*.yaml")):
    for group in yaml.safe_load(file.read_text())["groups"]:
        for rule in group["rules"]:
            if "alert" in rule:
                ALERTS.setdefault(rule["alert"], []).append(rule["labels"])

HERE = {"account_id": "111111111111", "region": "eu-west-1"}
THERE = {"account_id": "222222222222", "region": "eu-west-1"}
SCOPE = {**HERE, "collector": "workspaces_images"}
IMAGE = {**HERE, "image_id": "wsi-1", "image_name": "golden"}
BUILDER = {**HERE, "image_builder": "win-build"}
APP_IMAGE = {**HERE, "image_arn": "arn:1", "image_name": "office"}

# labels besides those of the rule → the receiver
ROUTES = [
    ("WorkspacesImageError", {}, HERE, "team-a-pager"),
    ("WorkspacesImagePendingTooLong", {}, HERE, "team-a-ticket"),
    ("WorkspacesImageUpdateAvailable", {}, HERE, "digest"),
    ("WorkspacesImageError", {}, THERE, "eucops-pager"),
    ("WorkspacesImageApplicationError", {}, THERE, "eucops-ticket"),
    ("AppStreamImageBuilderAgentOutdated", {}, THERE, "digest"),
    ("AppStreamImageBuilderLeftRunning", {"severity": "warning"}, THERE, "eucops-ticket"),
    ("AppStreamImageBuilderLeftRunning", {"severity": "critical"}, THERE, "eucops-pager"),
    ("AppStreamImageBuilderLeftRunning", {"severity": "critical"}, HERE, "team-a-pager"),
    ("AppStreamBaseImageOld", {"severity": "info"}, THERE, "digest"),
    ("EucExporterDown", {}, {}, "exporter-pager"),
    ("EucExporterAbsent", {}, {}, "exporter-pager"),
    ("EucExporterCredentialsFailing", {}, HERE, "exporter-pager"),
    ("EucExporterCollectorFailing", {}, HERE, "exporter-ticket"),
    ("EucExporterUnrecognizedValue", {}, {}, "digest"),
]

# (source, its labels) hides (target, its labels)
HIDES = [
    ("EucExporterAccessDenied", SCOPE, "EucExporterCollectorFailing", SCOPE),
    ("EucExporterAccessDenied", SCOPE, "EucExporterDataStale", SCOPE),
    ("EucExporterCollectorFailing", SCOPE, "EucExporterDataStale", SCOPE),
    ("EucExporterCredentialsFailing", HERE, "EucExporterCollectorFailing", SCOPE),
    ("EucExporterCredentialsFailing", HERE, "EucExporterDataStale", SCOPE),
    ("WorkspacesImageError", IMAGE, "WorkspacesImageApplicationError", {**IMAGE, "application_id": "wsa-1"}),
    ("WorkspacesImageError", IMAGE, "WorkspacesImageApplicationStuck", {**IMAGE, "application_id": "wsa-1"}),
    ("WorkspacesImageError", IMAGE, "WorkspacesImageUpdateAvailable", IMAGE),
    ("AppStreamImageBuilderLeftRunning", {**BUILDER, "severity": "critical"},
     "AppStreamImageBuilderLeftRunning", {**BUILDER, "severity": "warning"}),
    ("AppStreamBaseImageOld", {**APP_IMAGE, "severity": "warning"}, "AppStreamBaseImageOld", {**APP_IMAGE, "severity": "info"}),
]
COLLECTORS = ["workspaces_images", "appstream_images"]

failures, counts = [], {}


def expect(what, good, text):
    counts[what] = counts.get(what, 0) + 1
    if not good:
        failures.append(text)


def labels_of(name, extra):
    """The labels of an alert as Prometheus sends it; `severity` among extra picks the rule."""
    fitting = [labels for labels in ALERTS[name] if all(labels.get(k, v) == v for k, v in extra.items())]
    return {"alertname": name, **fitting[0], **extra}


def check_routes():
    for name, pick, extra, receiver in ROUTES:
        labels = labels_of(name, {**pick, **extra})
        command = ["amtool", "config", "routes", "test", f"--config.file={CONFIG}", f"--verify.receivers={receiver}",
                   *(f"{key}={value}" for key, value in labels.items())]
        done = subprocess.run(command, capture_output=True, text=True)
        expect("routes", done.returncode == 0, f"route of {name} {extra}: {done.stdout}{done.stderr}".strip())
    receivers = {receiver for *_, receiver in ROUTES}
    named = {entry["name"] for entry in yaml.safe_load(CONFIG.read_text())["receivers"]}
    expect("receivers in use", receivers == named, f"receivers without a case: {sorted(named - receivers)}")


class Listener(http.server.BaseHTTPRequestHandler):
    told = []

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        for alert in body["alerts"]:
            Listener.told.append((self.path.strip("/"), alert["status"], alert["labels"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Alertmanager:
    """A running one; a fresh one for each scene, so that scenes do not see each other."""

    def __init__(self, folder, listener_port):
        text = CONFIG.read_text().replace("http://alerts.example/", f"http://127.0.0.1:{listener_port}/")
        text = re.sub(r"group_wait: \w+", "group_wait: 1s", text)
        text = re.sub(r"group_interval: \w+", "group_interval: 1s", text)
        self.config = pathlib.Path(folder) / "alertmanager.yaml"
        self.config.write_text(text)
        self.folder = folder

    def __enter__(self):
        port = free_port()
        self.base = f"http://127.0.0.1:{port}/api/v2"
        self.log = open(pathlib.Path(self.folder) / "log", "w")
        data = tempfile.mkdtemp(dir=self.folder)
        self.process = subprocess.Popen(
            ["prometheus-alertmanager", f"--config.file={self.config}", f"--storage.path={data}",
             f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="],
            stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + 20
        while True:
            try:
                self.get("/status")
                return self
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    self.__exit__()
                    sys.exit(f"Alertmanager does not start: {(pathlib.Path(self.folder) / 'log').read_text()[-500:]}")
                time.sleep(0.1)

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def get(self, path):
        with urllib.request.urlopen(self.base + path, timeout=5) as answer:
            return json.load(answer)

    def post(self, alerts):
        body = json.dumps([{"labels": labels, "annotations": {}} for labels in alerts]).encode()
        request = urllib.request.Request(self.base + "/alerts", body, {"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=5).close()

    def hidden(self):
        """Each alert's labels, and the names of those that hide it; waits until all posted ones were looked at."""
        alerts = self.get("/alerts")
        names = {alert["fingerprint"]: alert["labels"]["alertname"] for alert in alerts}
        return [(alert["labels"], {names[f] for f in alert["status"]["inhibitedBy"]}) for alert in alerts]


def other(labels, key):
    """The labels with one changed: another account, region, image …"""
    return {**labels, key: labels[key] + "-other"}


def check_inhibitions(folder, listener_port):
    for source, source_labels, target, target_labels in HIDES:
        cause = labels_of(source, source_labels)
        same = labels_of(target, target_labels)
        shared = [key for key in target_labels if key in source_labels and key not in ("image_name", "severity")]
        strangers = [labels_of(target, other(target_labels, key)) for key in shared]
        with Alertmanager(folder, listener_port) as manager:
            manager.post([cause, same, *strangers])
            for labels, by in manager.hidden():
                if labels == same:
                    expect("inhibitions", by == {source}, f"{source} does not hide {target} ({by})")
                elif labels == cause:
                    expect("sources that stay", not by, f"{source} is itself hidden by {by}")
                else:
                    expect("strangers that stay", not by, f"{source} hides {target} of another scope: {labels}")


def everything():
    """Every alert rule once, all about the same account and region, each resource alert in every shape."""
    things = {"image_id": "wsi-1", "image_name": "golden", "application_id": "wsa-1", "image_builder": "win-build",
              "image_arn": "arn:1", "error_code": "VALIDATION_ERROR", "state": "PENDING"}
    for name, variants in ALERTS.items():
        for labels in variants:
            if labels["component"] != "euc-exporter":
                yield {"alertname": name, **labels, **HERE, **things}
            else:
                for collector in COLLECTORS:
                    yield {"alertname": name, **labels, **HERE, "collector": collector, "job": "euc-exporter", "instance": "a:9"}


def check_never(folder, listener_port):
    """All at once: no alert on the exporter hides one on a resource, and nothing is hidden but what HIDES says."""
    allowed = {(source, target) for source, _, target, _ in HIDES}
    posted = list(everything())
    with Alertmanager(folder, listener_port) as manager:
        Listener.told.clear()
        manager.post(posted)
        hidden = manager.hidden()
        expect("alerts in one heap", len(hidden) == len(posted), f"{len(posted)} posted, {len(hidden)} there")
        component = {name: labels[0]["component"] for name, labels in ALERTS.items()}
        for labels, by in hidden:
            for source in by:
                expect("pairs hidden in the heap", (source, labels["alertname"]) in allowed,
                       f"{source} hides {labels['alertname']}")
        resources = [labels for labels in posted if labels["component"] != "euc-exporter"]
        sources = [name for name in ALERTS if component[name] == "euc-exporter"]
        for (labels, by), source in itertools.product(hidden, sources):
            if labels["component"] != "euc-exporter":
                expect("exporter × resource never", source not in by, f"{source} hides {labels['alertname']}")
        # what reached the receivers is what the API calls active
        active = sorted(json.dumps(labels, sort_keys=True) for labels, by in hidden if not by)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            told = sorted({json.dumps(labels, sort_keys=True) for _, _, labels in list(Listener.told)})
            if told == active:
                break
            time.sleep(0.2)
        time.sleep(1.5)  # one more interval: a hidden one would come now
        told = sorted({json.dumps(labels, sort_keys=True) for _, _, labels in list(Listener.told)})
        expect("notifications compared", told == active, f"{len(told)} alerts were told, {len(active)} are active")
        counts["alerts told"] = len(told)
        counts["alerts hidden"] = len(hidden) - len(active)
        counts["resource alerts in the heap"] = len(resources)


def main():
    done = subprocess.run(["amtool", "check-config", CONFIG], capture_output=True, text=True)
    expect("configuration", done.returncode == 0, done.stdout + done.stderr)
    check_routes()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        check_inhibitions(folder, server.server_port)
        check_never(folder, server.server_port)
    server.shutdown()
    for what, number in counts.items():
        print(f"{number:6} {what}")
    for must in ("routes", "inhibitions", "strangers that stay", "exporter × resource never", "pairs hidden in the heap"):
        if not counts.get(must):
            failures.append(f"nothing was tried: {must}")
    for failure in failures:
        print(f"FAIL {failure}")
    sys.exit(f"check_alertmanager: {len(failures)} failures" if failures else None)


if __name__ == "__main__":
    main()
