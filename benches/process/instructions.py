"""Instructions by callgrind: figures that do not drift with the machine."""

import re
import subprocess
import time

from world import SERIES_OF_A_BUILDER, World

STEPS = ("encode", "encode_peer", "join", "gzip", "zstd", "scrape_gzip")
SCRAPES = 20


def measure(programs, sizes):
    return {
        "steps": [
            {"step": step, "series": series, "instructions": of_step(programs, step, series)}
            for step in STEPS
            for series in sizes
        ],
        "scrapes": [row for series in sizes for row in of_scrapes(programs, series)],
    }


def of_step(programs, step, series):
    """The difference between three times and once."""

    def count(times):
        command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
        command += [programs.exposition_path, "count", step, str(series), str(times)]
        said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300).stderr
        return int(re.search(r"Collected : (\d+)", said)[1])

    return (count(3) - count(1)) // 2


def of_scrapes(programs, series):
    """A whole scrape of the running exporter, HTTP and all, by one thread; counted only while it is asked."""
    world = World(programs.folder, series // SERIES_OF_A_BUILDER, regions=8)
    out = programs.folder / f"callgrind.{series}"
    wrapper = ["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={out}"]
    with (
        programs.simulator(world, page_size=100) as simulator,
        programs.exporter(simulator, world, env={"TOKIO_WORKER_THREADS": "1"}, wrapper=wrapper) as exporter,
    ):
        for encoding in ("identity", "gzip"):
            exporter.get(encoding)
        time.sleep(1)
        control("-i", "on", exporter)
        for number, encoding in enumerate(("identity", "gzip"), start=1):
            for _ in range(SCRAPES):
                exporter.get(encoding)
            control("-d", None, exporter)
            dump = next(out.parent.glob(f"{out.name}.{number}"))
            total = re.search(r"^(?:totals|summary): (\d+)", dump.read_text(), re.MULTILINE)
            yield {"encoding": encoding, "series": series, "instructions": int(total[1]) // SCRAPES}


def control(option, value, exporter):
    command = ["callgrind_control", option, *([value] if value else []), str(exporter.popen.pid)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
