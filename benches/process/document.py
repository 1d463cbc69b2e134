"""docs/performance.md from the results of a run: the goals with their figures, then the tables."""

import pathlib

from goals import goals
from serving import ratio

# Written by a person who has looked for the reasons.
FINDINGS = pathlib.Path(__file__).with_name("findings.md")

INTRODUCTION = """# Performance

<!-- Written by scripts/bench; change benches/process/document.py. -->

How fast the exporter is, beside others that do the same, and what it aims at. All figures of this page are of one run,
on loopback, of a release build:

    {command}

Figures are medians; in brackets the least and the most of the rounds. Servers took turns, round by round, so each met
the same machine. Absolute times are this machine's; hold ratios, and compare ratios of one run only. Instruction counts
do not drift.

"""

PEERS = """## Who is measured

- **euc-exporter**: the program that users get, with its data read from the simulator.
- **hyper, ready bytes**: the exporter's HTTP library with one captured answer and nothing else: no routes, no limits,
  no metrics of its own. What is possible.
- **nginx**: one worker for each CPU, the captured answer as a file, its gzip form beside it (`gzip_static`).
- **pushgateway**: the same series, pushed. It stands for exporters in Go that gather at each scrape.
- **boto3 + prometheus_client**: [afternoon.py](../benches/process/afternoon.py), what a user would write in an
  afternoon.

A builder has 20 series, so 100,000 series are 5,000 builders; the worlds have eight regions.

"""

LIMITS = """## Limits of these figures

- Server and client share one machine and its caches. With a slow client on a network all of these servers are equal.
- The simulator answers at once, or after a fixed time. AWS's own latency varies, and its rate limits, not this program,
  decide how long a collection takes: the limiter is off in this run.
- wrk reads 8 KiB at a time, which is most of the time of a large plain answer. Answers that take longer than 50 ms are
  read one by one in large pieces instead.
- `CPU ms` is the kernel's count for the server's process and its children, so it has the socket in it.
- Memory is `VmRSS`: what the allocator keeps is in it, and the program's own pages.
- Pushgateway and Python are left out at a million series and with eight connections when an answer takes longer than
  50 ms.
"""


def write(results):
    command = "scripts/bench --quick" if results["quick"] else "scripts/bench"
    text = INTRODUCTION.format(command=command)
    text += machine(results)
    text += "## Goals\n\n" + table(["what", "goal", "measured", ""], goals(results)) + "\n"
    text += FINDINGS.read_text() + "\n"
    text += PEERS
    for part, section in SECTIONS.items():
        if part in results:
            text += section(results[part])
    return text + LIMITS


def machine(results):
    found, versions = results["machine"], results["versions"]
    probe = found["probe_ms"]
    rows = [row["probe_ms"] for result in results.get("serving", []) for row in result["rows"]]
    least, most = (
        min([probe["least"], *(row["least"] for row in rows)]),
        max([probe["most"], *(row["most"] for row in rows)]),
    )
    peers = ", ".join(f"{name} {version_of(said)}" for name, said in versions.items())
    return paragraph(
        f"{results['date']}, {found['cpus']} CPUs ({found['model']}), Linux {found['kernel'].split('-')[0]}; load",
        f"{found['load']:.1f} before the run. A fixed piece of work took {probe['median']:.1f} ms before it and",
        f"{least:.1f} to {most:.1f} ms during it: that is this machine's noise. {peers}.",
    ).lstrip()


def version_of(said):
    words = [word.strip(",") for word in said.replace("/", " ").split()]
    return next((word for word in words if word[0].isdigit()), said)


def wrap(text, width=118):
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] += (" " if lines[-1] else "") + word
    return "\n".join(lines)


def paragraph(*parts):
    return "\n" + wrap(" ".join(parts)) + "\n\n"


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(str(cell) for cell in line) + " |\n" for line in lines)


def spread(figure, digits=None):
    """A median with its least and most, to three figures."""
    median, least, most = (short(figure[word]) for word in ("median", "least", "most"))
    return median if figure["rounds"] == 1 else f"{median} ({least}–{most})"


def short(value):
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.2g}" if value < 1 else f"{value:.3g}"


def mib(size):
    return f"{size / 2**20:.1f}"


