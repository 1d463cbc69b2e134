"""Compares a running exporter with what the world that it was given must look like.

usage: check.py [--prometheus] METRICS_URL WORLD.json

Fetches the page as text 0.0.4 and as OpenMetrics, each plain and as gzip; reads each strictly and with the Python
client's parsers, shows the text to promtool, and with --prometheus has a real Prometheus scrape it. Every resource
series must be there with its value, and no other. Ends with 1 if anything differs.
"""

import argparse
import collections
import fractions
import json
import math
import subprocess
import sys
import time
import urllib.request
import zlib

import prometheus_client.openmetrics.parser
import prometheus_client.parser

import expected
import prometheus
from exposition import OPENMETRICS, TEXT, Page

ACCEPT = {TEXT: "text/plain;version=0.0.4", OPENMETRICS: "application/openmetrics-text;version=1.0.0"}
CONTENT_TYPE = {
    TEXT: "text/plain; version=0.0.4; charset=utf-8",
    OPENMETRICS: "application/openmetrics-text; version=1.0.0; charset=utf-8",
}
PARSER = {
    TEXT: prometheus_client.parser.text_string_to_metric_families,
    OPENMETRICS: prometheus_client.openmetrics.parser.text_string_to_metric_families,
}
CODINGS = ("identity", "gzip")

# What promtool says of a page that is as it must be, by exact line, each with the reason: nothing so far.
PROMTOOL_EXCEPTIONS = {}

READY_WITHIN_SECONDS = 60
SHOWN = 20

Answer = collections.namedtuple("Answer", "form coding headers body")


def fetch(url, form, coding):
    """One scrape."""
    headers = {"Accept": ACCEPT[form], "Accept-Encoding": coding}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as response:
        return Answer(form, coding, response.headers, response.read())


def wait_for_all_collectors(url, world):
    """Scrapes until every collector of every target has ended its first refresh."""
    wanted = len(expected.targets(world)) * len(expected.COLLECTORS)
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < deadline:
        body = fetch(url, TEXT, "identity").body
        if body.count(b"\neuc_exporter_collector_success{") >= wanted:
            return
        time.sleep(0.2)
    raise SystemExit(f"not all collectors ended their first refresh within {READY_WITHIN_SECONDS} s")


def judge(world, answers):
    """All that is wrong with the answers, each said once, and the pages."""
    wanted = expected.inventory(world) | expected.collectors(world)
    problems, pages = collections.defaultdict(list), []
    for answer in answers:
        what = f"{answer.form}, {answer.coding}"
        body, complaints = decode(answer)
        complaints += check_headers(answer)
        page = Page(body, answer.form)
        complaints += page.problems
        complaints += compare(wanted, constant_values(page))
        complaints += check_reading(body, page)
        complaints += check_collectors(world, page)
        complaints += check_exporter(world, page)
        for complaint in complaints:
            problems[complaint].append(what)
        pages.append(page)
    problems = [f"{complaint} [{'; '.join(dict.fromkeys(where))}]" for complaint, where in problems.items()]
    return problems + list(compare_lines(pages)), pages


def check_headers(answer):
    wanted = [
        ("Content-Type", CONTENT_TYPE[answer.form]),
        ("Content-Encoding", None if answer.coding == "identity" else answer.coding),
        ("Vary", "Accept, Accept-Encoding"),
    ]
    for name, value in wanted:
        found = answer.headers.get(name)
        if found != value:
            yield f"{name}: {found!r}, wanted {value!r}"


def decode(answer):
    """The body, through a decoder that reads one gzip member and stops."""
    if answer.coding == "identity":
        return answer.body, []
    decoder = zlib.decompressobj(wbits=31)
    try:
        body = decoder.decompress(answer.body)
    except zlib.error as error:
        return b"", [f"no gzip ({error})"]
    problems = []
    if not decoder.eof:
        problems.append("the gzip member has no end")
    if decoder.unused_data:
        problems.append(f"{len(decoder.unused_data)} bytes follow the first gzip member")
    return body, problems


def constant_values(page):
    """What can be known beforehand: all resources, and of the collectors what does not depend on time."""
    changing = ("euc_exporter_collector_duration_seconds", "euc_exporter_collector_last_success_timestamp_seconds")
    values = page.values(expected.RESOURCE, expected.COLLECTOR)
    return {key: value for key, value in values.items() if key[0] not in changing}


