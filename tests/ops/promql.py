"""What a PromQL expression may name: the catalogue's metrics and labels, read from src/catalogue.rs.

`Checker.labels(expression)` walks the parsed expression, works out which labels each part can have, and notes every metric
that does not exist, every label that its metric lacks and every state that AWS's model lacks. It knows nothing of files.
"""
import re

import botocore.loaders
import promql_parser
from promql_parser import (AggregateExpr, BinaryExpr, Call, MatrixSelector, NumberLiteral, ParenExpr, StringLiteral,
                           SubqueryExpr, UnaryExpr, VectorSelector)

TARGET = {"job", "instance"}  # put on every sample by Prometheus
BY_PROMETHEUS = {"up", "scrape_duration_seconds", "scrape_samples_scraped"}
# Rows of the design that the code gains with configuration reload.
LATER = {"euc_exporter_config_last_reload_successful": set(),
         "euc_exporter_config_last_reload_success_timestamp_seconds": set()}
ROW = re.compile(r'pub static \w+: Metric<(\d+)> = Metric \{\s*name: "(\w+)",\s*kind: Kind::(\w+),.*?labels: \[(.*?)\]', re.S)
COLLECTORS = {"workspaces_images", "workspaces_image_associations", "appstream_image_builders", "appstream_images"}
ERRORS = {"access_denied", "credentials", "throttling", "timeout", "connection", "server", "unsupported_region",
          "invalid_response", "other"}


def catalogue(source):
    """Metric name → label names, with a histogram's three parts."""
    found = {}
    for count, name, kind, text in ROW.findall(source):
        labels = set(re.findall(r'"(\w+)"', text))
        assert len(labels) == int(count), f"{name}: {len(labels)} labels read, {count} declared"
        if kind == "Histogram":
            found |= {f"{name}_bucket": labels | {"le"}, f"{name}_sum": labels, f"{name}_count": labels}
        else:
            found[name] = labels
    listed = len(re.findall(r"^    \w+\.row\(\),$", source, re.M))
    rows = len(ROW.findall(source))
    assert rows and rows == listed, f"{rows} rows read, {listed} in ALL"
    return LATER | found


def models():
    """The enumerations of AWS that the tables and rules are held to, from botocore's service models."""
    loader = botocore.loaders.Loader()
    shapes = {name: loader.load_service_model(name, "service-2")["shapes"] for name in ("workspaces", "appstream")}

    def values(service, shape):
        return set(shapes[service][shape]["enum"])
    return {
        "WorkspaceImageErrorDetailCode": values("workspaces", "WorkspaceImageErrorDetailCode"),
        "AssociationErrorCode": values("workspaces", "AssociationErrorCode"),
        "FleetErrorCode": values("appstream", "FleetErrorCode"),
        "ImageBuilderStateChangeReasonCode": values("appstream", "ImageBuilderStateChangeReasonCode"),
        "ImageStateChangeReasonCode": values("appstream", "ImageStateChangeReasonCode"),
        "WorkspaceImageState": values("workspaces", "WorkspaceImageState"),
        "AssociationState": values("workspaces", "AssociationState"),
        "ImageBuilderState": values("appstream", "ImageBuilderState"),
        "ImageState": values("appstream", "ImageState"),
        "VisibilityType": values("appstream", "VisibilityType"),
    }


def known_values(enums):
    """(metric, label) → the values that it can have; None stands for any metric."""
    return {
        ("aws_workspaces_image_state", "state"): enums["WorkspaceImageState"],
        ("aws_workspaces_image_application_state", "state"): enums["AssociationState"],
        ("aws_appstream_image_builder_state", "state"): enums["ImageBuilderState"],
        ("aws_appstream_image_state", "state"): enums["ImageState"],
        ("aws_appstream_image_info", "visibility"): enums["VisibilityType"],
        ("aws_workspaces_image_info", "ownership"): {"OWNED", "SHARED"},
        (None, "collector"): COLLECTORS,
        (None, "error"): ERRORS,
        (None, "service"): {"workspaces", "appstream", "sts", "organizations"},
    }


