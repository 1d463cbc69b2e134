"""A real Prometheus for the time of one question: scrapes a URL, answers a query, ends."""

import json
import pathlib
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

WITHIN_SECONDS = 60
CONFIGURATION = """\
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: oracle
    metrics_path: {path}
    static_configs: [{{targets: ["{host}"]}}]
"""


class Failed(Exception):
    """Prometheus did not come to an answer; says why."""


def scrape(url, query, expect_any):
    """Values by (name, labels), without the labels that Prometheus adds."""
    with tempfile.TemporaryDirectory() as directory:
        place = urllib.parse.urlsplit(url)
        configuration = pathlib.Path(directory, "prometheus.yml")
        configuration.write_text(CONFIGURATION.format(path=place.path, host=place.netloc), encoding="utf-8")
        port = free_port()
        log = pathlib.Path(directory, "log")
        with log.open("wb") as log_file:
            process = subprocess.Popen(
                [
                    "prometheus",
                    f"--config.file={configuration}",
                    f"--storage.tsdb.path={directory}/data",
                    f"--web.listen-address=127.0.0.1:{port}",
                ],
                stdout=log_file,
                stderr=log_file,
            )
        try:
            api = f"http://127.0.0.1:{port}/api/v1"
            wait_until_up(api, process, log)
            result = ask_until_told(api, query) if expect_any else ask(api, query)
            return {as_key(series["metric"]): float(series["value"][1]) for series in result}
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def as_key(metric):
    name = metric.pop("__name__")
    return name, frozenset((label, value) for label, value in metric.items() if label not in ("job", "instance"))


def wait_until_up(api, process, log):
    said = "nothing yet"
    deadline = time.monotonic() + WITHIN_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise Failed(f"it ended: {log.read_text(errors='replace')[-500:]}")
        try:
            targets = get(f"{api}/targets?state=active")["activeTargets"]
            said = "; ".join(f"{target['health']} {target['lastError']}" for target in targets)
            if any(series["value"][1] == "1" for series in ask(api, "up")):
                return
        except (urllib.error.URLError, ConnectionError):
            pass
        time.sleep(0.3)
    raise Failed(f"the target was not up within {WITHIN_SECONDS} s: {said}")


def ask_until_told(api, query):
    """Asks again while nothing is there: a scrape that failed in between hides the series until the next one."""
    deadline = time.monotonic() + WITHIN_SECONDS
    while time.monotonic() < deadline:
        if result := ask(api, query):
            return result
        time.sleep(0.3)
    raise Failed("the target is up but has no series")


def ask(api, query):
    return get(f"{api}/query?{urllib.parse.urlencode({'query': query})}")["result"]


def get(url):
    with urllib.request.urlopen(url, timeout=20) as response:
        return json.load(response)["data"]
