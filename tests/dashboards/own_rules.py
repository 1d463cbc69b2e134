"""Our rules: only what the catalogue has, each object once, nothing empty without a word, nothing out of place."""

import re
from collections.abc import Iterator
from itertools import combinations

import promql
from catalogue import metrics
from pages import Messages, all_panels, links, panels, readable, rule, variables

UIDS = {"euc-fleet", "euc-workspaces-image", "euc-image-builder", "euc-appstream-image", "euc-exporter"}
PROMETHEUS_OWN = {"up", "scrape_duration_seconds", "scrape_samples_scraped"}
TARGET_LABELS = {"job", "instance"}


def family(name: str):
    """The metric of the catalogue to which the series belongs, and the labels that its suffix adds."""
    known = metrics()
    if name in known and known[name].kind != "Histogram":
        return known[name], set()
    for suffix in ("_bucket", "_sum", "_count"):
        base = known.get(name.removesuffix(suffix)) if name.endswith(suffix) else None
        if base and base.kind == "Histogram":
            return base, {"le"} if suffix == "_bucket" else set()
    return None, set()


@rule("own-catalogue-rule")
def catalogue(dashboard: dict) -> Messages:
    """Only metrics and labels that the exporter has, in panels and in variables."""
    for title, query in [*readable(dashboard), *variable_selectors(dashboard)]:
        had: set[str] = set(TARGET_LABELS)
        for selector, _ in promql.selectors(query):
            metric, extra = family(selector.name)
            if not metric and selector.name not in PROMETHEUS_OWN:
                yield f"{title}: no metric {selector.name}"
            labels = {*(metric.labels if metric else ()), *extra, *TARGET_LABELS}
            had |= labels
            for label in promql.matchers(selector).keys() - labels:
                yield f"{title}: {selector.name} has no label {label}"
        had |= promql.made_labels(query)
        used = set(promql.read_labels(query))
        for node, _ in promql.walk(promql.parse(query)):
            used |= set(promql.joined_labels(node))
            used |= set(promql.by_labels(node) or []) if promql.is_aggregate(node) else set()
        for label in used - had:
            yield f"{title}: no metric of the query has a label {label}"
    for panel in panels(dashboard):
        for target in panel.get("targets", []):
            for label in re.findall(r"{{(\w+)}}", target.get("legendFormat", "")):
                if not re.search(rf"\b{label}\b", target["expr"]):
                    yield f"{panel['title']}: the legend names {label}, the query does not"


def variable_selectors(dashboard: dict) -> Iterator[tuple[str, str]]:
    """What the variables ask, as PromQL; the label is asked for as a grouping."""
    for one in variables(dashboard):
        if one["type"] == "query":
            if found := re.fullmatch(r"label_values\((.+), (\w+)\)", one["query"]):
                yield f"variable {one['name']}", f"max by ({found[2]}) ({found[1]})"
            elif found := re.fullmatch(r"query_result\((.+)\)", one["query"]):
                yield f"variable {one['name']}", found[1]


@rule("own-once-rule")
def once(dashboard: dict) -> Messages:
    """What two replicas report is made one before anything else is done with it."""
    for title, query in readable(dashboard):
        for selector, above in promql.selectors(query):
            metric, _ = family(selector.name)
            if not metric or metric.group == "Exporter":
                continue
            if not made_one(selector, above):
                yield f"{title}: {selector} counts once for each replica"


def made_one(selector, above) -> bool:
    """Whether the nearest aggregation leaves one series, or the selector only says which others stay."""
    below = selector
    for node in reversed(above):
        if promql.is_aggregate(node):
            kept = promql.by_labels(node)
            return promql.one_of_many(node) and kept is not None and not TARGET_LABELS & set(kept)
        if promql.operator(node) in ("and", "unless") and node.rhs is not None and str(node.rhs) == str(below):
            return True
        below = node
    return False


