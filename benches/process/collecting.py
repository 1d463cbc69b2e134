"""Reading AWS: wall time against pages × latency, CPU of an object, regions side by side, what one refresh costs."""

import contextlib
import itertools
import statistics
import time

from programs import count_series
from spread import Spread
from world import World

# Ten series each.
IMAGES = 40


def measure(programs, objects, rounds, latency_ms, page_size):
    """A cold scrape of one region, against the same through boto3."""
    world = World(programs.folder, objects)
    latency = f"{latency_ms}ms" if latency_ms else None
    found = {"euc-exporter": [], "boto3 + prometheus_client": []}
    with programs.simulator(world, latency=latency, page_size=page_size) as simulator:
        for number in range(rounds):
            found["euc-exporter"].append(one_cold_scrape(programs, simulator, world))
            if number == 0:
                found["boto3 + prometheus_client"].append(one_afternoon(programs, simulator, world))
    pages = -(-objects // page_size)
    return {
        "objects": objects,
        "pages": pages,
        "page_size": page_size,
        "latency_ms": latency_ms,
        "rows": [
            {
                "server": name,
                "wall_s": Spread.of(wall for wall, _ in times),
                "cpu_us_an_object": Spread.of(cpu / objects * 1e6 for _, cpu in times),
                "of_bound": statistics.median(wall for wall, _ in times) / (pages * latency_ms / 1e3)
                if latency_ms
                else None,
            }
            for name, times in found.items()
        ],
    }


def one_cold_scrape(programs, simulator, world):
    """Seconds and CPU seconds of the scrape that finds nothing and waits for everything."""
    with programs.exporter(simulator, world) as exporter:
        cpu, begun = exporter.cpu(), time.monotonic()
        _, _, body = exporter.get()
        wall, cpu = time.monotonic() - begun, exporter.cpu() - cpu
        assert body.count(b"aws_appstream_image_builder_info{") == world.builders
        return wall, cpu


def one_afternoon(programs, simulator, world):
    """The same of the Python exporter, less what it costs to start it: a round of one builder."""
    walls, cpus = [], []
    for each in (World(programs.folder, 1), world):
        begun = time.monotonic()
        if each is world:
            server = programs.afternoon(simulator, world)
        else:
            with programs.simulator(each) as small:
                begun = time.monotonic()
                server = programs.afternoon(small, each)
        with server:
            walls.append(time.monotonic() - begun)
            cpus.append(server.cpu())
    return walls[1] - walls[0], cpus[1] - cpus[0]


def side_by_side(programs, regions, rounds, pages=40, latency_ms=50):
    """So many regions at once, each as long as one."""
    walls = {1: [], regions: []}
    with contextlib.ExitStack() as stack:
        estates = []
        for count in walls:
            world = World(programs.folder, pages * 25 * count, regions=count)
            simulator = stack.enter_context(programs.simulator(world, latency=f"{latency_ms}ms"))
            estates.append((count, world, simulator))
        for _ in range(rounds):
            for count, world, simulator in estates:
                walls[count].append(one_cold_scrape(programs, simulator, world))
    one, many = (statistics.median(wall for wall, _ in walls[count]) for count in (1, regions))
    return {
        "regions": regions,
        "pages": pages,
        "latency_ms": latency_ms,
        "one_s": Spread.of(wall for wall, _ in walls[1]),
        "many_s": Spread.of(wall for wall, _ in walls[regions]),
        "cpu_s": Spread.of(cpu for _, cpu in walls[regions]),
        "ratio": many / one,
    }


def refresh(programs, series, rounds):
    """CPU of a small list that is read anew, and has changed, while a large inventory is shown."""
    worlds = [World(programs.folder, series // 20, images=IMAGES, state=state) for state in ("AVAILABLE", "PENDING")]
    plain, compressed, warm = [], [], {"identity": [], "gzip": []}
    with (
        programs.simulator(worlds[0], page_size=100) as simulator,
        programs.exporter(simulator, worlds[0], images=True) as exporter,
    ):

        def scrape(encoding):
            cpu = exporter.cpu()
            body = exporter.get(encoding)[2]
            return exporter.cpu() - cpu, body

        _, last = scrape("identity")
        scrape("gzip")
        for _, world in zip(range(rounds), itertools.cycle(reversed(worlds)), strict=False):
            for encoding, found in warm.items():
                found.append(scrape(encoding)[0])
            programs.change(simulator, world)
            # The list of images is due after a second.
            time.sleep(1.2)
            cpu, body = scrape("identity")
            assert only_images(body) != only_images(last), "the scrape shows what has changed"
            last = body
            plain.append(cpu)
            compressed.append(scrape("gzip")[0])
    base = {encoding: statistics.median(found) for encoding, found in warm.items()}
    return {
        "series": count_series(last),
        "of_target": len(only_images(last)),
        "plain_ms": Spread.of((cpu - base["identity"]) * 1e3 for cpu in plain),
        "gzip_ms": Spread.of((cpu - base["gzip"]) * 1e3 for cpu in compressed),
    }


def only_images(text):
    lines = (line for line in text.splitlines() if line.startswith(b"aws_appstream_image_"))
    return [line for line in lines if not line.startswith(b"aws_appstream_image_builder_")]
