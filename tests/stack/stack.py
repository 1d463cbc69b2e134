"""Runs programs on loopback and asks them: an exporter, a Prometheus that scrapes it, an Alertmanager, a webhook.

Everything is started with its own configuration in a temporary folder and ended by its pid.
"""

import http.server
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "deploy/prometheus/rules"
ALERTMANAGER = ROOT / "deploy/alertmanager/alertmanager.yaml"
# A look-back has to hold a few scrapes, which come every second.
LEAST_RANGE = "6s"
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def free_port() -> int:
    """A port that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fetch(url: str, timeout: float = 10) -> str:
    """The text at a loopback address, past any proxy."""
    with DIRECT.open(url, timeout=timeout) as answer:
        return answer.read().decode()


class Missing(Exception):
    """Something did not come in time."""


def until(what: str, check: Callable, seconds: float = 60):
    """The first answer of `check` that is not empty; an unreachable server counts as empty."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if answer := check():
                return answer
        except OSError:
            pass
        if time.monotonic() > deadline:
            raise Missing(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.25)


class Program:
    """A running program; leaving its `with` ends it."""

    def __init__(self, folder: Path, name: str, command: list, environment: dict | None = None, **pipes) -> None:
        self.name, self.log = name, folder / f"{name}.log"
        self.command, self.environment, self.pipes = [str(part) for part in command], environment, pipes
        self.start()

    def start(self) -> None:
        """Starts it, also again after it was ended."""
        with open(self.log, "a", encoding="utf-8") as log:
            streams = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log, **self.pipes}
            self.process = subprocess.Popen(self.command, env=self.environment, **streams)

    def kill(self) -> None:
        """Ends it as a crash would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()

    def serves(self, url: str) -> None:
        """Waits until the URL answers; a program that has ended never will."""

        def answers() -> bool:
            if self.process.poll() is not None:
                sys.exit(f"{self.name} ended: {self.log.read_text(encoding='utf-8')[-2000:]}")
            return bool(fetch(url, 2) or True)

        until(f"{self.name} at {url}", answers, 30)


@dataclass(frozen=True)
class Told:
    """One alert in one notification."""

    receiver: str
    status: str
    labels: dict
    annotations: dict
    at: float

    @property
    def name(self) -> str:
        """The alert's name."""
        return self.labels["alertname"]


class Webhook:
    """Keeps what the receivers of all Alertmanagers are told. A path is STACK/RECEIVER."""

    def __init__(self) -> None:
        self.told: dict[str, list[Told]] = {}
        webhook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            """Answers every notification with 200."""

            def do_POST(self) -> None:
                """Takes one notification."""
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                _, stack, receiver = self.path.split("/")
                for alert in body["alerts"]:
                    one = Told(receiver, alert["status"], alert["labels"], alert["annotations"], time.time())
                    webhook.told.setdefault(stack, []).append(one)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_) -> None:
                """Silence."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class Stack:
    """Prometheus and Alertmanager around an exporter that listens at a port."""

    def __init__(self, folder: Path, name: str, exporter_port: int, webhook: Webhook) -> None:
        self.name, self.webhook, self.target = name, webhook, f"127.0.0.1:{exporter_port}"
        self.folder = folder / name
        self.folder.mkdir()
        self.prometheus_url = f"http://127.0.0.1:{free_port()}"
        self.alertmanager_url = f"http://127.0.0.1:{free_port()}"
        self._hurry_rules()
        self._write_alertmanager()
        self._write_prometheus()

    def __enter__(self):
        self.alertmanager = Program(self.folder, "alertmanager", [
            "prometheus-alertmanager", f"--config.file={self.folder}/alertmanager.yaml",
            f"--storage.path={self.folder}/alertmanager", "--cluster.listen-address=",
            f"--web.listen-address={self.alertmanager_url.removeprefix('http://')}"])
        self.prometheus = Program(self.folder, "prometheus", [
            "prometheus", f"--config.file={self.folder}/prometheus.yaml", f"--storage.tsdb.path={self.folder}/prometheus",
            f"--web.listen-address={self.prometheus_url.removeprefix('http://')}"])
        try:
            self.alertmanager.serves(f"{self.alertmanager_url}/-/ready")
            self.prometheus.serves(f"{self.prometheus_url}/-/ready")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        self.prometheus.__exit__()
        self.alertmanager.__exit__()

    def _hurry_rules(self) -> None:
        subprocess.run([sys.executable, ROOT / "deploy/demo/hurry_rules.py", os.environ["FOR_SCALE"], RULES,
                        self.folder / "rules", "--least-range", LEAST_RANGE], check=True)

    def _write_alertmanager(self) -> None:
        """The committed example; only the receivers' addresses and the waits for grouping are others."""
        text = ALERTMANAGER.read_text(encoding="utf-8")
        here = f"http://127.0.0.1:{self.webhook.server.server_port}/{self.name}/"
        text = text.replace("http://alerts.example/", here)
        text = re.sub(r"(group_wait|group_interval): \w+", r"\1: 1s", text)
        (self.folder / "alertmanager.yaml").write_text(text, encoding="utf-8")

    def _write_prometheus(self) -> None:
        alertmanager = self.alertmanager_url.removeprefix("http://")
        (self.folder / "prometheus.yaml").write_text(json.dumps({
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [f"{self.folder}/rules/*.yaml"],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]},
            "scrape_configs": [{"job_name": "euc-exporter", "static_configs": [{"targets": [self.target]}]}],
        }), encoding="utf-8")

    def query(self, expr: str) -> list[dict]:
        """The series of an expression now."""
        query = urllib.parse.urlencode({"query": expr})
        return json.loads(fetch(f"{self.prometheus_url}/api/v1/query?{query}"))["data"]["result"]

    def rules(self) -> list[dict]:
        """Every rule, with its health and its alerts."""
        groups = json.loads(fetch(f"{self.prometheus_url}/api/v1/rules"))["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]

    def firing(self, name: str, **labels: str) -> list[dict]:
        """The labels of an alert's instances that fire in Prometheus."""
        alerts = json.loads(fetch(f"{self.prometheus_url}/api/v1/alerts"))["data"]["alerts"]
        return [one["labels"] for one in alerts if one["state"] == "firing" and fits(one["labels"], name, labels)]

    def in_alertmanager(self) -> list[dict]:
        """Alertmanager's view of all alerts."""
        return json.loads(fetch(f"{self.alertmanager_url}/api/v2/alerts"))

    def told(self, name: str, status: str | None = None, **labels: str) -> list[Told]:
        """What the receivers have heard of an alert."""
        told = list(self.webhook.told.get(self.name, []))
        return [one for one in told if status in (None, one.status) and fits(one.labels, name, labels)]


def fits(found: dict, name: str, wanted: dict) -> bool:
    """Whether these are labels of that alert."""
    return found["alertname"] == name and all(found.get(label) == value for label, value in wanted.items())