@rule("own-layout-rule")
def layout(dashboard: dict) -> Messages:
    """No panel over another or beyond the edge, each row of panels as wide as the page, ids unique."""
    found = list(all_panels(dashboard))
    ids = [panel["id"] for panel in found]
    if len(set(ids)) != len(ids) or not all(isinstance(one, int) and one > 0 for one in ids):
        yield f"ids: {ids}"
    for panel in found:
        place = panel["gridPos"]
        if place["x"] < 0 or place["x"] + place["w"] > 24 or place["w"] < 1 or place["h"] < 1:
            yield f"{panel['title']}: {place}"
    for one, other in combinations(found, 2):
        if overlap(one["gridPos"], other["gridPos"]):
            yield f"{one['title']} lies over {other['title']}"
    for top in sorted({panel["gridPos"]["y"] for panel in found}):
        wide = sum(panel["gridPos"]["w"] for panel in found if panel["gridPos"]["y"] == top)
        high = {panel["gridPos"]["h"] for panel in found if panel["gridPos"]["y"] == top}
        if wide != 24 or len(high) != 1:
            yield f"the panels at {top} are {wide} wide and {high} high"


def overlap(one: dict, other: dict) -> bool:
    """Whether two places share a cell."""
    beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
    above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
    return not beside and not above


@rule("own-title-rule")
def title(dashboard: dict) -> Messages:
    """A title that no other panel has, and that fits over its panel: seven letters a column."""
    titles = [panel["title"] for panel in panels(dashboard)]
    for twice in {one for one in titles if titles.count(one) > 1}:
        yield f"two panels have the title {twice}"
    for panel in panels(dashboard):
        if len(panel["title"]) > 7 * panel["gridPos"]["w"]:
            yield f"{panel['title']} is too long for {panel['gridPos']['w']} columns"


@rule("own-uid-rule")
def uid(dashboard: dict) -> Messages:
    """The uid is one of those that people have in their bookmarks, and no number of a database slips in."""
    if dashboard["uid"] not in UIDS:
        yield f"uid {dashboard['uid']}"
    if dashboard.get("id") is not None or dashboard.get("version"):
        yield f"id {dashboard.get('id')}, version {dashboard.get('version')}"


@rule("own-link-rule")
def link(dashboard: dict) -> Messages:
    """Links lead to a dashboard that is there, with variables that it has, or to the AWS console of the region."""
    for url in links(dashboard):
        if url.startswith("/d/"):
            target = re.match(r"/d/([^?]+)\?", url)[1]
            if target not in UIDS and target != "${__data.fields.page}":
                yield url
            for name in re.findall(r"[?&]var-(\w+)=", url):
                if name not in ("object", "account", "region"):
                    yield url
        elif not re.fullmatch(r"https://\$\{console\}/\S*\?region=\$\{region\}\S*", url):
            yield url


@rule("own-visible-link-rule")
def visible_link(dashboard: dict) -> Messages:
    """Links stand over the page, not in a menu."""
    for one in dashboard["links"]:
        if one.get("placement"):
            yield f"{one['title']} is in {one['placement']}"


@rule("own-no-value-rule")
def no_value(dashboard: dict) -> Messages:
    """An empty panel says why it is empty."""
    for panel in panels(dashboard):
        if not panel["fieldConfig"]["defaults"].get("noValue"):
            yield panel["title"]


@rule("own-colour-rule")
def colour(dashboard: dict) -> Messages:
    """Numbers and states have colours: thresholds or a mapping on each panel."""
    for panel in panels(dashboard):
        defaults = panel["fieldConfig"]["defaults"]
        if not defaults.get("thresholds", {}).get("steps") and not defaults.get("mappings"):
            yield panel["title"]


@rule("own-column-rule")
def column(dashboard: dict) -> Messages:
    """A table shows or hides each label of its query, and names no other."""
    for panel in panels(dashboard):
        if panel["type"] != "table":
            continue
        named = {one["matcher"]["options"] for one in panel["fieldConfig"]["overrides"]} - {".*"}
        had = {"Value"} | {f"Value #{target['refId']}" for target in panel["targets"]}
        for target in panel["targets"]:
            try:
                had |= set(promql.by_labels(promql.outer(promql.parse(target["expr"]))) or [])
            except (ValueError, AttributeError):
                yield f"{panel['title']}: what columns has {target['expr'][:60]}…?"
        single = len(panel["targets"]) == 1
        wanted = {label for label in had if not label.startswith("Value #") and (single or label != "Value")}
        if named - had or wanted - named:
            yield f"{panel['title']}: without a column {wanted - named}, without a label {named - had}"