def serving(found):
    text = "## Serving\n\n"
    for result in found:
        place = "server and client on a CPU each" if result["pinned"] else "server and client on all CPUs"
        sizes = {
            encoding: f"{mib(size)} MiB" if size > 2**20 else f"{size:,} bytes"
            for encoding, size in result["bytes"].items()
        }
        text += f"### {result['wanted']:,} series, {place}\n\n"
        text += wrap(f"{result['series']:,} lines, {sizes['identity']} of text, {sizes['gzip']} as gzip.") + "\n\n"
        rows = []
        for row in result["rows"]:
            encoding = {"identity": "plain"}.get(row["encoding"], row["encoding"])
            of_nginx = ratio(result, row["encoding"], row["connections"], row["server"], "nginx")
            relative = f"{of_nginx:.2g}" if of_nginx and row["server"] != "nginx" else ""
            cpu = spread(row["cpu_ms"])
            rows.append([encoding, row["connections"], row["server"], spread(row["rate"]), relative, cpu])
        text += table(["encoding", "connections", "server", "answers a second", "× nginx", "CPU ms"], rows)
        text += "\n" + table(
            ["server", "resident MiB", "peak MiB", "bytes a series"],
            [
                [row["server"], mib(row["resident"]), mib(row["peak"]), f"{row['per_series']:,.0f}"]
                for row in result["memory"]
                if row["server"] not in ("nginx",)
            ],
        )
        text += "\n"
    return text


def starting(found):
    text = "## Start, idle, size\n\nFrom exec to the first 200 on /metrics, without AWS:\n\n"
    text += table(["server", "ms"], [[name, spread(times)] for name, times in found["start_ms"].items()])
    text += "\nLeft alone, without data: memory before and after the first scrape, wake-ups after it.\n\n"
    rows = [
        [
            row["server"],
            short(row["wake_ups_a_second"]),
            short(row["cpu_ms_a_second"]),
            mib(row["resident"]),
            mib(row["resident_after"]),
        ]
        for row in found["idle"]
    ]
    text += table(["server", "wake-ups a second", "CPU ms a second", "MiB before", "MiB after"], rows)
    return text + f"\nThe program, stripped: {found['binary_bytes'] / 1e6:.1f} MB.\n\n"


def collecting(found):
    text = "## Collecting\n\nA cold scrape of one region: exporter and simulator share the CPUs.\n\n"
    rows = []
    for one in found["lists"]:
        for row in one["rows"]:
            bound = f"{row['of_bound']:.3f}" if row["of_bound"] else ""
            case = [f"{one['objects']:,}", f"{one['pages']:,} × {one['page_size']}", one["latency_ms"]]
            rows.append([*case, row["server"], spread(row["wall_s"]), bound, spread(row["cpu_us_an_object"])])
    head = ["objects", "pages", "latency ms", "reader", "wall s", "÷ pages × latency", "CPU µs an object"]
    text += table(head, rows)
    sides = found["side_by_side"]
    return text + paragraph(
        f"{sides['regions']} regions of {sides['pages']} pages at {sides['latency_ms']} ms:",
        f"{spread(sides['many_s'])} s.",
        f"One of them alone: {spread(sides['one_s'])} s. That is {sides['ratio']:.3f} times as long;",
        f"the exporter's CPU meanwhile: {spread(sides['cpu_s'])} s.",
    )


def refresh(found):
    return "## A change\n" + paragraph(
        f"A list of {found['of_target']} series is read anew, and all its objects have changed, while",
        f"{found['series']:,} series are shown. CPU from the scrape that starts it to the last byte of new text,",
        "two calls to AWS included, less that of a scrape without change:",
        f"{spread(found['plain_ms'])} ms.",
        f"The first compressed answer after it costs {spread(found['gzip_ms'])} ms more than the next one:",
        "what was not compressed meanwhile.",
    )


def prometheus(found):
    text = "## Prometheus' side\n\n`scrape_duration_seconds` of a real Prometheus, after the first scrape:\n\n"
    rows = []
    for one in found:
        if "skipped" in one:
            rows.append([f"{one['series']:,}", one["skipped"], "", ""])
            continue
        for name, times in one["duration_s"].items():
            rows.append([f"{one['series']:,}", name, spread(times), f"{one['ratio']:.2f}" if name != "nginx" else ""])
    return text + table(["series", "server", "seconds", "× nginx"], rows) + "\n"


def instructions(found):
    text = "## Instructions\n\nBy callgrind, in the steps of `benches/exposition`:\n\n"
    rows = [
        [row["step"], f"{row['series']:,}", f"{row['instructions']:,}", f"{row['instructions'] / row['series']:,.1f}"]
        for row in found["steps"]
    ]
    text += table(["step", "series", "instructions", "a series"], rows)
    text += "\nA whole scrape of the running exporter with one worker, HTTP and a new connection included:\n\n"
    names = {"identity": "plain"}
    rows = [
        [names.get(row["encoding"], row["encoding"]), f"{row['series']:,}", f"{row['instructions']:,}"]
        for row in found["scrapes"]
    ]
    return text + table(["encoding", "series", "instructions"], rows) + "\n"


SECTIONS = {
    "serving": serving,
    "start": starting,
    "collecting": collecting,
    "refresh": refresh,
    "prometheus": prometheus,
    "instructions": instructions,
}
