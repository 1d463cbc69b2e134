"""Measures the exporter as a process, beside its peers, and writes results.json and performance.md.

Started by scripts/bench, which builds and installs what is needed.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
import time

import collecting
import document
import instructions
import prometheus_side
import serving
import starting
from programs import Programs
from spread import Spread, probe

PARTS = ("start", "serving", "collecting", "refresh", "prometheus", "instructions")


def quick(programs):
    """A few seconds each: whether everything works, and the small sizes."""
    yield "start", lambda: starting.measure(programs, rounds=5, idle_seconds=3)
    yield "serving", lambda: [serving.measure(programs, series, rounds=1) for series in (1_000, 10_000)]
    yield (
        "collecting",
        lambda: {
            "lists": [collecting.measure(programs, 1_000, 1, latency, 25) for latency in (0, 10)],
            "side_by_side": collecting.side_by_side(programs, regions=8, rounds=1, pages=10),
        },
    )
    yield "refresh", lambda: collecting.refresh(programs, 10_000, rounds=3)
    yield "prometheus", lambda: [prometheus_side.measure(programs, 10_000, rounds=1, interval=1, scrapes=3)]
    yield "instructions", lambda: instructions.measure(programs, (1_000, 10_000))


def full(programs):
    """About ten minutes."""
    rounds = {1_000: 3, 10_000: 3, 100_000: 7, 1_000_000: 3}
    yield "start", lambda: starting.measure(programs, rounds=15, idle_seconds=10)
    yield (
        "serving",
        lambda: [
            *(serving.measure(programs, series, count) for series, count in rounds.items()),
            serving.measure(programs, 100_000, rounds=5, pinned=False),
        ],
    )
    yield (
        "collecting",
        lambda: {
            "lists": [
                collecting.measure(programs, 1_000, 3, 0, 25),
                collecting.measure(programs, 10_000, 3, 0, 25),
                collecting.measure(programs, 100_000, 3, 0, 25),
                collecting.measure(programs, 1_000, 3, 50, 25),
                collecting.measure(programs, 10_000, 3, 50, 100),
            ],
            "side_by_side": collecting.side_by_side(programs, regions=64, rounds=3),
        },
    )
    yield "refresh", lambda: collecting.refresh(programs, 100_000, rounds=9)
    yield (
        "prometheus",
        lambda: [
            prometheus_side.measure(programs, 100_000, rounds=2, interval=2, scrapes=5),
            prometheus_side.measure(programs, 1_000_000, rounds=1, interval=8, scrapes=4),
        ],
    )
    yield "instructions", lambda: instructions.measure(programs, (1_000, 10_000, 100_000))


def machine():
    model = [
        line.split(": ", 1)[1] for line in open("/proc/cpuinfo", encoding="utf-8") if line.startswith("model name")
    ]
    return {
        "cpus": len(os.sched_getaffinity(0)),
        "model": model[0].strip() if model else platform.machine(),
        "kernel": platform.release(),
        "load": os.getloadavg()[0],
        "probe_ms": Spread.of(probe() for _ in range(50)),
    }


def versions(programs):
    commands = {
        "euc-exporter": [programs.exporter_path, "--version"],
        "nginx": ["nginx", "-v"],
        "pushgateway": ["prometheus-pushgateway", "--version"],
        "Prometheus": ["prometheus", "--version"],
        "wrk": ["wrk", "-v"],
    }
    found = {}
    for name, command in commands.items():
        said = subprocess.run(command, capture_output=True, text=True)
        found[name] = (said.stdout + said.stderr).splitlines()[0]
    for package in ("boto3", "prometheus_client"):
        code = f"from importlib.metadata import version; print(version('{package}'))"
        found[package] = subprocess.run([programs.python, "-c", code], capture_output=True, text=True).stdout.strip()
    return found


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__.splitlines()[0])
    for name in ("exporter", "simulator", "exposition", "ready-bytes"):
        parser.add_argument(f"--{name}", required=True, type=pathlib.Path)
    parser.add_argument("--quick", action="store_true", help="1k and 10k series, a few seconds each")
    parser.add_argument("--only", action="append", choices=PARTS, help="one part; repeatable")
    parser.add_argument("--out", type=pathlib.Path, help="folder for results.json and performance.md")
    options = parser.parse_args()
    out = options.out or pathlib.Path(tempfile.mkdtemp(prefix="euc-exporter-bench-"))
    out.mkdir(parents=True, exist_ok=True)

    with tempfile.TemporaryDirectory(prefix="euc-exporter-bench-files-") as folder:
        programs = Programs(
            options.exporter, options.simulator, options.exposition, options.ready_bytes, pathlib.Path(folder)
        )
        results = {
            "date": datetime.date.today().isoformat(),
            "quick": options.quick,
            "machine": machine(),
            "versions": versions(programs),
        }
        for part, measure in (quick if options.quick else full)(programs):
            if options.only and part not in options.only:
                continue
            begun = time.monotonic()
            results[part] = measure()
            print(f"{part}: {time.monotonic() - begun:.0f} s", file=sys.stderr)
            results["machine"]["load_after"] = os.getloadavg()[0]
            (out / "results.json").write_text(json.dumps(results, indent=1))
    (out / "performance.md").write_text(document.write(results))
    print(out / "performance.md")


if __name__ == "__main__":
    main()