def compare(wanted, found):
    """What is missing, what is too much, what has another value: first of collectors, where the reason may be."""
    for key in sorted(wanted.keys() | found.keys(), key=lambda key: (key[0].startswith("aws_"), key)):
        if key not in found:
            yield f"missing:    {shown(key)} {wanted[key]!r}"
        elif key not in wanted:
            yield f"unexpected: {shown(key)} {found[key]!r}"
        elif not agree(key[0], wanted[key], found[key]):
            yield f"value:      {shown(key)} {found[key]!r}, wanted {wanted[key]!r}"


def agree(name, wanted, found):
    """Whether a value is the one that the world has, or what AWS's protocol leaves of it.

    AppStream sends moments as binary floats, and Smithy has clients drop what is below a millisecond: of .123, which no
    float holds exactly, .122 is left. WorkSpaces' JSON loses nothing.
    """
    if name.startswith("aws_appstream_") and name.endswith("_timestamp_seconds"):
        return found in (wanted, math.trunc(fractions.Fraction(wanted) * 1000) / 1000)
    return wanted == found


def shown(key):
    """A series for people, with long label values shortened."""
    name, values = key
    shorten = lambda value: value if len(value) <= 60 else f"{value[:40]}…({len(value)} characters)"
    labels = zip(expected.FAMILIES[name].labels, map(shorten, values)) if name in expected.FAMILIES else values
    return f"{name}{dict(labels)}"


def check_reading(body, page):
    """What the Python client reads must be what the strict reader read, sample by sample."""
    ours = collections.Counter((sample.name, frozenset(sample.labels), sample.value) for sample in page.samples)
    theirs = collections.Counter()
    try:
        for family in PARSER[page.form](body.decode("utf-8")):
            for sample in family.samples:
                if sample.timestamp is not None or sample.exemplar is not None:
                    yield f"the Python client finds a timestamp or exemplar: {sample}"
                theirs[sample.name, frozenset(sample.labels.items()), float(sample.value)] += 1
    except (ValueError, KeyError, IndexError) as error:
        yield f"the Python client cannot read it: {error!r:.300}"
        return
    for sample in ours - theirs:
        yield f"the Python client does not find {sample}"
    for sample in theirs - ours:
        yield f"only the Python client finds {sample}"


def check_collectors(world, page):
    """The collector series whose values depend on time: one for each, and none absurd."""
    each = {(*target, collector) for target in expected.targets(world) for collector in expected.COLLECTORS}
    now = time.time()
    bounds = {
        "euc_exporter_collector_duration_seconds": (0, 3600),
        "euc_exporter_collector_last_success_timestamp_seconds": (now - 3600, now + 1),
    }
    values = page.values(expected.COLLECTOR)
    for name, (least, most) in bounds.items():
        found = {labels: value for (family, labels), value in values.items() if family == name}
        if found.keys() != each:
            yield f"{name} must be there once for each target and collector, not {len(found)} times"
        for labels, value in found.items():
            if not least <= value <= most:
                yield f"{name}{labels}: {value} is out of all reason"


def check_exporter(world, page):
    """The exporter's own series, as far as a good run of a known world fixes them."""
    for name in expected.FAMILIES:
        if name not in page.families and not may_be_absent(name):
            yield f"{name} is not there"
    for sample in page.samples:
        labels = dict(sample.labels)
        if labels.get("collector", expected.COLLECTORS[0]) not in expected.COLLECTORS:
            yield f"unknown collector: {sample.line}"
        if labels.get("error", "other") not in expected.ERRORS:
            yield f"unknown error: {sample.line}"
        if sample.family.endswith("_total") and sample.value < 0:
            yield f"a counter below 0: {sample.line}"
    own = page.values(expected.EXPORTER)
    for (name, labels), value in own.items():
        if name == "euc_exporter_build_info" and value != 1:
            yield f"{name} is {value}"
        failures = ("euc_exporter_collector_refresh_failures_total", "euc_exporter_aws_api_request_errors_total")
        if name in failures and value != 0:
            yield f"{name}{labels} is {value}, though nothing failed"
    for name in ("euc_exporter_collector_refresh_failures_total", "euc_exporter_cache_requests_total"):
        if {labels for family, labels in own if family == name} != {(each,) for each in expected.COLLECTORS}:
            yield f"{name} must be there for each collector"
    yield from check_unrecognized(world, own)
    calls = {labels for family, labels in own if family == "euc_exporter_aws_api_requests_total"}
    for call in calls:
        for error in ("throttling", "access_denied"):
            if ("euc_exporter_aws_api_request_errors_total", (*call, error)) not in own:
                yield f"euc_exporter_aws_api_request_errors_total{(*call, error)} must start at 0"


