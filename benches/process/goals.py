"""The goals, each with the figure that a run has for it."""

from serving import ratio

EXPORTER, NGINX, GATEWAY, PYTHON = "euc-exporter", "nginx", "pushgateway", "boto3 + prometheus_client"
READY = "hyper, ready bytes"
MIB = 2**20


def goals(results):
    """Rows of what, goal, measured, met; "not measured" where this run has no figure."""
    rows = []
    for what, goal, find in GOALS:
        try:
            measured, met = find(results)
            rows.append([what, goal, measured, "met" if met else "**not met**"])
        except LookupError:
            rows.append([what, goal, "not measured in this run", ""])
    return rows


class Missing(LookupError):
    """This run has no such figure."""


def found(value):
    if value is None:
        raise Missing
    return value


def of_size(results, series, pinned=True):
    for result in results["serving"]:
        if (result["wanted"], result["pinned"]) == (series, pinned):
            return result
    raise Missing


def at_least(bound, find):
    def judge(results):
        value = found(find(results))
        return (f"{value:,.0f}" if value >= 100 else f"{value:.2f}"), value >= bound

    return judge


def at_most(bound, find, unit="", digits=2):
    def judge(results):
        value = found(find(results))
        return f"{value:,.{digits}f}{unit}", value <= bound

    return judge


def versus(series, encoding, connections, other, figure="rate", pinned=True):
    return lambda results: ratio(of_size(results, series, pinned), encoding, connections, EXPORTER, other, figure)


def plain_million(results):
    row = exporter_row(of_size(results, 1_000_000), "identity", 1)
    return 1 / row["rate"]["median"]


def exporter_row(result, encoding, connections):
    for row in result["rows"]:
        if (row["server"], row["encoding"], row["connections"]) == (EXPORTER, encoding, connections):
            return row
    raise Missing


def gzip_growth(results):
    small, large = (exporter_row(of_size(results, size), "gzip", 1) for size in (100_000, 1_000_000))
    return large["cpu_ms"]["median"] / small["cpu_ms"]["median"]


def linear(results):
    """CPU of a plain byte at a million series by that at 100,000."""
    costs = []
    for size in (1_000_000, 100_000):
        row = exporter_row(of_size(results, size), "identity", 1)
        costs.append(row["cpu_ms"]["median"] / row["bytes"])
    return costs[0] / costs[1]


def memory(results):
    result = of_size(results, 100_000)
    resident = next(row["resident"] for row in result["memory"] if row["server"] == EXPORTER)
    return resident, result


def memory_bound(results):
    resident, result = memory(results)
    bound = 1.3 * sum(result["bytes"].values()) + 12 * MIB
    return f"{resident / MIB:.1f} of {bound / MIB:.1f} MiB", resident <= bound


def memory_per_series(results):
    resident, result = memory(results)
    return resident / result["series"]


def listing(results, objects, latency):
    for one in results["collecting"]["lists"]:
        if (one["objects"], one["latency_ms"]) == (objects, latency):
            return {row["server"]: row for row in one["rows"]}
    raise Missing


def cpu_of_boto3(results):
    rows = listing(results, 10_000, 50)
    return rows[PYTHON]["cpu_us_an_object"]["median"] / rows[EXPORTER]["cpu_us_an_object"]["median"]


def start(results):
    times = results["start"]["start_ms"]
    own, gateway = times[EXPORTER]["median"], times[GATEWAY]["median"]
    return f"{own:.1f} ms; pushgateway {gateway:.1f} ms", own <= gateway


def idle(results):
    return next(row for row in results["start"]["idle"] if row["server"] == EXPORTER)


def prometheus(series):
    def find(results):
        for one in results["prometheus"]:
            if one["series"] == series and "ratio" in one:
                return one["ratio"]
        raise Missing

    return find


def nginx_gzip(series):
    what = f"the same, {series:,} series, pinned, 1 connection"
    return what, "≥ 0.95 × nginx", at_least(0.95, versus(series, "gzip", 1, NGINX))


GOALS = [
    ("gzip, 100,000 series, pinned, 1 connection", "≥ 3 × nginx", at_least(3, versus(100_000, "gzip", 1, NGINX))),
    ("the same, all CPUs", "≥ 1.5 × nginx", at_least(1.5, versus(100_000, "gzip", 1, NGINX, pinned=False))),
    ("the same, 8 connections", "≥ 2.2 × nginx", at_least(2.2, versus(100_000, "gzip", 8, NGINX, pinned=False))),
    ("the same, pinned, 1 connection", "≥ 1,000 × pushgateway", at_least(1_000, versus(100_000, "gzip", 1, GATEWAY))),
    (
        "CPU of it, pinned, 1 connection",
        "≤ 1.15 × hyper with ready bytes",
        at_most(1.15, versus(100_000, "gzip", 1, READY, "cpu_ms")),
    ),
    (
        "plain, 100,000 series, pinned, 1 connection",
        "≥ 1.3 × nginx",
        at_least(1.3, versus(100_000, "identity", 1, NGINX)),
    ),
    ("the same", "≥ 30 × pushgateway", at_least(30, versus(100_000, "identity", 1, GATEWAY))),
    ("gzip, 1,000 series, pinned, 1 connection", "≥ 0.95 × nginx", at_least(0.95, versus(1_000, "gzip", 1, NGINX))),
    nginx_gzip(10_000),
    nginx_gzip(1_000_000),
    ("plain, 1,000,000 series: one answer", "≤ 0.1 s", at_most(0.1, plain_million, " s", 3)),
    ("CPU of a plain byte, 1,000,000 by 100,000 series", "linear: ≤ 1.2", at_most(1.2, linear)),
    ("CPU of a gzip answer, 1,000,000 by 100,000 series", "≤ 12", at_most(12, gzip_growth)),
    (
        "a changed target of 400 series among 100,000, until served plain",
        "≤ 5 ms CPU",
        at_most(5, lambda results: results["refresh"]["plain_ms"]["median"], " ms"),
    ),
    ("resident, 100,000 series", "≤ 1.3 × (text + gzip) + 12 MiB", memory_bound),
    ("the same", "≤ 330 bytes a series", at_most(330, memory_per_series, "", 0)),
    (
        "10,000 objects, 100 a page, 50 ms a call",
        "≤ 1.03 × pages × latency",
        at_most(1.03, lambda results: listing(results, 10_000, 50)[EXPORTER]["of_bound"], "", 3),
    ),
    ("CPU of it", "≥ 10 × less than boto3", at_least(10, cpu_of_boto3)),
    (
        "64 regions side by side",
        "≤ 1.05 × one region",
        at_most(1.05, lambda results: results["collecting"]["side_by_side"]["ratio"], "", 3),
    ),
    ("exec to the first 200 on /metrics", "≤ pushgateway", start),
    (
        "the program, stripped",
        "≤ 13 MB",
        at_most(13, lambda results: results["start"]["binary_bytes"] / 1e6, " MB", 1),
    ),
    ("idle: wake-ups", "0 a second", at_most(0.05, lambda results: idle(results)["wake_ups_a_second"], " a second")),
    (
        "idle: resident before the first scrape",
        "≤ 9 MiB",
        at_most(9, lambda results: idle(results)["resident"] / MIB, " MiB", 1),
    ),
    ("Prometheus' scrape, 100,000 series", "≤ 1.1 × nginx", at_most(1.1, prometheus(100_000))),
    ("the same, 1,000,000 series", "≤ 1.1 × nginx", at_most(1.1, prometheus(1_000_000))),
]
