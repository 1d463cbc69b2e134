"""A PromQL query as a tree that a rule can walk: each node with the nodes above it.

Grafana's time variables become durations that nobody writes by hand, so that a rule can tell them from real ones.
"""

import re
from collections.abc import Iterator
from datetime import timedelta

import promql_parser as parser

RATE_INTERVAL = timedelta(minutes=4, seconds=13)
_TIMES = {"__rate_interval": "4m13s", "__range": "7h13m", "__interval": "1m13s"}
_CHILDREN = ("expr", "lhs", "rhs", "param", "args", "vector_selector")

Path = tuple[object, ...]


def parse(query: str):
    """The tree of the query; ValueError when it is no PromQL."""
    timed = re.sub(r"\$\{?(__\w+)\}?", lambda found: _TIMES[found[1]], query)
    return parser.parse(timed)


def walk(node, above: Path = ()) -> Iterator[tuple[object, Path]]:
    """Every node beneath, with the nodes above it, the nearest last."""
    yield node, above
    for name in _CHILDREN:
        children = getattr(node, name, None)
        for child in children if isinstance(children, list) else [children]:
            if type(child).__module__.startswith("promql_parser") or hasattr(child, "prettify"):
                yield from walk(child, (*above, node))


def selectors(query: str) -> Iterator[tuple[object, Path]]:
    """Every selector of the query, with the nodes above it."""
    for node, above in walk(parse(query)):
        if isinstance(node, parser.VectorSelector):
            yield node, above


def matchers(selector) -> dict[str, tuple[str, str]]:
    """The operator and the value of each label that the selector matches."""
    signs = {"MatchOp.Equal": "=", "MatchOp.NotEqual": "!=", "MatchOp.Re": "=~", "MatchOp.NotRe": "!~"}
    return {m.name: (signs[str(m.op)], m.value) for m in selector.matchers.matchers}


def is_call(node, *names: str) -> bool:
    """Whether the node calls one of the functions."""
    return isinstance(node, parser.Call) and node.func.name in names


def is_range(node) -> bool:
    """Whether the node is a selector with a range."""
    return isinstance(node, parser.MatrixSelector)


def operator(node) -> str:
    """The operator of an aggregation or a binary expression, else nothing."""
    return str(node.op) if isinstance(node, parser.AggregateExpr | parser.BinaryExpr) else ""


def is_aggregate(node) -> bool:
    """Whether the node aggregates."""
    return isinstance(node, parser.AggregateExpr)


def by_labels(aggregate) -> list[str] | None:
    """The labels that the aggregation keeps, or nothing when it is told by other means."""
    modifier = aggregate.modifier
    if modifier is None:
        return []
    return list(modifier.labels) if str(modifier.type) == "AggModifierType.By" else None


def joined_labels(node) -> list[str]:
    """The labels that a binary expression names: on, ignoring and group_left or group_right."""
    modifier = getattr(node, "modifier", None)
    if not isinstance(node, parser.BinaryExpr) or modifier is None:
        return []
    named = list(modifier.matching.labels) if modifier.matching else []
    return [*named, *(modifier.group_labels or [])]


def outer(node):
    """The aggregation that makes the result, beneath parentheses and the first of several alternatives."""
    while not is_aggregate(node):
        if operator(node) == "or":
            node = node.lhs
        elif isinstance(node, parser.ParenExpr):
            node = node.expr
        elif isinstance(node, parser.BinaryExpr):
            node = node.lhs
        else:
            return None
    return node


def made_labels(query: str) -> set[str]:
    """The labels that label_replace makes."""
    return {node.args[1].val for node, _ in walk(parse(query)) if is_call(node, "label_replace")}


def read_labels(query: str) -> set[str]:
    """The labels that label_replace reads."""
    return {node.args[3].val for node, _ in walk(parse(query)) if is_call(node, "label_replace")}


def one_of_many(aggregate) -> bool:
    """Whether the aggregation leaves one series of the replicas'."""
    name = operator(aggregate)
    if name in ("max", "min"):
        return True
    return name == "topk" and getattr(aggregate.param, "val", None) == 1