def check_unrecognized(world, own):
    """What was skipped or is new must have been counted under its field, whatever the path before the field's name."""
    counted = {}
    for (family, labels), value in own.items():
        if family == "euc_exporter_unrecognized_values_total":
            field = labels[0].rpartition(".")[2]
            counted[field] = counted.get(field, 0) + value
    for field in expected.unrecognized(world):
        if not counted.get(field):
            yield f"euc_exporter_unrecognized_values_total does not count {field}"
    if not expected.unrecognized(world) and any(counted.values()):
        yield f"euc_exporter_unrecognized_values_total counts {counted}, though all is known"


def may_be_absent(name):
    """Whether a good page may go without a family: all that is there only when something is."""
    family = expected.FAMILIES[name]
    return (
        name in expected.OPTIONAL_FAMILIES
        or family.group == expected.RESOURCE
        or name == "euc_exporter_collector_error"
    )


def compare_lines(pages):
    """The resource lines must be the same text in every answer, in the same order."""
    first = pages[0].lines(expected.RESOURCE)
    for page in pages[1:]:
        lines = page.lines(expected.RESOURCE)
        if lines != first:
            differ = [(ours, theirs) for ours, theirs in zip(first, lines) if ours != theirs][:1]
            yield f"{page.form}: its {len(lines)} resource lines are not the {len(first)} of the first answer: {differ}"


def check_with_promtool(text):
    """What promtool says of a page; it should be silent."""
    ended = subprocess.run(
        ["promtool", "check", "metrics"], input=text, capture_output=True, timeout=120, check=False
    )
    said = (ended.stdout + ended.stderr).decode("utf-8", "replace").splitlines()
    said = [line for line in said if line not in PROMTOOL_EXCEPTIONS]
    yield from (f"promtool: {line}" for line in said)
    if ended.returncode and (said or not PROMTOOL_EXCEPTIONS):
        yield f"promtool: exit {ended.returncode}"


def check_with_prometheus(url, world):
    """What a real Prometheus stores of the page."""
    wanted = {}
    for (name, values), value in expected.inventory(world).items():
        labels = zip(expected.FAMILIES[name].labels, values)
        wanted[name, frozenset(label for label in labels if label[1])] = value
    try:
        found = prometheus.scrape(url, '{__name__=~"aws_.+"}', expect_any=bool(wanted))
    except prometheus.Failed as error:
        yield f"Prometheus: {error}"
        return
    for key in wanted.keys() | found.keys():
        if key not in wanted or key not in found or not agree(key[0], wanted[key], found[key]):
            yield f"Prometheus has {key[0]}{sorted(key[1])} {found.get(key)}, wanted {wanted.get(key)}"


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].split("\n")[0])
    parser.add_argument("--prometheus", action="store_true")
    parser.add_argument("url")
    parser.add_argument("world")
    options = parser.parse_args()
    with open(options.world, encoding="utf-8") as file:
        world = json.load(file)

    wait_for_all_collectors(options.url, world)
    answers = [fetch(options.url, form, coding) for form in (TEXT, OPENMETRICS) for coding in CODINGS]
    problems, pages = judge(world, answers)
    problems += check_with_promtool(answers[0].body)
    scrapes = len(answers)
    if options.prometheus:
        problems += check_with_prometheus(options.url, world)
        scrapes += 1

    resources = len(expected.inventory(world))
    families = len({name for name, _ in expected.inventory(world)})
    print(f"resource series {resources} in {families} of {count_resource_families()} families,")
    print(f"samples on a page {len(pages[0].samples)}, families on a page {len(pages[0].families)}, formats 2")
    for problem in problems[:SHOWN]:
        print(problem)
    if problems:
        raise SystemExit(f"{len(problems)} differences, the first {min(SHOWN, len(problems))} above")
    print(f"compared {resources + len(expected.collectors(world))} series in {scrapes} scrapes")


def count_resource_families():
    return sum(family.group == expected.RESOURCE for family in expected.FAMILIES.values())


if __name__ == "__main__":
    sys.exit(main())
