"""Serving: answers a second and CPU of an answer, for each size, encoding and number of connections; and memory."""

import contextlib

from load import put
from processes import ALL_CPUS, on_cpus
from programs import capture, count_series
from spread import Spread, probe
from world import SERIES_OF_A_BUILDER, World

SERVER_CPU, CLIENT_CPU = frozenset([min(ALL_CPUS)]), frozenset([max(ALL_CPUS)])
# A gateway or a Python process with a million series is not a question anybody asks.
LARGEST_FOR_SLOW_PEERS = 100_000


def measure(programs, series, rounds, pinned=True):
    """All servers with the same data, round by round in turn, on a CPU of their own or on all of them."""
    world = World(programs.folder, series // SERIES_OF_A_BUILDER, regions=8)
    server_cpus, client_cpus = (SERVER_CPU, CLIENT_CPU) if pinned else (ALL_CPUS, ALL_CPUS)
    with contextlib.ExitStack() as stack:
        start = stack.enter_context
        start(on_cpus(client_cpus))
        simulator = start(programs.simulator(world, page_size=100))
        exporter = start(programs.exporter(simulator, world, cpus=server_cpus))
        captured = capture(exporter)
        result = {
            "series": count_series(captured["identity"]),
            "wanted": series,
            "pinned": pinned,
            "bytes": {encoding: len(body) for encoding, body in captured.items()},
            "rows": [],
        }
        servers = [
            exporter,
            start(programs.ready_bytes(captured, cpus=server_cpus)),
            start(programs.nginx(captured, cpus=server_cpus)),
        ]
        slow = []
        if series <= LARGEST_FOR_SLOW_PEERS and pinned:
            slow.append(start(programs.pushgateway(captured, cpus=server_cpus)))
            slow.append(start(programs.afternoon(simulator, world, cpus=server_cpus)))
        simulator.end()
        for encoding in ("identity", "gzip", "zstd"):
            for connections in (1, 8):
                result["rows"] += compare(servers, slow, encoding, connections, rounds, client_cpus)
        result["memory"] = [memory(server, result["series"]) for server in servers + slow]
        return result


def compare(servers, slow, encoding, connections, rounds, cpus):
    """One row for each server that speaks the encoding. They take turns, so that all of them see the same machine."""
    if encoding == "zstd":
        servers, slow = [server for server in servers if speaks(server, encoding)], []
    figures = {server.name: [] for server in servers + slow}
    probes = []
    for number in range(rounds):
        probes.append(probe())
        # Three rounds are enough for a peer that is a hundred times slower.
        for server in servers + (slow if number < 3 else []):
            if figure := put(server, encoding, connections, cpus=cpus):
                figures[server.name].append(figure)
    rows = []
    for name, found in figures.items():
        if found:
            rows.append(
                {
                    "server": name,
                    "encoding": encoding,
                    "connections": connections,
                    "rate": Spread.of(figure["rate"] for figure in found),
                    "cpu_ms": Spread.of(figure["cpu_ms"] for figure in found),
                    "bytes": found[0]["bytes"],
                    "probe_ms": Spread.of(probes),
                }
            )
    return rows


def speaks(server, encoding):
    return server.get(encoding)[1].get("Content-Encoding") == encoding


def memory(server, series):
    resident, peak = server.memory(), server.memory("VmHWM")
    return {"server": server.name, "resident": resident, "peak": peak, "per_series": resident / series}


def ratio(result, encoding, connections, one, other, figure="rate"):
    """The figure of one server by that of another, in one result."""
    found = {
        row["server"]: row[figure]["median"]
        for row in result["rows"]
        if (row["encoding"], row["connections"]) == (encoding, connections)
    }
    return found[one] / found[other] if one in found and other in found else None
