"""Reads the metric catalogue of the exporter, so that no label list is written twice.

In: src/catalogue.rs. Out: a `Metric` by name. Knows nothing of dashboards.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "catalogue.rs"

_ROW = re.compile(
    r'Metric<\d+> = Metric \{\s*name: "(?P<name>[^"]+)",\s*kind: Kind::(?P<kind>\w+),'
    r"\s*group: Group::(?P<group>\w+),\s*labels: \[(?P<labels>[^\]]*)\]",
)


@dataclass(frozen=True)
class Metric:
    """One row of the catalogue."""

    name: str
    kind: str
    group: str
    labels: tuple[str, ...]


@cache
def metrics() -> dict[str, Metric]:
    """Every metric of the exporter by name."""
    rows = {}
    for row in _ROW.finditer(SOURCE.read_text(encoding="utf-8")):
        labels = tuple(re.findall(r'"([^"]+)"', row["labels"]))
        rows[row["name"]] = Metric(row["name"], row["kind"], row["group"], labels)
    if not rows:
        raise SystemExit(f"no metric found in {SOURCE}: has its form changed?")
    return rows
