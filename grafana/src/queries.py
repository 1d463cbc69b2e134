"""PromQL as building blocks: what to select, how to count each object once, how to give it its name.

Two exporters that watch the same account report every series twice, with another `instance`. So nothing here is
summed or counted before `max by` (or `topk by (1, …)`, where labels of the winner are wanted) made it one.
"""

from catalogue import metrics
from kinds import Kind

JOB = 'job=~"$job"'
INSTANCE = 'instance=~"$instance"'
TARGET = ("account_id", "region")


def select(metric: str, *matchers: str, suffix: str = "") -> str:
    """Every series of the metric within the dashboard's variables."""
    known = metrics().get(metric)
    scope = [JOB, INSTANCE]
    if known and "account_id" in known.labels:
        scope += ['account_id=~"$account"', 'region=~"$region"']
    return f"{metric}{suffix}{{{', '.join([*scope, *matchers])}}}"


def matching(label: str, value: str) -> str:
    """The matcher of that very value."""
    return f'{label}="{value}"'


def labels_of(metric: str) -> tuple[str, ...]:
    """The metric's labels, as the catalogue has them."""
    return metrics()[metric].labels


def one(metric: str, *matchers: str, by: tuple[str, ...] | None = None) -> str:
    """Each object of the metric once, however many exporters report it."""
    return f"max by ({', '.join(by or labels_of(metric))}) ({select(metric, *matchers)})"


def least(metric: str, *matchers: str) -> str:
    """Like `one`, with the worst exporter's word where low is bad."""
    return f"min by ({', '.join(labels_of(metric))}) ({select(metric, *matchers)})"


def within(window: str, step: str, expression: str) -> str:
    """The expression over a fixed window, whatever the dashboard's time range."""
    return f"({expression})[{window}:{step}]"


def or_zero(count: str, population: str) -> str:
    """The count, or 0 when there is something to count but nothing counts; nothing when nothing is reported."""
    return f"{count} or 0 * count({population})"


# --- objects ---------------------------------------------------------------------------------------------------


def of(kind: Kind, suffix: str) -> str:
    """The kind's metric with that suffix."""
    return f"{kind.prefix}_{suffix}"


def ids(kind: Kind) -> str:
    """What tells two objects of the kind apart."""
    return ", ".join((*TARGET, kind.id))


def info(kind: Kind, *matchers: str) -> str:
    """One info series for each object, so that a join never meets two."""
    return f"topk by ({ids(kind)}) (1, {select(of(kind, 'info'), *matchers)})"


def owned(kind: Kind, expression: str) -> str:
    """Only objects of this account: one that is shared with it is its owner's concern."""
    if not kind.owned:
        return expression
    return f"{expression} and on ({ids(kind)}) {select(of(kind, 'info'), kind.owned)}"


def in_state(kind: Kind, states: str, *matchers: str) -> str:
    """1 for each object in one of the states (a regular expression), nothing for the others."""
    chosen = f'state=~"{states}"'
    return f"{one(of(kind, 'state'), chosen, *matchers)} == 1"


def state_code(kind: Kind, *matchers: str) -> str:
    """Each object's state as its place in `kind.states`, which go from harmless to urgent; 0 is none of them."""
    terms = " or ".join(
        f"{select(of(kind, 'state'), matching('state', state.name), *matchers)} * {code}"
        for code, state in enumerate(kind.states, start=1)
    )
    return f"max by ({ids(kind)}) ({terms})"


def with_value(rows: str, value: str, on: str, otherwise: int = -1) -> str:
    """The rows, each with the value of its object, or `otherwise` where AWS reports none: no row is lost."""
    return f"(({rows}) ^ 0 * on ({on}) group_left () ({value}) or ({rows}) ^ 0 * {otherwise})"


def with_label(rows: str, source: str, on: str, label: str) -> str:
    """The rows, each with the label of its object in `source` where it has one: no row is lost."""
    return f"(({rows}) * on ({on}) group_left ({label}) {source} or ({rows}) unless on ({on}) {source})"


def listed(kind: Kind, rows: str, *labels: str, only_owned: bool = True) -> str:
    """The rows of a table: each with its name, its account's name or id, and the page that shows it alone."""
    matchers = (kind.owned,) if kind.owned and only_owned else ()
    wanted = [label for label in (kind.name, *labels) if label in labels_of(of(kind, "info")) and label != kind.id]
    joined = (
        f"({rows}) * on ({ids(kind)}) group_left ({', '.join(wanted)}) {info(kind, *matchers)}"
        f" * on (account_id, region) group_left (account_name) {account_names()}"
    )
    for target, source, replacement, pattern in (
        ("object", kind.id, "$1", "(.+)"),
        ("name", kind.id, "$1", "(.+)"),
        ("name", kind.name, "$1", "(.+)"),
        ("account", "account_id", "$1", "(.+)"),
        ("account", "account_name", "$1", "(.+)"),
        ("kind", "region", kind.title, ".*"),
        ("page", "region", kind.page, ".*"),
    ):
        joined = f'label_replace({joined}, "{target}", "{replacement}", "{source}", "{pattern}")'
    columns = dict.fromkeys(("kind", "name", "object", "page", "account", "account_id", "region", *labels))
    return f"max by ({', '.join(columns)}) ({joined})"


def account_names() -> str:
    """The name of each target's account."""
    return f"topk by (account_id, region) (1, {select('euc_exporter_target_info')})"


def console_host(region: str) -> str:
    """The host name of the AWS console of the region's partition, as the label `console`."""
    host = f'euc_exporter_target_info{{region="{region}"}}'
    for value, pattern in (
        ("console.aws.amazon.com", ".*"),
        ("console.amazonaws.cn", "cn-.*"),
        ("console.amazonaws-us-gov.com", "us-gov-.*"),
    ):
        host = f'label_replace({host}, "console", "{value}", "region", "{pattern}")'
    return f"query_result({host})"


def this(kind: Kind) -> str:
    """The matcher of the object that the page shows."""
    return matching(kind.id, "$object")