class Checker:
    """Collects what is wrong; `labels` of an expression is None for a scalar."""

    def __init__(self, metrics, values):
        self.metrics = {name: labels | TARGET for name, labels in metrics.items()}
        self.metrics |= {name: set(TARGET) for name in BY_PROMETHEUS}
        self.values = values
        self.problems = []
        self.selectors = 0
        self.named = set()

    def check(self, where, text):
        """The labels of the expression's result, or None; problems are prefixed with `where`."""
        self.where, before = where, len(self.problems)
        try:
            tree = promql_parser.parse(text)
        except ValueError as error:
            self.problems.append(f"{where}: not PromQL: {error}")
            return None
        result = self.labels(tree)
        return None if len(self.problems) > before else result

    def wrong(self, text):
        self.problems.append(f"{self.where}: {text}")

    def has(self, wanted, labels, what):
        for label in sorted(set(wanted) - (labels or set())):
            self.wrong(f"{what} names label {label!r}, which is not there; there are {', '.join(sorted(labels or []))}")

    def labels(self, node):
        match node:
            case NumberLiteral() | StringLiteral():
                return None
            case ParenExpr() | UnaryExpr() | SubqueryExpr():
                return self.labels(node.expr)
            case MatrixSelector():
                return self.labels(node.vector_selector)
            case VectorSelector():
                return self.selector(node)
            case AggregateExpr():
                return self.aggregate(node)
            case Call():
                return self.call(node)
            case BinaryExpr():
                return self.binary(node)
        raise TypeError(f"{type(node).__name__} is not known here")

    def selector(self, node):
        self.selectors += 1
        matchers = list(node.matchers.matchers) + [m for group in node.matchers.or_matchers for m in group]
        if node.name not in self.metrics:
            self.wrong(f"metric {node.name!r} is neither in the catalogue nor recorded")
            return set(TARGET) | {m.name for m in matchers}
        self.named.add(node.name)
        labels = self.metrics[node.name]
        self.has((m.name for m in matchers), labels, node.name)
        for matcher in matchers:
            allowed = self.values.get((node.name, matcher.name), self.values.get((None, matcher.name)))
            if allowed and "$" not in matcher.value and not re.search(r"[.*+]", matcher.value):
                for value in set(matcher.value.split("|")) - allowed - {"", "UNKNOWN"}:
                    self.wrong(f"{node.name} has no {matcher.name} {value!r}")
        return set(labels)

    def aggregate(self, node):
        inner = self.labels(node.expr) or set()
        by = set(node.modifier.labels) if node.modifier else set()
        without = node.modifier is not None and "Without" in str(node.modifier.type)
        self.has(by, inner, f"{node.op} {node.modifier or ''}")
        if str(node.op) in ("topk", "bottomk", "limitk"):
            return inner
        result = inner - by if without else by
        return result | ({node.param.val} if str(node.op) == "count_values" else set())

    def call(self, node):
        inner = [self.labels(argument) for argument in node.args]
        name = node.func.name
        if name in ("time", "vector", "scalar", "pi"):
            return None if name != "vector" else set()
        if name == "absent":
            return {m.name for m in node.args[0].matchers.matchers if "Equal" in str(m.op) and "Not" not in str(m.op)}
        result = next((labels for labels in inner if labels is not None), set())
        if name in ("label_replace", "label_join"):
            result = result | {node.args[1].val}
        if name == "histogram_quantile":
            self.has({"le"}, result, name)
        return result - {"le"} if name == "histogram_quantile" else result

    def binary(self, node):
        left, right = self.labels(node.lhs), self.labels(node.rhs)
        if left is None or right is None:
            return left if right is None else right
        matching = node.modifier.matching if node.modifier else None
        on = set(matching.labels) if matching and "Include" in str(matching.type) else None
        if on is not None:
            self.has(on, left, f"{node.op} on, left side,")
            self.has(on, right, f"{node.op} on, right side,")
        if str(node.op) in ("and", "unless"):
            return left
        if str(node.op) == "or":
            return left | right
        card = str(node.modifier.card) if node.modifier else ""
        copied = set(node.modifier.group_labels or []) if node.modifier else set()
        if "ManyToOne" in card:
            self.has(copied, right, "group_left")
            return left | copied
        if "OneToMany" in card:
            self.has(copied, left, "group_right")
            return right | copied
        if on is not None:
            return on
        return left - set(matching.labels) if matching else left
