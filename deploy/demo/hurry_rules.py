#!/usr/bin/env python3
"""Copies rule files with every wait and every look-back made shorter, for a fleet that lives faster than real ones.

    deploy/demo/hurry_rules.py FACTOR FROM TO [--least-range 15s]

FACTOR 0.01 makes `for: 5m` three seconds and `[10m]` six, or --least-range if that is longer: a look-back has to hold a
few scrapes. Intervals of groups and of subqueries shrink likewise, to a second at least. The numbers in expressions
stay: an age in seconds is one of the object itself. The files in FROM are only read.
"""

import argparse
import re
import sys
from pathlib import Path

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
DURATION = r"(?:\d+[smhd])+"


def seconds(duration: str) -> float:
    """1h30m as seconds."""
    return sum(int(number) * SECONDS[unit] for number, unit in re.findall(r"(\d+)([smhd])", duration))


def shorter(duration: str, factor: float, least: float) -> str:
    """The duration times the factor, in whole milliseconds."""
    return f"{round(max(seconds(duration) * factor, least) * 1000)}ms"


def hurried(text: str, factor: float, least_range: float) -> str:
    """The rules of one file, in a hurry."""

    def wait(found: re.Match) -> str:
        return found[1] + shorter(found[2], factor, 0.001 if found[1].strip() == "for:" else 1)

    def look_back(found: re.Match) -> str:
        step = f":{shorter(found[2], factor, 1)}" if found[2] else ""
        return f"[{shorter(found[1], factor, least_range)}{step}]"

    text = re.sub(rf"^(\s+(?:for|interval): )({DURATION})$", wait, text, flags=re.MULTILINE)
    return re.sub(rf"\[({DURATION})(?::({DURATION}))?\]", look_back, text)


def main() -> int:
    """Returns the exit code."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("factor", type=float)
    arguments.add_argument("source", type=Path, metavar="FROM")
    arguments.add_argument("target", type=Path, metavar="TO")
    arguments.add_argument("--least-range", type=seconds, default=15.0)
    given = arguments.parse_args()
    files = sorted(given.source.glob("*.yaml"))
    if not files or not 0 < given.factor <= 1:
        print("hurry_rules: expected rule files and a factor above 0, at most 1", file=sys.stderr)
        return 64
    given.target.mkdir(parents=True, exist_ok=True)
    for file in files:
        text = hurried(file.read_text(encoding="utf-8"), given.factor, given.least_range)
        (given.target / file.name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
