"""Writes grafana/dashboards/*.json, or with --check tells which of them are not what the source says."""

import json
import sys
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

import exporter
import fleet
import single
from kinds import KINDS

TARGET = Path(__file__).parents[1] / "dashboards"


def dashboards() -> dict[str, str]:
    """The text of every dashboard by its file name."""
    pages = [fleet.dashboard(), *(single.dashboard(kind) for kind in KINDS), exporter.dashboard()]
    built = [page.build() for page in pages]
    return {
        f"{page.uid}.json": json.dumps(page, cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        for page in built
    }


def stale(expected: dict[str, str]) -> list[str]:
    """Names of files that are missing, differ by a byte, or that no source makes."""
    found = {path.name: path.read_bytes() for path in TARGET.glob("*.json")}
    wrong = [name for name, text in expected.items() if found.get(name) != text.encode()]
    return sorted([*wrong, *(found.keys() - expected.keys())])


def main() -> int:
    """Returns the exit code."""
    expected = dashboards()
    if sys.argv[1:] == ["--check"]:
        wrong = stale(expected)
        for name in wrong:
            print(f"not current: grafana/dashboards/{name}: run grafana/src/generate.py", file=sys.stderr)
        print(f"dashboards: {len(expected)}, current: {len(expected) - len(wrong)}")
        return 1 if wrong or not expected else 0
    for name, text in expected.items():
        (TARGET / name).write_bytes(text.encode())
    print(f"dashboards written: {len(expected)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
