"""What a real Prometheus says of a scrape: of the exporter, and of nginx with the same bytes."""

import contextlib
import json
import statistics
import time
import urllib.parse

from programs import capture
from spread import Spread
from world import SERIES_OF_A_BUILDER, World

# What Prometheus asks for; nginx answers with what the exporter answered to that.
ACCEPT = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
# A million series take three gigabytes in Prometheus, and as much again for its blocks and Go's slack.
BYTES_A_SERIES = 8_000
# Prometheus takes up new targets every five seconds.
DISCOVERY = 6


def measure(programs, series, rounds, interval, scrapes):
    """Each server with a Prometheus of its own, one after the other: two scrapes at once would disturb each other."""
    if available_memory() < series * BYTES_A_SERIES:
        return {"series": series, "skipped": "not enough memory"}
    world = World(programs.folder, series // SERIES_OF_A_BUILDER, regions=8)
    with contextlib.ExitStack() as stack:
        simulator = stack.enter_context(programs.simulator(world, page_size=100))
        exporter = stack.enter_context(programs.exporter(simulator, world))
        captured = capture(exporter, ACCEPT)
        simulator.end()
        content_type = exporter.get(accept=ACCEPT)[1]["Content-Type"]
        nginx = stack.enter_context(programs.nginx(captured, content_type=content_type))
        found = {exporter.name: [], nginx.name: []}
        for _ in range(rounds):
            for server in (exporter, nginx):
                found[server.name] += durations(programs, server, interval, scrapes)
    exporter_s, nginx_s = (statistics.median(times) for times in found.values())
    return {
        "series": series,
        "duration_s": {name: Spread.of(times) for name, times in found.items()},
        "ratio": exporter_s / nginx_s,
    }


def durations(programs, server, interval, scrapes):
    """Durations of whole scrapes, without the first: that is when Prometheus meets the series."""
    query = "/api/v1/query?" + urllib.parse.urlencode({"query": "scrape_duration_seconds[1h]"})
    failed = "/api/v1/query?" + urllib.parse.urlencode({"query": "min_over_time(up[1h])"})
    with programs.prometheus(server.port, f"{interval}s") as prometheus:
        deadline = time.monotonic() + DISCOVERY + interval * (scrapes + 3)
        values = []
        while len(values) <= scrapes and time.monotonic() < deadline:
            time.sleep(interval / 2)
            values = result(prometheus, query, "values")
        up = result(prometheus, failed, "value")
    if not up or up[1] != "1" or len(values) < 2:
        raise RuntimeError(f"Prometheus could not scrape {server.name}: {up}, {len(values)} scrapes")
    return [float(value) for _, value in values[1:]]


def result(prometheus, query, member):
    found = json.loads(prometheus.get(path=query)[2])["data"]["result"]
    return found[0][member] if found else []


def available_memory():
    with open("/proc/meminfo", encoding="ascii") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
