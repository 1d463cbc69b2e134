#!/usr/bin/env python3
"""Holds deploy/compose.yaml to what can be known without an engine, and to `docker compose config` where that is there.

Every mounted path exists and is mounted read-only; the programs are given files that are mounted; images are pinned;
nothing runs as root, with privileges or without a health check, or is published beyond loopback; the configurations
inside are accepted by promtool and amtool with the mounted files in their places.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "deploy/compose.yaml"
SERVICES = {"exporter", "prometheus", "alertmanager", "notifications", "grafana"}

failures: list[str] = []
counts: dict[str, int] = {}


def expect(what: str, good: bool, text: str) -> None:
    """Counts a check and keeps its failure."""
    counts[what] = counts.get(what, 0) + 1
    if not good:
        failures.append(text)


def mounts(service: dict) -> dict[str, Path]:
    """Paths in the container, and what is mounted there."""
    found = {}
    for mount in service.get("volumes", []):
        source, target, *mode = mount.split(":")
        found[target] = (COMPOSE.parent / source).resolve()
        expect("read-only mounts", mode == ["ro"], f"{mount} is not read-only")
        expect("mounted paths that exist", found[target].exists(), f"{mount}: {found[target]} does not exist")
        tracked = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", found[target]],
                                 cwd=ROOT, capture_output=True, text=True, check=True).stdout
        expect("mounted paths in the repository", bool(tracked), f"{mount} is not in the repository")
    return found


def check_service(name: str, service: dict) -> None:
    """What holds for each."""
    image = service["image"]
    expect("pinned images", bool(re.search(r":\w*[\d.]{5,}", image)) or "build" in service, f"{name}: {image} is not pinned")
    if "build" in service:
        dockerfile = COMPOSE.parent / service["build"]["context"] / "Dockerfile"
        expect("Dockerfiles", dockerfile.is_file(), f"{name}: no {dockerfile}")
    expect("users that are not root", re.fullmatch(r"[1-9]\d*:\d+", service.get("user", "")) is not None, f"{name}: runs as root")
    expect("confined", service.get("read_only") is True and service.get("cap_drop") == ["ALL"]
           and "no-new-privileges:true" in service.get("security_opt", []), f"{name}: is not confined")
    forbidden = {"privileged", "cap_add", "network_mode", "pid", "devices", "ipc", "userns_mode"} & set(service)
    expect("without privileges", not forbidden, f"{name}: {forbidden}")
    expect("health checks", bool(service.get("healthcheck", {}).get("test")), f"{name}: no health check")
    for port in service.get("ports", []):
        expect("ports on loopback", port.startswith("127.0.0.1:"), f"{name}: {port} is published beyond loopback")
    for other, how in service.get("depends_on", {}).items():
        expect("dependencies", other in SERVICES and how["condition"] == "service_healthy", f"{name}: depends on {other}")
    where = mounts(service)
    for path in re.findall(r"(?:=|^)(/etc/[\w./-]+|/[\w-]+\.py)", "\n".join(map(str, service.get("command", []))), re.MULTILINE):
        expect("files that commands name", path in where, f"{name}: {path} is not mounted")


def check_contents(services: dict) -> None:
    """The mounted configurations, as the programs would see them."""
    at = mounts(services["prometheus"])
    text = at["/etc/prometheus/prometheus.yaml"].read_text(encoding="utf-8")
    hosts = set(re.findall(r'"([\w.]+):\d+"', text))
    expect("hosts that are services", hosts and hosts <= SERVICES, f"prometheus.yaml names {hosts}")
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "prometheus.yaml"
        config.write_text(text.replace("/etc/prometheus/rules", str(at["/etc/prometheus/rules"])), encoding="utf-8")
        accepts("promtool", "check", "config", config)
    accepts("amtool", "check-config", mounts(services["alertmanager"])["/etc/alertmanager/alertmanager.yaml"])
    receivers = mounts(services["alertmanager"])["/etc/alertmanager/alertmanager.yaml"].read_text(encoding="utf-8")
    aliases = services["notifications"]["networks"]["default"]["aliases"]
    found = set(re.findall(r'url: "http://([\w.]+)/', receivers))
    expect("receivers that somebody answers", found == set(aliases), f"receivers at {found}, answered are {aliases}")
    grafana = services["grafana"]
    at = mounts(grafana)
    for file in at["/etc/grafana/provisioning"].glob("dashboards/*.yaml"):
        for provider in yaml.safe_load(file.read_text(encoding="utf-8"))["providers"]:
            path = provider["options"]["path"]
            boards = list(at[path].glob("*.json")) if path in at else []
            expect("folders of dashboards", bool(boards), f"{file.name}: nothing at {path}")
    for file in at["/etc/grafana/provisioning"].glob("datasources/*.yaml"):
        for variable in re.findall(r"url: \$\{(\w+)\}", file.read_text(encoding="utf-8")):
            expect("variables of data sources", variable in grafana["environment"], f"{file.name}: {variable} is not set")


def accepts(*command) -> None:
    """Lets a program check a file."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    expect(f"accepted by {command[0]}", done.returncode == 0, f"{command[0]}: {done.stdout}{done.stderr}")


def engine_accepts() -> str:
    """`docker compose config` needs no daemon, but the plugin."""
    if not shutil.which("docker") or subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode:
        return "docker compose: not here, so its schema is untried"
    accepts("docker", "compose", "-f", COMPOSE, "config", "--quiet")
    return "docker compose: asked"


def main() -> int:
    """Returns the exit code."""
    document = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    services = document["services"]
    expect("services", set(services) == SERVICES, f"services {sorted(services)}")
    for name, service in services.items():
        check_service(name, service)
    check_contents(services)
    print(engine_accepts())
    for what, number in counts.items():
        print(f"{number:6} {what}")
    for failure in failures:
        print(f"FAIL {failure}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
